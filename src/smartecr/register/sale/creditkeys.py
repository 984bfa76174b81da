"""Advance payments and sales on account as commands of the till (see `credit`)."""

from __future__ import annotations

from smartecr.core.kinds import ADVANCE, ON_ACCOUNT
from smartecr.register.errors import RegisterError
from smartecr.register.journal import canonical
from smartecr.register.sale import credit
from smartecr.register.sale.baskets import changed
from smartecr.register.sale.counter import Command, Counter
from smartecr.staff.rights import Right


def advance(counter: Counter, command_id: str, command: Command) -> str:
    """Take an advance payment. See `credit` for what is refused."""
    counter.change(credit.take_advance(counter.current(), command_id, command), command_id, command_id)
    return command_id


def use_advance(counter: Counter, command_id: str, command: Command) -> str:
    """Use an advance payment. See `credit` for what is refused."""
    after = credit.use(counter.till, counter.current(), command_id, ADVANCE, str(command["receipt"]))
    counter.change(after, command_id, command_id)
    return command_id


def on_account(counter: Counter, command_id: str, command: Command) -> str:
    """Put the whole ticket on somebody's account; it is paid by nothing then. See `credit` for what is refused."""
    before, name = counter.seen(command), str(command["name"]).strip()[:50]
    if counter.writer.head.training:
        raise RegisterError("training", "Beim Üben geht nichts auf Rechnung.")
    due = before.priced(counter.writer.business_day).total_cents
    note = counter.note(Right.CASH_MOVE, due)
    counter.change(credit.put_on_account(before.basket, command_id, name, due), command_id, command_id, note)
    counter.open = changed(counter.writer, counter.basket(), {"customer": canonical({"name": name})})
    return command_id


def account(counter: Counter, command_id: str, command: Command) -> str:
    """Take the money of an account. See `credit` for what is refused."""
    after = credit.use(counter.till, counter.current(), command_id, ON_ACCOUNT, str(command["receipt"]))
    counter.change(after, command_id, command_id)
    return command_id
