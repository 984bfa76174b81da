"""What is kept of each message, and how any number of them is put in order in bounded memory.

A record is packed so that its bytes sort as (device, signature counter). Records wait in memory up to a limit,
then go to a temporary file as a sorted run; reading merges the runs.
"""

import heapq
import itertools
import struct
import tempfile
from collections.abc import Callable, Iterator
from typing import IO, NamedTuple

from smartecr.tse.checking.findings import Place

_LAYOUT = struct.Struct(">8sQqqB8s8sHQ")
SIZE = _LAYOUT.size
pack = _LAYOUT.pack

OTHER, START, UPDATE, FINISH, TIME, INITIALIZE, DISABLE, REGISTER, DEREGISTER = range(9)

Fields = tuple[bytes, int, int, int, int, bytes, bytes, int, int]
#: tells where a record's message lies
Locate = Callable[[Fields], Place]
_IN_MEMORY = 120_000
_READ = 1000


class Record(NamedTuple):
    """A message as the checks of its order see it.

    ``device`` is the beginning of the serial number, ``time`` unix seconds, ``client`` a hash of the client id,
    ``mark`` the end of the signature, ``file`` and ``offset`` tell where the message lies.
    """

    device: bytes
    counter: int
    time: int
    number: int
    step: int
    client: bytes
    mark: bytes
    file: int
    offset: int


class Records:
    """Takes blobs of packed records and gives all of them back in order. Close it: it may hold a temporary file."""

    def __init__(self) -> None:
        self._pending: list[bytes] = []
        self._waiting = 0
        self._runs: list[tuple[int, int]] = []
        self._file: IO[bytes] | None = None
        self._ordered, self._last = True, b""

    def add(self, blob: bytes) -> None:
        """Take packed records. Raises OSError when the disk for the temporary file is full."""
        self._pending.append(blob)
        self._waiting += len(blob) // SIZE
        if self._waiting >= _IN_MEMORY:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115
            self._runs.append(self._write(b"".join(self._sorted())))

    def in_order(self) -> Iterator[Fields]:
        """Give all records (fields of Record) by device and counter."""
        waiting = self._sorted()
        if not self._runs:
            return _LAYOUT.iter_unpack(b"".join(waiting))
        if self._ordered:
            runs = itertools.chain(itertools.chain.from_iterable(map(self._read, self._runs)), [b"".join(waiting)])
            return itertools.chain.from_iterable(map(_LAYOUT.iter_unpack, runs))
        parts = (itertools.chain.from_iterable(map(_split, self._read(run))) for run in self._runs)
        return map(_LAYOUT.unpack, heapq.merge(*parts, waiting))

    def close(self) -> None:
        """Remove the temporary file."""
        if self._file is not None:
            self._file.close()

    def _sorted(self) -> list[bytes]:
        data = b"".join(self._pending)
        self._pending.clear()
        self._waiting = 0
        records = sorted(_split(data))
        if records:
            self._ordered = self._ordered and self._last <= records[0]
            self._last = records[-1]
        return records

    def _write(self, run: bytes) -> tuple[int, int]:
        assert self._file is not None
        begin = self._file.seek(0, 2)
        self._file.write(run)
        return begin, begin + len(run)

    def _read(self, run: tuple[int, int]) -> Iterator[bytes]:
        assert self._file is not None
        at, end = run
        while at < end:
            self._file.seek(at)
            data = self._file.read(min(_READ * SIZE, end - at))
            at += len(data)
            yield data


def _split(data: bytes) -> Iterator[bytes]:
    return (data[at : at + SIZE] for at in range(0, len(data), SIZE))
