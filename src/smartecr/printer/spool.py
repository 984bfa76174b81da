"""What is still to be printed: a sale never waits for paper, and no job is lost or printed twice.

A job whose outcome is unknown, because the printer or this program was lost while its bytes were under way, is never
repeated by itself: only a person can see whether paper came out. One that its printer cannot print for `PATIENCE`
seconds goes to the stand-in printer, if there is one that can.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from smartecr.printer.jobs import FAILED, HELD, QUEUED, SENDING, UNKNOWN, WAITING, Job, JobFolder, SpoolError
from smartecr.printer.posprinter import InDoubtError, NotReadyError, PosPrinter
from smartecr.printer.profile import Profile
from smartecr.printer.status import Problem, Status

__all__ = ["Job", "Spool", "SpoolError"]

log = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
LOOK_SECONDS = 5.0
LISTEN_SECONDS = 0.5
PATIENCE_SECONDS = 20.0


class Spool:
    """The queue of one printer and the thread that works it off. Any thread may call it.

    `render` makes a job's bytes when its turn comes; a job it refuses (LookupError, ValueError) has failed, and
    SpoolError from it means later. `changed` is called after every change of a job or of the printer's state, from the
    thread that changed it.
    """

    def __init__(
        self,
        folder: Path,
        printer: PosPrinter,
        render: Callable[[Job, Profile], bytes],
        changed: Callable[[], None] = lambda: None,
        *,
        name: str = "",
    ) -> None:
        self.name = name
        self._printer = printer
        self._render = render
        self._changed = changed
        self._stand_in: Spool | None = None
        self._stood_in: Callable[[Job, Spool], None] = lambda _job, _to: None
        self._lock = threading.Lock()
        self._wake = threading.Condition(self._lock)
        self._kept = JobFolder(folder)
        self._pulses: list[tuple[bytes, bytes]] = []
        self._problem: Problem | None = None
        self._status: Status | None = None
        self._looked = self._held_since = float("-inf")
        self._answered: float | None = None
        self._closing = False
        for job in self._kept.in_order():
            if job.state == SENDING:
                self._kept.keep(replace(job, state=UNKNOWN))
        self._thread = threading.Thread(target=self._run, name=f"printer {name}".strip(), daemon=True)
        self._thread.start()

    def helped_by(self, stand_in: Spool, stood_in: Callable[[Job, Spool], None]) -> None:
        """Let `stand_in` print what this printer cannot; `stood_in` is told before and may raise SpoolError.

        The job's `what` says so under "instead_of".
        """
        self._stand_in, self._stood_in = stand_in, stood_in

    def add(self, job_id: str, what: Mapping[str, Any]) -> None:
        """Take a job; durable when this returns. The same id again does nothing. Raises SpoolError."""
        with self._lock:
            if job_id in self._kept.jobs:
                return
            self._kept.keep(Job(id=job_id, number=self._kept.last + 1, what=what))
            self._wake.notify()
        self._changed()

    def pulse(self, data: bytes, at_once: bytes = b"") -> None:
        """Send a short command (the drawer's) before anything else; lost when the printer is not there.

        `at_once` does the same in real time: it goes to a printer that cannot print now and would keep `data`.
        """
        with self._lock:
            self._pulses.append((data, at_once))
            self._wake.notify()

    def drop(self, job_id: str) -> None:
        """Forget a job that waits, has failed or whose outcome is unknown; does nothing for one that is being sent."""
        with self._lock:
            job = self._kept.jobs.get(job_id)
            if job is None or job.state == SENDING:
                return
            self._kept.forget(job)
        self._changed()

    def retry(self, job_id: str) -> None:
        """Try a job that waits or has failed again now. Raises SpoolError."""
        with self._lock:
            job = self._kept.jobs.get(job_id)
            if job is None or job.state not in (*WAITING, FAILED):
                return
            self._kept.keep(replace(job, state=QUEUED, problem=None))
            self._wake.notify()
        self._changed()

    def hand_over(self, job_id: str, to: Spool, note: Mapping[str, Any]) -> bool:
        """Give a job that waits or has failed to another printer, `note` added to its `what`; False when it is gone.

        Cut in the middle it is unknown here: a person is asked, it is not printed twice. Raises SpoolError.
        """
        with self._lock:
            job = self._kept.jobs.get(job_id)
            if job is None or job.state not in (*WAITING, FAILED):
                return False
            self._kept.keep(replace(job, state=UNKNOWN))
        try:
            to.add(job.id, {**job.what, **note})
        except SpoolError:
            with self._lock:
                self._put_down(job)
            raise
        self.drop(job.id)
        return True

    def jobs(self) -> list[Job]:
        """Return what is not printed yet, in order."""
        with self._lock:
            return self._kept.in_order()

    @property
    def problem(self) -> Problem | None:
        """Return what keeps the printer from printing, or what will soon; None when all is well."""
        status = self._status
        return self._problem or (status.warning if status else None)

    @property
    def ready(self) -> bool:
        """Tell whether the printer was reached and could print when last looked at."""
        return self._status is not None and self._problem is None

    @property
    def answered(self) -> float | None:
        """Return how many seconds ago the printer answered last, None before it ever did."""
        return None if self._answered is None else time.monotonic() - self._answered

    @property
    def profile(self) -> Profile:
        """Return what its printer can do."""
        return self._printer.profile

    @property
    def drawer_level(self) -> bool | None:
        """Return the level of the drawer's sensor as last seen, None when the printer was never reached."""
        return self._status.drawer_level if self._status else None

    def close(self) -> None:
        """End the thread; what is queued stays in the folder."""
        with self._lock:
            self._closing = True
            self._wake.notify()
        self._thread.join(15)

    # ---- the thread

    def _run(self) -> None:
        self._listen()  # at once: how the printer is may be asked as soon as the register runs
        while True:
            with self._lock:
                if self._closing:
                    break
                job = self._next()
                if job is None and not self._pulses:
                    self._wake.wait(min(LISTEN_SECONDS, LOOK_SECONDS))
            self._send_pulses()
            if job is not None:
                self._print(job)
            else:
                self._listen()
        self._printer.close()

    def _next(self) -> Job | None:
        return next((job for job in self._kept.in_order() if job.state in WAITING), None)

    def _listen(self) -> None:
        """Hear what the printer tells by itself, and ask it now and then."""
        try:
            told = self._printer.told()
            if told is None and time.monotonic() - self._looked < LOOK_SECONDS:
                return
            self._look(told or self._printer.status())
        except NotReadyError as error:
            self._looked = time.monotonic()
            self._tell(error.problem)

    def _look(self, status: Status) -> None:
        self._looked = self._answered = time.monotonic()
        before, self._status = self._status, status
        self._tell(status.problem)
        if before != status:
            self._changed()

    def _send_pulses(self) -> None:
        with self._lock:
            pulses, self._pulses = self._pulses, []
        for data, at_once in pulses:
            try:
                self._printer.pulse(at_once if at_once and self._in_real_time else data)
                self._looked = float("-inf")
            except NotReadyError as error:
                self._tell(error.problem)

    @property
    def _in_real_time(self) -> bool:
        """Whether the printer would keep what is sent now, and understands commands in real time as Epson's do."""
        return self._problem is not None and self._printer.profile.tells

    def _print(self, job: Job) -> None:
        try:
            data = self._render(job, self._printer.profile)
            if job.state == HELD and (problem := self._printer.status().problem) is not None:
                raise NotReadyError(problem)  # seen before anything is written: a printer may be off all night
            with self._lock:
                if not self._mine(job):
                    return
                self._kept.keep(job := replace(job, state=SENDING, problem=None))
            self._printer.put(data, job.mark, self._while_printing)
        except (LookupError, ValueError):
            log.exception("job %s cannot be rendered", job.number)
            self._settle(replace(job, state=FAILED))
        except NotReadyError as error:
            self._tell(error.problem)
            self._hold(replace(job, state=HELD, problem=error.problem))
        except InDoubtError as error:
            self._settle(replace(job, state=UNKNOWN, problem=error.problem))
            self._tell(error.problem)
        except SpoolError:
            log.exception("job %s cannot be kept or read now", job.number)
            self._pause()
        else:
            with self._lock:
                self._kept.forget(job)
            self._held_since = float("-inf")
            self._tell(None)
            self._changed()

    def _hold(self, job: Job) -> None:
        """Keep a job the printer cannot print now, or give it to the stand-in after a while."""
        self._settle(job)
        now = time.monotonic()
        if self._held_since == float("-inf"):
            self._held_since = now
        if self._stand_in is None or now - self._held_since < PATIENCE_SECONDS or not self._stand_in.ready:
            self._pause()
            return
        try:
            self._stood_in(job, self._stand_in)
            self.hand_over(job.id, self._stand_in, {"instead_of": self.name})
        except SpoolError:
            log.exception("job %s stays with its printer", job.number)
            self._pause()

    def _while_printing(self, problem: Problem | None) -> bool:
        self._tell(problem)
        if self._in_real_time:
            self._send_pulses()
        return not self._closing

    def _mine(self, job: Job) -> bool:
        """Tell whether nobody has dropped or handed over the job meanwhile (lock held)."""
        known = self._kept.jobs.get(job.id)
        return known is not None and known.state in (*WAITING, SENDING)

    def _settle(self, job: Job) -> None:
        with self._lock:
            if not self._mine(job) or self._kept.jobs[job.id] == job:
                return
            self._put_down(job)
        self._changed()

    def _put_down(self, job: Job) -> None:
        try:
            self._kept.keep(job)
        except SpoolError:
            self._kept.jobs[job.id] = job

    def _pause(self) -> None:
        with self._lock:
            if not self._closing and not self._pulses:
                self._wake.wait(RETRY_SECONDS)

    def _tell(self, problem: Problem | None) -> None:
        if problem is not self._problem:
            self._problem = problem
            self._changed()
