"""The one interface every card terminal offers: ZVT, REST terminals and their virtual twins alike.

Amounts are cents, times unix seconds (UTC). What a terminal does not tell is None or empty, never 0. A terminal
is used by one thread at a time (``smartecr.terminal.service``); only ``request_abort`` may come from another.
All methods raise ``smartecr.terminal.errors.TerminalError`` and nothing else, within bounded time. Whoever
reacts to an error looks at its ``money``: ``none`` (not charged), ``unknown`` (ask the terminal, never repeat).

Adding a driver
---------------
1. A class with all members of ``PaymentTerminal``. Calling the class connects nothing; ``connect`` reaches the
   terminal, identifies it and makes it ready, or raises and leaves nothing open.
2. ``perform`` moves money. It calls ``io.sending()`` before the first byte that could charge, and
   ``io.result()`` before the terminal learns that we know; where a wire has such an acknowledgement it goes
   out only after ``io.result`` returned True. A result that is not approved is returned, not raised.
3. ``look_up`` never moves money: it asks the terminal what it did last and returns what it said. What that
   means is decided in ``smartecr.terminal.doubt``, the same for all terminals.
4. No threads, no repetition of anything that could charge.
"""

from dataclasses import field
from enum import Flag, StrEnum, auto
from typing import Protocol

from smartecr.core.records import dataclass
from smartecr.terminal.events import PaymentEvent

__all__ = [
    "BatchResult",
    "Capability",
    "DeviceInfo",
    "DeviceStatus",
    "Evidence",
    "Kind",
    "Maintenance",
    "Menu",
    "PaymentIO",
    "PaymentIntent",
    "PaymentRef",
    "PaymentTerminal",
    "ReceiptBlock",
    "ReceiptType",
    "TerminalResult",
]


class Kind(StrEnum):
    """What an intent does with money."""

    SALE = "sale"
    REVERSAL = "reversal"  # takes a payment of the open batch back, whole
    REFUND = "refund"  # pays out, to the card that paid or to another
    TIP = "tip"  # books a tip onto a payment made before
    RESERVATION = "reservation"  # pre-authorisation
    CAPTURE = "capture"  # books the total of a reservation
    RELEASE = "release"  # gives a reservation up

    @property
    def by_number(self) -> bool:
        """Tell whether the number of an earlier payment is enough, so that few terminals ask for the card."""
        return self in (Kind.REVERSAL, Kind.TIP, Kind.CAPTURE, Kind.RELEASE)

    @property
    def gives_back(self) -> bool:
        """Tell whether money goes back to whoever paid."""
        return self in (Kind.REVERSAL, Kind.REFUND)


class Capability(Flag):
    """What not every terminal can do; sale, abort, status and looking up every terminal does."""

    REVERSAL = auto()
    REFUND = auto()
    TIP_BEFORE = auto()  # the tip is part of the amount sent
    TIP_AT_TERMINAL = auto()  # the customer chooses it there: authorised more than asked
    TIP_AFTER = auto()  # Kind.TIP
    RESERVATION = auto()  # reservation, capture, release, open_reservations
    END_OF_DAY = auto()  # a batch has to be closed
    TOTALS = auto()
    RECEIPT_TEXT = auto()  # the terminal sends the wording of its receipts
    REPEAT_RECEIPT = auto()
    ABORT = auto()  # request_abort can have an effect
    WALLET = auto()  # tells which phone wallet paid
    UNDO = auto()  # undo: a charge in doubt can be cancelled, whatever became of it


class ReceiptType(StrEnum):
    """For whom a receipt is."""

    MERCHANT = "merchant"
    CUSTOMER = "customer"
    ADMINISTRATION = "administration"


class Maintenance(StrEnum):
    """What looks after a terminal; none of it moves money."""

    REGISTER = "register"
    INITIALISE = "initialise"
    DIAGNOSE = "diagnose"
    SET_TIME = "set_time"
    LOG_OFF = "log_off"
    UPDATE = "update"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRef:
    """How a terminal finds one of its payments again. ``receipt_no`` and ``trace`` are the terminal's numbers.

    ``reference`` is what a terminal without such numbers gives out (transaction id of a REST terminal).
    """

    receipt_no: str = ""
    trace: str = ""
    amount: int = 0
    tid: str = ""
    approval: str = ""
    terminal_time: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentIntent:
    """What is to happen with money, written down before the terminal hears of it.

    ``amount`` includes ``tip``. ``created_at`` is unix seconds. ``original`` is the payment that is reversed,
    refunded, tipped, captured or released. ``baseline`` is the last payment the terminal was known to have
    made before this one (None: unknown); ``smartecr.terminal.payments`` fills it in. ``means`` names the contract
    where a terminal has several (a provider of customer codes).
    """

    id: str
    kind: Kind
    amount: int
    created_at: float
    tip: int = 0
    currency: str = "EUR"
    original: PaymentRef | None = None
    baseline: PaymentRef | None = None
    means: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalResult:
    """What the terminal said, card data masked. ``amount`` is what was authorised, tip and cash-back included.

    ``result_code`` is the protocol's, in hex. ``reason`` and ``next_step`` are German and for the cashier (empty
    when approved), ``text`` is the terminal's own wording. ``card`` is the masked number (``471100******8004``).
    ``cvm`` is how the holder was checked: none, signature, online_pin, offline_pin, unknown.
    ``technology`` is magnet, chip, contactless or qr. ``terminal_time`` is local ISO time without zone.
    ``original_trace`` is set when this takes another payment back. ``signature`` asks for one on paper.
    ``tip_later``: Kind.TIP is possible. ``reference`` as in PaymentRef. ``wallet`` as in Capability.WALLET.
    """

    approved: bool
    result_code: str
    host_code: str = ""
    amount: int | None = None
    tip: int = 0
    cashback: int = 0
    currency: str = "EUR"
    brand: str = ""
    card_name: str = ""
    aid: str = ""
    card: str = ""
    cvm: str = "unknown"
    technology: str = ""
    online: bool | None = None
    tid: str = ""
    vu_no: str = ""
    trace: str = ""
    original_trace: str = ""
    receipt_no: str = ""
    approval: str = ""
    terminal_time: str = ""
    text: str = ""
    reason: str = ""
    next_step: str = ""
    error: str = ""  # the code of the TerminalError of the same meaning; empty when approved
    signature: bool = False
    tip_later: bool = False
    wallet: str = ""
    reference: str = ""

    @property
    def ref(self) -> PaymentRef:
        """How to find this payment again."""
        return PaymentRef(
            receipt_no=self.receipt_no,
            trace=self.trace,
            amount=self.amount or 0,
            tid=self.tid,
            approval=self.approval,
            terminal_time=self.terminal_time,
            reference=self.reference,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptBlock:
    """The wording of one receipt as the terminal sent it, line by line, to be printed unchanged.

    ``lines`` are (attribute, text); attribute as in the protocol: 40 centred, 20 double width, 10 double height.
    ``signature`` tells that it has a field for one, ``mandatory`` that it must be printed.
    """

    type: ReceiptType
    lines: tuple[tuple[int, str], ...]
    signature: bool = False
    mandatory: bool = False

    @property
    def text(self) -> str:
        """The lines without their attributes."""
        return "\n".join(text for _, text in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a terminal says it did last. ``last`` is None when it told nothing; ``busy`` when it still works.

    ``total`` is the sum of its open batch in cents (None: not told), ``found`` what a search by our own
    reference brought: True or False is proof, None means that this terminal cannot search.
    """

    last: TerminalResult | None = None
    busy: bool = False
    total: int | None = None
    found: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """A batch that was closed or only counted. ``by_brand`` is (count, cents); counts of some terminals wrap at 256."""

    total: int
    by_brand: dict[str, tuple[int, int]] = field(default_factory=dict)
    first_receipt: str = ""
    last_receipt: str = ""
    closed: bool = False
    receipts: tuple[ReceiptBlock, ...] = ()
    rests: str = ""  # update | restart: the terminal will be silent for a while


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceInfo:
    """Who answered when the terminal was reached."""

    tid: str
    currency: str = "EUR"
    name: str = ""
    software: str = ""
    serial: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStatus:
    """How a terminal is: ``code`` as in the protocol, hex. ``wants`` is what it asks to have done."""

    ready: bool
    busy: bool = False
    code: str = "00"
    message: str = ""
    next_step: str = ""
    wants: Maintenance | None = None
    wants_end_of_day: bool = False
    software: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """A question of the terminal: a choice of ``items`` or, when there are none, a text to be typed."""

    title: str
    items: tuple[str, ...] = ()
    for_customer: bool = False
    digits: bool = False


class PaymentIO(Protocol):
    """What a driver tells while it works. Nothing here raises into the driver."""

    def event(self, event: PaymentEvent, /) -> None:
        """Show what happens; returns at once."""
        ...

    def sending(self) -> bool:
        """Note durably that money may move from now on; False: it could not be written, do not send."""
        ...

    def accepted(self) -> None:
        """Note that the terminal took the command."""
        ...

    def result(self, result: TerminalResult, /) -> bool:
        """Store a result durably; False: it could not be written, the driver refuses it to the terminal."""
        ...

    def acknowledged(self) -> None:
        """Note that the terminal was told that we have the result: from now on it counts as paid."""
        ...

    def receipt(self, block: ReceiptBlock, /) -> bool:
        """Store a receipt durably; False: it could not be written."""
        ...

    def batch(self, batch: BatchResult, /) -> bool:
        """Store the totals of a closed batch durably; False: they could not be written."""
        ...

    def ask(self, menu: Menu, /) -> str | None:
        """Have a person answer; None: nobody did. For a choice it is the number of the item, from 0."""
        ...


class PaymentTerminal(Protocol):
    """A card terminal."""

    @property
    def kind(self) -> str:
        """The driver's name: ``zvt``, ``sumup``, ``stripe`` …"""
        ...

    @property
    def capabilities(self) -> Capability:
        """What this terminal can do beyond the necessary."""
        ...

    def connect(self) -> DeviceInfo:
        """Reach the terminal and make it ready (registration, and what it asks for); does nothing when it is."""
        ...

    def perform(self, intent: PaymentIntent, io: PaymentIO) -> TerminalResult:
        """Carry an intent out, once. Returns when the terminal is free again; approved or not is in the result.

        Raises errors with ``money`` none (refused before anything could happen) or unknown.
        """
        ...

    def request_abort(self, payment_id: str, /) -> None:
        """Ask the ``perform`` of this intent to stop; any thread, returns at once. Only its end tells what happened.

        One that has not sent anything yet raises Aborted. No other intent is touched (``smartecr.terminal.wish``).
        """
        ...

    def look_up(self, intent: PaymentIntent, io: PaymentIO, /, *, thorough: bool = False) -> Evidence:
        """Ask what the terminal did last, without moving money; ``thorough`` asks for totals too."""
        ...

    def undo(self, intent: PaymentIntent, io: PaymentIO) -> None:
        """See to it that nothing is charged for an intent in doubt; returns when that is certain, raises until then.

        May be repeated. Only with Capability.UNDO.
        """
        ...

    def repeat_receipt(self, io: PaymentIO) -> TerminalResult | None:
        """Have the last receipt again, through ``io.receipt``."""
        ...

    def open_reservations(self) -> list[PaymentRef]:
        """List the reservations neither captured nor released."""
        ...

    def end_of_day(self, io: PaymentIO) -> BatchResult:
        """Close the batch. Raises errors when the terminal could not."""
        ...

    def totals(self, io: PaymentIO) -> BatchResult:
        """Count the open batch without closing it."""
        ...

    def status(self) -> DeviceStatus:
        """Ask how the terminal is."""
        ...

    def maintain(self, action: Maintenance, io: PaymentIO) -> None:
        """Look after the terminal."""
        ...

    def close(self) -> None:
        """Release the terminal; harmless when closed already."""
        ...
