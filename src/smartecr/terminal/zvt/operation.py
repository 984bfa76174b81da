"""What the terminal says while it works, dealt with message by message: events, results, receipts, questions.

The answer to a result or receipt is only given once ``io`` has it on disk; if it could not be written the terminal
is told so (``84 66``) and takes the payment back.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from smartecr.terminal.api import Kind, PaymentIntent, PaymentIO, ReceiptBlock, ReceiptType, TerminalResult
from smartecr.terminal.errors import NoResult, StorageFailed
from smartecr.terminal.events import EventKind, PaymentEvent
from smartecr.terminal.zvt import dialogues
from smartecr.terminal.zvt.apdu import refusal
from smartecr.terminal.zvt.bcd import decimal
from smartecr.terminal.zvt.messages import Message
from smartecr.terminal.zvt.profile import TerminalProfile
from smartecr.terminal.zvt.receipts import ReceiptCollector
from smartecr.terminal.zvt.resultcodes import meaning
from smartecr.terminal.zvt.results import abort_result, result_of, text_of
from smartecr.terminal.zvt.statuscodes import step
from smartecr.terminal.zvt.totals import batch_of

__all__ = ["Operation"]

_NOT_WRITTEN: Final = refusal(0x66)
_CANNOT_PRINT: Final = refusal(0xCC)
_STATUS: Final = 0x040F
_ABORTED: Final = 0x061E
_DRIFT: Final = timedelta(minutes=2)
#: steps whose words are meant for the customer
_FOR_CUSTOMER: Final = frozenset((EventKind.PRESENT_CARD, EventKind.REMOVE_CARD))


class Operation:
    """One running operation. ``intent`` is set when it moves money: only then results go to ``io.result``.

    ``closes``: it ends the day, so totals go to ``io.batch``. ``now`` is local time with a zone.
    """

    def __init__(
        self,
        io: PaymentIO,
        profile: TerminalProfile,
        now: Callable[[], datetime],
        *,
        intent: PaymentIntent | None = None,
        usual: ReceiptType = ReceiptType.CUSTOMER,
        closes: bool = False,
    ) -> None:
        self._io = io
        self._profile = profile
        self._now = now
        self._intent = intent
        self._collector = ReceiptCollector(usual, profile.charset)
        self._closes = closes
        self._refused = False
        self.result: TerminalResult | None = None
        self.status: Message | None = None
        self.receipts: list[ReceiptBlock] = []

    def handle(self, message: Message) -> bytes | None:
        """Deal with one message; return the answer where it is not the usual one."""
        match message.command:
            case 0x040F:
                return self._on_status(message)
            case 0x04FF:
                self._on_step(message)
            case 0x06D1 | 0x06D3:
                return None if self._keep(self._collector.take(message)) else _CANNOT_PRINT
            case 0x0401:
                self._on_clock(message)
            case 0x040D | 0x040E:
                return dialogues.answer(message, self._io, self._profile.charset)
        return None

    def answered(self, message: Message) -> None:
        """Learn that an answer has gone out: the money is decided by the one to a result."""
        if message.command != _STATUS or self._intent is None or self.result is None or self._refused:
            return
        if self.result.approved:
            self._io.acknowledged()
            self._event(EventKind.APPROVED, "Zahlung erfolgt", "Vielen Dank")
        else:
            self._refusal_event(self.result)

    def outcome(self, end: Message) -> TerminalResult:
        """Return what came of it, now that the terminal has given control back."""
        self.finish()
        if end.command == _ABORTED:
            if self.result is not None and self.result.approved:
                raise NoResult("a yes was followed by an abort", money="unknown")
            if self.result is None:
                self.result = abort_result(end, self._profile.charset)
                self._refusal_event(self.result)
        if self.result is None:
            raise NoResult("completed without a result", money="unknown")
        return self.result

    def finish(self) -> None:
        """Keep the receipt whose end never came. Raises StorageFailed when anything could not be written."""
        if not self._keep(self._collector.flush()) or self._refused:
            raise StorageFailed("the terminal was told so", money="unknown")

    def _on_status(self, message: Message) -> bytes | None:
        self.status = message
        result = self._with_tip(result_of(message, self._now(), self._profile.charset))
        repeated, self.result = result == self.result, result
        if 0x60 in message.fields:
            written = self._io.batch(batch_of(message, closed=True)) if self._closes else True
        else:
            written = self._intent is None or repeated or self._io.result(result)
        self._refused = not written
        return None if written else _NOT_WRITTEN

    def _with_tip(self, result: TerminalResult) -> TerminalResult:
        """Tell the tip apart that a customer added on the terminal without its being named."""
        intent = self._intent
        if intent is None or intent.kind is not Kind.SALE or result.tip or result.amount is None:
            return result
        added = result.amount - result.cashback - intent.amount
        tip = intent.tip + (added if self._profile.tip == "terminal" and added > 0 else 0)
        return replace(result, tip=tip) if tip else result

    def _on_step(self, message: Message) -> None:
        code = message.head[0] if message.head else 0xFF
        known = step(code)
        said = text_of(message, self._profile.charset).replace("\n", " ")
        minutes = decimal(message.head[1:]) if len(message.head) > 1 else None
        customer = said if said and known.event in _FOR_CUSTOMER else known.customer
        self._event(known.event, said or known.text, customer, f"{code:02X}", minutes * 60 if minutes else None)

    def _on_clock(self, message: Message) -> None:
        """The terminal offers its time. Ours is not set by it (the TSE's must not jump); a difference is told."""
        try:
            told = datetime.strptime((message.fields[0xAA] + message.fields[0x0C]).hex(), "%y%m%d%H%M%S")  # noqa: DTZ007
        except (KeyError, ValueError):
            return
        if abs(told - self._now().replace(tzinfo=None)) > _DRIFT:
            self._event(EventKind.WARNING, "Die Uhren von Terminal und Kasse gehen verschieden.", "")

    def _keep(self, block: ReceiptBlock | None) -> bool:
        if block is None:
            return True
        self.receipts.append(block)
        if not self._io.receipt(block):
            return False
        self._event(EventKind.RECEIPT_READY, "Beleg vom Terminal liegt vor", "", block.type.value)
        return True

    def _refusal_event(self, result: TerminalResult) -> None:
        kind = EventKind.ABORTED if result.error == "terminal_aborted" else EventKind.DECLINED
        customer = meaning(int(result.result_code, 16)).customer
        self._event(kind, f"{result.reason}. {result.next_step}", customer, result.result_code)

    def _event(self, kind: EventKind, cashier: str, customer: str, code: str = "", timeout: int | None = None) -> None:
        self._io.event(
            PaymentEvent(
                kind=kind,
                at=self._now().timestamp(),
                cashier_text=cashier,
                customer_text=customer,
                code=code,
                timeout_s=timeout,
                payment_id=self._intent.id if self._intent else "",
            )
        )
