"""After a cut: bring every receipt that was decided to its end, exactly once, and tidy the TSE.

What a cut can leave behind, and what becomes of it:

- an open basket: stays open;
- a receipt without signature: the TSE is asked what became of the transaction. Finished with the same data: that
  signature is taken. Still open: finished now. Unknown or no TSE: issued as outage;
- an emptied basket on its way out: ended as AVBelegabbruch;
- an open TSE transaction nobody owns: finished as AVBelegabbruch, with a receipt row of that type.
"""

from __future__ import annotations

from smartecr.register.sale.baskets import load
from smartecr.register.signing import securing
from smartecr.register.till import Till
from smartecr.sql import fetch

_CUT = (
    "SELECT r.* FROM register_receipt r LEFT JOIN register_receipt_signature s ON s.receipt_id = r.id "
    "WHERE r.register_id = %s AND s.receipt_id IS NULL AND r.number > COALESCE((SELECT last_number "
    "FROM register_closing WHERE register_id = %s ORDER BY z_number DESC LIMIT 1), 0) ORDER BY r.number"
)
"""Only since the last closing, which refuses while a receipt is on its way: a start need not read all there are."""


def recover(till: Till) -> int:
    """Complete what a cut left behind; return how many receipts were completed. Safe to repeat."""
    cut = fetch(_CUT, [till.register_id, till.register_id])
    for row in cut:
        securing.complete(till, row)
    for row in fetch(
        "SELECT b.id FROM register_basket b WHERE b.register_id = %s AND b.state = 'ending' "
        "AND NOT EXISTS (SELECT 1 FROM register_receipt r WHERE r.basket_id = b.id)",
        [till.register_id],
    ):
        basket = load(row["id"])
        if basket is not None:
            from smartecr.register.sale import ordering  # a start with nothing to end need not load it

            ordering.end(till, securing.SYSTEM, basket)
    securing.tidy(till)
    return len(cut)
