"""TAR archives of TSE exports: written as POSIX.1-1988 ustar, read as devices and people make them.

Reading is one pass over a stream with bounded memory: ustar, GNU and PAX headers, members in any
order, ``./`` in front, directory entries, archives without end blocks (cryptovision devices). What
can only be a trick (links, devices, paths leading out, absurd sizes) ends in TarError. Nothing is
ever extracted to disk.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import BinaryIO, NamedTuple

from smartecr.tse import export_names, log_message
from smartecr.tse.api import ExportReceipt

_BLOCK = 512
_ZEROS = bytes(_BLOCK)
_READ = 1 << 20
_FLUSH = 1 << 18
#: real messages stay below 64 KiB, certificates below 4 KiB
_LARGEST_MEMBER = 4 << 20
_LARGEST_HEADER = 64 << 10
_TRIES_PER_MEMBER = 4


class TarError(ValueError):
    """The bytes are no TAR archive of a TSE, or a hostile one; the text says where and why."""


class Member(NamedTuple):
    """A file of the archive: name without ``./``, content, position of its header."""

    name: str
    data: bytes
    offset: int


class ExportWriter:
    """Writes an export into a binary stream; the same members give the same bytes.

    ``mtime`` is unix seconds. Members carry mode 0644 and owner 0. Call ``close`` to write the end.
    """

    def __init__(self, sink: BinaryIO, mtime: int) -> None:
        self._sink = sink
        self._hash = sha256()
        self._pending: list[bytes] = []
        self._pending_size = self._size = 0
        self._messages = self._first = self._last = 0
        owner = b"0000644\x000000000\x000000000\x00"
        moment = b"%011o\x00" % max(0, mtime)
        rest = b"0" + bytes(100) + b"ustar\x0000" + bytes(64) + b"0000000\x000000000\x00" + bytes(167)
        self._owner, self._moment, self._rest = owner, moment, rest
        self._sum = sum(owner) + sum(moment) + sum(rest) + 8 * 0x20

    def add(self, name: str, data: bytes) -> None:
        """Add a file. Raises ValueError for a name of more than 100 bytes."""
        raw_name = name.encode()
        if len(raw_name) > 100:
            raise ValueError(f"name too long for ustar: {name}")
        size = b"%011o\x00" % len(data)
        checksum = b"%06o\x00 " % (self._sum + sum(raw_name) + sum(size))
        padding = bytes(-len(data) % _BLOCK)
        self._put(
            b"".join(
                (raw_name.ljust(100, b"\x00"), self._owner, size, self._moment, checksum, self._rest, data, padding)
            )
        )

    def add_message(self, message: bytes) -> None:
        """Add a log message under the name its content asks for."""
        parsed = log_message.parse(message)
        self._messages += 1
        self._last = parsed.signature_counter
        self._first = self._first or self._last
        self.add(export_names.of_message(parsed), message)

    def add_certificate(self, certificate: bytes) -> None:
        """Add a certificate (DER) under the hash of its key."""
        self.add(export_names.of_certificate(certificate), certificate)

    def close(self) -> ExportReceipt:
        """Write the two end blocks and tell what was written; the sink stays open."""
        self._put(_ZEROS + _ZEROS)
        self._flush()
        return ExportReceipt(
            messages=self._messages,
            first_counter=self._first,
            last_counter=self._last,
            size=self._size,
            sha256=self._hash.hexdigest(),
        )

    def _put(self, data: bytes) -> None:
        self._pending.append(data)
        self._pending_size += len(data)
        if self._pending_size >= _FLUSH:
            self._flush()

    def _flush(self) -> None:
        data = b"".join(self._pending)
        self._pending.clear()
        self._pending_size = 0
        self._size += len(data)
        self._hash.update(data)
        self._sink.write(data)


class ExportReader:
    """Reads an export from a binary stream, once: ``for member in ExportReader(stream)``.

    ``has_end_blocks`` is known after the last member: whether the archive was closed as it should.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._buffer = b""
        self._at = 0
        self._offset = 0
        self.has_end_blocks = False

    def __iter__(self) -> Iterator[Member]:
        """Yield the files. Raises TarError where the archive is broken or hostile."""
        long_name = ""
        long_size = -1
        announced = 0
        while True:
            offset = self._offset
            header = self._take(_BLOCK)
            if not header:
                return
            if header == _ZEROS:
                self.has_end_blocks = self._take(_BLOCK) == _ZEROS
                return
            kind, name, size = _read_header(header, offset)
            if kind in b"xgLK":
                announced += 1
                if announced > _TRIES_PER_MEMBER:
                    raise TarError(f"too many extended headers at byte {offset}")
                content = self._content(size, _LARGEST_HEADER, offset)
                if kind == b"L":
                    long_name = content.rstrip(b"\x00").decode("utf-8", "replace")
                elif kind == b"x":
                    long_name, long_size = _read_pax(content, long_name, long_size, offset)
                continue
            if kind not in b"05\x007":
                raise TarError(f"link or device at byte {offset}")
            content = self._content(size if long_size < 0 else long_size, _LARGEST_MEMBER, offset)
            if kind != b"5":
                yield Member(_clean(long_name or name, offset), content, offset)
            long_name, long_size, announced = "", -1, 0

    def _content(self, size: int, largest: int, offset: int) -> bytes:
        if size > largest:
            raise TarError(f"member at byte {offset} claims {size} bytes")
        data = self._take(size + -size % _BLOCK)
        if len(data) < size:
            raise TarError(f"archive ends within the member at byte {offset}")
        return data[:size]

    def _take(self, size: int) -> bytes:
        """Read up to ``size`` bytes; fewer only at the end of the stream."""
        while len(self._buffer) - self._at < size:
            more = self._stream.read(max(_READ, size))
            if not more:
                break
            self._buffer = self._buffer[self._at :] + more
            self._at = 0
        data = self._buffer[self._at : self._at + size]
        self._at += len(data)
        self._offset += len(data)
        return data


def _read_header(header: bytes, offset: int) -> tuple[bytes, str, int]:
    """Take type, name and size out of a header block after checking its sum."""
    if len(header) < _BLOCK:
        raise TarError(f"archive ends within a header at byte {offset}")
    try:
        stored = int(header[148:156].strip(b" \x00") or b"0", 8)
        if header[124] & 0x80:
            size = int.from_bytes(header[125:136], "big")
        else:
            size = int(header[124:136].strip(b" \x00") or b"0", 8)
    except ValueError:
        raise TarError(f"no TAR header at byte {offset}") from None
    if stored != sum(header) - sum(header[148:156]) + 8 * 0x20 or size < 0:
        raise TarError(f"no TAR header at byte {offset} (sum does not match)")
    name = header[:100].split(b"\x00", 1)[0].decode("utf-8", "replace")
    if header[257:263] == b"ustar\x00" and header[345]:
        prefix = header[345:500].split(b"\x00", 1)[0].decode("utf-8", "replace")
        name = f"{prefix}/{name}"
    return header[156:157], name, size


def _read_pax(content: bytes, name: str, size: int, offset: int) -> tuple[str, int]:
    """Take path and size out of a PAX header, records of the form ``LENGTH KEY=VALUE\\n``."""
    while content:
        digits, separator, _ = content.partition(b" ")
        if not separator or not digits.isdigit() or not len(digits) < int(digits) <= len(content):
            raise TarError(f"extended header at byte {offset} is malformed")
        key, _, value = content[len(digits) + 1 : int(digits) - 1].partition(b"=")
        if key == b"path":
            name = value.decode("utf-8", "replace")
        elif key == b"size":
            if not value.isdigit():
                raise TarError(f"extended header at byte {offset} is malformed")
            size = int(value)
        content = content[int(digits) :]
    return name, size


def _clean(name: str, offset: int) -> str:
    """Strip ``./`` in front; refuse names that lead anywhere else."""
    while name.startswith("./"):
        name = name[2:]
    if not name or name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or "\x00" in name:
        raise TarError(f"name {name!r} at byte {offset} is not allowed")
    return name
