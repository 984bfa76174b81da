"""A Swissbit device seen through its raw files, over a virtual TSE: mailbox, status block, windows of the store."""

from __future__ import annotations

import io
import struct
from collections import deque
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from smartecr.tse.api import Lifecycle
from smartecr.tse.credentials import NewCredentials, Role, Secret
from smartecr.tse.drivers.swissbit_raw import mailbox
from smartecr.tse.drivers.swissbit_raw.credentials import derive
from smartecr.tse.drivers.swissbit_raw.infoblock import InfoBlock, build
from smartecr.tse.errors import TseError, TseUnplugged
from smartecr.tse.virtual import VirtualTse
from support.worm import ERROR_CODES

ROLES = {1: Role.ADMIN, 2: Role.TIME_ADMIN}
WINDOW = 2_097_152
#: where process data go: the last block of the first window, so that longer data reach into the second
DATA_AT = WINDOW - 1


class RawCard:
    """The device. ``busy`` reads say F3 before each step; ``late`` commits say that data are missing."""

    def __init__(self, core: VirtualTse, seed: bytes = b"SwissbitSwissbit", software: str = "2.1.0") -> None:
        self.core = core
        self.software = software
        self.busy = 1
        self.late = 0
        self.mute = self.unplugged = False
        self.garbage: bytes | None = None
        self.commands: list[tuple[int, bytes]] = []
        self.counter = 7
        self._secrets: dict[str, Secret] = dict(
            zip(("puk", "1", "2"), derive(seed, bytes.fromhex(core.info().serial)), strict=True)
        )
        self._changed: set[str] = set()
        self._client = b""
        self._ctss = False
        self._logged_in: set[Role] = set()
        self._archive = -1, b""
        self._opened: tuple[int, bytes, int, int, bytes] = (0, b"", 0, 0, b"")
        self._arrived: dict[int, bytes] = {}
        self._answer = b""
        self._coming: deque[bytes] = deque()

    def file(self, name: str) -> RawFile:
        return RawFile(self, name)

    def plug(self) -> None:
        """Plug in again: who was logged in is not any more."""
        self.unplugged = False
        for role in self._logged_in if not self._new else ():
            self.core.log_out(role)
        self._logged_in.clear()

    @property
    def _new(self) -> bool:
        return self.core.info().state is Lifecycle.UNINITIALIZED

    # ---- the mailbox

    def take(self, block: bytes) -> None:
        """Take a command; the reads that follow say how it goes."""
        if self.mute:
            self._coming = deque([mailbox.interim(self.counter, "busy")])
            return
        opcode, arguments = mailbox.read_command(block)
        busy = [mailbox.interim(self.counter, "busy")] * self.busy
        if opcode == 0x83:
            self.counter += 1
            self._coming = deque([*busy, self._answer])
            return
        self.commands.append((opcode, arguments))
        payload, status = b"", 0
        try:
            payload = getattr(self, f"do_{opcode:02x}")(arguments) or b""
        except TseError as error:
            if type(error).__name__ in ("TseConnectionLost", "TseUnplugged"):
                raise
            status = ERROR_CODES[type(error).__name__]
        except StatusError as refusal:
            status = refusal.args[0]
        self._answer = mailbox.answer(self.counter + 1, payload, status)
        self._coming = deque([block, *busy, mailbox.interim(self.counter, "waiting")])

    def give(self) -> bytes:
        if self.garbage is not None:
            return self.garbage.ljust(512, b"\x00")[:512]
        if not self._coming:
            return bytes(512)
        return self._coming.popleft() if len(self._coming) > 1 else self._coming[0]

    # ---- commands

    def do_20(self, arguments: bytes) -> None:
        role, pin = ROLES[arguments[0]], Secret(arguments[2 : 2 + arguments[1]])
        if not self._new:
            self.core.authenticate_user(role, pin)
        elif self._secrets[str(arguments[0])] != pin:
            raise StatusError(0x1100)
        self._logged_in.add(role)

    def do_23(self, arguments: bytes) -> None:
        assert arguments[0] == arguments[7] == 6
        if self._secrets["puk"] != Secret(arguments[1:7]):
            raise StatusError(0x1100)
        self._secrets["puk"] = Secret(arguments[8:14])
        self._changed.add("puk")

    def do_24(self, arguments: bytes) -> None:
        user, old, new = str(arguments[0]), arguments[2:7], arguments[8:13]
        assert arguments[1] == arguments[7] == 5
        if ROLES[arguments[0]] not in self._logged_in:
            raise StatusError(0x100F)
        if self._secrets[user] != Secret(old):
            raise StatusError(0x1100)
        self._secrets[user] = Secret(new)
        self._changed.add(user)

    def do_40(self, arguments: bytes) -> None:
        self.core.run_self_test("")
        client = arguments[1 : 1 + arguments[0]].decode()
        if client not in (self.core.info().clients or ()):
            raise StatusError(0x1011)

    def do_41(self, arguments: bytes) -> None:
        client = arguments[1 : 1 + arguments[0]]
        if self._new:
            self._client = client
        else:
            self.core.register_client(client.decode())

    def do_42(self, arguments: bytes) -> None:
        self.core.deregister_client(arguments[1 : 1 + arguments[0]].decode())

    def do_43(self, arguments: bytes) -> bytes:
        skip = int.from_bytes(arguments, "big")
        page = (self.core.info().clients or ())[skip : skip + 15]
        return bytes((len(page),)) + b"".join(client.encode().ljust(32, b"\x00") for client in page)

    def do_60(self, arguments: bytes) -> None:
        self._ctss = True

    def do_70(self, arguments: bytes) -> None:
        if Role.ADMIN not in self._logged_in:
            raise StatusError(0x100F)
        if not self._ctss or len(self._changed) < 3 or not self._client:
            raise StatusError(0x1051)
        credentials = NewCredentials(
            admin_pin=self._secrets["1"],
            admin_puk=self._secrets["puk"],
            time_admin_pin=self._secrets["2"],
            time_admin_puk=self._secrets["puk"],
        )
        self.core.initialize(credentials, self._client.decode())
        for role in self._logged_in:
            self.core.authenticate_user(role, credentials.pin(role))

    def do_80(self, arguments: bytes) -> None:
        if not self._new:
            self.core.update_time(int.from_bytes(arguments, "big"))
        elif Role.TIME_ADMIN not in self._logged_in:
            raise StatusError(0x100F)

    def do_85(self, arguments: bytes) -> bytes:
        skip = int.from_bytes(arguments[:4], "big")
        page = self.core.open_transactions()[skip : skip + 62]
        return bytes((len(page),)) + b"".join(number.to_bytes(8, "big") for number in page) if page else b""

    def do_86(self, arguments: bytes) -> bytes:
        if self._new:
            raise StatusError(0x10FF)
        chain = [x509.load_der_x509_certificate(data) for data in self.core.info().certificates]
        content = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain)
        offset = int.from_bytes(arguments, "big")
        if offset >= len(content):
            raise StatusError(0x1007)
        piece = content[offset : offset + 490]
        return len(piece).to_bytes(2, "big") + piece

    def do_90(self, arguments: bytes) -> bytes:
        event, size = arguments[0], arguments[1]
        client = arguments[2 : 2 + size]
        number, data_size, kind_size = struct.unpack_from(">QQQ", arguments, 2 + size)
        kind = arguments[2 + size + 24 : 2 + size + 24 + kind_size]
        assert arguments[2 + size + 24 + kind_size :] == bytes(8)
        self._opened = event, client, number, data_size, kind
        self._arrived.clear()
        return DATA_AT.to_bytes(8, "big")

    def do_95(self, arguments: bytes) -> bytes:
        event, client, number, size, kind = self._opened
        blocks = range(DATA_AT, DATA_AT + -(-size // 512))
        if self.late or any(block not in self._arrived for block in blocks):
            self.late = max(0, self.late - 1)
            raise StatusError(0x1006)
        data = b"".join(self._arrived[block] for block in blocks)
        assert not any(data[size:])
        answer: Any
        if event == 0:
            answer = self.core.start_transaction(client.decode(), data[:size], kind.decode())
            number = answer.transaction_number
        elif event == 1:
            answer = self.core.update_transaction(client.decode(), number, data[:size], kind.decode())
        else:
            answer = self.core.finish_transaction(client.decode(), number, data[:size], kind.decode())
        serial = bytes.fromhex(self.core.info().serial)
        numbers = struct.pack(">QQQ", answer.log_time, answer.signature_counter, len(answer.signature))
        return number.to_bytes(8, "big") + serial + numbers + answer.signature

    # ---- the other files

    def store(self) -> bytes:
        """Give the archive as the store shows it (without end blocks), made anew when something was signed."""
        counter = self.core.info().signature_counter or 0
        if self._archive[0] != counter:
            sink = io.BytesIO()
            self.core.export(sink)
            self._archive = counter, sink.getvalue()[:-1024]
        return self._archive[1]

    def put(self, block: int, data: bytes) -> None:
        for at in range(0, len(data), 512):
            self._arrived[block + at // 512] = data[at : at + 512]

    def status(self) -> bytes:
        told = self.core.info()
        states = {Lifecycle.UNINITIALIZED: "uninitialized", Lifecycle.INITIALIZED: "initialized"}
        operating = not self._new
        return build(
            InfoBlock(
                used_bytes=told.storage_used or 0,
                has_valid_time=bool(told.has_valid_time),
                has_passed_self_test=bool(told.has_passed_self_test),
                is_ctss_active=self._ctss,
                state=states[told.state],  # type: ignore[arg-type]
                is_data_import_in_progress=False,
                has_changed_puk=operating or "puk" in self._changed,
                has_changed_admin_pin=operating or "1" in self._changed,
                has_changed_time_admin_pin=operating or "2" in self._changed,
                seconds_to_self_test=told.self_test_in or 0,
                seconds_to_time_sync=told.time_sync_in or 0,
                open_transactions=told.open_transactions or 0,
                max_open_transactions=told.max_open_transactions or 0,
                signatures=told.signature_counter or 0,
                max_signatures=told.max_signatures or 0,
                clients=len(told.clients or ()),
                max_clients=told.max_clients or 0,
                certificate_expires=told.certificate_expires or 0,
                export_bytes=len(self.store()),
                hardware="1.0.0",
                software=self.software,
                public_key=told.public_key,
                serial=told.serial,
                description="BSI-K-TR-0412",
            )
        )


class StatusError(Exception):
    """The device answers with this status word."""


class RawFile:
    """One of the device's files in memory; implements ``BlockFile`` and takes whole blocks only."""

    def __init__(self, card: RawCard, name: str) -> None:
        self._card = card
        self._name = name
        self._closed = False

    def read(self, size: int, offset: int = 0) -> bytes:
        self._reach()
        assert size % 512 == offset % 512 == 0
        if self._name == "TSE_COMM.DAT":
            assert (size, offset) == (512, 0)
            return self._card.give()
        if self._name == "TSE_INFO.DAT":
            return self._card.status()
        return self._card.store()[self._start(offset) : self._start(offset) + size].ljust(size, b"\x00")

    def write(self, data: bytes, offset: int = 0) -> None:
        self._reach()
        assert len(data) % 512 == offset % 512 == 0
        if self._name == "TSE_COMM.DAT":
            assert (len(data), offset) == (512, 0)
            self._card.take(data)
        else:
            assert self._name.startswith("TSE_TAR.")
            assert offset + len(data) <= WINDOW * 512
            self._card.put(self._start(offset) // 512, data)

    def close(self) -> None:
        self._closed = True

    def _start(self, offset: int) -> int:
        return (int(self._name[-3:]) - 1) * WINDOW * 512 + offset

    def _reach(self) -> None:
        if self._card.unplugged or self._closed:
            raise TseUnplugged("ENOENT")
