"""The virtual twin of a receipt printer: reads ESC/POS from TCP, answers like a real one and shows its paper as dots.

`commands` takes the byte stream apart, `paper` collects and draws what was printed, `printer` is the device with its
paper roll, cover, drawer and faults; `twinport` puts it on a port. Ships with the product for demo, training and tests.
"""

from smartecr.printer.virtual.paper import Sheet
from smartecr.printer.virtual.printer import VirtualPrinter

__all__ = ["Sheet", "VirtualPrinter"]
