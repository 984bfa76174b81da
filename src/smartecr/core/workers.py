"""Processes that work for this one; what they answer comes in the order in which it was asked.

Each has a line of its own, held by nobody else: one that is ended from outside, even in the middle of an answer, is
noticed at once. (The standard library's pool shares one line among all, and waits for ever for the rest.)
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, Self


class WorkerLostError(Exception):
    """A process was ended from outside, most likely for want of memory."""


@contextmanager
def loss_told() -> Iterator[None]:
    """Have a check that loses a process raise OSError with a German sentence, as one that loses its disk does."""
    try:
        yield
    except WorkerLostError:
        raise OSError("Ein Prozess der Prüfung wurde beendet (zu wenig Speicher?).") from None


def may_fork() -> bool:
    """Tell whether this process may be forked: one with threads must not be, one without starts others at once so."""
    return threading.active_count() == 1 and hasattr(os, "fork")


class Workers:
    """`count` processes, each made ready by `begin` (a function of a module). They are gone when the block ends."""

    def __init__(self, count: int, begin: Callable[..., None] | None = None, *arguments: Any) -> None:
        context: Any = multiprocessing.get_context("fork" if may_fork() else "spawn")
        self._waiting: deque[tuple[int, Callable[..., Any], tuple[Any, ...]]] = deque()
        self._idle: list[Connection] = []
        self._busy: dict[Connection, int] = {}
        self._answers: dict[int, tuple[bool, Any]] = {}
        self._asked = self._taken = 0
        self._processes: list[BaseProcess] = []
        try:
            for _ in range(count):
                ours, theirs = context.Pipe()
                self._idle.append(ours)
                with theirs:  # closed before the next one is forked: a line ends with its process
                    process = context.Process(target=_serve, args=(theirs, begin, arguments), daemon=True)
                    process.start()
                self._processes.append(process)
        except BaseException:
            self.end()
            raise

    def __len__(self) -> int:
        """Return how much was asked and not taken yet."""
        return self._asked - self._taken

    def ask(self, work: Callable[..., Any], *given: Any) -> None:
        """Have `work` (a function of a module) done by whoever is free. Raises WorkerLostError."""
        self._waiting.append((self._asked, work, given))
        self._asked += 1
        self.hand_on()

    def take(self) -> Any:
        """Wait for the oldest answer that was not taken and return it, or raise what the work raised.

        Raises WorkerLostError.
        """
        if not self:
            raise IndexError("nothing was asked")
        self.hand_on()
        while self._taken not in self._answers:
            self.hand_on(None)
        done, answer = self._answers.pop(self._taken)
        self._taken += 1
        if not done:
            raise answer
        return answer

    def hand_on(self, seconds: float | None = 0) -> None:
        """Put aside what has been answered, waiting so long (None: for ever), and give the free ones work."""
        try:
            for line in wait(self._busy, seconds):
                assert isinstance(line, Connection)
                self._answers[self._busy[line]] = line.recv()
                del self._busy[line]
                self._idle.append(line)
            while self._idle and self._waiting:
                number, work, given = self._waiting.popleft()
                line = self._idle.pop()
                line.send((work, given))
                self._busy[line] = number
        except (EOFError, OSError):
            raise WorkerLostError from None

    def end(self) -> None:
        """End the processes, whatever they do: they hold nothing that could be lost."""
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.join()
        for line in (*self._idle, *self._busy):
            line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()


def _serve(line: Connection, begin: Callable[..., None] | None, arguments: tuple[Any, ...]) -> None:
    """Work until the line ends. An interrupt is for the process that asked, which ends this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="end", daemon=True).start()
    if begin is not None:
        begin(*arguments)
    with suppress(EOFError):
        while True:
            work, given = line.recv()
            try:
                answer = True, work(*given)
            except Exception as error:  # noqa: BLE001 raised where it was asked
                error.add_note(traceback.format_exc())
                answer = False, error
            line.send(answer)


def _end_with_parent() -> None:
    """End when the process that asked was killed: others may hold its end of the line, and nobody would take more."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
