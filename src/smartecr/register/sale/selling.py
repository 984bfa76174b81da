"""Ringing up: commands from the till become facts about the open basket.

A batch is one commit. Every command bears an id made where it was tapped; one that is in the journal already is
answered again and does nothing. Each command stands alone: a refused one leaves the others in force.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from typing import Any

from smartecr.core import ids
from smartecr.core.basket import (
    Basket,
    Line,
    add_line,
    discount_basket,
    discount_line,
    override_price,
    set_in_house,
    set_quantity,
    void_line,
)
from smartecr.core.errors import CoreError
from smartecr.core.kinds import VOUCHER_SALES
from smartecr.core.quantity import line_cents
from smartecr.core.records import dataclass
from smartecr.register.errors import RegisterError
from smartecr.register.ledger import writing
from smartecr.register.sale import credit, items, scanned
from smartecr.register.sale.baskets import OpenBasket, changed, load, on_screen, parked_as
from smartecr.register.sale.counter import Command, Counter
from smartecr.register.shop import pricedates
from smartecr.register.signing import securing
from smartecr.register.till import Till
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Answer to one command. `right` is what a manager's PIN would allow, `about` the amount it is asked for.

    Code "age" wants `age_ok` in the command.
    """

    id: str
    ok: bool = True
    code: str = ""
    message: str = ""
    line_id: str = ""
    right: str = ""
    about: str = ""


def refused(command_id: str, error: RegisterError) -> Outcome:
    """Return the answer to a command the register refuses."""
    words = {"code": error.code, "message": error.message, "right": error.right, "about": error.about}
    return Outcome(id=command_id, ok=False, **words)


def run(till: Till, actor: Actor, commands: Sequence[Command], approver: Actor | None = None) -> list[Outcome]:
    """Carry out a batch of commands and return one outcome each, in order. See the table `_COMMANDS` for what there is.

    A command is a dict with "id" (32 hex digits), "do" and its arguments. Amounts are cents, quantities thousandths.
    """
    asked: list[str] = []
    try:
        with writing(till, actor, synced=False) as writer:
            turned = pricedates.due(till, writer.at) and pricedates.turn(till, writer)
            counter = Counter(till, actor, approver, writer, on_screen(writer), asked)
            outcomes = _all(counter, commands)
            writer.leaves(counter.open)
    except BaseException:
        for basket_id in asked:
            till.starts.pop(basket_id, None)  # what the TSE started for nothing is ended by `securing.tidy`
        raise
    if counter.open is not None:
        securing.ask_start(till, counter.open)
    if counter.ended:
        from smartecr.register.sale import ordering  # seldom: the last line was taken off again

        for ended in counter.ended:
            ordering.end(till, actor, ended)
    till.publish("basket")
    if turned or any(command.get("do") == "learn" for command in commands):
        till.publish("catalog")
    return outcomes


def _all(counter: Counter, commands: Sequence[Command]) -> list[Outcome]:
    known = counter.writer.seen([str(command.get("id", "")) for command in commands])
    outcomes = []
    for place, command in enumerate(commands):
        if place == 1:  # while the TSE signs the start asked for with the first
            items.expect(counter.till, [str(one["article"]) for one in commands[1:] if "article" in one])
        outcome = _one(counter, command, known)
        if outcome.ok:
            known.add(outcome.id)
        outcomes.append(outcome)
    if counter.open is not None and any(outcome.ok and outcome.code == "" for outcome in outcomes):
        counter.open = securing.note_start(counter.till, counter.writer, counter.open)
    return outcomes


def _one(counter: Counter, command: Command, known: set[str]) -> Outcome:
    command_id = command.get("id")
    if not isinstance(command_id, str) or not ids.is_id(command_id):
        return Outcome(id="", ok=False, code="command", message="Unlesbarer Befehl: Kennung fehlt.")
    if command_id in known:
        return Outcome(id=command_id, code="replay", line_id=command_id)
    action = _COMMANDS.get(str(command.get("do")))
    if action is None:
        return Outcome(id=command_id, ok=False, code="command", message="Diesen Befehl kennt die Kasse nicht.")
    try:
        line_id = action(counter, command_id, command)
    except RegisterError as error:
        return refused(command_id, error)
    except CoreError as error:
        return Outcome(id=command_id, ok=False, code=error.code, message=error.message)
    except (KeyError, TypeError, ValueError):
        return Outcome(id=command_id, ok=False, code="command", message="Der Befehl ist unvollständig.")
    return Outcome(id=command_id, line_id=line_id)


def _article(counter: Counter, command_id: str, command: Command) -> str:
    item = items.by_id(counter.till, str(command["article"]))
    return _add(counter, command_id, command, item, items.number(command.get("quantity", 1000)))


def _scan(counter: Counter, command_id: str, command: Command) -> str:
    code = str(command["code"])
    try:
        found = scanned.find(counter.till, code, typed=command.get("typed") is True)
    except RegisterError as error:
        brought = _BROUGHT.get(error.code)
        if brought is None:
            raise
        return brought(counter, command_id, {"code": scanned.parse(counter.till, code).text})
    quantity = items.number(command.get("quantity", 1000)) * found.quantity // 1000
    return _add(counter, command_id, command, found.item, quantity, found)


def _learn(counter: Counter, command_id: str, command: Command) -> str:
    """Sell an unknown code for `cents` on a group key and keep it as an article with this code and price."""
    cents = items.number(command["cents"])
    from smartecr.register.sale import learning

    item = learning.learn(counter.till, counter.writer, str(command["code"]), str(command["group"]), cents, command)
    return _add(counter, command_id, command, item, items.number(command.get("quantity", 1000)))


def _add(
    counter: Counter,
    command_id: str,
    command: Command,
    item: items.Item,
    quantity: int,
    label: scanned.Found | None = None,
) -> str:
    note: dict[str, Any] = {}
    if item.sold_out:
        note |= counter.note(Right.SELL_SOLD_OUT)
    known_age = max((line.age for line in counter.open.basket.lines), default=0) if counter.open else 0
    if item.age > known_age and not command.get("age_ok"):
        raise RegisterError("age", f"Ab {item.age}. Ausweis gesehen?")
    cents = command.get("cents") if item.open_price or command.get("do") == "article" else None
    priced = label is not None and label.cents is not None
    if item.open_price and cents is None and not priced:
        raise RegisterError("price", f"{item.plain_name}: Preis eintippen.", "Betrag tippen, dann den Artikel.")
    before = counter.current()
    if label is not None and priced:
        line = label.line(command_id, quantity, before)
    else:
        line = items.line(item, command_id, quantity, before, items.number(cents) if cents is not None else None)
    if quantity < 0:
        note |= counter.note(Right.REFUND, line_cents(line.unit_cents, quantity))
    if line.gv_typ in VOUCHER_SALES:
        from smartecr.register.regulars import voucherkeys

        return voucherkeys.sell(counter, line, command_id)
    twin = _twin(before, line)
    if twin is not None:
        counter.change(set_quantity(before, twin.id, twin.quantity + quantity), command_id, twin.id, note)
        return twin.id
    after = add_line(before, line)
    if item.deposit is not None:
        after = add_line(
            after, items.line(item.deposit, counter.till.new_id(), quantity, after, None, parent=command_id)
        )
    counter.change(after, command_id, command_id, note)
    return command_id


def _twin(before: Basket, line: Line) -> Line | None:
    """The line of the same article at the same price that another tap makes one more of; each weighing stands alone."""
    for other in before.lines:
        if (
            other.article_id == line.article_id != ""
            and not line.unit  # the scale and its label show a price for each, and a sum rounds differently
            and not other.voided
            and not other.parent_id
            and not other.wish
            and (other.discount is None or other.promotion)
            and (other.quantity > 0, other.unit_cents, other.list_cents, other.in_house, other.vat_key)
            == (line.quantity > 0, line.unit_cents, line.list_cents, line.in_house, line.vat_key)
        ):
            return other
    return None


def _open_amount(counter: Counter, command_id: str, command: Command) -> str:
    quantity = items.number(command.get("quantity", 1000))
    cents = items.number(command["cents"])
    note = counter.note(Right.REFUND, line_cents(cents, quantity)) if quantity < 0 else {}
    before = counter.current()
    line = items.open_amount(str(command["group"]), command_id, cents, quantity, before)
    counter.change(add_line(before, line), command_id, command_id, note)
    return command_id


def _void(counter: Counter, command_id: str, command: Command) -> str:
    before = counter.basket()
    line_id = _known_line(before, command)
    counter.change(void_line(before.basket, line_id), command_id)
    return line_id


def _quantity(counter: Counter, command_id: str, command: Command) -> str:
    before = counter.basket()
    line_id = _known_line(before, command)
    quantity = items.number(command["quantity"])
    credit.check_change(before.basket, line_id, quantity=quantity)
    after = set_quantity(before.basket, line_id, quantity)
    note = counter.note(Right.REFUND, counter.less(after)) if quantity < 0 else {}
    counter.change(after, command_id, line_id, note)
    return line_id


def _price(counter: Counter, command_id: str, command: Command) -> str:
    before = counter.basket()
    line_id = _known_line(before, command)
    cents = items.number(command["cents"])
    credit.check_change(before.basket, line_id, cents=cents)
    note = {**counter.note(Right.PRICE_OVERRIDE, cents), "reason": items.reason(command)}
    after = override_price(before.basket, line_id, cents, note["reason"])
    counter.change(after, command_id, line_id, note)
    return line_id


def _discount_line(counter: Counter, command_id: str, command: Command) -> str:
    before = counter.basket()
    line_id = _known_line(before, command)
    after = discount_line(before.basket, line_id, items.discount(command))
    note = {**counter.note(Right.DISCOUNT, counter.less(after)), "reason": items.reason(command)}
    counter.change(after, command_id, line_id, note)
    return line_id


def _discount(counter: Counter, command_id: str, command: Command) -> str:
    before = counter.seen(command)
    after = discount_basket(before.basket, items.discount(command))
    note = {**counter.note(Right.DISCOUNT, counter.less(after)), "reason": items.reason(command)}
    counter.change(after, command_id, note=note)
    return ""


def _in_house(counter: Counter, command_id: str, command: Command) -> str:
    line_id = _known_line(counter.basket(), command) if command.get("line") else ""
    counter.change(set_in_house(counter.current(), bool(command["value"]), line_id), command_id)
    return line_id


def _known_line(before: OpenBasket, command: Command) -> str:
    line_id = str(command["line"])
    if not any(line.id == line_id and not line.voided for line in before.basket.lines):
        raise RegisterError("line", "Diese Zeile steht nicht mehr auf dem Bon.")
    return line_id


def _park(counter: Counter, command_id: str, command: Command) -> str:
    before = counter.seen(command)
    if all(line.voided for line in before.basket.lines):
        raise RegisterError("empty", "Ein leerer Bon lässt sich nicht parken.")
    columns = {"state": "parked", "label": parked_as(before, command.get("label", ""), same=bool(command.get("same")))}
    securing.note_start(counter.till, counter.writer, changed(counter.writer, before, columns, command_id))
    counter.open = None
    return ""


def _recall(counter: Counter, command_id: str, command: Command) -> str:
    wanted = load(str(command["basket"]))
    if wanted is None or wanted.row["state"] != "parked" or wanted.row["register_id"] != counter.till.register_id:
        raise RegisterError("gone", "Dieser Bon ist nicht mehr geparkt.", "Die Liste neu öffnen.")
    if bool(wanted.row["training"]) != counter.writer.head.training:
        raise RegisterError("training", "Dieser Bon gehört in die andere Betriebsart.", "Üben oder Verkaufen wählen.")
    if counter.open is not None and any(not line.voided for line in counter.open.basket.lines):
        raise RegisterError("busy", "Auf dem Schirm liegt noch ein Bon.", "Zuerst parken oder bezahlen.")
    if counter.open is not None:
        counter.set_aside()
    counter.writer.append("basket_changed", {"basket": wanted.id, "columns": {"state": "open"}}, command_id)
    counter.writer.flush()
    counter.open = load(wanted.id)
    return ""


_Action = Callable[[Counter, str, Command], str]


def _elsewhere(module: str, name: str, counter: Counter, command_id: str, command: Command) -> str:
    """Carry out a command of another module, loaded with its first use: most baskets know neither guest nor voucher."""
    action: _Action = getattr(import_module(f"smartecr.register.{module}"), name)
    return action(counter, command_id, command)


_BROUGHT: dict[str, _Action] = {
    "voucher": partial(_elsewhere, "regulars.voucherkeys", "redeem"),
    "customer": partial(_elsewhere, "regulars.guestkeys", "lay"),
    "coupon": partial(_elsewhere, "regulars.guestkeys", "coupon"),
}
"""What happens to a code that is no article, by `scanned.find`'s refusal."""

_COMMANDS: dict[str, _Action] = {
    "article": _article,
    "scan": _scan,
    "learn": _learn,
    "open_amount": _open_amount,
    "void": _void,
    "quantity": _quantity,
    "price": _price,
    "discount_line": _discount_line,
    "discount": _discount,
    "in_house": _in_house,
    "wish": partial(_elsewhere, "sale.wishes", "note"),
    "send": partial(_elsewhere, "sale.stations", "order"),
    "park": _park,
    "recall": _recall,
    "join": partial(_elsewhere, "sale.joining", "join"),
    "add": partial(_elsewhere, "sale.joining", "add"),
    "part": partial(_elsewhere, "sale.parting", "part"),
    "part_back": partial(_elsewhere, "sale.parting", "back"),
    "discard": partial(_elsewhere, "sale.parting", "discard"),
    "advance": partial(_elsewhere, "sale.creditkeys", "advance"),
    "use_advance": partial(_elsewhere, "sale.creditkeys", "use_advance"),
    "on_account": partial(_elsewhere, "sale.creditkeys", "on_account"),
    "account": partial(_elsewhere, "sale.creditkeys", "account"),
    "voucher": partial(_elsewhere, "regulars.voucherkeys", "redeem"),
    "guest": partial(_elsewhere, "regulars.guestkeys", "lay"),
    "guest_off": partial(_elsewhere, "regulars.guestkeys", "take_off"),
    "coupon": partial(_elsewhere, "regulars.guestkeys", "coupon"),
    "reward": partial(_elsewhere, "regulars.guestkeys", "reward"),
    "token": partial(_elsewhere, "regulars.guestkeys", "token"),
}
