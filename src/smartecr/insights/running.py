"""The periods that are not closed, rolled as they grow: what was added up once is kept in memory, the rest is added.

Receipts and journal never change, so sums up to a place stay right as long as that place is still the same: the hash of
the last journal entry taken in says so. Sums handed out are never changed afterwards.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace

from smartecr.core.records import dataclass
from smartecr.insights import reading
from smartecr.insights.reading import Bounds
from smartecr.insights.roll import Rolled, add
from smartecr.sql import select

_MOST = 20
"""Periods kept in memory."""


@dataclass(frozen=True, slots=True)
class _Known:
    """Sums up to receipt `number` and journal entry `seq` with its `hash`, at these `costs`."""

    rolled: Rolled
    number: int
    seq: int
    hash: str
    costs: Mapping[str, int]


_known: dict[tuple[str, int], _Known] = {}
_lock = threading.Lock()

_NEWEST = (
    "SELECT coalesce((SELECT max(number) FROM register_receipt WHERE register_id = %s), 0), "
    "coalesce((SELECT max(seq) FROM register_journal WHERE register_id = %s), 0)"
)
_HASH = "SELECT hash FROM register_journal WHERE register_id = %s AND seq = %s"


def rolled(where: Bounds, costs: Mapping[str, int]) -> Rolled:
    """Return the sums of an open period as it stands."""
    key = (where.register_id, where.z_number)
    with _lock:
        number, seq = select(_NEWEST, [where.register_id] * 2)[0]
        known = _known.get(key)
        if known is None or known.costs != costs or _hash(where.register_id, known.seq) != known.hash:
            empty = Rolled(where.register_id, where.z_number, where.business_day)
            known = _Known(empty, where.after, where.seq_after, "", costs)
        if (known.number, known.seq) != (number, seq):
            rest = replace(where, after=known.number, last=number, seq_after=known.seq, seq=seq)
            sums = add(known.rolled.copy(), reading.read(rest, costs))
            known = _Known(sums, number, seq, _hash(where.register_id, seq), costs)
        while len(_known) >= _MOST and key not in _known:
            _known.pop(next(iter(_known)))
        _known[key] = known
        return known.rolled


def _hash(register_id: str, seq: int) -> str:
    found = select(_HASH, [register_id, seq])
    return str(found[0][0]) if found else ""
