"""A whole life with the process killed, a write torn, or the disk full at every single write: nothing ever twice."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from smartecr.tse.api import ExportReceipt, Finished, Lifecycle, Role, Secret, Started
from smartecr.tse.errors import TseAuthenticationFailed, TseError
from smartecr.tse.virtual import Limits, VirtualTse, identity, recorder
from smartecr.tse.virtual.users import DEMO_CREDENTIALS
from support import independent_tse

pytestmark = pytest.mark.slow

NOW = 1_795_454_560.0
CLIENT = "SECR-1"
WRITES = ("write", "pwrite", "ftruncate", "fsync", "fdatasync", "replace", "unlink")


class Killed(BaseException):
    """The process is dead: nothing after this is done by it."""


class Disk:
    """Counts everything that changes the disk; at one of these calls something happens."""

    def __init__(self, at: int, how: str) -> None:
        self.at = at
        self.how = how
        self.calls = 0

    def around(self, real: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            if not self.at or self.calls < self.at:
                return real(*args, **kwargs)
            if self.how == "full":
                if self.calls == self.at and name in ("write", "pwrite"):
                    return real(args[0], args[1][: len(args[1]) // 2], *args[2:])
                raise OSError(errno.ENOSPC, "No space left on device")
            if self.calls == self.at:
                if self.how == "after":
                    real(*args, **kwargs)
                elif self.how == "torn" and name in ("write", "pwrite"):
                    real(args[0], args[1][: len(args[1]) * 2 // 3], *args[2:])
            raise Killed

        return call

    @contextmanager
    def watched(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for name in WRITES:
                patch.setattr(os, name, self.around(getattr(os, name), name))
            yield


@dataclass
class Answered:
    """What the device has answered: must hold whatever happened later."""

    counter: int = 0
    starts: dict[int, Started] = field(default_factory=dict)
    finishes: dict[int, Finished] = field(default_factory=dict)
    tries: int = 3
    deleted: bool = False
    lifecycle: Lifecycle = Lifecycle.UNINITIALIZED


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same key for all, and checkpoints often."""
    made = identity.create("secp256r1", NOW)
    monkeypatch.setattr(identity, "create", lambda *_: made)
    monkeypatch.setattr(recorder, "_CHECKPOINT_EVERY", 5)


def open_tse(folder: Path) -> VirtualTse:
    return VirtualTse(folder, lambda: NOW, limits=Limits(gathers_updates=True))


def live(folder: Path, answered: Answered, made: list[VirtualTse]) -> None:
    """Do everything a device can do; note each answer."""
    tse = open_tse(folder)
    made.append(tse)

    def note() -> None:
        answered.counter = tse._state.signature_counter
        answered.lifecycle = tse.lifecycle

    def start() -> int:
        started = tse.start_transaction(CLIENT)
        answered.starts[started.transaction_number] = started
        return started.transaction_number

    def finish(number: int) -> None:
        answered.finishes[number] = tse.finish_transaction(CLIENT, number, b"Beleg^", "Kassenbeleg-V1")

    def wrong() -> None:
        with pytest.raises(TseAuthenticationFailed):
            tse.authenticate_user(Role.TIME_ADMIN, Secret("00000"))
        answered.tries -= 1

    def log_in(role: Role) -> None:
        if role is Role.TIME_ADMIN:
            answered.tries = 3
        tse.authenticate_user(role, DEMO_CREDENTIALS.pin(role))

    receipts: list[ExportReceipt] = []
    steps: list[Callable[[], object]] = [
        lambda: tse.initialize(DEMO_CREDENTIALS, CLIENT),
        wrong,
        wrong,
        lambda: log_in(Role.TIME_ADMIN),
        lambda: tse.update_time(int(NOW)),
        lambda: tse.log_out(Role.TIME_ADMIN),
        start,
        lambda: tse.update_transaction(CLIENT, 1, b"1;Kaffee;2.50", "Bestellung-V1"),
        start,
        lambda: finish(1),
        lambda: log_in(Role.ADMIN),
        lambda: tse.register_client("SECR-2"),
        lambda: tse.deregister_client("SECR-2"),
        lambda: tse.run_self_test(CLIENT),
        lambda: tse.change_puk(Role.ADMIN, DEMO_CREDENTIALS.admin_puk, Secret("222222")),
        lambda: finish(2),
        lambda: receipts.append(tse.export(io.BytesIO())),
        wrong,
    ]
    for step in steps:
        step()
        note()
    answered.deleted = True  # from here on the first two may be gone
    for step in (
        lambda: tse.delete_stored_data(receipts[0]),
        start,
        lambda: finish(3),
        tse.lock_transaction_logging,
        tse.unlock_transaction_logging,
        tse.decommission,
    ):
        step()
        note()
    tse.close()


def run(folder: Path, disk: Disk) -> Answered:
    """Live until it happens; leave the files as they are then."""
    answered = Answered()
    made: list[VirtualTse] = []
    with disk.watched(), suppress(Killed, TseError):
        live(folder, answered, made)
    for tse in made:
        tse._recorder.store.close()
    return answered


def check(folder: Path, answered: Answered) -> None:
    """Open again and prove that everything answered is there, and that life goes on."""
    with closing(open_tse(folder)) as tse:
        sink = io.BytesIO()
        tse.export(sink)
        messages = independent_tse.check_export(sink.getvalue())
        counters = [message.counter for message in messages]
        assert counters == list(range(counters[0], counters[0] + len(counters)))
        assert counters[0] == 1 or answered.deleted
        assert counters[-1] == tse.info().signature_counter >= answered.counter
        for number, started in answered.starts.items():
            found = tse.find_transaction(number)
            if answered.deleted and number < 3 and found.state == "unknown":
                continue
            assert found.start == started
            if number in answered.finishes:
                assert found.finish == answered.finishes[number]
        if tse.lifecycle is not Lifecycle.UNINITIALIZED:
            tries = tse.info().pins[Role.TIME_ADMIN].tries
            assert tries is not None
            assert tries <= answered.tries
        if answered.lifecycle is not Lifecycle.DEACTIVATED:
            assert tse.lifecycle is answered.lifecycle or counters[-1] > answered.counter
        if tse.lifecycle is Lifecycle.INITIALIZED:
            if not tse.info().has_valid_time:
                tse.authenticate_user(Role.TIME_ADMIN, DEMO_CREDENTIALS.time_admin_pin)
                tse.update_time(int(NOW))
            last = tse.info().signature_counter or 0
            number = tse.start_transaction(CLIENT).transaction_number
            assert number > max(answered.starts, default=0)
            again = tse.finish_transaction(CLIENT, number, b"", "")
            assert again.signature_counter == last + 2
        ended = tse.info().signature_counter
    with closing(open_tse(folder)) as tse:
        assert tse.info().signature_counter == ended


@pytest.fixture(scope="module")
def writes(tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many writes a whole life makes."""
    disk = Disk(0, "never")
    run(tmp_path_factory.mktemp("whole"), disk)
    return disk.calls


def test_a_whole_life(tmp_path: Path) -> None:
    answered = run(tmp_path, Disk(0, "never"))
    assert answered.lifecycle is Lifecycle.DECOMMISSIONED
    assert set(answered.finishes) == {1, 2, 3}
    check(tmp_path, answered)


@pytest.mark.parametrize("how", ["before", "torn", "after"])
def test_killed_at_every_write(tmp_path: Path, writes: int, how: str) -> None:
    assert writes > 40
    for at in range(1, writes + 1):
        folder = tmp_path / str(at)
        answered = run(folder, Disk(at, how))
        check(folder, answered)


def test_the_disk_is_full_from_any_write_on(tmp_path: Path, writes: int) -> None:
    """Only typed errors come out, and with room again everything goes on."""
    for at in range(1, writes + 1):
        folder = tmp_path / str(at)
        disk = Disk(at, "full")
        answered = Answered()
        made: list[VirtualTse] = []
        with disk.watched():
            try:
                live(folder, answered, made)
            except TseError as error:
                assert error.message
        for tse in made:
            tse.close()
        check(folder, answered)
