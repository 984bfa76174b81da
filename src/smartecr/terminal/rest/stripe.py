"""Stripe Terminal, server driven, through Stripe's own SDK.

The PaymentIntent is the truth. It is made with our id as idempotency key and carries it as metadata; a payment is found
again among those of its time (a list, which is consistent, unlike the search). The reader is told once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from smartecr.terminal.api import Capability, DeviceInfo, PaymentIntent, TerminalResult
from smartecr.terminal.errors import Busy, Money
from smartecr.terminal.rest.results import approved, missing, no_answer, not_known, refused, rejected, unplugged
from smartecr.terminal.rest.service import Standing, Told

if TYPE_CHECKING:
    from stripe import StripeClient

__all__ = ["StripeService"]

_OURS = "smartecr"
_EARLIER, _LATER = 300, 900
_BRANDS = {"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "girocard": "girocard"}
_WALLETS = {"apple_pay": "Apple Pay", "google_pay": "Google Pay", "samsung_pay": "Samsung Pay"}
_SECONDS = 20


class StripeService:
    """One reader of one account. ``base`` is another address for tests."""

    kind = "stripe"
    capabilities = Capability.REFUND | Capability.UNDO | Capability.WALLET

    def __init__(self, api_key: str, reader: str, base: str = "") -> None:
        import stripe

        logging.getLogger("stripe").setLevel(logging.WARNING)  # below that it writes whole answers into the log
        self._sdk = stripe
        self._reader = reader
        addresses: Any = {"api": base} if base else None
        self._http = stripe.RequestsClient(timeout=_SECONDS)
        self._client: StripeClient = stripe.StripeClient(
            api_key, base_addresses=addresses, http_client=self._http, max_network_retries=0
        )

    def reach(self) -> DeviceInfo:
        """Ask for the reader. Raises Busy while it is offline."""
        with self._told("none"):
            reader: Any = self._client.v1.terminal.readers.retrieve(self._reader)
        if reader.status != "online":
            raise unplugged("reader offline")
        return DeviceInfo(
            tid=str(reader.id), name=str(reader.device_type or ""), serial=str(reader.serial_number or "")
        )

    def start(self, intent: PaymentIntent) -> None:
        """Make the PaymentIntent (that moves nothing) and have the reader process it, once."""
        with self._told("none"):
            made: Any = self._client.v1.payment_intents.create(
                {
                    "amount": intent.amount,
                    "currency": "eur",
                    "allowed_payment_method_types": ["card_present"],
                    "capture_method": "automatic",
                    "metadata": {_OURS: intent.id},
                },
                {"idempotency_key": intent.id},
            )
        with self._told("unknown"):
            self._client.v1.terminal.readers.process_payment_intent(
                self._reader, {"payment_intent": made.id}, {"idempotency_key": f"{intent.id}-process"}
            )

    def tell(self, intent: PaymentIntent) -> Told:
        """Find the PaymentIntent and say how it stands; one the reader is through with is closed for good."""
        found = self._find(intent)
        if found is None:
            return Told(Standing.UNKNOWN)
        if found.status == "succeeded":
            return Told(Standing.ENDED, self._result(intent, found))
        if found.status == "canceled":
            return Told(Standing.ENDED, refused(str(found.cancellation_reason or "canceled"), stopped=True))
        if found.status == "processing":
            return Told(Standing.PENDING)
        with self._told("none"):
            reader: Any = self._client.v1.terminal.readers.retrieve(self._reader)
        action = reader.action
        ours = getattr(getattr(action, "process_payment_intent", None), "payment_intent", None) == found.id
        if ours and action.status == "in_progress":
            return Told(Standing.PENDING)
        return self._closed(intent, found, str(action.failure_code or "") if ours else "")

    def stop(self, intent: PaymentIntent) -> None:
        """Cancel the reader's action."""
        del intent
        with self._told("none"):
            self._client.v1.terminal.readers.cancel_action(self._reader)

    def refund(self, intent: PaymentIntent) -> Told:
        """Refund; our id is the idempotency key."""
        original = intent.original
        assert original is not None
        with self._told("unknown"):
            made: Any = self._client.v1.refunds.create(
                {"payment_intent": original.reference, "amount": intent.amount, "metadata": {_OURS: intent.id}},
                {"idempotency_key": intent.id},
            )
        return self._refund_told(intent, made)

    def tell_refund(self, intent: PaymentIntent) -> Told:
        """Look for the refund of this id."""
        original = intent.original
        assert original is not None
        with self._told("none"):
            refunds: Any = self._client.v1.refunds.list({"payment_intent": original.reference, "limit": 100})
        for one in refunds.data:
            if getattr(one.metadata, _OURS, None) == intent.id:
                return self._refund_told(intent, one)
        return Told(Standing.UNKNOWN)

    def undo(self, intent: PaymentIntent) -> None:
        """Cancel, or give back what was charged. Returns when that is certain."""
        found = self._find(intent)
        if found is None:
            raise Busy("not there yet")
        if found.status == "canceled":
            return
        if found.status == "succeeded":
            with self._told("none"):
                self._client.v1.refunds.create(
                    {"payment_intent": found.id, "metadata": {_OURS: f"{intent.id}-undo"}},
                    {"idempotency_key": f"{intent.id}-undo"},
                )
            return
        self._closed(intent, found, "")

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()  # type: ignore[no-untyped-call]

    # ---- inside

    def _find(self, intent: PaymentIntent) -> Any:
        at = int(intent.created_at)
        span: Any = {"gte": at - _EARLIER, "lte": at + _LATER}
        with self._told("none"):
            listed: Any = self._client.v1.payment_intents.list({"created": span, "limit": 100})
            for one in listed.auto_paging_iter():
                if getattr(one.metadata, _OURS, None) == intent.id:
                    return self._client.v1.payment_intents.retrieve(one.id, {"expand": ["latest_charge"]})
        return None

    def _closed(self, intent: PaymentIntent, found: Any, code: str) -> Told:
        """Cancel a PaymentIntent nobody works on: it cannot be charged any more."""
        with self._told("none"):
            try:
                self._client.v1.payment_intents.cancel(found.id)
            except self._sdk.InvalidRequestError:
                again: Any = self._client.v1.payment_intents.retrieve(found.id, {"expand": ["latest_charge"]})
                if again.status == "succeeded":
                    return Told(Standing.ENDED, self._result(intent, again))
                raise
        return Told(Standing.ENDED, refused(code, stopped=code in ("", "customer_canceled")))

    def _result(self, intent: PaymentIntent, found: Any) -> TerminalResult:
        charge = found.latest_charge
        details = getattr(getattr(charge, "payment_method_details", None), "card_present", None)
        brand = str(getattr(details, "brand", "") or "")
        wallet = getattr(getattr(details, "wallet", None), "type", "") or ""
        return approved(
            intent,
            int(found.amount_received or found.amount),
            brand=_BRANDS.get(brand, brand.title()),
            last=str(getattr(details, "last4", "") or ""),
            technology="contactless" if "contactless" in str(getattr(details, "read_method", "") or "") else "chip",
            wallet=_WALLETS.get(wallet, wallet),
            reference=str(found.id),
            terminal_time=_local(found.created),
        )

    def _refund_told(self, intent: PaymentIntent, refund: Any) -> Told:
        if refund.status in ("failed", "canceled"):
            return Told(Standing.ENDED, refused(str(refund.failure_reason or refund.status), stopped=False))
        return Told(Standing.ENDED, approved(intent, int(refund.amount), reference=str(refund.id)))

    @contextmanager
    def _told(self, money: Money) -> Iterator[None]:
        """Turn the SDK's errors into ours; ``money`` is what a missing answer leaves."""
        sdk = self._sdk
        try:
            yield
        except (sdk.AuthenticationError, sdk.PermissionError) as error:
            raise not_known(type(error).__name__) from None
        except sdk.InvalidRequestError as error:
            if error.code == "resource_missing":
                raise missing("reader") from None
            if error.code in ("terminal_reader_busy", "intent_invalid_state"):
                raise Busy(error.code) from None
            if error.code in ("terminal_reader_offline", "terminal_reader_timeout"):
                raise (
                    no_answer(str(error.code), money) if error.code.endswith("timeout") else unplugged(str(error.code))
                ) from None
            raise rejected(str(error.code or "invalid")) from None
        except sdk.APIConnectionError as error:
            if money == "none":
                raise unplugged(type(error).__name__) from None
            raise no_answer(type(error).__name__, money) from None
        except sdk.StripeError as error:
            raise no_answer(f"{type(error).__name__} {error.http_status}", money) from None


def _local(created: Any) -> str:
    """Return an instant of the service as local time without zone, as terminals tell it."""
    return datetime.fromtimestamp(int(created), UTC).astimezone().replace(tzinfo=None).isoformat(timespec="seconds")
