"""Numbers with a check digit: GTINs, UPC-E, ISBN-10, and the price or weight inside a label of a scale.

Sources: GS1 General Specifications, section 7.9 (check digits of GTINs and of price and weight fields), ISO/IEC 15420
(UPC-E), ISO 2108 (ISBN).
"""

from __future__ import annotations

LENGTHS = (8, 12, 13, 14)


def digits(text: str) -> bool:
    """Return whether `text` is ASCII digits and nothing else."""
    return text.isascii() and text.isdecimal()


def check_digit(body: str) -> str:
    """Return the check digit that belongs behind `body`: weights 3 and 1 from the right, up to the next ten."""
    return str(-(3 * sum(map(int, body[::-2])) + sum(map(int, body[-2::-2]))) % 10)


def checked(number: str) -> bool:
    """Return whether the last digit of `number` is its check digit, and the number not all zeros."""
    return check_digit(number[:-1]) == number[-1] and number.strip("0") != ""


def canonical(gtin: str) -> str:
    """Return the one form of a GTIN: 8 digits where they suffice, else 13, else 14 (leading zeros do not count)."""
    short = gtin.lstrip("0")
    return short.zfill(8 if len(short) <= 8 else 13 if len(short) <= 13 else 14)


def expand_upc_e(code: str) -> str | None:
    """Return the UPC-A (12 digits) an 8-digit UPC-E stands for; None when it is none or its check digit is wrong.

    The number system is 0 or 1; the seventh digit says where the zeros were taken out.
    """
    if code[0] not in "01":
        return None
    system, body, way, last = code[0], code[1:6], code[6], code[7]
    if way in "012":
        long = body[:2] + way + "0000" + body[2:5]
    elif way == "3":
        long = body[:3] + "00000" + body[3:5]
    elif way == "4":
        long = body[:4] + "00000" + body[4]
    else:
        long = body + "0000" + way
    number = system + long + last
    return number if checked(number) else None


def isbn10(text: str) -> str | None:
    """Return the ISBN-13 of an ISBN-10 without hyphens; None when `text` is none or its check character is wrong."""
    if len(text) != 10 or not digits(text[:9]) or not (digits(text[9]) or text[9] in "Xx"):
        return None
    values = [int(digit) for digit in text[:9]] + [10 if text[9] in "Xx" else int(text[9])]
    if sum(weight * value for weight, value in zip(range(10, 0, -1), values, strict=True)) % 11:
        return None
    return f"978{text[:9]}{check_digit('978' + text[:9])}"


def value_check_digit(value: str) -> str:
    """Return the check digit in front of a price or weight of 4 or 5 digits: `2875` has 9, `14685` has 6."""
    if len(value) == 4:
        total = _minus(2, value[0]) + _minus(2, value[1]) + 3 * int(value[2]) + _minus(5, value[3])
        return str(3 * total % 10)
    total = _plus(5, value[0]) + _minus(2, value[1]) + _minus(5, value[2]) + _plus(5, value[3]) + _minus(2, value[4])
    return next(digit for digit in "0123456789" if (_minus(5, digit) + total) % 10 == 0)


def _minus(factor: int, digit: str) -> int:
    tens, units = divmod(factor * int(digit), 10)
    return (units - tens) % 10


def _plus(factor: int, digit: str) -> int:
    tens, units = divmod(factor * int(digit), 10)
    return units + tens
