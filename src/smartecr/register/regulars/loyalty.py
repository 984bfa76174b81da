"""Promotions, points and stamps at the till: what a guest gets, collects, spends, gives back.

A ledger of entries per receipt, written in its transaction; a balance is their sum. A card lies on one open basket at a
time and its row is locked while a receipt spends from it, so no two tills spend the same points. Where the shop has no
promotions nothing is computed and nothing asked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any

from smartecr.catalog import tiles
from smartecr.core.basket import Basket
from smartecr.core.kinds import DISCOUNT, TURNOVER
from smartecr.core.promotions import KINDS, Guest, Promotion, apply, uses
from smartecr.core.quantity import ONE
from smartecr.core.receipt import ReceiptContent
from smartecr.register.errors import RegisterError
from smartecr.register.journal import canonical
from smartecr.register.ledger import Writer, writing
from smartecr.register.regulars import guests
from smartecr.register.rights import require
from smartecr.register.sale.returns import Share
from smartecr.register.shop import remembered
from smartecr.register.till import ZONE, Till, moment
from smartecr.sql import fetch, on_postgresql, select
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right

POINTS = "points"
BIRTHDAY_DAYS = 7
"""A birthday is kept for so many days before and after."""

_DEFAULTS = {one.name: one.default for one in fields(Promotion)}
_TUPLES = ("articles", "groups", "partners")


def rules(till: Till) -> tuple[Promotion, ...]:
    """Return the promotions in force, in the shop's order; read once, and again after a change."""
    if till.promotions is None:
        till.promotions = tuple(rule for rule, active in every() if active)
    found: tuple[Promotion, ...] = till.promotions
    return found


def every() -> list[tuple[Promotion, bool]]:
    """Return all promotions with whether they are in force, in the shop's order."""
    rows = fetch("SELECT id, data, active FROM customers_promotion ORDER BY position, id")
    return [(_rule(row["id"], json.loads(row["data"])), bool(row["active"])) for row in rows]


def _rule(key: str, data: Mapping[str, Any]) -> Promotion:
    values: dict[str, Any] = {name: tuple(value) if name in _TUPLES else value for name, value in data.items()}
    return Promotion(id=key, **values)


def save(till: Till, actor: Actor, rule: Promotion, *, active: bool = True) -> None:
    """Write a promotion. Raises RegisterError naming the field in its code, or ("right")."""
    note = require(actor, None, Right.CUSTOMERS)
    check(rule)
    data = {
        name: list(value) if name in _TUPLES else value
        for name, value in asdict(rule).items()
        if name != "id" and value != _DEFAULTS[name]
    }
    with writing(till, actor) as writer:
        known = select("SELECT position FROM customers_promotion WHERE id = %s", [rule.id])
        (newest,) = select("SELECT coalesce(max(position), 0) FROM customers_promotion")
        position = known[0][0] if known else newest[0] + 1
        row = {"id": rule.id, "position": position, "data": canonical(data), "active": active}
        writer.append("promotion_saved", {"promotion": row, **note})
        tiles.bump()
    remembered.forget(till)


def check(rule: Promotion) -> None:
    """Raise RegisterError for a promotion that could never be meant so."""
    if not 0 < len(rule.name.strip()) <= 60:
        raise RegisterError("name", "Eine Aktion braucht einen Namen bis 60 Zeichen.", "Er steht auf dem Bon.")
    if rule.kind not in KINDS:
        raise RegisterError("kind", "Diese Art von Aktion gibt es nicht.")
    if rule.kind == "percent" and not 0 < rule.value <= 10_000:
        raise RegisterError("value", "Ein Rabatt liegt über 0 % und bei höchstens 100 %.")
    for field, cents in (("value", rule.value), ("least", rule.from_cents)):
        if cents < 0:
            raise RegisterError(field, "Der Betrag ist negativ.", "Ohne Minus eintippen.")
    if rule.kind == "n_for_m" and not 0 < rule.value < rule.count <= 99:
        raise RegisterError(
            "count", "Bezahlt werden weniger Stück, als man bekommt.", "Beispiel: 3 bekommen, 2 bezahlen."
        )
    if rule.kind == "stamps" and not 2 <= rule.count <= 99:
        raise RegisterError("count", "Eine Stempelkarte hat 2 bis 99 Stempel.", "Beispiel: 9, das zehnte ist frei.")
    if rule.kind in ("amount", "combo", "earn") and not rule.value:
        raise RegisterError("value", "Der Betrag fehlt.", "Betrag eintippen.")
    if rule.kind == "combo" and not (rule.partners and (rule.groups or rule.articles)):
        raise RegisterError("groups", "Ein Paar braucht zwei Warengruppen.", "Beide wählen.")
    if rule.start and rule.end and rule.end <= rule.start:
        raise RegisterError("end", "Die Zeit endet, bevor sie beginnt.", "Über Mitternacht: zwei Aktionen.")
    if rule.first and rule.last and rule.last < rule.first:
        raise RegisterError("last", "Der letzte Tag liegt vor dem ersten.", "Die Tage prüfen.")


def accounts(customer_id: str) -> dict[str, int]:
    """Return what lies on a customer's accounts: points, and stamps by promotion."""
    sql = "SELECT account, sum(amount) FROM customers_entry WHERE customer_id = %s GROUP BY account"
    return {account: int(amount) for account, amount in select(sql, [customer_id])}


def guest_of(shown: Mapping[str, Any], at: datetime, extra: Mapping[str, int] | None = None) -> Guest:
    """Return who buys, from what was shown for a basket; `at` is local, `extra` are stamps of earlier receipts."""
    codes = frozenset(shown.get("codes", ()))
    customer = guests.find(shown["customer"]) if shown.get("customer") else None
    if customer is None or not customer.secret:
        return Guest(at=at, codes=codes, stamps=dict(extra or {}))
    lying = accounts(customer.id)
    ever = select(
        "SELECT coalesce(sum(amount), 0) FROM customers_entry WHERE customer_id = %s AND account = 'points' "
        "AND amount > 0",
        [customer.id],
    )
    visited = select("SELECT 1 FROM customers_visit WHERE customer_id = %s LIMIT 1", [customer.id])
    return Guest(
        at=at, card=True, group=customer.group_id, birthday=near_birthday(customer.birthday, at.date()),
        welcome=not visited, codes=codes, rewards=frozenset(shown.get("rewards", ())), points=lying.get(POINTS, 0),
        ever=int(ever[0][0]),
        stamps={key: lying.get(key, 0) + (extra or {}).get(key, 0) for key in {*lying, *(extra or {})} - {POINTS}},
    )  # fmt: skip


def near_birthday(birthday: str, day: date) -> bool:
    """Tell whether a kept birthday lies within a week of `day`."""
    if not birthday:
        return False
    month, number = int(birthday[-5:-3]), int(birthday[-2:])
    for year in (day.year - 1, day.year, day.year + 1):
        try:
            kept = date(year, month, number)
        except ValueError:
            kept = date(year, 2, 28)
        if abs((kept - day).days) <= BIRTHDAY_DAYS:
            return True
    return False


def fitted(till: Till, basket: Basket, row: Mapping[str, Any], at: str) -> Basket:
    """Return the basket with the best promotions on it; `row` is its row, `at` UTC text."""
    known = rules(till)
    if not known and not any(line.promotion for line in basket.lines):
        return basket
    shown = json.loads(row["guest"]) if row.get("guest") else {}
    extra = stamps_of(shown.get("receipts", ()), known)
    return apply(basket, known, guest_of(shown, moment(at).astimezone(ZONE), extra))


def stamps_of(receipt_ids: Sequence[str], known: Sequence[Promotion]) -> dict[str, int]:
    """Return the stamps that receipts without a card would have given, by promotion."""
    stamps: dict[str, int] = {}
    for receipt_id in receipt_ids:
        rows = fetch(
            "SELECT group_id, article_id, quantity, unit, gv_typ FROM register_receipt_line WHERE receipt_id = %s",
            [receipt_id],
        )
        for rule in known:
            if rule.kind == "stamps":
                stamps[rule.id] = stamps.get(rule.id, 0) + sum(pieces(rule, row) for row in rows)
    return stamps


def pieces(rule: Promotion, row: Mapping[str, Any]) -> int:
    """Return how many pieces of a line a stamp card counts."""
    inside = not (rule.groups or rule.articles) or row["group_id"] in rule.groups or row["article_id"] in rule.articles
    if row["gv_typ"] != TURNOVER or not inside or row["quantity"] <= 0:
        return 0
    return 1 if row["unit"] or row["quantity"] % ONE else row["quantity"] // ONE


def take(writer: Writer, shown: dict[str, Any], basket: Basket, content: ReceiptContent) -> dict[str, Any]:
    """Return what the receipt writes down for its guest: card, entries, receipts that have counted.

    Raises RegisterError("points") when less lies on the card than is spent; nothing is recorded then.
    """
    known = {rule.id: rule for rule in rules(writer.till)}
    given = [use for line in basket.lines if not line.voided for use in uses(line)]
    collected = _collected(known, given, content)
    spent = _spent(known, given, shown)
    extra = stamps_of(shown.get("receipts", ()), list(known.values()))
    customer = _still_known(shown.get("customer", ""))
    counted = list(shown.get("receipts", ())) if customer or any(key in spent for key in extra) else []
    if not customer:
        return {"counted": counted} if counted else {}
    changes = {
        key: collected.get(key, 0) - spent.get(key, 0) + extra.get(key, 0) for key in {*collected, *spent, *extra}
    }
    if spent:
        _covered(customer, spent, extra)
    entries = sorted((key, amount) for key, amount in changes.items() if amount)
    return {"customer": customer, "entries": entries, **({"counted": counted} if counted else {})}


def _still_known(customer_id: str) -> str:
    """Return the customer, "" for one erased while the card lay on the basket: nothing more is kept of them."""
    guest = guests.find(customer_id) if customer_id else None
    return guest.id if guest is not None and guest.secret else ""


def _collected(
    known: Mapping[str, Promotion], given: Sequence[tuple[str, int, int]], content: ReceiptContent
) -> dict[str, int]:
    bought = sum(line.amount_cents for line in content.lines if line.gv_typ in (TURNOVER, DISCOUNT))
    found: dict[str, int] = {}
    for rule in known.values():
        if rule.kind == "earn":
            found[POINTS] = found.get(POINTS, 0) + max(0, bought) // rule.value
        elif rule.kind == "stamps":
            rows = [line._asdict() for line in content.lines]
            free = sum(pieces for key, _cents, pieces in given if key == rule.id)
            found[rule.id] = max(0, sum(pieces(rule, row) for row in rows) - free)
    return found


def _spent(
    known: Mapping[str, Promotion], given: Sequence[tuple[str, int, int]], shown: Mapping[str, Any]
) -> dict[str, int]:
    found: dict[str, int] = {}
    for key in dict.fromkeys(use[0] for use in given):
        rule = known.get(key)
        if rule is None:
            continue
        if rule.kind == "stamps":
            found[key] = rule.count * sum(pieces for one, _cents, pieces in given if one == key)
        elif rule.points and key in shown.get("rewards", ()):
            found[POINTS] = found.get(POINTS, 0) + rule.points
    return found


def _covered(customer_id: str, spent: Mapping[str, int], extra: Mapping[str, int]) -> None:
    if on_postgresql():
        select("SELECT id FROM customers_customer WHERE id = %s FOR UPDATE", [customer_id])
    lying = accounts(customer_id)
    if any(lying.get(key, 0) + extra.get(key, 0) < amount for key, amount in spent.items()):
        raise RegisterError("points", "Auf der Karte liegt nicht mehr genug dafür.", "Die Karte neu auflegen.")


def given_back(original_id: str, share: Share) -> dict[str, Any]:
    """Return what a refund writes down for the guest of a receipt: the opposite, as far as `share` of it goes back.

    An earlier receipt that counted as a stamp counts again once all of this one has gone back.
    """
    visits = select("SELECT customer_id FROM customers_visit WHERE receipt_id = %s", [original_id])
    tokens = select("SELECT receipt_id FROM customers_token WHERE counted_on = %s ORDER BY receipt_id", [original_id])
    everything = share.after >= share.total
    back: dict[str, Any] = {"uncounted": [row[0] for row in tokens]} if tokens and everything else {}
    if visits:
        rows = select(
            "SELECT account, amount FROM customers_entry WHERE receipt_id = %s ORDER BY account", [original_id]
        )
        entries = [(account, -(amount if not share.total else share.of(amount))) for account, amount in rows]
        back |= {"customer": visits[0][0], "entries": [entry for entry in entries if entry[1]]}
    return back


def explain(receipt_id: str) -> list[tuple[str, int, int]]:
    """Return what a receipt changed on its guest's accounts: (account, amount, what lay there afterwards)."""
    rows = fetch("SELECT account, amount, customer_id FROM customers_entry WHERE receipt_id = %s", [receipt_id])
    found = []
    for row in sorted(rows, key=lambda one: str(one["account"])):
        (total,) = select(
            "SELECT coalesce(sum(e.amount), 0) FROM customers_entry e JOIN register_receipt r ON r.id = e.receipt_id "
            "JOIN register_receipt own ON own.id = %s WHERE e.customer_id = %s AND e.account = %s AND "
            "(r.recorded_at < own.recorded_at OR r.recorded_at = own.recorded_at AND r.number <= own.number)",
            [receipt_id, row["customer_id"], row["account"]],
        )
        found.append((str(row["account"]), int(row["amount"]), int(total[0])))
    return found
