"""The printers and the drawer of this register, as the settings name them.

`SMARTECR_PRINTER` is `virtual` (the twin on a port of this machine), `off`, or the way to a real one:
`tcp://192.168.1.50`, `tcp://192.168.1.50:9100`, `node:/dev/usb/lp0`, `serial:/dev/ttyUSB0`, each with
`?profile=epson-80` (`smartecr.printer.profile`).

`SMARTECR_PRINTERS` names those of kitchen and bar in the same words, separated by blanks: `Küche=tcp://… Bar=virtual`.
What one cannot print for a while comes out of the receipt printer, or out of the one named by `&standin=Bar`;
`&standin=off`: it waits.

`SMARTECR_DRAWER` is `printer` (default: in the socket of the receipt printer, pin 2), `printer:5`,
`serial:/dev/ttyUSB0` or `off`, each with `?alarm=60` (seconds it may stand open; 0: no alarm).
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import field
from functools import partial
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, urlsplit

from smartecr.core.records import dataclass
from smartecr.printer import drawer, links
from smartecr.printer.jobs import Job
from smartecr.printer.posprinter import PosPrinter
from smartecr.printer.profile import PROFILES, Profile
from smartecr.printer.spool import Spool
from smartecr.printer.twinport import TwinPort
from smartecr.printer.virtual import VirtualPrinter
from smartecr.register.cashdesk import cash
from smartecr.register.errors import RegisterError
from smartecr.register.paper import printing
from smartecr.register.signing.securing import SYSTEM
from smartecr.register.till import Till
from smartecr.server.equipment.settingerror import DeviceSettingError

log = logging.getLogger(__name__)

DEFAULT_PROFILE = "generic-80"
_MOST_NAME = 20


@dataclass(slots=True)
class Paper:
    """What prints: queues by name (the receipts' is `printing.RECEIPTS`), the twins among the printers, the drawer."""

    spools: dict[str, Spool] = field(default_factory=dict)
    twins: dict[str, TwinPort[VirtualPrinter]] = field(default_factory=dict)
    drawer: drawer.Watch | None = None

    def close(self) -> None:
        """Let go of all of them."""
        if self.drawer is not None:
            self.drawer.close()
        for spool in self.spools.values():
            spool.close()
        for twin in self.twins.values():
            twin.close()


def open_paper(printer: str, stations: str, drawer_setting: str, folder: Path, till: Till) -> Paper:
    """Open the printers and the drawer named by the settings and put them at the till. Raises DeviceSettingError."""
    paper = Paper()
    try:
        wanted = {printing.RECEIPTS: printer, **_stations(stations)}
        for place, (name, setting) in enumerate(wanted.items()):
            if setting != "off":
                home = folder / ("print" if name == printing.RECEIPTS else f"print-{place}")
                _open(paper, name, setting, home, till)
        for name, setting in wanted.items():
            _help(paper, name, setting, till)
        till.printer = paper.spools.get(printing.RECEIPTS)
        till.stations = {name: spool for name, spool in paper.spools.items() if name != printing.RECEIPTS}
        paper.drawer = till.drawer = _drawer(drawer_setting, folder / "drawer.json", till)
        if paper.drawer is not None:
            paper.drawer.look()  # its printer may have told the level before it was there
    except BaseException:
        paper.close()
        raise
    return paper


def _stations(setting: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in setting.split():
        name, equals, way = part.partition("=")
        if not equals or not name or not way or len(name) > _MOST_NAME or name == printing.RECEIPTS or name in found:
            raise DeviceSettingError(
                f"SMARTECR_PRINTERS: {part!r} verstehe ich nicht. So sieht es aus: Küche=tcp://192.168.1.51 Bar=virtual"
            )
        found[name] = way
    return found


def _open(paper: Paper, name: str, setting: str, folder: Path, till: Till) -> None:
    parts = urlsplit(setting)
    if parts.path == "virtual":
        profile = _profile(name, parts, "virtual-80")
        paper.twins[name] = TwinPort(VirtualPrinter(profile))
        connect = links.tcp("127.0.0.1", paper.twins[name].port)
    else:
        connect, profile = way(setting, name)

    def changed() -> None:
        if till.drawer is not None and name == printing.RECEIPTS:
            till.drawer.look()
        till.publish("status")

    paper.spools[name] = Spool(folder, PosPrinter(connect, profile), printing.render, changed, name=name)


def way(setting: str, name: str = printing.RECEIPTS) -> tuple[links.Connect, Profile]:
    """Return how to reach the printer of a setting and what it can do. Raises DeviceSettingError."""
    parts = urlsplit(setting)
    profile = _profile(name, parts, DEFAULT_PROFILE)
    if parts.scheme == "tcp" and parts.hostname:
        return links.tcp(parts.hostname, port_of(_setting_name(name), parts, 9100)), profile
    if parts.scheme == "node" and parts.path:
        return links.node(Path(parts.path)), profile
    if parts.scheme == "serial" and parts.path:
        return links.serial_line(parts.path), profile
    raise DeviceSettingError(
        f"{_setting_name(name)}: {setting!r} ist kein Drucker. Möglich: virtual, off, tcp://adresse, "
        "node:/dev/usb/lp0, serial:/dev/ttyUSB0, jeweils mit ?profile=…"
    )


def _profile(name: str, parts: SplitResult, default: str) -> Profile:
    key = option(parts, "profile", default)
    if key not in PROFILES:
        raise DeviceSettingError(f"{_setting_name(name)}: Profil {key!r} gibt es nicht, nur {', '.join(PROFILES)}.")
    return PROFILES[key]


def _setting_name(name: str) -> str:
    return "SMARTECR_PRINTER" if name == printing.RECEIPTS else "SMARTECR_PRINTERS"


def _help(paper: Paper, name: str, setting: str, till: Till) -> None:
    """Name the printer that stands in: for stations the receipt printer unless the setting says another."""
    default = "off" if name == printing.RECEIPTS else printing.RECEIPTS
    helper = option(urlsplit(setting), "standin", default)
    if name not in paper.spools or helper in ("off", name):
        return
    if helper not in paper.spools:
        if helper == default:
            return
        raise DeviceSettingError(f"{_setting_name(name)}: den Ersatzdrucker {helper!r} gibt es nicht.")
    paper.spools[name].helped_by(paper.spools[helper], partial(_stood_in, till))


def _stood_in(till: Till, job: Job, to: Spool) -> None:
    printing.stood_in(till, SYSTEM, job, to.name)


def _drawer(setting: str, learned: Path, till: Till) -> drawer.Watch | None:
    parts = urlsplit(setting)
    seconds = option(parts, "alarm", str(int(drawer.ALARM_SECONDS)))
    if not seconds.isdecimal():
        raise DeviceSettingError(f"SMARTECR_DRAWER: alarm={seconds} ist keine Zahl von Sekunden.")
    port = _port(parts, setting, till)
    if port is None:
        return None
    return drawer.Watch(
        port,
        load_level(learned),
        keep=partial(save_level, learned),
        alarm_seconds=float(seconds) or float("inf"),
        changed=lambda: till.publish("status"),
        by_hand=partial(_by_hand, till),
    )


def _port(parts: SplitResult, setting: str, till: Till) -> drawer.Port | None:
    if parts.path == "off":
        return None
    if parts.scheme == "serial" and parts.path:
        return drawer.OnLine(links.serial_line(parts.path, 9600))
    pin = {("", "printer"): 2, ("printer", "2"): 2, ("printer", "5"): 5}.get((parts.scheme, parts.path))
    if pin is None:
        raise DeviceSettingError(
            f"SMARTECR_DRAWER: {setting!r} ist keine Lade. Möglich: printer, printer:5, serial:/dev/ttyUSB0, off."
        )
    return drawer.OnPrinter(till.printer, pin) if till.printer is not None else None


def _by_hand(till: Till) -> None:
    try:
        cash.drawer_seen_open(till, SYSTEM)
    except RegisterError:
        log.exception("an opening of the drawer could not be written down")


def load_level(path: Path) -> bool | None:
    """Return the level learned to mean open, None while nothing was learned."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))["open_level"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return kept if isinstance(kept, bool) else None


def save_level(path: Path, open_level: bool | None) -> None:
    """Keep the level that means open, whole or not at all."""
    draft = path.with_suffix(f".{os.getpid()}")
    with draft.open("w", encoding="utf-8") as file:
        json.dump({"open_level": open_level}, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def option(parts: SplitResult, name: str, default: str) -> str:
    """Return an option behind the "?" of a setting."""
    return parse_qs(parts.query).get(name, [default])[0]


def port_of(name: str, parts: SplitResult, default: int) -> int:
    """Return the port in a setting called `name`. Raises DeviceSettingError."""
    try:
        return parts.port or default
    except ValueError as error:
        raise DeviceSettingError(f"{name}: der Port in {parts.netloc!r} ist keiner.") from error
