"""Numbers people type that carry check digits: tax numbers, VAT ids, Leitweg-IDs. Checked by python-stdnum."""

from __future__ import annotations

from smartecr.core.errors import CoreError


class TaxIdError(CoreError):
    """A number that cannot be what it should; the message says how one looks."""


def tax_number(text: str) -> str:
    """Return a German tax number as typed, "" for none. Raises TaxIdError for one that no tax office gives out."""
    from stdnum.de import stnr  # rarely wanted, and slow to load
    from stdnum.exceptions import ValidationError

    if not text:
        return ""
    try:
        stnr.validate(text)
    except ValidationError:
        raise TaxIdError(
            "tax_number", "So sieht keine Steuernummer aus. Beispiel: 12/345/67890, 10 bis 13 Ziffern."
        ) from None
    return text


def vat_id(text: str) -> str:
    """Return a VAT id of the EU without blanks, "" for none. Raises TaxIdError: shape, or a wrong check digit."""
    from stdnum.eu import vat
    from stdnum.exceptions import InvalidChecksum, ValidationError

    if not text:
        return ""
    try:
        return str(vat.validate(text))
    except InvalidChecksum:
        raise TaxIdError(
            "vat_checksum", "Die Prüfziffer der USt-IdNr. stimmt nicht. Bitte Ziffer für Ziffer vergleichen."
        ) from None
    except ValidationError:
        raise TaxIdError("vat_id", "So sieht keine USt-IdNr. aus. Beispiel: DE123456789") from None


def leitweg_id(text: str) -> str:
    """Return a Leitweg-ID (KoSIT, check digits ISO 7064 mod 97-10) as it is written, "" for none. Raises TaxIdError."""
    from stdnum.de import leitweg
    from stdnum.exceptions import ValidationError

    if not text:
        return ""
    try:
        return str(leitweg.validate(text))
    except ValidationError:
        raise TaxIdError(
            "leitweg", "So sieht keine Leitweg-ID aus, oder ihre Prüfziffern stimmen nicht. Beispiel: 991-03730-19"
        ) from None
