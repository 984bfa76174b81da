"""The setting `SMARTECR_TSE`: which driver it opens with what, and a card that is plugged, pulled and exchanged."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from smartecr.server.equipment import tse_device
from smartecr.server.equipment.tse_device import Choice, choose
from smartecr.server.equipment.tse_secrets import TseSecrets, TseSettingError
from smartecr.tse.breaker import ServiceState
from smartecr.tse.credentials import Role, Secret
from smartecr.tse.drivers import detection
from smartecr.tse.drivers.cryptovision import CryptovisionTse
from smartecr.tse.drivers.cryptovision.twin import Volume, plug
from smartecr.tse.drivers.diebold import DieboldTse
from smartecr.tse.drivers.epson import EpsonTse
from smartecr.tse.drivers.fiskaly import FiskalyTse
from smartecr.tse.drivers.swissbit import SwissbitTse
from smartecr.tse.drivers.swissbit_raw.device import SwissbitRawTse
from smartecr.tse.errors import TseError, TseNotSupported, TseUnplugged
from smartecr.tse.service import TseService
from support.tse_secrets import PINS, SECRETS, write_secrets

if TYPE_CHECKING:
    from smartecr.register.till import Till

NOW = 1_795_454_560
CLIENT = "SECR-1"
TSS = "6d8f7a4e-28f0-4d1e-9c6c-3f1b7e7d9a10"


def now() -> float:
    return NOW


def choice(setting: str, folder: Path, **more: Any) -> Choice:
    return choose(setting, folder, now, CLIENT, **more)


Case = tuple[str, type, str, tuple[Any, ...], dict[str, Any], tuple[Path, ...] | None]
CARD = Path("/media/TSE")
CASES: list[Case] = [
    ("cryptovision:/media/TSE", CryptovisionTse, "at", (CARD,), {"clock": now}, (CARD,)),
    ("swissbit:/media/TSE?library=LIB", SwissbitTse, "at", (CARD, "LIB"), {"clock": now}, (CARD,)),
    ("swissbit-raw:/media/TSE", SwissbitRawTse, "at", (CARD,), {"clock": now}, (CARD,)),
    ("epson://10.0.0.5", EpsonTse, "at", ("10.0.0.5", "PINS"), {"port": 8009, "device_id": "local_TSE"}, None),
    ("epson://ep:9?device=TSE_2", EpsonTse, "at", ("ep", "PINS"), {"port": 9, "device_id": "TSE_2"}, None),
    ("diebold://box", DieboldTse, "at_host", ("box", 5001, 1), {}, None),
    ("diebold://box:77?slot=3", DieboldTse, "at_host", ("box", 77, 3), {}, None),
    ("diebold-serial:/dev/ttyACM0", DieboldTse, "at_port", ("/dev/ttyACM0",), {}, None),
    (f"fiskaly:{TSS}", FiskalyTse, "at", (TSS, "key", Secret("hidden")), {}, None),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_a_setting_opens_its_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case) -> None:
    setting, driver, opener, arguments, named, folders = case
    library = tmp_path / "lib.so"
    library.touch()
    write_secrets(tmp_path, {"pins": PINS, "fiskaly": {"api_key": "key", "api_secret": "hidden"}})
    opened: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def instead(*values: Any, **names: Any) -> str:
        opened.append((values, names))
        return "device"

    monkeypatch.setattr(driver, opener, instead)
    chosen = choice(setting.replace("LIB", str(library)), tmp_path)
    assert opened == []
    assert chosen.open() == "device"
    given = {"LIB": library, "PINS": chosen.pin_of}
    assert opened == [(tuple(given.get(one, one) if isinstance(one, str) else one for one in arguments), named)]
    assert chosen.folders == folders
    assert chosen.pin_of(Role.TIME_ADMIN) == Secret(PINS["timeAdmin"])


WRONG = [
    ("", "ist keine TSE"),
    ("Virtual", "ist keine TSE"),
    ("nonsense", "'nonsense' ist keine TSE. Möglich: virtual, virtual:/ordner, auto, cryptovision:"),
    ("virtual?x=1", "nur stehen: nichts"),
    ("virtual:folder", "ist keine TSE"),
    ("auto:/media/TSE", "ist keine TSE"),
    ("auto?library=/none/lib.so", "Bibliothek /none/lib.so gibt es nicht"),
    ("cryptovision", "ist keine TSE"),
    ("cryptovision:media", "ist keine TSE"),
    ("cryptovision://media/TSE", "ist keine TSE"),
    ("cryptovision:/media/TSE?libary=x", "bei cryptovision darf hinter dem Fragezeichen nur stehen: nichts"),
    ("swissbit:/media/TSE", "braucht die Bibliothek des Herstellers"),
    ("swissbit:/media/TSE?library=/none/lib.so", "gibt es nicht"),
    ("swissbit:/media/TSE?library=/a&library=/b", "nur stehen: library"),
    ("epson:/printer", "ist keine TSE"),
    ("epson://anna:geheim@printer", "ist keine TSE"),
    ("epson://printer:port", "der Port ist keiner"),
    ("epson://printer:99999", "der Port ist keiner"),
    ("epson://printer?device=", "ist keine TSE"),
    ("epson://[printer", "ist keine TSE"),
    ("diebold://box?slot=0", "slot ist eine Zahl von 1 bis 99"),
    ("diebold://box?slot=x", "slot ist eine Zahl von 1 bis 99"),
    ("diebold-serial:", "ist keine TSE"),
    ("fiskaly:", "ist keine TSE"),
    ("fiskaly:geheim/x", "ist keine TSE"),
    ("fiskaly://tss/geheim", "ist keine TSE"),
    (f"fiskaly:{TSS}", "fiskaly braucht api_key und api_secret in"),
]


@pytest.mark.parametrize(("setting", "message"), WRONG)
def test_a_wrong_setting_is_told_in_german(tmp_path: Path, setting: str, message: str) -> None:
    with pytest.raises(TseSettingError) as caught:
        choice(setting, tmp_path)
    assert str(caught.value).startswith("SMARTECR_TSE: ")
    assert message in str(caught.value)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_secrets_others_can_read_are_refused(tmp_path: Path, mode: int) -> None:
    write_secrets(tmp_path, {"pins": PINS}, mode)
    with pytest.raises(TseSettingError, match="chmod 600"):
        choice("auto", tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        [],
        {"pin": {}},
        {"pins": []},
        {"pins": {"admin": 47114711}},
        {"pins": {"admin": ""}},
        {"pins": {"puk": "1"}},
    ],
)
def test_secrets_of_another_form_are_refused_and_not_quoted(tmp_path: Path, content: object) -> None:
    write_secrets(tmp_path, content)
    with pytest.raises(TseSettingError, match="nicht zu verstehen") as caught:
        choice("auto", tmp_path)
    assert "47114711" not in str(caught.value)


def test_pins_are_read_when_they_are_needed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pin_of = TseSecrets(tmp_path).pin_of
    assert pin_of(Role.ADMIN) is None
    write_secrets(tmp_path, {"pins": {"admin": "11111111"}})
    assert (pin_of(Role.ADMIN), pin_of(Role.TIME_ADMIN)) == (Secret("11111111"), None)
    assert caplog.text == ""
    write_secrets(tmp_path, {"pins": {"admin": "11111111"}}, 0o644)
    assert pin_of(Role.ADMIN) is None
    assert "chmod 600" in caplog.text
    assert "11111111" not in caplog.text


def test_a_pipe_in_the_place_of_the_secrets_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "tse-secrets.json", 0o600)
    with pytest.raises(TseSettingError):
        choice("auto", tmp_path)


def test_the_twin_is_the_default_and_nobody_watches_for_it(tmp_path: Path) -> None:
    chosen = choice(tse_device.VIRTUAL, tmp_path)
    assert not (tmp_path / "tse").exists()
    with closing(chosen.open()) as device:
        assert device.kind == "virtual"
        assert device.info().clients == (CLIENT,)
    assert chosen.watch(lambda: None) is None


class Slot:
    """A mount of this machine into which cards are plugged; the table of mounts is the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.place = folder / "slot"
        self.place.mkdir()
        self.table = folder / "mountinfo"
        self.table.write_bytes(f"7 1 8:1 / {self.place} rw - vfat /dev/sda1 rw\n".encode())
        self.volume: Volume | None = None
        self.clock: Callable[[], float] = now

    def plug(self, card: str) -> None:
        self.volume = plug(self.place, self.folder / card, self.clock)

    def pull(self) -> None:
        if self.volume is not None:
            self.volume.pull()
            self.volume = None

    def commission(self, card: str) -> str:
        self.plug(card)
        with closing(CryptovisionTse.at(self.place, clock=self.clock)) as tse:
            tse.initialize(SECRETS, CLIENT)
            serial = tse.info().serial
        self.pull()
        return serial

    def auto(self) -> Choice:
        return choice("auto", self.folder, table=self.table)


@pytest.fixture
def slot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slot]:
    """A place where cards are plugged in, looked at more often than a person could plug."""
    monkeypatch.setattr(detection, "Watcher", partial(detection.Watcher, interval=0.05))
    made = Slot(tmp_path)
    write_secrets(tmp_path)
    yield made
    made.pull()


class Service:
    """The service over `auto`, reached again only when the watcher says so."""

    def __init__(self, slot: Slot, serial: str, stack: ExitStack) -> None:
        chosen = slot.auto()
        self.levels: queue.Queue[ServiceState] = queue.Queue()
        self.tse = stack.enter_context(
            closing(
                TseService(
                    chosen.open,
                    now,
                    clients=(CLIENT,),
                    pin_of=chosen.pin_of,
                    serial=serial,
                    probe_interval=3600.0,
                    longest_probe_interval=3600.0,
                )
            )
        )
        self.tse.subscribe(self.levels.put)
        watcher = chosen.watch(self.tse.retry)
        assert watcher is not None
        stack.enter_context(closing(watcher))

    def becomes(self, level: str, *codes: str) -> None:
        """Wait until it is told that the device is so; what it went through before does not matter."""
        while True:
            state = self.levels.get(timeout=60)
            if state.level == level and (not codes or state.code in codes):
                return

    def sell(self) -> int:
        number = self.tse.start(CLIENT).result(10).transaction_number
        self.tse.finish(CLIENT, number, b"Beleg", "Kassenbeleg-V1").result(10)
        return number


def fails(call: Callable[[], object]) -> str:
    with pytest.raises(TseError) as caught:
        call()
    return caught.value.code


def test_a_card_is_served_pulled_plugged_again_and_exchanged(slot: Slot) -> None:
    ours, theirs = slot.commission("ours"), slot.commission("theirs")
    slot.plug("ours")
    with ExitStack() as stack:
        service = Service(slot, "", stack)
        assert service.sell() == 1
        assert service.tse.info().serial == ours
        slot.pull()
        service.becomes("bad")  # noticed without a sale
        assert fails(service.sell) == "tse_unavailable"
        slot.plug("ours")
        service.becomes("ok")
        assert service.sell() == 2
        slot.pull()
        service.becomes("bad")
        slot.plug("theirs")
        service.becomes("bad", "tse_foreign")
        assert service.tse.foreign == theirs
        assert fails(service.sell) == "tse_unavailable"
    with ExitStack() as stack:
        service = Service(slot, ours, stack)
        assert fails(service.sell) == "tse_unavailable"
        assert service.tse.foreign == theirs


def test_without_a_card_nothing_is_opened_and_a_late_one_is(slot: Slot) -> None:
    slot.commission("ours")
    with pytest.raises(TseUnplugged):
        slot.auto().open()
    with ExitStack() as stack:
        service = Service(slot, "", stack)
        assert fails(service.tse.info) == "tse_unavailable"
        assert service.tse.state.code == "tse_unplugged"
        slot.plug("ours")
        service.becomes("ok")
        assert service.sell() == 1


def test_a_new_card_is_not_put_into_operation_by_plugging_it_in(slot: Slot) -> None:
    with ExitStack() as stack:
        service = Service(slot, "", stack)
        assert fails(service.tse.info) == "tse_unavailable"
        assert service.tse.state.code == "tse_unplugged"
        slot.plug("new")
        service.becomes("bad", "tse_not_initialized")


def test_a_stick_of_swissbit_needs_the_library(slot: Slot, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TSE_INFO.DAT", "TSE_COMM.DAT"):
        (slot.place / name).write_bytes(bytes(512))
    with pytest.raises(TseNotSupported, match="names no library"):
        slot.auto().open()
    library = slot.folder / "lib.so"
    library.touch()
    opened: list[tuple[Path, Path]] = []
    monkeypatch.setattr(SwissbitTse, "at", lambda folder, file, clock: opened.append((folder, file)))
    choice(f"auto?library={library}", slot.folder, table=slot.table).open()
    assert opened == [(slot.place, library)]


def test_the_watch_ends_when_it_is_closed(slot: Slot) -> None:
    told = threading.Event()
    watcher = slot.auto().watch(told.set)
    assert watcher is not None
    slot.plug("ours")
    assert told.wait(60)
    watcher.close()
    assert not [one for one in threading.enumerate() if one.name == "tse-watcher"]


def test_the_books_tell_which_tse_signed_last(till: Till, faults: Any) -> None:
    from smartecr.register.signing import tselife
    from support.shop import ESPRESSO, pay_cash, ring

    assert tselife.in_service(till.register_id) == ""
    ring(till, ESPRESSO)
    pay_cash(till)
    assert tselife.in_service(till.register_id) == till.tse.info().serial
    faults.unplugged = True
    ring(till, ESPRESSO)
    pay_cash(till)
    assert tselife.in_service(till.register_id) == till.tse.info().serial
    assert tselife.in_service("another") == ""


@pytest.mark.slow
def test_the_process_watches_the_slot_while_its_till_is_open(
    db: None, slot: Slot, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smartecr.server import wiring

    slot.clock = time.time
    serial = slot.commission("ours")
    monkeypatch.setattr(wiring, "_till", None)
    settings.DATA, settings.TSE = slot.folder, f"cryptovision:{slot.place}"
    states: queue.Queue[ServiceState] = queue.Queue()
    try:
        till = wiring.till()
        assert fails(till.tse.info) == "tse_unavailable"
        till.tse.subscribe(states.put)
        assert [one for one in threading.enumerate() if one.name == "tse-watcher"]
        slot.plug("ours")
        while states.get(timeout=60).level != "ok":
            pass
        assert till.tse.info().serial == serial
    finally:
        wiring.close()
    assert not [one for one in threading.enumerate() if one.name == "tse-watcher"]


@pytest.mark.parametrize(("books", "level"), [("ours", "ok"), ("0" * 64, "bad")])
def test_the_process_expects_the_tse_of_its_books(
    db: None, slot: Slot, settings: Any, monkeypatch: pytest.MonkeyPatch, books: str, level: str
) -> None:
    from smartecr.register.signing import tselife
    from smartecr.server import wiring

    slot.clock = time.time
    serial = slot.commission("ours")
    slot.plug("ours")
    monkeypatch.setattr(wiring, "_till", None)
    monkeypatch.setattr(tselife, "in_service", lambda register: serial if books == "ours" else books)
    settings.DATA, settings.TSE = slot.folder, f"cryptovision:{slot.place}"
    try:
        till = wiring.till()
        with contextlib.suppress(TseError):
            till.tse.info()
        assert till.tse.state.level == level
        assert till.tse.foreign == ("" if books == "ours" else serial)
    finally:
        wiring.close()
