"""What is still to be printed, kept in a folder: a sale never waits for paper, and no job is lost or printed twice.

One file a job, written whole or not at all. A job is *queued* until the printer can print; *sending* while its bytes
are under way; then it is gone, or *unknown* when the printer or this program was lost meanwhile: only a person can see
whether paper came out, so it is never repeated by itself.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from smartecr.printer.posprinter import InDoubtError, NotReadyError, PosPrinter
from smartecr.printer.profile import Profile
from smartecr.printer.status import Problem, Status

log = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
LOOK_SECONDS = 5.0
QUEUED, SENDING, UNKNOWN = "queued", "sending", "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to print: `what` is for the one who renders it. `number` counts up; `problem` is what it waits for."""

    id: str
    number: int
    what: Mapping[str, Any]
    state: str = QUEUED
    problem: Problem | None = None

    @property
    def mark(self) -> int:
        """Return the number by which the printer confirms it (1 to 9,999)."""
        return self.number % 9999 + 1


class SpoolError(Exception):
    """A job could not be kept: the disk is full or the folder is gone. It was not taken."""


class Spool:
    """The queue of one printer and the thread that works it off. Any thread may call it.

    `render` makes a job's bytes when its turn comes; a job it refuses (LookupError, ValueError) is dropped and logged.
    `changed` is called after every change of a job or of the printer's state, from the thread that changed it.
    """

    def __init__(
        self,
        folder: Path,
        printer: PosPrinter,
        render: Callable[[Job, Profile], bytes],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._printer = printer
        self._render = render
        self._changed = changed
        self._lock = threading.Lock()
        self._wake = threading.Condition(self._lock)
        self._jobs = _load(folder)
        # files that are no jobs keep their numbers, so that nothing is written over them
        self._last = max((int(path.stem) for path in folder.glob("*.json") if path.stem.isdecimal()), default=0)
        self._pulses: list[bytes] = []
        self._problem: Problem | None = None
        self._status: Status | None = None
        self._closing = False
        for job in list(self._jobs.values()):
            if job.state == SENDING:
                self._keep(replace(job, state=UNKNOWN))
        self._thread = threading.Thread(target=self._run, name="printer", daemon=True)
        self._thread.start()

    def add(self, job_id: str, what: Mapping[str, Any]) -> None:
        """Take a job; durable when this returns. The same id again does nothing. Raises SpoolError."""
        with self._lock:
            if job_id in self._jobs:
                return
            self._last += 1
            self._keep(Job(id=job_id, number=self._last, what=what))
            self._wake.notify()
        self._changed()

    def pulse(self, data: bytes) -> None:
        """Send a short command (the drawer's) before anything else; lost when the printer is not there."""
        with self._lock:
            self._pulses.append(data)
            self._wake.notify()

    def drop(self, job_id: str) -> None:
        """Forget a job that waits or whose outcome is unknown; does nothing for one that is being sent."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.state == SENDING:
                return
            self._forget(job)
        self._changed()

    def jobs(self) -> list[Job]:
        """Return what is not printed yet, in order."""
        with self._lock:
            return sorted(self._jobs.values(), key=lambda job: job.number)

    @property
    def problem(self) -> Problem | None:
        """Return what keeps the printer from printing, or what will soon; None when all is well."""
        status = self._status
        return self._problem or (status.warning if status else None)

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
        while True:
            with self._lock:
                if self._closing:
                    break
                pulses, self._pulses = self._pulses, []
                waiting = [job for job in self._jobs.values() if job.state == QUEUED]
                job = min(waiting, key=lambda one: one.number, default=None)
                if job is None and not pulses and not self._wake.wait(LOOK_SECONDS):
                    pass
            for data in pulses:
                self._send_pulse(data)
            if job is not None:
                self._print(job)
            elif not pulses:
                self._look()
        self._printer.close()

    def _look(self) -> None:
        try:
            self._status = self._printer.status()
        except NotReadyError as error:
            self._tell(error.problem)
        else:
            self._tell(self._status.problem)

    def _send_pulse(self, data: bytes) -> None:
        try:
            self._printer.pulse(data)
        except NotReadyError as error:
            self._tell(error.problem)

    def _print(self, job: Job) -> None:
        try:
            data = self._render(job, self._printer.profile)
        except (LookupError, ValueError):
            log.exception("job %s cannot be rendered", job.number)
            with self._lock:
                self._forget(job)
            self._changed()
            return
        try:
            with self._lock:
                self._keep(job := replace(job, state=SENDING, problem=None))
            self._printer.put(data, job.mark, self._while_printing)
        except NotReadyError as error:
            self._settle(replace(job, state=QUEUED, problem=error.problem))
            self._tell(error.problem)
            self._pause()
        except InDoubtError as error:
            self._settle(replace(job, state=UNKNOWN, problem=error.problem))
            self._tell(error.problem)
        except SpoolError:
            log.exception("job %s cannot be kept", job.number)
            self._pause()
        else:
            with self._lock:
                self._forget(job)
            self._tell(None)
            self._changed()

    def _while_printing(self, problem: Problem | None) -> bool:
        self._tell(problem)
        return not self._closing

    def _settle(self, job: Job) -> None:
        with self._lock:
            try:
                self._keep(job)
            except SpoolError:
                self._jobs[job.id] = job
        self._changed()

    def _pause(self) -> None:
        with self._lock:
            if not self._closing and not self._pulses:
                self._wake.wait(RETRY_SECONDS)

    def _tell(self, problem: Problem | None) -> None:
        if problem is not self._problem:
            self._problem = problem
            self._changed()

    # ---- the folder (lock held)

    def _path(self, job: Job) -> Path:
        return self._folder / f"{job.number:010d}.json"

    def _keep(self, job: Job) -> None:
        draft = self._folder / ".draft"
        try:
            with draft.open("w", encoding="utf-8") as file:
                json.dump(asdict(job), file, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path(job))
        except OSError as error:
            raise SpoolError(str(error)) from error
        self._jobs[job.id] = job

    def _forget(self, job: Job) -> None:
        self._jobs.pop(job.id, None)
        self._path(job).unlink(missing_ok=True)


def _load(folder: Path) -> dict[str, Job]:
    """Return the jobs in a folder; a file that is no job is left alone and logged."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            problem = Problem(kept["problem"]) if kept["problem"] else None
            job = Job(
                id=str(kept["id"]),
                number=int(kept["number"]),
                what=dict(kept["what"]),
                state=str(kept["state"]),
                problem=problem,
            )
        except (OSError, ValueError, KeyError, TypeError):
            log.exception("%s is no print job", path.name)
            continue
        found[job.id] = job
    return found
