"""The scale of this register, as `SMARTECR_SCALE` names it.

`off` (default), `virtual` (the twin on a port of this machine, loaded on the page of the whole device),
`serial:/dev/ttyUSB2` or `tcp://192.168.1.80:4001`, the latter two with `?module=package.module:object` for an approved
module (`scanner.scale.api.Module`) and `&line=7O1` for the bits of the line. Without a module weighing is for practice.
"""

from __future__ import annotations

from importlib import import_module
from typing import cast
from urllib.parse import SplitResult, urlsplit

from smartecr.core.records import dataclass
from smartecr.register.till import Till
from smartecr.scanner.scale import lines
from smartecr.scanner.scale.api import Module
from smartecr.scanner.scale.dialog06 import Dialog06
from smartecr.scanner.scale.virtual import PracticeModule, ScaleServer, VirtualScale
from smartecr.server.equipment.paper_devices import option, port_of
from smartecr.server.equipment.settingerror import DeviceSettingError

NAME = "SMARTECR_SCALE"
_LINES = ("7O1", "7E1", "8N1")


@dataclass(slots=True)
class Weigher:
    """What is open: the scale and its twin where the setting names it."""

    scale: Dialog06
    twin: ScaleServer | None = None

    def close(self) -> None:
        """Let go of both."""
        self.scale.close()
        if self.twin is not None:
            self.twin.close()


def open_scale(setting: str, till: Till) -> Weigher | None:
    """Put the scale of a setting at the till. Raises DeviceSettingError."""
    parts = urlsplit(setting)
    if parts.path == "off":
        return None
    twin = None
    if parts.path == "virtual":
        twin = ScaleServer(VirtualScale())
        connect = lines.tcp("127.0.0.1", twin.port)
    elif parts.scheme == "tcp" and parts.hostname:
        connect = lines.tcp(parts.hostname, port_of(NAME, parts, 4001))
    elif parts.scheme == "serial" and parts.path and option(parts, "line", "7O1") in _LINES:
        connect = lines.serial_line(parts.path, option(parts, "line", "7O1"))
    else:
        raise DeviceSettingError(
            f"{NAME}: {setting!r} ist keine Waage. Möglich: virtual, off, serial:/dev/ttyUSB2, tcp://adresse:port."
        )
    scale = Dialog06(connect, _module(parts))
    till.scale = scale
    return Weigher(scale, twin)


def _module(parts: SplitResult) -> Module:
    """Return the approved module of a setting, else the one for practice."""
    place, _, name = option(parts, "module", "").partition(":")
    if not place:
        return PracticeModule()
    try:
        return cast("Module", getattr(import_module(place), name))
    except (ImportError, AttributeError, ValueError) as error:
        raise DeviceSettingError(f"{NAME}: das Wiegemodul {place}:{name} lässt sich nicht laden.") from error
