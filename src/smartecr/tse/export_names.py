"""File names and the info.csv of a TSE export (TR-03153-1, chapter on the export format; TR-03151 1.0.1).

::

    {Unixt|Utc|Gent}_{time}_Sig-{counter}_Log-Tra_No-{number}_{Start|Update|Finish}_Client-{client}.log
    {…}_{time}_Sig-{counter}_Log-Sys_{operation}.log
    {…}_{time}_Sig-{counter}_Log-Aud.log
    {SHA-256 of the public key}_X509.{der|cer|crt|pem}
    info.csv
"""

import re
from hashlib import sha256

from smartecr.core.records import dataclass
from smartecr.tse import logtime
from smartecr.tse.log_message import FINISH, START, UPDATE, LogMessage

INFO = "info.csv"

_CLOCKS = {
    logtime.UNIX: "Unixt",
    logtime.UTC_MINUTES: "Utc",
    logtime.UTC_SECONDS: "Utc",
    logtime.GENERALIZED: "Gent",
    logtime.GENERALIZED_MILLISECONDS: "Gent",
}
_STEPS = {START: "Start", UPDATE: "Update", FINISH: "Finish"}
_INFO = re.compile(
    r'\s*"?description:"?,(?P<description>.*?),\s*"?manufacturer:"?,(?P<manufacturer>.*?),\s*"?version:"?,(?P<version>.*)',
    re.DOTALL,
)


def of_message(message: LogMessage) -> str:
    """Tell the name a message has in an export."""
    head = f"{_CLOCKS[message.time_format]}_{message.log_time_text}_Sig-{message.signature_counter}_Log-"
    if message.kind == "transaction":
        step = _STEPS.get(message.operation, message.operation)
        return f"{head}Tra_No-{message.transaction_number}_{step}_Client-{message.client_id}.log"
    return f"{head}Sys_{message.operation}.log" if message.kind == "system" else f"{head}Aud.log"


def of_certificate(certificate: bytes) -> str:
    """Tell the name a certificate (DER) has in an export: the hash of its public key's point."""
    from cryptography import x509  # exports alone name certificates
    from cryptography.hazmat.primitives import serialization

    key = x509.load_der_x509_certificate(certificate).public_key()
    point = key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return f"{sha256(point).hexdigest()}_X509.der"


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """Content of info.csv: what the device calls itself."""

    description: str
    manufacturer: str
    version: str


def write_info(info: Info) -> bytes:
    """Write info.csv: one line of six quoted values."""
    values = ("description:", info.description, "manufacturer:", info.manufacturer, "version:", info.version)
    return (",".join('"' + value.replace('"', '""') + '"' for value in values) + "\n").encode()


def read_info(content: bytes) -> Info | None:
    """Read info.csv as devices write it (with or without quotes, blanks, line end); None if it is none."""
    match = _INFO.fullmatch(content.decode("utf-8", "replace"))
    if match is None:
        return None
    return Info(
        description=_unquote(match["description"]),
        manufacturer=_unquote(match["manufacturer"]),
        version=_unquote(match["version"]),
    )


def _unquote(value: str) -> str:
    value = value.strip()
    if len(value) >= 2 and value[0] == value[-1] == '"':
        return value[1:-1].replace('""', '"')
    return value
