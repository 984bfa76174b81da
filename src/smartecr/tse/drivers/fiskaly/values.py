"""What stands in the service's answers: numbers also as text, base64, the log of a transaction; pure."""

import binascii
import re
from base64 import b64decode, b64encode
from typing import NamedTuple

_ID = re.compile(r"[0-9A-Za-z-]{1,40}")

#: values of a JSON object
Fields = dict[str, object]


class ValuesError(ValueError):
    """The answer does not hold what it has to; the text says what."""


class Logged(NamedTuple):
    """The last signed message of a transaction."""

    log_time: int
    signature_counter: int
    signature: bytes


def text(fields: Fields, name: str) -> str:
    """Take a text. Raises ValuesError."""
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise ValuesError(f"{name} is no text")
    return value


def number(fields: Fields, name: str) -> int:
    """Take a number that is not negative; the service writes some as text. Raises ValuesError."""
    value = fields.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValuesError(f"{name} is no number")
    return value


def optional_number(fields: Fields, name: str) -> int | None:
    """Take a number the service may leave out. Raises ValuesError when it is something else."""
    return None if fields.get(name) is None else number(fields, name)


def section(fields: Fields, name: str) -> Fields:
    """Take an object. Raises ValuesError."""
    value = fields.get(name)
    if not isinstance(value, dict):
        raise ValuesError(f"{name} is no object")
    return value


def entries(fields: Fields, name: str = "data") -> list[Fields]:
    """Take a list of objects. Raises ValuesError."""
    value = fields.get(name)
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise ValuesError(f"{name} is no list of objects")
    return value


def binary(value: str) -> bytes:
    """Read base64. Raises ValuesError."""
    try:
        return b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ValuesError("no base64") from None


def logged(transaction: Fields) -> Logged:
    """Take log time and signature of a transaction. Raises ValuesError."""
    signature = section(transaction, "signature")
    return Logged(
        log_time=number(section(transaction, "log"), "timestamp"),
        signature_counter=number(signature, "counter"),
        signature=binary(text(signature, "value")),
    )


def identifier(fields: Fields) -> str:
    """Take the id of something, which is to stand in an address. Raises ValuesError."""
    value = text(fields, "_id")
    if not is_identifier(value):
        raise ValuesError("_id is no id")
    return value


def is_identifier(value: str) -> bool:
    """Tell whether it is an id (a UUID), which may stand in an address."""
    return _ID.fullmatch(value) is not None


def raw_schema(process_data: bytes, process_type: str) -> Fields:
    """Make the content of a transaction that the service signs as it is."""
    return {"raw": {"process_type": process_type, "process_data": b64encode(process_data).decode()}}
