"""Quantities are integer thousandths: 1000 is one piece (or one kilogram, one metre), negative is a return."""

from __future__ import annotations

import re

from smartecr.core.errors import QuantityError
from smartecr.core.money import MINUS, round_half_up

ONE = 1000
"""One piece."""

MAX_QUANTITY = 9_999_999
"""Largest quantity of a line: 9.999,999."""

_QUANTITY = re.compile(r"(?P<sign>[-−+]?)(?P<whole>[0-9]*)(?:(?P<point>[.,])(?P<decimals>[0-9]*))?", re.ASCII)


def line_cents(unit_cents: int, quantity: int) -> int:
    """Amount of a line: ``unit_cents`` times ``quantity`` thousandths, rounded once to a cent (half away from zero)."""
    return round_half_up(unit_cents * quantity, ONE)


def parse_quantity(text: str) -> int:
    """Thousandths from what a person types: ``"2"``, ``"0,275"``, ``"1.5"``, ``"-1"``.

    A dot counts as a comma, but ``"1.234"`` is refused: it may mean 1,234 kg or 1234 pieces. Raises QuantityError when
    it is no quantity, has more than three decimals or exceeds 9999,999 in either direction.
    """
    match = _QUANTITY.fullmatch(text.strip())
    if match is None or not (match["whole"] or match["decimals"]):
        raise QuantityError("not_a_quantity", "„{text}“ ist keine Menge. Beispiel: 2 oder 0,275", text=text[:40])
    whole, decimals = match["whole"].lstrip("0"), match["decimals"] or ""
    if len(decimals) > 3:
        raise QuantityError("too_many_decimals", "Eine Menge hat höchstens drei Stellen nach dem Komma.")
    if match["point"] == "." and len(decimals) == 3 and whole:
        raise QuantityError("ambiguous", "„{text}“ ist mehrdeutig. Bitte mit Komma eingeben.", text=text[:40])
    if len(whole) > 4:
        raise _too_large()
    quantity = int(whole or "0") * ONE + int(decimals.ljust(3, "0"))
    return -quantity if match["sign"] in ("-", MINUS) else quantity


def format_quantity(quantity: int) -> str:
    """``2000`` as ``"2"``, ``275`` as ``"0,275"``, without grouping; negative with a minus sign."""
    sign, quantity = (MINUS, -quantity) if quantity < 0 else ("", quantity)
    whole, rest = divmod(quantity, ONE)
    decimals = f",{rest:03d}".rstrip("0") if rest else ""
    return f"{sign}{whole}{decimals}"


def check_quantity(quantity: int) -> int:
    """``quantity`` unchanged; raises QuantityError for zero and beyond 9999,999 in either direction."""
    if quantity == 0:
        raise QuantityError("zero", "Die Menge null gibt es nicht. Zum Entfernen bitte stornieren.")
    if not -MAX_QUANTITY <= quantity <= MAX_QUANTITY:
        raise _too_large()
    return quantity


def _too_large() -> QuantityError:
    limit = format_quantity(MAX_QUANTITY)
    return QuantityError("quantity_too_large", "Die Menge ist zu groß. Höchstens {limit} sind möglich.", limit=limit)
