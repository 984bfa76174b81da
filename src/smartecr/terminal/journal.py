"""The memory of payments that survives a crash: what the register keeps in its database, and a twin in memory.

A payment locks its terminal from ``begin`` to ``finish``. ``begin``, ``result``, ``receipt``, ``give_up``, ``finish``
and ``closed`` return only when everything is on disk, or raise; ``note`` may be lost, no decision hangs on it alone.
"""

from dataclasses import field, replace
from typing import Protocol

from smartecr.core.records import dataclass
from smartecr.terminal.api import BatchResult, PaymentIntent, PaymentRef, ReceiptBlock, TerminalResult
from smartecr.terminal.doubt import FINAL, State, effect_of
from smartecr.terminal.errors import PaymentPending

__all__ = ["MemoryJournal", "PaymentJournal", "PaymentRecord"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRecord:
    """What is known of one payment. ``result`` is the last one the terminal gave, approved or not."""

    intent: PaymentIntent
    terminal_id: str
    state: State
    result: TerminalResult | None = None
    receipts: tuple[ReceiptBlock, ...] = ()
    decided_by: str = ""
    reason: str = ""


class PaymentJournal(Protocol):
    """Durable. Any exception of a writing method counts as "could not be written"."""

    def begin(self, terminal_id: str, intent: PaymentIntent, /) -> None:
        """Write an intent down and lock the terminal, in one step. Raises PaymentPending when it is locked."""
        ...

    def note(self, payment_id: str, state: State, /) -> None:
        """Remember how far it got."""
        ...

    def result(self, payment_id: str, result: TerminalResult, /) -> None:
        """Store a result; the state becomes RESULT. The last one counts."""
        ...

    def receipt(self, payment_id: str, block: ReceiptBlock, /) -> None:
        """Store a receipt of the payment."""
        ...

    def give_up(self, payment_id: str, by: str, /) -> None:
        """Remember that ``by`` wants a payment in doubt cancelled; the state becomes CANCELLING and stays it."""
        ...

    def finish(
        self, payment_id: str, state: State, result: TerminalResult | None, /, *, by: str = "", reason: str = ""
    ) -> None:
        """End a payment in a final state and unlock the terminal; a completed one becomes its baseline.

        ``by`` and ``reason`` tell who decided where a person did. After that, and after a result without the
        terminal's numbers, baseline and total are unknown until they are learned again: a wrong one could take
        an old payment for a new one of the same amount.
        """
        ...

    def open(self, terminal_id: str, /) -> PaymentRecord | None:
        """Return the payment that locks the terminal."""
        ...

    def baseline(self, terminal_id: str, /) -> PaymentRef | None:
        """Return the last payment the terminal is known to have made; an empty one: it had none; None: unknown."""
        ...

    def expected_total(self, terminal_id: str, /) -> int | None:
        """Return the sum the terminal's open batch should have, in cents; None: unknown."""
        ...

    def learn(self, terminal_id: str, baseline: PaymentRef, total: int | None, /) -> None:
        """Take over what a terminal says that we do not know yet (a new one, or after a change)."""
        ...

    def closed(self, terminal_id: str, batch: BatchResult, /) -> None:
        """Store the totals of a batch that was closed; the next one starts at 0."""
        ...


@dataclass(slots=True)
class _Terminal:
    baseline: PaymentRef | None = None
    total: int | None = None
    open: str = ""
    batches: list[BatchResult] = field(default_factory=list)


class MemoryJournal:
    """A journal that forgets everything when the process ends: for tests and trials."""

    def __init__(self) -> None:
        self.records: dict[str, PaymentRecord] = {}
        self._terminals: dict[str, _Terminal] = {}

    def begin(self, terminal_id: str, intent: PaymentIntent, /) -> None:
        """As in PaymentJournal."""
        terminal = self._terminal(terminal_id)
        if terminal.open:
            raise PaymentPending(terminal.open)
        self.records[intent.id] = PaymentRecord(intent=intent, terminal_id=terminal_id, state=State.SENT)
        terminal.open = intent.id

    def note(self, payment_id: str, state: State, /) -> None:
        """As in PaymentJournal."""
        self.records[payment_id] = replace(self.records[payment_id], state=state)

    def result(self, payment_id: str, result: TerminalResult, /) -> None:
        """As in PaymentJournal."""
        self.records[payment_id] = replace(self.records[payment_id], state=State.RESULT, result=result)

    def receipt(self, payment_id: str, block: ReceiptBlock, /) -> None:
        """As in PaymentJournal."""
        record = self.records[payment_id]
        self.records[payment_id] = replace(record, receipts=(*record.receipts, block))

    def give_up(self, payment_id: str, by: str, /) -> None:
        """As in PaymentJournal."""
        self.records[payment_id] = replace(self.records[payment_id], state=State.CANCELLING, decided_by=by)

    def finish(
        self, payment_id: str, state: State, result: TerminalResult | None, /, *, by: str = "", reason: str = ""
    ) -> None:
        """As in PaymentJournal."""
        assert state in FINAL
        record = replace(self.records[payment_id], state=state, result=result, decided_by=by, reason=reason)
        self.records[payment_id] = record
        terminal = self._terminal(record.terminal_id)
        terminal.open = ""
        if by or (state is State.COMPLETED and (result is None or not result.trace)):
            terminal.baseline = terminal.total = None
            return
        if state is not State.COMPLETED or result is None:
            return
        terminal.baseline = result.ref
        if terminal.total is not None:
            amount = result.amount or record.intent.amount
            terminal.total += effect_of(record.intent.kind, amount)

    def open(self, terminal_id: str, /) -> PaymentRecord | None:
        """As in PaymentJournal."""
        payment_id = self._terminal(terminal_id).open
        return self.records[payment_id] if payment_id else None

    def baseline(self, terminal_id: str, /) -> PaymentRef | None:
        """As in PaymentJournal."""
        return self._terminal(terminal_id).baseline

    def expected_total(self, terminal_id: str, /) -> int | None:
        """As in PaymentJournal."""
        return self._terminal(terminal_id).total

    def learn(self, terminal_id: str, baseline: PaymentRef, total: int | None, /) -> None:
        """As in PaymentJournal."""
        terminal = self._terminal(terminal_id)
        terminal.baseline, terminal.total = baseline, total

    def closed(self, terminal_id: str, batch: BatchResult, /) -> None:
        """As in PaymentJournal."""
        terminal = self._terminal(terminal_id)
        terminal.batches.append(batch)
        terminal.total = 0

    def _terminal(self, terminal_id: str) -> _Terminal:
        return self._terminals.setdefault(terminal_id, _Terminal())
