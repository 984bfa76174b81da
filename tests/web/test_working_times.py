"""Coming and going by PIN, the month in the office, corrections, and the proof of the books."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from smartecr.core import moments
from smartecr.register.books import verify
from smartecr.register.models import Journal, TimeStamp
from smartecr.register.shop import worktime
from support.screens import PINS, words
from support.shop import Clock

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

    from smartecr.register.till import Till

AtTill = Callable[..., "Client"]


@pytest.fixture
def door(at_till: AtTill, client: Client) -> Client:
    """Return the screen at the till with nobody logged in."""
    at_till("Murat")
    client.post("/logout")
    return client


def press(client: Client, people: dict[str, str], kind: str, name: str = "Jana", pin: str = "") -> HttpResponse:
    """Stamp."""
    return client.post("/time", {"person": people[name], "kind": kind, "pin": pin or PINS[name]})


def at(clock: Clock, local: str) -> None:
    """Set the clock to a local moment of 24 November."""
    clock.now = datetime.fromisoformat(moments.read(f"{local}" if "." in local else f"24.11.2026 {local}"))


def test_a_day_is_stamped_by_pin_and_nobody_is_logged_in_by_it(
    till: Till, door: Client, people: dict[str, str], clock: Clock
) -> None:
    assert "Kommen und Gehen" in words(door.get("/login"))
    at(clock, "08:00")
    assert "Guten Tag, Jana. Gekommen um 8:00 Uhr." in words(press(door, people, "come"))
    twice = press(door, people, "come")
    assert twice.status_code == 422
    assert "Du bist schon da." in words(twice)
    at(clock, "12:00")
    assert "Pause seit 12:00 Uhr" in words(press(door, people, "pause"))
    at(clock, "12:30")
    assert "Pausen bisher: 0:30 h" in words(press(door, people, "resume"))
    at(clock, "16:35")
    assert "gearbeitet 8:05 h" in words(press(door, people, "go"))
    assert "nicht da" in words(press(door, people, "go"))
    assert door.get("/office/times").status_code == 302, "nobody is logged in"
    assert TimeStamp.objects.count() == 4
    assert verify.examine().findings == []


def test_a_wrong_pin_stamps_nothing(door: Client, people: dict[str, str], till: Till) -> None:
    refused = press(door, people, "come", pin="000000")
    assert refused.status_code == 422
    assert "Diese PIN passt nicht." in words(refused)
    assert not TimeStamp.objects.exists()
    assert Journal.objects.filter(kind="login_refused").count() == 1


def test_the_same_stamp_sent_twice_is_one(door: Client, people: dict[str, str], till: Till) -> None:
    typed = {"person": people["Jana"], "kind": "come", "pin": PINS["Jana"], "entry": "e" * 32}
    assert door.post("/time", typed).status_code == 200
    assert door.post("/time", typed).status_code == 200
    assert TimeStamp.objects.count() == 1


def test_the_month_shows_what_does_not_fit_the_law(
    till: Till, door: Client, people: dict[str, str], clock: Clock, at_till: AtTill
) -> None:
    at(clock, "08:00")
    press(door, people, "come")
    at(clock, "18:30")
    press(door, people, "go")
    at(clock, "25.11.2026 05:00")
    press(door, people, "come")
    at(clock, "26.11.2026 08:00")
    assert "Guten Tag" in words(press(door, people, "come")), "a forgotten end locks nobody out"
    office = at_till("Murat")
    page = words(office.get(f"/office/times?person={people['Jana']}&month=2026-11"))
    assert "Mehr als zehn Stunden (§ 3 ArbZG)." in page
    assert "Zu wenig Pause (§ 4 ArbZG)" in page
    assert "Weniger als elf Stunden Ruhe davor" not in page, "of a shift without end nobody knows"
    assert "Das Gehen fehlt." in page
    assert "Jana seit 8:00" in page
    sheet = office.get(f"/office/times/{people['Jana']}.csv?month=2026-11").content.decode()
    assert "Jana;24.11.2026;08:00;18:30;0;10:30;10,50;Mehr als zehn Stunden" in sheet
    assert "Jana;25.11.2026;05:00;;0;;0,00;Das Gehen fehlt" in sheet
    paper = office.get(f"/office/times/{people['Jana']}.pdf?month=2026-11")
    assert paper.content.startswith(b"%PDF")
    assert "nicht gestempelt" in words(office.get(f"/office/times?person={people['Jana']}&month=2026-10"))
    assert office.get(f"/office/times?person={people['Jana']}&month=quatsch").status_code == 200
    assert office.get("/office/times?person=niemand").status_code == 404


def test_a_correction_is_a_new_fact_and_the_old_stamps_stay(
    till: Till, door: Client, people: dict[str, str], clock: Clock, at_till: AtTill
) -> None:
    at(clock, "08:00")
    press(door, people, "come")
    at(clock, "25.11.2026 09:00")
    office = at_till("Murat")
    (open_shift,) = worktime.worked(till, people["Jana"], 2026, 11)
    typed = {"stamps": " ".join(open_shift.stamps), "day": "2026-11-24", "come": "08:00", "pause1": "12:00",
             "resume1": "12:30", "go": "16:30", "reason": "Gehen vergessen", "month": "2026-11"}  # fmt: skip
    address = f"/office/times/{people['Jana']}/correct"
    assert office.post(address, typed).status_code == 302
    page = words(office.get(f"/office/times?person={people['Jana']}&month=2026-11"))
    assert "8:00–16:30 Berichtigt: Gehen vergessen" in page
    assert "Summe 8:00 h" in page
    assert TimeStamp.objects.filter(gone="").count() == 4
    assert TimeStamp.objects.exclude(gone="").count() == 1
    assert "schon berichtigt" in words(office.post(address, typed)), "by somebody else meanwhile"
    late = {**typed, "stamps": "", "day": "2026-11-23", "come": "20:00", "pause1": "", "resume1": "", "go": "01:30"}
    assert office.post(address, late).status_code == 302
    (late_shift, _day) = worktime.worked(till, people["Jana"], 2026, 11)
    assert f"{late_shift.shift.went:%d.%m. %H:%M}" == "24.11. 01:30"
    away = {"stamps": " ".join(late_shift.stamps), "away": "1", "reason": "doppelt", "month": "2026-11"}
    assert office.post(address, away).status_code == 302
    assert len(worktime.worked(till, people["Jana"], 2026, 11)) == 1
    assert verify.examine().findings == []


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"reason": " "}, "Der Grund fehlt."),
        ({"go": ""}, "müssen nacheinander liegen"),
        ({"resume1": "12:30"}, "müssen nacheinander liegen"),
        ({"pause1": "17:00", "resume1": "17:30"}, "müssen nacheinander liegen"),
        ({"day": "2026-12-24"}, "in der Zukunft"),
        ({"day": "gestern"}, "kein Zeitpunkt"),
        ({"come": "09:00", "go": "10:00"}, "steht schon etwas anderes"),
        ({"come": "07:00", "go": "12:00"}, "steht schon etwas anderes"),
    ],
)
def test_a_correction_that_makes_no_sense_is_refused(
    till: Till, door: Client, people: dict[str, str], clock: Clock, at_till: AtTill, changed: dict[str, str],
    sentence: str,
) -> None:  # fmt: skip
    at(clock, "08:00")
    press(door, people, "come")
    at(clock, "17:00")
    press(door, people, "go")
    at(clock, "25.11.2026 09:00")
    typed = {"stamps": "", "day": "2026-11-24", "come": "18:00", "go": "19:00", "reason": "Nachtrag", **changed}
    answer = at_till("Murat").post(f"/office/times/{people['Jana']}/correct", typed)
    assert answer.status_code == 422
    assert words(answer).count(sentence) == 1
    assert TimeStamp.objects.count() == 2


def test_a_cashier_sees_nobodys_times(at_till: AtTill, people: dict[str, str]) -> None:
    client = at_till("Jana")
    assert client.get("/office/times").status_code == 403
    assert client.post(f"/office/times/{people['Jana']}/correct", {}).status_code == 403
