"""A day at the demo shop, as a story told to the till: who comes when, what they buy, how they pay, what goes wrong."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from smartecr.core.cash import pieces, sensible_notes
from smartecr.core.receipt import Payment
from smartecr.core.records import dataclass
from smartecr.register import queries
from smartecr.register.books import closing
from smartecr.register.cashdesk import cash
from smartecr.register.sale import paying, refunding, selling
from smartecr.register.till import ZONE, Till
from smartecr.server.demoshop import demo_guests
from smartecr.server.demoshop.demo_guests import Regular
from smartecr.server.demoshop.demo_loyalty import Comers, Moment, open_vouchers
from smartecr.server.demoshop.demo_stock import Stockroom
from smartecr.staff.actor import Actor

FLOAT = 200_00
"""What stays in the drawer overnight, in cents."""

GUESTS = (92, 98, 104, 110, 128, 168, 150)
"""Guests on an ordinary day, Monday first."""

SEASON = {1: 88, 2: 92, 3: 96, 4: 100, 5: 104, 6: 102, 7: 96, 8: 92, 9: 98, 10: 102, 11: 100, 12: 112}
"""Guests by month, in percent: a slow January, a full December, a shop half on holiday in August."""

FAIRS = {(6, 2): 165, (9, 1): 140}
"""The Saturdays of the year when the street celebrates (month and which one), with its guests in percent."""

HOT, COLD_MONTHS = (6, 7, 8), (11, 12, 1, 2)
"""Months in which twice as many want something cold, and something warm from the teapot."""

CLOSED = ((12, 25), (12, 26), (1, 1))
"""Month and day of holidays without business."""

WEAKNESS = 0.06
"""On weak days: how often Murat, alone in the afternoon, takes a guest's cash and gives the receipt up."""

RUSH = {7: 13, 8: 22, 9: 19, 10: 12, 11: 9, 12: 12, 13: 10, 14: 10, 15: 14, 16: 11, 17: 7, 18: 3}
"""How many of a hundred guests come in which hour."""

Errand = Regular | str | None
"""What brings a guest: a card, the code of a voucher, the number of a voucher to give away, or the day's wishes."""

COFFEE = {"101": 5, "104": 12, "105": 6, "106": 5, "107": 7, "108": 8, "102": 2, "109": 2, "112": 3}
TEA = {"201": 3, "202": 2, "203": 3, "204": 3, "208": 2, "212": 1}
BAKERY = {"301": 9, "302": 8, "303": 5, "305": 4, "306": 6, "308": 3, "310": 4, "312": 2, "314": 2}
BREAKFAST = {"401": 5, "402": 3, "403": 4, "404": 3, "405": 4, "407": 2, "408": 4, "410": 4}
CAKE = {"501": 8, "502": 5, "503": 5, "504": 4, "506": 4, "507": 2, "509": 1}
COLD = {"601": 5, "602": 4, "603": 3, "604": 5, "606": 3, "608": 3, "609": 2, "605": 2}
WINE = {"701": 4, "702": 3, "704": 2, "705": 3, "706": 2, "707": 4}
SHOP = {
    "801": 4,
    "802": 5,
    "804": 3,
    "806": 4,
    "808": 3,
    "1001": 1,
    "1005": 5,
    "1007": 4,
    "1101": 1,
    "1102": 2,
    "1105": 3,
}

HABITS: dict[str, tuple[dict[str, int], ...]] = {
    "to go": (COFFEE, BAKERY),
    "baker": (BAKERY, BAKERY),
    "breakfast": (BREAKFAST, COFFEE, BREAKFAST, COFFEE),
    "coffee": (COFFEE,),
    "tea": (TEA, CAKE),
    "cake": (COFFEE, CAKE, COFFEE, CAKE),
    "lunch": (BREAKFAST, COLD),
    "cold": (COLD,),
    "evening": (WINE, WINE),
    "shop": (SHOP, SHOP),
}
TIMES: tuple[tuple[int, dict[str, int]], ...] = (
    (10, {"to go": 9, "baker": 6, "breakfast": 4, "coffee": 4, "shop": 1}),
    (14, {"to go": 3, "breakfast": 4, "lunch": 6, "coffee": 4, "cold": 2, "shop": 3, "baker": 2}),
    (17, {"cake": 9, "coffee": 5, "tea": 4, "cold": 2, "shop": 4, "to go": 1}),
    (24, {"evening": 6, "cold": 3, "shop": 4, "coffee": 2, "baker": 3}),
)
"""What guests come for, up to which hour."""

ERRANDS = ("Milch nachgekauft", "Blumen vom Markt", "Porto", "Trinkgeld Lieferdienst", "Putzmittel")
DIFFERENCES = ("Wechselgeld verzählt", "Beim Zählen gefehlt", "Zu viel herausgegeben")


def _pick(story: random.Random, weights: Mapping[str, int]) -> str:
    return story.choices(list(weights), list(weights.values()))[0]


@dataclass(slots=True)
class Story:
    """Tells days to `till`. `turn_to` sets the clock (UTC), `crew` are people by name, `articles` ids by number.

    On the days in `weak` somebody helps himself; the figures of the office are there to find it. `lived` says of each
    day how much of the history is over, in percent: by that the regulars become more. On the days in `counted` somebody
    counts the stock.
    """

    till: Till
    turn_to: Callable[[datetime], None]
    crew: Mapping[str, Actor]
    articles: Mapping[str, str]
    seed: int
    weak: frozenset[date] = frozenset()
    lived: Mapping[date, int] = field(default_factory=dict)
    counted: frozenset[date] = frozenset()
    _comers: Comers = field(init=False)
    _stockroom: Stockroom = field(init=False)
    _random: random.Random = field(init=False)
    _last_sale: str = field(init=False, default="")

    def __post_init__(self) -> None:
        """Know who comes back, and the stockroom."""
        self._comers = Comers(self.till)
        self._stockroom = Stockroom(self.till, self.crew, self.articles, self.seed, self.counted)

    def live(self, day: date, until: datetime | None = None) -> int:
        """Live through one day from opening to its Z closing, or until a moment; return the number of sales."""
        self._random = random.Random(f"{self.seed} {day}")
        self._last_sale = ""
        self._at(day, 6, 40)
        self._stockroom.morning(day)
        self._at(day, 6, 45)
        if queries.cash_stock(self.till) == 0 and not queries.last_receipt(self.till):
            cash.move(self.till, self.crew["Murat"], self.till.new_id(), cash.FLOAT, FLOAT, "")
        guests = [guest for guest in self._guests(day) if until is None or self._moment(day, *guest[0]) < until]
        sales = 0
        for (hour, minute, second), errand in guests:
            self._at(day, hour, minute, second)
            if errand is None and day in self.weak and 13 <= hour < 17 and self._random.random() < WEAKNESS:
                self._weak_moment(day, hour)
                continue
            sales += 1
            self._guest(day, hour, errand)
            if self._random.random() < 0.012:
                self._incident()
        if until is None:
            self._at(day, 19, 5)
            self._stockroom.evening(day)
            self._at(day, 19, 10)
            self._close()
        return sales

    def _at(self, day: date, hour: int, minute: int = 0, second: int = 0) -> None:
        self.turn_to(self._moment(day, hour, minute, second))

    def _moment(self, day: date, hour: int, minute: int, second: int) -> datetime:
        return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=ZONE).astimezone(UTC)

    def _pass(self, low: int, high: int) -> None:
        self.turn_to(self.till.clock() + timedelta(seconds=self._random.randint(low, high)))

    def _guests(self, day: date) -> list[tuple[Moment, Errand]]:
        """Return when the day's guests come, in order, and what brings them."""
        usual = GUESTS[day.weekday()] * SEASON[day.month] / 100 * (1 + 0.25 * (self._random.random() - 0.5))
        if day.weekday() == 5:
            usual *= FAIRS.get((day.month, (day.day + 6) // 7), 100) / 100
        found: list[tuple[Moment, Errand]] = list(self._comers.due(self._random, day, self.lived.get(day, 100)))
        found += [(self._time(), one) for one in self._with_vouchers(day)]
        found += [(self._time(), None) for _ in range(round(usual) - len(found))]
        return sorted(found, key=lambda one: one[0])

    def _time(self) -> Moment:
        hour = self._random.choices(list(RUSH), list(RUSH.values()))[0]
        return hour, self._random.randrange(60), self._random.randrange(60)

    def _with_vouchers(self, day: date) -> Iterator[str]:
        """Yield whole codes of vouchers brought along, and numbers of voucher articles wanted."""
        for one in open_vouchers(day):
            if self._random.random() < 0.05:
                yield one.code
        often = demo_guests.VOUCHERS_A_DAY.get(day.month, 0.33)
        for _ in range(int(often) + (self._random.random() < often % 1)):
            yield _pick(self._random, demo_guests.VOUCHERS)

    def _on_duty(self, hour: int) -> Actor:
        if hour < 13:
            return self.crew["Jana"]
        return self.crew["Murat"] if hour < 17 else self.crew["Christine"]

    def _run(self, actor: Actor, *commands: dict[str, Any]) -> list[selling.Outcome]:
        """Send commands; the manager approves what needs it."""
        whole = [{"id": self.till.new_id(), **command} for command in commands]
        outcomes = selling.run(self.till, actor, whole, approver=self.crew["Murat"])
        refused = [outcome for outcome in outcomes if not outcome.ok]
        if refused:
            raise RuntimeError(f"the till refused a line of the demo: {refused[0].message}")
        return outcomes

    def _guest(self, day: date, hour: int, errand: Errand) -> None:
        actor = self._on_duty(hour)
        if isinstance(errand, str) and errand in self.articles:
            self._sell_voucher(actor, errand)
        elif isinstance(errand, str):
            self._redeem(actor, errand)
        else:
            self._sell(day, hour, actor, errand)

    def _sell(self, day: date, hour: int, actor: Actor, comer: Regular | None) -> None:
        habit = comer.habit if comer else self._habit(day, hour)
        commands = self._wishes(habit)
        if comer:
            commands += self._with_card(actor, comer)
        if habit in ("to go", "baker", "shop") or self._random.random() < 0.15:
            commands.insert(1, {"do": "in_house", "value": False})
        outcomes = [outcome for outcome in self._run(actor, *commands) if outcome.line_id]
        self._pass(4, 30)
        chance = self._random.random()
        if comer:
            pass
        elif chance < 0.03 and len({outcome.line_id for outcome in outcomes}) > 1:
            self._run(actor, {"do": "void", "line": outcomes[-1].line_id})
        elif chance < 0.05:
            self._run(actor, {"do": "discount", "kind": "percent", "value": 1000, "reason": "Treuerabatt"})
        elif chance < 0.06:
            line = outcomes[0].line_id
            self._run(actor, {"do": "discount_line", "line": line, "kind": "amount", "value": 50, "reason": "Kulanz"})
        elif chance < 0.08:
            self._park(actor)
        elif chance < 0.1 and queries.current(self.till).priced.total_cents >= 10_00:
            self._run(actor, {"do": "coupon", "code": demo_guests.COUPON})
        self._pay(actor)

    def _habit(self, day: date, hour: int) -> str:
        """Return what somebody comes for at an hour, by the season."""
        weights = next(weights for end, weights in TIMES if hour < end)
        more = "cold" if day.month in HOT else "tea" if day.month in COLD_MONTHS else ""
        return _pick(self._random, {name: weight * (2 if name == more else 1) for name, weight in weights.items()})

    def _with_card(self, actor: Actor, comer: Regular) -> list[dict[str, Any]]:
        """Return what lays a regular's card on the ticket, and now and then a piece of cake for the points."""
        customer = self._comers.card(actor, comer)
        reward = self._comers.reward(customer) if self._random.random() < 0.6 else None
        card: list[dict[str, Any]] = [{"do": "guest", "customer": customer}]
        if reward is None:
            return card
        cake = {"do": "article", "article": self.articles[_pick(self._random, CAKE)], "quantity": 1000}
        return [*card, cake, {"do": "reward", "promotion": reward.id}]

    def _sell_voucher(self, actor: Actor, number: str) -> None:
        command: dict[str, Any] = {"do": "article", "article": self.articles[number], "quantity": 1000}
        if number == "1112":
            command["cents"] = self._random.choice((15_00, 25_00, 30_00, 50_00))
        self._run(actor, command)
        self._pay(actor)

    def _redeem(self, actor: Actor, code: str) -> None:
        """Let somebody eat from a voucher, whole or in part; a voucher for bread buys bread."""
        self._run(actor, *self._wishes("baker"), *self._wishes(self._random.choice(("breakfast", "cake", "coffee"))))
        self._pass(4, 30)
        self._run(actor, {"do": "voucher", "code": code})
        self._pay(actor)

    def _weak_moment(self, day: date, hour: int) -> None:
        """Ring up, take the cash, give the receipt up, open the drawer for the change and something more."""
        murat = self.crew["Murat"]
        self._run(murat, *self._wishes(self._habit(day, hour)))
        self._pass(20, 60)
        self._run(murat, {"do": "discard"})
        self._pass(15, 90)
        cash.open_drawer(self.till, murat, self.till.new_id(), "Geld gewechselt")

    def _wishes(self, habit: str) -> list[dict[str, Any]]:
        """Return the commands that ring up what such a guest buys."""
        shelves = HABITS[habit]
        wanted = shelves[: self._random.choice((1, 2, 2, 3, len(shelves)))]
        commands: list[dict[str, Any]] = []
        for shelf in wanted:
            quantity = 1000 * self._random.choices((1, 2, 3, 4), (80, 14, 3, 3))[0]
            commands.append(
                {"do": "article", "article": self.articles[_pick(self._random, shelf)], "quantity": quantity}
            )
        if self._random.random() < 0.03:
            commands.append(
                {"do": "article", "article": self.articles["807"], "quantity": self._random.randint(150, 480)}
            )
        if self._random.random() < 0.02:
            cents = self._random.randint(18, 90) * 10
            commands.append({"do": "article", "article": self.articles["812"], "cents": cents})
        if self._random.random() < 0.02:
            commands.append({"do": "article", "article": self.articles["813"], "quantity": 1000})
        return [{**command, "age_ok": True} for command in commands]

    def _park(self, actor: Actor) -> None:
        """The guest forgot the purse: parked, and taken up again a minute later."""
        basket = queries.current(self.till).id
        self._run(actor, {"do": "park", "label": "holt Geld"})
        self._pass(30, 120)
        self._run(actor, {"do": "recall", "basket": basket})

    def _pay(self, actor: Actor) -> None:
        self._pass(5, 25)
        state = queries.current(self.till)
        total = state.priced.total_cents
        receipt_id = self.till.new_id()
        paying.pay(self.till, actor, state.id, receipt_id, [self._tendered(total)], total)
        if total > 0:
            self._last_sale = receipt_id

    def _tendered(self, total: int) -> Payment:
        if total > 0 and self._random.random() < 0.42:
            return Payment(kind="ECKarte" if self._random.random() < 0.85 else "Kreditkarte", cents=total)
        notes = sensible_notes(total)
        exact = total <= 0 or not notes or self._random.random() < 0.3
        return Payment(kind="Bar", cents=total if exact else self._random.choice(notes[:2]))

    def _incident(self) -> None:
        """Something out of the ordinary: a receipt taken back, an errand paid from the drawer, a look into it."""
        self._pass(10, 40)
        murat = self.crew["Murat"]
        kind = _pick(self._random, {"refund": 3, "errand": 4, "change": 3})
        if kind == "refund" and self._last_sale:
            refunding.refund(self.till, murat, self.till.new_id(), self._last_sale, "Falsch gebongt")
            self._last_sale = ""
        elif kind == "errand":
            cents = -min(self._random.randint(3, 25) * 100 + self._random.randrange(100), queries.cash_stock(self.till))
            cash.move(self.till, murat, self.till.new_id(), "Auszahlung", cents, self._random.choice(ERRANDS))
        elif kind == "change":
            cash.open_drawer(self.till, murat, self.till.new_id(), "Geld gewechselt")

    def _close(self) -> None:
        """Count the drawer and close the day; on some days it is some cents off."""
        owner = self.crew["Christine"]
        stock = queries.cash_stock(self.till)
        off = self._random.choice((-200, -50, -10, -5, -1, 2, 10, 50)) if self._random.random() < 0.3 else 0
        counted = max(stock + off, 0)
        closing.close_day(
            self.till,
            owner,
            self.till.new_id(),
            dict(pieces(counted)),
            reason=self._random.choice(DIFFERENCES) if counted != stock else "",
            kept_cents=min(FLOAT, counted),
        )
