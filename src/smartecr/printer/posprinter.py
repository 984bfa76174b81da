"""Printing on a real printer: ask how it is, hand the bytes over, learn when they are on paper.

A job is either not begun (`NotReadyError`: nothing was sent, try again), printed, or in doubt (`InDoubtError`: the way
broke while it was under way; only a person can see what came out).
"""

from __future__ import annotations

import time
from collections.abc import Callable

from smartecr.printer import status
from smartecr.printer.hearing import Hearing
from smartecr.printer.links import Connect, Link, LinkError
from smartecr.printer.profile import Profile
from smartecr.printer.status import AUTOMATIC, DLE_EOT, Problem, Status

ANSWER_SECONDS = 0.3
POLL_SECONDS = 0.5
CONFIRM_SECONDS = 10.0
"""So long a printer may be ready without confirming a job, before its outcome counts as unknown."""
_ASK_NAME = b"\x1dI\x43"


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
        self._hearing = Hearing()

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
            self._hearing.confirmed.clear()
            link.send(data)
            self._listen(link)
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

    def told(self) -> Status | None:
        """Return what the printer has told by itself since the last call, None when nothing. Raises NotReadyError."""
        if not self.profile.tells or self._link is None:
            return None
        try:
            self._hearing.take(self._link.receive(0))
        except LinkError as error:
            self.close()
            raise NotReadyError(Problem.UNREACHABLE) from error
        told, self._hearing.status = self._hearing.status, None
        return told

    def name(self) -> str:
        """Return the name the printer gives itself (GS I 67), "" when it gives none. Raises NotReadyError."""
        try:
            link = self._open()
            link.send(_ASK_NAME)
            end = self._clock() + ANSWER_SECONDS
            while not self._hearing.name and (left := end - self._clock()) > 0:
                self._hearing.take(link.receive(left))
        except LinkError as error:
            self.close()
            raise NotReadyError(Problem.UNREACHABLE) from error
        return self._hearing.name

    def close(self) -> None:
        """Let go of the printer; the next call reaches it anew."""
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _open(self) -> Link:
        if self._link is None:
            self._hearing = Hearing()
            self._link = self._connect()
            self._listen(self._link)
        return self._link

    def _listen(self, link: Link) -> None:
        """Ask the printer to tell its changes by itself; a job begins with a reset, which ends that."""
        if self.profile.tells:
            link.send(AUTOMATIC)

    def _status(self) -> Status:
        link = self._open()
        answers = []
        for number in range(1, 5):
            self._hearing.answers.clear()
            link.send(DLE_EOT + bytes([number]))
            answers.append(self._answer(link))
        return status.read(answers)

    def _answer(self, link: Link) -> int:
        """Return the answer to DLE EOT; what else comes in between is kept."""
        end = self._clock() + ANSWER_SECONDS
        while not self._hearing.answers:
            left = end - self._clock()
            if left <= 0:
                raise LinkError("the printer does not answer")
            self._hearing.take(link.receive(left))
        return self._hearing.answers.popleft()

    def _until_printed(self, job: int, waiting: Callable[[Problem | None], bool]) -> None:
        """Wait for the confirmation of `job`, or without one until the printer is ready twice in a row."""
        link = self._open()
        told: Problem | None = None
        ready = 0
        patience = self._clock() + CONFIRM_SECONDS
        while True:
            if job:
                self._hearing.take(link.receive(POLL_SECONDS))
                if job in self._hearing.confirmed:
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
                    self._hearing.take(link.receive(POLL_SECONDS))
