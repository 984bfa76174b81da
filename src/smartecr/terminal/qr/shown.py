"""Codes we show and a customer scans: the GiroCode (EPC069-12) and the merchant-presented EMVCo code.

A GiroCode is a filled-in transfer form and nothing more. The EMVCo code (EMV QRCPS, merchant-presented mode 1.1) names
our account at a payment service, amount and reference. Of neither an answer comes here: a person has to see the money
arrive, on the account or in the service's app.
"""

from __future__ import annotations

import re
from binascii import crc_hqx
from collections.abc import Iterable

from smartecr.core.records import dataclass

__all__ = ["Account", "CodeError", "Merchant", "girocode", "iban", "merchant_code"]

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", re.ASCII)
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", re.ASCII)
_SCHEME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{1,31}", re.ASCII)
_NUMBER = re.compile(r"[!-~](?:[ -~]{0,33}[!-~])?", re.ASCII)
_CATEGORY = re.compile(r"[0-9]{4}", re.ASCII)
_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "&": "+"})
_LONGEST_NAME, _LONGEST_CITY, _LONGEST_REFERENCE = 25, 15, 25
_GERMAN = 22
_MOST_CENTS = 99_999_999_999
_MOST_BYTES = 331


class CodeError(ValueError):
    """A value that cannot stand in such a code; ``message`` is German."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where a transfer goes. ``bic`` may be empty (version 002)."""

    name: str
    iban: str
    bic: str = ""


def iban(text: str) -> str:
    """Return an IBAN in its plain form. Raises CodeError for one whose check digits are wrong (ISO 13616, mod 97)."""
    plain = re.sub(r"\s", "", text).upper()
    if not _IBAN.fullmatch(plain) or (plain.startswith("DE") and len(plain) != _GERMAN):
        raise CodeError("Das ist keine IBAN.")
    if int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 != 1:
        raise CodeError("Die Prüfziffern der IBAN stimmen nicht. Bitte noch einmal abschreiben.")
    return plain


def girocode(account: Account, cents: int, purpose: str) -> str:
    """Return the text of a GiroCode (EPC069-12 version 002). Raises CodeError."""
    if not 0 < cents <= _MOST_CENTS:
        raise CodeError("Für diesen Betrag gibt es keinen GiroCode.")
    name = " ".join(account.name.split())
    if not name or len(name) > 70:
        raise CodeError("Der Name des Kontos hat 1 bis 70 Zeichen.")
    bic = account.bic.strip().upper()
    if bic and not _BIC.fullmatch(bic):
        raise CodeError("Das ist keine BIC.")
    amount = f"EUR{cents // 100}.{cents % 100:02d}"
    text = " ".join(purpose.split())[:140]
    whole = "\n".join(("BCD", "002", "1", "SCT", bic, name, iban(account.iban), amount, "", "", text))
    if len(whole.encode()) > _MOST_BYTES:
        raise CodeError("Der GiroCode wird zu lang. Einen kürzeren Verwendungszweck nehmen.")
    return whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """Who is paid: ``scheme`` is the service's globally unique identifier, ``account`` our number there.

    ``category`` is the merchant category code (ISO 18245). ``name`` and ``city`` are shown in the guest's app; the code
    takes them without umlauts (they are written out) and cuts what is longer than 25 and 15 characters.
    """

    scheme: str
    account: str
    category: str
    name: str
    city: str
    country: str = "DE"


def merchant_code(merchant: Merchant, cents: int, reference: str = "") -> str:
    """Return the text of a dynamic EMVCo code. Raises CodeError."""
    if not 0 < cents <= _MOST_CENTS:
        raise CodeError("Für diesen Betrag gibt es keinen Code.")
    if not _SCHEME.fullmatch(merchant.scheme):
        raise CodeError("Die Kennung des Zahlungsdienstes hat 2 bis 32 Buchstaben, Ziffern, Punkte oder Striche.")
    if not _NUMBER.fullmatch(merchant.account):
        raise CodeError("Die Händlernummer beim Zahlungsdienst fehlt oder hat Zeichen, die dort nicht stehen können.")
    if not _CATEGORY.fullmatch(merchant.category):
        raise CodeError("Die Branche (MCC) hat vier Ziffern, zum Beispiel 5812 für ein Restaurant.")
    name, city = _written_out(merchant.name, _LONGEST_NAME), _written_out(merchant.city, _LONGEST_CITY)
    if not name or not city:
        raise CodeError("Name und Ort des Geschäfts stehen im Code und dürfen nicht leer sein.")
    fields = [
        ("00", "01"),
        ("01", "12"),
        ("26", _fields([("00", merchant.scheme), ("01", merchant.account)])),
        ("52", merchant.category),
        ("53", "978"),
        ("54", f"{cents // 100}.{cents % 100:02d}"),
        ("58", merchant.country),
        ("59", name),
        ("60", city),
    ]
    if reference:
        fields.append(("62", _fields([("05", _written_out(reference, _LONGEST_REFERENCE))])))
    text = _fields(fields) + "6304"
    return f"{text}{crc(text.encode()):04X}"


def _written_out(text: str, longest: int) -> str:
    plain = " ".join(text.translate(_PLAIN).split())
    return plain.encode("ascii", "ignore").decode()[:longest].strip()


def _fields(fields: Iterable[tuple[str, str]]) -> str:
    parts = []
    for tag, value in fields:
        if not 0 < len(value) <= 99:
            raise CodeError(f"Das Feld {tag} des Codes ist leer oder zu lang.")
        parts.append(f"{tag}{len(value):02d}{value}")
    return "".join(parts)


def crc(data: bytes) -> int:
    """Return CRC-16/CCITT-FALSE (polynomial 1021, start FFFF)."""
    return crc_hqx(data, 0xFFFF)
