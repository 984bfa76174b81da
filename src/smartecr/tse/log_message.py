"""Log messages of a TSE (TR-03151 1.0.1 with amendment of 02.12.2019: version 2; version 3 is read).

A message is ``SEQUENCE { version, certifiedDataType, certified data…, serialNumber, algorithm,
[seAuditData], signatureCounter, logTime, signatureValue }``. What the device signed are the content
octets from version to logTime, verbatim (never re-encoded): ``LogMessage.signed``.

``Encoder`` writes what the virtual TSE signs and what a receipt code must have been signed over;
``parse`` reads what devices of all makers write.
"""

from typing import Literal, NamedTuple

from smartecr.tse import der, logtime
from smartecr.tse.algorithms import BY_OID, Algorithm

Kind = Literal["transaction", "system", "audit"]

START = "StartTransaction"
UPDATE = "UpdateTransaction"
FINISH = "FinishTransaction"

_VERSION_2 = b"\x02\x01\x02"
_TYPE_ARC = bytes.fromhex("04007f0007030701")
_TYPE_TRANSACTION = der.tlv(0x06, _TYPE_ARC + b"\x01")
_TYPE_SYSTEM = der.tlv(0x06, _TYPE_ARC + b"\x02")
_TYPE_AUDIT = der.tlv(0x06, _TYPE_ARC + b"\x03")
_KINDS: dict[bytes, Kind] = {
    _TYPE_ARC + b"\x01": "transaction",
    _TYPE_ARC + b"\x02": "system",
    _TYPE_ARC + b"\x03": "audit",
}


class LogMessageError(ValueError):
    """The bytes are not a log message; the text says where reading ended."""


class LogMessage(NamedTuple):
    """A log message taken apart.

    ``operation`` keeps the spelling of the device (compare case-insensitively); it is empty for
    audit logs. ``process_type`` is None where the element is absent, ``transaction_number`` is 0 for
    system and audit logs. ``process_data`` is the joined content also where it came in pieces
    (``indefinite``). ``system_data`` is the raw content of systemOperationData (version 3: eventData, and
    ``origin`` tells its eventOrigin). ``log_time`` is unix
    seconds UTC, ``log_time_text`` as export file names carry it. ``signature`` is as stored: raw r‖s
    or, with some devices, DER. ``algorithm`` is None when its number is unknown.
    """

    version: int
    kind: Kind
    operation: str
    client_id: str
    process_data: bytes
    indefinite: bool
    process_type: str | None
    transaction_number: int
    system_data: bytes
    audit_data: bytes
    serial: bytes
    algorithm_oid: bytes
    algorithm: Algorithm | None
    signature_counter: int
    log_time: int
    time_format: str
    log_time_text: str
    signature: bytes
    signed: bytes
    origin: str = ""


def transaction_head(operation: str, client_id: str) -> bytes:
    """Write what a transaction log begins with: version, type, operation, client."""
    return _VERSION_2 + _TYPE_TRANSACTION + der.tlv(0x80, operation.encode()) + der.tlv(0x81, client_id.encode())


def device_part(serial: bytes, algorithm_oid: bytes) -> bytes:
    """Write what all messages of a device share: serial number and algorithm."""
    return der.tlv(0x04, serial) + der.tlv(0x30, der.tlv(0x06, algorithm_oid))


class Encoder:
    """Writes the signed part of log messages for one key: fixed pieces are made once and kept.

    ``serial`` is SHA-256 of the public key's point (32 bytes), ``algorithm`` decides the OID,
    ``time_format`` the spelling of logTime.
    """

    def __init__(self, serial: bytes, algorithm: Algorithm, time_format: str = logtime.UNIX) -> None:
        self._tail = device_part(serial, algorithm.oid)
        self._time_format = time_format
        self._heads: dict[tuple[str, str], bytes] = {}
        self._times = (-1, -1), b""

    def transaction(
        self,
        operation: str,
        client_id: str,
        process_data: bytes,
        process_type: str | None,
        transaction_number: int,
        signature_counter: int,
        log_time: int,
        *,
        indefinite: bool = False,
        milliseconds: int = 0,
    ) -> bytes:
        """Write the bytes to be signed of a transaction log.

        ``process_type`` None leaves the element out. ``indefinite`` writes processData the way
        D-Trust devices do in every finish: one chunk in an element of indefinite length.
        """
        head = self._heads.get((operation, client_id))
        if head is None:
            if len(self._heads) > 1000:
                self._heads.clear()
            head = self._heads[operation, client_id] = transaction_head(operation, client_id)
        data = der.tlv(0x82, process_data)
        if indefinite:
            data = b"\xa2\x80" + der.tlv(0x04, process_data) + b"\x00\x00"
        kind = b"" if process_type is None else der.tlv(0x83, process_type.encode())
        return b"".join(
            (
                head,
                data,
                kind,
                der.integer(transaction_number, 0x85),
                self._tail,
                der.integer(signature_counter),
                self._time(log_time, milliseconds),
            )
        )

    def system(self, operation: str, system_data: bytes, signature_counter: int, log_time: int) -> bytes:
        """Write the bytes to be signed of a system log; ``system_data`` is a sequence of TLVs."""
        return b"".join(
            (
                _VERSION_2,
                _TYPE_SYSTEM,
                der.tlv(0x80, operation.encode("ascii")),
                der.tlv(0x81, system_data),
                self._tail,
                der.integer(signature_counter),
                self._time(log_time),
            )
        )

    def audit(self, audit_data: bytes, signature_counter: int, log_time: int) -> bytes:
        """Write the bytes to be signed of an audit log."""
        return b"".join(
            (
                _VERSION_2,
                _TYPE_AUDIT,
                self._tail,
                der.tlv(0x04, audit_data),
                der.integer(signature_counter),
                self._time(log_time),
            )
        )

    def _time(self, log_time: int, milliseconds: int = 0) -> bytes:
        """Encode logTime; within a second all messages carry the same one."""
        key = (log_time, milliseconds)
        if self._times[0] != key:
            self._times = key, logtime.encode(log_time, self._time_format, milliseconds)
        return self._times[1]


def assemble(signed: bytes, signature: bytes) -> bytes:
    """Make the stored message from the signed bytes and the signature."""
    value = der.tlv(0x04, signature)
    return b"\x30" + der.length(len(signed) + len(value)) + signed + value


def parse(data: bytes) -> LogMessage:
    """Read one log message. Raises LogMessageError when it is none or anything is left over."""
    try:
        return _parse(data)
    except der.DerError as error:
        raise LogMessageError(str(error)) from None


def _parse(data: bytes) -> LogMessage:
    tag, begin, end = der.read_header(data, 0, len(data))
    if tag != 0x30:
        raise LogMessageError("no log message: does not begin with a SEQUENCE")
    if end != len(data):
        raise LogMessageError("bytes behind the message" if end >= 0 else "message of indefinite length")
    version_bytes, position = _expect(data, begin, end, 0x02, "version")
    version = der.read_integer(version_bytes)
    if version not in (2, 3):
        raise LogMessageError(f"unknown version {version}")
    type_oid, position = _expect(data, position, end, 0x06, "certifiedDataType")
    kind = _KINDS.get(type_oid)
    if kind is None:
        raise LogMessageError("unknown kind of log")
    fields, position = _certified(data, position, end)
    serial, position = _expect(data, position, end, 0x04, "serialNumber")
    if len(serial) != 32:
        raise LogMessageError("serialNumber is not 32 bytes long")
    algorithm, position = _expect(data, position, end, 0x30, "signatureAlgorithm")
    oid, _ = _expect(algorithm, 0, len(algorithm), 0x06, "signatureAlgorithm")
    audit_data = b""
    if kind == "audit":
        audit_data, position = _expect(data, position, end, 0x04, "seAuditData")
    counter, position = _expect(data, position, end, 0x02, "signatureCounter")
    time_tag, start, stop = der.read_header(data, position, end)
    log_time, time_format, log_time_text = logtime.decode(time_tag, data[start:stop])
    signature, rest = _expect(data, stop, end, 0x04, "signatureValue")
    if rest != end:
        raise LogMessageError("elements behind the signature")
    return LogMessage(
        version,
        kind,
        *_meaning(kind, version, fields),
        audit_data,
        serial,
        oid,
        BY_OID.get(oid),
        der.read_integer(counter),
        log_time,
        time_format,
        log_time_text,
        signature,
        data[begin:stop],
        _text(fields[0x81]) if kind == "system" and version == 3 and 0x81 in fields else "",
    )


def _expect(data: bytes, position: int, end: int, tag: int, name: str) -> tuple[bytes, int]:
    """Read one element that must have this tag; return its content and the position behind it."""
    found, start, stop = der.read_header(data, position, end)
    if found != tag or stop < 0:
        raise LogMessageError(f"{name} expected at byte {position}, tag {found:02x} found")
    return data[start:stop], stop


def _certified(data: bytes, position: int, end: int) -> tuple[dict[int, bytes], int]:
    """Collect the context-specific elements that follow the type: tag -> content.

    processData in pieces (A2) is joined and stored under A2.
    """
    fields: dict[int, bytes] = {}
    while position < end and data[position] & 0xC0 == 0x80:
        tag, start, stop = der.read_header(data, position, end)
        if tag == 0xA2 and stop < 0:
            content, stop = der.read_chunks(data, start, end)
        elif tag == 0xA2:
            content, _ = der.read_chunks(data[start:stop] + b"\x00\x00", 0, stop - start + 2)
        elif stop < 0:
            stop = der.skip_indefinite(data, start, end)
            content = data[start : stop - 2]
        else:
            content = data[start:stop]
        if tag in fields or (tag ^ 0x20) in fields:
            raise LogMessageError(f"element {tag:02x} occurs twice")
        fields[tag] = content
        position = stop
    return fields, position


def _meaning(
    kind: Kind, version: int, fields: dict[int, bytes]
) -> tuple[str, str, bytes, bool, str | None, int, bytes]:
    """Give the certified elements their names (order of LogMessage from operation to system_data)."""
    if kind == "audit":
        if fields:
            raise LogMessageError("audit log with certified data")
        return "", "", b"", False, None, 0, b""
    if 0x80 not in fields:
        raise LogMessageError("operationType is missing")
    operation = _text(fields[0x80])
    if kind == "system":
        event = fields.get(0xA3, fields.get(0x83, b"")) if version == 3 else fields.get(0x81, b"")
        return operation, "", b"", False, None, 0, event
    if 0x81 not in fields or 0x85 not in fields:
        raise LogMessageError("clientId or transactionNumber is missing")
    indefinite = 0xA2 in fields
    return (
        operation,
        _text(fields[0x81]),
        fields[0xA2] if indefinite else fields.get(0x82, b""),
        indefinite,
        _text(fields[0x83]) if 0x83 in fields else None,
        der.read_integer(fields[0x85]),
        b"",
    )


def _text(content: bytes) -> str:
    """Decode text that should be ASCII; what is not UTF-8 is read as Latin-1, no byte is refused."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")
