"""`smartecr printers`: what is plugged in, what listens at named addresses, and a test page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from smartecr.printer import discovery, escpos, selftest, status
from smartecr.printer.discovery import AddressError, Found
from smartecr.printer.posprinter import InDoubtError, NotReadyError, PosPrinter
from smartecr.printer.profile import PROFILES
from smartecr.server.cmdline.console import complain, say


def show(addresses: Sequence[str]) -> int:
    """List nodes, ports and what answers at `addresses`; 1 when a named address has no printer, 2 for no address."""
    found = discovery.plugged_in()
    for one in found:
        _line(one)
    if not found:
        say("Kein USB-Drucker und keine serielle Schnittstelle angesteckt.")
    silent = 0
    try:
        for address, there in discovery.asked(addresses):
            if there is None:
                silent += 1
                say(f"{address:<32}  antwortet nicht wie ein Drucker")
            else:
                _line(there)
    except AddressError as error:
        complain(str(error))
        return 2
    say()
    say(f"Profile: {', '.join(PROFILES)}. Testseite: smartecr printers --test WEG?profile=…")
    return 1 if silent else 0


def _line(one: Found) -> None:
    say(f"{one.setting:<44}  {one.name}{f', {one.state}' if one.state else ''}")


def test(setting: str, now: datetime) -> int:
    """Print the test page on the printer of a setting; 1 when it cannot, 2 when the setting names none."""
    from smartecr.server import boot

    boot.setup()
    from smartecr.server.equipment.paper_devices import way
    from smartecr.server.equipment.settingerror import DeviceSettingError

    try:
        connect, profile = way(setting)
    except DeviceSettingError as error:
        complain(str(error).replace("SMARTECR_PRINTER: ", ""))
        return 2
    printer = PosPrinter(connect, profile)
    try:
        printer.put(escpos.render(selftest.document(setting.split("?")[0], profile, now), profile, 1), 1, _tell)
    except (NotReadyError, InDoubtError) as error:
        complain(f"{status.word(error.problem)}. {status.next_step(error.problem)}")
        return 1
    finally:
        printer.close()
    say("Die Testseite ist gedruckt.")
    return 0


def _tell(problem: status.Problem | None) -> bool:
    if problem is not None:
        complain(f"{status.word(problem)}. {status.next_step(problem)}")
    return True
