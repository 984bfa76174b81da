"""The proof at the press of a button: runs beside the selling, tells how far it is, and leaves its result as a fact.

Other processes do the work, as for the command, and leave the processor to the till. The first proof loads all that.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from dataclasses import field

from django.db import Error, connection

from smartecr.core.records import dataclass
from smartecr.register.books.verifying.verdict import Progress, silent
from smartecr.register.errors import RegisterError
from smartecr.register.ledger import writing
from smartecr.register.till import Till
from smartecr.sql import select
from smartecr.staff.actor import Actor

log = logging.getLogger(__name__)

_MOST = 200


class _StoppedError(Exception):
    """The server stops, and nobody waits for the result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a proof ended: `lines` is what was looked at, `explained` and `findings` its German sentences."""

    at: str
    person: str
    holds: bool
    lines: tuple[str, ...]
    explained: tuple[str, ...]
    findings: tuple[str, ...]
    count: int


@dataclass(slots=True)
class Proof:
    """The proof of this process; `running` while one is under way, with `done` of `total` steps and what they are."""

    running: bool = False
    done: int = 0
    total: int = 0
    what: str = ""
    failed: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def percent(self) -> int:
        """Return how far it is, in percent."""
        return min(99, 100 * self.done // self.total) if self.total else 0

    def start(self, till: Till, actor: Actor) -> bool:
        """Begin a proof in a thread of its own; return False when one is under way."""
        with self._lock:
            if self.running:
                return False
            self.running, self.done, self.total, self.what, self.failed = True, 0, 0, "", ""
        self._thread = threading.Thread(target=self._run, args=(till, actor), name="proof", daemon=True)
        self._thread.start()
        return True

    def close(self) -> None:
        """Give up the proof under way and the processes it has; return when they are gone."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, till: Till, actor: Actor) -> None:
        try:
            prove(till, actor, self._tell)
        except _StoppedError:
            self.failed = "stopped"
        except (Error, OSError, RegisterError) as error:
            log.exception("the proof ended early")
            self.failed = type(error).__name__
        finally:
            self.running = False
            connection.close()
            till.publish("status")

    def _tell(self, done: int, total: int, what: str) -> None:
        self.done, self.total, self.what = done, total, what
        if self._stop.is_set():
            raise _StoppedError


PROOF = Proof()


def prove(till: Till, actor: Actor, progress: Progress = silent) -> Result:
    """Check the books and write down how it ended."""
    from smartecr.register.books import verify

    verdict = verify.examine(progress, os.cpu_count() or 1)
    lines = list(verify.looked_at(verdict))
    body = {
        "holds": verdict.holds,
        "lines": lines,
        "explained": verdict.explained[-_MOST:],
        "findings": verdict.findings[:_MOST],
        "count": len(verdict.findings),
    }
    with writing(till, actor) as writer:
        writer.append("books_verified", body)
    found = last(till.register_id)
    if found is None:
        raise LookupError("books_verified")
    return found


def last(register_id: str) -> Result | None:
    """Return how the last proof at this register ended, None before the first."""
    rows = select(
        "SELECT at, actor_name, body FROM register_journal WHERE register_id = %s AND kind = 'books_verified' "
        "ORDER BY seq DESC LIMIT 1",
        [register_id],
    )
    if not rows:
        return None
    at, person, text = rows[0]
    body = json.loads(text)
    return Result(
        at=at,
        person=person,
        holds=body["holds"],
        lines=tuple(body["lines"]),
        explained=tuple(body["explained"]),
        findings=tuple(body["findings"]),
        count=body["count"],
    )
