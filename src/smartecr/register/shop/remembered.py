"""What a till remembers of the shop's catalogue (items, promotions, stock, next price), and until when that holds.

Whoever changes the catalogue forgets it here; what another register changed is heard by the catalogue's version.
"""

from __future__ import annotations

from smartecr.catalog import tiles
from smartecr.register.till import Till


def forget(till: Till) -> None:
    """Forget what is remembered of the catalogue and its promotions; they are read again when they are needed.

    What others are just reading of the old goes where nobody looks for it.
    """
    till.items, till.promotions, till.stocked, till.prices_turn, till.catalogue = {}, None, None, "", -1


def hear(till: Till) -> None:
    """Forget what is remembered when the catalogue has moved on; tell pages when another register moved it."""
    stands = tiles.version()
    if stands != till.catalogue:
        others = till.catalogue >= 0
        forget(till)
        till.catalogue = stands
        if others:
            till.publish("catalog")
