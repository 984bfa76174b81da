"""A virtual TSE that speaks the wire of this card: for demo, training and tests.

- ``card``      frames in, frames out; ``handlers``, ``exports``, ``status`` what each command does
- ``factory``   the steps before it is put into operation;  ``quirks`` bad habits of real cards, by switch
- ``volume``    the same as a folder with ``TSE-IO.bin``, plugged in and pulled out at will (``plug``)
"""

from smartecr.tse.drivers.cryptovision.twin.card import Card
from smartecr.tse.drivers.cryptovision.twin.quirks import Quirks
from smartecr.tse.drivers.cryptovision.twin.volume import Volume, plug

__all__ = ["Card", "Quirks", "Volume", "plug"]
