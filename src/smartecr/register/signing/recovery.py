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
from smartecr.register.signing import securing, underway
from smartecr.register.till import Till


def recover(till: Till) -> int:
    """Complete what a cut left behind; return how many receipts were completed. Safe to repeat."""
    cut = underway.receipts(till.register_id)
    for row in cut:
        securing.complete(till, row)
    for basket_id in underway.ending(till.register_id):
        basket = load(basket_id)
        if basket is not None:
            from smartecr.register.sale import ordering  # a start with nothing to end need not load it

            ordering.end(till, securing.SYSTEM, basket)
    securing.tidy(till)
    return len(cut)
