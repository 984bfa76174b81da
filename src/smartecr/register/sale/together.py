"""Which baskets went into which, or came off which: a bill has the orders, and the tables, of all that made it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

import orjson

from smartecr.core.kinds import JOINED
from smartecr.sql import select

_LINKS = (
    "SELECT into_id, basket_id, label FROM register_joined_basket WHERE into_id IN ({marks}) "
    "UNION ALL SELECT basket_id, from_id, label FROM register_parted_basket WHERE basket_id IN ({marks})"
)


def parts(basket_ids: Collection[str]) -> dict[str, list[tuple[str, str]]]:
    """Return by basket what went into it, or what it came off, directly or with another: (id, the table or tab it was).

    What was ordered may stand under any of them.
    """
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    reached = {key: {key} for key in basket_ids}
    waiting = {key: {key} for key in basket_ids}
    while waiting:
        further: dict[str, set[str]] = defaultdict(set)
        keys = list(waiting)
        for above, key, label in select(_LINKS.format(marks=", ".join(["%s"] * len(keys))), keys * 2):
            for root in waiting[above] - {one for one in waiting[above] if key in reached[one]}:
                reached[root].add(key)
                found[root].append((key, label))
                further[key].add(root)
        waiting = further
    return {root: sorted(links, key=lambda link: (link[1], link[0])) for root, links in found.items()}


def origin(basket_id: str) -> tuple[str, str, dict[str, str]] | None:
    """Return what a basket came off: (id, table or tab, the line each new one was taken off); None for any other."""
    sql = "SELECT from_id, label, pieces FROM register_parted_basket WHERE basket_id = %s"
    rows = select(sql, [basket_id])
    return (rows[0][0], rows[0][1], orjson.loads(rows[0][2]) if rows[0][2] else {}) if rows else None


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
