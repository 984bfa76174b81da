"""What a till remembers of the shop's catalogue (items, promotions, stock, next price), and until when that holds.

Whoever changes the catalogue forgets it here; what another register changed is heard by the catalogue's version.
"""

from __future__ import annotations

from smartecr.catalog import tiles
from smartecr.register.till import Till


def forget(till: Till) -> None:
    """Forget what is remembered of the catalogue and its promotions, once for each change made here.

    It is read again when it is needed. What others are just reading of the old goes where nobody looks for it.
    """
    _drop(till)
    till.changed_here += 1


def _drop(till: Till) -> None:
    till.items, till.promotions, till.stocked, till.prices_turn = {}, None, None, ""


def hear(till: Till) -> None:
    """Forget what is remembered when the catalogue has moved on; tell pages when another register moved it."""
    stands = tiles.version()
    if stands != till.catalogue or till.changed_here:
        others = till.catalogue >= 0 and stands != till.catalogue + till.changed_here
        _drop(till)
        till.catalogue, till.changed_here = stands, 0
        if others:
            till.publish("catalog")
