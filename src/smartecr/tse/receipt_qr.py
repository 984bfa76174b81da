"""The QR code of a receipt (DSFinV-K Anhang I): written, read, and proven offline.

Twelve fields joined by ``;``: ``V0``, client id, processType, processData (the only one that may hold a
``;`` itself), transaction number, signature counter, start time, log time, algorithm, time format,
signature, public key. The finish message the TSE signed is rebuilt from them and checked with the key
that stands in the code.
"""

import binascii
import itertools
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal

from smartecr.core.records import dataclass
from smartecr.tse import log_message, logtime
from smartecr.tse import verify as signatures
from smartecr.tse.algorithms import BY_NAME, Algorithm

_HEX = re.compile(r"[0-9A-Fa-f]+")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_ALGORITHMS = {name.lower(): algorithm for name, algorithm in BY_NAME.items()}
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,3})0*)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
#: makers name the family; which member was signed is tried
_FORMATS = {
    "unixtime": (logtime.UNIX,),
    "utctime": (logtime.UTC_MINUTES, logtime.UTC_SECONDS),
    "utctimewithseconds": (logtime.UTC_SECONDS, logtime.UTC_MINUTES),
    "generalizedtime": (logtime.GENERALIZED, logtime.GENERALIZED_MILLISECONDS),
    "generalizedtimewithmilliseconds": (logtime.GENERALIZED_MILLISECONDS, logtime.GENERALIZED),
}


class ReceiptQrError(ValueError):
    """The text is no receipt code; the message is German and says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptQr:
    """A receipt code taken apart. Times are unix seconds UTC with milliseconds beside them.

    ``algorithm`` is None when unknown, ``time_formats`` the spellings of logTime to try.
    ``start_time`` is what the receipt claims; the finish signature does not cover it.
    """

    client_id: str
    process_type: str
    process_data: str
    transaction_number: int
    signature_counter: int
    start_time: int
    log_time: int
    log_milliseconds: int
    algorithm_name: str
    algorithm: Algorithm | None
    time_formats: tuple[str, ...]
    signature: bytes
    public_key: bytes
    deviations: tuple[str, ...]


Code = Literal["valid", "changed", "malformed_signature", "unusable_key", "unsupported_algorithm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptVerdict:
    """What a code proves. ``proven``, ``not_proven`` and ``deviations`` are German sentences.

    ``serial`` is the TSE's serial number (64 hex digits), empty when the key is unusable.
    """

    valid: bool
    code: Code
    message: str
    receipt: ReceiptQr
    serial: str = ""
    proven: tuple[str, ...] = ()
    not_proven: tuple[str, ...] = ()
    deviations: tuple[str, ...] = ()


def qr_text(
    *,
    client_id: str,
    process_type: str,
    process_data: str,
    transaction_number: int,
    signature_counter: int,
    start_time: int,
    log_time: int,
    algorithm: str,
    time_format: str,
    signature: bytes,
    public_key: bytes,
) -> str:
    """Write the code's text. Times are unix seconds UTC of the start and of the finish.

    ``signature_counter``, ``log_time`` and ``signature`` (raw r‖s) are those of the finish;
    ``public_key`` is the point. Raises ValueError when client id or type would break the fields apart.
    """
    if ";" in client_id or ";" in process_type:
        raise ValueError("client id and process type must not contain a semicolon")
    return ";".join(
        (
            "V0",
            client_id,
            process_type,
            process_data,
            str(transaction_number),
            str(signature_counter),
            _iso(start_time),
            _iso(log_time),
            algorithm,
            time_format,
            b64encode(signature).decode(),
            b64encode(public_key).decode(),
        )
    )


def parse(text: str) -> ReceiptQr:
    """Read a code's text. Raises ReceiptQrError when it is none."""
    fields = text.strip("\ufeff \t\r\n").split(";")
    if fields[0] != "V0":
        raise ReceiptQrError("Das ist kein QR-Code eines TSE-Belegs: Er beginnt nicht mit „V0“.")
    if len(fields) < 12:
        raise ReceiptQrError(f"Der QR-Code ist unvollständig: {len(fields)} von 12 Feldern.")
    number, counter, start, finish, algorithm, time_format, signature, key = fields[-8:]
    deviations: list[str] = []
    start_time, _ = _read_time(start, "Start-Zeit", deviations)
    log_time, milliseconds = _read_time(finish, "Log-Time", deviations)
    formats = _FORMATS.get(time_format.strip().lower())
    if formats is None:
        raise ReceiptQrError(f"Das Zeitformat „{time_format}“ ist nicht bekannt.")
    return ReceiptQr(
        client_id=fields[1],
        process_type=fields[2],
        process_data=";".join(fields[3:-8]),
        transaction_number=_read_number(number, "Transaktionsnummer"),
        signature_counter=_read_number(counter, "Signaturzähler"),
        start_time=start_time,
        log_time=log_time,
        log_milliseconds=milliseconds,
        algorithm_name=algorithm,
        algorithm=_ALGORITHMS.get(algorithm.strip().lower()),
        time_formats=formats,
        signature=_read_bytes(signature, "Signatur", deviations),
        public_key=_read_bytes(key, "öffentlicher Schlüssel", deviations),
        deviations=tuple(deviations),
    )


def verify(text: str) -> ReceiptVerdict:
    """Read a code and check its signature. Raises ReceiptQrError when the text is no receipt code."""
    receipt = parse(text)
    if receipt.algorithm is None or not receipt.algorithm.ecdsa:
        message = f"Nicht prüfbar: Das Verfahren „{receipt.algorithm_name}“ ist nicht bekannt."
        return ReceiptVerdict(valid=False, code="unsupported_algorithm", message=message, receipt=receipt)
    try:
        key = signatures.load_key(receipt.public_key)
    except signatures.KeyUnusableError:
        message = "Nicht gültig: Der öffentliche Schlüssel ist unbrauchbar."
        return ReceiptVerdict(valid=False, code="unusable_key", message=message, receipt=receipt)
    serial = key.serial.hex()
    check = signatures.SignatureCheck(False, "", "mismatch")
    for signed, deviation in _signed_variants(receipt, receipt.algorithm, key.serial):
        check = signatures.check_signature(key, receipt.algorithm, signed, receipt.signature)
        if check.valid:
            return _valid(receipt, key, check, deviation)
        if check.reason != "mismatch":
            break
    if check.reason == "mismatch":
        message = "Nicht gültig: Die Signatur passt nicht zu den Angaben. Mindestens eine davon wurde geändert."
        return ReceiptVerdict(valid=False, code="changed", message=message, receipt=receipt, serial=serial)
    message = "Nicht gültig: Was als Signatur angegeben ist, kann keine Signatur dieses Schlüssels sein."
    return ReceiptVerdict(valid=False, code="malformed_signature", message=message, receipt=receipt, serial=serial)


def _signed_variants(receipt: ReceiptQr, algorithm: Algorithm, serial: bytes) -> Iterator[tuple[bytes, str]]:
    """Rebuild the signed bytes in every spelling devices use, with what is unusual about it."""
    for time_format, indefinite in itertools.product(receipt.time_formats, (False, True)):
        if not _covers(time_format, receipt):
            continue
        signed = log_message.Encoder(serial, algorithm, time_format).transaction(
            log_message.FINISH,
            receipt.client_id,
            receipt.process_data.encode(),
            receipt.process_type,
            receipt.transaction_number,
            receipt.signature_counter,
            receipt.log_time,
            indefinite=indefinite,
            milliseconds=receipt.log_milliseconds,
        )
        deviation = "processData in unbestimmter Länge signiert (Bundesdruckerei/D-Trust)." if indefinite else ""
        yield signed, deviation


def _covers(time_format: str, receipt: ReceiptQr) -> bool:
    """Whether a spelling signs everything the code says about the time, so that nothing unsigned is believed."""
    if time_format != logtime.GENERALIZED_MILLISECONDS and receipt.log_milliseconds:
        return False
    return time_format != logtime.UTC_MINUTES or receipt.log_time % 60 == 0


def _valid(
    receipt: ReceiptQr, key: signatures.PublicKey, check: signatures.SignatureCheck, deviation: str
) -> ReceiptVerdict:
    deviations = list(receipt.deviations)
    if deviation:
        deviations.append(deviation)
    if check.encoding == "der":
        deviations.append("Signatur in DER-Form statt als r und s hintereinander.")
    if receipt.public_key != key.point:
        deviations.append("Öffentlicher Schlüssel in DER-Form statt als Punkt.")
    serial = key.serial.hex()
    return ReceiptVerdict(
        valid=True,
        code="valid",
        message="Gültig: Die Signatur passt zu allen signierten Angaben.",
        receipt=receipt,
        serial=serial,
        proven=(
            f"Signiert hat, wer den Schlüssel der TSE {serial} besitzt.",
            "Unverändert sind Kasse, Vorgangsart, Beträge, Zahlungen, Transaktion, Signaturzähler und Ende.",
        ),
        not_proven=(
            "Der Beginn des Vorgangs: Ihn sichert nur die Start-Meldung im TSE-Export.",
            "Die Herkunft der TSE: Dazu gehört das Zertifikat dieser Seriennummer (TSE-Export oder Hersteller).",
            "Artikel, Einzelpreise und Angaben zum Geschäft: Sie stehen nicht im QR-Code.",
        ),
        deviations=tuple(deviations),
    )


def _iso(unix: int) -> str:
    return datetime.fromtimestamp(unix, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _read_number(text: str, name: str) -> int:
    if not _NUMBER.fullmatch(text.strip()):
        raise ReceiptQrError(f"{name} „{text}“ ist keine Zahl.")
    return int(text.strip())  # int() alone keeps separators that strip() takes off


def _read_time(text: str, name: str, deviations: list[str]) -> tuple[int, int]:
    """Read an ISO 8601 time with or without offset; return unix seconds and milliseconds."""
    match = _TIME.fullmatch(text.strip())
    try:
        moment = datetime.fromisoformat(f"{match[1]}{match[3] or ''}") if match else None
    except ValueError:
        moment = None
    if match is None or moment is None:
        raise ReceiptQrError(f"{name} „{text}“ ist keine Zeit.")
    if moment.tzinfo is None:
        deviations.append(f"{name} ohne Zeitzone, als UTC gelesen.")
        moment = moment.replace(tzinfo=UTC)
    elif moment.utcoffset():
        deviations.append(f"{name} in Ortszeit statt in UTC.")
    unix = int(moment.timestamp())
    if unix < 0:
        raise ReceiptQrError(f"{name} „{text}“ liegt vor 1970.")
    return unix, int((match[2] or "0").ljust(3, "0"))


def _read_bytes(text: str, name: str, deviations: list[str]) -> bytes:
    """Read base64 (canonical, RFC 4648) or hexadecimal digits."""
    text = text.strip()
    if len(text) % 2 == 0 and _HEX.fullmatch(text):
        deviations.append(f"{name[:1].upper()}{name[1:]} hexadezimal statt in Base64.")
        return bytes.fromhex(text)
    try:
        content = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if not content or b64encode(content).decode() != text:
        raise ReceiptQrError(f"{name[:1].upper()}{name[1:]} ist nicht lesbar (Base64).")
    return content
