"""A file of fixed blocks through which a TSE on a volume is spoken to, read and written past the page cache.

Devices of this kind answer in the same sectors they were asked in, so nothing between the program and
the card may keep a copy: ``O_DIRECT`` and ``O_SYNC`` with buffers aligned to a page (an anonymous mmap).
A file system that knows no direct I/O gets the next best: its cached pages are dropped before each read.
"""

import errno
import fcntl
import mmap
import os
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from smartecr.tse.errors import TseBusy, TseConnectionLost, TseError, TseInternalError, TseUnplugged

#: what a file system without direct I/O says at opening
_NO_DIRECT = {errno.EINVAL, errno.EOPNOTSUPP}
#: the volume is mounted without the right to write
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_SECTOR = 512


class _Vectored(Protocol):
    """``os.preadv`` or ``os.pwritev``."""

    def __call__(self, fd: int, buffers: list[memoryview], offset: int, /) -> int: ...


# named here so that tests can stand in for the kernel
_os_open: Callable[[Path, int], int] = os.open
_preadv: _Vectored = os.preadv
_pwritev: _Vectored = os.pwritev


class BlockFile(Protocol):
    """What drivers need of the medium; offsets and sizes are multiples of 512 bytes.

    Raises TseUnplugged when the device is known to be gone, TseConnectionLost when it broke off
    during the access (whether the device saw it is unknown).
    """

    def read(self, size: int, offset: int = 0) -> bytes:
        """Read exactly ``size`` bytes."""
        ...

    def write(self, data: bytes, offset: int = 0) -> None:
        """Write all of ``data``."""
        ...

    def close(self) -> None:
        """Release the file; harmless when closed already."""
        ...


class DirectFile:
    """A real file opened for direct, synchronous I/O; implements ``BlockFile``.

    ``direct`` false forgoes ``O_DIRECT`` (a folder served by a twin needs none). ``lock`` takes the
    device for this open file alone: TseBusy when any other process or instance holds it. ``padded``
    allows transfers in whole blocks of the file system where it insists on them; what lies behind the
    data is then overwritten with zeros. Raises TseUnplugged when the file is not there,
    TseInternalError when it may not be written.
    """

    def __init__(
        self, path: Path, *, direct: bool = True, writable: bool = True, lock: bool = False, padded: bool = False
    ) -> None:
        self.path = Path(path)
        self._guard = threading.Lock()
        self._padded = padded
        self._granule = _SECTOR
        self._buffer: mmap.mmap | None = None
        flags = os.O_CLOEXEC | (os.O_RDWR | os.O_SYNC if writable else os.O_RDONLY)
        try:
            self._fd, self.direct = _open(self.path, flags, direct)
        except OSError as error:
            raise _opening_failed(self.path, error) from None
        try:
            if lock:
                take_alone(self._fd)
            status = os.fstat(self._fd)
        except BaseException:
            self.close()
            raise
        self._identity = status.st_dev, status.st_ino

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, size: int, offset: int = 0) -> bytes:
        """Read exactly ``size`` bytes at ``offset``."""
        with self._guard:
            self._check(size, offset)
            if not self.direct:
                os.posix_fadvise(self._fd, offset, size, os.POSIX_FADV_DONTNEED)
            return self._access(_preadv, size, offset, None)

    def write(self, data: bytes, offset: int = 0) -> None:
        """Write all of ``data`` at ``offset``."""
        with self._guard:
            self._check(len(data), offset)
            self._access(_pwritev, len(data), offset, data)

    def close(self) -> None:
        """Release file and lock."""
        with self._guard:
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1
            if self._buffer is not None:
                self._buffer.close()
                self._buffer = None

    def ensure_there(self) -> None:
        """Raise TseUnplugged unless the device is still the one opened."""
        if self._fd < 0:
            raise TseUnplugged("the device is closed")
        try:
            status = self.path.stat()
        except OSError as error:
            raise TseUnplugged(f"{self.path}: {error.strerror}") from None
        if (status.st_dev, status.st_ino) != self._identity:
            raise TseUnplugged(f"{self.path} is another file now")

    def _check(self, size: int, offset: int) -> None:
        if size <= 0 or size % _SECTOR or offset < 0 or offset % _SECTOR:
            raise ValueError(f"{size} bytes at {offset} are no whole sectors")
        self.ensure_there()

    def _access(self, call: _Vectored, size: int, offset: int, data: bytes | None) -> bytes:
        """Move the bytes; where the file system wants larger blocks, once more with those."""
        try:
            return self._move(call, size, offset, data)
        except OSError as error:
            granule = os.fstatvfs(self._fd).f_bsize
            if error.errno != errno.EINVAL or not self._padded or granule <= self._granule or offset % granule:
                raise TseConnectionLost(str(error)) from None
            self._granule = granule
        try:
            return self._move(call, size, offset, data)
        except OSError as error:
            raise TseConnectionLost(str(error)) from None

    def _move(self, call: _Vectored, size: int, offset: int, data: bytes | None) -> bytes:
        """Move ``size`` bytes through the aligned buffer, in as many steps as the kernel takes."""
        whole = size + -size % self._granule
        if self._buffer is None or len(self._buffer) < whole:
            self._buffer = mmap.mmap(-1, whole)
        with memoryview(self._buffer)[:whole] as view:
            if data is not None:
                view[:] = data.ljust(whole, b"\x00")
            done = 0
            while done < size:
                with view[done:] as rest:
                    moved = call(self._fd, [rest], offset + done)
                if moved <= 0:
                    raise OSError(errno.EIO, f"the file ends after {offset + done} bytes")
                done += moved
            return bytes(view[:size]) if data is None else b""


def _open(path: Path, flags: int, direct: bool) -> tuple[int, bool]:
    """Open with direct I/O where wanted and possible; tell whether it is."""
    if direct:
        try:
            return _os_open(path, flags | os.O_DIRECT), True
        except OSError as error:
            if error.errno not in _NO_DIRECT:
                raise
    return _os_open(path, flags), False


def take_alone(fd: int) -> None:
    """Hold the open file against every other process and instance. Raises TseBusy when one has it."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise TseBusy("another program has the device open") from None


def _opening_failed(path: Path, error: OSError) -> TseError:
    if error.errno == errno.EBUSY:
        return TseBusy(str(error))
    if error.errno in _FORBIDDEN:
        return TseInternalError(f"{path} must be writable for this program: {error.strerror}")
    return TseUnplugged(str(error))
