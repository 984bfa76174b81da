"""Prices with a date in one cell of the article CSV: "3,20 ab 01.12.2026 07:00 | Ebene 2: 2,90 ab 24.12.2026 bis …"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from smartecr.catalog import dated, rows
from smartecr.catalog.errors import CatalogError
from smartecr.catalog.rows import Row
from smartecr.core import moments
from smartecr.core.money import format_cents, parse_cents

_ENTRY = re.compile(
    r"(?:Ebene\s+(?P<level>[1-9])\s*:\s*)?(?P<price>[^\s].*?)\s+ab\s+(?P<begins>.+?)(?:\s+bis\s+(?P<ends>.+))?",
    re.IGNORECASE,
)


class Dated(NamedTuple):
    """A price with its time, as `Price` keeps it; `ends` "" for good."""

    level: int
    cents: int
    begins: str
    ends: str


def of(price: Mapping[str, Any]) -> Dated:
    """Return the dated price of a row's columns."""
    return Dated(price["level"], price["cents"], price["begins"], price["ends"])


def write(prices: Iterable[Dated]) -> str:
    """Return dated prices as a cell."""
    return " | ".join(_entry(price) for price in prices)


def _entry(price: Dated) -> str:
    level = f"Ebene {price.level}: " if price.level > 1 else ""
    ends = f" bis {moments.write(price.ends, through=True)}" if price.ends else ""
    return f"{level}{format_cents(price.cents, minus='-')} ab {moments.write(price.begins)}{ends}"


def read(text: str) -> tuple[Dated, ...]:
    """Return the dated prices of a cell. Raises CatalogError, MoneyError, MomentError."""
    found = []
    for part in filter(None, (piece.strip() for piece in text.split("|"))):
        entry = _ENTRY.fullmatch(part)
        if entry is None:
            raise CatalogError("dated", _("Ein Preis mit Datum sieht so aus: 3,20 ab 01.12.2026 07:00 bis 24.12.2026"))
        ends = moments.read(entry["ends"], through=True) if entry["ends"] else ""
        level = int(entry["level"] or 1)
        found.append(Dated(level, parse_cents(entry["price"]), moments.read(entry["begins"]), ends))
    return tuple(found)


def changed(
    wanted: Sequence[Dated],
    kept: Sequence[dict[str, Any]],
    article: Mapping[str, Any],
    new_ids: Iterable[str],
    now: str,
) -> list[Row]:
    """Return the rows that make the planned prices of an article those of its cell.

    `kept` are its dated prices of all times: what has begun stays, so an old file changes nothing of it. Raises
    CatalogError for what does not fit, or begins in the past.
    """
    known = {of(price) for price in kept}
    open_ones = [price for price in kept if not price["begun"]]
    gone = [price for price in open_ones if of(price) not in wanted]
    made: list[Row] = []
    for price, key in zip([one for one in wanted if one not in known], new_ids, strict=False):
        if price.begins < now:
            raise CatalogError("past", _("Dieser Zeitpunkt ist vorbei. Den Preis in die Spalte Preis schreiben."))
        made.append(rows.price_row({"id": key, **price._asdict()}, article))
    stay = [price for price in kept if not price["ended"] and price not in gone]
    columns = [row["columns"] or {} for row in made]
    for one in columns:
        dated.alone(one, [*columns, *stay])
    return [*(rows.without_price(price["id"]) for price in gone), *made]
