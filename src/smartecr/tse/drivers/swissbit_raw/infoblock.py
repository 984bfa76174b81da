"""``TSE_INFO.DAT``: the block of 512 bytes in which a Swissbit TSE shows its state to anyone who reads.

One unprivileged read tells what a status page needs, without the vendor's library and without a log-in.
All numbers big endian.
"""

import struct
from typing import Literal

from smartecr.core.records import dataclass

FILE_NAME = "TSE_INFO.DAT"
SIZE = 512

State = Literal["uninitialized", "initialized", "decommissioned", "unknown"]

_STATES: tuple[State, ...] = ("uninitialized", "initialized", "decommissioned")
_SERIAL = slice(0x100, 0x120)
_DESCRIPTION = slice(0x120, 0x1A0)
_KEY = 0x6B
_KEY_LENGTHS = (65, 97)
_DATE_MAX = 1 << 40


class InfoBlockError(ValueError):
    """The bytes are no status block of a Swissbit TSE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InfoBlock:
    """The status block taken apart.

    ``used_bytes`` is the room taken in the store, ``export_bytes`` the size of a full export.
    ``certificate_expires`` is unix seconds. Versions read "major.minor.patch". ``public_key`` is the
    uncompressed point (empty when the device shows none), ``serial`` 64 hex digits.
    """

    used_bytes: int
    has_valid_time: bool
    has_passed_self_test: bool
    is_ctss_active: bool
    state: State
    is_data_import_in_progress: bool
    has_changed_puk: bool
    has_changed_admin_pin: bool
    has_changed_time_admin_pin: bool
    seconds_to_self_test: int
    seconds_to_time_sync: int
    open_transactions: int
    max_open_transactions: int
    signatures: int
    max_signatures: int
    clients: int
    max_clients: int
    certificate_expires: int
    export_bytes: int
    hardware: str
    software: str
    public_key: bytes
    serial: str
    description: str


def parse(block: bytes) -> InfoBlock:
    """Read a status block. Raises InfoBlockError for anything that cannot be one."""
    if len(block) != SIZE:
        raise InfoBlockError(f"{len(block)} bytes instead of {SIZE}")
    serial = block[_SERIAL]
    if not any(serial):
        raise InfoBlockError("no serial number")
    flags, state, importing = block[0x1C], block[0x1D], block[0x1E]
    (expires, export_bytes) = struct.unpack_from(">QQ", block, 0x40)
    if expires > _DATE_MAX:
        raise InfoBlockError("the end of the certificate is no date")
    counts = struct.unpack_from(">6I", block, 0x28)
    changed = block[0x20]
    return InfoBlock(
        used_bytes=_u32(block, 0x18) * SIZE,
        has_valid_time=bool(flags & 1),
        has_passed_self_test=bool(flags & 2),
        is_ctss_active=bool(flags & 4),
        state=_STATES[state] if state < len(_STATES) else "unknown",
        is_data_import_in_progress=bool(importing),
        has_changed_puk=bool(changed & 1),
        has_changed_admin_pin=bool(changed & 2),
        has_changed_time_admin_pin=bool(changed & 4),
        seconds_to_self_test=_u32(block, 0x24),
        seconds_to_time_sync=_u32(block, 0xD0),
        open_transactions=counts[0],
        max_open_transactions=counts[1],
        signatures=counts[2],
        max_signatures=counts[3],
        clients=counts[4],
        max_clients=counts[5],
        certificate_expires=expires,
        export_bytes=export_bytes,
        hardware=_version(block, 0x50),
        software=_version(block, 0x54),
        public_key=_key(block),
        serial=serial.hex(),
        description=block[_DESCRIPTION].split(b"\x00", 1)[0].decode("ascii", "replace"),
    )


def build(info: InfoBlock) -> bytes:
    """Make the block a device with this state shows."""
    block = bytearray(SIZE)
    struct.pack_into(">I", block, 0x18, -(-info.used_bytes // SIZE))
    block[0x1C] = info.has_valid_time | info.has_passed_self_test << 1 | info.is_ctss_active << 2
    block[0x1D] = _STATES.index(info.state) if info.state != "unknown" else 0xFF
    block[0x1E] = info.is_data_import_in_progress
    block[0x20] = info.has_changed_puk | info.has_changed_admin_pin << 1 | info.has_changed_time_admin_pin << 2
    struct.pack_into(
        ">7I",
        block,
        0x24,
        info.seconds_to_self_test,
        info.open_transactions,
        info.max_open_transactions,
        info.signatures,
        info.max_signatures,
        info.clients,
        info.max_clients,
    )
    struct.pack_into(">QQ", block, 0x40, info.certificate_expires, info.export_bytes)
    for offset, version in ((0x50, info.hardware), (0x54, info.software)):
        struct.pack_into(">HBB", block, offset, *map(int, version.split(".")))
    block[_KEY - 1] = len(info.public_key)
    block[_KEY : _KEY + len(info.public_key)] = info.public_key
    struct.pack_into(">I", block, 0xD0, info.seconds_to_time_sync)
    block[_SERIAL] = bytes.fromhex(info.serial)
    block[_DESCRIPTION] = info.description.encode("ascii")[:127].ljust(128, b"\x00")
    return bytes(block)


def _u32(block: bytes, offset: int) -> int:
    return int.from_bytes(block[offset : offset + 4], "big")


def _version(block: bytes, offset: int) -> str:
    return "{}.{}.{}".format(*struct.unpack_from(">HBB", block, offset))


def _key(block: bytes) -> bytes:
    size = block[_KEY - 1]
    key = block[_KEY : _KEY + size]
    return key if size in _KEY_LENGTHS and key[0] == 0x04 else b""
