"""The way to a terminal for a busy register: one worker thread a terminal, a queue, and upkeep while nothing is asked.

The register gets a future at once and watches events. A payment in doubt is resolved by itself, with growing pauses,
before anything else moves money on this terminal; every other request waits or is refused with PaymentPending.
Stopping the process, closing a window or losing a future never abandons a payment: the worker carries it to its end.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import field
from typing import Any, Final, TypeVar

from smartecr.core.records import dataclass
from smartecr.terminal.api import BatchResult, DeviceStatus, Maintenance, PaymentIntent, PaymentRef, ReceiptBlock
from smartecr.terminal.doubt import State
from smartecr.terminal.errors import Aborted, Busy, TerminalError, Unplugged
from smartecr.terminal.events import EventKind, PaymentEvent
from smartecr.terminal.payments import Listener, Outcome, Payments

__all__ = ["TerminalService", "TerminalState"]

log = logging.getLogger(__name__)

T = TypeVar("T")

_PAUSES: Final = (0.5, 1.0, 2.0, 5.0)
_QUEUE: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalState:
    """How the terminal is, for screens: ``ready``, ``busy`` (working for us), ``doubt`` (a payment is not clear yet)
    or ``away``. ``message`` and ``next_step`` are German and empty while ready; ``payment_id`` is the one in doubt."""

    level: str = "away"
    message: str = ""
    next_step: str = ""
    payment_id: str = ""


@dataclass(slots=True, eq=False)
class _Job:
    work: Callable[[], Any]
    payment_id: str = ""
    future: "Future[Any]" = field(default_factory=Future)


class TerminalService:
    """Serves one terminal. Thread-safe. ``keep_warm`` is how many seconds it may stay unasked.

    From now on ``payments`` belongs to the worker: use it from nowhere else. Its events go to the subscribers.
    """

    def __init__(
        self,
        payments: Payments,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        keep_warm: float = 60.0,
        pauses: tuple[float, ...] = _PAUSES,
    ) -> None:
        self._payments = payments
        self._monotonic = monotonic
        self._keep_warm = keep_warm
        self._pauses = pauses
        self._lock = threading.Lock()
        self._wake = threading.Condition(self._lock)
        self._jobs: deque[_Job] = deque()
        self._running: _Job | None = None
        self._closing = False
        self._listeners: list[Listener] = []
        self._state = TerminalState()
        self._failures = 0
        self._answered: float | None = None
        self._due = 0.0
        self._cured: Maintenance | None = None
        payments.listen(self._tell)
        self._thread = threading.Thread(target=self._work, name="terminal-worker", daemon=True)
        self._thread.start()

    # ---- what the register asks

    def pay(self, intent: PaymentIntent) -> "Future[Outcome]":
        """Carry an intent out; the outcome may be in doubt, then events tell how it was resolved."""
        return self._submit(lambda: self._payments.run(intent), intent.id)

    def abort(self, payment_id: str) -> None:
        """Stop this payment; its future tells how it ended. One that still waits is not carried out, and ends Aborted;
        one that runs is stopped by the terminal, if it can be; any other is left alone."""
        with self._lock:
            runs = self._running is not None and self._running.payment_id == payment_id
            waiting = [job for job in self._jobs if job.payment_id == payment_id]
            for job in waiting:
                self._jobs.remove(job)
        for job in waiting:
            job.future.set_exception(Aborted("before its turn"))
        if runs:
            self._tell(self._event(EventKind.ABORT_REQUESTED, "Abbruch angefordert", "Bitte warten…"))
            self._payments.terminal.request_abort(payment_id)

    def resolve(self) -> "Future[Outcome | None]":
        """Ask the terminal about the payment in doubt now ("Terminal fragen"); None when there is none."""
        return self._submit(self._payments.resolve)

    def give_up(self, payment_id: str, by: str) -> "Future[Outcome]":
        """Have the payment in doubt cancelled until that is certain (Capability.UNDO)."""
        return self._submit(lambda: self._payments.give_up(payment_id, by))

    def decide(
        self, payment_id: str, *, charged: bool, by: str, reason: str, receipt_no: str = ""
    ) -> "Future[Outcome]":
        """Settle the payment in doubt by a person's word."""
        return self._submit(
            lambda: self._payments.decide(payment_id, charged=charged, by=by, reason=reason, receipt_no=receipt_no)
        )

    def end_of_day(self) -> "Future[BatchResult]":
        """Close the terminal's batch. Waits for no doubt: raises PaymentPending while one is open."""
        return self._submit(self._payments.end_of_day)

    def totals(self) -> "Future[BatchResult]":
        """Count the terminal's open batch."""
        return self._submit(lambda: self._payments.terminal.totals(self._payments.recorder()))

    def repeat_receipts(self) -> "Future[tuple[ReceiptBlock, ...]]":
        """Have the last receipts again, in the terminal's wording; () when it has none."""
        return self._submit(self._payments.repeat_receipts)

    def open_reservations(self) -> "Future[list[PaymentRef]]":
        """List the reservations neither captured nor released."""
        return self._submit(self._payments.terminal.open_reservations)

    def status(self) -> "Future[DeviceStatus]":
        """Ask how the terminal is."""
        return self._submit(self._payments.terminal.status)

    def maintain(self, action: Maintenance) -> "Future[None]":
        """Look after the terminal."""
        return self._submit(lambda: self._payments.terminal.maintain(action, self._payments.recorder()))

    @property
    def answered(self) -> float | None:
        """Return how many seconds ago the terminal answered last, None before it ever did."""
        return None if self._answered is None else self._monotonic() - self._answered

    @property
    def state(self) -> TerminalState:
        """How the terminal is now."""
        return self._state

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Have every event told, from the worker thread (be quick); return the way to stop it."""
        with self._lock:
            self._listeners.append(listener)

        def unsubscribe() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return unsubscribe

    def close(self, patience: float = 10.0) -> None:
        """Refuse new requests, let the running one end within ``patience`` seconds, and let the terminal go."""
        with self._lock:
            self._closing = True
            waiting = list(self._jobs)
            self._jobs.clear()
            self._wake.notify_all()
        for job in waiting:
            job.future.set_exception(Unplugged("the service is closed"))
        if self._thread is not threading.current_thread():
            self._thread.join(patience)

    # ---- inside

    def _submit(self, work: Callable[[], T], payment_id: str = "") -> "Future[T]":
        job = _Job(work, payment_id)
        job.future.set_running_or_notify_cancel()
        refusal: TerminalError | None = None
        with self._lock:
            if self._closing:
                refusal = Unplugged("the service is closed")
            elif len(self._jobs) >= _QUEUE:
                refusal = Busy(f"{len(self._jobs)} requests wait")
            else:
                self._jobs.append(job)
                self._wake.notify()
        if refusal is not None:
            job.future.set_exception(refusal)
        return job.future

    def _work(self) -> None:
        while not self._closing:
            job = self._next()
            if job is not None:
                self._execute(job)
            elif not self._closing:
                self._look_after()
        self._payments.terminal.close()

    def _next(self) -> _Job | None:
        """Wait for a request, at most until it is time to look after the terminal."""
        with self._lock:
            while not self._jobs and not self._closing:
                left = self._due - self._monotonic()
                if left <= 0:
                    return None
                self._wake.wait(left)
            if self._closing:
                return None
            self._running = self._jobs.popleft()
            return self._running

    def _execute(self, job: _Job) -> None:
        self._become(TerminalState(level="busy"))
        answer: Any = None
        error: Exception | None = None
        try:
            answer = job.work()
        except TerminalError as caught:
            error = caught.with_traceback(None)
        except Exception as caught:
            log.exception("a request to the terminal failed unexpectedly")
            error = TerminalError(type(caught).__name__)
        with self._lock:
            self._running = None
        self._judge(error)
        if error is not None:
            job.future.set_exception(error)
        else:
            job.future.set_result(answer)

    def _look_after(self) -> None:
        """Idle: resolve what is in doubt, else see that the terminal is there and give it what it wants."""
        error: Exception | None = None
        try:
            if self._payments.pending is not None:
                self._payments.resolve()
            else:
                self._payments.prepare()
                self._cure(self._payments.terminal.status())
        except TerminalError as caught:
            error = caught.with_traceback(None)
        except Exception as caught:
            log.exception("looking after the terminal failed unexpectedly")
            error = TerminalError(type(caught).__name__)
        self._judge(error)

    def _cure(self, status: DeviceStatus) -> None:
        """Do what a terminal asks for, once; what it asks for again a person has to look at."""
        if status.wants is not None and status.wants is not self._cured:
            self._cured = status.wants
            self._tell(self._event(EventKind.MAINTENANCE, status.message, ""))
            self._payments.terminal.maintain(status.wants, self._payments.recorder())
        elif status.wants_end_of_day or not (status.ready or status.busy):
            self._tell(self._event(EventKind.WARNING, f"{status.message} {status.next_step}".strip(), ""))
        if status.ready:
            self._cured = None

    def _judge(self, error: Exception | None) -> None:
        """Draw the conclusions of what was done last: how the terminal is, and when to look again."""
        pending, manual = self._pending()
        away = isinstance(error, TerminalError) and error.transient and not isinstance(error, Busy)
        self._failures = self._failures + 1 if away or (pending and not manual) else 0
        if not away:
            self._answered = self._monotonic()
        pause = self._pauses[min(self._failures, len(self._pauses)) - 1] if self._failures else self._keep_warm
        self._due = self._monotonic() + pause
        if pending:
            self._become(TerminalState(level="doubt", message=_DOUBT, next_step=_ASK, payment_id=pending))
        elif away and isinstance(error, TerminalError):
            self._become(TerminalState(level="away", message=error.message, next_step=error.next_step))
        else:
            self._become(TerminalState(level="ready"))

    def _pending(self) -> tuple[str, bool]:
        """Return the payment in doubt, if any, and whether it waits for a person."""
        try:
            record = self._payments.pending
        except Exception:
            log.exception("the journal of payments could not be read")
            return "", False
        return (record.intent.id, record.state is State.MANUAL) if record is not None else ("", False)

    def _become(self, state: TerminalState) -> None:
        before, self._state = self._state, state
        if state.level == "away" and before.level not in ("away", "busy"):
            self._tell(self._event(EventKind.WARNING, f"{state.message} {state.next_step}", ""))

    def _event(self, kind: EventKind, cashier: str, customer: str) -> PaymentEvent:
        return PaymentEvent(kind=kind, at=self._payments.now(), cashier_text=cashier, customer_text=customer)

    def _tell(self, event: PaymentEvent) -> None:
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            try:
                listener(event)
            except Exception:
                log.exception("a listener of the terminal service failed")


_DOUBT: Final = "Eine Kartenzahlung ist noch ungeklärt."
_ASK: Final = "„Terminal fragen“ drücken. Andere Zahlungsmittel gehen weiter."
