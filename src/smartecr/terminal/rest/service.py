"""What a maker's service can do for a terminal. Every payment bears our own id, by which it is found again.

Methods raise ``terminal.errors.TerminalError`` alone; ``money`` is unknown where a payment may have begun.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from smartecr.core.records import dataclass
from smartecr.terminal.api import Capability, DeviceInfo, PaymentIntent, TerminalResult

__all__ = ["RestService", "Standing", "Told"]


class Standing(StrEnum):
    """How a payment stands."""

    PENDING = "pending"
    ENDED = "ended"  # the result says how
    UNKNOWN = "unknown"  # the service has no payment of this id


@dataclass(frozen=True, slots=True)
class Told:
    """What a service says of a payment; ``result`` once it ended."""

    standing: Standing
    result: TerminalResult | None = None


class RestService(Protocol):
    """One terminal at one service."""

    @property
    def kind(self) -> str:
        """The driver's name."""
        ...

    @property
    def capabilities(self) -> Capability:
        """What it can do beyond the necessary."""
        ...

    def reach(self) -> DeviceInfo:
        """Ask whether service and terminal are there."""
        ...

    def start(self, intent: PaymentIntent) -> None:
        """Have the terminal ask for a card, once."""
        ...

    def tell(self, intent: PaymentIntent) -> Told:
        """Return how a payment stands; moves no money."""
        ...

    def stop(self, intent: PaymentIntent) -> None:
        """Ask the terminal to stop; only ``tell`` says how it ended."""
        ...

    def refund(self, intent: PaymentIntent) -> Told:
        """Give money of ``intent.original`` back, once."""
        ...

    def tell_refund(self, intent: PaymentIntent) -> Told:
        """Return whether the refund of this id was made."""
        ...

    def undo(self, intent: PaymentIntent) -> None:
        """See to it that nothing is charged (Capability.UNDO)."""
        ...

    def close(self) -> None:
        """Let go of the connections."""
        ...
