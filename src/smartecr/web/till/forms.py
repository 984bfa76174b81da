"""Reading what people typed: amounts, counts, reasons. Errors are sentences for the person at the till."""

from __future__ import annotations

from django.utils.translation import gettext as _

from smartecr.core.money import parse_cents
from smartecr.register.errors import RegisterError

MAX_REASON = 200


def cents_of(text: str) -> int:
    """Return cents from a field that holds plain cents ("2786", "-25"). Raises RegisterError("amount")."""
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 10:
        raise RegisterError("amount", _("Dieser Betrag ist unlesbar."), _("Betrag neu eintippen."))
    return int(text)


def amount_of(text: str) -> int:
    """Return cents from what a person wrote ("12,50", "12.50", "12"). Raises core's MoneyError or RegisterError."""
    if not text.strip():
        raise RegisterError("amount", _("Der Betrag fehlt."), _("Betrag eintippen."))
    return parse_cents(text)


def count_of(text: str, otherwise: int = 0) -> int:
    """Return a whole number of up to nine digits, `otherwise` for anything else."""
    return int(text) if text.isdecimal() and len(text) < 10 else otherwise


def whole_of(text: str) -> int:
    """Return the whole number a person wrote, 0 for an empty field. Raises RegisterError("number")."""
    digits = text.strip()
    if digits and not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise RegisterError("number", _("„{text}“ ist keine ganze Zahl.").format(text=digits[:40]))
    return int(digits or "0")


def reason_of(choice: str, words: str) -> str:
    """Return the reason of a form with ready-made choices and a field for own words; words win."""
    return (" ".join(words.split()) or choice.strip())[:MAX_REASON]
