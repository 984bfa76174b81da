"""The ``PaymentTerminal`` that speaks ZVT: registration kept warm, money moved once, the truth asked for afterwards."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from smartecr.terminal.api import (
    BatchResult,
    Capability,
    DeviceInfo,
    DeviceStatus,
    Evidence,
    Kind,
    Maintenance,
    PaymentIntent,
    PaymentIO,
    PaymentRef,
    ReceiptType,
    TerminalResult,
)
from smartecr.terminal.errors import (
    ConfigError,
    EndOfDayFailed,
    ForeignTerminal,
    InvalidAmount,
    NotSupported,
    StorageFailed,
    TerminalError,
)
from smartecr.terminal.wish import Wish
from smartecr.terminal.zvt import commands, sequence, tlv
from smartecr.terminal.zvt.errors import ZvtFormatError
from smartecr.terminal.zvt.link import Link
from smartecr.terminal.zvt.messages import Message, completion_status
from smartecr.terminal.zvt.operation import Operation
from smartecr.terminal.zvt.profile import TerminalProfile
from smartecr.terminal.zvt.quiet import Quiet
from smartecr.terminal.zvt.resultcodes import error_of
from smartecr.terminal.zvt.session import Refusal, Session
from smartecr.terminal.zvt.statuscodes import READY, condition
from smartecr.terminal.zvt.totals import batch_of

__all__ = ["ZvtTerminal"]

_BUSY: Final = 0x9C
_NOT_REGISTERED: Final = 0x6B
_PASSWORD: Final = 0x37
_ABORTED: Final = 0x061E
_NEEDS_INITIALISATION, _NEEDS_DIAGNOSIS = 0x01, 0x02
_RESTS: Final = {0xE0: "update", 0xFC: "restart"}
_NONE_OPEN: Final = "ffff"

#: what each kind of intent needs beyond a plain terminal
_NEEDED: Final = {
    Kind.SALE: Capability(0),
    Kind.REVERSAL: Capability.REVERSAL,
    Kind.REFUND: Capability.REFUND,
    Kind.TIP: Capability.TIP_AFTER,
    Kind.RESERVATION: Capability.RESERVATION,
    Kind.CAPTURE: Capability.RESERVATION,
    Kind.RELEASE: Capability.RESERVATION,
}


class ZvtTerminal:
    """One terminal behind a link. ``now`` is local time with a zone, ``monotonic`` measures waits."""

    kind = "zvt"

    def __init__(
        self,
        link: Link,
        profile: TerminalProfile,
        *,
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._link = link
        self._profile = profile
        self._now = now
        self._session = Session(link, profile.timers, monotonic)
        self._wish = Wish(self._session.abort, self._session.forget_abort)
        self._info: DeviceInfo | None = None

    @property
    def capabilities(self) -> Capability:
        """What its profile says."""
        return self._profile.capabilities

    def connect(self) -> DeviceInfo:
        """Reach the terminal and register. An open, registered connection is only tidied up."""
        if self._link.is_open and self._info is not None:
            try:
                self._session.tidy()
            except TerminalError:
                self._link.close()  # it went away while nothing was under way: reach it anew
            else:
                return self._info
        self._info = None
        self._link.open()
        try:
            self._info = self._register()
        except BaseException:
            self._link.close()
            raise
        return self._info

    def perform(self, intent: PaymentIntent, io: PaymentIO) -> TerminalResult:
        """Carry an intent out, once. A refusal before anything began is money ``none``, any cut is ``unknown``."""
        command = self._command(intent)
        with self._wish.during(intent.id):
            self.connect()
            self._wish.heed()
            if not io.sending():
                raise StorageFailed("intent not written")
            result = self._attempt(command, intent, io)
            if result.result_code == f"{_NOT_REGISTERED:02X}":  # it forgot us, and began nothing
                self._info = None
                self.connect()
                self._wish.heed()
                result = self._attempt(command, intent, io)
            return result

    def request_abort(self, payment_id: str, /) -> None:
        """Ask the terminal to stop this payment; any thread."""
        self._wish.stop(payment_id)

    def look_up(self, _intent: PaymentIntent, io: PaymentIO, /, *, thorough: bool = False) -> Evidence:
        """Register, see whether the terminal is idle, and ask for its last transaction: that is all ZVT can tell."""
        self._info = None
        self.connect()
        if self.status().busy:
            return Evidence(busy=True)
        last = self._last(Operation(Quiet(io), self._profile, self._now))
        total = self._total(io) if thorough else None
        return Evidence(last=last, total=total)

    def undo(self, _intent: PaymentIntent, _io: PaymentIO) -> None:
        """ZVT cannot: only the terminal itself takes a payment back."""
        raise NotSupported("undo")

    def repeat_receipt(self, io: PaymentIO) -> TerminalResult | None:
        """Have the last receipt again; None when the terminal has none."""
        self.connect()
        operation = Operation(io, self._profile, self._now)
        return self._last(operation, printed=True)

    def open_reservations(self) -> list[PaymentRef]:
        """List the reservations neither booked nor given up."""
        self._need(Capability.RESERVATION)
        self.connect()
        end = self._run(commands.OPEN_RESERVATIONS, Operation(Quiet(), self._profile, self._now))
        listed = tlv.find(end.fields.tlv, 0x23)
        numbers = [value.hex() for value in tlv.values(listed.children, 0x08)] if listed else []
        numbers = numbers or [end.fields.get(0x87, b"").hex()]
        return [PaymentRef(receipt_no=number) for number in numbers if number and number != _NONE_OPEN]

    def end_of_day(self, io: PaymentIO) -> BatchResult:
        """Close the batch (Kassenschnitt)."""
        self.connect()
        operation = Operation(io, self._profile, self._now, usual=ReceiptType.ADMINISTRATION, closes=True)
        end = self._run(commands.end_of_day(self._profile.password), operation)
        self._must_have_worked(end, operation)
        if operation.status is None:
            raise EndOfDayFailed("no totals", message="Das Terminal meldet keine Summen. Im Terminal nachsehen.")
        told = end.fields.get(0x27, b"\0")[0]
        rests = _RESTS.get(told, "")
        if rests:
            self._info = None
        return batch_of(operation.status, closed=True, receipts=tuple(operation.receipts), rests=rests)

    def totals(self, io: PaymentIO) -> BatchResult:
        """Count the open batch."""
        self.connect()
        operation = Operation(io, self._profile, self._now, usual=ReceiptType.ADMINISTRATION)
        self._must_have_worked(self._run(commands.turnover_totals(self._profile.password), operation), operation)
        if operation.status is None:
            raise NotSupported("no totals")
        return batch_of(operation.status, closed=False, receipts=tuple(operation.receipts))

    def status(self) -> DeviceStatus:
        """Ask how the terminal is."""
        self.connect()
        try:
            end = self._once(
                commands.status_enquiry(self._profile.password), Operation(Quiet(), self._profile, self._now)
            )
        except Refusal as refusal:
            return _status(refusal.code)
        code = completion_status(end)
        if end.command == _ABORTED:
            code = end.head[0] if end.head else _BUSY
        return _status(code or 0, end)

    def maintain(self, action: Maintenance, io: PaymentIO) -> None:
        """Look after the terminal. Raises the error of what it answered."""
        if action is Maintenance.REGISTER:
            self._info = None
        self.connect()
        if action is Maintenance.LOG_OFF:
            self._ask(commands.LOG_OFF)
            self._session.numbering.stop()
            self._info = None
        elif action is not Maintenance.REGISTER:
            self._maintain(action, io)

    def close(self) -> None:
        """Let go of the link."""
        self._info = None
        self._link.close()

    # ---- inside

    def _attempt(self, command: bytes, intent: PaymentIntent, io: PaymentIO) -> TerminalResult:
        operation = Operation(io, self._profile, self._now, intent=intent)
        try:
            return operation.outcome(self._once(command, operation, io.accepted))
        except Refusal as refusal:
            raise _refused(refusal.code) from None
        except TerminalError as error:
            if error.money == "none":
                raise type(error)(error.detail, money="unknown") from None
            raise

    def _command(self, intent: PaymentIntent) -> bytes:
        """Put an intent into the terminal's words, strictly."""
        self._need(_NEEDED[intent.kind])
        try:
            return self._worded(intent)
        except ZvtFormatError as error:
            raise InvalidAmount(str(error)) from None

    def _worded(self, intent: PaymentIntent) -> bytes:
        profile, amount = self._profile, intent.amount
        if intent.currency != "EUR":
            raise InvalidAmount("only EUR")
        if intent.kind is Kind.SALE:
            return commands.authorisation(amount, self._payment_type(), tip=intent.tip)
        if intent.kind is Kind.REFUND:
            return commands.refund(profile.password, amount, payment_type=profile.payment_type)
        if intent.kind is Kind.RESERVATION:
            return commands.reservation(amount, profile.payment_type)
        original = intent.original
        if original is None or not original.receipt_no:
            raise NotSupported("the original payment is not known")
        if intent.kind is Kind.REVERSAL:
            return commands.reversal(profile.password, original.receipt_no, amount, payment_type=profile.payment_type)
        if intent.kind is Kind.TIP:
            return commands.tip(original.receipt_no, amount)
        if intent.kind is Kind.CAPTURE:
            return commands.book_total(original.receipt_no, amount, trace=original.trace, approval=original.approval)
        return commands.reservation_reversal(original.receipt_no)

    def _payment_type(self) -> int:
        """Bit 08 lets the customer add a tip at the terminal."""
        return self._profile.payment_type | (0x08 if self._profile.tip == "terminal" else 0)

    def _need(self, capability: Capability) -> None:
        if capability & ~self.capabilities:
            raise NotSupported(str(capability))

    def _register(self) -> DeviceInfo:
        end = self._send_registration()
        wanted = end.fields.get(0x19, b"\0")[0]
        if wanted & _NEEDS_INITIALISATION:
            self._maintain(Maintenance.INITIALISE, Quiet())
        if wanted & _NEEDS_DIAGNOSIS:
            self._maintain(Maintenance.DIAGNOSE, Quiet())
        if wanted & (_NEEDS_INITIALISATION | _NEEDS_DIAGNOSIS):
            end = self._send_registration()
        tid = end.fields.get(0x29, b"").hex().upper()
        if self._profile.tid and tid and tid != self._profile.tid.upper():
            raise ForeignTerminal(f"terminal {tid} answered")
        device = tlv.find(end.fields.tlv, 0xE4)
        name = tlv.value(device.children, 0x1F40) if device else None
        return DeviceInfo(tid=tid, name=(name or b"").decode("ascii", "replace"))

    def _send_registration(self) -> Message:
        profile, numbering = self._profile, self._session.numbering
        command = commands.registration(
            profile.password, profile.config, service=profile.service, container=profile.registered_with()
        )
        operation = Operation(Quiet(), profile, self._now)
        numbering.stop()
        end = self._run(command, operation)
        self._must_have_worked(end, operation)
        if sequence.number_of(end) == 0:
            numbering.start()
        return end

    def _maintain(self, action: Maintenance, io: PaymentIO) -> None:
        password = self._profile.password
        words = {
            Maintenance.INITIALISE: lambda: commands.initialisation(password),
            Maintenance.DIAGNOSE: lambda: commands.diagnosis(self._profile.diagnosis),
            Maintenance.SET_TIME: lambda: commands.set_date_time(password, self._now()),
            Maintenance.UPDATE: commands.software_update,
        }
        operation = Operation(io, self._profile, self._now, usual=ReceiptType.ADMINISTRATION)
        self._must_have_worked(self._run(words[action](), operation), operation)

    def _once(self, command: bytes, operation: Operation, accepted: Callable[[], None] = lambda: None) -> Message:
        """Run a command; a terminal that forgot us is registered with and asked again: it had begun nothing."""
        try:
            return self._session.run(command, operation.handle, accepted=accepted, answered=operation.answered)
        except Refusal as refusal:
            if refusal.code != _NOT_REGISTERED:
                raise
        self._info = None
        self._info = self._register()
        return self._session.run(command, operation.handle, accepted=accepted, answered=operation.answered)

    def _run(self, command: bytes, operation: Operation) -> Message:
        try:
            return self._session.run(command, operation.handle, answered=operation.answered)
        except Refusal as refusal:
            raise _refused(refusal.code) from None

    def _ask(self, command: bytes) -> Message:
        try:
            return self._session.ask(command)
        except Refusal as refusal:
            raise _refused(refusal.code) from None

    def _must_have_worked(self, end: Message, operation: Operation) -> None:
        """Raise the error of an operation that ended badly."""
        operation.finish()
        if operation.result is not None and not operation.result.approved:
            raise _refused(int(operation.result.result_code, 16), operation.result.text)
        if end.command == _ABORTED:
            raise _refused(end.head[0] if end.head else 0x6C)

    def _last(self, operation: Operation, *, printed: bool = False) -> TerminalResult | None:
        """Ask for the last transaction; a terminal that does not tell has none for us."""
        try:
            self._session.run(commands.repeat_receipt(self._profile.password, printed=printed), operation.handle)
        except Refusal:
            return None
        operation.finish()
        result = operation.result
        return result if result is not None and result.approved else None

    def _total(self, io: PaymentIO) -> int | None:
        operation = Operation(Quiet(io), self._profile, self._now)
        try:
            end = self._session.run(commands.turnover_totals(self._profile.password), operation.handle)
        except Refusal:
            return None
        if end.command == _ABORTED or operation.status is None or 0x60 not in operation.status.fields:
            return None
        return batch_of(operation.status, closed=False).total


def _refused(code: int, text: str = "") -> TerminalError:
    """Return the error of a refusal in which no card had a part: there 37 is no PIN but the terminal's password."""
    if code == _PASSWORD:
        return ConfigError("wrong password", result_code=f"{code:02X}")
    return error_of(code, text=text)


def _status(code: int, end: Message | None = None) -> DeviceStatus:
    what = condition(code)
    version = end.head[3:-1].decode("ascii", "replace") if end is not None and len(end.head) > 3 else ""
    return DeviceStatus(
        ready=code in READY,
        busy=code == _BUSY,
        code=f"{code:02X}",
        message=what.message,
        next_step=what.next_step,
        wants=what.wants,
        wants_end_of_day=what.end_of_day,
        software=version,
    )
