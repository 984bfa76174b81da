"""The devices of this register, as the settings name them, opened while it serves.

`SMARTECR_PRINTER` is `virtual` (the twin on a port of this machine), `off`, or the way to a real one:
`tcp://192.168.1.50`, `tcp://192.168.1.50:9100`, `node:/dev/usb/lp0`, `serial:/dev/ttyUSB0`, each with
`?profile=epson-80` (`smartecr.printer.profile`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from smartecr.printer import links
from smartecr.printer.posprinter import PosPrinter
from smartecr.printer.profile import PROFILES, Profile
from smartecr.printer.spool import Spool
from smartecr.printer.virtual import PrinterServer, VirtualPrinter
from smartecr.register import printing

DEFAULT_PROFILE = "generic-80"


class DeviceSettingError(ValueError):
    """A setting names no device; the message is German and says what may stand there."""


@dataclass(slots=True)
class Devices:
    """What is open: the print queue, and the virtual printer when the queue leads to it."""

    spool: Spool | None = None
    paper: PrinterServer | None = None

    def close(self) -> None:
        """Let go of all of them."""
        if self.spool is not None:
            self.spool.close()
        if self.paper is not None:
            self.paper.close()


def open_devices(printer: str, folder: Path, changed: Callable[[], None]) -> Devices:
    """Open the devices named by the settings; `changed` is called when one of them changes its state.

    Raises DeviceSettingError.
    """
    devices = Devices()
    if printer == "off":
        return devices
    if printer == "virtual":
        profile = PROFILES["virtual-80"]
        devices.paper = PrinterServer(VirtualPrinter(profile, changed))
        connect = links.tcp("127.0.0.1", devices.paper.port)
    else:
        connect, profile = _printer(printer)
    devices.spool = Spool(folder / "print", PosPrinter(connect, profile), printing.render, changed)
    return devices


def _printer(setting: str) -> tuple[links.Connect, Profile]:
    parts = urlsplit(setting)
    key = parse_qs(parts.query).get("profile", [DEFAULT_PROFILE])[0]
    if key not in PROFILES:
        raise DeviceSettingError(f"SMARTECR_PRINTER: Profil {key!r} gibt es nicht, nur {', '.join(PROFILES)}.")
    try:
        if parts.scheme == "tcp" and parts.hostname:
            return links.tcp(parts.hostname, parts.port or 9100), PROFILES[key]
    except ValueError as error:
        raise DeviceSettingError(f"SMARTECR_PRINTER: der Port in {setting!r} ist keiner.") from error
    if parts.scheme == "node" and parts.path:
        return links.node(Path(parts.path)), PROFILES[key]
    if parts.scheme == "serial" and parts.path:
        return links.serial_line(parts.path), PROFILES[key]
    raise DeviceSettingError(
        f"SMARTECR_PRINTER: {setting!r} ist kein Drucker. Möglich: virtual, off, tcp://adresse, node:/dev/usb/lp0, "
        "serial:/dev/ttyUSB0, jeweils mit ?profile=…"
    )
