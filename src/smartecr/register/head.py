"""Where a register stands: the end of its chain, its open period, its last numbers, the basket on its screen.

All of it follows from the journal, so what a process knew when the chain ended with some hash is true as long as it
does, whoever else writes: one look at the end of the chain stands for reading everything again (`remembered`).
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from smartecr.core.records import dataclass
from smartecr.register.journal import GENESIS
from smartecr.register.till import ZONE, Till, moment
from smartecr.sql import select

if TYPE_CHECKING:
    from smartecr.register.sale.baskets import OpenBasket


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

    @property
    def next_number(self) -> int:
        """Return the number the next sale's receipt gets: a float still to be carried takes the one before it."""
        return self.receipt_number + (2 if self.float_to_carry > 0 else 1)


class Newest(NamedTuple):
    """The newest rows of a register, as they are read."""

    seq: int
    hash: str
    z_number: int
    business_day: str
    opened_at: str
    closed_at: str
    receipt_number: int
    closed_number: int
    kept_cents: int
    sold_number: int
    outage_id: str
    cutoff_hour: int
    training: bool

    def at(self, at: str) -> Head:
        """Return where the register stands at the instant `at` (journal text)."""
        today = _business_day(at[:13], self.cutoff_hour)
        is_open = self.z_number > 0 and self.closed_at == ""
        return Head(
            seq=self.seq,
            hash=self.hash,
            period_open=is_open,
            opened_at=self.opened_at if is_open else "",
            z_number=self.z_number if is_open else self.z_number + 1,
            business_day=self.business_day if is_open else max(self.business_day, today),
            receipt_number=self.receipt_number,
            sold_number=self.sold_number,
            closed_number=self.closed_number,
            kept_cents=self.kept_cents,
            outage_id=self.outage_id,
            overdue=is_open and self.business_day < today,
            training=bool(self.training),
        )


@lru_cache(maxsize=64)
def _business_day(hour: str, cutoff: int) -> str:
    """Return the business day of an hour in UTC ("2026-11-23T08"), beginning `cutoff` hours after midnight."""
    local = moment(f"{hour}:00:00Z").astimezone(ZONE) - timedelta(hours=cutoff)
    return local.date().isoformat()


_NEWEST: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("register_journal", "seq", {"seq": 0, "hash": GENESIS}),
    ("register_period", "z_number", {"z_number": 0, "business_day": "", "opened_at": "", "closed_at": ""}),
    ("register_receipt", "number", {"number": 0}),
    ("register_closing", "z_number", {"last_number": 0, "kept_cents": 0}),
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
_EMPTY = (*(default for _, _, columns in _NEWEST for default in columns.values()), 0, "", 0, False)
_END = "SELECT hash FROM register_journal WHERE register_id = %s ORDER BY seq DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class Memory:
    """What this process knows of a register while its chain ends with `newest.hash`.

    `basket` is the open one (None: there is none), unless `basket_known` is false.
    """

    newest: Newest
    basket: OpenBasket | None = None
    basket_known: bool = False


def remembered(till: Till) -> Memory | None:
    """Return what this process knows of the register, None when another one has written since, or at the start."""
    known = till.memory
    if known is None:
        return None
    end = select(_END, [till.register_id])
    return known if end and end[0][0] == known.newest.hash else None


def newest(till: Till) -> Newest:
    """Return the newest rows of the till's register, from memory while its chain ends where this process left it."""
    known = remembered(till)
    return known.newest if known is not None else read(till)


def read(till: Till) -> Newest:
    """Return the newest rows of the till's register as they stand in the database."""
    (row,) = select(_SQL, [*[till.register_id] * (len(_PARTS) + 2), till.shop_id, till.register_id])
    return Newest(*(default if value is None else value for value, default in zip(row, _EMPTY, strict=True)))


def head(till: Till, at: str = "") -> Head:
    """Return where the till's register stands at the instant `at` (journal text, default now)."""
    return newest(till).at(at or till.now())
