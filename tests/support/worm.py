"""A stand-in for libWormAPI: the library's functions over a virtual TSE, as C functions made from Python.

``symbols`` gives them under the library's names, either in this process (every call goes through the C calling
convention all the same) or as a real shared library built from ``worm.c`` whose functions call back in here.
"""

from __future__ import annotations

import ctypes
import io
import shutil
import subprocess
from collections.abc import Callable
from ctypes import CFUNCTYPE, Structure, c_char, c_char_p, c_int32, c_ubyte, c_uint32, c_uint64, c_void_p
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from smartecr.tse import log_message
from smartecr.tse.api import ExportReceipt, Finished, Lifecycle, Selection, Started, Updated
from smartecr.tse.credentials import NewCredentials, Role, Secret
from smartecr.tse.drivers.swissbit.errors import CODES
from smartecr.tse.drivers.swissbit.prototypes import CLIENTS_A_PAGE, TABLE
from smartecr.tse.errors import TseAuthenticationFailed, TseError, TseNoData
from smartecr.tse.tar import ExportReader
from smartecr.tse.virtual import VirtualTse

FLAGS = [
    name.removeprefix("worm_info_")
    for name, prototype in TABLE.items()
    if name.startswith("worm_info_") and prototype.result is ctypes.c_int and name != "worm_info_read"
]
NUMBERS = [
    name.removeprefix("worm_info_")
    for name, prototype in TABLE.items()
    if name.startswith("worm_info_") and prototype.result is c_uint32
]
ROLES = {1: Role.ADMIN, 2: Role.TIME_ADMIN}
CONTEXT = 0x7777
#: what the error of the virtual TSE is called on this wire
ERROR_CODES = {kind.__name__: code for code, (_, kind) in reversed(CODES.items())} | {
    "TseTimeNotSet": 0x1002,
    "TseInternalError": 0x1001,
    "TseInvalidParameter": 0x1007,
    "TseTransactionUnknown": 0x1008,
    "TseStorageFull": 0x1017,
    "TseNotAuthorized": 0x100F,
    "TseUnfinishedTransactions": 0x1014,
    "TsePukBlocked": 0x1201,
    "TseSelfTestFailed": 0x1310,
    "TseNoData": 0x2003,
    "TseConnectionLost": 3,
    "TseProtocolError": 6,
}


class Info(Structure):
    """The state object, laid out as in worm.c."""

    _fields_ = (
        ("expires", c_uint64),
        ("numbers", c_uint32 * len(NUMBERS)),
        ("flags", c_int32 * len(FLAGS)),
        ("key_length", c_uint64),
        ("serial_length", c_uint64),
        ("key", c_ubyte * 136),
        ("serial", c_ubyte * 32),
        ("description", c_char * 64),
        ("form", c_char * 8),
    )


class Response(Structure):
    """The answer to a signing, laid out as in worm.c."""

    _fields_ = (
        ("number", c_uint64),
        ("time", c_uint64),
        ("counter", c_uint64),
        ("signature_length", c_uint64),
        ("serial_length", c_uint64),
        ("signature", c_ubyte * 144),
        ("serial", c_ubyte * 32),
    )


class Worm:
    """The functions. ``mute`` and ``garbled`` answer every one with TIMEOUT or INVALID_RESPONSE."""

    def __init__(self, core: VirtualTse, seed: bytes = b"SwissbitSwissbit") -> None:
        self.core = core
        self.seed = seed
        self.mute = self.garbled = False
        self.calls: list[str] = []
        self.alive: set[int] = set()
        self.contexts = 0
        self._kept: dict[int, Any] = {}
        self._entries: dict[int, tuple[int, bytes]] = {}
        self._at: dict[int, int] = {}
        self._receipt: ExportReceipt | None = None

    # ---- making the table

    def symbols(self, *, without: tuple[str, ...] = ()) -> SimpleNamespace:
        """Give all functions as C functions in this process, some left out."""
        return SimpleNamespace(**{name: self._function(name) for name in TABLE if name not in without})

    def library(self, path: Path) -> ctypes.CDLL:
        """Load the built library and have its functions call this object."""
        loaded = ctypes.CDLL(str(path))
        for name in TABLE:
            function = self._function(name)
            if loaded.worm_test_set(name.encode(), ctypes.cast(function, c_void_p)):
                self._kept[id(function)] = function
        return loaded

    def _function(self, name: str) -> Any:
        result, arguments = TABLE[name]
        return CFUNCTYPE(c_void_p if result is c_char_p else result, *arguments)(self._guarded(name))

    def _guarded(self, name: str) -> Callable[..., Any]:
        method = getattr(self, name, None) or self._getter(name)

        def call(*arguments: Any) -> Any:
            self.calls.append(name)
            if TABLE[name].result is not ctypes.c_int or name.startswith("worm_entry_is"):
                return method(*arguments)
            if (self.mute or self.garbled) and name != "worm_cleanup":
                return 4 if self.mute else 6
            try:
                return method(*arguments) or 0
            except TseError as error:
                return ERROR_CODES[type(error).__name__]

        return call

    def _getter(self, name: str) -> Callable[..., Any]:
        """Read a field of a state object or an answer."""
        short = name.removeprefix("worm_info_")
        if short in FLAGS:
            return lambda info: self._info(info).flags[FLAGS.index(short)]
        if short in NUMBERS:
            return lambda info: self._info(info).numbers[NUMBERS.index(short)]
        fields = {
            "worm_transaction_response_logTime": "time",
            "worm_transaction_response_signatureCounter": "counter",
            "worm_transaction_response_transactionNumber": "number",
        }
        return lambda response: getattr(self._response(response), fields[name])

    # ---- library and context

    def worm_getVersion(self) -> int:  # noqa: N802
        return self._text(b"5.9.1")

    def worm_signatureAlgorithm(self) -> int:  # noqa: N802
        return self._text(self.core.info().algorithm.encode())

    def worm_logTimeFormat(self) -> int:  # noqa: N802
        return self._text(b"unixTime")

    def worm_init(self, out: Any, mount_point: bytes) -> int:
        if not (Path(mount_point.decode()) / "TSE_INFO.DAT").exists():
            return 2
        self.contexts += 1
        out[0] = CONTEXT
        return 0

    def worm_cleanup(self, context: int) -> int:
        self.contexts -= 1
        return 0

    def worm_keepalive_disable(self, context: int) -> int:
        return 0

    # ---- state

    def worm_info_new(self, context: int) -> int:
        return self._make(Info())

    def worm_info_free(self, info: int) -> None:
        self.alive.discard(info)

    def worm_info_read(self, info: int) -> int:
        told = self.core.info()
        state = self._info(info)
        numbers = {
            "capacity": (told.storage_total or 0) // 512,
            "size": (told.storage_used or 0) // 512,
            "hardwareVersion": 0x00010000,
            "softwareVersion": 0x00020103,
            "timeUntilNextSelfTest": told.self_test_in or 0,
            "timeUntilNextTimeSynchronization": told.time_sync_in or 0,
            "maxTimeSynchronizationDelay": told.time_sync_interval or 0,
            "startedTransactions": told.open_transactions or 0,
            "maxStartedTransactions": told.max_open_transactions or 0,
            "createdSignatures": told.signature_counter or 0,
            "maxSignatures": told.max_signatures or 0,
            "remainingSignatures": told.signatures_remaining or 0,
            "registeredClients": len(told.clients or ()),
            "maxRegisteredClients": told.max_clients or 0,
        }
        state.numbers[:] = [numbers[name] for name in NUMBERS]
        life = {Lifecycle.UNINITIALIZED: 0, Lifecycle.INITIALIZED: 1, Lifecycle.DECOMMISSIONED: 2}[told.state]
        changed = int(life > 0)
        flags = {
            "isDevelopmentFirmware": 1,
            "hasValidTime": int(bool(told.has_valid_time)),
            "hasPassedSelfTest": int(bool(told.has_passed_self_test)),
            "isCtssInterfaceActive": changed,
            "hasChangedPuk": changed,
            "hasChangedAdminPin": changed,
            "hasChangedTimeAdminPin": changed,
            "initializationState": life,
        }
        state.flags[:] = [flags[name] for name in FLAGS]
        state.expires = told.certificate_expires or 0
        state.key_length, state.serial_length = len(told.public_key), 32
        ctypes.memmove(state.key, told.public_key, len(told.public_key))
        ctypes.memmove(state.serial, bytes.fromhex(told.serial), 32)
        state.description, state.form = b"BSI-K-TR-0000-TEST", b"uSD"
        return 0

    def worm_info_tsePublicKey(self, info: int, out: Any, size: Any) -> None:  # noqa: N802
        _point(self._info(info), "key", out, size)

    def worm_info_tseSerialNumber(self, info: int, out: Any, size: Any) -> None:  # noqa: N802
        _point(self._info(info), "serial", out, size)

    def worm_info_tseDescription(self, info: int) -> int:  # noqa: N802
        return ctypes.addressof(self._info(info)) + Info.description.offset

    def worm_info_formFactor(self, info: int) -> int:  # noqa: N802
        return ctypes.addressof(self._info(info)) + Info.form.offset

    def worm_info_certificateExpirationDate(self, info: int) -> int:  # noqa: N802
        return int(self._info(info).expires)

    # ---- life and users

    def worm_tse_setup(self, context: int, *arguments: Any) -> int:
        seed, puk, admin, time = (ctypes.string_at(arguments[at], arguments[at + 1]) for at in range(0, 8, 2))
        if seed != self.seed:
            return 0x1100
        credentials = NewCredentials(
            admin_pin=Secret(admin), admin_puk=Secret(puk), time_admin_pin=Secret(time), time_admin_puk=Secret(puk)
        )
        self.core.initialize(credentials, arguments[8].decode())
        self.core.authenticate_user(Role.ADMIN, credentials.admin_pin)
        self.core.authenticate_user(Role.TIME_ADMIN, credentials.time_admin_pin)
        return 0

    def worm_tse_decommission(self, context: int) -> None:
        self.core.decommission()

    def worm_tse_runSelfTest(self, context: int, client: bytes) -> int:  # noqa: N802
        self.core.run_self_test("")
        return 0 if client.decode() in (self.core.info().clients or ()) else 0x1011

    def worm_tse_updateTime(self, context: int, unix: int) -> None:  # noqa: N802
        self.core.update_time(unix)

    def worm_tse_registerClient(self, context: int, client: bytes) -> None:  # noqa: N802
        self.core.register_client(client.decode())

    def worm_tse_deregisterClient(self, context: int, client: bytes) -> None:  # noqa: N802
        self.core.deregister_client(client.decode())

    def worm_tse_listRegisteredClients(self, context: int, skip: int, out: Any) -> int:  # noqa: N802
        page = (self.core.info().clients or ())[skip : skip + CLIENTS_A_PAGE]
        out[0].amount = len(page)
        for at, client in enumerate(page):
            out[0].client_ids[at].value = client.encode()
        return 0

    def worm_user_login(self, context: int, user: int, pin: int, size: int, remaining: Any) -> int:
        return self._judge(remaining, lambda: self.core.authenticate_user(ROLES[user], _secret(pin, size)))

    def worm_user_logout(self, context: int, user: int) -> None:
        self.core.log_out(ROLES[user])

    def worm_user_unblock(self, context: int, user: int, *arguments: Any) -> int:
        puk, pin = _secret(*arguments[:2]), _secret(*arguments[2:4])
        return self._judge(arguments[4], lambda: self.core.unblock_user(ROLES[user], puk, pin))

    def worm_user_change_pin(self, context: int, user: int, *arguments: Any) -> int:
        old, new = _secret(*arguments[:2]), _secret(*arguments[2:4])
        return self._judge(arguments[4], lambda: self.core.change_pin(ROLES[user], old, new))

    def worm_user_change_puk(self, context: int, *arguments: Any) -> int:
        old, new = _secret(*arguments[:2]), _secret(*arguments[2:4])

        def change() -> None:
            for role in Role:
                self.core.change_puk(role, old, new)

        return self._judge(arguments[4], change)

    def _judge(self, remaining: Any, attempt: Callable[[], None]) -> int:
        remaining[0] = 3
        try:
            attempt()
        except TseAuthenticationFailed as error:
            remaining[0] = error.remaining or 0
            return 0x1100
        return 0

    # ---- transactions

    def worm_transaction_start(self, context: int, client: bytes, data: int, size: int, kind: bytes, out: int) -> None:
        content = ctypes.string_at(data, size) if size else b""
        started = self.core.start_transaction(client.decode(), content, kind.decode())
        self._fill(out, started.transaction_number, started)

    def worm_transaction_update(self, context: int, client: bytes, number: int, *arguments: Any) -> None:
        data, size, kind, out = arguments
        content = ctypes.string_at(data, size) if size else b""
        updated = self.core.update_transaction(client.decode(), number, content, kind.decode())
        assert updated is not None
        self._fill(out, number, updated)

    def worm_transaction_finish(self, context: int, client: bytes, number: int, *arguments: Any) -> None:
        data, size, kind, out = arguments
        content = ctypes.string_at(data, size) if size else b""
        self._fill(out, number, self.core.finish_transaction(client.decode(), number, content, kind.decode()))

    def worm_transaction_listStartedTransactions(self, context: int, *arguments: Any) -> int:  # noqa: N802
        _, skip, out, room, stored = arguments
        page = self.core.open_transactions()[skip : skip + room]
        stored[0] = len(page)
        for at, number in enumerate(page):
            out[at] = number
        return 0

    def worm_transaction_response_new(self, context: int) -> int:
        return self._make(Response())

    def worm_transaction_response_free(self, response: int) -> None:
        self.alive.discard(response)

    def worm_transaction_response_serialNumber(self, response: int, out: Any, size: Any) -> None:  # noqa: N802
        _point(self._response(response), "serial", out, size)

    def worm_transaction_response_signature(self, response: int, out: Any, size: Any) -> None:
        _point(self._response(response), "signature", out, size)

    def _fill(self, address: int, number: int, answer: Started | Updated | Finished) -> None:
        response = self._response(address)
        response.number, response.time, response.counter = number, answer.log_time, answer.signature_counter
        response.signature_length, response.serial_length = len(answer.signature), 32
        ctypes.memmove(response.signature, answer.signature, len(answer.signature))
        ctypes.memmove(response.serial, bytes.fromhex(self.core.info().serial), 32)

    # ---- log entries: the counter is the id

    def worm_entry_new(self, context: int) -> int:
        sink = io.BytesIO()
        self.core.export(sink)
        sink.seek(0)
        kinds = {"transaction": 0, "system": 1, "audit": 2}
        for member in ExportReader(sink):
            if member.name.endswith(".log"):
                message = log_message.parse(member.data)
                self._entries[message.signature_counter] = kinds[message.kind], member.data
        handle = self._make(Response())
        self._at[handle] = -1
        return handle

    def worm_entry_free(self, entry: int) -> None:
        self.alive.discard(entry)

    def worm_entry_iterate_last(self, entry: int) -> int:
        self._at[entry] = max(self._entries, default=-1)
        return 0

    def worm_entry_iterate_id(self, entry: int, number: int) -> int:
        self._at[entry] = number
        return 0

    def worm_entry_isValid(self, entry: int) -> int:  # noqa: N802
        return int(self._at[entry] in self._entries)

    def worm_entry_id(self, entry: int) -> int:
        return self._at[entry]

    def worm_entry_type(self, entry: int) -> int:
        return self._entries[self._at[entry]][0]

    def worm_entry_logMessageLength(self, entry: int) -> int:  # noqa: N802
        return len(self._entries[self._at[entry]][1])

    def worm_entry_readLogMessage(self, entry: int, buffer: int, size: int) -> int:  # noqa: N802
        ctypes.memmove(buffer, self._entries[self._at[entry]][1], size)
        return 0

    # ---- certificates and export

    def worm_getLogMessageCertificate(self, context: int, buffer: int | None, size: Any) -> int:  # noqa: N802
        told = self.core.info()
        if told.state is Lifecycle.UNINITIALIZED:
            return 0x1053
        chain = [x509.load_der_x509_certificate(data).public_bytes(Encoding.PEM) for data in told.certificates]
        content = b"".join(chain)
        if buffer is not None:
            assert size[0] >= len(content)
            ctypes.memmove(buffer, content, len(content))
        size[0] = len(content)
        return 0

    def worm_export_tar(self, context: int, callback: Any, user: int | None) -> int:
        sink = io.BytesIO()
        try:
            self._receipt = self.core.export(sink, Selection())
        except TseNoData:
            return 0x2003
        content = sink.getvalue()
        for at in range(0, len(content), 4096):
            piece = content[at : at + 4096]
            buffer = ctypes.create_string_buffer(piece, len(piece))
            if callback(ctypes.addressof(buffer), len(piece), user):
                return 10
            ctypes.memset(buffer, 0xDD, len(piece))
        return 0

    def worm_export_deleteStoredData(self, context: int) -> int:  # noqa: N802
        if self._receipt is None:
            return 0x1012
        self.core.delete_stored_data(self._receipt)
        self._entries.clear()
        self._receipt = None
        return 0

    # ---- inside

    def _make(self, made: Structure) -> int:
        address = ctypes.addressof(made)
        self._kept[address] = made
        self.alive.add(address)
        return address

    def _info(self, address: int) -> Info:
        return Info.from_address(address)

    def _response(self, address: int) -> Response:
        return Response.from_address(address)

    def _text(self, content: bytes) -> int:
        buffer = ctypes.create_string_buffer(content)
        self._kept[id(buffer)] = buffer
        return ctypes.addressof(buffer)


def _secret(pointer: int, size: int) -> Secret:
    return Secret(ctypes.string_at(pointer, size))


def _point(made: Structure, field: str, out: Any, size: Any) -> None:
    out[0] = ctypes.addressof(made) + getattr(type(made), field).offset
    size[0] = getattr(made, f"{field}_length")


def compiler() -> str | None:
    """Tell the C compiler of this machine."""
    return shutil.which("cc")


def build(folder: Path, *options: str) -> Path:
    """Build the shared library from worm.c."""
    made = folder / "libWormAPI.so"
    source = Path(__file__).with_name("worm.c")
    command = [compiler() or "cc", "-shared", "-fPIC", "-Wall", "-Werror", *options, "-o", str(made), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    return made
