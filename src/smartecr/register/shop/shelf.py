"""What a receipt takes from the shelf or puts back: it stands in the receipt's own fact, so both are one commit.

Where no article keeps stock, a sale costs one look at an empty mapping more. All else about stock is in `stock`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smartecr.core.kinds import DEPOSIT_KINDS, RECEIPT, STAFF_MEAL, TURNOVER
from smartecr.core.receipt import ReceiptContent
from smartecr.register.till import Till
from smartecr.sql import select

_MOVING = frozenset({TURNOVER, *DEPOSIT_KINDS})


def kept(till: Till) -> Mapping[str, tuple[str, int]]:
    """Return unit and price (cents) of the articles whose stock is kept, by id; read once a change of the catalogue."""
    if till.stocked is None:
        rows = select("SELECT id, unit, price_cents FROM catalog_article WHERE stocked")
        till.stocked = {key: (unit, cents) for key, unit, cents in rows}
    return till.stocked


def taken(till: Till, content: ReceiptContent) -> dict[str, list[list[Any]]]:
    """Return what a receipt moves for its fact: {"stock": [[article id, thousandths], …]}, {} for nothing.

    Negative where it is sold, positive where it is taken back.

    A price label says no weight: then the weight follows from its amount and the article's price. Practice, orders
    and aborts move nothing.
    """
    stocked = kept(till)
    if not stocked or content.type not in (RECEIPT, STAFF_MEAL):
        return {}
    sums: dict[str, int] = {}
    for line in content.lines:
        article = stocked.get(line.article_id)
        if article is None or line.gv_typ not in _MOVING:
            continue
        unit, cents = article
        quantity = line.quantity
        if line.unit != unit and cents > 0:
            quantity = (line.unit_cents * line.quantity + cents // 2) // cents
        sums[line.article_id] = sums.get(line.article_id, 0) - quantity
    moved = [[key, quantity] for key, quantity in sums.items() if quantity]
    return {"stock": moved} if moved else {}
