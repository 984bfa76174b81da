"""The rows of a period as `roll` wants them, read from the books or taken from what its closing has read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from smartecr.core.quantity import line_cents
from smartecr.core.records import dataclass
from smartecr.insights.roll import Fact, Period
from smartecr.register import booked
from smartecr.register.booked import ENDLESS, Booked
from smartecr.sql import select


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """A period and where its rows lie: receipts after `after` up to `last`, facts after `seq_after` up to `seq`.

    `closed_at` is journal text, "" for an open period.
    """

    register_id: str
    z_number: int
    business_day: str
    after: int
    last: int
    seq_after: int
    seq: int
    closed_at: str


_CLOSED = (
    "SELECT c.register_id, c.z_number, c.business_day, c.last_number, j.seq, c.closed_at FROM register_closing c "
    "JOIN register_journal j ON j.id = c.id "
)
_MISSING = _CLOSED + (  # noqa: S608 our tables
    "WHERE NOT EXISTS (SELECT 1 FROM insights_kept k "
    "WHERE k.register_id = c.register_id AND k.z_number = c.z_number) ORDER BY c.register_id, c.z_number"
)


def bounds(closing_id: str) -> Bounds:
    """Return where the period of a closing lies."""
    return _bounds(*select(_CLOSED + "WHERE c.id = %s", [closing_id])[0])


def missing() -> list[Bounds]:
    """Return the closed periods that are not in the rollups, in order."""
    return [_bounds(*row) for row in select(_MISSING)]


def _bounds(register_id: str, z_number: int, business_day: str, last: int, seq: int, closed_at: str) -> Bounds:
    before = select(
        _CLOSED + "WHERE c.register_id = %s AND c.z_number < %s ORDER BY c.z_number DESC LIMIT 1",
        [register_id, z_number],
    )
    return Bounds(
        register_id=register_id,
        z_number=z_number,
        business_day=business_day,
        after=before[0][3] if before else 0,
        last=last,
        seq_after=before[0][4] if before else 0,
        seq=seq,
        closed_at=closed_at,
    )


def open_periods() -> list[Bounds]:
    """Return the periods not closed yet, of all registers."""
    rows = select("SELECT register_id, z_number, business_day FROM register_period WHERE closed_at = ''")
    return [_bounds(key, z_number, day, ENDLESS, ENDLESS, "") for key, z_number, day in rows]


def costs_now() -> dict[str, int]:
    """Return what articles cost the shop, in net cents a unit, as far as the catalogue knows."""
    return dict(select("SELECT id, cost_cents FROM catalog_article WHERE cost_cents IS NOT NULL"))


_VISITS = (
    "SELECT t.receipt_id, t.customer_id FROM register_receipt r JOIN customers_visit t ON t.receipt_id = r.id "
    "WHERE r.register_id = %s AND r.number > %s AND r.number <= %s"
)
_FACTS = [
    "SELECT seq, id, kind, at, actor_id, actor_name, body FROM register_journal "  # noqa: S608 constants
    "WHERE register_id = %s AND seq > %s "
    f"AND seq <= %s AND kind = '{kind}'"
    for kind in ("line_voided", "drawer_opened", "basket_changed")
]
"""One query a kind: asked for several at once, SQLite would rather read the whole journal than the index."""


def read(where: Bounds, costs: Mapping[str, int]) -> Period:
    """Return what a period holds; `costs` are net cents a unit by article id."""
    return closed(where, costs, booked.between(where.register_id, where.after, where.last))


def closed(where: Bounds, costs: Mapping[str, int], receipts: Sequence[Booked]) -> Period:
    """Return what a period holds as `read` does, with receipts that its closing has read already."""
    return Period(
        register_id=where.register_id,
        z_number=where.z_number,
        business_day=where.business_day,
        receipts=receipts,
        facts=_facts(where),
        costs=costs,
        visits=dict(select(_VISITS, [where.register_id, where.after, where.last])),
    )


def _facts(where: Bounds) -> list[Fact]:
    facts = []
    span = [where.register_id, where.seq_after, where.seq]
    for _, key, kind, at, person_id, person_name, text in sorted(row for sql in _FACTS for row in select(sql, span)):
        if kind == "basket_changed" and '"parked"' not in text:
            continue
        body = json.loads(text)
        if kind == "basket_changed":
            facts.append(Fact(key, "aside", at, person_id, person_name, body["basket"], 0, ""))
        elif kind == "drawer_opened":
            facts.append(Fact(key, kind, at, person_id, person_name, "", 0, body["reason"]))
        else:
            line = body["line"]
            cents = -line_cents(line["unit_cents"], line["quantity"])
            facts.append(Fact(key, kind, at, person_id, person_name, body["basket"], cents, line["text"]))
    return facts
