"""The thread that notices what is plugged in or pulled out.

The kernel wakes whoever polls the table of mounts when it changes; a look every second besides finds
what comes without a mount (a folder given by setting, files of a card that appear late).
"""

import logging
import os
import select
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from smartecr.tse.drivers.detection import mounts
from smartecr.tse.drivers.detection.volumes import Volume, scan

log = logging.getLogger(__name__)

_INTERVAL = 1.0


class Watcher:
    """Tells ``found`` and ``gone`` for every TSE, first for those there already; from a thread of its own.

    ``folders`` are looked into besides all mounts. ``table`` is the mount table (tests give a file of
    their own). ``interval`` seconds pass at most between two looks. Callbacks may block; what they
    raise is logged. ``close`` ends the thread.
    """

    def __init__(
        self,
        found: Callable[[Volume], None],
        gone: Callable[[Volume], None],
        *,
        folders: Sequence[Path] = (),
        table: Path = mounts.TABLE,
        interval: float = _INTERVAL,
    ) -> None:
        self._found = found
        self._gone = gone
        self._folders = tuple(folders)
        self._interval = interval
        self._present: list[Volume] = []
        self._table = os.open(table, os.O_RDONLY | os.O_CLOEXEC)
        self._stop_read, self._stop_write = os.pipe2(os.O_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name="tse-watcher", daemon=True)
        self._thread.start()

    @property
    def present(self) -> tuple[Volume, ...]:
        """What was there at the last look."""
        return tuple(self._present)

    def close(self) -> None:
        """End the thread and release the table; harmless when closed already."""
        if self._stop_write < 0:
            return
        os.close(self._stop_write)
        self._stop_write = -1
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        poll = select.poll()
        poll.register(self._table, select.POLLPRI)
        poll.register(self._stop_read, select.POLLIN)
        try:
            stopped = False
            while not stopped:
                self._look()
                events = poll.poll(self._interval * 1000)
                stopped = any(fd == self._stop_read for fd, _ in events)
        finally:
            os.close(self._table)
            os.close(self._stop_read)

    def _look(self) -> None:
        """Compare what is there with what was there, and tell the difference: first what is gone."""
        now = scan(_whole(self._table), self._folders, self._present)
        before, self._present = self._present, now
        for volume in before:
            if volume not in now:
                _tell(self._gone, volume)
        for volume in now:
            if volume not in before:
                _tell(self._found, volume)


def _whole(table: int) -> bytes:
    """Read the table from its beginning; that also arms the next wake-up."""
    parts = []
    position = 0
    while part := os.pread(table, 1 << 16, position):
        parts.append(part)
        position += len(part)
    return b"".join(parts)


def _tell(callback: Callable[[Volume], None], volume: Volume) -> None:
    try:
        callback(volume)
    except Exception:
        log.exception("a listener of the TSE watcher failed")
