"""Which printers could be here: USB line-printer nodes, serial ports, and addresses somebody names.

Nothing is scanned. Nodes and ports are only looked at, never written to: behind a serial port there may be a scale, a
terminal or a TSE. An address is asked only when it is named, with status requests that print nothing.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from serial.tools import list_ports

from smartecr.core.records import dataclass
from smartecr.printer import links, status
from smartecr.printer.posprinter import NotReadyError, PosPrinter
from smartecr.printer.profile import PROFILES, Profile

PORT = 9100
_NODES = "usb/lp*"
_ADDRESS = re.compile(r"(?P<host>[A-Za-z0-9][A-Za-z0-9.-]{0,252})(?::(?P<port>\d{1,5}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something that may be a printer: `way` is what the settings call it, `profile` fits by its name ("": unknown).

    `state` is a German word on how it is, "" where it was not asked.
    """

    way: str
    name: str
    profile: str = ""
    state: str = ""

    @property
    def setting(self) -> str:
        """Return the setting that would use it."""
        return f"{self.way}?profile={self.profile}" if self.profile else self.way


class AddressError(ValueError):
    """That is no single address; the message is German."""


def plugged_in(dev: Path = Path("/dev"), sys: Path = Path("/sys")) -> list[Found]:
    """Return line-printer nodes and serial ports, printers first."""
    return [*_nodes(dev, sys), *_serial_ports(list_ports.comports())]


def _nodes(dev: Path, sys: Path) -> Iterator[Found]:
    for node in sorted(dev.glob(_NODES)):
        name = _ieee1284(sys / "class/usbmisc" / node.name / "device/ieee1284_id")
        yield Found(way=f"node:{node}", name=name or "USB-Drucker", profile=guess(name))


def _ieee1284(path: Path) -> str:
    """Return maker and model out of an IEEE 1284 device id ("MFG:EPSON;CMD:ESC/POS;MDL:TM-T20II;")."""
    try:
        fields = dict(part.split(":", 1) for part in path.read_text("utf-8", "replace").split(";") if ":" in part)
    except OSError:
        return ""
    trimmed = {key.strip().upper(): value.strip() for key, value in fields.items()}
    maker = trimmed.get("MFG") or trimmed.get("MANUFACTURER", "")
    model = trimmed.get("MDL") or trimmed.get("MODEL", "")
    return f"{maker} {model}".strip()


def _serial_ports(ports: Iterable[Any]) -> Iterator[Found]:
    for port in sorted(ports, key=lambda one: str(one.device)):
        words = [str(word) for word in (port.manufacturer, port.product or port.description) if word and word != "n/a"]
        name = " ".join(words) or "serielle Schnittstelle"
        yield Found(way=f"serial:{port.device}", name=name, profile=guess(name))


def guess(name: str) -> str:
    """Return the key of the profile whose models `name` speaks of, "" when none does."""
    spoken = name.upper()
    for profile in PROFILES.values():
        if any(model in spoken for model in profile.models):
            return profile.key
    return ""


def ask(address: str) -> Found:
    """Return what listens at one address ("192.168.1.50", "bon.local:9100"). Raises AddressError, NotReadyError."""
    host, port = _address(address)
    printer = PosPrinter(links.tcp(host, port), _ASKING)
    try:
        problem = printer.status().problem
        name = printer.name()
    finally:
        printer.close()
    word = "bereit" if problem is None else status.word(problem)
    way = f"tcp://{host}" if port == PORT else f"tcp://{host}:{port}"
    return Found(way=way, name=name or "Bondrucker", profile=guess(name), state=word)


_ASKING = Profile(key="", name="", columns=48, dots=576, confirms=False, tells=False)


def _address(text: str) -> tuple[str, int]:
    found = _ADDRESS.fullmatch(text.strip())
    port = int(found["port"] or PORT) if found else 0
    if found is None or not 0 < port < 65536 or not _one_host(found["host"]):
        raise AddressError(f"{text!r} ist keine Adresse. So sieht eine aus: 192.168.1.50 oder 192.168.1.50:9100")
    return found["host"], port


def _one_host(host: str) -> bool:
    """Tell whether digits are one whole IPv4 address; a name is left to the resolver."""
    if re.search("[A-Za-z]", host):
        return True
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


def asked(addresses: Iterable[str]) -> Iterator[tuple[str, Found | None]]:
    """Yield each address with what listens there, None where no printer answers. Raises AddressError."""
    for address in addresses:
        try:
            yield address, ask(address)
        except NotReadyError:
            yield address, None
