"""A ZIP of many members written at the same time: each is deflated for itself, then all are joined.

The standard library writes one member after another; an export fills twenty in one pass. ISA-L deflates what rows so
alike are at a quarter of zlib's time and makes it shorter. Sizes beyond 4 GiB use the ZIP64 fields.
"""

from __future__ import annotations

import shutil
import struct
import tempfile
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from isal import isal_zlib

_LIMIT: Final = 0xFFFFFFFF
_UTF8_NAMES: Final = 0x0800
_DEFLATED: Final = 8
_IN_MEMORY: Final = 1 << 18
"""Bytes of a deflated member before it goes into a file: a day's tables never do."""

_LEVEL: Final = 1
"""The higher ones take longer and save less than one in two hundred bytes."""


class Archive:
    """Collects members in a scratch folder and writes them as one ZIP; `at` is the time its entries carry.

    `limit` is the greatest size the short fields of a ZIP hold. Errors of the disk come as OSError.
    """

    def __init__(self, scratch: Path, at: datetime, limit: int = _LIMIT) -> None:
        self._scratch = scratch
        self._limit = limit
        self._stamp = _dos_time(at)
        self._members: dict[str, _Member] = {}

    def append(self, name: str, data: bytes) -> None:
        """Append to a member, making it when it is new; the order of first mention is the order in the ZIP."""
        member = self._members.get(name)
        if member is None:
            member = self._members[name] = _Member(self._scratch)
        member.write(data)

    def save(self, file: BinaryIO) -> None:
        """Write the ZIP. Nothing can be appended any more."""
        directory = []
        for name, member in self._members.items():
            member.finish()
            offset = file.tell()
            file.write(self._local_header(name.encode(), member))
            shutil.copyfileobj(member.file, file, 1 << 20)
            member.file.close()
            directory.append(self._directory_entry(name.encode(), member, offset))
        begin = file.tell()
        file.writelines(directory)
        file.write(self._end(len(directory), begin, file.tell() - begin))

    def close(self) -> None:
        """Close the files, whatever happened before."""
        for member in self._members.values():
            member.close()

    def _local_header(self, name: bytes, member: _Member) -> bytes:
        extra, sizes = self._sizes(member.size, member.deflated)
        version = 45 if extra else 20
        fields = (0x04034B50, version, _UTF8_NAMES, _DEFLATED, *self._stamp, member.crc, *sizes)
        return struct.pack("<IHHHHHIIIHH", *fields, len(name), len(extra)) + name + extra

    def _directory_entry(self, name: bytes, member: _Member, offset: int) -> bytes:
        extra, sizes = self._sizes(member.size, member.deflated, offset)
        deflated, size, *place = sizes
        version = 45 if extra else 20
        fields = (0x02014B50, 3 << 8 | version, version, _UTF8_NAMES, _DEFLATED, *self._stamp, member.crc)
        rest = (len(name), len(extra), 0, 0, 0, 0o600 << 16, place[0])
        return struct.pack("<IHHHHHHIIIHHHHHII", *fields, deflated, size, *rest) + name + extra

    def _sizes(self, size: int, deflated: int, offset: int | None = None) -> tuple[bytes, tuple[int, ...]]:
        """Return the ZIP64 field (empty when nothing needs it) and (deflated, size, offset) for the short fields."""
        long = max(size, deflated, offset or 0) >= self._limit
        if not long:
            return b"", (deflated, size) if offset is None else (deflated, size, offset)
        values = (size, deflated) if offset is None else (size, deflated, offset)
        extra = struct.pack(f"<HH{len(values)}Q", 1, 8 * len(values), *values)
        return extra, (_LIMIT,) * len(values)

    def _end(self, members: int, begin: int, size: int) -> bytes:
        short = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, members, members, min(size, _LIMIT), min(begin, _LIMIT), 0)
        if max(begin, size) < self._limit:
            return short
        long = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, members, members, size, begin)
        locator = struct.pack("<IIQI", 0x07064B50, 0, begin + size, 1)
        short = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, members, members, _LIMIT, _LIMIT, 0)
        return long + locator + short


class _Member:
    def __init__(self, scratch: Path) -> None:
        self.crc = 0
        self.size = 0
        self.deflated = 0
        self.file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=str(scratch))  # noqa: SIM115 see close
        self._deflate = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, -isal_zlib.MAX_WBITS)

    def write(self, data: bytes) -> None:
        self.crc = isal_zlib.crc32(data, self.crc)
        self.size += len(data)
        self.deflated += self.file.write(self._deflate.compress(data))

    def finish(self) -> None:
        self.deflated += self.file.write(self._deflate.flush())
        self.file.seek(0)

    def close(self) -> None:
        try:
            self.file.close()
        except OSError:  # what could not be flushed is thrown away with the scratch folder
            return


def _dos_time(at: datetime) -> tuple[int, int]:
    year = min(max(at.year, 1980), 2107)
    return at.hour << 11 | at.minute << 5 | at.second // 2, (year - 1980) << 9 | at.month << 5 | at.day
