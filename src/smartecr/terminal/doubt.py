"""What may be concluded from what a terminal says after a break: charged, not charged, or a person has to look.

Pure. Terminals differ in what they do when the last acknowledgement was lost: some take the payment back, some
keep it, some mark it as declined. So neither "no answer" nor "acknowledged" says whether money moved: only the
terminal's own last successful transaction does, held against the last one known before (the baseline), or the sum
of its batch. No charge is ever repeated to find out.
"""

from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Final, Literal

from smartecr.core.records import dataclass
from smartecr.terminal.api import Evidence, Kind, PaymentIntent, PaymentRef, TerminalResult

__all__ = ["FINAL", "State", "Verdict", "effect_of", "judge"]

#: seconds a terminal's clock may go wrong against ours
_SKEW: Final = 300.0


class State(StrEnum):
    """Where a payment stands; each is written down before the next can be reached."""

    SENT = "sent"  # written before the terminal hears of it
    ACCEPTED = "accepted"  # the terminal took the command
    RESULT = "result"  # its result is stored, the terminal does not know that yet
    ACKED = "acked"  # and now it was told: paid
    IN_DOUBT = "in_doubt"  # cut off, or we stopped in the middle
    MANUAL = "manual"  # the terminal could not tell: a person decides
    CANCELLING = "cancelling"  # given up while in doubt: cancelled until that is certain, never taken as paid
    COMPLETED = "completed"
    DECLINED = "declined"
    ABORTED = "aborted"
    REJECTED = "rejected"  # refused before anything began
    NOT_CHARGED = "not_charged"  # proven afterwards
    LOST_AFTER_ACK = "lost_after_ack"  # counted as paid, taken back by the terminal: money is missing


#: nothing will change any more, the terminal is free for the next payment
FINAL: Final = frozenset(
    (
        State.COMPLETED,
        State.DECLINED,
        State.ABORTED,
        State.REJECTED,
        State.NOT_CHARGED,
        State.LOST_AFTER_ACK,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """``result`` is the terminal's record of the payment when it was charged; ``why`` is for the log."""

    says: Literal["charged", "not_charged", "unknown", "wait"]
    why: str
    result: TerminalResult | None = None


def effect_of(kind: Kind, amount: int) -> int:
    """Return what an intent does to the sum of a terminal's batch, in cents."""
    if kind in (Kind.SALE, Kind.TIP, Kind.CAPTURE):
        return amount
    return -amount if kind in (Kind.REVERSAL, Kind.REFUND) else 0


def judge(
    intent: PaymentIntent,
    evidence: Evidence,
    *,
    zone: tzinfo,
    stored: TerminalResult | None = None,
    expected_total: int | None = None,
    tip_at_terminal: bool = False,
) -> Verdict:
    """Conclude. ``stored`` is the approved result we had before the break, ``expected_total`` the sum of the batch
    (cents) as our books have it without this payment, ``zone`` the terminal's local time."""
    if evidence.busy:
        return Verdict(says="wait", why="the terminal still works")
    if evidence.found is not None:
        says: Literal["charged", "not_charged"] = "charged" if evidence.found else "not_charged"
        return Verdict(says=says, why="found by our own reference", result=evidence.last)
    last = evidence.last
    if last is not None and intent.baseline is not None:
        if stored is not None and _same(last, stored.ref):
            return Verdict(says="charged", why="it is the last transaction", result=stored)
        if _same(last, intent.baseline):
            return Verdict(says="not_charged", why="the last transaction is the one before")
        if _takes_back(last, intent, stored):
            return Verdict(says="not_charged", why="the last transaction takes it back")
        if stored is None and _is(last, intent, zone, tip_at_terminal=tip_at_terminal):
            return Verdict(says="charged", why="the last transaction is new and like it", result=last)
    return _by_total(intent, evidence.total, expected_total, last)


def _same(last: TerminalResult, ref: PaymentRef) -> bool:
    """Whether a transaction is a known one; numbers alone may come again after a change of batch."""
    known = (ref.receipt_no, ref.trace, ref.tid, ref.amount)
    if (last.receipt_no, last.trace, last.tid, last.amount or 0) != known:
        return False
    return not (ref.terminal_time and last.terminal_time) or ref.terminal_time == last.terminal_time


def _takes_back(last: TerminalResult, intent: PaymentIntent, stored: TerminalResult | None) -> bool:
    """Whether a transaction is the terminal's own reversal of the payment in doubt."""
    if intent.kind is Kind.REVERSAL or not last.original_trace or stored is None:
        return False
    return _number(last.original_trace) == _number(stored.trace)


def _is(last: TerminalResult, intent: PaymentIntent, zone: tzinfo, *, tip_at_terminal: bool) -> bool:
    """Whether a transaction, newer than the baseline, is the one in doubt."""
    baseline, original = intent.baseline, intent.original
    if baseline is not None and baseline.tid and last.tid and baseline.tid != last.tid:
        return False
    if not _recent(last, intent, zone):
        return False
    amount = last.amount or 0
    if intent.kind is Kind.REVERSAL:
        trace = _number(original.trace) if original else None
        return bool(last.original_trace) and _number(last.original_trace) == trace
    if intent.kind is Kind.TIP and original is not None:
        return amount in (intent.amount, original.amount + intent.amount)
    if intent.kind is Kind.RELEASE:
        return amount == 0 or (original is not None and amount == original.amount)
    if last.original_trace and intent.kind is not Kind.CAPTURE:
        return False
    return amount == intent.amount or (tip_at_terminal and intent.kind is Kind.SALE and amount > intent.amount)


def _recent(last: TerminalResult, intent: PaymentIntent, zone: tzinfo) -> bool:
    if not last.terminal_time:
        return True
    local = datetime.fromisoformat(last.terminal_time)
    latest = max(local.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1))
    return latest >= intent.created_at - _SKEW


def _by_total(intent: PaymentIntent, total: int | None, expected: int | None, last: TerminalResult | None) -> Verdict:
    """Second opinion: the sum of the batch, where the terminal tells it and the payment changes it."""
    effect = effect_of(intent.kind, intent.amount)
    if total is None or expected is None or effect == 0:
        return Verdict(says="unknown", why="the last transaction does not decide, and there is no sum")
    if total == expected:
        return Verdict(says="not_charged", why="the sum of the batch is as before")
    if total == expected + effect:
        return Verdict(says="charged", why="the sum of the batch contains it", result=_with_amount(last, intent))
    return Verdict(says="unknown", why="neither the last transaction nor the sum decides")


def _with_amount(last: TerminalResult | None, intent: PaymentIntent) -> TerminalResult | None:
    return last if last is not None and last.amount == intent.amount else None


def _number(digits: str) -> int | None:
    return int(digits) if digits.isdecimal() else None
