"""A card terminal in memory that replays recorded exchanges, with a host that knows what was really booked.

No socket, no thread, no waiting: time jumps when nothing is to be received. The wire can be cut after any byte of the
traffic in both directions; what the terminal then does with an unacknowledged payment is its policy.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from smartecr.terminal.api import Kind, PaymentIntent
from smartecr.terminal.doubt import State
from smartecr.terminal.errors import LinkLost, TerminalError, Unplugged
from smartecr.terminal.events import PaymentEvent
from smartecr.terminal.journal import MemoryJournal
from smartecr.terminal.payments import Outcome, Payments
from smartecr.terminal.zvt import apdu, bmp
from smartecr.terminal.zvt.bcd import number
from smartecr.terminal.zvt.driver import ZvtTerminal
from smartecr.terminal.zvt.messages import Message, parse
from smartecr.terminal.zvt.profile import TerminalProfile
from support.zvt_vectors import RECEIPTS, RESULTS, TRACES

Policy = Literal["reverse", "keep", "decline"]

TID = "29001006"
_TEMPLATE = parse(bytes.fromhex(RESULTS[46][0]))
_PAID = ("Contactless payment 12,00", "Chip + PIN 12,00 (then a new registration)")


@dataclass
class Booking:
    receipt: int
    trace: int
    amount: int
    at: datetime
    original_trace: int = 0


@dataclass
class Host:
    """What really happened. ``booked`` is in the order it happened, reversals are bookings of their own."""

    booked: list[Booking] = field(default_factory=list)

    @property
    def net(self) -> int:
        return sum(-one.amount if one.original_trace else one.amount for one in self.booked)


class Clock:
    """Seconds that pass only when somebody waits."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def local(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)


class FakeTerminal:
    """The terminal behind the wire; it lives on when a connection is cut. ``cut`` counts bytes until that happens."""

    def __init__(self, clock: Clock, policy: Policy = "keep", trace: str = _PAID[0], *, receipts: bool = False) -> None:
        self.clock = clock
        self.policy = policy
        self.host = Host()
        self.trace_name = trace
        self.receipts = receipts
        self.tells_last = True
        self.tells_total = True
        self.cut: int | None = None
        self.busy_for = 0
        self.traffic = 0
        self.commands: list[int] = []
        self._next = 0
        self._said = 0
        self._pending: Booking | None = None
        self._to_come: list[bytes] = []
        self._outstanding = 0
        self._out: list[bytes] = []

    # ---- what the link does

    def opened(self) -> None:
        self._out.clear()

    def closed(self) -> None:
        """The connection is gone: decide about a payment that was not acknowledged."""
        pending, self._pending = self._pending, None
        if pending is not None and self.policy == "keep":
            self.host.booked.append(pending)
        self._out.clear()
        self._to_come.clear()

    def hear(self, unit: bytes) -> None:
        message = parse(unit)
        if message.is_answer:
            self._answered(message)
            return
        self.commands.append(message.command)
        answers = {
            0x0600: self._register,
            0x0601: self._pay,
            0x0501: self._status,
            0x0620: self._repeat,
            0x0610: self._totals,
        }
        answers.get(message.command, self._unknown)(message)

    def say(self) -> bytes | None:
        if not self._out:
            return None
        self._said = parse(self._out[0]).command
        return self._out.pop(0)

    # ---- what it answers

    def _answered(self, message: Message) -> None:
        if self._pending is not None and self._said in (0x040F, 0x06D3):
            if message.is_positive:
                self._outstanding -= 1
                if not self._outstanding:
                    self.host.booked.append(self._pending)
                    self._pending = None
            else:  # the register could not store it
                self._pending = None
                self._to_come = [bytes.fromhex("061E0166")]
        if self._to_come:
            self._out.append(self._to_come.pop(0))

    def _pay(self, message: Message) -> None:
        amount = message.number(0x04) or 0
        frames = [bytes.fromhex(hexed) for _, who, hexed in TRACES[self.trace_name] if who == "<"]
        frames = [frame for frame in frames if not parse(frame).is_answer]
        place = next(at for at, frame in enumerate(frames) if parse(frame).command == 0x040F)
        if self.trace_name in _PAID:
            self._next += 1
            self._pending = Booking(160 + self._next, 160 + self._next, amount, self.clock.local())
            frames[place] = status_of(self._pending)
            if self.receipts:
                frames.insert(place + 1, bytes.fromhex(RECEIPTS[202][0]))
            self._outstanding = 2 if self.receipts else 1
        self._out.append(apdu.ACK)
        self._out.append(frames[0])
        self._to_come = frames[1:]

    def _register(self, message: Message) -> None:
        self._out += [apdu.ACK, bytes.fromhex("060F0A19002929001006490978")]

    def _status(self, message: Message) -> None:
        self.busy_for, code = max(0, self.busy_for - 1), 0x9C if self.busy_for else 0
        self._out += [apdu.ACK, apdu.build(0x060F, bytes((code,)))]

    def _repeat(self, message: Message) -> None:
        self._out.append(apdu.ACK)
        if self.tells_last and self.host.booked:
            self._out.append(status_of(self.host.booked[-1]))
        self._out.append(bytes.fromhex("060F00"))

    def _totals(self, message: Message) -> None:
        if not self.tells_total:
            self._unknown(message)
            return
        columns = bytes(4) + bytes((len(self.host.booked),)) + number(self.host.net, 6) + bytes(42)
        body = bmp.write([(0x27, b"\0"), (0x04, number(self.host.net, 6)), (0x60, columns)])
        self._out += [apdu.ACK, apdu.build(0x040F, body), bytes.fromhex("060F00")]

    def _unknown(self, message: Message) -> None:
        self._out.append(apdu.refusal(0x83))


def status_of(one: Booking) -> bytes:
    """The status information of a booking, in the wording of a real terminal."""
    told = dict(_TEMPLATE.fields) | {
        0x04: number(one.amount, 6),
        0x0B: number(one.trace, 3),
        0x0C: bytes.fromhex(one.at.strftime("%H%M%S")),
        0x0D: bytes.fromhex(one.at.strftime("%m%d")),
        0x87: number(one.receipt, 2),
        0x88: number(one.receipt, 3),
    }
    if one.original_trace:
        told[0x37] = number(one.original_trace, 3)
    return apdu.build(0x040F, bmp.write(told.items(), _TEMPLATE.fields.tlv))


class FakeLink:
    """A wire to a FakeTerminal. A unit that is cut anywhere before its last byte does not arrive."""

    def __init__(self, terminal: FakeTerminal) -> None:
        self.terminal = terminal
        self.is_open = False
        self.reachable = True
        self._cut_off = False

    def open(self) -> None:
        if self.is_open:
            return
        if not self.reachable:
            raise Unplugged("gone")
        self.is_open, self._cut_off = True, False
        self.terminal.opened()

    def send(self, unit: bytes) -> None:
        if not self.is_open:
            raise LinkLost("closed")
        if self._travels(unit):
            self.terminal.hear(unit)

    def receive(self, timeout: float) -> bytes | None:
        if self._cut_off or not self.is_open:
            self.close()
            raise LinkLost("cut")
        unit = self.terminal.say()
        if unit is None:
            self.terminal.clock.now += timeout
            return None
        if not self._travels(unit):
            self.close()
            raise LinkLost("cut")
        return unit

    def wake(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        if self.is_open:
            self.is_open = False
            self.terminal.closed()

    def _travels(self, unit: bytes) -> bool:
        if self._cut_off:
            return False
        self.terminal.traffic += len(unit)
        if self.terminal.cut is None or self.terminal.traffic <= self.terminal.cut:
            return True
        self._cut_off, self.terminal.cut = True, None
        self.terminal.closed()
        return False


class Till:
    """A register: payments over the driver, and a journal that outlives it."""

    def __init__(self, terminal: FakeTerminal, journal: MemoryJournal | None = None) -> None:
        self.terminal = terminal
        self.journal = journal or MemoryJournal()
        self.events: list[PaymentEvent] = []
        self.boot()

    def boot(self) -> None:
        """Start the register's process (again): nothing but the journal is left."""
        self.link = FakeLink(self.terminal)
        clock = self.terminal.clock
        driver = ZvtTerminal(self.link, TerminalProfile(password="123456"), now=clock.local, monotonic=clock)
        self.payments = Payments("t1", driver, self.journal, clock=clock, zone=UTC, tell=self.events.append)

    def die(self) -> None:
        """End the process: the wire goes dead."""
        self.link.close()
        self.boot()

    def pay(self, payment_id: str = "p1", amount: int = 1200) -> Outcome:
        return self.payments.run(
            PaymentIntent(id=payment_id, kind=Kind.SALE, amount=amount, created_at=self.terminal.clock())
        )

    def resolve(self) -> Outcome | None:
        """Ask until the terminal can be asked."""
        for _ in range(20):
            try:
                return self.payments.resolve()
            except TerminalError as error:
                assert error.transient
        raise AssertionError("never resolved")

    @property
    def net(self) -> int:
        """What the books say was paid by card."""
        records = self.journal.records.values()
        return sum(one.result.amount or 0 for one in records if one.state is State.COMPLETED and one.result)

    def agrees(self) -> bool:
        return self.net == self.terminal.host.net and self.journal.open("t1") is None
