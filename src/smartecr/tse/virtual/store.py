"""The log of a virtual TSE on disk: append-only, recovered on opening, never more memory than needed.

Files in the folder::

    lock            held with flock while the device is open (one process at a time)
    identity.json   key and certificates; written last when the device is made
    messages.log    16 bytes of magic, then one record a log message
    finished.index  16 bytes a transaction number: offsets of its start and its finish in messages.log
    checkpoint.json the state at some offset of messages.log, so that opening reads only the rest
    faults.json     faults on command, see ``faults``

A record is ``length, ~length, CRC-32, kind, signature counter, transaction number, log time, message``;
the doubled length tells a record cut off by a kill from one changed later. Records of kind PRIVATE hold
JSON instead of a log message and are never exported: users, updates gathered, the state after a deletion.
Every operation is one ``write`` before it is answered: that survives the death of the process at any
point (SIGKILL), because what was written belongs to the kernel. Only a ``synced`` store waits for the disk
each time; else a power cut may lose the last messages (log and index are synced before each checkpoint).
Index and checkpoint are derived: whatever is missing behind the checkpoint is replayed from the log.
"""

import fcntl
import json
import logging
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

from smartecr.tse.errors import TseBusy, TseConnectionLost, TseDamaged, TseStorageFull, TseUnplugged

log = logging.getLogger(__name__)

KIND_START = 1
KIND_FINISH = 2
KIND_SYSTEM = 3
KIND_UPDATE = 4
KIND_PRIVATE = 5

_MAGIC = b"smartECR vTSE 1\n"
_FRAME = struct.Struct("<III")
_META = struct.Struct("<BQQq")
_OFFSETS = struct.Struct("<QQ")
_LARGEST = 1 << 16
_BLOCK = 1 << 20
_ALL_BITS = 0xFFFFFFFF
#: more zeros than a message can end with
_ZEROS = bytes(64)


class Record(NamedTuple):
    """One stored log message with the facts needed to rebuild the state without parsing it.

    A PRIVATE record carries the counter of the message before it.
    """

    kind: int
    signature_counter: int
    transaction_number: int
    log_time: int
    message: bytes


class Store:
    """The open folder. ``create`` makes a device's files, then construct and ``replay`` once."""

    def __init__(self, folder: Path, *, synced: bool = False) -> None:
        self.folder = folder
        self._synced = synced
        self._lock = _lock(folder)
        self._log = self._index = -1
        self._begin = ""
        self.end = 0

    @property
    def exists(self) -> bool:
        """Whether the folder holds a device (the identity is written last)."""
        return (self.folder / "identity.json").exists()

    @property
    def closed(self) -> bool:
        """Whether the files are released (by ``close``, or by a fault that forbids going on)."""
        return self._log < 0

    def create(self, identity: bytes, records: list[Record]) -> None:
        """Make a new device with its first log messages; killed halfway, it begins anew. Raises TseStorageFull."""
        self._put_log(records)
        try:
            _replace(self.folder / "identity.json", identity)
        except OSError as error:
            raise TseStorageFull(str(error)) from None

    def rewrite(self, records: list[Record]) -> None:
        """Put other records in the place of the log, whole or not at all; call ``replay`` on a new state then.

        Raises TseStorageFull when there is no room (nothing has changed then).
        """
        self._put_log(records)
        self._close_files()

    def identity(self) -> bytes:
        """Read the identity file."""
        try:
            return (self.folder / "identity.json").read_bytes()
        except OSError as error:
            raise TseDamaged(f"identity file: {error}") from None

    def replay(self, restore: Callable[[object], None], apply: Callable[[int, Record], None]) -> None:
        """Open the log and bring the state up to date.

        ``restore`` gets the checkpoint's state if there is one, ``apply`` then every later record
        with its offset. A torn last record (killed while writing, never answered) is cut off.
        Raises TseDamaged when anything before the end is not as it was written.
        """
        flags = os.O_RDWR | os.O_CLOEXEC
        try:
            self._log = os.open(self.folder / "messages.log", flags | os.O_APPEND)
            has_index = (self.folder / "finished.index").exists()
            self._index = os.open(self.folder / "finished.index", flags | os.O_CREAT, 0o600)
        except OSError as error:
            raise TseDamaged(f"cannot open the log: {error}") from None
        begin = self._pread(len(_MAGIC) + _FRAME.size, 0)
        if not begin.startswith(_MAGIC):
            raise TseDamaged("messages.log does not begin as it should")
        self._begin = begin[len(_MAGIC) :].hex()
        self.end = len(_MAGIC)
        checkpoint = self._checkpoint() if has_index else None
        if checkpoint is None:
            self._cut(self._index, 0)
        else:
            self.end = checkpoint[0]
            restore(checkpoint[1])
        for offset, record in self.records(self.end):
            apply(offset, record)
            self.end = offset + _size(record)
        self._cut(self._log, self.end)

    def append(self, *records: Record) -> int:
        """Write records in one go; return the offset of the first. Raises TseStorageFull."""
        if self._log < 0:
            raise TseUnplugged("the device is closed")
        offset = self.end
        data = _frame(records[0]) if len(records) == 1 else b"".join(map(_frame, records))
        try:
            written = os.write(self._log, data)
        except OSError as error:
            self._undo(error)
        if written != len(data):
            self._undo(OSError("short write"))
        if self._synced:
            try:
                os.fdatasync(self._log)
            except OSError as error:
                self._lose(error)
        self.end = offset + len(data)
        return offset

    def note_finished(self, number: int, start: int, finish: int) -> None:
        """Remember where a transaction's start and finish lie. Raises TseConnectionLost when that fails."""
        data = _OFFSETS.pack(start, finish)
        try:
            written = os.pwrite(self._index, data, number * _OFFSETS.size)
        except OSError as error:
            self._lose(error)
        if written != len(data):
            self._lose(OSError("short write"))

    def offsets(self, number: int) -> tuple[int, int]:
        """Tell the offsets of a finished transaction's start and finish; zeros when its messages were deleted."""
        data = self._pread(_OFFSETS.size, number * _OFFSETS.size, self._index)
        start, finish = _OFFSETS.unpack(data.ljust(_OFFSETS.size, b"\x00"))
        return start, finish

    def read(self, offset: int) -> Record:
        """Read one record. Raises TseDamaged when it is not as it was written."""
        header = self._pread(_FRAME.size, offset)
        size = _length(header, 0)
        body = _body(header + self._pread(size, offset + _FRAME.size), 0) if size else None
        if body is None:
            raise TseDamaged(f"record at {offset} is unreadable")
        return _record(body)

    def records(self, begin: int = len(_MAGIC)) -> Iterator[tuple[int, Record]]:
        """Walk the records from an offset to the end; a torn last one ends the walk."""
        size = os.fstat(self._log).st_size
        if begin > size:
            raise TseDamaged("the log is shorter than it was")
        offset, buffer, base = begin, b"", begin
        while offset < size:
            at = offset - base
            if len(buffer) - at < _FRAME.size + _LARGEST and base + len(buffer) < size:
                buffer = buffer[at:] + self._pread(_BLOCK + _LARGEST, base + len(buffer))
                base, at = offset, 0
            body = _body(buffer, at)
            if body is None:
                self._refuse_unless_torn(offset, size, buffer[at:])
                return
            yield offset, _record(body)
            offset += _FRAME.size + len(body)

    def checkpoint(self, state: object) -> None:
        """Sync log and index, then write the state (anything JSON can hold), so that opening begins here.

        When the disk refuses, opening begins earlier: nothing is lost by that.
        """
        content = {"offset": self.end, "begin": self._begin, "state": state}
        try:
            os.fsync(self._log)
            os.fsync(self._index)
            _replace(self.folder / "checkpoint.json", json.dumps(content).encode())
        except OSError as error:
            log.warning("no checkpoint of the virtual TSE: %s", error)

    def close(self) -> None:
        """Release files and lock."""
        self._close_files()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _close_files(self) -> None:
        for descriptor in (self._log, self._index):
            if descriptor >= 0:
                os.close(descriptor)
        self._log = self._index = -1

    def _put_log(self, records: list[Record]) -> None:
        try:
            for name in ("finished.index", "checkpoint.json"):
                (self.folder / name).unlink(missing_ok=True)
            _replace(self.folder / "messages.log", _MAGIC + b"".join(map(_frame, records)))
        except OSError as error:
            raise TseStorageFull(str(error)) from None

    @staticmethod
    def _cut(descriptor: int, size: int) -> None:
        try:
            os.ftruncate(descriptor, size)
        except OSError as error:
            raise TseDamaged(f"cannot shorten a file: {error}") from None

    def _pread(self, size: int, offset: int, descriptor: int | None = None) -> bytes:
        try:
            return os.pread(self._log if descriptor is None else descriptor, size, offset)
        except OSError as error:
            raise TseDamaged(f"cannot read: {error}") from None

    def _checkpoint(self) -> tuple[int, object] | None:
        """Read the checkpoint; None without one, or when it belongs to a log that was rewritten since."""
        try:
            content = json.loads((self.folder / "checkpoint.json").read_bytes())
            if content.get("begin", self._begin) != self._begin:
                return None
            return int(content["offset"]), content["state"]
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise TseDamaged(f"checkpoint: {error}") from None

    def _lose(self, error: OSError) -> NoReturn:
        """The message is written, what belongs to it is not: give up; opening anew brings it in order."""
        self.close()
        raise TseConnectionLost(str(error))

    def _undo(self, error: OSError) -> NoReturn:
        """Take back a partly written record; if even that fails the device must be opened anew."""
        try:
            os.ftruncate(self._log, self.end)
        except OSError:
            self.close()
        raise TseStorageFull(str(error))

    def _refuse_unless_torn(self, offset: int, size: int, rest: bytes) -> None:
        """Accept one record cut off by a kill, or zeros left by a power cut, as the end of the log.

        Anything else means that the log was changed from outside.
        """
        at_end = offset + len(rest) == size
        length = _length(rest, 0)
        cut = len(rest) < _FRAME.size or (length and len(rest) < _FRAME.size + length)
        if not at_end or not (cut or rest.endswith(_ZEROS)) or any(_body(rest, at) for at in range(1, len(rest))):
            raise TseDamaged(f"record at {offset} is unreadable")


def _frame(record: Record) -> bytes:
    kind, counter, number, log_time, message = record
    meta = _META.pack(kind, counter, number, log_time)
    size = _META.size + len(message)
    return _FRAME.pack(size, size ^ _ALL_BITS, zlib.crc32(message, zlib.crc32(meta))) + meta + message


def _size(record: Record) -> int:
    return _FRAME.size + _META.size + len(record.message)


def _record(body: bytes) -> Record:
    kind, counter, number, log_time = _META.unpack_from(body)
    return Record(kind, counter, number, log_time, body[_META.size :])


def _length(buffer: bytes, at: int) -> int:
    """Tell the length a frame at this place announces; 0 when there is no frame."""
    if len(buffer) - at < _FRAME.size:
        return 0
    size, inverse, _ = _FRAME.unpack_from(buffer, at)
    return int(size) if size ^ inverse == _ALL_BITS and _META.size <= size <= _LARGEST else 0


def _body(buffer: bytes, at: int) -> bytes | None:
    """Take the record's body out of the buffer; None when it is incomplete or changed."""
    size = _length(buffer, at)
    body = buffer[at + _FRAME.size : at + _FRAME.size + size]
    if not size or len(body) != size or zlib.crc32(body) != _FRAME.unpack_from(buffer, at)[2]:
        return None
    return body


def _lock(folder: Path) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise TseUnplugged(f"folder of the virtual TSE: {error}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise TseBusy(f"another process has the virtual TSE in {folder} open") from None
    return descriptor


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that it is there completely or not at all, also after a power cut."""
    temporary = path.with_suffix(path.suffix + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    temporary.replace(path)
