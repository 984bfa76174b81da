"""What happens during a payment, as one stream from which both screens are drawn.

Cashier text: the terminal's own words where it gives some, else our German ones. Customer text never holds
host codes, reasons of a bank or anything about PINs beyond "look at the terminal".
"""

from enum import StrEnum

from smartecr.core.records import dataclass

__all__ = ["SECURE", "EventKind", "PaymentEvent"]


class EventKind(StrEnum):
    """Steps of a payment."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    PRESENT_CARD = "present_card"
    CARD_DETECTED = "card_detected"
    CUSTOMER_INPUT = "customer_input"  # PIN or a choice, on the terminal's own surface
    PIN_WRONG = "pin_wrong"
    CURRENCY_CHOICE = "currency_choice"
    CONFIRM_AMOUNT = "confirm_amount"
    CASHIER_INPUT = "cashier_input"
    AUTHORISING = "authorising"
    PROCESSING = "processing"
    REMOVE_CARD = "remove_card"
    APPROVED_PREVIEW = "approved_preview"  # the terminal's screen says so; not yet the result
    FAILING = "failing"
    AUTO_REVERSAL = "auto_reversal"
    APPROVED = "approved"
    DECLINED = "declined"
    ABORTED = "aborted"
    ABORT_REQUESTED = "abort_requested"
    RECEIPT_READY = "receipt_ready"
    MAINTENANCE = "maintenance"
    CONNECTION_LOST = "connection_lost"
    RESOLVING = "resolving"
    RESOLVED = "resolved"
    MANUAL_DECISION = "manual_decision"
    WARNING = "warning"


SECURE = frozenset({EventKind.CUSTOMER_INPUT, EventKind.PIN_WRONG, EventKind.CURRENCY_CHOICE})
"""The guest types at the terminal: displays say only where to look, cameras see nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentEvent:
    """One step. ``code`` is the protocol's (hex), ``timeout_s`` how long the terminal waits (None: not told).

    ``payment_id`` is empty outside a payment. ``at`` is unix seconds.
    """

    kind: EventKind
    at: float
    cashier_text: str = ""
    customer_text: str = ""
    code: str = ""
    timeout_s: int | None = None
    payment_id: str = ""
