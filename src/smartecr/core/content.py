"""What is in a package, and the unit price (Grundpreis) that follows: what a kilogram, litre or metre of it costs.

§§ 4 and 5 PAngV (in force since 28 May 2022): the unit is always the whole one, 100 g and 100 ml are for loose goods
only. A package of less than 10 g or 10 ml needs none (§ 4 (3) no. 1), nor does one whose unit price is its price
(§ 4 (1)). Deposit stays out of it (§ 7). Worked numbers: ``docs/algorithms/unit-price.md``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from smartecr.core.errors import QuantityError
from smartecr.core.money import format_cents, round_half_up
from smartecr.core.quantity import MAX_QUANTITY, ONE, format_quantity, parse_quantity

UNITS = {
    "g": ("kg", 1000),
    "kg": ("kg", 1),
    "ml": ("l", 1000),
    "cl": ("l", 100),
    "l": ("l", 1),
    "cm": ("m", 100),
    "m": ("m", 1),
    "m²": ("m²", 1),
    "m³": ("m³", 1),
}
"""Units a content is told in, with the unit its price is told for and how many of them make that up."""

_SMALLEST = 100
"""Below a hundredth of a kilogram or litre (10 g, 10 ml) no unit price is needed."""

_SPELLINGS = {"gr": "g", "gramm": "g", "kilo": "kg", "liter": "l", "ltr": "l", "meter": "m", "qm": "m²", "m2": "m²",
              "cbm": "m³", "m3": "m³"}  # fmt: skip
_CONTENT = re.compile(r"(?:(?P<times>[0-9]{1,3})\s*[x×*]\s*)?(?P<amount>[0-9.,]+)\s*(?P<unit>[^\W\d_]+[23²³]?)\.?")


class Content(NamedTuple):
    """How much is in a package: thousandths of a unit of `UNITS`."""

    quantity: int
    unit: str


def parse_content(text: str) -> Content:
    """Return the content a person types: "250 g", "0,33 l", "6 x 0,33 l". Raises QuantityError."""
    match = _CONTENT.fullmatch(" ".join(text.split()).casefold())
    unit = _unit(match["unit"]) if match else ""
    if match is None or not unit:
        raise QuantityError("not_a_content", "„{text}“ ist kein Inhalt. Beispiel: 250 g, 0,33 l", text=text[:40])
    quantity = parse_quantity(match["amount"]) * int(match["times"] or 1)
    if not 0 < quantity <= MAX_QUANTITY:
        limit = format_quantity(MAX_QUANTITY)
        raise QuantityError("content", "Der Inhalt liegt über 0 und höchstens bei {limit}.", limit=limit)
    return Content(quantity, unit)


def format_content(quantity: int | None, unit: str) -> str:
    """Return a content as it is written, "250 g"; "" without one."""
    return f"{format_quantity(quantity)} {unit}" if quantity else ""


def per_unit(cents: int, quantity: int | None, unit: str) -> tuple[int, str] | None:
    """Return what one `kg`, `l`, `m` … costs in cents, rounded half up, and that unit; None where none is needed.

    `cents` is the price of the package without deposit, `quantity` its content in thousandths of `unit`.
    """
    if not quantity or cents <= 0:
        return None
    whole, parts = UNITS[unit]
    tiny = whole in ("kg", "l") and quantity * _SMALLEST < parts * ONE
    if tiny or quantity == parts * ONE:
        return None
    return round_half_up(cents * parts * ONE, quantity), whole


def told(cents: int, quantity: int | None, unit: str) -> str:
    """Return the unit price as shelves and screens say it, "1 kg = 13,96 €"; "" where none is needed."""
    found = per_unit(cents, quantity, unit)
    return f"1 {found[1]} = {format_cents(found[0])} €" if found else ""


def told_loose(cents: int, unit: str) -> str:
    """Return the unit price of what is sold by weight or measure at `cents` a `unit`, as `told`; "" for any other."""
    known = _unit(unit.strip().casefold())
    if not known or cents <= 0:
        return ""
    whole, parts = UNITS[known]
    return f"1 {whole} = {format_cents(cents * parts)} €"


def _unit(text: str) -> str:
    """Return the unit of `UNITS` that is spelled so, "" for none."""
    unit = _SPELLINGS.get(text, text)
    return unit if unit in UNITS else ""
