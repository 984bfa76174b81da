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
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, BinaryIO, Literal, TypeVar

from smartecr.tse.api import ExportReceipt, Finished, Found, Started, Tse, TseInfo
from smartecr.tse.breaker import Breaker, ServiceState
from smartecr.tse.errors import (
    TseBusy,
    TseDamaged,
    TseError,
    TseInternalError,
    TseRefused,
    TseTimeNotSet,
    TseTimeout,
    TseTransportError,
    TseUnavailable,
)
from smartecr.tse.jobs import Ends, Job, Late, Messenger, end
from smartecr.tse.readiness import ensure_ready

__all__ = ["Late", "ServiceState", "TseService"]

log = logging.getLogger(__name__)

T = TypeVar("T")

_EXPORT_TIMEOUT = 3600.0


class TseService:
    """Serves one device. Thread-safe; all waiting methods are limited by ``timeout``.

    ``open_device`` opens it (again after each loss of connection) and must leave nothing open when it
    fails. ``clients`` are registered whenever the device is reached. ``clock`` is unix seconds UTC, for
    the device's time and for ``state.since``. ``timeout`` and ``slow_after`` are seconds of a call;
    ``probe_interval`` doubles up to ``longest_probe_interval`` seconds. ``on_late`` gets overdue
    answers; without it they wait in ``late_results``. A driver that hangs for good keeps the worker:
    drivers need time limits of their own.
    """

    def __init__(
        self,
        open_device: Callable[[], Tse],
        clock: Callable[[], float] = time.time,
        *,
        clients: Sequence[str] = (),
        timeout: float = 8.0,
        slow_after: float = 2.0,
        monotonic: Callable[[], float] = time.monotonic,
        probe_interval: float = 2.0,
        longest_probe_interval: float = 16.0,
        queue_limit: int = 64,
        on_late: Callable[[Late], None] | None = None,
    ) -> None:
        self._open_device = open_device
        self._clients = tuple(clients)
        self._clock = clock
        self._timeout = timeout
        self._slow_after = min(slow_after, timeout)
        self._monotonic = monotonic
        self._queue_limit = queue_limit
        self._breaker = Breaker(clock(), probe_interval, longest_probe_interval)
        self._lock = threading.Lock()
        self._wake_worker = threading.Condition(self._lock)
        self._wake_watch = threading.Condition(self._lock)
        self._wake_info = threading.Condition(self._lock)
        self._jobs: deque[Job] = deque()
        self._current: Job | None = None
        self._device: Tse | None = None
        self._info: TseInfo | None = None
        self._closing = False
        self._threads = [
            threading.Thread(target=run, name=f"tse-{name}", daemon=True)
            for name, run in (("worker", self._work), ("watch", self._watch))
        ]
        self._messenger = Messenger("tse-messenger", on_late)
        for thread in self._threads:
            thread.start()

    # ---- what the register asks

    def start(self, client_id: str, reference: str = "") -> "Future[Started]":
        """Open a transaction with empty data and type (DSFinV-K Anhang I)."""
        return self._submit(
            lambda device: device.start_transaction(client_id), kind="start", reference=reference, client_id=client_id
        )

    def finish(
        self,
        client_id: str,
        transaction_number: int,
        process_data: bytes | str,
        process_type: str,
        reference: str = "",
    ) -> "Future[Finished]":
        """Sign a transaction's content; text is sent as UTF-8."""
        data = process_data.encode() if isinstance(process_data, str) else process_data
        return self._submit(
            lambda device: device.finish_transaction(client_id, transaction_number, data, process_type),
            kind="finish",
            reference=reference,
            client_id=client_id,
            number=transaction_number,
        )

    def find(self, transaction_number: int) -> "Future[Found]":
        """Look up what the device stored about a transaction."""
        return self._submit(lambda device: device.find_transaction(transaction_number))

    def open_transactions(self) -> "Future[list[int]]":
        """Ask for the numbers of all open transactions."""
        return self._submit(lambda device: device.open_transactions())

    def register_client(self, client_id: str) -> "Future[None]":
        """Register the register's serial number with the device."""

        def register(device: Tse) -> None:
            device.register_client(client_id)
            self._learn(device.info())

        return self._submit(register)

    def export(self, sink: BinaryIO) -> "Future[ExportReceipt]":
        """Write the export; signing waits meanwhile, so do it outside business hours."""
        return self._submit(lambda device: device.export(sink), timeout=_EXPORT_TIMEOUT)

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
            self._join(thread)
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
        kind: Literal["start", "finish", "other"] = "other",
        reference: str = "",
        client_id: str = "",
        number: int = 0,
        timeout: float | None = None,
    ) -> "Future[T]":
        deadline = self._monotonic() + (self._timeout if timeout is None else timeout)
        job = Job(call, deadline, kind, reference, client_id, number)
        job.future.set_running_or_notify_cancel()
        refusal: TseError | None = None
        with self._lock:
            if self._closing or self._breaker.open:
                refusal = TseUnavailable("the service is closed" if self._closing else "", self._breaker.error)
            elif len(self._jobs) >= self._queue_limit:
                refusal = TseBusy(f"{len(self._jobs)} calls wait")
            else:
                self._jobs.append(job)
                self._wake_worker.notify()
        if refusal is not None:
            job.future.set_exception(refusal)
        return job.future

    def _work(self) -> None:
        while (job := self._take()) is not None:
            self._execute(job)
        self._release()

    def _take(self) -> Job | None:
        """Wait for the next thing to do: a probe while out of order or not connected, else a call."""
        with self._lock:
            while not self._closing:
                now = self._monotonic()
                if self._breaker.open or self._device is None:
                    pause = self._breaker.probe_in(now) if self._breaker.open else 0.0
                    if pause <= 0:
                        return self._begin(Job(lambda _: None, now + self._timeout, "probe"), now)
                    self._wake_worker.wait(pause)
                elif self._jobs:
                    return self._begin(self._jobs.popleft(), now)
                else:
                    self._wake_worker.wait()
        return None

    def _begin(self, job: Job, now: float) -> Job:
        job.begun = now
        self._current = job
        return job

    def _execute(self, job: Job) -> None:
        answer: Any = None
        error: TseError | None = None
        try:
            if job.kind == "probe":
                self._reach()
            else:
                answer = self._call(job)
        except TseError as caught:
            error = caught
        except Exception as caught:
            log.exception("TSE driver failed unexpectedly")
            error = TseInternalError(repr(caught))
        if isinstance(error, TseTransportError | TseInternalError | TseDamaged):
            self._release()
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
        if error is not None and not isinstance(error, TseRefused):
            return self._trip(error)
        if job.kind == "probe":
            if not overdue and self._breaker.recovered(self._clock()):
                self._messenger.publish(self._breaker.state)
            self._wake_info.notify_all()
        elif not overdue:
            slow = self._monotonic() - job.begun >= self._slow_after
            if self._breaker.succeeded(slow, self._clock()):
                self._messenger.publish(self._breaker.state)
        elif (late := job.late(answer)) is not None:
            self._messenger.hand_over(late)
        return []

    def _call(self, job: Job) -> Any:
        """Run a call; a device that lost the time gets it and is asked once more."""
        device = self._device
        if device is None:
            raise TseUnavailable("not connected")
        try:
            return job.call(device)
        except TseTimeNotSet:
            if job.over:
                raise
            device.update_time(int(self._clock()))
            return job.call(device)

    def _reach(self) -> None:
        """Open the device if need be and see whether it could sign."""
        device = self._device
        if device is None:
            device = self._device = self._open_device()
        try:
            ensure_ready(device.info(), self._clock())
        except TseTimeNotSet:
            device.update_time(int(self._clock()))
            ensure_ready(device.info(), self._clock())
        for client_id in self._clients:
            device.register_client(client_id)
        self._learn(device.info())

    def _learn(self, info: TseInfo) -> None:
        with self._lock:
            self._info = info
            self._wake_info.notify_all()

    def _release(self) -> None:
        device, self._device = self._device, None
        if device is not None:
            try:
                device.close()
            except Exception:
                log.exception("closing the TSE failed")

    def _watch(self) -> None:
        while True:
            with self._lock:
                if self._closing:
                    return
                now = self._monotonic()
                ends = self._expire(now)
                if not ends:
                    self._wake_watch.wait(max(0.0, self._next_event(now) - now))
            end(ends)

    def _next_event(self, now: float) -> float:
        """When to look again. A call submitted meanwhile can neither be slow nor overdue before that."""
        times = [now + self._slow_after, *(job.deadline for job in self._jobs)]
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
        return ends

    def _join(self, thread: threading.Thread) -> None:
        if thread is not threading.current_thread():
            thread.join(self._timeout)
