"""The twin of a line display: understands all four languages byte by byte and shows what stands there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator

from smartecr.printer.linedisplay.languages import COLUMNS, ROWS, Language

_PLACES = COLUMNS * ROWS


class VirtualLineDisplay:
    """A display in memory. `changed` is called when what stands there differs; `unknown` holds what it did not know."""

    def __init__(self, language: Language, changed: Callable[[], None] = lambda: None) -> None:
        self.language = language
        self.level = 4
        self.unknown: list[int] = []
        self._changed = changed
        self._cells = bytearray(b" " * _PLACES)
        self._cursor = 0
        self._lock = threading.Lock()
        self._reader = self._read()
        next(self._reader)

    @property
    def lines(self) -> tuple[str, str]:
        """Return both lines as people see them."""
        with self._lock:
            text = bytes(self._cells).decode(self.language.codec, "replace")
        return text[:COLUMNS].rstrip(), text[COLUMNS:].rstrip()

    def feed(self, data: bytes) -> bytes:
        """Take bytes as they arrive; it never answers."""
        before = self.lines
        with self._lock:
            for byte in data:
                self._reader.send(byte)
        if self.lines != before:
            self._changed()
        return b""

    def said(self) -> bytes:
        """Return nothing: it has no way back."""
        return b""

    def power_cut(self) -> None:
        """Forget everything."""
        with self._lock:
            self._blank()
            self._reader = self._read()
            next(self._reader)
        self._changed()

    # ---- the languages

    def _read(self) -> _Reader:
        readers = {
            "escpos": self._escpos,
            "cd5220": self._cd5220,
            "dsp800": self._dsp800,
            "logic": self._logic,
        }
        obey = readers[self.language.key]
        while True:
            byte = yield
            if 0x20 <= byte != 0x7F:
                self._put(byte)
            else:
                yield from obey(byte)

    def _escpos(self, byte: int) -> _Reader:
        if byte == 0x0C:
            self._blank()
        elif byte == 0x0B:
            self._cursor = 0
        elif byte == 0x1B:
            yield from self._escape((yield))
        elif byte == 0x1F:
            yield from self._unit((yield))
        else:
            self.unknown.append(byte)

    def _escape(self, command: int) -> _Reader:
        if command == 0x40:
            self._blank()
        elif command == 0x74:
            yield
        else:
            self.unknown += [0x1B, command]

    def _unit(self, command: int) -> _Reader:
        if command == 0x24:
            column, row = (yield), (yield)
            self._go((row - 1) * COLUMNS + column - 1)
        elif command == 0x58:
            self.level = yield
        elif command not in (0x01, 0x02, 0x03):
            self.unknown += [0x1F, command]

    def _cd5220(self, byte: int) -> _Reader:
        if byte == 0x0C:
            self._blank()
            return
        if byte != 0x1B:
            self.unknown.append(byte)
            return
        command = yield
        if command == 0x40:
            self._blank()
        elif command == 0x2A:
            self.level = yield
        elif command == 0x51:
            row = (yield) - 0x41
            text = bytearray()
            while (letter := (yield)) != 0x0D:
                text.append(letter)
            if row in (0, 1):
                self._cells[row * COLUMNS : (row + 1) * COLUMNS] = bytes(text[:COLUMNS]).ljust(COLUMNS)
        else:
            self.unknown += [0x1B, command]

    def _dsp800(self, byte: int) -> _Reader:
        if byte != 0x04 or (yield) != 0x01:
            self.unknown.append(byte)
            return
        command = bytearray()
        while (part := (yield)) != 0x17:
            command.append(part)
        match bytes(command[:1]), bytes(command[1:]):
            case b"%", _:
                self._blank()
            case b"C", place if len(place) == 2:
                start, end = place[0] - 0x31, place[1] - 0x30
                self._cells[start:end] = b" " * len(self._cells[start:end])
            case b"P", place if len(place) == 1:
                self._go(place[0] - 0x31)
            case b"A", level if len(level) == 1:
                self.level = level[0] - 0x30
            case _:
                self.unknown += command

    def _logic(self, byte: int) -> _Reader:
        if byte == 0x1F:
            self._blank()
        elif byte == 0x10:
            self._go((yield))
        elif byte == 0x04:
            self.level = {0x20: 1, 0x40: 2, 0x60: 3}.get((yield), 4)
        else:
            self.unknown.append(byte)

    # ---- the glass

    def _blank(self) -> None:
        self._cells[:] = b" " * _PLACES
        self._cursor = 0

    def _go(self, place: int) -> None:
        if 0 <= place < _PLACES:
            self._cursor = place
        else:
            self.unknown.append(place & 0xFF)

    def _put(self, byte: int) -> None:
        self._cells[self._cursor] = byte
        self._cursor = (self._cursor + 1) % _PLACES


_Reader = Generator[None, int, None]
