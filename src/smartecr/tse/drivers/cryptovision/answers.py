"""What stands in the answers of the card: serial numbers, mappings, keys, numbers; tolerant where cards err."""

from collections.abc import Sequence
from typing import NamedTuple

from smartecr.tse import der
from smartecr.tse.algorithms import BY_OID
from smartecr.tse.drivers.cryptovision.commands import CommandError, Parameter, numbers

_SERIAL = 32
#: behind the length of a frame: result, type and length of the one parameter
_LIST_AT = 5


class Signed(NamedTuple):
    """The four values behind every signature; ``serial`` is that of the key."""

    signature_counter: int
    log_time: int
    signature: bytes
    serial: bytes


def data(parameters: Sequence[Parameter], index: int = 0) -> bytes:
    """Take a byte array out of an answer. Raises CommandError."""
    value = parameters[index] if index < len(parameters) else None
    if not isinstance(value, bytes):
        raise CommandError(f"value {index} of the answer is no byte array")
    return value


def number(parameters: Sequence[Parameter], index: int = 0) -> int:
    """Take a number of any length out of an answer, whichever type it has. Raises CommandError."""
    value = parameters[index] if index < len(parameters) else None
    if isinstance(value, int):
        return int(value)
    if isinstance(value, bytes) and len(value) <= 9:
        return int.from_bytes(value, "big")
    raise CommandError(f"value {index} of the answer is no number")


def text(parameters: Sequence[Parameter], index: int = 0) -> str:
    """Take a text out of an answer. Raises CommandError."""
    value = parameters[index] if index < len(parameters) else None
    if isinstance(value, bytes):
        return value.rstrip(b"\x00").decode("ascii", "replace")
    if not isinstance(value, str):
        raise CommandError(f"value {index} of the answer is no text")
    return value


def signed(parameters: Sequence[Parameter], start: int = 0) -> Signed:
    """Take what comes with a signature. Raises CommandError."""
    signature = data(parameters, start + 2)
    serial = data(parameters, start + 3)
    if not signature or len(serial) != _SERIAL:
        raise CommandError("the answer has no signature")
    return Signed(number(parameters, start), number(parameters, start + 1), signature, serial)


def serial_number(content: bytes) -> bytes:
    """Take the serial number of the key that signs transactions out of the list of serial numbers.

    DER ``SEQUENCE OF SEQUENCE { OCTET STRING, SEQUENCE { [0] transaction, [1] system, [2] audit } }``.
    Raises CommandError.
    """
    try:
        for entry in _sequence(content):
            tag, start, stop = der.read_header(entry, 0, len(entry))
            if tag != 0x04 or stop - start != _SERIAL:
                raise der.DerError("no serial number")
            uses = _sequence(entry[stop:])
            if any(use[:2] == b"\x80\x01" and use[2] for use in uses if len(use) == 3):
                return entry[start:stop]
    except der.DerError as error:
        raise CommandError(f"serial numbers: {error}") from None
    raise CommandError("no key that signs transactions")


def _sequence(content: bytes) -> list[bytes]:
    """Split a SEQUENCE into its elements: content of nested SEQUENCEs, whole elements otherwise."""
    tag, position, end = der.read_header(content, 0, len(content))
    if tag != 0x30 or end < 0:
        raise der.DerError("no SEQUENCE")
    elements = []
    while position < end:
        tag, start, stop = der.read_header(content, position, end)
        if stop < 0:
            raise der.DerError("indefinite length")
        elements.append(content[start:stop] if tag == 0x30 else content[position:stop])
        position = stop
    return elements


def serial_numbers(serial: bytes) -> bytes:
    """Make the list of serial numbers of a card with one key for everything."""
    uses = der.tlv(0x80, b"\xff") + der.tlv(0x81, b"\xff") + der.tlv(0x82, b"\xff")
    return der.tlv(0x30, der.tlv(0x30, der.tlv(0x04, serial) + der.tlv(0x30, uses)))


def mapped_clients(content: bytes, serial: bytes) -> tuple[str, ...]:
    """Take the clients mapped to a key out of the list of mappings.

    DER ``SEQUENCE OF SEQUENCE { OCTET STRING client, OCTET STRING serial }``, but cards up to firmware
    2.3.1 write wrong outer lengths; so the entries are looked for one by one.
    """
    clients = []
    position = 0
    while (position := content.find(b"\x30", position)) >= 0:
        client, stop = _mapping(content, position, serial)
        if client is not None:
            clients.append(client)
        position = stop
    return tuple(clients)


def has_mappings(content: bytes) -> bool:
    """Tell whether any client is mapped to a key."""
    return b"\x04\x20" in content


def _mapping(content: bytes, position: int, serial: bytes) -> tuple[str | None, int]:
    """Read an entry at ``position``; return its client if it is one of ``serial``, and where to go on."""
    head = content[position : position + 4]
    if len(head) < 4 or head[2] != 0x04 or head[3] > 30 or head[1] != head[3] + 4 + _SERIAL:
        return None, position + 1
    end = position + 4 + head[3]
    stop = end + 2 + _SERIAL
    if content[end : end + 2] != b"\x04\x20" or stop > len(content):
        return None, position + 1
    if content[end + 2 : stop] != serial:
        return None, stop
    return content[position + 4 : end].decode("ascii", "replace"), stop


def mappings(clients: Sequence[str], serial: bytes) -> bytes:
    """Make the list of mappings."""
    entries = (der.tlv(0x30, der.tlv(0x04, client.encode()) + der.tlv(0x04, serial)) for client in clients)
    return der.tlv(0x30, b"".join(entries))


def open_transactions(behind: bytes, count: int) -> tuple[int, ...]:
    """Take ``count`` transaction numbers out of an answer whose lengths are wrong on some cards.

    ``behind`` is all that follows the length of the frame. Raises CommandError.
    """
    if count == 0:
        return ()
    end = _LIST_AT + 4 * count
    if len(behind) < end or behind[2] != 5:
        raise CommandError("no list of transactions")
    return numbers(behind[_LIST_AT:end])


def algorithm_name(content: bytes) -> str:
    """Read the first signature algorithm (DER SEQUENCE of OBJECT IDENTIFIER). Raises CommandError."""
    try:
        entry = next(iter(_sequence(content)), b"")
        tag, start, stop = der.read_header(entry, 0, len(entry))
    except der.DerError as error:
        raise CommandError(f"signature algorithms: {error}") from None
    algorithm = BY_OID.get(entry[start:stop]) if tag == 0x06 else None
    if algorithm is None:
        raise CommandError(f"signature algorithm {entry.hex()}")
    return algorithm.name


def algorithms(oid: bytes) -> bytes:
    """Make the list of the one algorithm."""
    return der.tlv(0x30, der.tlv(0x06, oid))
