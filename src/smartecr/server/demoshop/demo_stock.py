"""The demo shop's stockroom: what its shelves keep, who delivers on which day, what breaks, what a count finds.

Postcards come without a delivery note: the books run below zero until somebody counts.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from smartecr.catalog import rows, stockbook
from smartecr.catalog.models import Article, StockMove
from smartecr.core import moments
from smartecr.core.quantity import ONE
from smartecr.core.records import dataclass
from smartecr.register.shop import masterdata, stock
from smartecr.register.shop.stockfacts import GOODS_IN, OWN_USE, WASTE
from smartecr.register.till import Till
from smartecr.staff.actor import Actor

FARM, PAPER, ROASTER, NOBODY = "Hof Lindenwehr", "Papier & Präsent", "Rösterei", ""
DELIVERIES = {1: FARM, 3: PAPER, 4: ROASTER}
"""Who delivers on which day of the week (Monday 0)."""


class Kept(NamedTuple):
    """The least that should lie there and what it is filled up to, in pieces or kilograms; who brings it."""

    least: int
    full: int
    supplier: str

    @property
    def columns(self) -> dict[str, Any]:
        """Return what stands at the article."""
        return {"stocked": True, "stock_min": self.least * ONE, "stock_full": self.full * ONE}


KEPT = {
    "708": Kept(4, 12, ROASTER), "709": Kept(4, 12, ROASTER), "801": Kept(12, 30, FARM), "802": Kept(14, 36, ROASTER),
    "804": Kept(10, 24, FARM), "806": Kept(12, 30, FARM), "807": Kept(4, 10, FARM), "809": Kept(4, 12, FARM),
    "810": Kept(3, 8, FARM), "811": Kept(3, 10, FARM), "1001": Kept(4, 10, PAPER), "1007": Kept(10, 20, NOBODY),
    "1101": Kept(5, 14, PAPER), "1102": Kept(8, 20, PAPER), "1103": Kept(4, 12, PAPER), "1105": Kept(12, 30, ROASTER),
}  # fmt: skip
"""By the article's number."""
POSTCARDS, EGGS, CHEESE, BEANS = "1007", "806", "807", "802"
MISSING = ("801", "1102", "1105")
"""Of these a count may find one less than the books say."""


PLANNED, PLANNED_CENTS = "804", 520
"""An article with another price from next week on: its label is due."""


def plan_price(till: Till, actor: Actor, today: date) -> None:
    """Plan the price of `PLANNED` from the Monday after next weekend on."""
    article = Article.objects.values().get(number=PLANNED)
    monday = today + timedelta(days=7 - today.weekday() + (7 if today.weekday() > 4 else 0))
    begins = moments.read(f"{monday} 06:00")
    values = {"id": till.new_id(), "level": 1, "cents": PLANNED_CENTS, "begins": begins, "ends": ""}
    masterdata.save_articles(till, actor, [rows.price_row(values, article)])


@dataclass(slots=True)
class Stockroom:
    """Books what comes and goes besides sales, and counts on the days of `counted`.

    `articles` are ids by number; the story follows from `seed`.
    """

    till: Till
    crew: Mapping[str, Actor]
    articles: Mapping[str, str]
    seed: int
    counted: frozenset[date]

    def morning(self, day: date) -> None:
        """Unpack what is delivered today; on the first day of all, fill the shelves."""
        supplier = DELIVERIES.get(day.weekday())
        if not StockMove.objects.exists():
            self._move(GOODS_IN, {key: kept.full * ONE for key, kept in self._kept().items()}, "Anfangsbestand")
        elif supplier:
            mine = {key: kept for key, kept in self._kept().items() if kept.supplier == supplier}
            lying = stockbook.balances(mine)
            came = {key: kept.full * ONE - lying.get(key, 0) for key, kept in mine.items()}
            few = {key: came[key] // ONE * ONE for key, kept in mine.items() if came[key] * 2 >= kept.full * ONE}
            self._move(GOODS_IN, few, f"{supplier}, Lieferschein {day:%y%m%d}")

    def evening(self, day: date) -> None:
        """Book what broke, dried up or went into the shop's own cups; on some days count."""
        chance = random.Random(f"{self.seed} Lager {day}")
        for likely, number, kind, quantity, note in (
            (0.3, EGGS, WASTE, chance.choice((1, 1, 2)) * ONE, "Bruch"),
            (0.2, CHEESE, WASTE, chance.randrange(80, 260, 5), "Verderb"),
            (0.35, BEANS, OWN_USE, chance.choice((1, 2)) * ONE, "Für die Mühle im Laden"),
        ):
            if chance.random() < likely and number in self.articles:
                self._move(kind, {self.articles[number]: quantity}, note)
        if day in self.counted:
            self._count(chance)

    def _count(self, chance: random.Random) -> None:
        numbers = {key: number for number, key in self.articles.items()}
        seen = dict.fromkeys(self._kept(), 0) | stockbook.balances(self._kept())
        counted = {}
        for key, lying in seen.items():
            found = lying - ONE if numbers[key] in MISSING and chance.random() < 0.5 else lying
            if numbers[key] == POSTCARDS:
                found = chance.randint(8, 12) * ONE
            counted[key] = max(found, 0)
        if counted:
            stock.count(self.till, self.crew["Murat"], self.till.new_id(), seen, counted, "Zählung nach Ladenschluss")

    def _kept(self) -> dict[str, Kept]:
        """Return what is kept in stock by id; a shop of an earlier version may keep less."""
        stocked = set(Article.objects.filter(stocked=True).values_list("id", flat=True))
        return {key: kept for number, kept in KEPT.items() if (key := self.articles.get(number, "")) in stocked}

    def _move(self, kind: str, quantities: Mapping[str, int], note: str) -> None:
        known = {key: quantity for key, quantity in quantities.items() if key in self._kept()}
        if known:
            stock.move(self.till, self.crew["Murat"], self.till.new_id(), kind, known, note)
