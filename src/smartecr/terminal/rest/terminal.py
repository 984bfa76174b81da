"""The ``PaymentTerminal`` over a maker's web service.

A payment is started once and asked for by our own id until it ended. What was cut off is only asked for: a service that
does not know it after ``_ON_ITS_WAY`` seconds never began it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
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
from smartecr.terminal.errors import InvalidAmount, NoResult, NotSupported, StorageFailed, TerminalError
from smartecr.terminal.events import EventKind, PaymentEvent
from smartecr.terminal.rest.service import RestService, Standing, Told
from smartecr.terminal.wish import Wish

__all__ = ["LARGEST", "RestTerminal"]

#: the services take no more, in cents
LARGEST: Final = 99_999_999
#: seconds a terminal may take to begin what it was told (SumUp: 60)
_ON_ITS_WAY: Final = 90.0
_LONGEST: Final = 300.0
_EACH: Final = 1.0


class RestTerminal(Batchless):
    """One terminal. ``now`` is unix seconds; ``pause`` waits so long or until the event is set, and tells whether."""

    def __init__(
        self,
        service: RestService,
        *,
        now: Callable[[], float] = time.time,
        pause: Callable[[threading.Event, float], bool] = threading.Event.wait,
    ) -> None:
        self.service = service
        self._now = now
        self._pause = pause
        self._abort = threading.Event()
        self._wish = Wish(self._abort.set, self._abort.clear)
        self._info: DeviceInfo | None = None

    @property
    def kind(self) -> str:
        """The service's name."""
        return self.service.kind

    @property
    def capabilities(self) -> Capability:
        """What the service can do."""
        return self.service.capabilities | Capability.ABORT

    def connect(self) -> DeviceInfo:
        """Ask once whether service and terminal are there; every call stands alone after that."""
        if self._info is None:
            self._info = self.service.reach()
        return self._info

    def perform(self, intent: PaymentIntent, io: PaymentIO) -> TerminalResult:
        """Carry an intent out, once."""
        if not 0 < intent.amount <= LARGEST or intent.currency != "EUR":
            raise InvalidAmount("only euros, 0.01 to 999,999.99")
        refund = intent.kind is Kind.REFUND and Capability.REFUND in self.capabilities
        if not refund and intent.kind is not Kind.SALE:
            raise NotSupported(intent.kind)
        with self._wish.during(intent.id):
            return self._end(intent, io, self._refunded(intent, io) if refund else self._sold(intent, io))

    def request_abort(self, payment_id: str, /) -> None:
        """Ask the terminal to stop this payment; any thread."""
        self._wish.stop(payment_id)

    def look_up(self, intent: PaymentIntent, _io: PaymentIO, /, *, thorough: bool = False) -> Evidence:  # noqa: ARG002 - our id is proof enough
        """Ask for the payment by our id: proof, or busy while it may still begin."""
        if not intent.id:
            return Evidence()
        told = self.service.tell_refund(intent) if intent.kind is Kind.REFUND else self.service.tell(intent)
        if told.standing is Standing.PENDING:
            return Evidence(busy=True)
        if told.standing is Standing.UNKNOWN or told.result is None:
            waits = self._now() < intent.created_at + _ON_ITS_WAY
            return Evidence(busy=True) if waits else Evidence(found=False)
        return Evidence(found=told.result.approved, last=told.result if told.result.approved else None)

    def undo(self, intent: PaymentIntent, _io: PaymentIO) -> None:
        """See to it that nothing is charged."""
        self.service.undo(intent)

    def status(self) -> DeviceStatus:
        """Ask whether service and terminal are there."""
        self._info = None
        self.connect()
        return DeviceStatus(ready=True)

    def close(self) -> None:
        """Let go of the connections."""
        self.service.close()

    # ---- inside

    def _sold(self, intent: PaymentIntent, io: PaymentIO) -> TerminalResult:
        self._wish.heed()
        if not io.sending():
            raise StorageFailed("intent not written")
        self.service.start(intent)
        io.accepted()
        self._say(io, intent, EventKind.PRESENT_CARD, "Karte anhalten oder stecken", "Karte, Handy oder Uhr anhalten")
        return self._followed(intent, io)

    def _followed(self, intent: PaymentIntent, io: PaymentIO) -> TerminalResult:
        """Ask until it ended. A stop is asked for once; the payment's own end says whether it came in time."""
        ends, stopped = self._now() + _LONGEST, False
        while self._now() < ends:
            wanted = self._pause(self._abort, _EACH)
            if wanted and not stopped:
                stopped = True
                self._abort.clear()
                self._quietly(lambda: self.service.stop(intent))
            told = self._quietly(lambda: self.service.tell(intent))
            if isinstance(told, Told) and told.standing is Standing.ENDED and told.result is not None:
                return told.result
        self._say(io, intent, EventKind.CONNECTION_LOST, "Das Terminal meldet kein Ergebnis.", "Bitte warten…")
        raise NoResult("no end", money="unknown")

    @staticmethod
    def _quietly(ask: Callable[[], Told | None]) -> Told | None:
        """Ask; no answer now is asked for again at the next turn."""
        try:
            return ask()
        except TerminalError:
            return None

    def _refunded(self, intent: PaymentIntent, io: PaymentIO) -> TerminalResult:
        if intent.original is None or not intent.original.reference:
            raise NotSupported("the original payment is not known")
        self._wish.heed()
        if not io.sending():
            raise StorageFailed("intent not written")
        told = self.service.refund(intent)
        io.accepted()
        if told.result is None:
            raise NoResult("no refund", money="unknown")
        return told.result

    def _end(self, intent: PaymentIntent, io: PaymentIO, result: TerminalResult) -> TerminalResult:
        if result.approved:
            if not io.result(result):
                raise StorageFailed("result not written", money="unknown")
            io.acknowledged()
            self._say(io, intent, EventKind.APPROVED, "Bezahlt", "Vielen Dank")
        return result

    def _say(self, io: PaymentIO, intent: PaymentIntent, kind: EventKind, cashier: str, customer: str) -> None:
        io.event(
            PaymentEvent(kind=kind, at=self._now(), cashier_text=cashier, customer_text=customer, payment_id=intent.id)
        )
