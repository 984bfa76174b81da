"""Media that drivers of file TSEs are tested on: in memory, with everything that happens between card and host."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from smartecr.tse.drivers.cryptovision import frames
from smartecr.tse.drivers.cryptovision.twin import Card
from smartecr.tse.errors import TseConnectionLost, TseUnplugged


class Waiting:
    """A clock of its own for polling: sleeping passes the time at once."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds


class CardFile:
    """``TSE-IO.bin`` in memory with a card behind; implements ``BlockFile``.

        ``stale``: so many reads after a request still show the request. ``busy``: so many say FFFF. ``zeros``: so many
    have a header of zeros. ``mute``: never an answer, ``silent_for``: none to these command codes. ``garbage``:
    answers are these bytes, ``mangle`` gets every answer on its way. ``unplugged``: nothing there.
    ``cut_writes``/``cut_reads``: so many accesses break off (after a cut read the card has worked).
    """

    def __init__(self, card: Card) -> None:
        self.card = card
        self.stale = self.busy = self.zeros = 0
        self.cut_writes = self.cut_reads = 0
        self.mute = self.unplugged = self.closed = False
        self.garbage: bytes | None = None
        self.silent_for: set[int] = set()
        self.mangle: Callable[[bytes], bytes] = lambda answer: answer
        self.written: list[bytes] = []
        self._content = bytes(frames.SIZE)
        self._coming: deque[bytes] = deque()

    def plug(self) -> None:
        """Plug in (again): a power-up."""
        self.unplugged = False
        self.closed = False
        self.card.power_up()

    def write(self, data: bytes, offset: int = 0) -> None:
        assert len(data) % 512 == 0
        assert offset == 0
        self._reach()
        if self.cut_writes:
            self.cut_writes -= 1
            raise TseConnectionLost("EIO")
        self.written.append(data)
        self._content = data.ljust(frames.SIZE, b"\x00")
        self._coming.clear()
        silent = self.mute or self._content[39] in self.silent_for
        answer = None if silent else self.card.answer(self._content)
        if self.garbage is not None:
            answer = self.garbage.ljust(frames.SIZE, b"\x00")[: frames.SIZE]
        if answer is not None:
            token = b"\x01\x02\x03\x04"
            self._coming.extend([self._content] * self.stale)
            self._coming.extend([bytes(frames.SIZE)] * self.zeros)
            self._coming.extend([frames.status(0xFFFF, token)] * self.busy)
            self._coming.append(self.mangle(answer))

    def read(self, size: int, offset: int = 0) -> bytes:
        assert size % 512 == 0
        assert offset == 0
        self._reach()
        if self.cut_reads:
            self.cut_reads -= 1
            raise TseConnectionLost("EIO")
        if self._coming:
            self._content = self._coming.popleft()
        return self._content[:size]

    def close(self) -> None:
        self.closed = True
        self.card.power_up()

    def _reach(self) -> None:
        if self.unplugged:
            raise TseUnplugged("ENOENT")
        if self.closed:
            raise TseUnplugged("closed")
