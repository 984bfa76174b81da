"""What is said in the mailbox: arguments of commands, payloads of answers; bytes only."""

import struct
from enum import IntEnum
from typing import NamedTuple

from smartecr.tse.credentials import Role, Secret

TRANSACTIONS_A_PAGE = 62
_CLIENT_ROOM = 32
_SERIAL = 32
_LONGEST_SIGNATURE = 256


class Opcode(IntEnum):
    """Commands known (the maker has more)."""

    LOG_IN = 0x20
    CHANGE_PUK = 0x23
    CHANGE_PIN = 0x24
    SELF_TEST = 0x40
    REGISTER_CLIENT = 0x41
    DEREGISTER_CLIENT = 0x42
    LIST_CLIENTS = 0x43
    ENABLE_CTSS = 0x60
    INITIALIZE = 0x70
    UPDATE_TIME = 0x80
    FETCH = 0x83
    LIST_OPEN = 0x85
    CERTIFICATE = 0x86
    OPEN_LOG = 0x90
    COMMIT = 0x95


class Event(IntEnum):
    """Which step of a transaction is logged."""

    START = 0
    UPDATE = 1
    FINISH = 2


USERS = {Role.ADMIN: 1, Role.TIME_ADMIN: 2}


class PayloadError(ValueError):
    """An answer's payload has another form; the text says which."""


class Signed(NamedTuple):
    """The answer to COMMIT; ``serial`` is that of the key."""

    transaction_number: int
    serial: bytes
    log_time: int
    signature_counter: int
    signature: bytes


def text(value: str) -> bytes:
    """Encode a client id."""
    raw = value.encode("ascii", "replace")
    return bytes((len(raw),)) + raw


def counted(*secrets: Secret) -> bytes:
    """Encode PINs or PUKs."""
    return b"".join(bytes((len(secret.reveal()),)) + secret.reveal() for secret in secrets)


def user(role: Role) -> bytes:
    """Encode a user."""
    return bytes((USERS[role],))


def u32(value: int) -> bytes:
    """Encode a number of four bytes."""
    return value.to_bytes(4, "big")


def u64(value: int) -> bytes:
    """Encode a number of eight bytes."""
    return value.to_bytes(8, "big")


def open_log(event: Event, client_id: str, number: int, data_size: int, process_type: str) -> bytes:
    """Make the arguments of OPEN_LOG; ``number`` is 0 for a start."""
    kind = process_type.encode("ascii")
    return bytes((event,)) + text(client_id) + u64(number) + u64(data_size) + u64(len(kind)) + kind + u64(0)


def number(payload: bytes) -> int:
    """Read a payload of one number. Raises PayloadError."""
    if len(payload) != 8:
        raise PayloadError(f"{len(payload)} bytes instead of a number")
    return int.from_bytes(payload, "big")


def signed(payload: bytes) -> Signed:
    """Read the payload of COMMIT. Raises PayloadError."""
    head = struct.Struct(f">Q{_SERIAL}sQQQ")
    if len(payload) < head.size:
        raise PayloadError("the answer has no signature")
    transaction, serial, log_time, counter, size = head.unpack_from(payload)
    signature = payload[head.size : head.size + size]
    if not 0 < size <= _LONGEST_SIGNATURE or len(signature) != size:
        raise PayloadError(f"a signature of {size} bytes")
    return Signed(transaction, serial, log_time, counter, signature)


def clients(payload: bytes) -> list[str]:
    """Read one page of clients. Raises PayloadError."""
    entries = _page(payload, _CLIENT_ROOM)
    return [entry.split(b"\x00", 1)[0].decode("ascii", "replace") for entry in entries]


def open_transactions(payload: bytes) -> list[int]:
    """Read one page of open transactions; an empty payload is none. Raises PayloadError."""
    return [int.from_bytes(entry, "big") for entry in _page(payload, 8)] if payload else []


def piece(payload: bytes) -> bytes:
    """Read a piece of the certificates. Raises PayloadError."""
    size = int.from_bytes(payload[:2], "big")
    if len(payload) < 2 + size:
        raise PayloadError(f"a piece of {size} bytes")
    return payload[2 : 2 + size]


def _page(payload: bytes, room: int) -> list[bytes]:
    if not payload or len(payload) < 1 + payload[0] * room:
        raise PayloadError("a list that is cut off")
    return [payload[1 + at * room : 1 + (at + 1) * room] for at in range(payload[0])]
