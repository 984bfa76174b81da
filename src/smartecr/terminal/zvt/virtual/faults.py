"""Faults on command: a script of what goes wrong at which point of the conversation, and habits of the wire.

A fault waits for its point, strikes as often as it says, and is gone. Habits stay until switched off.
"""

from __future__ import annotations

import threading
from dataclasses import field
from enum import StrEnum

from smartecr.core.records import dataclass


class Point(StrEnum):
    """Where in the conversation. *Result* is 04 0F, *receipt* each 06 D1 or 06 D3, *completion* 06 0F."""

    BEFORE_ACCEPT = "before_accept"
    AFTER_ACCEPT = "after_accept"
    BEFORE_RESULT = "before_result"
    AFTER_RESULT = "after_result"
    RESULT_ACKNOWLEDGED = "result_acknowledged"
    BEFORE_RECEIPT = "before_receipt"
    AFTER_RECEIPT = "after_receipt"
    BEFORE_COMPLETION = "before_completion"
    AFTER_COMPLETION = "after_completion"


class Action(StrEnum):
    """What goes wrong.

    CLOSE ends the connection. CABLE holds back both directions for ``seconds`` (a pulled cable, put back). SILENCE
    makes the terminal do nothing for ``seconds`` (violates T3 or T4). STRAY sends an 80 00 00 nobody asked for.
    DUPLICATE sends the message of this point twice, DROP_BYTE without its last byte. BUSY answers a command by 84 9C.
    On a serial line: BAD_CRC sends the message with a wrong checksum first, REFUSE answers the next good frame by
    NAK, LOSE_ACK keeps back one ACK, STALL pauses for longer than T1 inside the message's frame.
    """

    CLOSE = "close"
    CABLE = "cable"
    SILENCE = "silence"
    STRAY = "stray"
    DUPLICATE = "duplicate"
    DROP_BYTE = "drop_byte"
    BUSY = "busy"
    BAD_CRC = "bad_crc"
    REFUSE = "refuse"
    LOSE_ACK = "lose_ack"
    STALL = "stall"


@dataclass(slots=True)
class Fault:
    """One line of the script: strikes ``times`` times at ``point``, only during ``command`` (hex) if that is given."""

    point: Point
    action: Action
    seconds: float = 0.0
    times: int = 1
    command: str = ""


@dataclass(slots=True)
class Habits:
    """How bytes travel: each alone, several messages in one packet, or the register's answer lost on the way."""

    fragment: bool = False
    coalesce: bool = False


class Script:
    """The faults that are still to come, and those that struck. Any thread may add."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._waiting: list[Fault] = []
        self.struck: list[tuple[Point, Action]] = []
        self.habits = Habits()

    def add(self, *faults: Fault) -> None:
        """Append to the script."""
        with self._mutex:
            self._waiting += faults

    def drop(self, *faults: Fault) -> None:
        """Take faults like these out of the script."""
        gone = {(one.point, one.action) for one in faults}
        with self._mutex:
            self._waiting = [one for one in self._waiting if (one.point, one.action) not in gone]

    def clear(self) -> None:
        """Drop all that did not strike yet, and the habits."""
        with self._mutex:
            self._waiting.clear()
            self.habits = Habits()

    def waiting(self) -> list[Fault]:
        """Return what is still to come."""
        with self._mutex:
            return list(self._waiting)

    def strike(self, point: Point, command: str) -> list[Fault]:
        """Take the faults that strike here, in the order of the script."""
        with self._mutex:
            due = [one for one in self._waiting if one.point == point and one.command in ("", command)]
            for one in due:
                one.times -= 1
                self.struck.append((one.point, one.action))
            self._waiting = [one for one in self._waiting if one.times > 0]
        return due


@dataclass(frozen=True, slots=True)
class Preset:
    """A fault as the device's page offers it: a name, its effect in a sentence, and the script."""

    id: str
    name: str
    effect: str
    faults: tuple[Fault, ...] = field(default=())


def presets() -> tuple[Preset, ...]:
    """Return the faults the page offers, fresh."""
    return (
        Preset(
            "cut_before",
            "Kabel weg vor der Antwort",
            "Die Verbindung reißt, bevor die Kasse das Ergebnis bekommt.",
            (Fault(Point.BEFORE_RESULT, Action.CLOSE),),
        ),
        Preset(
            "cut_after",
            "Kabel weg nach der Antwort",
            "Das Ergebnis ist gesendet, dann reißt die Verbindung.",
            (Fault(Point.AFTER_RESULT, Action.CLOSE),),
        ),
        Preset(
            "cable",
            "Kabel 3 s gezogen",
            "Das Kabel ist drei Sekunden draußen, dann geht es weiter.",
            (Fault(Point.BEFORE_RESULT, Action.CABLE, 3.0),),
        ),
        Preset(
            "silent",
            "Terminal stumm",
            "Das Terminal nimmt den nächsten Auftrag an und schweigt 20 Sekunden.",
            (Fault(Point.AFTER_ACCEPT, Action.SILENCE, 20.0),),
        ),
        Preset(
            "busy",
            "Terminal belegt",
            "Der nächste Auftrag wird abgewiesen.",
            (Fault(Point.BEFORE_ACCEPT, Action.BUSY),),
        ),
        Preset(
            "twice",
            "Antwort doppelt",
            "Das Ergebnis kommt zweimal.",
            (Fault(Point.BEFORE_RESULT, Action.DUPLICATE),),
        ),
    )
