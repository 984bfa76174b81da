"""Device files that can be pulled and put back."""

from __future__ import annotations

import os
import select
import threading
import tty
from collections.abc import Callable
from pathlib import Path


class Socket:
    """A device file that can be pulled: a pseudo terminal under a fixed name, as udev makes one."""

    def __init__(self, path: Path, obey: Callable[[bytes], bytes]) -> None:
        self.path = path
        self._obey = obey
        self._ours = -1
        self._pulled = threading.Event()
        self._thread: threading.Thread | None = None

    def plug(self) -> None:
        """Put it in; it answers with what `obey` returns."""
        ours, theirs = os.openpty()
        tty.setraw(ours)
        tty.setraw(theirs)
        self.path.symlink_to(os.ttyname(theirs))
        self._ours = ours
        self._pulled.clear()
        self._thread = threading.Thread(target=self._serve, args=(ours, theirs), daemon=True)
        self._thread.start()

    def say(self, data: bytes) -> None:
        """Send something by itself, as a scanner does."""
        os.write(self._ours, data)

    def pull(self) -> None:
        """Pull it out: its name is gone and whoever has it open is cut off."""
        self.path.unlink()
        self._pulled.set()
        assert self._thread is not None
        self._thread.join(5)

    def _serve(self, ours: int, theirs: int) -> None:
        while not self._pulled.is_set():
            if select.select([ours], [], [], 0.02)[0]:
                said = self._obey(os.read(ours, 4096))
                if said:
                    os.write(ours, said)
        os.close(ours)
        os.close(theirs)
