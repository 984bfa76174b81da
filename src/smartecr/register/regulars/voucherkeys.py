"""What the till does with vouchers on the open basket: put one on sale, lay one down to be redeemed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from smartecr.core.basket import add_line
from smartecr.core.lines import Line
from smartecr.core.money import format_cents
from smartecr.core.quantity import ONE
from smartecr.core.vouchers import fit, redemption, shown
from smartecr.register.errors import RegisterError
from smartecr.register.regulars import vouchers
from smartecr.register.sale.counter import Command, Counter
from smartecr.staff.rights import Right

MOST = 20
"""Most vouchers one command sells."""


def sell(counter: Counter, line: Line, command_id: str) -> str:
    """Put vouchers on sale, each a line with a number of its own; `line` is that of the article, with its quantity."""
    if line.quantity % ONE or not 0 < line.quantity <= MOST * ONE:
        raise RegisterError("quantity", f"Gutscheine gibt es von 1 bis {MOST} Stück.", "Zurück geht es über den Bon.")
    if line.unit_cents <= 0:
        raise RegisterError("price", "Ein Gutschein braucht einen Betrag.", "Betrag tippen, dann den Artikel.")
    after = counter.current()
    for place in range(line.quantity // ONE):
        line_id = command_id if place == 0 else counter.till.new_id()
        number = vouchers.fresh_number(counter.till)
        after = add_line(after, replace(line, id=line_id, quantity=ONE, voucher=number))
    counter.change(after, command_id, command_id)
    return command_id


def _in_spite(counter: Counter, expired: RegisterError) -> dict[str, Any]:
    """Return the note that somebody accepts a voucher after its last day. Raises RegisterError that says why not."""
    try:
        return counter.note(Right.VOUCHERS)
    except RegisterError as error:
        raise RegisterError(error.code, expired.message, expired.next_step, error.right) from error


def redeem(counter: Counter, command_id: str, command: Command) -> str:
    """Lay the voucher with this "code" on the open basket; it takes what it can, now and with every change."""
    found = vouchers.by_code(str(command["code"]))
    name = f"Gutschein {shown(found.number)}"
    if counter.open is None or all(line.voided for line in counter.open.basket.lines):
        said = f"{name}: {format_cents(found.balance_cents)} €, gültig bis {vouchers.german(found.expires_on)}."
        raise RegisterError("balance", f"{said} Erst die Artikel, dann den Gutschein.")
    before = counter.basket().basket
    if any(line.voucher == found.number and not line.voided for line in before.lines):
        raise RegisterError("twice", f"{name} liegt schon auf diesem Bon.")
    vouchers.lock([found.number])
    found = vouchers.by_code(str(command["code"]))
    note = {}
    try:
        vouchers.usable(found, counter.writer.business_day, before.id)
    except RegisterError as error:
        if error.code != "expired":
            raise
        note = _in_spite(counter, error)
    line = redemption(command_id, found.number, found.kind, found.vat_key, found.balance_cents, before.in_house)
    fitted = fit(add_line(before, line), date.fromisoformat(counter.writer.business_day))
    if not fitted.lines[-1].unit_cents:
        raise RegisterError("nothing", f"{name} passt zu nichts auf diesem Bon.", "Er gilt nur für bestimmte Ware.")
    counter.change(fitted, command_id, command_id, note)
    return command_id
