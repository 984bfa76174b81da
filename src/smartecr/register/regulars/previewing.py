"""What a promotion would have cost on past receipts.

Where cards were laid down, a rule for cards is held against those very guests: their stamps as they would have filled,
their birthdays, their first purchase, their group. Where there were none, everybody is taken as having a card and a
full stamp card: the most it could have cost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from typing import Any

from smartecr.core.basket import Basket
from smartecr.core.lines import Line
from smartecr.core.promotions import Guest, Promotion, apply, uses
from smartecr.core.quantity import ONE
from smartecr.core.records import dataclass
from smartecr.register.regulars.loyalty import near_birthday, pieces
from smartecr.register.till import ZONE, moment
from smartecr.sql import fetch

Rows = list[Mapping[str, Any]]

_LINES = (
    "SELECT r.id, r.recorded_at, l.position, l.article_id, l.group_id, l.quantity, l.unit_cents, l.vat_key, "
    "l.unit, l.text, l.gv_typ, coalesce(v.customer_id, '') AS customer_id FROM register_receipt r "
    "JOIN register_receipt_line l ON l.receipt_id = r.id LEFT JOIN customers_visit v ON v.receipt_id = r.id "
    "WHERE r.type = 'Beleg' AND r.basket_id <> '' AND r.reference_id = '' AND r.business_day >= %s "
    "AND r.business_day <= %s AND l.gv_typ = 'Umsatz' ORDER BY r.recorded_at, r.id, l.position"
)
_PEOPLE = (
    "SELECT c.id, c.group_id, coalesce(p.birthday, '') AS birthday, (SELECT min(r.recorded_at) FROM customers_visit v "
    "JOIN register_receipt r ON r.id = v.receipt_id WHERE v.customer_id = c.id) AS first "
    "FROM customers_customer c LEFT JOIN customers_person p ON p.customer_id = c.id"
)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would have cost: `hit` of `receipts`, `cents` of `turnover`; `cards` laid down, None: not asked."""

    receipts: int
    hit: int
    cents: int
    turnover: int
    cards: int | None


def preview(rule: Promotion, first: str, last: str) -> Preview:
    """Return what a promotion would have cost on receipts of business days `first` to `last`, were it alone.

    A coupon is taken as shown by everybody; points are taken as lying on every card.
    """
    receipts: dict[str, Rows] = defaultdict(list)
    for row in fetch(_LINES, [first, last]):
        receipts[row["id"]].append(row)
    cards = sum(1 for lines in receipts.values() if lines[0]["customer_id"]) if _for_cards(rule) else 0
    guests = _Cards(rule) if cards else _Everybody(rule)
    hit = cents = turnover = 0
    for lines in receipts.values():
        basket = _past(lines)
        turnover += sum(line.unit_cents * line.quantity // ONE for line in basket.lines)
        guest = guests.guest(lines[0])
        if guest is None:
            continue
        given = [use for line in apply(basket, [guests.rule], guest).lines for use in uses(line)]
        saved = sum(one[1] for one in given)
        guests.note(lines, sum(one[2] for one in given))
        cents += saved
        hit += saved > 0
    return Preview(len(receipts), hit, cents, turnover, cards or None)


def _for_cards(rule: Promotion) -> bool:
    needs = rule.card or rule.customers or rule.occasion or rule.from_points or rule.points
    return bool(needs) or rule.kind == "stamps"


class _Everybody:
    """Guests as if all had a card and all it takes."""

    def __init__(self, rule: Promotion) -> None:
        self.rule = replace(rule, points=0, from_points=0, customers="", occasion="", code="")

    def guest(self, row: Mapping[str, Any]) -> Guest | None:
        return Guest(at=_local(row), card=True, stamps={self.rule.id: self.rule.count})

    def note(self, lines: Rows, free: int) -> None:
        pass


@dataclass(slots=True)
class _Cards:
    """The guests there were; `stamps` as their cards would have filled."""

    rule: Promotion
    stamps: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _people: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rule = replace(self.rule, points=0, from_points=0, code="")
        self._people = {row["id"]: row for row in fetch(_PEOPLE)}

    def guest(self, row: Mapping[str, Any]) -> Guest | None:
        person = self._people.get(row["customer_id"])
        if person is None:
            return None
        at = _local(row)
        return Guest(
            at=at, card=True, group=person["group_id"], birthday=near_birthday(person["birthday"], at.date()),
            welcome=person["first"] == row["recorded_at"], stamps={self.rule.id: self.stamps[person["id"]]},
        )  # fmt: skip

    def note(self, lines: Rows, free: int) -> None:
        if self.rule.kind == "stamps":
            gained = sum(pieces(self.rule, row) for row in lines) - free
            self.stamps[lines[0]["customer_id"]] += gained - free * self.rule.count


def _local(row: Mapping[str, Any]) -> datetime:
    return moment(row["recorded_at"]).astimezone(ZONE)


def _past(rows: Sequence[Mapping[str, Any]]) -> Basket:
    lines = tuple(
        Line(
            id=str(row["position"]), text=row["text"], quantity=row["quantity"], unit_cents=row["unit_cents"],
            vat_key_in=row["vat_key"], vat_key_out=row["vat_key"], in_house=True, article_id=row["article_id"],
            group_id=row["group_id"], unit=row["unit"],
        )
        for row in rows
    )  # fmt: skip
    return Basket(id="past", lines=lines)
