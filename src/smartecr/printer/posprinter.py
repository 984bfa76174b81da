"""Printing on a real printer: ask how it is, hand the bytes over, learn when they are on paper.

A job is either not begun (`NotReadyError`: nothing was sent, try again), printed, or in doubt (`InDoubtError`: the way
broke while it was under way; only a person can see what came out).
"""

from __future__ import annotations

import time
from collections.abc import Callable

from smartecr.printer import status
from smartecr.printer.links import Connect, Link, LinkError
from smartecr.printer.profile import Profile
from smartecr.printer.status import DLE_EOT, Problem, Status, is_answer

ANSWER_SECONDS = 0.3
POLL_SECONDS = 0.5
CONFIRM_SECONDS = 10.0
"""So long a printer may be ready without confirming a job, before its outcome counts as unknown."""
_CONFIRMED = b"\x37\x22"
_CONFIRMED_SIZE = 7


class PrinterError(Exception):
    """A job did not come out as it should."""


class NotReadyError(PrinterError):
    """Nothing was sent; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


class InDoubtError(PrinterError):
    """The printer was lost while it printed; `problem` says how. Part or all of the paper may be out."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


class PosPrinter:
    """A receipt printer with ESC/POS behind `connect`. Used by one thread; `close` lets go of it."""

    def __init__(self, connect: Connect, profile: Profile, clock: Callable[[], float] = time.monotonic) -> None:
        self.profile = profile
        self._connect = connect
        self._clock = clock
        self._link: Link | None = None
        self._said = bytearray()

    def status(self) -> Status:
        """Ask how the printer is. Raises NotReadyError(UNREACHABLE)."""
        try:
            return self._status()
        except LinkError as error:
            self.close()
            raise NotReadyError(Problem.UNREACHABLE) from error

    def put(self, data: bytes, job: int = 0, waiting: Callable[[Problem | None], bool] = lambda _problem: True) -> None:
        """Print `data`, rendered with this job number, and return when it is on paper.

        While paper runs out or the cover opens half way the printer keeps what it has and goes on by itself; `waiting`
        is told the problem (None when it is gone) and may return False to give up. Raises NotReadyError, InDoubtError.
        """
        problem = self.status().problem
        if problem is not None:
            raise NotReadyError(problem)
        try:
            link = self._open()
            self._said.clear()
            link.send(data)
            self._until_printed(job if self.profile.confirms else 0, waiting)
        except LinkError as error:
            self.close()
            raise InDoubtError(Problem.UNREACHABLE) from error

    def pulse(self, data: bytes) -> None:
        """Send a short command that leaves no paper (the drawer's pulse). Raises NotReadyError."""
        try:
            self._open().send(data)
        except LinkError as error:
            self.close()
            raise NotReadyError(Problem.UNREACHABLE) from error

    def close(self) -> None:
        """Let go of the printer; the next call reaches it anew."""
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _open(self) -> Link:
        if self._link is None:
            self._said.clear()
            self._link = self._connect()
        return self._link

    def _status(self) -> Status:
        link = self._open()
        answers = []
        for number in range(1, 5):
            link.send(DLE_EOT + bytes([number]))
            answers.append(self._answer(link))
        return status.read(answers)

    def _answer(self, link: Link) -> int:
        """Return the next answer to DLE EOT; a confirmation that comes in between is kept."""
        end = self._clock() + ANSWER_SECONDS
        while True:
            for place, byte in enumerate(self._said):
                if is_answer(byte) and not self._within_confirmation(place):
                    del self._said[place]
                    return byte
            left = end - self._clock()
            if left <= 0:
                raise LinkError("the printer does not answer")
            self._said += link.receive(left)

    def _within_confirmation(self, place: int) -> bool:
        start = self._said.find(_CONFIRMED)
        return start >= 0 and start <= place < start + _CONFIRMED_SIZE

    def _confirmed(self, job: int) -> bool:
        start = self._said.find(_CONFIRMED)
        whole = bytes(self._said[start : start + _CONFIRMED_SIZE]) if start >= 0 else b""
        if len(whole) < _CONFIRMED_SIZE:
            return False
        del self._said[: start + _CONFIRMED_SIZE]
        return whole == _CONFIRMED + f"{job:04d}".encode() + b"\x00"

    def _until_printed(self, job: int, waiting: Callable[[Problem | None], bool]) -> None:
        """Wait for the confirmation of `job`, or without one until the printer is ready twice in a row."""
        link = self._open()
        told: Problem | None = None
        ready = 0
        patience = self._clock() + CONFIRM_SECONDS
        while True:
            if job:
                self._said += link.receive(POLL_SECONDS)
                if self._confirmed(job):
                    return
            problem = self._status().problem
            ready = 0 if problem else ready + 1
            if not job and ready >= 2:
                return
            if problem is not None:
                patience = self._clock() + CONFIRM_SECONDS
            elif self._clock() > patience:
                raise InDoubtError(Problem.OFFLINE)
            if problem is not told or problem is not None:
                told = problem
                if not waiting(problem):
                    raise InDoubtError(problem or Problem.OFFLINE)
                if not job:
                    link.receive(POLL_SECONDS)
