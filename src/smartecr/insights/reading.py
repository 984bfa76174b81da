"""The rows of a period as `roll` wants them, read from the books in six statements."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from smartecr.core.quantity import line_cents
from smartecr.insights.roll import Fact, Line, Period, Receipt
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


_ENDLESS = 2**62

_CLOSED = (
    "SELECT c.register_id, c.z_number, c.business_day, c.last_number, j.seq, c.closed_at FROM register_closing c "
    "JOIN register_journal j ON j.id = c.id "
)
_MISSING = (
    _CLOSED + "LEFT JOIN insights_kept k ON k.register_id = c.register_id AND k.z_number = c.z_number "
    "WHERE k.register_id IS NULL ORDER BY c.register_id, c.z_number"
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
    return [_bounds(key, z_number, day, _ENDLESS, _ENDLESS, "") for key, z_number, day in rows]


def costs_now() -> dict[str, int]:
    """Return what articles cost the shop, in net cents a unit, as far as the catalogue knows."""
    return dict(select("SELECT id, cost_cents FROM catalog_article WHERE cost_cents IS NOT NULL"))


_RECEIPTS = (
    "SELECT id, number, type, recorded_at, person_id, person_name, reference_id, reason, total_cents "
    "FROM register_receipt WHERE register_id = %s AND number > %s AND number <= %s ORDER BY number"
)
_OF = (
    "FROM register_receipt r JOIN {} t ON t.receipt_id = r.id "
    "WHERE r.register_id = %s AND r.number > %s AND r.number <= %s"
)
_LINES = (
    "SELECT t.receipt_id, t.position, t.gv_typ, t.article_id, t.article_number, t.text, t.group_id, t.group_name, "
    "t.vat_key, t.in_house, t.parent_position, t.quantity, t.amount_cents, t.promotion "
    + _OF.format("register_receipt_line")
)
_RATES = "SELECT t.receipt_id, t.vat_key, t.rate_bp " + _OF.format("register_receipt_vat")
_VISITS = "SELECT t.receipt_id, t.customer_id " + _OF.format("customers_visit")
_PAYMENTS = "SELECT t.receipt_id, t.kind, t.name, t.cents " + _OF.format("register_receipt_payment")
_FACTS = (
    "SELECT id, kind, at, actor_id, actor_name, body FROM register_journal WHERE register_id = %s AND seq > %s "
    "AND seq <= %s AND kind IN ('line_voided', 'drawer_opened', 'basket_changed') ORDER BY seq"
)


def read(where: Bounds, costs: Mapping[str, int]) -> Period:
    """Return the rows of a period; `costs` are net cents a unit by article id."""
    span = [where.register_id, where.after, where.last]
    return Period(
        register_id=where.register_id,
        z_number=where.z_number,
        business_day=where.business_day,
        receipts=[Receipt(*row) for row in select(_RECEIPTS, span)],
        lines=[Line(*row) for row in select(_LINES, span)],
        rates={(row[0], row[1]): row[2] for row in select(_RATES, span)},
        payments=select(_PAYMENTS, span),
        facts=_facts(where),
        costs=costs,
        visits=dict(select(_VISITS, span)),
    )


def _facts(where: Bounds) -> list[Fact]:
    facts = []
    for key, kind, at, person_id, person_name, text in select(_FACTS, [where.register_id, where.seq_after, where.seq]):
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
