"""Payments on one terminal, from intent to a final state, over crashes and cuts: intent → sent → result → acknowledged.

``run`` carries an intent out once. What was cut off stays open, locks the terminal, and is resolved by asking the
terminal (``resolve``), as often as it takes, or by a person (``decide``). Nothing that charges is ever repeated.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import tzinfo
from typing import Any

from smartecr.core.records import dataclass
from smartecr.terminal.api import (
    BatchResult,
    Capability,
    Evidence,
    Kind,
    Menu,
    PaymentIntent,
    PaymentRef,
    PaymentTerminal,
    ReceiptBlock,
    TerminalResult,
)
from smartecr.terminal.doubt import FINAL, State, Verdict, judge
from smartecr.terminal.errors import (
    Busy,
    NotSupported,
    PaymentPending,
    ProtocolBroken,
    Rejected,
    StorageFailed,
    TerminalError,
)
from smartecr.terminal.events import EventKind, PaymentEvent
from smartecr.terminal.journal import PaymentJournal, PaymentRecord

__all__ = ["Ask", "Listener", "Outcome", "Payments", "Recorder"]

log = logging.getLogger(__name__)

Listener = Callable[[PaymentEvent], None]
Ask = Callable[[Menu], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Where a payment stands now. ``error`` says why when it was refused, is in doubt or needs a person."""

    payment_id: str
    state: State
    result: TerminalResult | None = None
    error: TerminalError | None = None

    @property
    def settled(self) -> bool:
        """Whether this is final."""
        return self.state in FINAL


class Recorder:
    """Writes down what a terminal tells while it carries an intent out, and passes events on."""

    def __init__(
        self, terminal_id: str, journal: PaymentJournal, tell: Listener, ask: Ask, intent: PaymentIntent | None = None
    ) -> None:
        self._terminal_id = terminal_id
        self._journal = journal
        self._intent = intent
        self._tell = tell
        self._ask = ask
        self.begun = False

    def event(self, event: PaymentEvent, /) -> None:
        """Pass an event on."""
        self._tell(event)

    def sending(self) -> bool:
        """Write the intent down and lock the terminal; once, also when a driver asks twice."""
        if not self.begun and self._intent is not None:
            intent = self._intent
            self.begun = self._written(lambda: self._journal.begin(self._terminal_id, intent))
        return self.begun

    def accepted(self) -> None:
        """Note that the terminal took it."""
        self._note(State.ACCEPTED)

    def result(self, result: TerminalResult, /) -> bool:
        """Store a result."""
        intent = self._intent
        return intent is None or self._written(lambda: self._journal.result(intent.id, result))

    def acknowledged(self) -> None:
        """Note that it counts as paid."""
        self._note(State.ACKED)

    def receipt(self, block: ReceiptBlock, /) -> bool:
        """Store a receipt."""
        intent = self._intent
        return intent is None or self._written(lambda: self._journal.receipt(intent.id, block))

    def batch(self, batch: BatchResult, /) -> bool:
        """Store the totals of a closed batch."""
        return self._written(lambda: self._journal.closed(self._terminal_id, batch))

    def ask(self, menu: Menu, /) -> str | None:
        """Have a person answer."""
        try:
            return self._ask(menu)
        except Exception:
            log.exception("asking on the screen failed")
            return None

    def _note(self, state: State) -> None:
        intent = self._intent
        if intent is not None:
            self._written(lambda: self._journal.note(intent.id, state))

    def _written(self, write: Callable[[], Any]) -> bool:
        try:
            write()
        except Exception:
            log.exception("the journal of payments could not be written")
            return False
        return True


class Repeated(Recorder):
    """Keeps the receipts of a repetition in memory."""

    def __init__(self, terminal_id: str, journal: PaymentJournal, tell: Listener, ask: Ask) -> None:
        super().__init__(terminal_id, journal, tell, ask)
        self.blocks: list[ReceiptBlock] = []

    def receipt(self, block: ReceiptBlock, /) -> bool:
        """Keep a receipt."""
        self.blocks.append(block)
        return True


class Payments:
    """The payments of one terminal. Used by one thread.

    ``clock`` is unix seconds, ``zone`` the terminal's local time, ``tell`` gets events, ``ask`` answers menus.
    """

    def __init__(
        self,
        terminal_id: str,
        terminal: PaymentTerminal,
        journal: PaymentJournal,
        *,
        clock: Callable[[], float],
        zone: tzinfo,
        tell: Listener = lambda _event: None,
        ask: Ask = lambda _menu: None,
    ) -> None:
        self.terminal_id = terminal_id
        self.terminal = terminal
        self.journal = journal
        self._clock = clock
        self._zone = zone
        self._tell = tell
        self._ask = ask
        self._stale = False  # an end of day was cut off: the batch is another one, or not

    def listen(self, tell: Listener) -> None:
        """Have events told to ``tell`` from now on."""
        self._tell = tell

    def now(self) -> float:
        """Unix seconds."""
        return self._clock()

    @property
    def pending(self) -> PaymentRecord | None:
        """The payment that is not clear yet, if there is one."""
        return self.journal.open(self.terminal_id)

    def recorder(self, intent: PaymentIntent | None = None) -> Recorder:
        """Return the ``PaymentIO`` for an operation; without an intent it stores no results."""
        return Recorder(self.terminal_id, self.journal, self._tell, self._ask, intent)

    def prepare(self) -> None:
        """Reach the terminal, and learn what it did last where we do not know (a new terminal)."""
        self.terminal.connect()
        unknown = self._stale or self.journal.baseline(self.terminal_id) is None
        if unknown and self.pending is None:
            self.learn()

    def learn(self) -> None:
        """Take over the terminal's last transaction and the sum of its batch as the state before our next payment."""
        nothing = PaymentIntent(id="", kind=Kind.SALE, amount=0, created_at=self._clock())
        evidence = self.terminal.look_up(nothing, self.recorder(), thorough=True)
        if evidence.busy:
            raise Busy("the terminal still works")
        ref = evidence.last.ref if evidence.last is not None else PaymentRef()
        self.journal.learn(self.terminal_id, ref, evidence.total)
        self._stale = False

    def run(self, intent: PaymentIntent) -> Outcome:
        """Carry an intent out, once.

        Raises PaymentPending, and errors with money ``none`` from before anything was written. Everything later is an
        Outcome: in doubt, it has to be resolved.
        """
        pending = self.pending
        if pending is not None:
            raise PaymentPending(pending.intent.id)
        self.prepare()
        intent = replace(intent, baseline=self.journal.baseline(self.terminal_id))
        recorder = self.recorder(intent)
        self._event(EventKind.REQUESTED, intent.id, "Zahlung am Terminal", "Bitte auf das Terminal schauen")
        try:
            result = self.terminal.perform(intent, recorder)
        except TerminalError as error:
            if not recorder.begun:
                raise
            return self._failed(intent, error)
        except Exception as error:
            log.exception("the driver failed in the middle of payment %s", intent.id)
            if not recorder.begun:
                raise
            return self._failed(intent, ProtocolBroken(type(error).__name__, money="unknown"))
        state = State.COMPLETED if result.approved else _refused(result)
        return self._finish(intent.id, state, result)

    def resolve(self) -> Outcome | None:
        """Ask the terminal about the open payment; None when there is none.

        Raises TerminalError when the terminal cannot be asked now (also Busy): try again later.
        """
        record = self.pending
        if record is None:
            return None
        intent = record.intent
        if record.state is State.CANCELLING:
            self.terminal.undo(intent, self.recorder())
            return self._settle(record, State.NOT_CHARGED, None)
        self._event(EventKind.RESOLVING, intent.id, "Die Kasse fragt das Terminal.", "Bitte warten…")
        verdict = self._judge(record, self.terminal.look_up(intent, self.recorder()))
        if verdict.says == "unknown":
            verdict = self._judge(record, self.terminal.look_up(intent, self.recorder(), thorough=True))
        log.info("payment %s in doubt: %s, %s", intent.id, verdict.says, verdict.why)
        if verdict.says == "wait":
            raise Busy(verdict.why)
        if verdict.says == "unknown":
            return self._manual(record)
        if verdict.says == "charged":
            return self._settle(record, State.COMPLETED, verdict.result or _claimed(record))
        lost = record.state is State.ACKED
        return self._settle(record, State.LOST_AFTER_ACK if lost else State.NOT_CHARGED, None)

    def give_up(self, payment_id: str, by: str) -> Outcome:
        """Have the open payment cancelled whatever became of it, until that is certain: it will not count as paid.

        Raises Rejected when another or no payment is open, NotSupported where the terminal cannot.
        """
        record = self.pending
        if record is None or record.intent.id != payment_id:
            raise Rejected("this payment is not open", message="Diese Zahlung ist nicht (mehr) offen.")
        if Capability.UNDO not in self.terminal.capabilities or record.state is State.ACKED:
            raise NotSupported("undo")
        self.journal.give_up(payment_id, by)
        self._event(EventKind.ABORT_REQUESTED, payment_id, _GIVEN_UP, "Zahlung nicht möglich")
        return Outcome(payment_id=payment_id, state=State.CANCELLING)

    def decide(self, payment_id: str, *, charged: bool, by: str, reason: str, receipt_no: str = "") -> Outcome:
        """Settle the open payment by a person's word: who, why, and the number of the terminal's receipt if charged.

        Raises Rejected when another or no payment is open, or when the person or the reason is not named.
        """
        record = self.pending
        if record is None or record.intent.id != payment_id:
            raise Rejected("this payment is not open", message="Diese Zahlung ist nicht (mehr) offen.")
        if not by or not reason:
            raise Rejected("who and why", message="Bitte Name und Grund angeben.")
        result = None
        if charged:
            result = record.result if record.result is not None and record.result.approved else _claimed(record)
            result = replace(result, receipt_no=receipt_no or result.receipt_no)
        state = State.COMPLETED if charged else State.NOT_CHARGED
        self.journal.finish(payment_id, state, result, by=by, reason=reason)
        self._event(EventKind.RESOLVED, payment_id, _DECIDED[charged], "")
        return Outcome(payment_id=payment_id, state=state, result=result)

    def repeat_receipts(self) -> tuple[ReceiptBlock, ...]:
        """Have the last receipts again; they are shown and printed, not stored a second time."""
        recorder = Repeated(self.terminal_id, self.journal, self._tell, self._ask)
        self.terminal.repeat_receipt(recorder)
        return tuple(recorder.blocks)

    def end_of_day(self) -> BatchResult:
        """Close the terminal's batch. Raises PaymentPending while a payment is not clear, and what the terminal says.

        A terminal that closed but whose totals did not reach us is learned anew before the next payment.
        """
        pending = self.pending
        if pending is not None:
            raise PaymentPending(pending.intent.id)
        self.prepare()
        self._stale = True
        batch = self.terminal.end_of_day(self.recorder())
        self._stale = False
        return batch

    # ---- inside

    def _judge(self, record: PaymentRecord, evidence: Evidence) -> Verdict:
        stored = record.result if record.result is not None and record.result.approved else None
        return judge(
            record.intent,
            evidence,
            zone=self._zone,
            stored=stored,
            expected_total=self.journal.expected_total(self.terminal_id),
            tip_at_terminal=Capability.TIP_AT_TERMINAL in self.terminal.capabilities,
        )

    def _failed(self, intent: PaymentIntent, error: TerminalError) -> Outcome:
        if error.money == "none":
            self._event(EventKind.DECLINED, intent.id, f"{error.message} {error.next_step}", "Zahlung nicht möglich")
            return self._finish(intent.id, State.REJECTED, None, error)
        log.warning("payment %s is in doubt: %s", intent.id, error)
        self._event(EventKind.CONNECTION_LOST, intent.id, f"{error.message} {error.next_step}", "Bitte warten…")
        return self._in_doubt(intent.id, error)

    def _finish(
        self, payment_id: str, state: State, result: TerminalResult | None, error: TerminalError | None = None
    ) -> Outcome:
        """Write the end down; a journal that cannot leaves it open, to be resolved like a cut."""
        try:
            self.journal.finish(payment_id, state, result)
        except Exception:
            log.exception("the end of payment %s could not be written", payment_id)
            return self._in_doubt(payment_id, StorageFailed("end not written", money="unknown"))
        return Outcome(payment_id=payment_id, state=state, result=result, error=error)

    def _in_doubt(self, payment_id: str, error: TerminalError) -> Outcome:
        """Leave it open. What was acknowledged stays marked so: if it proves not charged, money is missing."""
        record = self.pending
        try:
            if record is not None and record.state not in (State.ACKED, State.CANCELLING):
                self.journal.note(payment_id, State.IN_DOUBT)
        except Exception:
            log.exception("the doubt about payment %s could not be noted", payment_id)
        return Outcome(payment_id=payment_id, state=State.IN_DOUBT, error=error)

    def _manual(self, record: PaymentRecord) -> Outcome:
        payment_id = record.intent.id
        if record.state is not State.ACKED:
            self.journal.note(payment_id, State.MANUAL)
        self._event(EventKind.MANUAL_DECISION, payment_id, _LOOK, "Bitte warten…")
        error = PaymentPending("the terminal does not tell", money="unknown", message=_LOOK, next_step=_LOOK_STEP)
        return Outcome(payment_id=payment_id, state=State.MANUAL, error=error)

    def _settle(self, record: PaymentRecord, state: State, result: TerminalResult | None) -> Outcome:
        payment_id = record.intent.id
        outcome = self._finish(payment_id, state, result)
        if outcome.settled:
            cashier, customer = _SETTLED[state]
            self._event(EventKind.RESOLVED, payment_id, cashier, customer)
        return outcome

    def _event(self, kind: EventKind, payment_id: str, cashier: str, customer: str) -> None:
        event = PaymentEvent(
            kind=kind, at=self._clock(), cashier_text=cashier, customer_text=customer, payment_id=payment_id
        )
        self._tell(event)


_LOOK = "Das Terminal kann nicht sagen, ob gezahlt ist."
_LOOK_STEP = "Am Terminal oder im Händlerportal nachsehen und dann hier entscheiden."
_GIVEN_UP = "Aufgegeben: Die Kasse storniert beim Anbieter, bis er es bestätigt."
_DECIDED = {True: "Als gezahlt eingetragen.", False: "Als nicht gezahlt eingetragen."}
_SETTLED = {
    State.COMPLETED: ("Geklärt: Die Zahlung ist erfolgt.", "Vielen Dank"),
    State.NOT_CHARGED: ("Geklärt: Es wurde nichts abgebucht.", "Zahlung nicht möglich"),
    State.LOST_AFTER_ACK: ("Achtung: Das Terminal hat die Zahlung zurückgenommen. Neu kassieren.", "Bitte warten…"),
}


def _refused(result: TerminalResult) -> State:
    return State.ABORTED if result.error == "terminal_aborted" else State.DECLINED


def _claimed(record: PaymentRecord) -> TerminalResult:
    """Return what we know of a payment that was charged but of which the terminal's record is missing."""
    return TerminalResult(approved=True, result_code="00", amount=record.intent.amount, tip=record.intent.tip)
