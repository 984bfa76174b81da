"""TAR archives of TSE exports: written as POSIX.1-1988 ustar, read as devices and people make them.

Reading is one pass over a stream with bounded memory: ustar, GNU and PAX headers, members in any
order, ``./`` in front, directory entries, archives without end blocks (cryptovision devices). What
can only be a trick (links, devices, paths leading out, absurd sizes) ends in TarError. Nothing is
ever extracted to disk.
"""

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import BinaryIO, Literal, NamedTuple
from zlib import adler32

from smartecr.tse import export_names, log_message
from smartecr.tse.api import ExportReceipt

_BLOCK = 512
_ZEROS = bytes(_BLOCK)
_READ = 1 << 20
_FLUSH = 1 << 18
#: real messages stay below 64 KiB, certificates below 4 KiB
_LARGEST_MEMBER = 4 << 20
_LARGEST_HEADER = 64 << 10
_EXTENDED_PER_MEMBER = 4
_SIZES_KEPT = 1000


Reason = Literal["truncated", "no_header", "extended_header", "name", "kind", "size"]


class TarError(ValueError):
    """The bytes are no TAR archive of a TSE, or a hostile one; the text says where and why.

    ``reason``: ``truncated`` (ends early), ``no_header`` (no TAR, or damaged), ``extended_header`` (malformed or
    endless), ``name`` (leads out of the archive), ``kind`` (link, device, sparse file), ``size`` (absurd claim).
    """

    def __init__(self, reason: Reason, offset: int, text: str) -> None:
        super().__init__(f"{text} at byte {offset}")
        self.reason: Reason = reason
        self.offset = offset


class Entry(NamedTuple):
    """Where a file lies: name without ``./``, byte of its first header, byte of its content, size."""

    name: str
    offset: int
    start: int
    size: int


class Member(NamedTuple):
    """A file of the archive: name without ``./``, content, byte of its first header."""

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

    ``entries`` walks without reading contents; ``content`` then reads that of the entry at hand. ``offset`` is
    where the stream stands in its archive, ``ahead`` how many bytes are read at a time. ``has_end_blocks`` is known
    after the last member: whether the archive was closed as it should.
    """

    def __init__(self, stream: BinaryIO, offset: int = 0, ahead: int = _READ) -> None:
        self._stream = stream
        self._ahead = ahead
        self._buffer = b""
        self._at = 0
        self._base = offset
        self._entry = Entry("", offset, offset, 0)
        self._headers = _Headers()
        self.has_end_blocks = False

    def __iter__(self) -> Iterator[Member]:
        """Yield the files. Raises TarError where the archive is broken or hostile."""
        for entry in self.entries():
            yield Member(entry.name, self.content(), entry.offset)

    def entries(self) -> Iterator[Entry]:
        """Yield where the files lie. Raises TarError where the archive is broken or hostile."""
        begin = -1
        while True:
            offset = self._base + self._at
            header = self._take(_BLOCK)
            if not header:
                if begin >= 0:
                    raise TarError("truncated", begin, "archive ends behind the extended header")
                return
            if header == _ZEROS:
                self.has_end_blocks = self._take(_BLOCK) == _ZEROS
                return
            kind, name, size = self._headers.read(header, offset)
            if begin < 0:
                begin, long_name, long_size, announced = offset, "", -1, 0
            if kind in b"xgLK":
                announced += 1
                if announced > _EXTENDED_PER_MEMBER:
                    raise TarError("extended_header", offset, "too many extended headers")
                long_name, long_size = self._read_extended(kind, size, offset, (long_name, long_size))
                continue
            if kind not in b"05\x007":
                raise TarError("kind", offset, "link, device or sparse file")
            size = size if long_size < 0 else long_size
            if size > _LARGEST_MEMBER:
                raise TarError("size", offset, f"member claims {size} bytes")
            cleaned = _clean(long_name or name, offset) if kind != b"5" else ""
            self._entry = Entry(cleaned, begin, offset + _BLOCK, size)
            if kind != b"5":
                yield self._entry
            self._pass_over()
            begin = -1

    def content(self) -> bytes:
        """Read the content of the entry that ``entries`` yielded last. Raises TarError when the archive ends in it."""
        data = self._take(self._entry.size)
        if len(data) < self._entry.size:
            raise TarError("truncated", self._entry.offset, "archive ends within the member")
        return data

    def rest(self, most: int = _READ) -> bytes:
        """Read up to ``most`` bytes of what follows the end of the archive."""
        return self._take(most)

    def _pass_over(self) -> None:
        """Go to the end of the entry's last block, whether its content was read or not."""
        _, offset, start, size = self._entry
        end = start + size
        missing = end + -size % _BLOCK - self._base - self._at
        available = len(self._buffer) - self._at
        if missing <= available:
            self._at += missing
            return
        self._take(missing)
        if self._base + self._at < end:
            raise TarError("truncated", offset, "archive ends within the member")

    def _read_extended(self, kind: bytes, size: int, offset: int, known: tuple[str, int]) -> tuple[str, int]:
        """Read a PAX or GNU header; return name and size it announces (empty and -1 for none)."""
        if size > _LARGEST_HEADER:
            raise TarError("size", offset, f"extended header claims {size} bytes")
        content = self._take(size + -size % _BLOCK)[:size]
        if len(content) < size:
            raise TarError("truncated", offset, "archive ends within the extended header")
        if kind == b"L":
            return content.rstrip(b"\x00").decode("utf-8", "replace"), known[1]
        return _read_pax(content, *known, offset) if kind == b"x" else known

    def _take(self, size: int) -> bytes:
        """Read up to ``size`` bytes; fewer only at the end of the stream."""
        begin = self._at
        while len(self._buffer) - begin < size:
            more = self._stream.read(max(self._ahead, size))
            if not more:
                break
            self._base += begin
            self._buffer = self._buffer[begin:] + more
            begin = 0
        data = self._buffer[begin : begin + size]
        self._at = begin + len(data)
        return data


class _Headers:
    """Reads header blocks. What those of one writer share behind the sum is judged and added up once."""

    def __init__(self) -> None:
        self._shared, self._shared_sum = b"", 0
        self._sizes: dict[bytes, int] = {}

    def read(self, header: bytes, offset: int) -> tuple[bytes, str, int]:
        """Take type, name and size out of a header block after checking its sum."""
        if len(header) < _BLOCK:
            raise TarError("truncated", offset, "archive ends within the header")
        known = self._sizes.get(header[124:136])
        if known is not None and header.endswith(self._shared):
            found = (adler32(header[:148], 0) & 0xFFFF) + self._shared_sum
            if header[148:155] == b"%06o\x00" % found:
                return header[156:157], header[:100].split(b"\x00", 1)[0].decode("utf-8", "replace"), known
        return self._read(header, offset)

    def _read(self, header: bytes, offset: int) -> tuple[bytes, str, int]:
        # the low half of an Adler-32 begun with 0 is the plain sum up to 65520, more than 256 bytes can reach
        shared_sum = (adler32(header[156:400], 0) & 0xFFFF) + (adler32(header[400:], 0) & 0xFFFF) + 8 * 0x20
        found = (adler32(header[:148], 0) & 0xFFFF) + shared_sum
        if header[148:155] != b"%06o\x00" % found and _octal(header[148:156], offset) != found:
            raise TarError("no_header", offset, "no TAR header (sum does not match)")
        size = _octal(header[124:136], offset) if header[124] < 0x80 else _base_256(header[124:136], offset)
        name = header[:100].split(b"\x00", 1)[0]
        if header[345] and header[257:263] == b"ustar\x00":
            name = header[345:500].split(b"\x00", 1)[0] + b"/" + name
        else:
            if header[156:] != self._shared or len(self._sizes) >= _SIZES_KEPT:
                self._sizes.clear()
            self._shared, self._shared_sum = header[156:], shared_sum
            self._sizes[header[124:136]] = size
        return header[156:157], name.decode("utf-8", "replace"), size


def _octal(field: bytes, offset: int) -> int:
    """Read a number of a header; int() alone would take signs, blanks and underscores inside."""
    digits = field.strip(b" \x00")
    if digits.isdigit():
        try:
            return int(digits, 8)
        except ValueError:
            pass
    elif not digits:
        return 0
    raise TarError("no_header", offset, "no TAR header (number expected)")


def _base_256(field: bytes, offset: int) -> int:
    """Read a size in the binary form GNU tar writes for large ones."""
    if field[0] & 0x40:
        raise TarError("size", offset, "negative size")
    return int.from_bytes(bytes((field[0] & 0x3F,)) + field[1:], "big")


def _read_pax(content: bytes, name: str, size: int, offset: int) -> tuple[str, int]:
    """Take path and size out of a PAX header, records of the form ``LENGTH KEY=VALUE\\n``."""
    at = 0
    while at < len(content):
        separator = content.find(b" ", at, at + 8)
        digits = content[at : max(at, separator)]
        end = at + int(digits) if digits.isdigit() else 0
        if not at < separator < end <= len(content):
            raise TarError("extended_header", offset, "malformed extended header")
        key, _, value = content[separator + 1 : end - 1].partition(b"=")
        if key == b"path":
            name = value.decode("utf-8", "replace")
        elif key == b"size":
            if not value.isdigit() or len(value) > 20:
                raise TarError("extended_header", offset, "malformed size in the extended header")
            size = int(value)
        at = end
    return name, size


def _clean(name: str, offset: int) -> str:
    """Strip ``./`` in front; refuse names that lead anywhere else."""
    while name.startswith("./"):
        name = name[2:]
    if not name or name[0] in "/\\" or "\x00" in name or (".." in name and ".." in re.split(r"[/\\]", name)):
        raise TarError("name", offset, f"name {name[:200]!r} is not allowed")
    return name
