"""Small numbers for what rollups tell of, and the one integer a sum lies under.

A shop sells the same few hundred things every day. What each of them is stands once, under a number (`models.Sold`,
`models.Card`), and a sum lies under its stretch of days and that number in one integer. So the sums of a stretch lie
one behind the other, in the order of days, and a question reads them without touching others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count

from smartecr.insights.spans import Part
from smartecr.sql import select, write_many

_BITS = 36
_WEEK = 100_000_000

NUMBER = f"key & {(1 << _BITS) - 1}"
"""SQL for the number within a key."""

DAY = f"CAST(replace({{day}}, '-', '') AS BIGINT) << {_BITS}"
"""SQL for the key at which the sums of a `day` begin."""

Thing = tuple[object, ...]


def key(grain: str, span: str, number: int = 0) -> int:
    """Return the key of a number's sum in the year "2026", the month "2026-11", on a day, in a Monday's week ("w")."""
    return (int(span.replace("-", "")) + _WEEK * (grain == "w")) << _BITS | number


def edges(parts: Iterable[Part]) -> list[int]:
    """Return the first and last key of each part of a stretch, one after the other."""
    last = (1 << _BITS) - 1
    return [edge for part in parts for edge in (key(part.grain, part.first), key(part.grain, part.last, last))]


class Numbers:
    """The numbers in one table, within one transaction. All `columns` together tell a thing from others."""

    def __init__(self, table: str, columns: Sequence[str]) -> None:
        self._columns = ", ".join([*columns, "number"])
        self._table, self._known = table, dict[Thing, int]()

    def of(self, things: Iterable[Thing]) -> dict[Thing, int]:
        """Return a number for each of these things at least; those that have none yet get the next ones."""
        if not self._known:
            rows = select(f"SELECT {self._columns} FROM {self._table}")  # noqa: S608 our tables
            self._known = {tuple(thing): number for *thing, number in rows}
        known = self._known
        new = list(dict.fromkeys(thing for thing in things if thing not in known))
        if new:
            added = dict(zip(new, count(len(known) + 1), strict=False))
            marks = ", ".join(["%s"] * (len(new[0]) + 1))
            rows = [(*thing, number) for thing, number in added.items()]
            write_many(f"INSERT INTO {self._table} ({self._columns}) VALUES ({marks})", rows)  # noqa: S608 our tables
            known.update(added)
        return known
