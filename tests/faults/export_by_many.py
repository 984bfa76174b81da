"""A process of its own: exports a small demo shop alone and with others, and then what may go wrong with others.

usage: export_by_many.py FOLDER all | FOLDER wait (exports until it is killed; prints the ids of its processes).
"""

from __future__ import annotations

import errno
import hashlib
import json
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from smartecr.server import boot

boot.setup()
boot.migrate()

from django.db import connection  # noqa: E402

from smartecr.fiscal.dsfinvk import archive, writer  # noqa: E402
from smartecr.fiscal.dsfinvk.dialect import ValueRefusedError  # noqa: E402
from smartecr.fiscal.dsfinvk.parts import Part  # noqa: E402
from smartecr.register.books import exporting, sharing  # noqa: E402
from smartecr.server.demoshop import demo  # noqa: E402
from support.tampering import unguard  # noqa: E402

AT = datetime(2026, 11, 30, tzinfo=UTC)
FOLDER = Path(sys.argv[1])
TARGET = FOLDER / "out" / "export.zip"
WAYS = ((0, 1), (1, 1), (2, 1), (2, 2))
"""Workers, and threads of this process: with more than one they are not forked."""


def export(workers: int) -> str:
    """Export all closings and say what came of it: its digest, or what was raised."""
    TARGET.unlink(missing_ok=True)
    seen: list[int] = []
    try:
        written = exporting.write(
            TARGET, exporting.chosen(), at=AT, workers=workers, progress=lambda so_far: seen.append(so_far.receipts)
        )
    except (writer.ExportError, ValueRefusedError) as error:
        return f"{type(error).__name__}: {error}"
    assert seen == sorted(seen)
    assert seen[-1] == written.receipts == written.rows["transactions.csv"]
    return f"{hashlib.sha256(TARGET.read_bytes()).hexdigest()} {written.closings} {written.receipts}"


def all_ways() -> list[str]:
    """Export in all ways; each leaves neither a process nor a file but the export."""
    said, counted = [], threading.active_count
    for workers, threads in WAYS:
        threading.active_count = lambda threads=threads: threads
        said.append(export(workers))
        assert multiprocessing.active_children() == []
        assert [path.name for path in TARGET.parent.iterdir()] in ([], ["export.zip"])
    threading.active_count = counted
    return said


def dying(closing_ids: Sequence[str]) -> Iterator[Part]:
    """Be ended from outside at the third closing."""
    if exporting.chosen().index(closing_ids[0]) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return exporting.parts(exporting.books(closing_ids))


def slow(closing_ids: Sequence[str]) -> Iterator[Part]:
    """Take long."""
    time.sleep(30)
    return exporting.parts(exporting.books(closing_ids))


def full(self: object, data: bytes) -> None:
    """Have no room."""
    raise OSError(errno.ENOSPC, "No space left on device")


def faults() -> dict[str, object]:
    """Return what is said of a lost process, a full disk, an interruption and a value that does not fit."""
    said: dict[str, object] = {}
    usual, exporting._parts_of = exporting._parts_of, dying
    said["lost"] = export(2)
    exporting._parts_of = usual
    write, archive._Member.write = archive._Member.write, full
    said["full"] = export(2)
    archive._Member.write = write

    def stop(_written: writer.Written) -> None:
        raise KeyboardInterrupt

    try:
        exporting.write(TARGET, exporting.chosen(), at=AT, workers=2, progress=stop)
    except KeyboardInterrupt:
        said["interrupted"] = multiprocessing.active_children()
    unguard()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE register_receipt SET person_name = %s WHERE number = 60", ["x" * 60])
    said["refused"] = all_ways()
    said["left"] = [path.name for path in TARGET.parent.iterdir()]
    return said


def wait() -> None:
    """Export slowly, and print the ids of the processes that do it."""
    exporting._parts_of = slow

    def told() -> None:
        while not multiprocessing.active_children():
            time.sleep(0.01)
        print(*[child.pid for child in multiprocessing.active_children()], flush=True)

    with sharing.shared(slow, [[closing] for closing in exporting.chosen()], 2) as made:
        told()
        list(made)


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    if not exporting.chosen():
        demo.build(3, lambda *_: None, folder=FOLDER, now=AT)
    exporting.STRETCH = 1
    if sys.argv[2] == "wait":
        wait()
    print(json.dumps({"same": all_ways(), **faults()}))
