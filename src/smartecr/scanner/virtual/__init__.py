"""The virtual camera: a counter on which somebody holds things up, seen frame by frame as a real camera would.

`things` draws what can be held before it (a bottle, a book, a card, a phone), `counter` moves it in, holds it and
takes it away again. The frames go where a real camera's go. Ships with the product for demo, training and tests.
"""

from smartecr.scanner.virtual.counter import VirtualCamera
from smartecr.scanner.virtual.things import Painter

__all__ = ["Painter", "VirtualCamera"]
