"""Where a register stands: the end of its chain, its open period, its last numbers. One query, always from the rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from smartecr.register.journal import GENESIS
from smartecr.register.till import ZONE, Till, moment
from smartecr.sql import select


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest of everything. `z_number` and `business_day` are those of the open period, or of the one to come.

    `sold_number` is the newest Beleg, `closed_number` the last receipt in a closing, `kept_cents` the cash that closing
    left in the drawer, `outage_id` the outage going on ("" for none). In `training`, what is rung up is practice.
    """

    seq: int
    hash: str
    period_open: bool
    opened_at: str
    z_number: int
    business_day: str
    receipt_number: int
    sold_number: int
    closed_number: int
    kept_cents: int
    outage_id: str
    overdue: bool
    training: bool

    @property
    def float_to_carry(self) -> int:
        """Return the cents the last closing left while the new period has no Beleg yet, else 0.

        An abort, an order or practice may come before: they move no money, and the float is still to be booked.
        """
        return 0 if self.sold_number > self.closed_number else self.kept_cents


_NEWEST = (
    ("register_journal", "seq", ("seq", "hash")),
    ("register_period", "z_number", ("z_number", "business_day", "opened_at", "closed_at")),
    ("register_receipt", "number", ("number",)),
    ("register_closing", "z_number", ("last_number", "kept_cents")),
)
_PARTS = [
    f"(SELECT {column} FROM {table} WHERE register_id = %s ORDER BY {order} DESC LIMIT 1)"  # noqa: S608 constants
    for table, order, columns in _NEWEST
    for column in columns
]
_SOLD = "(SELECT number FROM register_receipt WHERE register_id = %s AND type = 'Beleg' ORDER BY number DESC LIMIT 1)"
_SQL = (
    f"SELECT {', '.join(_PARTS)}, {_SOLD}, "  # noqa: S608
    "(SELECT id FROM register_outage WHERE register_id = %s AND ended_at = '' LIMIT 1), "
    "(SELECT cutoff_hour FROM register_shop WHERE id = %s), (SELECT training FROM register_register WHERE id = %s)"
)
"""Single values by index: three times as fast as joining the newest rows."""


def head(till: Till, at: str = "") -> Head:
    """Return where the till's register stands at the instant `at` (journal text, default now)."""
    (row,) = select(_SQL, [*[till.register_id] * (len(_PARTS) + 2), till.shop_id, till.register_id])
    seq, digest, z_number, day, opened_at, closed_at, number, closed_number, kept, sold, outage, cutoff, training = row
    period_open = closed_at == ""
    local = moment(at or till.now()).astimezone(ZONE) - timedelta(hours=cutoff or 0)
    today = local.date().isoformat()
    return Head(
        seq=seq or 0,
        hash=digest or GENESIS,
        period_open=period_open,
        opened_at=opened_at if period_open else "",
        z_number=z_number if period_open else (z_number or 0) + 1,
        business_day=day if period_open else max(day or "", today),
        receipt_number=number or 0,
        sold_number=sold or 0,
        closed_number=closed_number or 0,
        kept_cents=kept or 0,
        outage_id=outage or "",
        overdue=period_open and day < today,
        training=bool(training),
    )
