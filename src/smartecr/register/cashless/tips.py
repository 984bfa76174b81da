"""Tips become lines of the receipt, as the shop's setting says whose they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Final, cast

from smartecr.core import tips
from smartecr.core.basket import Line, add_line
from smartecr.core.quantity import ONE
from smartecr.core.tips import TipKind
from smartecr.register import queries
from smartecr.register.cashless import cardbooks, paymentsettings
from smartecr.register.errors import RegisterError
from smartecr.register.sale.baskets import OpenBasket
from smartecr.register.till import Till

_SMALL: Final = 2_000
"""A tip of so many cents is never too high."""


def kind_of(till: Till) -> str:
    """Return whose tips are (GV_TYP), "" where the till does not ask for any."""
    return paymentsettings.of(till).tips


def with_tips(till: Till, basket: OpenBasket) -> OpenBasket:
    """Return a basket with the tips its guests gave at the terminal or before as lines."""
    given = [(payment.id, payment.tip_cents) for payment in cardbooks.taken(basket.id) if payment.tip_cents]
    return _extended(till, basket, given) if given else basket


def with_cash_tip(till: Till, basket: OpenBasket, receipt_id: str, cents: int) -> OpenBasket:
    """Return a basket with a tip that comes in cash with its receipt as lines."""
    return _extended(till, basket, [(receipt_id, cents)])


def check(tip_cents: int, cents: int) -> None:
    """Refuse a tip on `cents` that is no tip. Raises RegisterError("tip")."""
    if tip_cents and not (cents > 0 and 0 < tip_cents <= max(cents, _SMALL)):
        raise RegisterError("tip", "Dieses Trinkgeld ist zu hoch.", "Höchstens so viel wie der Betrag.")


def _extended(till: Till, basket: OpenBasket, given: Iterable[tuple[str, int]]) -> OpenBasket:
    kind = cast("TipKind", kind_of(till) or tips.FOR_STAFF)
    day = date.fromisoformat(queries.business_day(till))
    gross = {row.vat_key: row.gross_cents for row in basket.priced(day.isoformat()).vat}
    extended = basket.basket
    for source, tip in given:
        for number, (key, cents) in enumerate(tips.split(kind, tip, gross)):
            line_id = source if number == 0 else f"{int(source, 16) + number:032x}"
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
