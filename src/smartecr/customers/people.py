"""Personal data: checked, sealed, searched. Pure.

The journal keeps of a person only a seal: HMAC-SHA-256 of the data under a random key that lies beside them. While they
exist, the seal proves that they are those that were entered. With data and key erased, nobody can find out from the
seal whose they were, not even by trying all telephone numbers.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import date

from smartecr.customers.errors import CardError

FIELDS = ("name", "phone", "mail", "birthday", "note")
LENGTHS = {"name": 80, "phone": 30, "mail": 120, "note": 1000}
KEY_BYTES = 32

_PHONE = re.compile(r"\+?[0-9 ()/.-]{4,30}", re.ASCII)
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
_BIRTHDAY = re.compile(r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})?", re.ASCII)
_KEPT = re.compile(r"(?:(?P<year>[0-9]{4})|-)-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})", re.ASCII)
_ALIKE = (
    ("ß", "ss"), ("ä", "a"), ("ö", "o"), ("ü", "u"), ("ae", "a"), ("oe", "o"), ("ue", "u"), ("ph", "f"), ("th", "t"),
    ("dt", "t"), ("ck", "k"), ("y", "i"), ("tz", "z"), ("v", "f"),
)  # fmt: skip


def checked(values: Mapping[str, str]) -> dict[str, str]:
    """Return the fields of a person as they are kept. Raises CardError naming the field in its code."""
    tidy = {field: " ".join(unicodedata.normalize("NFC", values.get(field, "")).split()) for field in FIELDS}
    for field, most in LENGTHS.items():
        if len(tidy[field]) > most or not tidy[field].isprintable():
            raise CardError(field, f"Das ist zu lang. Höchstens {most} Zeichen sind möglich.", "Kürzer fassen.")
    if not tidy["name"]:
        raise CardError("name", "Der Name fehlt.", "Auch ein Rufname genügt.")
    if tidy["phone"] and not _PHONE.fullmatch(tidy["phone"]):
        raise CardError("phone", "Das ist keine Telefonnummer.", "Nur Ziffern, Leerzeichen und + / - sind möglich.")
    if tidy["mail"] and not _MAIL.fullmatch(tidy["mail"]):
        raise CardError("mail", "Das ist keine E-Mail-Adresse.", "Beispiel: anna@example.org")
    return {**tidy, "birthday": _birthday(tidy["birthday"])}


def _birthday(text: str) -> str:
    """Return "17.5." or "17.5.1990" (or the kept form) as it is kept."""
    if not text:
        return text
    found = _BIRTHDAY.fullmatch(text) or _KEPT.fullmatch(text)
    try:
        if found is None:
            raise ValueError(text)
        day = date(int(found["year"] or 2000), int(found["month"]), int(found["day"]))
    except ValueError:
        raise CardError("birthday", "Das ist kein Datum.", "Beispiel: 17.5. oder 17.5.1990") from None
    return day.isoformat() if found["year"] else f"--{day:%m-%d}"


def written(birthday: str) -> str:
    """Return a kept birthday as people write it: "17.05." or "17.05.1990"."""
    found = _KEPT.fullmatch(birthday)
    return f"{found['day']}.{found['month']}.{found['year'] or ''}" if found else ""


def seal(key: str, person: Mapping[str, str]) -> str:
    """Return what the journal keeps of a person; `key` is 64 hex digits."""
    text = json.dumps({field: person[field] for field in FIELDS}, sort_keys=True, ensure_ascii=False)
    return hmac.new(bytes.fromhex(key), text.encode(), hashlib.sha256).hexdigest()


def folded(name: str) -> str:
    """Return a name as it sounds, so that Müller, Mueller and Muller are one; words parted and led by blanks."""
    text = name.casefold()
    for written, sounds in _ALIKE:
        text = text.replace(written, sounds)
    text = unicodedata.normalize("NFD", text)
    text = "".join(letter if letter.isalnum() else " " for letter in text if not unicodedata.combining(letter))
    text = re.sub(r"(.)\1+", r"\1", text)
    return "".join(f" {word}" for word in text.split())


def digits(phone: str) -> str:
    """Return a telephone number as digits without country: "+49 171 23" and "0171/23" are one."""
    number = "".join(character for character in phone if character.isdigit())
    if phone.strip().startswith("+"):
        number = "00" + number
    if number.startswith("0049"):
        return number[4:].lstrip("0")
    return number.lstrip("0")
