"""What travels through the TSE service: requests, overdue answers, and the thread that tells the news."""

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import field
from functools import partial
from typing import Any, Literal

from smartecr.core.records import dataclass
from smartecr.tse.api import Finished, Started, Tse, TseInfo
from smartecr.tse.breaker import ServiceState
from smartecr.tse.errors import TseError

log = logging.getLogger(__name__)

#: futures to be ended with an error once the lock is released
Ends = list[tuple["Future[Any]", TseError]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """The answer to a start or finish that came after its time limit; the caller was told TseTimeout.

    ``reference`` is what the caller gave with the request. ``transaction_number`` is that of the
    finish asked for, or the one the start brought.
    """

    kind: Literal["start", "finish"]
    reference: str
    client_id: str
    transaction_number: int
    answer: Started | Finished


@dataclass(slots=True, eq=False)
class Job:
    """A request on its way. ``over`` is set (under the service's lock) by whoever decides its future.

    ``deadline`` and ``begun`` are monotonic seconds. ``taken`` is held until the worker takes the request up.
    """

    call: Callable[[Tse], Any]
    deadline: float
    kind: Literal["start", "finish", "other", "operation", "probe", "care"] = "other"
    reference: str = ""
    client_id: str = ""
    number: int = 0
    future: "Future[Any]" = field(default_factory=Future)
    begun: float = 0.0
    over: bool = False
    taken: "threading.Lock | None" = None

    def late(self, answer: Any) -> Late | None:
        """Make the overdue answer of a start or finish; None for anything else."""
        kind: Literal["start", "finish"]
        if isinstance(answer, Started):
            kind, number = "start", answer.transaction_number
        elif isinstance(answer, Finished):
            kind, number = "finish", self.number
        else:
            return None
        return Late(
            kind=kind,
            reference=self.reference,
            client_id=self.client_id,
            transaction_number=number,
            answer=answer,
        )


def nothing(_: Tse) -> None:
    """Stand in for the call of a probe or of housekeeping."""


def end(ends: Ends) -> None:
    """End futures with their errors; call it without holding a lock (callbacks run here)."""
    for future, error in ends:
        future.set_exception(error)


class Messenger:
    """A thread that tells listeners what happened, in order, so that they may block and fail as they like.

    ``on_info`` gets what the device says about itself, ``on_late`` overdue answers; what it does not take (or nobody
    does) waits in ``late_results``.
    """

    def __init__(
        self, name: str, on_late: Callable[[Late], None] | None, on_info: Callable[[TseInfo], None] | None = None
    ) -> None:
        self._on_late = on_late
        self._on_info = on_info
        self._lock = threading.Lock()
        self._late: list[Late] = []
        self._subscribers: list[Callable[[ServiceState], None]] = []
        self._messages: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def subscribe(self, callback: Callable[[ServiceState], None]) -> Callable[[], None]:
        """Tell ``callback`` every later state; return the way to stop it."""
        with self._lock:
            self._subscribers.append(callback)

        def unsubscribe() -> None:
            with self._lock:
                if callback in self._subscribers:
                    self._subscribers.remove(callback)

        return unsubscribe

    def publish(self, state: ServiceState) -> None:
        """Have the subscribers told."""
        with self._lock:
            for callback in self._subscribers:
                self._messages.put(partial(callback, state))

    def tell(self, info: TseInfo) -> None:
        """Pass on what the device said about itself."""
        if self._on_info is not None:
            self._messages.put(partial(self._on_info, info))

    def hand_over(self, late: Late) -> None:
        """Pass on an overdue answer."""
        with self._lock:
            self._late.append(late)
        if self._on_late is not None:
            self._messages.put(partial(self._tell_late, late, self._on_late))

    def late_results(self) -> list[Late]:
        """Take the overdue answers nobody took so far (each is given out once)."""
        with self._lock:
            late, self._late = self._late, []
        return late

    def stop(self, patience: float) -> None:
        """End the thread after what was posted before; wait at most ``patience`` seconds."""
        self._messages.put(None)
        if self._thread is not threading.current_thread():
            self._thread.join(patience)

    def _tell_late(self, late: Late, on_late: Callable[[Late], None]) -> None:
        """Kept until the callback has returned, so that an answer is never in nobody's hands."""
        with self._lock:
            if late not in self._late:
                return
        on_late(late)
        with self._lock:
            if late in self._late:
                self._late.remove(late)

    def _run(self) -> None:
        while (message := self._messages.get()) is not None:
            try:
                message()
            except Exception:
                log.exception("a listener of the TSE service failed")
