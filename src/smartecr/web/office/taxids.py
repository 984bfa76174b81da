"""Tax numbers as people type them, checked by python-stdnum: shapes of all tax offices, check digits."""

from __future__ import annotations

from django.utils.translation import gettext as _


class RefusedError(ValueError):
    """A text that cannot be kept; the message is a sentence for whoever typed it."""


def tax_number(text: str) -> str:
    """Return a German tax number as typed, "" for none. Raises RefusedError for one that no tax office gives out."""
    from stdnum.de import stnr  # only who sets up a shop needs it
    from stdnum.exceptions import ValidationError

    if not text:
        return ""
    try:
        stnr.validate(text)
    except ValidationError:
        raise RefusedError(_("So sieht keine Steuernummer aus. Beispiel: 12/345/67890, 10 bis 13 Ziffern.")) from None
    return text


def vat_id(text: str) -> str:
    """Return a VAT id without blanks, "" for none. Raises RefusedError: shape, or a wrong check digit (ISO 7064)."""
    from stdnum.eu import vat
    from stdnum.exceptions import InvalidChecksum, ValidationError

    if not text:
        return ""
    try:
        return str(vat.validate(text))
    except InvalidChecksum:
        raise RefusedError(_("Die Prüfziffer stimmt nicht. Bitte mit dem Bescheid vergleichen.")) from None
    except ValidationError:
        raise RefusedError(_("So sieht keine USt-IdNr. aus. Beispiel: DE123456789")) from None
