"""What the till does with a customer's card: lay it on the open basket, take it off again."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from smartecr.catalog.lookup import by_ids
from smartecr.core.basket import Basket
from smartecr.core.promotions import coupon_code
from smartecr.register.errors import RegisterError
from smartecr.register.journal import canonical
from smartecr.register.regulars import guests, loyalty, tokens
from smartecr.register.sale.counter import Command, Counter
from smartecr.sql import on_postgresql, select


def of(row: Any) -> dict[str, Any]:
    """Return what guests have shown for the basket: customer (id), codes, rewards (promotions), receipts (ids)."""
    text = row.get("guest", "")
    return json.loads(text) if text else {}


def lay(counter: Counter, command_id: str, command: Command) -> str:
    """Lay a customer's card on the basket, by its "code" or the "customer" chosen; another one is replaced."""
    if "customer" in command:
        guest = guests.find(str(command["customer"]))
        if guest is None or not guest.secret:
            raise RegisterError("unknown", guests.UNKNOWN, "Nach dem Namen suchen oder neu anlegen.")
    else:
        guest = guests.by_code(str(command["code"]))
    before = of(counter.open.row) if counter.open else {}
    if before.get("customer") == guest.id:
        raise RegisterError("twice", "Diese Karte liegt schon auf dem Bon.")
    _only_here("customers_customer", guest.id, counter.open.id if counter.open else "")
    _change(counter, command_id, {**before, "customer": guest.id}, guest.price_level)
    return ""


def take_off(counter: Counter, command_id: str, _command: Command) -> str:
    """Take the card off the basket; prices go back to the ordinary ones."""
    before = of(counter.basket().row)
    if not before.pop("customer", ""):
        raise RegisterError("nothing", "Auf diesem Bon liegt keine Karte.")
    before.pop("rewards", None)
    _change(counter, command_id, before, 1)
    return ""


def coupon(counter: Counter, command_id: str, command: Command) -> str:
    """Lay a coupon of the shop on the basket, by its "code". Raises RegisterError("coupon", "twice")."""
    code = coupon_code(str(command["code"]))
    if not code or not any(rule.code == code for rule in loyalty.rules(counter.till)):
        raise RegisterError("coupon", "Diesen Coupon gibt es hier nicht oder nicht mehr.")
    return _add(counter, command_id, "codes", code, "Dieser Coupon liegt schon auf dem Bon.")


def reward(counter: Counter, command_id: str, command: Command) -> str:
    """Spend points on the reward with this "promotion". Raises RegisterError("card", "reward", "points", "twice")."""
    customer = of(counter.basket().row).get("customer", "")
    if not customer:
        raise RegisterError("card", "Dafür braucht es eine Kundenkarte.", "Zuerst die Karte auflegen.")
    wanted = next(
        (rule for rule in loyalty.rules(counter.till) if rule.id == command["promotion"] and rule.points), None
    )
    if wanted is None:
        raise RegisterError("reward", "Diese Prämie gibt es nicht mehr.")
    lying = loyalty.accounts(customer).get(loyalty.POINTS, 0)
    if lying < wanted.points:
        raise RegisterError("points", f"Dafür braucht es {wanted.points} Punkte, auf der Karte liegen {lying}.")
    return _add(counter, command_id, "rewards", wanted.id, "Diese Prämie liegt schon auf dem Bon.")


def token(counter: Counter, command_id: str, command: Command) -> str:
    """Count an earlier receipt, by its "code", as stamps. Raises RegisterError as `tokens.checked`, and ("twice")."""
    receipt_id = tokens.checked(counter.till, str(command["code"]))
    _only_here("register_receipt", receipt_id, counter.open.id if counter.open else "")
    return _add(counter, command_id, "receipts", receipt_id, "Dieser Bon liegt schon auf dem Bon.")


def _add(counter: Counter, command_id: str, name: str, value: str, twice: str) -> str:
    before = of(counter.open.row) if counter.open else {}
    if value in before.get(name, ()):
        raise RegisterError("twice", twice)
    level = counter.open.basket.price_level if counter.open else 1
    _change(counter, command_id, {**before, name: [*before.get(name, ()), value]}, level)
    return ""


def _only_here(table: str, key: str, basket_id: str) -> None:
    """A card, or a receipt shown, lies on one open basket at a time: nothing collected can be spent on two."""
    if on_postgresql():
        select(f"SELECT id FROM {table} WHERE id = %s FOR UPDATE", [key])  # noqa: S608 our own tables
    sql = "SELECT label FROM register_basket WHERE guest LIKE %s AND id <> %s AND state <> 'ending'"
    if select(sql, [f'%"{key}"%', basket_id]):
        raise RegisterError("elsewhere", "Das liegt schon auf einem anderen Bon.", "Dort herunternehmen.")


def _change(counter: Counter, command_id: str, guest: dict[str, Any], level: int) -> None:
    was = counter.open.basket.price_level if counter.open else 1
    columns = {"guest": canonical(guest) if guest else "", "price_level": level}
    counter.set(columns, command_id)
    before = counter.basket().basket
    after = priced_at(before) if level != was else before  # what was rung keeps its price, whatever begins meanwhile
    fitted = loyalty.fitted(counter.till, after, counter.basket().row, counter.writer.at)
    if fitted != before:
        counter.change(fitted, "")


def priced_at(basket: Basket) -> Basket:
    """Return the basket with the prices of its level on every article whose price nobody typed."""
    wanted = [line.article_id for line in basket.lines if _has_list_price(line)]
    if not wanted:
        return basket
    articles = {article.id: article for article in by_ids(list(dict.fromkeys(wanted)))}
    lines = []
    for line in basket.lines:
        article = articles.get(line.article_id) if _has_list_price(line) else None
        if article is not None and not article.open_price:
            line = replace(line, unit_cents=article.price_at(basket.price_level))
        lines.append(line)
    return replace(basket, lines=tuple(lines))


def _has_list_price(line: Any) -> bool:
    return bool(line.article_id) and not line.voided and line.list_cents is None and not line.voucher
