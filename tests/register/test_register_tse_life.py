"""The life of a TSE at a register: a dealer's device, the guided swap with cuts in between, exports beside it."""

from __future__ import annotations

import errno
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from smartecr.tse.api import Role, Tse
from smartecr.tse.credentials import NewCredentials, Secret
from smartecr.tse.errors import TseAuthenticationFailed, TseError, TseUnplugged
from smartecr.tse.virtual import VirtualTse

if TYPE_CHECKING:
    from smartecr.register.signing.proving import Proof
    from smartecr.register.till import Till
    from support.shop import Clock

PINS = {"admin_pin": "13579", "time_admin_pin": "24680"}
CREDENTIALS = NewCredentials(
    admin_pin=Secret("13579"),
    admin_puk=Secret("111111"),
    time_admin_pin=Secret("24680"),
    time_admin_puk=Secret("222222"),
)


class Counter:
    """A register with a slot: `plug` puts the device of a name in, `restart` is a new process on the same data."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        from smartecr.server.equipment.tse_secrets import TseSecrets
        from support.shop import Randomness, stock

        self.folder = folder
        self.clock = clock
        self.secrets = TseSecrets(folder)
        self.randomness = Randomness("life")
        self.inserted = ""
        self.slot = threading.Lock()
        self.device: VirtualTse | None = None
        self.till = self._build()
        stock(self.till)

    def _build(self) -> Till:
        from smartecr.server import wiring
        from smartecr.server.equipment.tse_device import Choice

        way = Choice(open=self._open, pin_of=self.secrets.pin_of, keep_pins=self.secrets.keep)
        return wiring.build_till(self.folder, self.clock, self.randomness, choice=way, timeout=30.0)

    def _open(self) -> Tse:
        if not self.inserted:
            raise TseUnplugged("empty slot")
        with self.slot:
            self.device = VirtualTse(self.folder / self.inserted, lambda: self.clock().timestamp())
            return self.device

    def plug(self, name: str) -> None:
        with self.slot:
            self.inserted = name
            if self.device is not None:
                self.device.faults.unplugged = True
        self.till.tse.retry()

    def restart(self) -> Till:
        self.till.tse.close()
        self.till = self._build()
        return self.till

    def commission(self, name: str, *clients: str) -> str:
        """Put a device into operation by other means than the register's; return its serial number."""
        device = VirtualTse(self.folder / name, lambda: self.clock().timestamp())
        device.initialize(CREDENTIALS, clients[0] if clients else "")
        device.authenticate_user(Role.TIME_ADMIN, CREDENTIALS.time_admin_pin)
        device.update_time(int(self.clock().timestamp()))
        serial = device.info().serial
        device.close()
        return serial


@pytest.fixture
def counter(db: None, tmp_path: Path, clock: Clock) -> Iterator[Counter]:
    folder = tmp_path / "shop"
    folder.mkdir()
    built = Counter(folder, clock)
    yield built
    built.till.tse.close()


def moved(act: Callable[[], object]) -> str:
    from smartecr.register.errors import RegisterError

    with pytest.raises(RegisterError) as caught:
        act()
    return caught.value.code


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.005)


def known(counter: Counter) -> str:
    with suppress(TseError):
        return counter.till.tse.info().serial
    return ""


def sell(counter: Counter) -> Any:
    from support.shop import ESPRESSO, pay_cash, ring

    ring(counter.till, ESPRESSO)
    return pay_cash(counter.till)


def in_service(counter: Counter, name: str = "old") -> str:
    """Have the register sell with a device of a dealer."""
    from smartecr.register.signing import commissioning
    from support.shop import MANAGER

    serial = counter.commission(name)
    counter.plug(name)
    commissioning.register(counter.till, MANAGER, PINS)
    assert sell(counter).tse_serial == serial
    return serial


# ---- commissioning


@pytest.mark.django_db
def test_a_dealers_device_is_taken_with_its_pins(counter: Counter) -> None:
    from smartecr.register.signing import commissioning
    from support.shop import CASHIER, MANAGER

    serial = counter.commission("dealer")
    counter.plug("dealer")
    assert commissioning.look(counter.till).step == "register"
    assert moved(lambda: commissioning.register(counter.till, CASHIER, PINS)) == "right"
    with pytest.raises(TseAuthenticationFailed) as wrong:
        commissioning.register(counter.till, MANAGER, PINS | {"admin_pin": "99999"})
    assert wrong.value.remaining == 2
    assert counter.secrets.read() == {}
    commissioning.register(counter.till, MANAGER, PINS)
    assert counter.secrets.read()["pins"] == {"admin": "13579", "timeAdmin": "24680"}
    assert commissioning.look(counter.till).step == "sign"
    assert commissioning.sign(counter.till, MANAGER).tse_serial == serial
    assert commissioning.look(counter.till).step == "done"


@pytest.mark.django_db
def test_nothing_is_done_by_somebody_without_the_right_or_out_of_order(counter: Counter) -> None:
    from smartecr.register.signing import commissioning
    from support.shop import CASHIER, MANAGER

    till = counter.till
    assert commissioning.look(till).step == "absent"
    counter.plug("new")
    for act in (
        lambda: commissioning.begin(till, CASHIER, {}),
        lambda: commissioning.commission(till, CASHIER),
        lambda: commissioning.resume(till, CASHIER, {}),
        lambda: commissioning.sign(till, CASHIER),
        lambda: commissioning.start_over(till, CASHIER),
    ):
        assert moved(act) == "right"
    assert moved(lambda: commissioning.commission(till, MANAGER)) == "moved"
    assert moved(lambda: commissioning.resume(till, MANAGER, {})) == "moved"
    assert moved(lambda: commissioning.register(till, MANAGER, PINS)) == "moved"
    pending = commissioning.begin(till, MANAGER, {})
    assert moved(lambda: commissioning.commission(till, MANAGER)) == "moved"
    rules = commissioning.look(till).rules
    assert rules is not None
    assert moved(lambda: commissioning.confirm(till, MANAGER, rules, {})) == "slip"
    assert not pending.confirmed
    again = commissioning.begin(till, MANAGER, {})
    assert again.credentials != pending.credentials


@pytest.mark.django_db
def test_two_presses_at_once_initialise_once(counter: Counter) -> None:
    from smartecr.register.signing import commissioning, tselife
    from support.shop import MANAGER

    till = counter.till
    counter.plug("new")
    care = commissioning.care(till)
    pending = commissioning.begin(till, MANAGER, {})
    pending.confirmed = True
    info = commissioning.commission(till, MANAGER)
    assert care.pending is None
    assert moved(lambda: commissioning.commission(till, MANAGER)) == "moved"
    assert [event.kind for event in tselife.events(till)] == ["commissioning_began", "commissioned"]
    assert tselife.in_service(till.register_id) == info.serial


@pytest.mark.django_db
def test_pins_that_cannot_be_kept_leave_the_device_untouched(counter: Counter) -> None:
    from smartecr.register.signing import commissioning, tselife
    from support.shop import MANAGER

    counter.plug("new")
    commissioning.begin(counter.till, MANAGER, {}).confirmed = True
    (counter.folder / "tse-secrets.json").mkdir()
    assert moved(lambda: commissioning.commission(counter.till, MANAGER)) == "pins_kept"
    assert tselife.events(counter.till) == []
    assert commissioning.look(counter.till).step == "go"
    (counter.folder / "tse-secrets.json").rmdir()
    commissioning.commission(counter.till, MANAGER)


@pytest.mark.django_db
def test_another_new_device_after_a_cut_begins_anew(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    from smartecr.register.signing import commissioning
    from support.shop import MANAGER

    counter.plug("new")
    commissioning.begin(counter.till, MANAGER, {}).confirmed = True

    def cut(*_: object) -> None:
        raise TseUnplugged("pulled")

    with monkeypatch.context() as broken:
        broken.setattr(VirtualTse, "initialize", cut)
        with pytest.raises(TseError):
            commissioning.commission(counter.till, MANAGER)
    counter.restart()
    counter.plug("another")
    assert commissioning.look(counter.till).step == "resume"
    commissioning.start_over(counter.till, MANAGER)
    assert commissioning.look(counter.till).step == "begin"


@pytest.mark.django_db
def test_the_demo_has_nothing_to_commission(till: Till) -> None:
    from smartecr.register.signing import commissioning
    from support.shop import MANAGER

    assert moved(lambda: commissioning.begin(till, MANAGER, {})) == "tse_demo"


# ---- exports


@pytest.mark.django_db
def test_an_export_is_checked_and_stays(counter: Counter) -> None:
    from smartecr.register.signing import proving

    serial = in_service(counter)
    proof = proving.export(counter.till, counter.folder / "exports")
    assert proof.wait(20)
    assert (proof.phase, proof.message) == ("done", "")
    assert proof.report is not None
    assert proof.receipt is not None
    assert proof.archive is not None
    assert proof.report.ok
    assert proof.report.devices[0].serial.hex() == serial
    assert proof.archive.stat().st_size == proof.receipt.size == proof.total
    assert [path.name for path in (counter.folder / "exports").iterdir()] == [proof.archive.name]
    assert counter.till.tse.state.level == "ok"


@pytest.mark.django_db
def test_a_full_disk_under_an_export_is_no_outage(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    from smartecr.register.signing import proving

    in_service(counter)

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(proving._Counting, "write", full)
    proof = proving.export(counter.till, counter.folder / "exports")
    assert proof.wait(20)
    assert proof.phase == "failed"
    assert "auf dem Datenträger ist kein Platz mehr" in proof.message
    assert list((counter.folder / "exports").iterdir()) == []
    assert sell(counter).signed
    assert counter.till.tse.state.level == "ok"


@pytest.mark.django_db
def test_an_export_that_is_not_wanted_any_more_leaves_nothing(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smartecr.register.signing import proving

    in_service(counter)
    gate, reached = threading.Event(), threading.Event()
    real = proving._Counting.write

    def slow(self: Any, data: bytes) -> int:
        reached.set()
        assert gate.wait(10)
        return real(self, data)

    monkeypatch.setattr(proving._Counting, "write", slow)
    proof = proving.export(counter.till, counter.folder / "exports")
    assert reached.wait(10)
    proof.stop()
    gate.set()
    assert proof.wait(20)
    assert (proof.phase, proof.message) == ("failed", "Abgebrochen.")
    assert list((counter.folder / "exports").iterdir()) == []


@pytest.mark.django_db
def test_a_device_that_signs_no_more_is_still_exported(counter: Counter) -> None:
    from smartecr.register.signing import proving

    in_service(counter)
    assert counter.device is not None
    counter.device.faults.storage_full = True
    counter.till.tse.retry()
    assert not sell(counter).signed
    proof = proving.export(counter.till, counter.folder / "exports")
    assert proof.wait(20)
    assert proof.phase == "done", proof.message


@pytest.mark.django_db
def test_a_file_that_is_no_export_is_named_and_goes(tmp_path: Path) -> None:
    from smartecr.register.signing import proving

    file = tmp_path / "0123.upload"
    file.write_bytes(b"no archive" * 100)
    proof = proving.check_file(file, "holiday.tar", complete=True)
    assert proof.wait(20)
    assert proof.phase == "failed"
    assert "holiday.tar" in proof.message
    assert "0123.upload" not in proof.message
    assert not file.exists()


# ---- swap


def exported(counter: Counter) -> Proof:
    from smartecr.register.signing import swapping
    from support.shop import OWNER

    proof = swapping.export(counter.till, OWNER)
    assert proof.wait(20)
    assert proof.phase == "done", proof.message
    swapping.take(counter.till, OWNER)
    swapping.take(counter.till, OWNER)
    return proof


@pytest.mark.slow
@pytest.mark.django_db
def test_a_swap_from_begin_to_end_with_a_cut_behind_every_step(counter: Counter) -> None:
    from smartecr.register.books import verify
    from smartecr.register.signing import commissioning, swapping
    from support.shop import OWNER

    old = in_service(counter)

    def stage() -> str:
        counter.restart()
        swap = swapping.standing(counter.till)
        return swap.stage if swap else ""

    swapping.begin(counter.till, OWNER)
    swapping.begin(counter.till, OWNER)
    assert stage() == "export"
    assert sell(counter).signed
    exported(counter)
    assert stage() == "retire"
    assert sell(counter).signed
    swapping.retire(counter.till, OWNER)
    assert stage() == "final"
    assert not sell(counter).signed, "a retired device was registered again by itself"
    final = exported(counter)
    assert final.report is not None
    assert stage() == "replace"
    assert counter.till.serial not in counter.till.tse.operate(lambda tse: tse.info().clients).result(10)
    counter.plug("new")
    commissioning.begin(counter.till, OWNER, {}).confirmed = True
    new = commissioning.commission(counter.till, OWNER).serial
    commissioning.sign(counter.till, OWNER)
    assert stage() == "report"
    assert sell(counter).tse_serial == new
    assert moved(lambda: swapping.end(counter.till, OWNER, "2030-01-01")) == "day"
    swapping.end(counter.till, OWNER, "2026-11-24")
    assert stage() == ""
    until(lambda: counter.till.tse.state.level == "ok" and known(counter) == new)
    counter.plug("old")
    until(lambda: counter.till.tse.state.code == "tse_retired")
    assert not sell(counter).signed
    assert commissioning.look(counter.till).step == "over"
    counter.plug("new")
    until(lambda: counter.till.tse.state.level == "ok")
    assert sell(counter).tse_serial == new != old
    assert verify.examine().findings == []
    kept = sorted((counter.folder / "exports").iterdir())
    assert len(kept) == 2


@pytest.mark.django_db
def test_a_cut_between_intent_and_deregistering_is_gone_on_with(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smartecr.register.signing import swapping
    from support.shop import OWNER

    in_service(counter)
    swapping.begin(counter.till, OWNER)
    exported(counter)
    real = VirtualTse.deregister_client

    def cut(self: VirtualTse, client_id: str) -> None:
        real(self, client_id)
        raise TseUnplugged("pulled")

    with monkeypatch.context() as broken:
        broken.setattr(VirtualTse, "deregister_client", cut)
        with pytest.raises(TseError):
            swapping.retire(counter.till, OWNER)
    counter.restart()
    assert not sell(counter).signed
    swapping.retire(counter.till, OWNER)
    swap = swapping.standing(counter.till)
    assert swap is not None
    assert (swap.stage, swap.deregistered) == ("final", {})


@pytest.mark.django_db
def test_a_swap_may_be_called_off(counter: Counter) -> None:
    from smartecr.register.signing import swapping
    from support.shop import OWNER

    old = in_service(counter)
    swapping.begin(counter.till, OWNER)
    exported(counter)
    swapping.retire(counter.till, OWNER)
    swapping.cancel(counter.till, OWNER)
    counter.restart()
    assert swapping.standing(counter.till) is None
    assert sell(counter).tse_serial == old


@pytest.mark.django_db
def test_open_receipts_keep_the_old_device(counter: Counter) -> None:
    from smartecr.register.signing import swapping
    from support.shop import ESPRESSO, OWNER, pay_cash, ring

    in_service(counter)
    swapping.begin(counter.till, OWNER)
    exported(counter)
    ring(counter.till, ESPRESSO)
    assert moved(lambda: swapping.retire(counter.till, OWNER)) == "open"
    assert pay_cash(counter.till).signed
    swapping.retire(counter.till, OWNER)


@pytest.mark.django_db
def test_a_dead_device_is_left_out(counter: Counter) -> None:
    from smartecr.register.signing import swapping
    from support.shop import CASHIER, OWNER

    in_service(counter)
    swapping.begin(counter.till, OWNER)
    counter.plug("")
    with pytest.raises(TseError):
        swapping.export(counter.till, OWNER)
    assert moved(lambda: swapping.skip(counter.till, CASHIER)) == "right"
    for expected in ("retire", "final", "replace"):
        swapping.skip(counter.till, OWNER)
        swap = swapping.standing(counter.till)
        assert swap is not None
        assert swap.stage == expected
    assert swap.deregistered == {"skipped": "no_answer"}


@pytest.mark.django_db
def test_another_device_is_not_taken_for_the_old_one(counter: Counter) -> None:
    from smartecr.register.signing import swapping
    from support.shop import OWNER

    in_service(counter)
    swapping.begin(counter.till, OWNER)
    counter.commission("stranger")
    counter.plug("stranger")
    with pytest.raises(TseError) as caught:
        swapping.export(counter.till, OWNER)
    assert caught.value.code == "tse_foreign"


@pytest.mark.django_db
def test_no_secret_is_in_the_books(counter: Counter) -> None:
    from smartecr.register.models import Journal
    from smartecr.register.signing import commissioning
    from support.shop import MANAGER

    counter.plug("new")
    made = commissioning.begin(counter.till, MANAGER, {}).credentials
    commissioning.care(counter.till).pending.confirmed = True  # type: ignore[union-attr]
    commissioning.commission(counter.till, MANAGER)
    books = json.dumps(list(Journal.objects.values_list("body", flat=True)))
    for secret in (made.admin_pin, made.admin_puk, made.time_admin_pin, made.time_admin_puk):
        assert secret.reveal().decode() not in books


@pytest.mark.django_db
@pytest.mark.parametrize(("hours", "tested"), [("Mo-Fr 7-20", False), ("Mo-Fr 10-20", True), ("", False)])
def test_the_self_test_waits_for_closing_time(counter: Counter, hours: str, tested: bool) -> None:
    """Tuesday 8:42 in Berlin; 15 hours are left until the device wants its test."""
    from smartecr.register.shop import opening
    from support.shop import MANAGER

    in_service(counter)
    opening.save(counter.till, MANAGER, hours)
    started = counter.till.tse.operate(lambda tse: tse.info().self_test_in).result(10)
    assert started is not None
    assert counter.device is not None
    with counter.slot:
        counter.device._recorder.tested -= started - 15 * 3600
    before = counter.till.tse.info()
    counter.till.tse.retry()
    until(lambda: counter.till.tse.info() is not before)
    counter.till.tse.operate(lambda tse: None).result(10)
    left = counter.till.tse.operate(lambda tse: tse.info().self_test_in).result(10)
    assert left is not None
    assert (left > 16 * 3600) is tested
