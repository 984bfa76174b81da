"""Printers, drawer and line display as the settings name them, on a till of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from smartecr.printer import drawer, spool
from smartecr.printer.drawer import State
from smartecr.register.paper import printing
from smartecr.register.till import Till
from smartecr.server.equipment import paper_devices
from smartecr.server.equipment.devices import Devices, open_devices
from smartecr.server.equipment.line_devices import picture
from smartecr.server.equipment.paper_devices import load_level, save_level
from smartecr.server.equipment.settingerror import DeviceSettingError
from smartecr.web.display.screen import Card, Screen, Step
from smartecr.web.display.views import present
from support.eventually import eventually
from support.shop import ESPRESSO, ROLL, pay_cash, ring


@pytest.fixture
def opened(till: Till, tmp_path: Path) -> Iterator[list[Devices]]:
    found: list[Devices] = []
    yield found
    for devices in found:
        devices.close()


def open_all(till: Till, folder: Path, opened: list[Devices], **settings: str) -> Devices:
    printer = settings.pop("printer", "virtual")
    devices = open_devices(printer, "off", "off", folder, till, **settings)
    opened.append(devices)
    return devices


def test_kitchen_and_bar_have_printers_of_their_own(till: Till, tmp_path: Path, opened: list[Devices]) -> None:
    devices = open_all(till, tmp_path, opened, printers="Küche=virtual?profile=virtual-58 Bar=virtual?standin=Küche")
    assert list(printing.printers(till)) == ["Bon", "Küche", "Bar"]
    assert till.stations["Küche"].profile.key == "virtual-58"
    assert devices.printing is not None
    for name in ("Bon", "Küche", "Bar"):
        printing.print_test(till, name)
        twin = devices.printing.twins[name].twin
        eventually(lambda twin=twin: twin.sheets)
        assert name in twin.sheets[0].text()


def test_what_the_kitchen_cannot_print_comes_out_at_the_till(
    till: Till, tmp_path: Path, opened: list[Devices], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(spool, "RETRY_SECONDS", 0.02)
    monkeypatch.setattr(printing, "stood_in", lambda *_: None)
    devices = open_all(till, tmp_path, opened, printers="Küche=virtual")
    assert devices.printing is not None and devices.paper is not None
    eventually(lambda: till.printer is not None and till.printer.ready)
    devices.printing.twins["Küche"].twin.set(paper_out=True)
    printing.print_test(till, "Küche")
    paper = devices.paper.twin
    eventually(lambda: paper.sheets)
    assert till.stations["Küche"].jobs() == []


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"printers": "Küche"}, "SMARTECR_PRINTERS"),
        ({"printers": "Bon=virtual"}, "SMARTECR_PRINTERS"),
        ({"printers": "A=virtual A=virtual"}, "SMARTECR_PRINTERS"),
        ({"printers": "A=usb:1"}, "ist kein Drucker"),
        ({"printers": "A=virtual?profile=x"}, "Profil"),
        ({"printers": "A=virtual?standin=B"}, "Ersatzdrucker"),
        ({"drawer": "pin:7"}, "SMARTECR_DRAWER"),
        ({"drawer": "printer?alarm=bald"}, "Sekunden"),
        ({"line": "x"}, "SMARTECR_LINE_DISPLAY"),
        ({"line": "virtual?language=x"}, "Sprache"),
        ({"line": "virtual?codec=x"}, "Zeichensatz"),
        ({"line": "serial:/dev/x?baud=x"}, "SMARTECR_LINE_DISPLAY"),
        ({"printer": "tcp://x:y"}, "Port"),
    ],
)
def test_a_setting_that_names_nothing_is_refused(
    till: Till, tmp_path: Path, opened: list[Devices], setting: dict[str, str], words: str
) -> None:
    with pytest.raises(DeviceSettingError, match=words):
        open_all(till, tmp_path, opened, **setting)


@pytest.mark.parametrize(("setting", "pin"), [("printer", 2), ("printer:2", 2), ("printer:5", 5)])
def test_the_drawer_hangs_on_its_pin(
    till: Till, tmp_path: Path, opened: list[Devices], setting: str, pin: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_all(till, tmp_path, opened, drawer=setting)
    sent: list[bytes] = []
    assert till.printer is not None
    monkeypatch.setattr(till.printer, "pulse", lambda *data: sent.extend(data))
    till.kick()
    assert sent == [drawer.pulse(pin), drawer.pulse_at_once(pin)]


def test_a_drawer_with_its_level_learned_is_watched(till: Till, tmp_path: Path, opened: list[Devices]) -> None:
    save_level(tmp_path / "drawer.json", False)
    devices = open_all(till, tmp_path, opened)
    watch = till.drawer
    assert watch is not None and devices.paper is not None
    eventually(lambda: watch.state is State.CLOSED)
    till.kick()
    eventually(lambda: watch.state is State.OPEN)
    devices.paper.twin.close_drawer()
    eventually(lambda: watch.state is State.CLOSED)
    watch.learned(None)
    assert watch.state is State.UNKNOWN
    assert json.loads((tmp_path / "drawer.json").read_text()) == {"open_level": None}


def test_a_level_told_before_the_drawer_was_there_is_known(
    till: Till, tmp_path: Path, opened: list[Devices], monkeypatch: pytest.MonkeyPatch
) -> None:
    make = paper_devices._drawer

    def late(setting: str, learned: Path, owner: Till) -> drawer.Watch | None:
        eventually(lambda: owner.printer is not None and owner.printer.ready)
        return make(setting, learned, owner)

    monkeypatch.setattr(paper_devices, "_drawer", late)
    monkeypatch.setattr(spool, "LISTEN_SECONDS", 600)
    save_level(tmp_path / "drawer.json", False)
    open_all(till, tmp_path, opened)
    assert till.drawer is not None and till.drawer.state is State.CLOSED


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"open_level": 1}'])
def test_a_damaged_level_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "drawer.json").write_text(content)
    assert load_level(tmp_path / "drawer.json") is None


def test_no_drawer_and_no_printer(till: Till, tmp_path: Path, opened: list[Devices]) -> None:
    open_all(till, tmp_path, opened, printer="off")
    assert till.printer is None and till.drawer is None
    till.kick()


def test_the_line_display_says_what_guests_see(till: Till) -> None:
    def shown() -> tuple[str, str, str, str]:
        now = picture(present(till), "Morgenrot")
        return now.upper.left, now.upper.right, now.lower.left, now.lower.right

    assert shown() == ("Morgenrot", "", "Willkommen", "")
    ring(till, ESPRESSO, ESPRESSO, ROLL)
    assert shown() == ("Mohnschnecke", "3,20", "SUMME", "8,00")
    pay_cash(till, 1000)
    assert shown() == ("GEGEBEN", "10,00", "RÜCKGELD", "2,00")
    ring(till, ROLL)
    assert shown() == ("Mohnschnecke", "3,20", "SUMME", "3,20")
    pay_cash(till)
    assert shown() == ("BEZAHLT", "3,20", "Vielen Dank", "")


def test_a_virtual_line_display_lights_up(
    till: Till, tmp_path: Path, opened: list[Devices], monkeypatch: pytest.MonkeyPatch
) -> None:
    from smartecr.printer.linedisplay import lines
    from smartecr.server.equipment import line_devices

    # the test's rows lie in a transaction of this thread, the display looks from one of its own
    now = [lines.idle("Morgenrot")]
    monkeypatch.setattr(line_devices, "present", lambda _till: type("Screen", (), {"next_seconds": 0.0}))
    monkeypatch.setattr(line_devices, "shop_of", lambda _till: type("Shop", (), {"name": ""}))
    monkeypatch.setattr(line_devices, "picture", lambda _screen, _shop: now[0])
    devices = open_all(till, tmp_path, opened, line="virtual?language=cd5220")
    assert devices.line is not None and devices.line.twin is not None
    glass = devices.line.twin.twin
    eventually(lambda: glass.lines[1].strip() == "Willkommen")
    now[0] = lines.thanks(100)
    till.publish("basket")
    eventually(lambda: glass.lines[0] == "BEZAHLT         1,00")


@pytest.mark.parametrize("step", get_args(Step))
def test_every_step_of_a_payment_has_words_for_the_line_display(step: Step) -> None:
    shown = Screen(name="card", daypart="day", card=Card(cents=1234, step=step))
    said = picture(shown, "Laden")
    assert any(words in repr(said.upper) for words in ("Bitte", "Einen Moment", "Am Handy", "Noch offen"))
    assert "12,34" in repr(said.lower)
