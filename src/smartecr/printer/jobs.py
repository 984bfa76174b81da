"""Print jobs and the folder that keeps them: one file a job, written whole or not at all."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from smartecr.core.records import dataclass
from smartecr.printer.status import Problem

log = logging.getLogger(__name__)

QUEUED, SENDING, HELD, UNKNOWN, FAILED = "queued", "sending", "held", "unknown", "failed"
WAITING = (QUEUED, HELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to print: `what` is for the one who renders it. `number` counts up; `problem` is what it waits for.

    *queued*: not tried yet. *held*: the printer cannot, it is tried again by itself. *sending*: bytes are under way.
    *unknown*: printer or program was lost meanwhile, only a person can see what came out. *failed*: it cannot be
    rendered. What is printed is gone.
    """

    id: str
    number: int
    what: Mapping[str, Any]
    state: str = QUEUED
    problem: Problem | None = None

    @property
    def mark(self) -> int:
        """Return the number by which the printer confirms it (1 to 9,999)."""
        return self.number % 9999 + 1

    @property
    def waits(self) -> bool:
        """Tell whether it will be printed by itself."""
        return self.state in WAITING or self.state == SENDING


class SpoolError(Exception):
    """A job could not be kept or read now: the disk is full, the folder or the books are gone."""


class JobFolder:
    """The files of one printer's jobs. Used by one thread at a time."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.jobs = dict(self._load())
        # files that are no jobs keep their numbers, so that nothing is written over them
        self.last = max((int(path.stem) for path in folder.glob("*.json") if path.stem.isdecimal()), default=0)

    def keep(self, job: Job) -> None:
        """Write a job; durable when this returns. Raises SpoolError."""
        draft = self._folder / ".draft"
        try:
            with draft.open("w", encoding="utf-8") as file:
                json.dump(asdict(job), file, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path(job))
        except OSError as error:
            raise SpoolError(str(error)) from error
        self.jobs[job.id] = job
        self.last = max(self.last, job.number)

    def forget(self, job: Job) -> None:
        """Take a job out."""
        self.jobs.pop(job.id, None)
        self._path(job).unlink(missing_ok=True)

    def in_order(self) -> list[Job]:
        """Return the jobs in the order they came."""
        return sorted(self.jobs.values(), key=lambda job: job.number)

    def _path(self, job: Job) -> Path:
        return self._folder / f"{job.number:010d}.json"

    def _load(self) -> list[tuple[str, Job]]:
        """Return the jobs in the folder by id; a file that is no job is left alone and logged."""
        found = []
        for path in sorted(self._folder.glob("*.json")):
            try:
                kept = json.loads(path.read_text(encoding="utf-8"))
                job = Job(
                    id=str(kept["id"]),
                    number=int(kept["number"]),
                    what=dict(kept["what"]),
                    state=str(kept["state"]),
                    problem=Problem(kept["problem"]) if kept["problem"] else None,
                )
            except (OSError, ValueError, KeyError, TypeError):
                log.exception("%s is no print job", path.name)
                continue
            found.append((job.id, job))
        return found
