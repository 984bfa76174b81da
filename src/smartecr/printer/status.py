"""How a printer is: its real-time answers (DLE EOT n), what it tells by itself (GS a), and what that means for people.

Only DLE EOT is answered by a printer that is off-line; a transport that took the bytes has not printed them.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from smartecr.core.records import dataclass

DLE_EOT = b"\x10\x04"
AUTOMATIC = b"\x1da\xff"
"""Asks the printer to tell every change by itself (GS a); in force until it is reset."""
AUTOMATIC_SIZE = 4
_FIXED, _FIXED_BITS, _AUTOMATIC_BITS, _FOLLOWING = 0b1001_0011, 0b0001_0010, 0b0001_0000, 0b1001_0000


class Problem(StrEnum):
    """What keeps a printer from printing, worst first; `PAPER_NEAR_END` keeps it from nothing yet."""

    UNREACHABLE = "unreachable"
    FATAL = "fatal"
    COVER_OPEN = "cover_open"
    PAPER_OUT = "paper_out"
    CUTTER = "cutter"
    HOT = "hot"
    FEEDING = "feeding"
    OFFLINE = "offline"
    PAPER_NEAR_END = "paper_near_end"


_WORDS = {
    Problem.UNREACHABLE: ("Drucker antwortet nicht", "Kabel, Strom und Netz prüfen. Der Bon druckt dann von selbst."),
    Problem.FATAL: ("Drucker ist gestört", "Aus- und einschalten. Bleibt es dabei, den Service rufen."),
    Problem.COVER_OPEN: ("Deckel ist offen", "Deckel schließen. Der Bon druckt dann von selbst."),
    Problem.PAPER_OUT: ("Papier leer", "Neue Rolle einlegen, Deckel schließen. Der Bon druckt dann von selbst."),
    Problem.CUTTER: ("Messer klemmt", "Papierreste entfernen, Drucker aus- und einschalten."),
    Problem.HOT: ("Druckkopf ist heiß", "Kurz warten, er druckt von selbst weiter."),
    Problem.FEEDING: ("Papiervorschub ist gedrückt", "Taste am Drucker loslassen."),
    Problem.OFFLINE: ("Drucker ist nicht bereit", "Am Drucker nachsehen. Der Bon druckt dann von selbst."),
    Problem.PAPER_NEAR_END: ("Papier geht zu Ende", "Neue Rolle bereitlegen."),
}
SAFE = "Der Verkauf ist gespeichert."


def word(problem: Problem) -> str:
    """Return what is wrong in a few words."""
    return _WORDS[problem][0]


def sentence(problem: Problem) -> str:
    """Return what is wrong and what is safe, for the cashier."""
    said = word(problem)
    return f"{said}." if problem is Problem.PAPER_NEAR_END else f"{said}: {SAFE}"


def next_step(problem: Problem) -> str:
    """Return what the cashier does now."""
    return _WORDS[problem][1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One look at a printer. `drawer_level` is pin 3 of the drawer's socket; what high means, each drawer decides."""

    online: bool = True
    cover_open: bool = False
    feeding: bool = False
    paper_out: bool = False
    paper_near_end: bool = False
    cutter_error: bool = False
    fatal_error: bool = False
    hot: bool = False
    drawer_level: bool = True

    @property
    def problem(self) -> Problem | None:
        """Return what keeps it from printing, None when nothing does."""
        causes = (
            (self.fatal_error, Problem.FATAL),
            (self.cover_open, Problem.COVER_OPEN),
            (self.paper_out, Problem.PAPER_OUT),
            (self.cutter_error, Problem.CUTTER),
            (self.hot, Problem.HOT),
            (self.feeding, Problem.FEEDING),
            (not self.online, Problem.OFFLINE),
        )
        return next((problem for holds, problem in causes if holds), None)

    @property
    def warning(self) -> Problem | None:
        """Return what will keep it from printing soon."""
        return Problem.PAPER_NEAR_END if self.paper_near_end and not self.paper_out else None


def is_answer(byte: int) -> bool:
    """Tell whether a byte can be an answer to DLE EOT: its fixed bits stand (bits 1 and 4 on, 0 and 7 off)."""
    return byte & _FIXED == _FIXED_BITS


def read(answers: Sequence[int]) -> Status:
    """Return the status in the answers to DLE EOT 1, 2, 3, 4. Raises ValueError for what is no such answer."""
    if len(answers) != 4 or not all(map(is_answer, answers)):
        raise ValueError(f"no DLE EOT answers: {bytes(answers).hex()}")
    printer, offline, error, paper = answers
    return Status(
        online=not printer & 0x08,
        drawer_level=bool(printer & 0x04),
        cover_open=bool(offline & 0x04),
        feeding=bool(offline & 0x08),
        paper_out=bool(offline & 0x20 or paper & 0x60),
        cutter_error=bool(error & 0x08),
        fatal_error=bool(error & 0x20),
        hot=bool(error & 0x40),
        paper_near_end=bool(paper & 0x0C),
    )


def answers(status: Status) -> tuple[int, int, int, int]:
    """Return what a printer with this status answers to DLE EOT 1, 2, 3, 4."""
    stopped = status.problem is not None
    wrong = status.cutter_error or status.fatal_error or status.hot
    return (
        _FIXED_BITS | 0x04 * status.drawer_level | 0x08 * stopped,
        _FIXED_BITS | 0x04 * status.cover_open | 0x08 * status.feeding | 0x20 * status.paper_out | 0x40 * wrong,
        _FIXED_BITS | 0x08 * status.cutter_error | 0x20 * status.fatal_error | 0x40 * status.hot,
        _FIXED_BITS | 0x0C * (status.paper_near_end or status.paper_out) | 0x60 * status.paper_out,
    )


def is_automatic(byte: int) -> bool:
    """Tell whether a byte can begin an automatic status (bit 4 on, bits 0, 1 and 7 off)."""
    return byte & _FIXED == _AUTOMATIC_BITS


def may_follow(rest: bytes) -> bool:
    """Tell whether bytes can stand behind the first one of an automatic status (bits 4 and 7 off)."""
    return not any(byte & _FOLLOWING for byte in rest)


def read_automatic(four: bytes) -> Status:
    """Return the status in the four bytes a printer sends by itself. Raises ValueError for other bytes."""
    if len(four) != AUTOMATIC_SIZE or not is_automatic(four[0]) or not may_follow(four[1:]):
        raise ValueError(f"no automatic status: {four.hex()}")
    printer, error, paper, _reserved = four
    return Status(
        online=not printer & 0x08,
        drawer_level=bool(printer & 0x04),
        cover_open=bool(printer & 0x20),
        feeding=bool(printer & 0x40),
        cutter_error=bool(error & 0x08),
        fatal_error=bool(error & 0x20),
        hot=bool(error & 0x40),
        paper_near_end=bool(paper & 0x03),
        paper_out=bool(paper & 0x0C),
    )


def automatic(status: Status) -> bytes:
    """Return what a printer with this status tells by itself."""
    return bytes(
        (
            _AUTOMATIC_BITS
            | 0x04 * status.drawer_level
            | 0x08 * (status.problem is not None)
            | 0x20 * status.cover_open
            | 0x40 * status.feeding,
            0x08 * status.cutter_error | 0x20 * status.fatal_error | 0x40 * status.hot,
            0x03 * (status.paper_near_end or status.paper_out) | 0x0C * status.paper_out,
            0x0F,
        )
    )
