"""Tips on a payment (DSFinV-K, Anhang C): for the staff outside VAT, for the owner at the rates of what was sold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from smartecr.core.kinds import TIPS
from smartecr.core.money import spread
from smartecr.core.vat import NOT_TAXABLE

TipKind = Literal["TrinkgeldAN", "TrinkgeldAG"]

FOR_STAFF: Final = TIPS
FOR_OWNER: Final = "TrinkgeldAG"


def split(kind: TipKind, cents: int, gross_by_key: Mapping[int, int]) -> tuple[tuple[int, int], ...]:
    """Return (VAT key, cents) of a tip of ``cents``; parts of nothing are left out.

    The owner's is spread over the VAT keys of the sale in proportion to their gross, to the cent; the staff's, and one
    on a sale without anything positive, stands under key 5.
    """
    weights = {key: gross for key, gross in sorted(gross_by_key.items()) if gross > 0}
    if kind == FOR_STAFF or not weights:
        return ((NOT_TAXABLE, cents),)
    parts = spread(cents, list(weights.values()))
    return tuple((key, part) for key, part in zip(weights, parts, strict=True) if part)


def suggestions(due: int) -> tuple[tuple[str, int], ...]:
    """Return what is offered on an amount due, as (word, cents): 5, 10 and 15 percent and up to the next full euros.

    What is nothing or the same twice is left out.
    """
    offered = [(f"{percent} %", (due * percent + 50) // 100) for percent in (5, 10, 15)]
    offered += [("auf", -due % step) for step in (100, 500)]
    words = {cents: word for word, cents in reversed(offered) if cents > 0}
    return tuple((word, cents) for word, cents in offered if words.get(cents) == word)
