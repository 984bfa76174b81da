"""Articles by what they bring: ABC classes, slow movers, margins. Pure.

Class A are the articles, best first, that together bring the first 80 % of the revenue, B those up to 95 %, C the rest
(an article belongs to the class in which its share begins).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field

from smartecr.core.money import round_half_up
from smartecr.core.records import dataclass
from smartecr.core.vat import split_gross
from smartecr.insights.asking import ArticleRow
from smartecr.insights.measure import REVENUE

A_UP_TO, B_UP_TO = 80, 95


@dataclass(slots=True)
class Selling:
    """An article or a group over a stretch, all its rows together. `key` is the article's id, else the group's.

    `margin_cents` is what stays of the net revenue with known cost after that cost; `known` the gross it is known for.
    """

    key: str
    name: str
    number: str
    group_id: str
    group_name: str
    quantity: int = 0
    revenue_cents: int = 0
    discount_cents: int = 0
    in_house_cents: int = 0
    to_go_cents: int = 0
    known_cents: int = 0
    known_net_cents: int = 0
    cost_cents: int = 0
    letter: str = field(default="C")

    @property
    def margin_cents(self) -> int | None:
        """Return the Rohertrag as far as costs are known, None where none is."""
        return self.known_net_cents - self.cost_cents if self.known_cents else None

    @property
    def margin_bp(self) -> int | None:
        """Return the Rohertrag in basis points of the net revenue it is known for."""
        if self.margin_cents is None or self.known_net_cents <= 0:
            return None
        return round_half_up(10_000 * self.margin_cents, self.known_net_cents)

    def add(self, row: ArticleRow) -> None:
        """Add one row of the same article or group."""
        self.quantity += row.quantity
        self.revenue_cents += row.revenue_cents
        self.discount_cents += row.discount_cents
        self.in_house_cents += row.revenue_cents if row.in_house == "y" else 0
        self.to_go_cents += row.revenue_cents if row.in_house == "n" else 0
        self.known_cents += row.costed_cents
        self.known_net_cents += split_gross(row.costed_cents, row.rate_bp)[0]
        self.cost_cents += row.cost_cents


def selling(rows: Iterable[ArticleRow], *, by_group: bool = False) -> list[Selling]:
    """Return articles (or groups) with revenue, best first, with their ABC letter.

    Amounts rung up on a group alone, and discounts on whole baskets, have no article: their key is their group's, or
    empty.
    """
    found: dict[tuple[str, str], Selling] = {}
    for row in rows:
        if row.gv_typ not in REVENUE:
            continue
        place = ("", row.group_id) if by_group or not row.article_id else (row.article_id, "")
        one = found.get(place)
        if one is None:
            name = row.name if place[0] else row.group_name
            number = row.number if place[0] else ""
            one = found[place] = Selling(place[0] or place[1], name, number, row.group_id, row.group_name)
        one.add(row)
    ordered = sorted(found.values(), key=lambda one: (-one.revenue_cents, one.name))
    _letter(ordered)
    return ordered


def _letter(ordered: Sequence[Selling]) -> None:
    whole = sum(one.revenue_cents for one in ordered if one.revenue_cents > 0)
    begun = 0
    for one in ordered:
        if one.revenue_cents > 0:
            one.letter = "A" if begun * 100 < A_UP_TO * whole else "B" if begun * 100 < B_UP_TO * whole else "C"
            begun += one.revenue_cents


def class_a(ordered: Sequence[Selling]) -> int:
    """Return how many articles bring the first 80 %."""
    return sum(1 for one in ordered if one.letter == "A")
