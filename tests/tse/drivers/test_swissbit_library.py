"""The driver over libWormAPI: types, lifetimes, callbacks, missing symbols, every code of the library."""

from __future__ import annotations

import ctypes
import io
import random
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartecr.tse.api import Lifecycle, NewCredentials, Role, Secret
from smartecr.tse.drivers.blockfile import DirectFile
from smartecr.tse.drivers.swissbit import SwissbitTse, errors, prototypes
from smartecr.tse.drivers.swissbit.library import Library
from smartecr.tse.errors import (
    TseAlreadyInitialized,
    TseAuthenticationFailed,
    TseBusy,
    TseClientUnknown,
    TseConnectionLost,
    TseError,
    TseExportFailed,
    TseForeign,
    TseInvalidParameter,
    TseNotAuthorized,
    TseNotSupported,
    TseProtocolError,
    TsePukBlocked,
    TseTimeout,
    TseUnplugged,
)
from smartecr.tse.virtual import VirtualTse
from support.worm import Worm, build, compiler

NOW = 1_795_454_560
SECRETS = NewCredentials(
    admin_pin=Secret("11111"), admin_puk=Secret("123456"), time_admin_pin=Secret("22222"), time_admin_puk=Secret("")
)


class Rig:
    """The library's stand-in with a folder like a mounted device."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "TSE_INFO.DAT").write_bytes(bytes(512))
        self.core = VirtualTse(folder / "core", lambda: NOW)
        self.worm = Worm(self.core)
        self.symbols = self.worm.symbols()

    def open(self, **options: Any) -> SwissbitTse:
        presence = DirectFile(self.folder / "TSE_INFO.DAT", direct=False, writable=False, lock=True)
        return SwissbitTse(Library(self.symbols), self.folder, presence, clock=lambda: NOW, **options)

    def replace(self, name: str, function: Any) -> None:
        """Have a function of the library do something else."""
        result, arguments = prototypes.TABLE[name]
        setattr(self.symbols, name, ctypes.CFUNCTYPE(result, *arguments)(function))


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    assert made.worm.alive == set()
    assert made.worm.contexts == 0
    made.core.close()


@pytest.fixture
def tse(rig: Rig) -> Iterator[SwissbitTse]:
    with closing(rig.open()) as opened:
        opened.initialize(SECRETS, "POS1")
        opened.authenticate_user(Role.TIME_ADMIN, SECRETS.time_admin_pin)
        opened.update_time(NOW)
        opened.log_out(Role.TIME_ADMIN)
        yield opened


def test_every_pointer_has_its_type(rig: Rig, tse: SwissbitTse) -> None:
    tse.info()
    for name in ("worm_info_new", "worm_info_tseDescription", "worm_user_login"):
        if hasattr(rig.symbols, name):
            function = getattr(rig.symbols, name)
            assert (function.restype, tuple(function.argtypes)) == prototypes.TABLE[name]
    assert ctypes.sizeof(prototypes.RegisteredClients) == 500
    assert prototypes.TABLE["worm_info_new"].result is ctypes.c_void_p
    assert prototypes.TABLE["worm_transaction_response_new"].result is ctypes.c_void_p


def test_a_library_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "libWormAPI.so").write_bytes(b"no library")
    for path in (tmp_path / "libWormAPI.so", tmp_path / "missing.so"):
        with pytest.raises(TseInvalidParameter):
            SwissbitTse.at(tmp_path, path)


def test_the_real_opening(rig: Rig, tmp_path: Path) -> None:
    if compiler() is None:
        pytest.skip("building the stand-in of libWormAPI needs a C compiler (cc)")
    path = build(tmp_path)
    rig.worm.library(path)
    with closing(SwissbitTse.at(rig.folder, path, clock=lambda: NOW)) as tse:
        assert tse.info().state is Lifecycle.UNINITIALIZED
        with pytest.raises(TseBusy):
            SwissbitTse.at(rig.folder, path)


def test_older_and_newer_libraries(rig: Rig) -> None:
    description = rig.symbols.worm_info_tseDescription
    for name in ("tseDescription", "hasChangedPuk", "hasChangedAdminPin", "hasChangedTimeAdminPin"):
        delattr(rig.symbols, f"worm_info_{name}")
    del rig.symbols.worm_keepalive_disable
    rig.symbols.worm_info_tseCertificationId = description
    with closing(rig.open()) as tse:
        assert tse.info().certification_id == "BSI-K-TR-0000-TEST"
        assert tse.info().pins == {}
    del rig.symbols.worm_user_unblock
    with closing(rig.open()) as tse, pytest.raises(TseNotSupported):
        tse.unblock_user(Role.ADMIN, SECRETS.admin_puk, SECRETS.admin_pin)


def test_opening_tries_no_secret(rig: Rig) -> None:
    with closing(rig.open()) as tse:
        tse.info()
        with pytest.raises(TseError):
            tse.start_transaction("POS1")
    tried = [name for name in rig.worm.calls if "setup" in name or "user" in name]
    assert tried == []


def test_setting_up_logs_everybody_out_and_happens_once(rig: Rig, tse: SwissbitTse) -> None:
    assert rig.core._accounts._logged_in == {}
    with pytest.raises(TseAlreadyInitialized):
        tse.initialize(SECRETS, "POS1")
    assert rig.worm.calls.count("worm_tse_setup") == 1


def test_a_wrong_seed_is_tried_once(rig: Rig) -> None:
    with closing(rig.open(seed=b"another dealer")) as tse:
        with pytest.raises(TseAuthenticationFailed):
            tse.initialize(SECRETS, "POS1")
        assert tse.info().state is Lifecycle.UNINITIALIZED
    assert rig.worm.calls.count("worm_tse_setup") == 1


@pytest.mark.parametrize("pin", ["1234", "123456", ""])
def test_secrets_of_the_wrong_length_never_reach_the_library(rig: Rig, tse: SwissbitTse, pin: str) -> None:
    rig.worm.calls.clear()
    for call in (
        lambda: tse.authenticate_user(Role.ADMIN, Secret(pin)),
        lambda: tse.change_pin(Role.ADMIN, SECRETS.admin_pin, Secret(pin)),
        lambda: tse.change_puk(Role.ADMIN, SECRETS.admin_puk, Secret("12345")),
        lambda: tse.unblock_user(Role.ADMIN, Secret("12345"), SECRETS.admin_pin),
    ):
        with pytest.raises(TseInvalidParameter):
            call()
    assert rig.worm.calls == []


def test_a_blocked_puk_is_not_a_blocked_pin(rig: Rig, tse: SwissbitTse) -> None:
    rig.replace("worm_user_unblock", lambda *_: 0x1201)
    with pytest.raises(TsePukBlocked):
        tse.unblock_user(Role.ADMIN, SECRETS.admin_puk, SECRETS.admin_pin)


def test_a_self_test_with_an_unknown_client_counts_when_it_was_passed(rig: Rig, tse: SwissbitTse) -> None:
    tse.run_self_test("unknown")
    rig.core.faults.self_test_due = True
    rig.replace("worm_tse_runSelfTest", lambda *_: 0x1011)
    tse._session.library._known.clear()
    with pytest.raises(TseClientUnknown):
        tse.run_self_test("unknown")


def test_what_the_archive_cannot_hold_aborts_the_export(
    rig: Rig, tse: SwissbitTse, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.BytesIO):
        def write(self, _data: object) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("smartecr.tse.drivers.archive.spool", Full)
    with pytest.raises(TseExportFailed, match="No space"):
        tse.export(io.BytesIO())
    monkeypatch.undo()
    assert tse.export(io.BytesIO()).messages > 5


def test_many_clients_and_open_transactions_come_in_pages(rig: Rig, tse: SwissbitTse) -> None:
    tse.authenticate_user(Role.ADMIN, SECRETS.admin_pin)
    for number in range(40):
        tse.register_client(f"POS {number}")
    assert len(tse.info().clients or ()) == 41
    numbers = [tse.start_transaction("POS1").transaction_number for _ in range(130)]
    assert tse.open_transactions() == numbers


def test_a_number_never_given_is_not_looked_for_to_the_beginning(rig: Rig, tse: SwissbitTse) -> None:
    for _ in range(9):
        tse.start_transaction("POS1")
    rig.worm.calls.clear()
    assert tse.find_transaction(10**6).state == "unknown"
    assert rig.worm.calls.count("worm_entry_readLogMessage") == 1


@pytest.mark.parametrize(
    ("name", "function", "call"),
    [
        ("worm_tse_listRegisteredClients", "full page of clients", "info"),
        ("worm_transaction_listStartedTransactions", "full page of numbers", "open_transactions"),
    ],
)
def test_lists_without_an_end_are_given_up(rig: Rig, tse: SwissbitTse, name: str, function: str, call: str) -> None:
    def full(*arguments: Any) -> int:
        if "clients" in function:
            arguments[-1][0].amount = 16
        else:
            arguments[-1][0] = 62
        return 0

    tse._session.library._known.clear()
    rig.replace(name, full)
    with pytest.raises(TseProtocolError):
        getattr(tse, call)()


def test_another_devices_signature_is_not_taken(rig: Rig, tse: SwissbitTse) -> None:
    tse._serial = bytes(32)
    with pytest.raises(TseForeign):
        tse.start_transaction("POS1")


def test_a_pulled_device_is_unplugged_whatever_the_library_would_say(rig: Rig, tse: SwissbitTse) -> None:
    (rig.folder / "TSE_INFO.DAT").unlink()
    rig.worm.calls.clear()
    for call in (
        tse.info,
        lambda: tse.start_transaction("POS1"),
        tse.open_transactions,
        lambda: tse.find_transaction(1),
    ):
        with pytest.raises(TseUnplugged):
            call()
    assert rig.worm.calls == []
    (rig.folder / "TSE_INFO.DAT").write_bytes(bytes(512))


@pytest.mark.parametrize("code", sorted(errors.CODES))
def test_every_code_is_an_error_of_ours(code: int) -> None:
    error = errors.error("worm_call", code)
    assert isinstance(error, TseError)
    assert f"{code:04X}" in error.detail
    if error.outcome_unknown:
        assert isinstance(error, TseTimeout | TseConnectionLost | TseProtocolError)


def test_codes_nobody_knows_and_whose_log_in_is_missing() -> None:
    assert errors.error("x", 0x4711).code == "tse_internal"
    error = errors.error("worm_tse_updateTime", 0x100F, Role.TIME_ADMIN)
    assert isinstance(error, TseNotAuthorized)
    assert error.role is Role.TIME_ADMIN


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    rig = Rig(tmp_path_factory.mktemp("worm"))
    yield rig
    rig.core.close()


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_library_that_fails_at_random_ends_in_errors_of_ours(shared: Rig, seed: int) -> None:
    rig = shared
    chance = random.Random(seed)
    codes = [*errors.CODES, 0x4711, -1]
    rig.symbols = rig.worm.symbols()
    for name in prototypes.TABLE:
        real = getattr(rig.symbols, name)
        if prototypes.TABLE[name].result is ctypes.c_int and "_info_" not in name and name != "worm_cleanup":

            def flaky(*arguments: Any, real: Any = real) -> int:
                return chance.choice(codes) if chance.random() < 0.25 else real(*arguments)

            rig.replace(name, flaky)
    with suppress(TseError), closing(rig.open()) as tse:
        for step in (
            lambda: tse.initialize(SECRETS, "POS1"),
            tse.info,
            lambda: tse.authenticate_user(Role.ADMIN, SECRETS.admin_pin),
            lambda: tse.register_client("POS2"),
            lambda: tse.update_time(NOW),
            lambda: tse.run_self_test("POS1"),
            lambda: tse.start_transaction("POS1"),
            lambda: tse.find_transaction(1),
            lambda: tse.last_transaction("POS1"),
            tse.open_transactions,
            lambda: tse.export(io.BytesIO()),
            lambda: tse.log_out(Role.ADMIN),
        ):
            with suppress(TseError):
                step()
    assert rig.worm.alive == set()
    assert rig.worm.contexts == 0
