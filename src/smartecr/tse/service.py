"""The way to a TSE for a busy register: one worker thread, a time limit, and an honest outage.

The register never calls a device itself. It asks the service, gets a future at once, and waits for
it only as long as it must. A device that fails or does not answer within the limit is out of order:
every further call fails immediately with TseUnavailable while the worker tries, ever more rarely, to
reach it again. What an overdue call brings in the end is handed over as ``Late``, never lost.

Three daemon threads: the worker (the only one to touch the device), the watch (ends the wait for
overdue calls), the messenger (runs the callbacks, so that they may block).
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from smartecr.tse.api import Tse, TseInfo
from smartecr.tse.breaker import Breaker, ServiceState
from smartecr.tse.connection import Connection
from smartecr.tse.errors import (
    TseBusy,
    TseDamaged,
    TseError,
    TseInternalError,
    TseRefused,
    TseTimeout,
    TseTransportError,
    TseUnavailable,
)
from smartecr.tse.healing import PinOf
from smartecr.tse.jobs import Ends, Job, Late, Messenger, end, nothing
from smartecr.tse.requests import CARE_TIMEOUT, Kind, Requests

__all__ = ["Late", "ServiceState", "TseService"]

log = logging.getLogger(__name__)

T = TypeVar("T")

#: seconds at most for which whoever asks for a start gives way, so that the worker has the interpreter until the device
#: signs: else it would get it by chance, in the middle of what the start is to be signed beside
_GIVEN_WAY = 0.002


class TseService(Requests):
    """Serves one device. Thread-safe; all waiting methods are limited by ``timeout``.

    ``open_device`` opens it (again after each loss of connection) and must leave nothing open when it
    fails. ``clients`` are registered whenever the device is reached. ``pin_of`` gives the PINs entrusted to
    the register (None: not this one); ``serial`` is that of the device in service ("": the first one met).
    ``closed`` tells whether the shop is closed now, for the self test. ``clock`` is unix seconds UTC, for
    the device's time and for ``state.since``. ``timeout`` and ``slow_after`` are seconds of a call;
    ``probe_interval`` doubles up to ``longest_probe_interval`` seconds; an idle device is looked after
    every ``care_interval`` seconds. ``on_late`` gets overdue answers; without it they wait in
    ``late_results``. ``on_info`` gets what the device says at every look. ``retired`` are the serial numbers of devices
    replaced for good: they are left alone whoever plugs them in. A driver that hangs for good keeps the worker:
    drivers need time limits of their own.
    """

    def __init__(
        self,
        open_device: Callable[[], Tse],
        clock: Callable[[], float] = time.time,
        *,
        clients: Sequence[str] = (),
        pin_of: PinOf = lambda _: None,
        serial: str = "",
        closed: Callable[[], bool | None] | None = None,
        timeout: float = 8.0,
        slow_after: float = 2.0,
        monotonic: Callable[[], float] = time.monotonic,
        probe_interval: float = 2.0,
        longest_probe_interval: float = 16.0,
        care_interval: float = 60.0,
        queue_limit: int = 64,
        on_late: Callable[[Late], None] | None = None,
        on_info: Callable[[TseInfo], None] | None = None,
        retired: Collection[str] = (),
    ) -> None:
        self._connection = Connection(open_device, clock, clients, pin_of, serial, closed, retired)
        self._clients = tuple(clients)
        self._clock = clock
        self._timeout = timeout
        self._slow_after = min(slow_after, timeout)
        self._monotonic = monotonic
        self._queue_limit = queue_limit
        self._care_interval = care_interval
        self._next_care = 0.0
        self._breaker = Breaker(clock(), probe_interval, longest_probe_interval)
        self._lock = threading.Lock()
        self._wake_worker = threading.Condition(self._lock)
        self._wake_watch = threading.Condition(self._lock)
        self._wake_info = threading.Condition(self._lock)
        self._jobs: deque[Job] = deque()
        self._operations: deque[Job] = deque()
        self._current: Job | None = None
        self._info: TseInfo | None = None
        self._closing = False
        self._threads = [
            threading.Thread(target=run, name=f"tse-{name}", daemon=True)
            for name, run in (("worker", self._work), ("watch", self._watch))
        ]
        self._messenger = Messenger("tse-messenger", on_late, on_info)
        for thread in self._threads:
            thread.start()

    # ---- what the register asks

    @property
    def foreign(self) -> str:
        """The serial number of the device that answers instead of the one in service, "" without one."""
        return self._connection.foreign

    def adopt(self) -> None:
        """Take the foreign device into service from now on: a person has said so."""
        self._connection.adopt()
        self.retry()

    def retire(self, serial: str, *, retired: bool = True) -> None:
        """Leave a device alone from now on, or no longer; a person's ``operate`` still reaches it."""
        self._connection.retire(serial, retired=retired)
        self.retry()

    def retry(self) -> None:
        """Try to reach the device now: a card was plugged in, a cable was mended."""
        with self._lock:
            self._breaker.hurry()
            self._next_care = 0.0
            self._wake_worker.notify()

    def info(self) -> TseInfo:
        """Tell what the device said when it was last reached (its counter may have moved since).

        Waits for the first connection; raises TseUnavailable when the device was never reached.
        """
        limit = self._monotonic() + self._timeout
        with self._lock:
            while self._info is None:
                left = limit - self._monotonic()
                if self._closing or self._breaker.open or left <= 0:
                    raise TseUnavailable(cause=self._breaker.error)
                self._wake_info.wait(left)
            return self._info

    @property
    def known(self) -> TseInfo | None:
        """What the device said when it was last reached, without waiting; None before the first time."""
        return self._info

    @property
    def state(self) -> ServiceState:
        """How the device is now."""
        return self._breaker.state

    def subscribe(self, callback: Callable[[ServiceState], None]) -> Callable[[], None]:
        """Have every change of state told, in order, from the messenger thread; return the way to stop it."""
        return self._messenger.subscribe(callback)

    def late_results(self) -> list[Late]:
        """Take the overdue answers collected so far (each is given out once)."""
        return self._messenger.late_results()

    def close(self) -> None:
        """Refuse new calls, let the running one end (within the time limit) and release the device."""
        with self._lock:
            self._closing = True
            ends = self._drain(TseUnavailable("the service is closed"))
            for condition in (self._wake_worker, self._wake_watch, self._wake_info):
                condition.notify_all()
        end(ends)
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(self._timeout)
        with self._lock:
            job = self._current
            ends = [(job.future, TseTimeout("closed before the answer"))] if job and not job.over else []
            if job is not None:
                job.over = True
        end(ends)
        self._messenger.stop(self._timeout)

    # ---- inside

    def _submit(
        self,
        call: Callable[[Tse], T],
        *,
        kind: Kind = "other",
        reference: str = "",
        client_id: str = "",
        number: int = 0,
        timeout: float | None = None,
    ) -> "Future[T]":
        deadline = self._monotonic() + (self._timeout if timeout is None else timeout)
        job = Job(call, deadline, kind, reference, client_id, number)
        job.future.set_running_or_notify_cancel()
        refusal: TseError | None = None
        taken: threading.Lock | None = None
        with self._lock:
            if self._closing:
                refusal = TseUnavailable("the service is closed", self._breaker.error)
            elif kind == "operation":
                self._operations.append(job)
                self._wake_worker.notify()
            elif self._breaker.open:
                refusal = TseUnavailable(cause=self._breaker.error)
            elif len(self._jobs) >= self._queue_limit:
                refusal = TseBusy(f"{len(self._jobs)} calls wait")
            else:
                if kind == "start" and self._current is None and not self._jobs:
                    job.taken = taken = threading.Lock()
                    taken.acquire()
                self._jobs.append(job)
                self._wake_worker.notify()
        if taken is not None:
            taken.acquire(timeout=_GIVEN_WAY)
        if refusal is not None:
            job.future.set_exception(refusal)
        return job.future

    def _work(self) -> None:
        while (job := self._take()) is not None:
            self._execute(job)
        self._connection.release()

    def _take(self) -> Job | None:
        """Wait for the next thing to do: an operation, a probe while out of order, a call, else the housekeeping."""
        with self._lock:
            while not self._closing:
                now = self._monotonic()
                if self._operations:
                    return self._begin(self._operations.popleft(), now)
                if self._breaker.open or self._connection.device is None:
                    pause = self._breaker.probe_in(now) if self._breaker.open else 0.0
                    if pause <= 0:
                        return self._begin(Job(nothing, now + self._timeout, "probe"), now)
                    self._wake_worker.wait(pause)
                elif self._jobs:
                    return self._begin(self._jobs.popleft(), now)
                elif now >= self._next_care:
                    return self._begin(Job(nothing, now + CARE_TIMEOUT, "care"), now)
                else:
                    self._wake_worker.wait()
        return None

    def _begin(self, job: Job, now: float) -> Job:
        job.begun = now
        self._current = job
        if job.taken is not None:
            job.taken.release()
        return job

    def _execute(self, job: Job) -> None:
        answer: Any = None
        error: TseError | None = None
        try:
            answer = self._do(job)
        except TseError as caught:
            error = caught
        except Exception as caught:
            log.exception("TSE driver failed unexpectedly")
            error = TseInternalError(repr(caught))
        if isinstance(error, TseTransportError | TseInternalError | TseDamaged):
            self._connection.release()
        with self._lock:
            overdue, job.over = job.over, True
            self._current = None
            ends = self._judge(job, answer, error, overdue)
        end(ends)
        if overdue:
            return
        if error is not None:
            job.future.set_exception(error)
        else:
            job.future.set_result(answer)

    def _judge(self, job: Job, answer: Any, error: TseError | None, overdue: bool) -> Ends:
        """Draw the conclusions of a call that returned (lock held); return the calls that end with it."""
        if error is not None and (job.kind in ("probe", "care") or not isinstance(error, TseRefused)):
            return self._trip(error)
        if job.kind == "probe":
            if not overdue and self._breaker.recovered(self._clock()):
                self._messenger.publish(self._breaker.state)
            self._wake_info.notify_all()
        elif job.kind == "operation":
            self._breaker.hurry()
            self._next_care = 0.0
        elif job.kind != "care" and not overdue:
            slow = self._monotonic() - job.begun >= self._slow_after
            if self._breaker.succeeded(slow, self._clock()):
                self._messenger.publish(self._breaker.state)
        elif overdue and (late := job.late(answer)) is not None:
            self._messenger.hand_over(late)
        return []

    def _do(self, job: Job) -> Any:
        if job.kind in ("start", "finish", "other"):
            return self._connection.call(job)
        if job.kind == "operation":
            return job.call(self._connection.opened())
        self._learn(self._connection.reach() if job.kind == "probe" else self._connection.look_after())
        return None

    def _learn(self, info: TseInfo) -> None:
        with self._lock:
            self._info = info
            self._next_care = self._monotonic() + self._care_interval
            self._wake_info.notify_all()
            self._wake_watch.notify()
        self._messenger.tell(info)

    def _watch(self) -> None:
        while True:
            with self._lock:
                if self._closing:
                    return
                now = self._monotonic()
                ends = self._expire(now)
                if now >= self._next_care:
                    self._wake_worker.notify()
                if not ends:
                    self._wake_watch.wait(max(0.0, self._next_event(now) - now))
            end(ends)

    def _next_event(self, now: float) -> float:
        """When to look again. A call submitted meanwhile can neither be slow nor overdue before that."""
        times = [now + self._slow_after, *(job.deadline for job in (*self._operations, *self._jobs))]
        if self._next_care > now:
            times.append(self._next_care)
        job = self._current
        if job is not None and not job.over:
            times.append(job.deadline)
            if job.begun + self._slow_after > now:
                times.append(job.begun + self._slow_after)
        return min(times)

    def _expire(self, now: float) -> Ends:
        """End the wait for overdue calls (lock held): the running one, or those it keeps waiting."""
        job = self._current
        if job is not None and not job.over and now >= job.deadline:
            job.over = True
            error: TseError = TseTimeout(f"{job.kind} unanswered after {now - job.begun:.1f} s")
            return [(job.future, error), *self._trip(error)]
        overdue = next((waiting for waiting in self._jobs if now >= waiting.deadline), None)
        if overdue is not None:
            self._jobs.remove(overdue)
            overdue.over = True
            error = TseBusy("another call occupies the device")
            return [(overdue.future, error), *self._trip(error)]
        signing = job is not None and job.kind in ("start", "finish") and now - job.begun >= self._slow_after
        if signing and self._breaker.slowed(self._clock()):
            self._messenger.publish(self._breaker.state)
        return []

    def _trip(self, error: TseError) -> Ends:
        """Declare the device out of order (lock held); whoever waits is told at once."""
        # a traceback would keep the frames that hold the device, and with it its lock, alive
        error = error.with_traceback(None)
        if self._breaker.failed(error, self._clock(), self._monotonic()):
            log.warning("TSE out of order: %s", error)
            self._messenger.publish(self._breaker.state)
        self._wake_worker.notify()
        self._wake_info.notify_all()
        return self._drain(TseUnavailable(cause=error))

    def _drain(self, error: TseError) -> Ends:
        ends: Ends = [(job.future, error) for job in self._jobs]
        self._jobs.clear()
        if self._closing:
            ends += [(job.future, error) for job in self._operations]
            self._operations.clear()
        return ends
