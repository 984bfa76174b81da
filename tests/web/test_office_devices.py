"""The devices in the office: what they say of themselves, and their test keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from smartecr.register.models import DrawerOpening, Journal
from smartecr.register.sale.arrivals import Arrivals
from smartecr.server.equipment.line_devices import open_line
from smartecr.server.equipment.paper_devices import open_paper
from smartecr.server.equipment.scale_device import open_scale
from smartecr.web.office.devicelist import ago
from support.eventually import eventually
from support.screens import words

if TYPE_CHECKING:
    from django.test import Client

    from smartecr.register.till import Till
    from smartecr.server.equipment.paper_devices import Paper

AtTill = Callable[..., "Client"]


@pytest.fixture
def paper(till: Till, tmp_path: Path, quick_paper: None) -> Iterator[Paper]:
    """Put a virtual receipt printer, one for the kitchen and a drawer at the till."""
    opened = open_paper("virtual", "Küche=virtual", "printer", tmp_path, till)
    yield opened
    opened.close()


@pytest.fixture
def office(at_till: AtTill) -> Client:
    """Return a manager's client."""
    return at_till("Murat")


def test_a_bare_register_says_what_could_be_connected(till: Till, office: Client) -> None:
    page = words(office.get("/office/devices"))
    for part in ("Bondrucker nicht angeschlossen", "SMARTECR_PRINTER", "Kartenterminal nicht angeschlossen",
                 "Kassenschublade nicht angeschlossen", "Kamera und Scanner nicht angeschlossen"):  # fmt: skip
        assert part in page
    for name in ("print", "drawer", "picture", "line", "scale", "status", "diagnose"):
        answer = office.post(f"/office/devices/test/{name}", {"reason": "Probe", "printer": "Bon"})
        assert answer.status_code == 200
        assert "strip-bad" in answer.content.decode(), name
    assert office.post("/office/devices/test/explode").status_code == 404
    assert not DrawerOpening.objects.exists()


def test_printers_print_and_tell_what_is_wrong(till: Till, office: Client, paper: Paper) -> None:
    eventually(lambda: all(spool.ready for spool in paper.spools.values()))
    page = words(office.get("/office/devices"))
    assert "Bondrucker bereit" in page
    assert "Drucker Küche bereit" in page
    assert "letzte Antwort gerade eben" in page
    assert "unterwegs" in words(office.post("/office/devices/test/print", {"printer": "Küche"}))
    paper.twins["Bon"].twin.set(paper_out=True)
    eventually(lambda: "Papier leer" in words(office.get("/office/devices", headers={"HX-Request": "true"})))
    page = words(office.get("/office/devices"))
    assert "Neue Rolle einlegen" in page
    assert "Die Testseite wartet." in words(office.post("/office/devices/test/print", {"printer": "Bon"}))


def test_the_drawer_opens_with_its_reason_in_the_journal(till: Till, office: Client, paper: Paper) -> None:
    assert "braucht einen Grund" in words(office.post("/office/devices/test/drawer", {"reason": "  "}))
    assert not DrawerOpening.objects.exists()
    assert "Impuls" in words(office.post("/office/devices/test/drawer", {"reason": "Probe nach dem Umbau"}))
    opening = DrawerOpening.objects.get()
    assert (opening.reason, opening.person_name) == ("Probe nach dem Umbau", "Murat")


def test_the_camera_shows_a_picture_or_says_why_not(till: Till, office: Client) -> None:
    clock = iter(range(100, 1000, 61))
    till.arrivals = Arrivals(till.new_id, lambda: float(next(clock)), lambda _topic: None)
    till.arrivals.show = lambda _seconds: b"JPEG"
    till.arrivals.put("4012345678901")
    assert "Kamera bereit letzter Code vor 1 Minute" in words(office.get("/office/devices"))
    answer = office.post("/office/devices/test/picture")
    assert "data:image/jpeg;base64,SlBFRw==" in answer.content.decode()
    till.arrivals.show = lambda _seconds: None
    assert "kam kein Bild" in words(office.post("/office/devices/test/picture"))
    till.arrivals.tell("camera", "Die Kamera ist nicht erreichbar. Nummern lassen sich eintippen; Stecker prüfen.")
    till.arrivals.tell("scanner", "")
    page = words(office.get("/office/devices"))
    assert "Kamera Die Kamera ist nicht erreichbar. Nummern lassen sich eintippen" in page
    assert "Scanner bereit" in page


def test_scale_and_line_display_answer(till: Till, office: Client) -> None:
    line, weigher = open_line("virtual", till), open_scale("virtual", till)
    assert line is not None
    assert weigher is not None
    try:
        eventually(lambda: line.display.connected)
        page = words(office.get("/office/devices"))
        assert "Zeilenanzeige verbunden" in page
        assert "Waage nur zum Üben" in page
        assert "Willkommen" in words(office.post("/office/devices/test/line"))
        assert "strip" in office.post("/office/devices/test/scale").content.decode()
    finally:
        line.close()
        weigher.close()


def test_only_who_may_set_devices_up_sees_them(till: Till, at_till: AtTill) -> None:
    client = at_till("Jana")
    assert client.get("/office/devices").status_code == 403
    assert client.post("/office/devices/test/drawer", {"reason": "Neugier"}).status_code == 403
    assert not Journal.objects.filter(kind="drawer_opened").exists()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (5.0, "gerade eben"), (60.0, "vor 1 Minute"), (3599.0, "vor 59 Minuten"), (7300.0, "vor 2 Stunden")],
)
def test_how_long_ago_is_said_in_words(seconds: float | None, text: str) -> None:
    assert ago(seconds) == text
