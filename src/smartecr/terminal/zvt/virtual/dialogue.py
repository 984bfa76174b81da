"""The terminal's side of the conversation: whose turn it is, answers in time, and a record of what broke the rules.

Rules (PA00P015 and PA00P016): at rest the register may send a command; from its acceptance to the completion only
the terminal sends messages, each of which gets exactly one answer within T3; meanwhile the register may send nothing
but an abort. `violations` names every breach in a German line without card data; tests assert that it stays empty.
"""

from __future__ import annotations

from collections.abc import Callable

from smartecr.terminal.zvt import apdu
from smartecr.terminal.zvt.apdu import ACK, ACK_ALSO, command_of
from smartecr.terminal.zvt.bmp import Fields
from smartecr.terminal.zvt.errors import ZvtFormatError
from smartecr.terminal.zvt.messages import Message, parse
from smartecr.terminal.zvt.sequence import Numbering, number_of
from smartecr.terminal.zvt.virtual.events import AbortAsked, Closed, Event, Inbox, Received
from smartecr.terminal.zvt.virtual.faults import Action, Fault, Point, Script
from smartecr.terminal.zvt.virtual.line import Line
from smartecr.terminal.zvt.virtual.serialline import SerialLine
from smartecr.terminal.zvt.virtual.switches import Setup

ABORT = 0x06B0
REGISTRATION = 0x0600
STATUS_ENQUIRY = 0x0501
BUSY = 0x9C
_BUSY_COMPLETION = apdu.build(0x060F, bytes((BUSY,)))
_MOST_VIOLATIONS = 100
_TWISTS = frozenset({Action.DUPLICATE, Action.DROP_BYTE, Action.BAD_CRC, Action.STALL, Action.BUSY})


class Unanswered(Exception):  # noqa: N818 - a state of the conversation
    """The register did not answer: no time left, or the connection is gone."""


class Dialogue:
    """One conversation at a time; used by the terminal's thread alone, except for reading ``violations``."""

    def __init__(self, setup: Setup, script: Script, note: Callable[[str], None]) -> None:
        self.inbox = Inbox(self._aside)
        self._setup = setup
        self._script = script
        self._note = note
        self._owed: dict[Line, int] = {}
        self._faulty = False
        self.line: Line | None = None
        self.command = ""
        self.numbering = Numbering()
        self._asked: Message | None = None
        self.deaf = False
        self.abortable = False
        self.abort_asked = False
        self.violations: list[str] = []

    @property
    def connected(self) -> bool:
        """Whether the register's line is there."""
        return self.line is not None and not self.line.closed

    def next_command(self, rest: Callable[[], None]) -> bytes:
        """Wait, at rest, for the register's next command; ``rest`` is called when there is none for a while."""
        if self.line is not None:
            self.line.flush()
        patience: float | None = self._setup.times.result_shown
        while True:
            event = self.inbox.wait(patience, lambda event: isinstance(event, Received))
            if not isinstance(event, Received):
                rest()
                patience = None
                continue
            if self._is_answer(event.apdu):
                self._settle_answer(event.line, event.apdu)
                continue
            if event.line is not self.line:
                self.numbering.stop()
            self.line = event.line
            self.command = event.apdu[:2].hex()
            self._faulty = self.abort_asked = self.abortable = False
            if self._is_new(event.line, event.apdu):
                return event.apdu

    def accept(self, data: bytes = b"") -> bool:
        """Take the command on; False when the script wants it refused. Raises Unanswered when a fault cuts the line."""
        if Action.BUSY in self._strike(Point.BEFORE_ACCEPT):
            self.refuse(BUSY)
            return False
        yes = ACK_ALSO if self._setup.switches.odd_acknowledgement else ACK
        self._line().send(self._numbered(apdu.build(0x8000, data) if data else yes), hold=True)
        self._strike(Point.AFTER_ACCEPT)
        return True

    def refuse(self, code: int, data: bytes = b"") -> None:
        """Refuse the command."""
        self._line().send(self._numbered(apdu.build(0x8400 | code, data)))

    def say(self, message: bytes, before: Point | None = None, after: Point | None = None) -> bytes:
        """Send a message and return the register's answer. Raises Unanswered."""
        twists = self._strike(before) if before else frozenset()
        line = self._line()
        line.send(self.numbering.message(message), twists=twists)
        if after is not None:
            self._strike(after)
        answer = self._await_answer(line, message)
        if Action.DUPLICATE in twists and not isinstance(line, SerialLine):
            self._await_answer(line, message)
        return answer

    def tell(self, message: bytes) -> None:
        """Say something nobody has to hear: without connection or answer the terminal just goes on."""
        if self.connected:
            try:
                self.say(message)
            except Unanswered:
                self._note(f"Keine Antwort auf {message[:2].hex(' ').upper()}, das Terminal arbeitet weiter")

    def pause(self, seconds: float) -> None:
        """Let time pass; what comes meanwhile is handled in its turn."""
        self.inbox.wait(seconds, lambda _event: False)

    def hang_up(self) -> None:
        """End the conversation without another word."""
        if self.line is not None:
            self.line.hang_up()

    def struck(self, point: Point) -> None:
        """Let the faults of a point between two messages strike. Raises Unanswered."""
        self._strike(point)

    def _line(self) -> Line:
        if self.line is None or self.line.closed:
            raise Unanswered
        return self.line

    def _await_answer(self, line: Line, message: bytes) -> bytes:
        def wanted(event: Event) -> bool:
            if isinstance(event, Closed):
                return event.line is line
            return isinstance(event, Received) and event.line is line and self._is_answer(event.apdu)

        event = self.inbox.wait(self._setup.times.t3, wanted)
        if isinstance(event, Received):
            if self.numbering.on and number_of(_read(event.apdu)) != self.numbering.asked:
                self.breach(f"die Antwort auf {message[:2].hex(' ').upper()} trägt nicht deren Nummer")
            return event.apdu
        if event is None:
            self.breach(f"auf {message[:2].hex(' ').upper()} kam binnen T3 keine Antwort")
        line.hang_up()
        raise Unanswered

    def _strike(self, point: Point) -> frozenset[Action]:
        """Let the script's faults strike; return those that twist the message itself."""
        due = self._script.strike(point, self.command)
        for fault in due:
            self._faulty = True
            self._note(f"Störung: {fault.action} bei {fault.point}")
            self._do(fault)
        return _TWISTS & {fault.action for fault in due}

    def _do(self, fault: Fault) -> None:
        line = self._line()
        if fault.action is Action.CLOSE:
            line.flush()
            line.hang_up()
            raise Unanswered
        if fault.action is Action.CABLE:
            line.unplug(fault.seconds)
        elif fault.action is Action.SILENCE:
            self.pause(fault.seconds)
        elif fault.action is Action.STRAY:
            line.send(ACK, hold=True)
        elif isinstance(line, SerialLine):
            line.lose_acks += fault.action is Action.LOSE_ACK
            line.refusals += fault.action is Action.REFUSE

    def _aside(self, event: Event) -> None:
        """Handle what nobody waits for: a register that speaks out of turn, or a second connection."""
        if isinstance(event, Closed):
            self._owed.pop(event.line, None)
            self._note(f"Verbindung beendet: {event.reason}")
        if not isinstance(event, Received) or self.deaf:
            return
        line = event.line
        if self._is_answer(event.apdu):
            self._settle_answer(line, event.apdu)
        elif line is not self.line:
            self._turn_away(line, command_of(event.apdu))
        elif command_of(event.apdu) == ABORT:
            self._take_abort(line, event.apdu)
        else:
            self.breach(f"{event.apdu[:2].hex(' ').upper()} kam, während das Terminal am Zug war")
            line.send(apdu.refusal(BUSY))

    def _is_new(self, line: Line, unit: bytes) -> bool:
        """Hold a command to its number; one that is repeated gets its answer again and nothing else."""
        self._asked = None
        if not self.numbering.on:
            return True
        message = _read(unit)
        told, due = number_of(message), self.numbering.following()
        said = self.numbering.again(message)
        if said is not None:
            line.send(said)
            return False
        if told != due and command_of(unit) != REGISTRATION:
            self.breach(f"Nummer {told} statt {due}")
        self._asked = message
        return True

    def _numbered(self, answer: bytes) -> bytes:
        return answer if self._asked is None else self.numbering.answer(self._asked, answer)

    def _take_abort(self, line: Line, unit: bytes) -> None:
        message = _read(unit)
        self.numbering.again(message)
        if not self.abortable:
            line.send(self.numbering.answer(message, apdu.refusal(0x83)))
            return
        line.send(self.numbering.answer(message, ACK))
        self.abort_asked = True
        self.inbox.put(AbortAsked())

    def _turn_away(self, line: Line, command: int) -> None:
        """Answer another connection while the first one's command still runs."""
        if command == STATUS_ENQUIRY:
            line.send(ACK)
            line.send(_BUSY_COMPLETION)
            self._owed[line] = self._owed.get(line, 0) + 1
        else:
            line.send(apdu.refusal(BUSY))

    def _settle_answer(self, line: Line, answer: bytes) -> None:
        """Take an answer nobody waits for: one that is owed, or a stray one."""
        if self._owed.get(line, 0):
            self._owed[line] -= 1
        else:
            self.breach(f"Antwort {answer[:2].hex(' ').upper()}, ohne dass etwas gefragt war")

    def breach(self, text: str) -> None:
        """Record a breach of the rules, unless a fault of our own provoked it."""
        if self._faulty:
            self._note(f"{text} (nach einer Störung)")
        elif len(self.violations) < _MOST_VIOLATIONS:
            self.violations.append(f"{self.command.upper()}: {text}")
            self._note(f"Verstoß: {text}")

    @staticmethod
    def _is_answer(unit: bytes) -> bool:
        return unit[0] in (0x80, 0x84)


def _read(unit: bytes) -> Message:
    """Read a unit for its number; one that cannot be read has none."""
    try:
        return parse(unit)
    except ZvtFormatError:
        return Message(command_of(unit), b"", Fields())
