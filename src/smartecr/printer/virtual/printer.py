"""The virtual printer itself: its buffer, its paper roll, its cover, its drawer, and the answers it gives.

Like a real one it stops in the middle when the paper ends or the cover opens, keeps what it has not printed, answers
only DLE EOT meanwhile and goes on by itself; a power cut loses its buffer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import zxingcpp
from PIL import Image

from smartecr.printer.profile import Profile
from smartecr.printer.raster import modules
from smartecr.printer.status import Status, answers, automatic
from smartecr.printer.virtual.commands import Command, take
from smartecr.printer.virtual.paper import Line, Picture, Sheet, Style

_PAGES = {0: "cp437", 2: "cp850", 16: "cp1252", 19: "cp858"}
_REAL_TIME = b"\x10\x04", b"\x10\x14"
_WITHOUT_EFFECT = frozenset({"ESC M", "ESC -", "ESC R", "ESC 2", "ESC 3", "GS h", "GS w", "GS H", "GS f", "GS B"})
KEPT_SHEETS = 50
_BARCODES = {67: zxingcpp.BarcodeFormat.EAN13, 73: zxingcpp.BarcodeFormat.Code128}


class VirtualPrinter:
    """A receipt printer in memory. Any thread may use it; `changed` is called after every change one can see."""

    def __init__(self, profile: Profile, changed: Callable[[], None] = lambda: None) -> None:
        self.profile = profile
        self.status = Status()
        self.sheets: list[Sheet] = []
        self.sheet = Sheet(profile.dots)
        self.unknown: list[Command] = []
        self.lines_left: int | None = None
        self.display: Callable[[bytes], None] = lambda _data: None
        self._drawer_open = False
        self._changed = changed
        self._lock = threading.RLock()
        self._buffer, self._outbox = bytearray(), bytearray()
        self._told: Status | None = None
        self._reset()

    # ---- the wire

    def feed(self, data: bytes) -> bytes:
        """Take bytes as they arrive and return what the printer says by now."""
        with self._lock:
            self._buffer += data if self.status.problem is None else self._at_once(data)
            self._work()
            self._tell_changes()
            said = self.said()
        self._changed()
        return said

    def said(self) -> bytes:
        """Take what the printer has said and nobody has heard yet."""
        with self._lock:
            said, self._outbox = bytes(self._outbox), bytearray()
        return said

    # ---- what a person does to it

    def watch(self, changed: Callable[[], None]) -> None:
        """Have `changed` called after every change one can see, instead of whoever was told before."""
        self._changed = changed

    def set(self, **changes: bool) -> None:
        """Change parts of the status by hand ("paper_out", "cover_open", …); it goes on when nothing is wrong."""
        with self._lock:
            self.status = replace(self.status, **changes)
            if changes.get("paper_out") is False:
                self.lines_left = None
            self._work()
            self._tell_changes()
        self._changed()

    def power_cut(self) -> None:
        """Lose the buffer and all settings, keep the paper."""
        with self._lock:
            self._buffer.clear()
            self._outbox.clear()
            self._reset()
        self._changed()

    def tear_off(self) -> Sheet:
        """Take the paper that hangs out."""
        with self._lock:
            self._line_ends()
            sheet, self.sheet = self.sheet, Sheet(self.profile.dots)
        self._changed()
        return sheet

    @property
    def drawer_open(self) -> bool:
        """Tell whether the drawer hanging on it stands open."""
        return self._drawer_open

    def close_drawer(self) -> None:
        """Push the drawer shut."""
        with self._lock:
            self._move_drawer(open_now=False)
            self._tell_changes()
        self._changed()

    def open_drawer(self) -> None:
        """Open the drawer with its key, as a person does."""
        with self._lock:
            self._move_drawer(open_now=True)
            self._tell_changes()
        self._changed()

    # ---- inside

    def _at_once(self, data: bytes) -> bytes:
        """Obey real-time commands at either end of what a stopped printer receives, and return the rest."""
        while data[:2] in _REAL_TIME:
            real_time = bytearray(data)
            command = take(real_time)
            if command is None:
                return data
            data = bytes(real_time)
            self._obey(command)
        if data[-3:-1] == _REAL_TIME[0]:
            self._obey(Command("DLE EOT", (data[-1],)))
            return data[:-3]
        return data

    def _tell_changes(self) -> None:
        if self._tells and self.status != self._told:
            self._told = self.status
            self._outbox += automatic(self.status)

    def _move_drawer(self, *, open_now: bool) -> None:
        self._drawer_open = open_now
        self.status = replace(self.status, drawer_level=not open_now)

    def _reset(self) -> None:
        self._tells = self._passing = False
        self._told = None
        self._style = Style()
        self._codec: str = _PAGES[0]
        self._line = ""
        self._qr = b""
        self._qr_scale = 3

    def _work(self) -> None:
        while self.status.problem is None:
            if self._passing and not self._pass_on():
                break
            command = take(self._buffer)
            if command is None:
                break
            self._obey(command)

    def _pass_on(self) -> bool:
        """Give what is for the display plugged in to it, up to the next ESC =; False while that has not come."""
        end = self._buffer.find(b"\x1b=")
        if end < 0:
            return False
        self.display(bytes(self._buffer[:end]))
        del self._buffer[:end]
        self._passing = False
        return True

    def _obey(self, command: Command) -> None:
        match command.name, command.args:
            case "DLE EOT", (number,) if 1 <= number <= 4:
                self._outbox.append(answers(self.status)[number - 1])
            case ("DLE DC4", (1, _, _)) | ("ESC p", _):
                self._move_drawer(open_now=True)
            case "GS ( H", _:
                self._outbox += b"\x37\x22" + command.data[2:6] + b"\x00"
            case "GS r", (kind,):
                self._outbox.append(0x0C * self.status.paper_near_end if kind in (1, 49) else 0)
            case "GS I", _:
                self._outbox += b"_smartECR virtual\x00"
            case "ESC =", (peripheral,):
                self._passing = bool(peripheral & 2)
            case "GS a", (wanted,):
                self._tells, self._told = bool(wanted), None
            case _:
                if not self._restyle(command):
                    self._print(command)

    def _restyle(self, command: Command) -> bool:
        """Obey a command that changes how letters stand; False when it is another one."""
        match command.name, command.args:
            case "ESC @", _:
                self._reset()
            case "ESC t", (page,):
                self._codec = self.profile.codec if page == self.profile.page else _PAGES.get(page, "cp437")
            case "ESC a", (align,):
                self._style = replace(self._style, align=align % 48)
            case "ESC E", (on,):
                self._style = replace(self._style, bold=bool(on & 1))
            case "GS !", (size,):
                self._style = replace(self._style, wide=(size >> 4 & 7) + 1, high=(size & 7) + 1)
            case _:
                return command.name in _WITHOUT_EFFECT
        return True

    def _print(self, command: Command) -> None:
        match command.name, command.args:
            case "text", _:
                self._line += command.data.decode(self._codec, "replace")
            case "LF", _:
                self._line_ends(always=True)
            case "ESC d", (lines,):
                self._line_ends()
                for _ in range(lines):
                    self._put(Line("", Style()))
            case "GS V", _:
                self._cut()
            case "GS v 0", (_mode, *_size):
                self._raster(command)
            case "GS ( k", _:
                self._two_dimensional(command.data)
            case "GS k", (kind, _length):
                self._barcode(kind, command.data)
            case _:
                self.unknown.append(command)

    def _line_ends(self, *, always: bool = False) -> None:
        if self._line or always:
            line, self._line = self._line, ""
            self._put(Line(line, self._style))

    def _put(self, part: Line | Picture) -> None:
        self.sheet.parts.append(part)
        if self.lines_left is not None:
            self.lines_left -= 1
            if self.lines_left <= 0:
                self.status = replace(self.status, paper_out=True)

    def _cut(self) -> None:
        self._line_ends()
        self.sheets = [*self.sheets, self.sheet][-KEPT_SHEETS:]
        self.sheet = Sheet(self.profile.dots)

    def _raster(self, command: Command) -> None:
        across = command.args[1] + 256 * command.args[2]
        down = command.args[3] + 256 * command.args[4]
        if across and down:
            dots = Image.frombytes("1", (across * 8, down), command.data).convert("L")
            self._put(Picture(dots.point(lambda value: 255 - value), self._style.align))

    def _two_dimensional(self, data: bytes) -> None:
        match data[:2]:
            case b"1C":
                self._qr_scale = max(1, min(16, data[2]))
            case b"1P":
                self._qr = data[3:]
            case b"1Q" if self._qr:
                code = modules(self._qr.decode("utf-8", "replace"))
                size = (code.width * self._qr_scale,) * 2
                self._put(Picture(code.resize(size, Image.Resampling.NEAREST), self._style.align))

    def _barcode(self, kind: int, data: bytes) -> None:
        try:
            code = zxingcpp.create_barcode(data.lstrip(b"{B").decode("ascii"), _BARCODES[kind])
        except (KeyError, ValueError, UnicodeDecodeError):
            self.unknown.append(Command("GS k", (kind,), data))
            return
        self._put(Picture(Image.fromarray(code.to_image(scale=2)), self._style.align))
