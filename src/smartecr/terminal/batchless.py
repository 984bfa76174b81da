"""What a terminal without receipts of its own, reservations and batches says when it is asked for them."""

from __future__ import annotations

from typing import Never

from smartecr.terminal.api import BatchResult, Maintenance, PaymentIO, PaymentRef, TerminalResult
from smartecr.terminal.errors import NotSupported

__all__ = ["Batchless"]


class Batchless:
    """The members of ``PaymentTerminal`` that web services and providers of codes have nothing for."""

    def repeat_receipt(self, _io: PaymentIO) -> TerminalResult | None:
        """There is none."""
        self._none("receipt")

    def open_reservations(self) -> list[PaymentRef]:
        """There are none."""
        self._none("reservation")

    def end_of_day(self, _io: PaymentIO) -> BatchResult:
        """There is no batch."""
        self._none("batch")

    def totals(self, _io: PaymentIO) -> BatchResult:
        """There is no batch."""
        self._none("batch")

    def maintain(self, _action: Maintenance, _io: PaymentIO) -> None:
        """Nothing to look after."""
        self._none("maintenance")

    @staticmethod
    def _none(what: str) -> Never:
        raise NotSupported(what)
