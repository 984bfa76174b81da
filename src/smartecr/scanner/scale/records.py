"""The records of the checkout dialogue (Dialog 06): text between STX and ETX, fields behind ESC.

9600 baud, 7 data bits, odd parity, one stop bit. Facts after a public driver of the dialogue; the polynomial behind
records 10 and 11 is confidential and comes with the approval of a till.
"""

from __future__ import annotations

EOT, ENQ, STX, ETX, ESC, ACK, NAK = b"\x04", b"\x05", b"\x02", b"\x03", b"\x1b", b"\x06", b"\x15"
PRICE_DIGITS, TARE_DIGITS, WEIGHT_DIGITS, TEXT_LETTERS = 6, 4, 5, 13
KILOGRAM = "3"

STATUS = {
    "01": "refused", "02": "garbled", "10": "refused", "11": "price", "12": "tare", "13": "text", "20": "moving",
    "21": "same", "22": "unfinished", "30": "too_light", "31": "negative", "32": "overload",
}  # fmt: skip
"""What record 09 says, as codes of `api.ScaleError`; "00" is no error."""


def record(number: str, *fields: str) -> bytes:
    """Return a record as it stands on the wire, without the EOT that the till puts before its own."""
    text = number + "".join(f"\x1b{field}" for field in fields)
    return STX + text.encode("ascii", "replace") + ETX


def parse(data: bytes) -> tuple[str, list[str]]:
    """Return number and fields of a record. Raises ValueError for what is none."""
    if len(data) < 4 or not data.startswith(STX) or not data.endswith(ETX):
        raise ValueError(f"no record: {data!r}")
    number, *fields = data[1:-1].decode("ascii").split("\x1b")
    if len(number) != 2 or not number.isdecimal():
        raise ValueError(f"no record number: {data!r}")
    return number, fields


def order(unit_price_cents: int, tare_g: int, text: str) -> bytes:
    """Return the record that orders a weighing: 01, with tare 03, with text 04, with both 05."""
    price = f"{unit_price_cents:0{PRICE_DIGITS}d}"
    tare, words = f"{tare_g:0{TARE_DIGITS}d}", text[:TEXT_LETTERS].ljust(TEXT_LETTERS)
    if tare_g and text:
        return record("05", price, tare, words)
    if tare_g:
        return record("03", price, tare)
    if text:
        return record("04", price, words)
    return record("01", price, "")
