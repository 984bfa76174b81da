"""Those who come back to the demo shop: when, what they bring along; the promotions and the vouchers they use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from random import Random

from smartecr.catalog.models import Group
from smartecr.core.promotions import Promotion
from smartecr.register.regulars import guests, loyalty, vouchers
from smartecr.register.till import Till
from smartecr.server.demoshop import demo_guests
from smartecr.server.demoshop.demo_guests import REGULARS, Regular
from smartecr.sql import fetch
from smartecr.staff.actor import Actor

Moment = tuple[int, int, int]
"""Hour, minute and second on the shop's clock."""

OPEN_MINUTES, CLOSE_MINUTES = 7 * 60, 18 * 60 + 55


def offer(till: Till, manager: Actor, articles: Mapping[str, str]) -> None:
    """Save the shop's promotions and its group of customers; `articles` are ids by number."""
    groups = dict(Group.objects.values_list("name", "id"))
    office = till.new_id()
    guests.save_group(till, manager, office, demo_guests.OFFICE, 1)
    for given in demo_guests.PROMOTIONS:
        rule = dict(given)
        rule["groups"] = tuple(groups[name] for name in rule.get("groups", ()))
        rule["articles"] = tuple(articles[number] for number in rule.get("articles", ()))
        if rule.get("customers"):
            rule["customers"] = office
        loyalty.save(till, manager, Promotion(id=till.new_id(), **rule))


class Comers:
    """The regulars of a shop that is open at `till`."""

    def __init__(self, till: Till) -> None:
        self.till = till
        self._known: dict[str, str] = {
            row["name"]: row["customer_id"] for row in fetch("SELECT customer_id, name FROM customers_person")
        }
        self._groups = {row["name"]: row["id"] for row in guests.groups()}
        self._rules = {rule.kind if not rule.points else "reward": rule for rule in loyalty.rules(till)}

    def due(self, chance: Random, day: date, lived: int) -> list[tuple[Moment, Regular]]:
        """Return who of them comes on a day, and when; `lived` is how much of the history is over, in percent."""
        found = []
        for one in REGULARS:
            if str(day.isoweekday()) in one.days and one.since <= lived and chance.random() * 100 < one.often:
                minute = round(chance.gauss(one.hour * 60 + 30, 25))
                minute = min(max(minute, OPEN_MINUTES), CLOSE_MINUTES)
                found.append(((minute // 60, minute % 60, chance.randrange(60)), one))
        return found

    def card(self, actor: Actor, one: Regular) -> str:
        """Return the id of somebody's card, who is enrolled when it is the first time."""
        if one.name not in self._known:
            values = {name: getattr(one, name) for name in ("name", "phone", "mail", "birthday", "note")}
            made = guests.save(self.till, actor, self.till.new_id(), values, self._groups.get(one.group, ""))
            self._known[one.name] = made.id
        return self._known[one.name]

    def reward(self, customer_id: str) -> Promotion | None:
        """Return the reward the points on a card are enough for."""
        rule = self._rules.get("reward")
        if rule is None or loyalty.accounts(customer_id).get(loyalty.POINTS, 0) < rule.points:
            return None
        return rule


def open_vouchers(before: date) -> list[vouchers.Voucher]:
    """Return the vouchers sold before a day with something left on them, in the order of their sale."""
    rows = fetch(
        "SELECT l.voucher FROM register_receipt_line l JOIN register_receipt r ON r.id = l.receipt_id "
        "AND r.type = 'Beleg' WHERE NOT (l.voucher = '') GROUP BY l.voucher "
        "HAVING sum(l.amount_cents) > 0 AND min(r.business_day) < %s ORDER BY min(r.number)",
        [before.isoformat()],
    )
    return [found for row in rows if (found := vouchers.find(row["voucher"])) is not None]
