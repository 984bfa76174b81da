"""Tips given without cash become lines of the receipt, as the shop's setting says whose they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import cast

from smartecr.core import tips
from smartecr.core.basket import Line, add_line
from smartecr.core.quantity import ONE
from smartecr.core.tips import TipKind
from smartecr.register import queries
from smartecr.register.cashless import cardbooks, paymentsettings
from smartecr.register.sale.baskets import OpenBasket
from smartecr.register.till import Till


def kind_of(till: Till) -> str:
    """Return whose tips are (GV_TYP), "" where the till does not ask for any."""
    return paymentsettings.of(till).tips


def with_tips(till: Till, basket: OpenBasket) -> OpenBasket:
    """Return a basket with the tips its guests gave at the terminal or before as lines."""
    given = [payment for payment in cardbooks.taken(basket.id) if payment.tip_cents]
    if not given:
        return basket
    kind = cast("TipKind", kind_of(till) or tips.FOR_STAFF)
    day = date.fromisoformat(queries.business_day(till))
    gross = {row.vat_key: row.gross_cents for row in basket.priced(day.isoformat()).vat}
    extended = basket.basket
    for payment in given:
        for number, (key, cents) in enumerate(tips.split(kind, payment.tip_cents, gross)):
            line_id = payment.id if number == 0 else f"{int(payment.id, 16) + number:032x}"
            if any(line.id == line_id for line in extended.lines):
                continue
            line = Line(
                id=line_id,
                text="Trinkgeld",
                quantity=ONE,
                unit_cents=cents,
                vat_key_in=key,
                vat_key_out=key,
                in_house=extended.in_house,
                gv_typ=kind,
            )
            extended = add_line(extended, line)
    return replace(basket, basket=extended)
