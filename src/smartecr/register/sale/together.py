"""Which baskets went into which: a bill has the orders, and the tables, of all that were laid together for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from smartecr.core.kinds import JOINED
from smartecr.sql import select

_PARTS = (
    "WITH RECURSIVE part (root, id, label) AS ("
    "SELECT into_id, basket_id, label FROM register_joined_basket WHERE into_id IN ({marks}) "
    "UNION ALL SELECT part.root, j.basket_id, j.label FROM part JOIN register_joined_basket j ON j.into_id = part.id"
    ") SELECT root, id, label FROM part ORDER BY label, id"
)


def parts(basket_ids: Collection[str]) -> dict[str, list[tuple[str, str]]]:
    """Return by basket what went into it, directly or with another: (id, the table or tab it was)."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    if basket_ids:
        for root, key, label in select(_PARTS.format(marks=", ".join(["%s"] * len(basket_ids))), list(basket_ids)):
            found[root].append((key, label))
    return found


def reason(basket_id: str) -> str:
    """Return why a basket ended without a receipt of its own: "Zusammengelegt mit Tisch 4"; "" for any other."""
    sql = (
        "SELECT b.label FROM register_joined_basket j LEFT JOIN register_basket b ON b.id = j.into_id "
        "WHERE j.basket_id = %s"
    )
    rows = select(sql, [basket_id])
    if not rows:
        return ""
    return f"{JOINED} mit {rows[0][0]}" if rows[0][0] else JOINED
