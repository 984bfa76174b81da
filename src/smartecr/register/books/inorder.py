"""The books in the order they were written, for programmes that follow them: receipts by number, the journal's end."""

from __future__ import annotations

from smartecr.register import queries
from smartecr.register.queries import ReceiptState
from smartecr.register.till import Till
from smartecr.sql import select


def issued_receipts(
    till: Till, *, after: int, limit: int, number: int = 0, day: str = "", since: str = "", before: str = ""
) -> list[ReceiptState]:
    """Return issued receipts of the register by number, those behind number `after` first.

    Narrowed to a number, a business day, a stretch of time (starts of journal text, `before` not included).
    """
    where, arguments = ["r.register_id = %s", "r.number > %s", "s.receipt_id IS NOT NULL"], [till.register_id, after]
    narrower = {"number =": number, "business_day =": day, "recorded_at >=": since, "recorded_at <": before}
    for condition, value in narrower.items():
        if value:
            where.append(f"r.{condition} %s")
            arguments.append(value)
    return queries.stored(f"WHERE {' AND '.join(where)} ORDER BY r.number LIMIT %s", [*arguments, limit])


def last_entry(till: Till) -> int:
    """Return the number of the newest journal entry, 0 before the first."""
    return int(select("SELECT max(seq) FROM register_journal WHERE register_id = %s", [till.register_id])[0][0] or 0)
