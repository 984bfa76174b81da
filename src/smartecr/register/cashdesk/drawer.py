"""A drawer holds no less than nothing (Kassensturzfähigkeit, § 146 (1) AO): what would take more out is refused.

Whoever pays out more than the books have in the drawer pays with money that was put in without being booked: that is
booked first, as Privateinlage, Einzahlung or Geldtransit. Asked before the TSE begins, and again where a receipt is
recorded: no other till takes the same money between the two.
"""

from __future__ import annotations

from collections.abc import Iterable

from smartecr.core.kinds import CASH
from smartecr.core.money import format_cents
from smartecr.core.payment import HOME
from smartecr.core.receipt import Payment
from smartecr.register import queries
from smartecr.register.errors import RegisterError
from smartecr.register.till import Till
from smartecr.sql import select
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right, allows


def covers(till: Till, actor: Actor, paid: Iterable[Payment]) -> None:
    """Raise RegisterError("stock") when these payments would take more euros out of the drawer than lie in it.

    The refusal says how much lies there, unless the shop counts blind and the actor may not see the report.
    """
    out = sum(payment.cents for payment in paid if payment.kind == CASH and payment.currency == HOME)
    if out >= 0:
        return
    lies = queries.cash_stock(till)
    if lies + out >= 0:
        return
    blind = select("SELECT blind_count FROM register_shop WHERE id = %s", [till.shop_id])[0][0]
    there = "" if blind and not allows(actor.role, Right.X_REPORT) else f" Es liegen {format_cents(lies)} € darin."
    raise RegisterError(
        "stock",
        f"So viel Geld ist nicht in der Lade.{there}",
        "Liegt mehr darin, es erst buchen: Lade, Privateinlage oder Vom Tresor. Sonst anders auszahlen.",
    )
