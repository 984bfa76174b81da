"""The bench: the virtual parts of this device and what hands can do to them. It knows no register."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from smartecr.core.records import dataclass
from smartecr.printer.twinport import TwinPort
from smartecr.printer.virtual import VirtualPrinter
from smartecr.scanner.scale.virtual import VirtualScale
from smartecr.scanner.virtual import VirtualCamera
from smartecr.terminal.zvt.virtual import VirtualTerminal, sight
from smartecr.web.device import faults
from smartecr.web.device.paper import Roll, png

_TERMINAL_ACTS = frozenset({"tap", "insert", "remove", "key"})
_LOOK_SECONDS = 5.0
_ICON = (104, 100)
_MOST_GRAMS = 20_000  # more than the scale can weigh: what it says to that can be seen too


@dataclass(frozen=True, slots=True)
class Thing:
    """Something to hold before the camera: its word, and what draws its picture when it is first wanted."""

    id: str
    word: str
    draw: Callable[[], Image.Image]


class Bench:
    """The parts that are virtual (None: this one is real or off). `changed()` is called when something moves.

    `seeing()` tells whether the camera may look: not while a PIN is typed. `tse_moved()` is called when the TSE was
    pulled or put in, as the kernel tells it of a real one.
    """

    def __init__(
        self,
        changed: Callable[[], None],
        *,
        printer: TwinPort[VirtualPrinter] | None = None,
        terminal: VirtualTerminal | None = None,
        tse: Path | None = None,
        camera: VirtualCamera | None = None,
        scale: VirtualScale | None = None,
        seeing: Callable[[], bool] = lambda: True,
        tse_moved: Callable[[], None] = lambda: None,
        things: Sequence[Thing] = (),
    ) -> None:
        self.printer, self.terminal, self.tse, self.camera, self.scale = printer, terminal, tse, camera, scale
        self.things = tuple(things)
        self.roll = Roll(printer.twin) if printer is not None else None
        self.tse_switches: dict[str, float] = {}
        self.printer_on = True
        self._drawn: dict[str, Image.Image] = {}
        self._icons: dict[str, bytes] = {}
        self.tse_moved = tse_moved
        self._seeing = seeing
        self._changed = changed
        self._closing = threading.Event()
        self._lock = threading.Lock()
        if printer is not None:
            printer.twin.watch(changed)
        if terminal is not None:
            threading.Thread(target=self._follow_terminal, args=(terminal,), name="bench", daemon=True).start()

    def close(self) -> None:
        """Let go of what the bench itself started."""
        self._closing.set()
        if self.camera is not None:
            self.camera.close()

    def printer_power(self, *, on: bool) -> None:
        """Cut the printer's power or bring it back."""
        if self.printer is not None:
            self.printer_on = on
            self.printer.power(on=on)

    def state(self) -> dict[str, Any]:
        """Return everything the page draws, as JSON knows it."""
        with self._lock:
            return {
                "printer": self._printer_state(),
                "terminal": self._terminal_state(),
                "tse": None if self.tse is None else {"in": "unplugged" not in self.tse_switches},
                "camera": None if self.camera is None else {"busy": self.camera.busy, "seeing": self._seeing()},
                "scale": None if self.scale is None else {"grams": self.scale.weight_g},
                "faults": [
                    {"id": one.id, "name": str(one.name), "effect": str(one.effect), "on": one.on(self)}
                    for one in faults.FAULTS
                    if getattr(self, one.part) is not None
                ],
            }

    def _printer_state(self) -> dict[str, Any] | None:
        if self.printer is None or self.roll is None:
            return None
        pieces = self.roll.look()
        printer = self.printer.twin
        return {
            "pieces": [
                {"number": piece.number, "parts": len(piece.sheet.parts), "torn": piece.torn} for piece in pieces
            ],
            "percent": self.roll.percent,
            "out": printer.status.paper_out,
            "cover": printer.status.cover_open,
            "on": self.printer_on,
            "drawer": printer.drawer_open,
        }

    def _terminal_state(self) -> dict[str, Any] | None:
        if self.terminal is None:
            return None
        shown = sight.snapshot(self.terminal)
        kept = ("screen", "asking", "typed", "slot", "ways", "cards", "mode")
        return {key: shown[key] for key in kept} | {"plugged": self.terminal.plugged}

    def do(self, what: str, values: dict[str, Any]) -> bool:
        """Do what hands do; False when it has no effect now. Raises KeyError or ValueError for anything else."""
        effect = self._do(what, values)
        self._changed()
        return effect

    def _do(self, what: str, values: dict[str, Any]) -> bool:
        if what in _TERMINAL_ACTS and self.terminal is not None:
            return sight.act(self.terminal, what, values)
        if what == "fault":
            faults.find(str(values["id"])).turn(self, values["on"] is True)
            return True
        if what == "tear" and self.roll is not None:
            with self._lock:
                return self.roll.tear()
        if what == "drawer" and self.printer is not None:
            self.printer.twin.close_drawer()
            return True
        if what == "load" and self.scale is not None:
            lies = self.scale.weight_g if "more" in values else 0
            return self._load(self.scale, lies + int(values["more" if "more" in values else "grams"]))
        if what == "show":
            return self.show(self._picture(values))
        raise ValueError(what)

    def _load(self, scale: VirtualScale, grams: int) -> bool:
        """Let so much lie on the plate; False when that is more than fits or less than nothing."""
        if not 0 <= grams <= _MOST_GRAMS:
            return False
        scale.load(grams)
        return True

    def show(self, picture: Image.Image) -> bool:
        """Hold a picture before the camera; False when there is none or it looks away."""
        if self.camera is None or not self._seeing():
            return False
        self.camera.show(picture)
        return True

    def picture(self, thing_id: str) -> Image.Image | None:
        """Return a thing's picture."""
        thing = next((thing for thing in self.things if thing.id == thing_id), None)
        if thing is None:
            return None
        if thing_id not in self._drawn:
            self._drawn[thing_id] = thing.draw()
        return self._drawn[thing_id]

    def icon(self, thing_id: str) -> bytes | None:
        """Return a thing's picture as small PNG, None when there is no such thing."""
        if thing_id not in self._icons:
            picture = self.picture(thing_id)
            if picture is None:
                return None
            small = picture.copy()
            small.thumbnail(_ICON)
            self._icons[thing_id] = png(small)
        return self._icons[thing_id]

    def _picture(self, values: dict[str, Any]) -> Image.Image:
        if "paper" in values and self.roll is not None:
            found = self.roll.picture(int(values["paper"]))
        else:
            found = self.picture(str(values["thing"]))
        if found is None:
            raise ValueError("nothing to show")
        return found

    def _follow_terminal(self, terminal: VirtualTerminal) -> None:
        version = terminal.front.version
        while not self._closing.is_set():
            newer = terminal.front.wait_newer(version, _LOOK_SECONDS)
            if newer != version:
                version = newer
                self._changed()
