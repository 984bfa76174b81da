"""A ``PaymentIO`` for what moves no money: events go through where somebody listens, nothing is stored."""

from smartecr.terminal.api import BatchResult, Menu, PaymentIO, ReceiptBlock, TerminalResult
from smartecr.terminal.events import PaymentEvent

__all__ = ["Quiet"]


class Quiet:
    """Passes events on to ``io``, if there is one, and agrees to everything else."""

    def __init__(self, io: PaymentIO | None = None) -> None:
        self._io = io

    def event(self, event: PaymentEvent) -> None:
        """Pass it on."""
        if self._io is not None:
            self._io.event(event)

    def sending(self) -> bool:
        """Nothing to note."""
        return True

    def accepted(self) -> None:
        """Nothing to note."""

    def result(self, _result: TerminalResult) -> bool:
        """Nothing to store."""
        return True

    def acknowledged(self) -> None:
        """Nothing to note."""

    def receipt(self, _block: ReceiptBlock) -> bool:
        """Nothing to store."""
        return True

    def batch(self, _batch: BatchResult) -> bool:
        """Nothing to store."""
        return True

    def ask(self, _menu: Menu) -> str | None:
        """Nobody is asked."""
        return None
