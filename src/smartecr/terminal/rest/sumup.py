"""SumUp (Solo, Air) through SumUp's own SDK: a checkout on the reader, and the transaction it becomes.

A checkout cannot be made idempotent, so it is never made a second time; the transaction is found by the foreign id that
travels with it, which needs an affiliate key.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from smartecr.terminal.api import Capability, DeviceInfo, PaymentIntent
from smartecr.terminal.errors import Busy, Money, NotSupported, Rejected
from smartecr.terminal.rest.results import approved, cents, missing, no_answer, not_known, refused, unplugged
from smartecr.terminal.rest.service import Standing, Told

__all__ = ["SumupService"]

_SECONDS = 20.0
_BRANDS = {"VISA": "Visa", "MASTERCARD": "Mastercard", "AMEX": "American Express", "MAESTRO": "Maestro"}
_WALLETS = {"APPLE_PAY": "Apple Pay", "GOOGLE_PAY": "Google Pay"}


class SumupService:
    """One reader of one merchant. ``base`` is another address for tests."""

    kind = "sumup"
    capabilities = Capability.REFUND | Capability.WALLET

    def __init__(
        self, api_key: str, merchant: str, reader: str, app_id: str, affiliate_key: str, base: str = ""
    ) -> None:
        import sumup
        import sumup.errors

        self._sdk = sumup.errors
        more: Any = {"base_url": base} if base else {}
        self._client = sumup.Sumup(api_key=api_key, timeout=_SECONDS, **more)
        self._merchant, self._reader = merchant, reader
        self._affiliate = {"app_id": app_id, "key": affiliate_key}

    def reach(self) -> DeviceInfo:
        """Ask for the reader's state."""
        with self._told("none"):
            status = self._client.readers.get_status(self._merchant, self._reader)
        if str(status.data.status).upper() != "ONLINE":
            raise unplugged("reader offline")
        return DeviceInfo(tid=self._reader, name="SumUp")

    def start(self, intent: PaymentIntent) -> None:
        """Make the checkout, once."""
        affiliate: Any = {**self._affiliate, "foreign_transaction_id": intent.id}
        with self._told("unknown"):
            self._client.readers.create_checkout(
                self._merchant,
                self._reader,
                affiliate=affiliate,
                total_amount={"currency": "EUR", "minor_unit": 2, "value": intent.amount},
            )

    def tell(self, intent: PaymentIntent) -> Told:
        """Ask for the transaction by our id."""
        found = self._transaction(foreign=intent.id)
        if found is None:
            return Told(Standing.UNKNOWN)
        status = str(found.status or "PENDING")
        if status == "PENDING":
            return Told(Standing.PENDING)
        if status in ("FAILED", "CANCELLED"):
            return Told(Standing.ENDED, refused(status, stopped=status == "CANCELLED"))
        mode = str(found.entry_mode or "")
        card = found.card
        brand = str(card.type or "") if card is not None else ""
        tip = cents(found.tip_amount) or 0
        return Told(
            Standing.ENDED,
            approved(
                intent,
                cents(found.amount),
                tip=tip,
                brand=_BRANDS.get(brand, brand.title()),
                last=str(card.last_4_digits or "") if card is not None else "",
                technology="chip" if mode == "CHIP" else "contactless",
                wallet=_WALLETS.get(mode, ""),
                approval=str(found.auth_code or ""),
                reference=str(found.id or ""),
                terminal_time=found.local_time.replace(tzinfo=None).isoformat() if found.local_time else "",
            ),
        )

    def stop(self, intent: PaymentIntent) -> None:
        """Terminate the checkout; only the transaction says whether it came in time."""
        del intent
        with self._told("none"):
            self._client.readers.terminate_checkout(self._merchant, self._reader)

    def refund(self, intent: PaymentIntent) -> Told:
        """Refund the whole transaction, once: a refund bears no id of ours, so parts could not be told apart."""
        original = intent.original
        assert original is not None
        if original.amount != intent.amount:
            raise NotSupported("only whole payments go back")
        with self._told("unknown"):
            self._client.transactions.refund(self._merchant, original.reference)
        return Told(Standing.ENDED, approved(intent, intent.amount, reference=original.reference))

    def tell_refund(self, intent: PaymentIntent) -> Told:
        """Ask the transaction whether it was refunded."""
        original = intent.original
        assert original is not None
        found = self._transaction(reference=original.reference)
        if found is None or str(found.status) != "REFUNDED":
            return Told(Standing.UNKNOWN)
        return Told(Standing.ENDED, approved(intent, intent.amount, reference=original.reference))

    def undo(self, intent: PaymentIntent) -> None:
        """A checkout cannot be taken back for certain."""
        raise NotSupported(intent.id)

    def close(self) -> None:
        """Let go of the connections."""
        self._client._client.close()

    # ---- inside

    def _transaction(self, *, foreign: str = "", reference: str = "") -> Any:
        with self._told("none"):
            try:
                if foreign:
                    return self._client.transactions.get(self._merchant, foreign_transaction_id=foreign)
                return self._client.transactions.get(self._merchant, id=reference)
            except self._sdk.NotFoundError:
                return None

    @contextmanager
    def _told(self, money: Money) -> Iterator[None]:
        """Turn the SDK's errors into ours; ``money`` is what a missing answer leaves."""
        sdk = self._sdk
        try:
            yield
        except (sdk.AuthenticationError, sdk.PermissionDeniedError) as error:
            raise not_known(type(error).__name__) from None
        except sdk.NotFoundError:
            raise missing("reader") from None
        except sdk.ConflictError:
            raise Busy("409") from None
        except (sdk.BadRequestError, sdk.UnprocessableEntityError) as error:
            raise Rejected(type(error).__name__) from None
        except sdk.SumupError as error:
            if money == "none":
                raise unplugged(type(error).__name__) from None
            raise no_answer(type(error).__name__, money) from None
        except ValueError as error:  # an answer that is none (pydantic, JSON)
            raise no_answer(type(error).__name__, money) from None
