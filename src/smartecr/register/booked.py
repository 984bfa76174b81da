"""Receipts of the books as closings and figures add them up: read once, with what counts of them and no more.

Of rows that are mostly alike each text is read once, so that lines that say the same are one object (`core.alike`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import orjson

from smartecr.core.closing import CountedContent, CountedLine, vat_missing
from smartecr.core.receipt import Payment
from smartecr.core.records import new_tuple
from smartecr.core.remembered import Remembered
from smartecr.sql import packed, select


class Booked(NamedTuple):
    """A receipt of the books, `at` as journal text. `outage`: "" signed, a reason when not, None while neither."""

    id: str
    number: int
    at: str
    person_id: str
    person_name: str
    reference_id: str
    reason: str
    content: CountedContent
    outage: str | None = ""


ENDLESS = 2**62
"""Behind every receipt number and journal entry."""

_IN_SPAN = "WHERE r.register_id = %s AND r.number > %s AND r.number <= %s ORDER BY r.number"
_RECEIPTS = (
    "SELECT r.id, r.number, r.type, r.recorded_at, r.person_id, r.person_name, r.reference_id, r.reason, "  # noqa: S608
    "r.total_cents, s.outage FROM register_receipt r "
    f"LEFT JOIN register_receipt_signature s ON s.receipt_id = r.id {_IN_SPAN}"
)


_SAID = CountedLine._fields[:-1]
"""Columns of a line; its rate stands with the VAT of its receipt."""

_IN_HOUSE, _VAT_KEY = map(_SAID.index, ("in_house", "vat_key"))


def between(register_id: str, after: int, last: int) -> list[Booked]:
    """Return the receipts of a register behind number `after` up to `last`, in order; lines alike are one object.

    Raises ClosingError when a VAT row is missing.
    """
    span = register_id, after, last
    lines = _said("line", "position", _SAID, span)
    rates = _said("vat", "vat_key", ("vat_key", "rate_bp"), span)
    payments = _said("payment", "position", Payment._fields, span)
    lines_at = Remembered(_lines_at)
    found = []
    for head in select(_RECEIPTS, span):
        key, number, kind, at, person_id, person_name, reference_id, reason, total_cents, outage = head
        line_of = lines_at[tuple(rates[number])]
        try:
            sold = tuple([line_of[text] for text in lines[number]])
        except KeyError:
            raise vat_missing(number) from None
        paid = tuple([new_tuple(Payment, orjson.loads(text)) for text in payments[number]])
        content = CountedContent(kind, sold, paid, total_cents)
        found.append(Booked(key, number, at, person_id, person_name, reference_id, reason, content, outage))
    return found


def _said(part: str, order: str, columns: Sequence[str], span: tuple[str, int, int]) -> defaultdict[int, list[str]]:
    """Return a part of receipts (line, vat, payment) by their numbers, each row as one JSON array of its columns."""
    rows = select(
        f"SELECT r.number, {packed([f'p.{name}' for name in columns])} FROM register_receipt r "  # noqa: S608 constants
        f"JOIN register_receipt_{part} p ON p.receipt_id = r.id {_IN_SPAN}, p.{order}",
        span,
    )
    found: defaultdict[int, list[str]] = defaultdict(list)
    for number, text in rows:
        found[number].append(text)
    return found


def _lines_at(rates: tuple[str, ...]) -> Remembered[str, CountedLine]:
    """Return the lines of receipts with these VAT rates by their packed columns. A key without rate is a KeyError."""
    return Remembered(partial(_line, dict(map(orjson.loads, rates))))


def _line(rates: Mapping[int, int], text: str) -> CountedLine:
    values = orjson.loads(text)
    if values[_IN_HOUSE] is not None:  # SQLite has numbers for what is true
        values[_IN_HOUSE] = bool(values[_IN_HOUSE])
    return new_tuple(CountedLine, (*values, rates[values[_VAT_KEY]]))
