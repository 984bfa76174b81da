"""What of the notification to the tax office is so no more, and by when that has to be told (§ 146a (4) AO)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from smartecr.register.books import closing, notice
from smartecr.register.shop import masterdata, options
from smartecr.register.signing import tselife
from smartecr.register.till import Till
from support.shop import ESPRESSO, MANAGER, OWNER, Clock, pay_cash, ring

SAID = {"bsi_id": "0500-2023", "tse_kind": "1"}
ANOTHER = "cd" * 32


@pytest.fixture
def told(till: Till, clock: Clock) -> Till:
    """A shop that has sold, told the tax office of it, and been closed a day later."""
    ring(till, ESPRESSO)
    pay_cash(till)
    options.save(till, OWNER, "notice", SAID)
    notice.sent(till, OWNER, till.new_id(), "2026-11-24")
    clock.forward(days=1)
    ring(till, ESPRESSO)
    pay_cash(till)
    closing.close_day(till, MANAGER, till.new_id(), None)
    clock.forward(days=1)
    return till


def changes(till: Till) -> tuple[str, ...]:
    current = notice.current(till.shop_id)
    assert (current.due is None) == (current.changed == ())
    return current.changed


def shop(**columns: Any) -> Any:
    return lambda till: masterdata.save_shop(till, OWNER, columns)


def said(**more: str) -> Any:
    return lambda till: options.save(till, OWNER, "notice", {**SAID, **more})


def event(kind: str) -> Any:
    return lambda till: tselife.append(till, OWNER, kind, ANOTHER)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (shop(street="Torstraße 9"), "Anschrift: Lindenweg 1, 10115 Berlin → Torstraße 9, 10115 Berlin"),
        (shop(name="Abendrot"), "Betriebsstätte: Morgenrot → Abendrot"),
        (shop(owner="Christine Berg"), "Unternehmen: Morgenrot → Christine Berg"),
        (shop(tax_number="34/567/89012"), "Steuernummer: 12/345/67890 → 34/567/89012"),
        (said(maker="Kassenbau"), "Hersteller: smartECR → Kassenbau"),
        (said(tse_kind="2"), "Bauart der TSE: SD- oder microSD-Karte → USB-Stick"),
        (said(acquired="2026-11-20"), "Anschaffung: 24.11.2026 → 20.11.2026"),
        (lambda till: masterdata.save_register(till, OWNER, "Kasse am Fenster"), "Modell: Kasse 1 → Kasse am Fenster"),
        (event("adopted"), f"Seriennummer der TSE: {{tse}}… → {ANOTHER[:8]}…"),
    ],
)
def test_what_is_no_more_as_it_was_told_is_told_within_a_month(told: Till, change: Any, what: str) -> None:
    serial = tselife.in_service(told.register_id)
    assert changes(told) == ()
    change(told)
    assert any(one.endswith(what.format(tse=serial[:8])) for one in changes(told)), changes(told)
    assert notice.current(told.shop_id).due == date(2026, 12, 26)
    notice.sent(told, OWNER, told.new_id(), "2026-11-26")
    assert changes(told) == ()


@pytest.mark.parametrize(
    "change",
    [
        shop(tagline="Kaffee und mehr", footer="Bis bald", opening_hours="täglich 8-18"),
        said(),
        lambda till: options.save(till, OWNER, "datev", {"consultant": 1001}),
        lambda till: masterdata.save_register(till, OWNER, "Kasse 1"),
        event("checked"),
    ],
)
def test_what_the_notification_does_not_say_is_none_of_it(told: Till, change: Any) -> None:
    change(told)
    assert changes(told) == ()


def test_what_was_missing_was_typed_into_the_form(till: Till, clock: Clock) -> None:
    ring(till, ESPRESSO)
    pay_cash(till)
    masterdata.save_shop(till, OWNER, {"tax_number": "", "city": ""})
    notice.sent(till, OWNER, till.new_id(), "2026-11-24")
    clock.forward(days=1)
    masterdata.save_shop(till, OWNER, {"tax_number": "12/345/67890", "city": "Berlin"})
    options.save(till, OWNER, "notice", SAID)
    assert changes(till) == ()
    clock.forward(days=1)
    masterdata.save_shop(till, OWNER, {"tax_number": "34/567/89012"})
    options.save(till, OWNER, "notice", {**SAID, "tse_kind": "2"})
    assert changes(till) == (
        "Steuernummer: 12/345/67890 → 34/567/89012",
        f"Kasse {till.serial}, Bauart der TSE: SD- oder microSD-Karte → USB-Stick",
    )


def test_back_as_it_was_is_no_change_and_the_first_of_several_counts(told: Till, clock: Clock) -> None:
    masterdata.save_shop(told, OWNER, {"street": "Torstraße 9"})
    clock.forward(days=2)
    masterdata.save_shop(told, OWNER, {"street": "Torstraße 10", "postcode": "10119"})
    assert changes(told) == ("Anschrift: Lindenweg 1, 10115 Berlin → Torstraße 10, 10119 Berlin",)
    assert notice.current(told.shop_id).due == date(2026, 12, 26)
    masterdata.save_shop(told, OWNER, {"street": "Lindenweg 1", "postcode": "10115"})
    assert changes(told) == ()


def test_another_register_is_told_of_too(told: Till, clock: Clock, request: pytest.FixtureRequest) -> None:
    second = request.getfixturevalue("second")
    assert changes(told) == (f"Kasse {second.serial}: neu",)
    notice.sent(told, OWNER, told.new_id(), "2026-11-26")
    clock.forward(days=1)
    options.save(second, OWNER, "notice", {**SAID, f"tse_kind.{second.register_id}": "3"})
    assert changes(told) == (f"Kasse {second.serial}, Bauart der TSE: SD- oder microSD-Karte → Cloud",)


def test_a_tse_told_of_before_it_signs_is_not_told_of_twice(told: Till) -> None:
    tselife.append(told, OWNER, "commissioned", ANOTHER)
    (system,) = notice.current(told.shop_id).systems
    assert (system.tse_serial, system.tse_since) == (ANOTHER, date(2026, 11, 26))
    notice.sent(told, OWNER, told.new_id(), "2026-11-26")
    assert changes(told) == ()


def test_the_first_notification_is_due_a_month_after_the_register_was_bought(till: Till) -> None:
    assert notice.current(till.shop_id).due == date(2026, 12, 24)
    options.save(till, OWNER, "notice", {"acquired": "2026-11-02"})
    assert notice.current(till.shop_id).due == date(2026, 12, 2)
    assert notice.current(till.shop_id).changed == ()


def of_tse(till: Till) -> tuple[str, str, str, date | None]:
    (system,) = notice.current(till.shop_id).systems
    return system.tse_serial, system.bsi_id, system.tse_kind, system.tse_since


def test_what_was_typed_of_the_old_tse_does_not_pass_to_the_new_one(told: Till, clock: Clock) -> None:
    old = tselife.in_service(told.register_id)
    options.save(told, OWNER, "notice", {**SAID, "tse_since": "2026-11-01"})
    assert of_tse(told) == (old, "0500-2023", "1", date(2026, 11, 1))
    clock.forward(days=1)
    tselife.append(told, OWNER, "adopted", ANOTHER)
    assert of_tse(told) == (ANOTHER, "", "", date(2026, 11, 27))
    assert f"Kasse {told.serial}, Zertifikat BSI-K-TR-: 0500-2023 → keine Angabe" in changes(told)
    clock.forward(days=1)
    options.save(told, OWNER, "notice", {**SAID, "tse_since": "2026-11-01", "model": "SP1"})
    assert of_tse(told) == (ANOTHER, "", "", date(2026, 11, 27))
    options.save(told, OWNER, "notice", {"bsi_id": "0612-2024", "tse_kind": "2"})
    assert of_tse(told) == (ANOTHER, "0612-2024", "2", date(2026, 11, 27))
    clock.forward(days=1)
    tselife.append(told, OWNER, "adopted", old)
    assert of_tse(told)[:3] == (old, "", "")
    options.save(told, OWNER, "notice", {f"bsi_id.{old}": "0500-2023", f"bsi_id.{ANOTHER}": "0612-2024"})
    assert of_tse(told)[1] == "0500-2023"


def test_what_was_typed_before_the_first_tse_was_typed_for_it(till: Till, clock: Clock) -> None:
    options.save(till, OWNER, "notice", SAID)
    assert of_tse(till) == ("", "0500-2023", "1", None)
    clock.forward(days=1)
    tselife.append(till, OWNER, "commissioned", ANOTHER)
    assert of_tse(till)[:3] == (ANOTHER, "0500-2023", "1")
    clock.forward(days=1)
    tselife.append(till, OWNER, "commissioned", "ef" * 32)
    assert of_tse(till)[:3] == ("ef" * 32, "", "")


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ({"certification_id": "BSI-K-TR-0362-2019", "description": "Swissbit TSE USB"}, ("0362-2019", "2")),
        ({"certification_id": "BSI-K-TR-0362-2019", "description": "Swissbit TSE uSD"}, ("0362-2019", "1")),
        ({"certification_id": None, "description": "fiskaly SIGN DE"}, ("", "3")),
        ({"certification_id": "cdc", "description": "Epson TSE 17"}, ("", "")),
        ({"device": "swissbit"}, ("", "")),
    ],
)
def test_what_a_device_said_of_itself_needs_no_typing(told: Till, said: dict[str, Any], known: tuple[str, str]) -> None:
    tselife.append(told, OWNER, "commissioned", ANOTHER, **said)
    assert of_tse(told)[1:3] == known
    options.save(told, OWNER, "notice", {f"bsi_id.{ANOTHER}": "0700-2026", f"tse_kind.{ANOTHER}": "4"})
    assert of_tse(told)[1:3] == ("0700-2026", "4")


def test_the_first_value_said_of_a_device_after_the_notification_was_told(told: Till, clock: Clock) -> None:
    tselife.append(told, OWNER, "adopted", ANOTHER)
    notice.sent(told, OWNER, told.new_id(), "2026-11-26")
    clock.forward(days=1)
    options.save(told, OWNER, "notice", {**SAID, f"tse_kind.{ANOTHER}": "2"})
    assert changes(told) == ()
    options.save(told, OWNER, "notice", {**SAID, f"tse_kind.{ANOTHER}": "3"})
    assert changes(told) == (f"Kasse {told.serial}, Bauart der TSE: USB-Stick → Cloud",)


def test_the_journal_keeps_what_a_device_says_when_it_first_signs(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    info = replace(till.tse.info(), certification_id="BSI-K-TR-0362-2019", description="Swissbit TSE USB")
    monkeypatch.setattr(type(till.tse), "info", lambda _service: info)
    ring(till, ESPRESSO)
    pay_cash(till)
    assert of_tse(till) == (info.serial, "0362-2019", "2", date(2026, 11, 24))
