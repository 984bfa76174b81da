"""One operation at a time between register and terminal: whose turn it is, what must be answered, and how long to wait.

At rest the register is master. A command gives the turn to the terminal; it comes back with the completion
(``06 0F``), an abort (``06 1E``), or with the answer itself. Every message gets exactly one answer before the next.
T3: command to its answer. T4: from the answer to the next sign of life; each message of the terminal re-arms it, and
an intermediate status may carry a longer one (minutes), valid for the operation (PA00P016, chapter on timers).
"""

import threading
import time
from collections.abc import Callable
from typing import Final

from smartecr.core.records import dataclass
from smartecr.terminal.errors import NoAnswer, NoResult, ProtocolBroken
from smartecr.terminal.zvt.apdu import ACK, refusal
from smartecr.terminal.zvt.bcd import decimal
from smartecr.terminal.zvt.commands import ABORT
from smartecr.terminal.zvt.errors import ZvtFormatError
from smartecr.terminal.zvt.link import Link
from smartecr.terminal.zvt.messages import Message, parse
from smartecr.terminal.zvt.sequence import Numbering

__all__ = ["Handler", "Refusal", "Session", "Timers"]

#: takes a message of the terminal and returns the answer to it (None: the usual one)
Handler = Callable[[Message], bytes | None]

_COMPLETION: Final = 0x060F
_ABORTED: Final = 0x061E
_INTERMEDIATE: Final = 0x04FF
_NOT_KNOWN: Final = refusal(0x83)
_MOST_MESSAGES: Final = 10_000
#: what the terminal may say; anything else is answered as unknown
_KNOWN: Final = frozenset((0x0401, 0x040D, 0x040E, 0x040F, 0x04FF, 0x060F, 0x061E, 0x06D0, 0x06D1, 0x06D3, 0x06E4))


@dataclass(frozen=True, slots=True, kw_only=True)
class Timers:
    """Seconds. ``grace`` is how long to go on listening after an abort that T4 made necessary."""

    t3: float = 5.0
    t4: float = 180.0
    grace: float = 10.0


class Refusal(Exception):  # noqa: N818 - not an error of ours: the terminal's negative answer
    """The terminal answered a command with ``84 xx``: nothing was begun."""

    def __init__(self, code: int) -> None:
        super().__init__(f"refused {code:02X}")
        self.code = code


class Session:
    """Runs operations over a link. Used by one thread; only ``abort`` may be called from another."""

    def __init__(self, link: Link, timers: Timers, clock: Callable[[], float] = time.monotonic) -> None:
        self._link = link
        self._timers = timers
        self._clock = clock
        self._abort = threading.Event()
        self.numbering = Numbering()

    def abort(self) -> None:
        """Ask the terminal to stop the running operation; how it ended only its result tells."""
        self._abort.set()
        self._link.wake()

    def forget_abort(self) -> None:
        """Drop a wish to stop that came too late for the operation it was meant for."""
        self._abort.clear()

    def tidy(self) -> None:
        """Answer what came in unasked while nobody listened, so that it is not taken for the next answer.

        Raises LinkLost when the terminal went away meanwhile.
        """
        while (unit := self._link.receive(0)) is not None:
            message = self._parse(unit)
            if not message.is_answer:
                self._reply(message, _usual)

    def ask(self, command: bytes) -> Message:
        """Send a command that ends with its answer, and return that. Raises Refusal, LinkLost, NoAnswer."""
        self._link.send(self.numbering.message(command))
        return self._answer(_usual, _nothing)

    def run(
        self,
        command: bytes,
        handler: Handler,
        *,
        accepted: Callable[[], None] = lambda: None,
        answered: Callable[[Message], None] = lambda _message: None,
    ) -> Message:
        """Send a command and return the message that ended it (completion or abort), acknowledged.

        ``answered`` is told each message whose answer has gone out. Raises Refusal (nothing was begun), LinkLost,
        NoAnswer (T3), NoResult (T4), ProtocolBroken.
        """
        self._link.send(self.numbering.message(command))
        self._answer(handler, answered)
        accepted()
        return self._listen(handler, answered)

    def _answer(self, handler: Handler, answered: Callable[[Message], None]) -> Message:
        """Wait for the answer to a command; what the terminal says before it is dealt with in its turn."""
        end = self._clock() + self._timers.t3
        while (left := end - self._clock()) > 0:
            unit = self._link.receive(left)
            if unit is None:
                continue
            message = self._parse(unit)
            if message.is_answer:
                if not self.numbering.answers(message):
                    continue  # to an older message of ours
                if message.is_positive:
                    return message
                raise Refusal(message.command & 0xFF)
            if self._reply(message, handler):
                answered(message)
            end = self._clock() + self._timers.t3
        self._link.close()
        raise NoAnswer("T3")

    def _listen(self, handler: Handler, answered: Callable[[Message], None]) -> Message:
        t4 = self._timers.t4
        for _ in range(_MOST_MESSAGES):
            message = self._next(t4)
            if not self._reply(message, handler):
                continue
            answered(message)
            if message.command in (_COMPLETION, _ABORTED):
                return message
            t4 = _longer(message, t4)
        raise self._out_of_step("more messages than any operation has")

    def _next(self, t4: float) -> Message:
        """Wait for the next message within T4; then ask the terminal to stop and listen a little longer."""
        for patience in (t4, self._timers.grace):
            end = self._clock() + patience
            while True:
                if self._abort.is_set():
                    self._abort.clear()
                    self._link.send(self.numbering.message(ABORT))
                unit = self._link.receive(max(0.0, end - self._clock()))
                if unit is not None:
                    message = self._parse(unit)
                    if not message.is_answer:  # else to our abort, or doubled: the outcome is what follows
                        return message
                elif self._clock() >= end:
                    break
            self._abort.set()
        self._abort.clear()
        self._link.close()
        raise NoResult("T4")

    def _reply(self, message: Message, handler: Handler) -> bool:
        """Answer a message; False for one that was dealt with already and only gets its answer again."""
        said = self.numbering.again(message)
        if said is not None:
            self._link.send(said)
            return False
        self._link.send(self.numbering.answer(message, handler(message) or _usual(message)))
        return True

    def _parse(self, unit: bytes) -> Message:
        try:
            return parse(unit)
        except ZvtFormatError as error:
            raise self._out_of_step(str(error)) from None

    def _out_of_step(self, why: str) -> ProtocolBroken:
        self._link.close()
        return ProtocolBroken(why)


def _usual(message: Message) -> bytes:
    return ACK if message.command in _KNOWN else _NOT_KNOWN


def _nothing(_message: Message) -> None:
    """Nobody wants to know."""


def _longer(message: Message, t4: float) -> float:
    """Return the T4 an intermediate status carries, in seconds; else the one there was."""
    if message.command != _INTERMEDIATE or len(message.head) < 2:
        return t4
    minutes = decimal(message.head[1:])
    return minutes * 60.0 if minutes else t4
