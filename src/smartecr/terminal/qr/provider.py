"""What every provider of customer codes can do: charge, tell, cancel until it is certain, give back.

A charge bears our own id (``Charge.id``), by which it is asked for and cancelled: nothing is ever charged a second time
to find out about the first. All methods raise ``terminal.errors.TerminalError`` alone, with ``money`` none where
nothing can have been charged and unknown where an answer is missing.

Adding a provider: a class with these members, a row in ``server.codes``, a dialect in ``virtual``, and the tests of
``tests/terminal/test_qr_payments.py``, which run over all of them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from smartecr.core.records import dataclass
from smartecr.terminal.qr.code import CustomerCode
from smartecr.terminal.qr.routing import Scheme

__all__ = ["Charge", "Provider", "Reply", "Standing"]


class Standing(StrEnum):
    """How a charge stands with its provider."""

    APPROVED = "approved"
    DECLINED = "declined"
    PENDING = "pending"  # the customer is asked on the phone
    CANCELLED = "cancelled"  # nothing is charged, or it was given back
    UNKNOWN = "unknown"  # the provider has no charge of this id


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """``cents`` (tip included) under our ``id``; ``slip`` is what the customer reads in the app."""

    id: str
    cents: int
    tip: int = 0
    slip: str = ""
    terminal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a provider says. ``reference`` is its own number, ``code`` its word for a refusal, ``reason`` and
    ``next_step`` are German. ``check_in`` and ``ttl`` are seconds: when to ask again, how long it may stay pending."""

    standing: Standing
    cents: int | None = None
    tip: int = 0
    reference: str = ""
    brand: str = ""
    code: str = ""
    reason: str = ""
    next_step: str = ""
    check_in: float = 2.0
    ttl: float = 60.0


class Provider(Protocol):
    """One contract. ``cancel_wins``: a cancellation takes back even what was approved meanwhile."""

    @property
    def name(self) -> str:
        """The stable name that stands in the books."""
        ...

    @property
    def schemes(self) -> frozenset[Scheme]:
        """Whose codes it takes."""
        ...

    @property
    def cancel_wins(self) -> bool:
        """Whether a cancellation always ends in nothing charged."""
        ...

    def charge(self, code: CustomerCode, charge: Charge) -> Reply:
        """Charge once."""
        ...

    def tell(self, charge_id: str) -> Reply:
        """Return how a charge stands."""
        ...

    def cancel(self, charge_id: str) -> Reply:
        """See to it that nothing is charged; may be repeated. The standing is CANCELLED when that is certain."""
        ...

    def refund(self, refund_id: str, reference: str, cents: int) -> Reply:
        """Give money of an approved charge back, once, under our ``refund_id``; CANCELLED says that it was."""
        ...

    def greet(self) -> None:
        """Tell the service that this register is there; raises when it is not to be reached or does not know us."""
        ...

    def close(self) -> None:
        """Let go of its connections."""
        ...
