"""Tax numbers as people type them in the settings, and what is refused of any setting."""

from __future__ import annotations

from collections.abc import Callable

from smartecr.fiscal import taxids
from smartecr.web.till.words import said


class RefusedError(ValueError):
    """A text that cannot be kept; the message is a sentence for whoever typed it."""


def tax_number(text: str) -> str:
    """Return a German tax number as typed, "" for none. Raises RefusedError."""
    return _checked(taxids.tax_number, text)


def vat_id(text: str) -> str:
    """Return a VAT id without blanks, "" for none. Raises RefusedError."""
    return _checked(taxids.vat_id, text)


def _checked(check: Callable[[str], str], text: str) -> str:
    try:
        return check(text)
    except taxids.TaxIdError as error:
        raise RefusedError(said(error.message)) from None
