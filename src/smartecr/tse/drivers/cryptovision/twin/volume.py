"""A folder that behaves like a plugged card: ``TSE-IO.bin`` in it, served by a thread with a twin behind.

For the demo, for training and for tests of plugging: the driver opens the folder like a mounted volume.
"""

import os
import threading
from collections.abc import Callable
from pathlib import Path

from smartecr.tse.drivers.cryptovision import frames
from smartecr.tse.drivers.cryptovision.session import PIN_LENGTH, PUK_LENGTH
from smartecr.tse.drivers.cryptovision.twin.card import Card
from smartecr.tse.errors import TseError
from smartecr.tse.virtual import Faults, VirtualTse
from smartecr.tse.virtual.limits import Limits

#: seconds between two looks: while somebody speaks, and else
_BUSY = 0.001
_IDLE = 0.02
#: looks without a new frame until the quick pace ends
_PATIENCE = 1000
_HEAD = 512


class Volume:
    """Plugs the card in at construction (the folder is made if need be); ``pull`` takes it out.

    ``release`` is called when it was taken out.
    """

    def __init__(self, folder: Path, card: Card, release: Callable[[], None] | None = None) -> None:
        self.folder = Path(folder)
        self._card = card
        self._release = release
        self._path = self.folder / frames.FILE_NAME
        self._stop = threading.Event()
        self.folder.mkdir(parents=True, exist_ok=True)
        card.power_up()
        draft = self.folder / ".TSE-IO.tmp"
        draft.write_bytes(bytes(frames.SIZE))
        draft.replace(self._path)
        self._file = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        self._thread = threading.Thread(target=self._serve, name="tse-volume", daemon=True)
        self._thread.start()

    def pull(self) -> None:
        """Take the card out: its file is gone. Harmless when done already."""
        self._stop.set()
        self._path.unlink(missing_ok=True)
        if self._thread is not threading.current_thread():
            self._thread.join()
        self._card.power_up()
        if self._release is not None:
            self._release()

    def _serve(self) -> None:
        seen = bytes(frames.SIZE)
        idle = _PATIENCE
        try:
            while not self._stop.wait(_BUSY if idle < _PATIENCE else _IDLE):
                frame = os.pread(self._file, frames.SIZE, 0)
                idle += 1
                if frame == seen or frame != os.pread(self._file, frames.SIZE, 0):
                    continue
                idle = 0
                seen = self._answer(frame) or frame
        except TseError:
            self._path.unlink(missing_ok=True)
        finally:
            os.close(self._file)

    def _answer(self, frame: bytes) -> bytes | None:
        """Answer a frame; the sector that says "answered" is written last."""
        answer = self._card.answer(frame)
        if answer is not None:
            os.pwrite(self._file, answer[_HEAD:], _HEAD)
            os.pwrite(self._file, answer[:_HEAD], 0)
        return answer


def plug(slot: Path, device: Path, clock: Callable[[], float], faults: Faults | None = None) -> Volume:
    """Plug the virtual card that lives in the folder ``device`` (factory-new at first) into the folder ``slot``.

    ``clock`` is unix seconds UTC. Raises what opening a virtual TSE raises.
    """
    core = VirtualTse(device, clock, faults=faults, limits=Limits(pin_length=PIN_LENGTH, puk_length=PUK_LENGTH))
    return Volume(slot, Card(core), core.close)
