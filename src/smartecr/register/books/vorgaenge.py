"""How many Vorgänge of each kind a register has recorded, and how many of them no TSE signed.

Closed periods are counted by their closings, a row a day; receipts only since the last of them. What was not signed is
found by an index of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import orjson

from smartecr.core.kinds import RECEIPT
from smartecr.core.records import dataclass
from smartecr.register.signing import underway
from smartecr.sql import member, select

_OPEN = (
    "SELECT type, count(*) FROM register_receipt WHERE register_id = %s AND number > COALESCE("
    "(SELECT last_number FROM register_closing WHERE register_id = %s ORDER BY z_number DESC LIMIT 1), 0) GROUP BY type"
)
_UNSIGNED = (
    "SELECT r.type, count(*) FROM register_receipt_signature s JOIN register_receipt r ON r.id = s.receipt_id "
    "WHERE NOT (s.outage = '') AND r.register_id || '' = %s GROUP BY r.type"
)
"""The register is compared as what no index holds: the few that were not signed are looked up one by one."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A kind (BON_TYP), how many of it there are, and how many of them without signature."""

    kind: str
    count: int
    unsigned: int


def counted(register_id: str) -> list[Counted]:
    """Return the kinds of a register's Vorgänge, by name; one that is just being signed counts as unsigned."""
    counts = Counter[str]()
    parts = ", ".join(member("totals", name) for name in ("receipts", "other_receipts"))
    closed = f"SELECT {parts} FROM register_closing WHERE register_id = %s"  # noqa: S608 constants
    for receipts, others in select(closed, [register_id]):
        _add(counts, [(RECEIPT, int(receipts)), *orjson.loads(others)])
    _add(counts, select(_OPEN, [register_id] * 2))
    unsigned = Counter(row["type"] for row in underway.receipts(register_id))
    _add(unsigned, select(_UNSIGNED, [register_id]))
    return [Counted(kind, counts[kind], unsigned[kind]) for kind in sorted(counts) if counts[kind]]


def _add(counts: Counter[str], rows: Iterable[tuple[str, int]]) -> None:
    for kind, count in rows:
        counts[kind] += count
