"""The ESC/POS byte stream taken apart into commands, one at a time, however it was cut into packets."""

from __future__ import annotations

from smartecr.core.records import dataclass

MOST = 1 << 20
"""Longest command a printer of this kind takes, in bytes."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command: `name` as in the manual ("ESC E", "GS v 0"; "text" for letters), its arguments, its data."""

    name: str
    args: tuple[int, ...] = ()
    data: bytes = b""


_FIXED = {
    b"\x1b@": ("ESC @", 0), b"\x1bt": ("ESC t", 1), b"\x1ba": ("ESC a", 1), b"\x1bE": ("ESC E", 1),
    b"\x1bM": ("ESC M", 1), b"\x1b-": ("ESC -", 1), b"\x1bd": ("ESC d", 1), b"\x1bp": ("ESC p", 3),
    b"\x1b=": ("ESC =", 1),
    b"\x1bR": ("ESC R", 1), b"\x1b2": ("ESC 2", 0), b"\x1b3": ("ESC 3", 1), b"\x1d!": ("GS !", 1),
    b"\x1da": ("GS a", 1), b"\x1dr": ("GS r", 1), b"\x1dI": ("GS I", 1), b"\x1dh": ("GS h", 1),
    b"\x1dw": ("GS w", 1), b"\x1dH": ("GS H", 1), b"\x1df": ("GS f", 1), b"\x1dB": ("GS B", 1),
    b"\x10\x04": ("DLE EOT", 1), b"\x10\x14": ("DLE DC4", 3),
}  # fmt: skip


def take(buffer: bytearray) -> Command | None:
    """Take the first whole command out of `buffer`; None while it is not whole yet.

    A command this printer does not know comes as "?" with its first two bytes, and reading goes on behind them.
    """
    if not buffer:
        return None
    first = buffer[0]
    if first == 0x0A:
        del buffer[:1]
        return Command("LF")
    if first >= 0x20:
        end = next((place for place, byte in enumerate(buffer) if byte < 0x20), len(buffer))
        text = bytes(buffer[:end])
        del buffer[:end]
        return Command("text", data=text)
    if first not in (0x10, 0x1B, 0x1D):
        del buffer[:1]
        return Command("?", (first,))
    if len(buffer) < 2:
        return None
    return _prefixed(buffer)


def _prefixed(buffer: bytearray) -> Command | None:
    head = bytes(buffer[:2])
    if head in _FIXED:
        name, count = _FIXED[head]
        return _cut(buffer, name, 2, count, 0)
    if head == b"\x1dV":
        if len(buffer) < 3:
            return None
        return _cut(buffer, "GS V", 2, 2 if buffer[2] in (65, 66, 97, 98, 103, 104) else 1, 0)
    if head == b"\x1d(":
        if len(buffer) < 5:
            return None
        return _cut(buffer, f"GS ( {chr(buffer[2])}", 5, 0, buffer[3] + 256 * buffer[4])
    if head == b"\x1dv":
        if len(buffer) < 8:
            return None
        across, down = buffer[4] + 256 * buffer[5], buffer[6] + 256 * buffer[7]
        return _cut(buffer, "GS v 0", 3, 5, across * down)
    if head == b"\x1dk":
        if len(buffer) < 4:
            return None
        return _cut(buffer, "GS k", 2, 2, buffer[3])
    del buffer[:2]
    return Command("?", tuple(head))


def _cut(buffer: bytearray, name: str, skip: int, count: int, size: int) -> Command | None:
    """Cut a command off: `count` arguments behind `skip` bytes, then `size` bytes of data."""
    end = skip + count + size
    if end > MOST:
        del buffer[:skip]
        return Command("?", (end,))
    if len(buffer) < end:
        return None
    command = Command(name, tuple(buffer[skip : skip + count]), bytes(buffer[skip + count : end]))
    del buffer[:end]
    return command
