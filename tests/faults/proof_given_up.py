"""A process of its own: begins a proof by the office's button, and is told to stop, or dies, while others read."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from smartecr.server import boot

MONDAY = datetime(2026, 11, 30, tzinfo=UTC)
"""After a busy Sunday: how much a demo shop sells depends on the day."""


def main(folder: Path, how: str) -> None:
    """Prove; the processes begun for it import this module too, and find no Django here."""
    boot.setup()
    boot.migrate()
    from smartecr.register.books.bookproof import PROOF
    from smartecr.register.books.verifying import crew
    from smartecr.server import wiring
    from smartecr.server.demoshop import demo

    demo.build(1, lambda *_: None, folder=folder, now=MONDAY)
    crew.STRETCH = 25
    till = wiring.build_till(folder)
    PROOF.start(till, demo.crew()["Christine"])
    while PROOF.running and not PROOF.done:
        time.sleep(0.01)
    print(*(child.pid for child in multiprocessing.active_children()), flush=True)
    if how == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    PROOF.close()
    print(PROOF.running, PROOF.failed, len(multiprocessing.active_children()), flush=True)
    till.tse.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
