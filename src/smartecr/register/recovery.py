"""After a cut: bring every receipt that was decided to its end, exactly once, and tidy the TSE.

What a cut can leave behind, and what becomes of it:

- an open basket: stays open;
- a receipt without signature: the TSE is asked what became of the transaction. Finished with the same data: that
  signature is taken. Still open: finished now. Unknown or no TSE: issued as outage;
- an emptied basket on its way out: ended as AVBelegabbruch;
- an open TSE transaction nobody owns: finished as AVBelegabbruch, with a receipt row of that type.
"""

from __future__ import annotations

from smartecr.register import ordering, securing
from smartecr.register.baskets import load
from smartecr.register.till import Till
from smartecr.sql import fetch


def recover(till: Till) -> int:
    """Complete what a cut left behind; return how many receipts were completed. Safe to repeat."""
    cut = fetch(
        "SELECT r.* FROM register_receipt r LEFT JOIN register_receipt_signature s ON s.receipt_id = r.id "
        "WHERE r.register_id = %s AND s.receipt_id IS NULL ORDER BY r.number",
        [till.register_id],
    )
    for row in cut:
        securing.complete(till, row)
    for row in fetch(
        "SELECT b.id FROM register_basket b WHERE b.register_id = %s AND b.state = 'ending' "
        "AND NOT EXISTS (SELECT 1 FROM register_receipt r WHERE r.basket_id = b.id)",
        [till.register_id],
    ):
        basket = load(row["id"])
        if basket is not None:
            ordering.end(till, securing.SYSTEM, basket)
    securing.tidy(till)
    return len(cut)
