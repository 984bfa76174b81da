"""The devices of this register, as the settings name them, opened while it serves.

`SMARTECR_PRINTER` is `virtual` (the twin on a port of this machine), `off`, or the way to a real one:
`tcp://192.168.1.50`, `tcp://192.168.1.50:9100`, `node:/dev/usb/lp0`, `serial:/dev/ttyUSB0`, each with
`?profile=epson-80` (`smartecr.printer.profile`).

`SMARTECR_TERMINAL` is `virtual`, `off`, `tcp://192.168.1.60:20007` or `serial:/dev/ttyUSB1`, the latter two with
`?password=123456` (that of the terminal, six digits) and `&tip=none|before|terminal|after`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast
from urllib.parse import SplitResult, parse_qs, urlsplit

from smartecr.printer import links
from smartecr.printer.posprinter import PosPrinter
from smartecr.printer.profile import PROFILES, Profile
from smartecr.printer.spool import Spool
from smartecr.printer.virtual import PrinterServer, VirtualPrinter
from smartecr.register import cards, paying, printing, refunding
from smartecr.register.till import Till
from smartecr.server import fonts
from smartecr.server.scan_devices import Scanners
from smartecr.terminal.zvt.driver import ZvtTerminal
from smartecr.terminal.zvt.link import Link
from smartecr.terminal.zvt.link_serial import SerialLink
from smartecr.terminal.zvt.link_tcp import DEFAULT_PORT, TcpLink
from smartecr.terminal.zvt.profile import TerminalProfile
from smartecr.terminal.zvt.virtual import VirtualTerminal
from smartecr.terminal.zvt.virtual.pageserver import PageServer

DEFAULT_PROFILE = "generic-80"
TERMINAL_ID = "t1"
_Tip = Literal["none", "before", "terminal", "after"]
_TIPS = ("none", "before", "terminal", "after")


class DeviceSettingError(ValueError):
    """A setting names no device; the message is German and says what may stand there."""


@dataclass(slots=True)
class Devices:
    """What is open: the print queue and the card terminal, and their twins where the settings name them.

    `terminal_page` is the address of the virtual terminal's own page.
    """

    spool: Spool | None = None
    paper: PrinterServer | None = None
    cards: cards.Cards | None = None
    terminal: VirtualTerminal | None = None
    page: PageServer | None = None
    terminal_page: str = ""
    scanners: Scanners | None = None

    def close(self) -> None:
        """Let go of all of them."""
        if self.scanners is not None:
            self.scanners.close()
        if self.spool is not None:
            self.spool.close()
        if self.paper is not None:
            self.paper.close()
        if self.cards is not None:
            self.cards.service.close()
        if self.page is not None:
            self.page.close()
        if self.terminal is not None:
            self.terminal.close()


def open_devices(printer: str, terminal: str, folder: Path, till: Till) -> Devices:
    """Open the devices named by the settings and put them at the till. Raises DeviceSettingError."""
    devices = Devices()
    try:
        _open_printer(devices, printer, folder, till)
        _open_terminal(devices, terminal, folder, till)
    except BaseException:
        devices.close()
        raise
    return devices


def _open_printer(devices: Devices, setting: str, folder: Path, till: Till) -> None:
    def changed() -> None:
        till.publish("status")

    if setting == "off":
        return
    if setting == "virtual":
        profile = PROFILES["virtual-80"]
        devices.paper = PrinterServer(VirtualPrinter(profile))
        connect = links.tcp("127.0.0.1", devices.paper.port)
    else:
        connect, profile = _printer(setting)
    devices.spool = till.printer = Spool(folder / "print", PosPrinter(connect, profile), printing.render, changed)


def _printer(setting: str) -> tuple[links.Connect, Profile]:
    parts = urlsplit(setting)
    key = _option(parts, "profile", DEFAULT_PROFILE)
    if key not in PROFILES:
        raise DeviceSettingError(f"SMARTECR_PRINTER: Profil {key!r} gibt es nicht, nur {', '.join(PROFILES)}.")
    if parts.scheme == "tcp" and parts.hostname:
        return links.tcp(parts.hostname, _port("SMARTECR_PRINTER", parts, 9100)), PROFILES[key]
    if parts.scheme == "node" and parts.path:
        return links.node(Path(parts.path)), PROFILES[key]
    if parts.scheme == "serial" and parts.path:
        return links.serial_line(parts.path), PROFILES[key]
    raise DeviceSettingError(
        f"SMARTECR_PRINTER: {setting!r} ist kein Drucker. Möglich: virtual, off, tcp://adresse, node:/dev/usb/lp0, "
        "serial:/dev/ttyUSB0, jeweils mit ?profile=…"
    )


def _open_terminal(devices: Devices, setting: str, folder: Path, till: Till) -> None:
    if setting == "off":
        return
    if setting == "virtual":
        clock = till.clock
        twin = VirtualTerminal(lambda: clock().timestamp(), random.SystemRandom(), folder / "terminal.json")
        devices.terminal = twin.__enter__()
        devices.page = PageServer(twin, fonts.inter())
        devices.terminal_page = devices.page.listen()
        link: Link = TcpLink(*twin.listen())
        profile = TerminalProfile(password=twin.setup.identity.password, columns=48)
    else:
        link, profile = _terminal(setting)
    terminal = ZvtTerminal(link, profile)
    devices.cards = cards.attach(till, TERMINAL_ID, terminal, paying.after_cards, refunding.after_cards)


def _terminal(setting: str) -> tuple[Link, TerminalProfile]:
    parts = urlsplit(setting)
    password, tip = _option(parts, "password", "000000"), _option(parts, "tip", "none")
    if len(password) != 6 or not password.isdecimal():
        raise DeviceSettingError("SMARTECR_TERMINAL: das Passwort des Terminals hat sechs Ziffern (?password=123456).")
    if tip not in _TIPS:
        raise DeviceSettingError(f"SMARTECR_TERMINAL: tip ist {', '.join(_TIPS)}.")
    profile = TerminalProfile(password=password, tip=cast("_Tip", tip), columns=48)
    if parts.scheme == "tcp" and parts.hostname:
        return TcpLink(parts.hostname, _port("SMARTECR_TERMINAL", parts, DEFAULT_PORT)), profile
    if parts.scheme == "serial" and parts.path:
        return SerialLink(parts.path), profile
    shown = parts._replace(query="").geturl()
    raise DeviceSettingError(
        f"SMARTECR_TERMINAL: {shown!r} ist kein Kartenterminal. Möglich: virtual, off, tcp://adresse:20007, "
        "serial:/dev/ttyUSB1, jeweils mit ?password=…"
    )


def _option(parts: SplitResult, name: str, default: str) -> str:
    return parse_qs(parts.query).get(name, [default])[0]


def _port(name: str, parts: SplitResult, default: int) -> int:
    try:
        return parts.port or default
    except ValueError as error:
        raise DeviceSettingError(f"{name}: der Port in {parts.netloc!r} ist keiner.") from error
