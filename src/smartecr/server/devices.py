"""The devices of this register, as the settings name them, opened while it serves.

Printers and drawer: see `paper_devices`, the line display: `line_devices`, the scale:
`scale_device`.

`SMARTECR_TERMINAL` is `virtual`, `off`, `tcp://192.168.1.60:20007` or `serial:/dev/ttyUSB1`, the latter two with
`?password=123456` (that of the terminal, six digits) and `&tip=none|before|terminal|after`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

from smartecr.printer.spool import Spool
from smartecr.printer.virtual import PrinterServer
from smartecr.register import cards, paying, printing, refunding
from smartecr.register.carddesk import Cards
from smartecr.register.till import Till
from smartecr.server import codes as code_devices
from smartecr.server import fonts
from smartecr.server.line_devices import Line, open_line
from smartecr.server.paper_devices import Paper, open_paper, option, port_of
from smartecr.server.scale_device import Weigher, open_scale
from smartecr.server.scan_devices import Scanners
from smartecr.server.settingerror import DeviceSettingError as DeviceSettingError
from smartecr.terminal.qr.virtual import WalletServer
from smartecr.terminal.zvt.driver import ZvtTerminal
from smartecr.terminal.zvt.link import Link
from smartecr.terminal.zvt.link_serial import SerialLink
from smartecr.terminal.zvt.link_tcp import DEFAULT_PORT, TcpLink
from smartecr.terminal.zvt.profile import TerminalProfile
from smartecr.terminal.zvt.virtual import VirtualTerminal
from smartecr.terminal.zvt.virtual.pageserver import PageServer

TERMINAL_ID = "t1"
_Tip = Literal["none", "before", "terminal", "after"]
_TIPS = ("none", "before", "terminal", "after")


@dataclass(slots=True)
class Devices:
    """What is open: printers and drawer, the card terminal, the contracts for codes, and their twins.

    `terminal_page` is the address of the virtual terminal's own page.
    """

    printing: Paper | None = None
    cards: Cards | None = None
    codes: Cards | None = None
    wallet: WalletServer | None = None
    line: Line | None = None
    weigher: Weigher | None = None
    terminal: VirtualTerminal | None = None
    page: PageServer | None = None
    terminal_page: str = ""
    scanners: Scanners | None = None

    @property
    def spool(self) -> Spool | None:
        """Return the queue of the receipt printer."""
        return self.printing.spools.get(printing.RECEIPTS) if self.printing else None

    @property
    def paper(self) -> PrinterServer | None:
        """Return the twin that prints receipts."""
        return self.printing.twins.get(printing.RECEIPTS) if self.printing else None

    def close(self) -> None:
        """Let go of all of them."""
        if self.scanners is not None:
            self.scanners.close()
        if self.line is not None:
            self.line.close()
        if self.weigher is not None:
            self.weigher.close()
        if self.printing is not None:
            self.printing.close()
        for desk in (self.cards, self.codes):
            if desk is not None:
                desk.service.close()
        if self.wallet is not None:
            self.wallet.close()
        if self.page is not None:
            self.page.close()
        if self.terminal is not None:
            self.terminal.close()


def open_devices(
    printer: str,
    terminal: str,
    codes: str,
    folder: Path,
    till: Till,
    *,
    printers: str = "",
    drawer: str = "printer",
    line: str = "off",
    scale: str = "off",
) -> Devices:
    """Open the devices named by the settings and put them at the till. Raises DeviceSettingError."""
    devices = Devices()
    try:
        devices.printing = open_paper(printer, printers, drawer, folder, till)
        _open_terminal(devices, terminal, folder, till)
        _open_codes(devices, codes, folder, till)
        devices.line = open_line(line, till)
        devices.weigher = open_scale(scale, till)
    except BaseException:
        devices.close()
        raise
    return devices


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


def _open_codes(devices: Devices, setting: str, folder: Path, till: Till) -> None:
    driver, devices.wallet = code_devices.open_codes(setting, folder, till)
    if driver is not None:
        devices.codes = cards.attach(till, code_devices.TERMINAL_ID, driver, paying.after_cards, refunding.after_cards)


def _terminal(setting: str) -> tuple[Link, TerminalProfile]:
    parts = urlsplit(setting)
    password, tip = option(parts, "password", "000000"), option(parts, "tip", "none")
    if len(password) != 6 or not password.isdecimal():
        raise DeviceSettingError("SMARTECR_TERMINAL: das Passwort des Terminals hat sechs Ziffern (?password=123456).")
    if tip not in _TIPS:
        raise DeviceSettingError(f"SMARTECR_TERMINAL: tip ist {', '.join(_TIPS)}.")
    profile = TerminalProfile(password=password, tip=cast("_Tip", tip), columns=48)
    if parts.scheme == "tcp" and parts.hostname:
        return TcpLink(parts.hostname, port_of("SMARTECR_TERMINAL", parts, DEFAULT_PORT)), profile
    if parts.scheme == "serial" and parts.path:
        return SerialLink(parts.path), profile
    shown = parts._replace(query="").geturl()
    raise DeviceSettingError(
        f"SMARTECR_TERMINAL: {shown!r} ist kein Kartenterminal. Möglich: virtual, off, tcp://adresse:20007, "
        "serial:/dev/ttyUSB1, jeweils mit ?password=…"
    )
