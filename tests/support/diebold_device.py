"""Diebold Nixdorf's TSE as it speaks its native frames: a shell around the virtual TSE, with a parser of its own.

Silent when a command fails, talks in between when it feels like it (status frames), keeps long answers in buffers.
"""

from __future__ import annotations

import io
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from smartecr.tse.api import ALL, Lifecycle, Selection
from smartecr.tse.credentials import NewCredentials, Role, Secret
from smartecr.tse.errors import (
    TseAuthenticationFailed,
    TseCertificateExpired,
    TseClientUnknown,
    TseConnectionLost,
    TseDecommissioned,
    TseError,
    TseInvalidParameter,
    TseNoData,
    TseNotAuthorized,
    TseNotInitialized,
    TsePinBlocked,
    TseSelfTestFailed,
    TseSelfTestRequired,
    TseSignaturesExhausted,
    TseStorageFull,
    TseTimeNotSet,
    TseTooManyClients,
    TseTooManyTransactions,
    TseTransactionUnknown,
    TseUnexportedData,
    TseUnfinishedTransactions,
    TseUnplugged,
)
from smartecr.tse.virtual import VirtualTse
from support.lines import CutError

REQUEST = re.compile(
    rb"\x1b\x90(\d{3})((?:\x1b\x92[^\x1b]*)*)(?:\x1b\x99([^\x1b]*))?(?:(\x1b\x9d)|\x1b\x9e(\d))\x1b\x9f"
)
CODES: dict[type[TseError], int] = {
    TseNotInitialized: 0x0100,
    TseTimeNotSet: 0x0101,
    TseCertificateExpired: 0x0102,
    TseDecommissioned: 0x0103,
    TseStorageFull: 0x0107,
    TseTransactionUnknown: 0x0108,
    TseNoData: 0x010B,
    TseSelfTestRequired: 0x010C,
    TseNotAuthorized: 0x0111,
    TseInvalidParameter: 0x0008,
    TseClientUnknown: 0x0115,
    TseTooManyTransactions: 0x0117,
    TseSignaturesExhausted: 0x0118,
    TseTooManyClients: 0x0119,
    TseUnfinishedTransactions: 0x011B,
}
MAKERS_PIN = "12345"
ROLES = {"1": Role.ADMIN, "2": Role.TIME_ADMIN}
STATUS = b"\x1b\x6b\x00\x40\x1b"


class FailError(Exception):
    """The command fails with this code."""


class Device:
    """The TSE. ``mute`` and ``garbage`` are faults of the wire; ``chatty`` sends status frames before answers."""

    def __init__(self, core: Callable[[], VirtualTse], packet: int = 700) -> None:
        self._core = core
        self.packet = packet
        self.mute = False
        self.chatty = False
        self.garbage: bytes | None = None
        self.error = 0
        self.client = ""
        self.new_clients: list[str] = []
        self.admin_while_new = False
        self.pending: dict[str, Any] | None = None
        self.buffers: dict[int, io.BytesIO] = {}
        self.receipt: Any = None
        self.size = 0
        self.asked: list[int] = []

    @property
    def core(self) -> VirtualTse:
        return self._core()

    def connect(self) -> Conversation:
        """Plug in. Raises TseUnplugged."""
        if self.core.faults.unplugged:
            raise TseUnplugged("no device")
        return Conversation(self)

    @property
    def new(self) -> bool:
        return self.core.lifecycle is Lifecycle.UNINITIALIZED

    def run(self, command: int, values: list[str]) -> list[bytes]:
        """Run a command, return the values of its answer."""
        self.asked.append(command)
        handler = getattr(self, f"_{command:03d}", None)
        if handler is None:
            raise FailError(0x0003)
        if command >= 100 and command != 509 and not self.client:
            raise FailError(0x010A)
        if command not in (1, 4, 206) and not 201 <= command <= 207:
            self.pending = None
        return [value if isinstance(value, bytes) else str(value).encode() for value in handler(*values) or ()]

    # ---- standard

    def _000(self) -> Any:
        return 2, 5, 49, 64

    def _001(self) -> Any:
        bits = (0 if self.new else 1) | (2 if self.pending else 0)
        return f"{self.error:04X}", f"{bits:02X}"

    def _002(self) -> Any:
        return 1, 4, 7, 1, 0, 2

    def _003(self, on: str) -> None:
        assert on in "01"

    def _004(self, buffer: str, packet: str) -> Any:
        content = self.buffers.get(int(buffer))
        if content is None:
            raise FailError(self.error or 0x010B)
        number = content.tell() // self.packet % 256
        if int(packet) != number:
            raise FailError(0x0008)
        data = content.read(self.packet)
        more = len(content.getbuffer()) > content.tell()
        return buffer, packet, "00" if more else "01", len(data), data

    # ---- maintenance

    def _100(self, slot: str, description: str) -> None:
        if not self.admin_while_new:
            raise FailError(0x0111)
        pin, puk = Secret(MAKERS_PIN), Secret("000000")
        secrets = NewCredentials(admin_pin=pin, admin_puk=puk, time_admin_pin=pin, time_admin_puk=puk)
        self.core.initialize(secrets, self.new_clients[0] if self.new_clients else "")
        self.core.authenticate_user(Role.ADMIN, pin)

    def _101(self, moment: str) -> None:
        self.core.update_time(unix(moment))

    def _102(self) -> Any:
        info = self.core.info()
        return info.storage_total, (info.storage_total or 0) - (info.storage_used or 0)

    def _104(self, slot: str) -> None:
        self.core.decommission()

    def _106(self, slot: str) -> None:
        if self.new:
            if not self.admin_while_new:
                raise FailError(0x0111)
            self.new_clients.append(self.client)
        else:
            self.core.register_client(self.client)

    def _107(self, slot: str) -> None:
        try:
            self.core.deregister_client(self.client)
        except TseUnfinishedTransactions:
            raise FailError(0x011A) from None

    def _109(self, slot: str) -> Any:
        assert slot == "1"
        info = self.core.info()
        status = {Lifecycle.UNINITIALIZED: 0, Lifecycle.DECOMMISSIONED: 3}.get(info.state, 1)
        total = info.storage_total or 0
        return (
            "03",
            f"{status:02X}",
            1,
            "crypto",
            total,
            total - (info.storage_used or 0),
            moment(info.certificate_expires or 0),
            info.signatures_remaining,
            info.algorithm,
            1,
            "BSI-K-TR-0412",
        )

    def _112(self, slot: str) -> Any:
        if self.new:
            return (1,) if self.client in self.new_clients else (3,)
        if self.client not in (self.core.info().clients or ()):
            return (3,)
        try:
            self.core.run_self_test(self.client)
        except TseSelfTestFailed:
            return (2,)
        return (1,)

    # ---- transactions

    def _200(self, size: str, kind: str, additional: str) -> None:
        self.pending = {"end": 201, "size": int(size), "type": kind, "data": b"", "packet": 0}

    def _202(self, number: str, size: str, kind: str, additional: str) -> None:
        self._200(size, kind, additional)
        assert self.pending is not None
        self.pending |= {"end": 203, "number": int(number)}

    def _204(self, number: str, size: str, kind: str, additional: str) -> None:
        self._202(number, size, kind, additional)
        assert self.pending is not None
        self.pending["end"] = 205

    def _206(self, packet: str, data: str) -> None:
        if self.pending is None or int(packet) != self.pending["packet"]:
            raise FailError(0x0006)
        piece = b64decode(data, validate=True)
        assert len(piece) <= 512
        self.pending["packet"] += 1
        self.pending["data"] += piece

    def _201(self) -> Any:
        pending = self._ended(201)
        started = self.core.start_transaction(self.client, pending["data"], pending["type"])
        self.pending = None
        serial = b64encode(bytes.fromhex(self.core.info().serial))
        counter, signature = started.signature_counter, b64encode(started.signature)
        return moment(started.log_time), started.transaction_number, serial, counter, signature

    def _203(self) -> Any:
        pending = self._ended(203)
        return self._signed(
            self.core.update_transaction(self.client, pending["number"], pending["data"], pending["type"])
        )

    def _205(self) -> Any:
        pending = self._ended(205)
        return self._signed(
            self.core.finish_transaction(self.client, pending["number"], pending["data"], pending["type"])
        )

    def _207(self) -> None:
        self.pending = None

    def _ended(self, end: int) -> dict[str, Any]:
        if self.pending is None or self.pending["end"] != end or len(self.pending["data"]) != self.pending["size"]:
            raise FailError(0x0006)
        return self.pending

    def _signed(self, answer: Any) -> Any:
        self.pending = None
        return moment(answer.log_time), answer.signature_counter, b64encode(answer.signature)

    # ---- export

    def _300(self, slot: str) -> Any:
        return self._export(ALL)

    def _301(self, slot: str, number: str, client: str) -> Any:
        assert len(number) == 10
        return self._export(Selection(transactions=(int(number), int(number)), client_id=client or None))

    def _302(self, slot: str, first: str, last: str, client: str) -> Any:
        return self._export(Selection(transactions=(int(first), int(last)), client_id=client or None))

    def _303(self, slot: str, begin: str, end: str, client: str) -> Any:
        return self._export(Selection(begin=unix(begin), end=unix(end), client_id=client or None))

    def _export(self, selection: Selection) -> Any:
        content = io.BytesIO()
        receipt = self.core.export(content, selection)
        if selection == ALL:
            self.receipt, self.size = receipt, len(content.getvalue())
        tar = content.getvalue()
        half = len(tar) // 2 + 1
        return b64encode(tar[:half]), b64encode(tar[half:])

    def _304(self, slot: str) -> Any:
        return [b64encode(one) for one in self.core.info().certificates]

    def _305(self, slot: str) -> Any:
        return (b64encode(bytes.fromhex(self.core.info().serial)),)

    def _307(self, slot: str, size: str) -> Any:
        self.core.info()
        try:
            if self.receipt is None or int(size) != self.size:
                return (2,)
            self.core.delete_stored_data(self.receipt)
        except TseUnexportedData:
            return (2,)
        return (0,)

    def _308(self, slot: str) -> Any:
        return b64encode(bytes.fromhex(self.core.info().serial)), b64encode(self.core.info().public_key)

    def _309(self, slot: str) -> None:
        self.buffers.clear()

    # ---- users

    def _400(self, slot: str, user: str, pin: str) -> Any:
        if self.new:
            self.admin_while_new = user == "1" and pin == MAKERS_PIN
            return (0 if pin == MAKERS_PIN else 2,)
        try:
            self.core.authenticate_user(ROLES[user], Secret(pin))
        except TseAuthenticationFailed:
            return (2,)
        except TsePinBlocked:
            return (3,)
        return (0,)

    def _401(self, slot: str, user: str) -> Any:
        self.admin_while_new = False
        self.core.log_out(ROLES[user])
        return (0,)

    # ---- utility

    def _500(self) -> Any:
        info = self.core.info()
        return info.max_clients, len(info.clients or ())

    def _504(self) -> Any:
        info = self.core.info()
        return info.max_open_transactions, info.open_transactions

    def _506(self, client: str = "") -> Any:
        numbers = self.core.open_transactions()
        return [number for number in numbers if client in ("", self.core.find_transaction(number).client_id)]

    def _507(self) -> Any:
        return (self.core.info().time_sync_interval,)

    def _508(self) -> Any:
        return (self.core.info().self_test_in,)

    def _509(self, client: str) -> None:
        self.client = client


class Conversation:
    """One connection to the device."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self._buffer = b""
        self._spoken = 0

    def greeting(self) -> bytes:
        return STATUS if self.device.chatty else b""

    def feed(self, data: bytes) -> bytes:
        self._buffer += data
        said = b""
        while match := REQUEST.match(self._buffer):
            self._buffer = self._buffer[match.end() :]
            said += self._answer(match)
        return said

    def end(self) -> None:
        pass

    def _answer(self, match: re.Match[bytes]) -> bytes:
        device = self.device
        if device.mute:
            return b""
        if device.garbage is not None:
            return device.garbage
        command, request_id = int(match[1]), match[3] or b""
        values = [value.decode() for value in match[2].split(b"\x1b\x92")[1:]]
        try:
            answer = response(command, device.run(command, values), request_id)
        except FailError as error:
            device.error = error.args[0]
            return self._chatter()
        except (TseConnectionLost, TseUnplugged):
            raise CutError from None
        except TseError as error:
            device.error = CODES[type(error)]
            return self._chatter()
        if command != 1:
            device.error = 0
        if match[5]:
            device.buffers[int(match[5])] = io.BytesIO(answer)
            return self._chatter()
        return self._chatter() + answer

    def _chatter(self) -> bytes:
        self._spoken += 1
        return STATUS if self.device.chatty and self._spoken % 3 else b""


def response(command: int, values: list[bytes], request_id: bytes) -> bytes:
    """Make a response."""
    parameters = b"".join(b"\x1b\x92" + value for value in values)
    return b"\x1b\x91%03d" % command + parameters + b"\x1b\x99" + request_id + b"\x1b\x9f"


def moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%d.%m.%Y %H:%M:%S")


def unix(text: str) -> int:
    return int(datetime.strptime(text, "%d.%m.%Y %H:%M:%S").replace(tzinfo=UTC).timestamp())
