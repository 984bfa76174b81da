"""The screens of this machine: where the till and the customer display stand."""

from __future__ import annotations

import re
import shutil
import subprocess

from smartecr.core.records import dataclass

_GEOMETRY = re.compile(r"(\d{2,5})x(\d{2,5})([+-]\d{1,5})([+-]\d{1,5})")
_MONITOR = re.compile(r"^\s*\d+:\s+\+(\*?)\S+\s+(\d+)/\d+x(\d+)/\d+([+-]\d+)([+-]\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen in dots; `x` and `y` are its upper left corner on the desktop."""

    width: int
    height: int
    x: int = 0
    y: int = 0


class ScreenError(ValueError):
    """That is no screen; the message is German."""


def parse(text: str) -> Screen:
    """Return the screen in "1920x1080+0+0". Raises ScreenError."""
    found = _GEOMETRY.fullmatch(text)
    if found is None:
        raise ScreenError(f"{text!r} ist kein Bildschirm. So sieht einer aus: 1920x1080+0+0")
    return Screen(*(int(part) for part in found.groups()))


def monitors(listing: str) -> list[Screen]:
    """Return the screens in what `xrandr --listmonitors` says, the primary one first."""
    found = _MONITOR.findall(listing)
    ordered = sorted(found, key=lambda one: one[0] != "*")
    return [Screen(int(width), int(height), int(x), int(y)) for _primary, width, height, x, y in ordered]


def found() -> list[Screen]:
    """Return the screens of this machine, none where nobody can tell (Wayland, no xrandr)."""
    tool = shutil.which("xrandr")
    if tool is None:
        return []
    try:
        said = subprocess.run([tool, "--listmonitors"], capture_output=True, text=True, timeout=5, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return []
    return monitors(said.stdout)
