"""What is under way at a register: receipts recorded and not yet secured, baskets on their way out, transactions.

Receipts are looked for since the last closing only, which refuses while one is under way: neither a start nor a TSE
that comes back need read all there are.
"""

from __future__ import annotations

from smartecr.register.rows import Row
from smartecr.sql import fetch, select

_SINCE_CLOSING = (
    "r.number > COALESCE("
    "(SELECT last_number FROM register_closing WHERE register_id = %s ORDER BY z_number DESC LIMIT 1), 0)"
)
_UNSECURED = (
    "FROM register_receipt r LEFT JOIN register_receipt_signature s ON s.receipt_id = r.id "
    f"WHERE r.register_id = %s AND s.receipt_id IS NULL AND {_SINCE_CLOSING}"
)
_ENDING = (
    "SELECT b.id FROM register_basket b WHERE b.register_id = %s AND b.state = 'ending' AND NOT EXISTS "  # noqa: S608
    "(SELECT 1 FROM register_receipt r WHERE r.register_id = b.register_id AND r.basket_id = b.id "
    "AND r.type <> 'AVBestellung' "  # what was ordered before ends no basket
    f"AND {_SINCE_CLOSING})"
)
_OWNED = (
    "SELECT tse_number FROM register_basket WHERE register_id = %s AND tse_number > 0 "  # noqa: S608 constants
    f"UNION SELECT r.tse_number {_UNSECURED}"
)


def receipts(register_id: str) -> list[Row]:
    """Return the receipts that are recorded and not yet secured, by their numbers."""
    return fetch(f"SELECT r.* {_UNSECURED} ORDER BY r.number", [register_id, register_id])


def ending(register_id: str) -> list[str]:
    """Return the ids of emptied baskets that no receipt has ended yet."""
    return [row[0] for row in select(_ENDING, [register_id, register_id])]


def transactions(register_id: str) -> set[int]:
    """Return the numbers of the TSE transactions that a basket or one of these receipts owns."""
    return {row[0] for row in select(_OWNED, [register_id] * 3)}
