"""The devices of this register, as the settings name them, opened while it serves.

Printers and drawer: see `paper_devices`; the line display: `line_devices`; the scale: `scale_device`; the card
terminal: `terminals`; customers' codes: `codes`.
"""

from __future__ import annotations

import random
from pathlib import Path

from smartecr.core.records import dataclass
from smartecr.printer.spool import Spool
from smartecr.printer.twinport import TwinPort
from smartecr.printer.virtual import VirtualPrinter
from smartecr.register.cashless import cards
from smartecr.register.cashless.carddesk import Cards
from smartecr.register.paper import printing
from smartecr.register.sale import paying, refunding
from smartecr.register.till import Till
from smartecr.server import fonts
from smartecr.server.equipment import codes as code_devices
from smartecr.server.equipment import terminals
from smartecr.server.equipment.line_devices import Line, open_line
from smartecr.server.equipment.paper_devices import Paper, open_paper
from smartecr.server.equipment.scale_device import Weigher, open_scale
from smartecr.server.equipment.scan_devices import Scanners
from smartecr.server.equipment.settingerror import DeviceSettingError as DeviceSettingError
from smartecr.terminal.qr.virtual import WalletServer
from smartecr.terminal.zvt.driver import ZvtTerminal
from smartecr.terminal.zvt.link_tcp import TcpLink
from smartecr.terminal.zvt.profile import TerminalProfile
from smartecr.terminal.zvt.virtual import VirtualTerminal
from smartecr.terminal.zvt.virtual.pageserver import PageServer

TERMINAL_ID = "t1"


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
    def paper(self) -> TwinPort[VirtualPrinter] | None:
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
    terminal = _twin(devices, folder, till) if setting == "virtual" else terminals.open_terminal(setting, folder)
    devices.cards = cards.attach(till, TERMINAL_ID, terminal, paying.after_cards, refunding.after_cards)


def _twin(devices: Devices, folder: Path, till: Till) -> ZvtTerminal:
    clock = till.clock
    twin = VirtualTerminal(lambda: clock().timestamp(), random.SystemRandom(), folder / "terminal.json")
    devices.terminal = twin.__enter__()
    devices.page = PageServer(twin, fonts.inter())
    devices.terminal_page = devices.page.listen()
    profile = TerminalProfile(password=twin.setup.identity.password, columns=48)
    return ZvtTerminal(TcpLink(*twin.listen()), profile)


def _open_codes(devices: Devices, setting: str, folder: Path, till: Till) -> None:
    driver, devices.wallet = code_devices.open_codes(setting, folder, till)
    if driver is not None:
        devices.codes = cards.attach(till, code_devices.TERMINAL_ID, driver, paying.after_cards, refunding.after_cards)
