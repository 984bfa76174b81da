"""The ``PaymentTerminal`` for codes customers show: charge, poll, cancel until it is certain, refund.

The code of a payment is handed in apart from its intent (``offer``), kept in memory until it is sent, and gone after.
What was cut off is asked for by our own id; what the provider does not know or does not end is cancelled, as often as
it takes, over restarts too: the payment locks this terminal until the provider confirms.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Final

from smartecr.terminal.api import (
    Capability,
    DeviceInfo,
    DeviceStatus,
    Evidence,
    Kind,
    PaymentIntent,
    PaymentIO,
    TerminalResult,
)
from smartecr.terminal.batchless import Batchless
from smartecr.terminal.errors import Busy, InvalidAmount, NoAnswer, NotSupported, Rejected, StorageFailed, TerminalError
from smartecr.terminal.events import EventKind, PaymentEvent
from smartecr.terminal.qr.code import CustomerCode
from smartecr.terminal.qr.provider import Charge, Provider, Reply, Standing
from smartecr.terminal.wish import Wish

__all__ = ["QrTerminal"]

#: seconds a request of ours may still be on its way to a provider that does not know it
_ON_ITS_WAY: Final = 30.0
_GREETING: Final = 86_400.0
_ASKED: Final = 2
_ABORTED: Final = "terminal_aborted"


class QrTerminal(Batchless):
    """All contracts of a shop for customers' codes. ``now`` is unix seconds, ``zone`` local time on receipts.

    ``pause`` waits so many seconds or until the event is set, and tells whether it is.
    """

    kind = "qr"
    capabilities = Capability.REFUND | Capability.ABORT | Capability.UNDO | Capability.WALLET

    def __init__(
        self,
        providers: Sequence[Provider],
        *,
        now: Callable[[], float],
        zone: tzinfo,
        terminal: str = "",
        pause: Callable[[threading.Event, float], bool] = threading.Event.wait,
    ) -> None:
        self.providers = {provider.name: provider for provider in providers}
        self._now = now
        self._zone = zone
        self._terminal = terminal
        self._pause = pause
        self._codes: dict[str, CustomerCode] = {}
        self._abort = threading.Event()
        self._wish = Wish(self._abort.set, self._abort.clear)
        self._greeted: float | None = None

    def offer(self, payment_id: str, code: CustomerCode) -> None:
        """Take the code for a payment that will be performed; any thread."""
        self._codes[payment_id] = code

    def connect(self) -> DeviceInfo:
        """Nothing to reach: every call stands alone."""
        return DeviceInfo(tid=self._terminal)

    def perform(self, intent: PaymentIntent, io: PaymentIO) -> TerminalResult:
        """Charge, or give back, once."""
        code = self._codes.pop(intent.id, None)
        provider = self._provider(intent)
        if intent.amount <= 0 or intent.currency != "EUR":
            raise InvalidAmount("only euros, more than 0")
        with self._wish.during(intent.id):
            if intent.kind is Kind.REFUND:
                return self._refund(provider, intent, io)
            if intent.kind is not Kind.SALE:
                raise NotSupported(intent.kind)
            if code is None:
                raise Rejected("no code", message="Der Handy-Code fehlt.", next_step="Den Code noch einmal lesen.")
            return self._sale(provider, intent, code, io)

    def request_abort(self, payment_id: str, /) -> None:
        """Have this charge cancelled; any thread."""
        self._wish.stop(payment_id)

    def look_up(self, intent: PaymentIntent, _io: PaymentIO, /, *, thorough: bool = False) -> Evidence:  # noqa: ARG002 - our id is proof enough
        """Ask for the charge; one that has not ended in its time is cancelled. Proves one or the other, or raises."""
        if not intent.id:
            return Evidence()
        provider = self._provider(intent)
        if intent.kind is Kind.REFUND:
            return self._look_up_refund(provider, intent)
        reply = provider.tell(intent.id)
        if reply.standing is Standing.PENDING and self._now() < intent.created_at + reply.ttl:
            return Evidence(busy=True)
        if reply.standing in (Standing.PENDING, Standing.UNKNOWN):
            reply = self._cancelled(provider, intent)
        charged = reply.standing is Standing.APPROVED
        return Evidence(found=charged, last=self._result(provider, intent, reply) if charged else None)

    def undo(self, intent: PaymentIntent, _io: PaymentIO) -> None:
        """See to it that nothing is charged; returns when that is certain, raises TerminalError until then."""
        provider = self._provider(intent)
        reply = self._cancelled(provider, intent)
        if reply.standing is Standing.APPROVED:
            reply = provider.refund(intent.id, reply.reference, reply.cents or intent.amount)
        if reply.standing is Standing.APPROVED:
            raise Busy("not given back yet")

    def status(self) -> DeviceStatus:
        """Greet every provider once a day; raises when one is not to be reached."""
        now = self._now()
        if self._greeted is None or now - self._greeted >= _GREETING:
            for provider in self.providers.values():
                provider.greet()
            self._greeted = now
        return DeviceStatus(ready=True)

    def close(self) -> None:
        """Let go of all connections and codes."""
        self._codes.clear()
        for provider in self.providers.values():
            provider.close()

    # ---- inside

    def _provider(self, intent: PaymentIntent) -> Provider:
        provider = self.providers.get(intent.means)
        if provider is None:
            raise NotSupported(
                f"no contract {intent.means!r}",
                message="Für diesen Anbieter hat die Kasse keinen Zugang (mehr).",
                next_step="Die Leitung holen: Zugang in den Einstellungen prüfen.",
                money="none",
            )
        return provider

    def _sale(self, provider: Provider, intent: PaymentIntent, code: CustomerCode, io: PaymentIO) -> TerminalResult:
        self._wish.heed()
        if not io.sending():
            raise StorageFailed("intent not written")
        self._tell(
            io, intent, EventKind.AUTHORISING, "Der Code ist gelesen, der Anbieter wird gefragt.", "Bitte warten…"
        )
        charge = Charge(
            id=intent.id, cents=intent.amount, tip=intent.tip, slip=intent.id[-8:].upper(), terminal=self._terminal
        )
        try:
            reply = provider.charge(code, charge)
        except TerminalError as error:
            if error.money != "unknown":
                raise
            reply = self._asked(provider, intent, error)
        io.accepted()
        reply = self._followed(provider, intent, reply, io)
        result = self._result(provider, intent, reply)
        if result.approved:
            if not io.result(result):
                raise StorageFailed("result not written", money="unknown")
            io.acknowledged()
            self._tell(io, intent, EventKind.APPROVED, "Bezahlt", "Vielen Dank")
        return result

    def _asked(self, provider: Provider, intent: PaymentIntent, error: TerminalError) -> Reply:
        """The answer to the charge is missing: ask how it stands; what cannot be told stays in doubt."""
        for _ in range(_ASKED):
            self._pause(self._abort, 2.0)
            try:
                reply = provider.tell(intent.id)
            except TerminalError:
                continue
            if reply.standing is not Standing.UNKNOWN:
                return reply
        raise error

    def _followed(self, provider: Provider, intent: PaymentIntent, reply: Reply, io: PaymentIO) -> Reply:
        """Poll until the customer has answered, wants out, or the time is over; then cancel."""
        ends = self._now() + reply.ttl
        while reply.standing is Standing.PENDING:
            self._tell(
                io, intent, EventKind.CUSTOMER_INPUT, "Der Gast bestätigt am Handy.", "Bitte am Handy bestätigen"
            )
            stopped = self._pause(self._abort, max(0.2, reply.check_in))
            if stopped or self._now() >= ends:
                return self._ended(provider, intent)
            try:
                told = provider.tell(intent.id)
            except TerminalError:
                continue  # asked again at the next turn, cancelled at the end
            reply = reply if told.standing is Standing.UNKNOWN else told
        return reply

    def _ended(self, provider: Provider, intent: PaymentIntent) -> Reply:
        try:
            reply = provider.cancel(intent.id)
            return provider.tell(intent.id) if reply.standing is not Standing.CANCELLED else reply
        except TerminalError as error:
            raise NoAnswer(error.detail, money="unknown") from None

    def _cancelled(self, provider: Provider, intent: PaymentIntent) -> Reply:
        """Cancel; what the provider does not know counts once no request of ours can be on its way any more."""
        reply = provider.cancel(intent.id)
        if reply.standing is Standing.CANCELLED:
            return reply
        reply = provider.tell(intent.id)
        waiting = reply.standing is Standing.UNKNOWN and self._now() < intent.created_at + _ON_ITS_WAY
        if waiting or reply.standing is Standing.PENDING:
            raise Busy("not cancelled yet")
        return reply

    def _refund(self, provider: Provider, intent: PaymentIntent, io: PaymentIO) -> TerminalResult:
        if intent.original is None or not intent.original.reference:
            raise NotSupported("the original payment is not known")
        self._wish.heed()
        if not io.sending():
            raise StorageFailed("intent not written")
        self._tell(io, intent, EventKind.PROCESSING, "Der Anbieter gibt das Geld zurück.", "Bitte warten…")
        reply = provider.refund(intent.id, intent.original.reference, intent.amount)
        io.accepted()
        back = reply.standing is Standing.CANCELLED
        done = (
            replace(reply, standing=Standing.APPROVED, cents=intent.amount, reference=reply.reference)
            if back
            else reply
        )
        result = self._result(provider, intent, done)
        if back:
            if not io.result(result):
                raise StorageFailed("result not written", money="unknown")
            io.acknowledged()
        return result

    def _look_up_refund(self, provider: Provider, intent: PaymentIntent) -> Evidence:
        """The provider tells of the original charge whether it was given back; our id of it is its trace."""
        original = intent.original
        if original is None or not original.trace:
            return Evidence()
        reply = provider.tell(original.trace)
        if reply.standing is Standing.PENDING:
            return Evidence(busy=True)
        back = reply.standing is Standing.CANCELLED
        done = replace(reply, standing=Standing.APPROVED, cents=intent.amount)
        return Evidence(found=back, last=self._result(provider, intent, done) if back else None)

    def _result(self, provider: Provider, intent: PaymentIntent, reply: Reply) -> TerminalResult:
        at = datetime.fromtimestamp(self._now(), self._zone).replace(tzinfo=None).isoformat(timespec="seconds")
        if reply.standing is Standing.APPROVED:
            return TerminalResult(
                approved=True,
                result_code="00",
                amount=intent.amount if reply.cents is None else reply.cents,
                tip=reply.tip,
                brand=reply.brand or provider.name,
                wallet=provider.name,
                technology="qr",
                online=True,
                tid=self._terminal,
                trace=intent.id,
                reference=reply.reference,
                terminal_time=at,
            )
        cancelled = reply.standing is not Standing.DECLINED
        return TerminalResult(
            approved=False,
            result_code="6C" if cancelled else "05",
            host_code=reply.code,
            reason="Die Zahlung mit dem Handy-Code wurde abgebrochen." if cancelled else reply.reason,
            next_step="Noch einmal mit neuem Code oder anders bezahlen." if cancelled else reply.next_step,
            error=_ABORTED if cancelled else "terminal_declined",
        )

    def _tell(self, io: PaymentIO, intent: PaymentIntent, kind: EventKind, cashier: str, customer: str) -> None:
        at = self._now()
        io.event(PaymentEvent(kind=kind, at=at, cashier_text=cashier, customer_text=customer, payment_id=intent.id))
