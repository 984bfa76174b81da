"""The JSON inside the envelopes: functions of the TSE, what goes in and what comes out; pure."""

import binascii
import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

OK = "EXECUTION_OK"
VENDOR = "TSE1"

#: values of a JSON object
Fields = dict[str, object]


class MessageError(ValueError):
    """The text is no answer of this protocol; the text of the error says why."""


class Reply(NamedTuple):
    """An answer: ``result`` is EXECUTION_OK or the name of an error."""

    function: str
    result: str
    output: Fields


def request(function: str, fields: Fields, vendor: str = VENDOR) -> str:
    """Make a request; ``vendor`` "" asks the host itself instead of the TSE in it."""
    content = {
        "storage": {"type": "TSE" if vendor else "COMMON", "vendor": vendor},
        "function": function,
        "input": fields,
        "compress": {"required": False, "type": ""},
    }
    return json.dumps(content, separators=(",", ":"))


def read(text: str) -> Reply:
    """Read an answer. Raises MessageError."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MessageError(f"no JSON: {error}") from None
    if not isinstance(content, dict) or not isinstance(content.get("result"), str):
        raise MessageError("an answer without a result")
    output = content.get("output")
    return Reply(str(content.get("function", "")), content["result"], output if isinstance(output, dict) else {})


def secret_hash(challenge: str, secret: bytes) -> str:
    """Answer a challenge with the secret shared with the host."""
    return b64encode(sha256(challenge.encode() + secret).digest()).decode()


def moment(unix: int) -> str:
    """Write a time. Raises MessageError for one no calendar has."""
    try:
        return datetime.fromtimestamp(unix, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError) as error:
        raise MessageError(str(error)) from None


def text(output: Fields, name: str) -> str:
    """Take a text out of an answer. Raises MessageError."""
    value = output.get(name)
    if not isinstance(value, str):
        raise MessageError(f"{name} is no text")
    return value


def number(output: Fields, name: str) -> int:
    """Take a number that is not negative out of an answer. Raises MessageError."""
    value = output.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise MessageError(f"{name} is no number")
    return value


def optional_number(output: Fields, name: str) -> int | None:
    """Take a number the host may leave out. Raises MessageError when it is something else."""
    return None if output.get(name) is None else number(output, name)


def flag(output: Fields, name: str) -> bool | None:
    """Take a truth value out of an answer; None when there is none."""
    value = output.get(name)
    return value if isinstance(value, bool) else None


def binary(output: Fields, name: str) -> bytes:
    """Take bytes out of an answer. Raises MessageError."""
    try:
        return b64decode(text(output, name), validate=True)
    except (binascii.Error, ValueError):
        raise MessageError(f"{name} is no base64") from None


def unix(output: Fields, name: str) -> int:
    """Take a time out of an answer. Raises MessageError."""
    value = text(output, name)
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        raise MessageError(f"{name} is no time") from None
    return int((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp())


def signature(output: Fields) -> bytes:
    """Take a signature out of an answer. Raises MessageError when it is empty."""
    value = binary(output, "signature")
    if not value:
        raise MessageError("the signature is empty")
    return value


def process(process_data: bytes, process_type: str) -> Fields:
    """Make the fields of a transaction's content."""
    return {"processData": b64encode(process_data).decode(), "processType": process_type}


def section(output: Fields, name: str) -> Fields:
    """Take an object out of an answer. Raises MessageError."""
    value = output.get(name)
    if not isinstance(value, dict):
        raise MessageError(f"{name} is no object")
    return value


def entries(output: Fields, name: str) -> list[object]:
    """Take a list out of an answer. Raises MessageError."""
    value = output.get(name)
    if not isinstance(value, list):
        raise MessageError(f"{name} is no list")
    return value
