"""`smartecr virtual terminal`: a device of software alone, without the register, until Ctrl+C."""

from __future__ import annotations

import random
import signal
import threading
import time
from pathlib import Path

from smartecr.server import fonts
from smartecr.server.console import complain, say
from smartecr.terminal.zvt.virtual import StoreError, VirtualTerminal
from smartecr.terminal.zvt.virtual.pageserver import PageServer


def terminal(port: int, page_port: int, state: Path | None, *, serial: bool) -> int:
    """Run the virtual card terminal; return 0 when it was ended, 2 when it could not start."""
    try:
        device = VirtualTerminal(time.time, random.SystemRandom(), state)
    except StoreError as error:
        complain(f"{error.message} Es läuft nichts.")
        return 2
    page = PageServer(device, fonts.inter())
    with device:
        try:
            host, bound = device.listen(port)
            address = page.listen(page_port)
        except OSError:
            complain("Der Port ist vergeben oder nicht erlaubt. Einen anderen --port oder --page-port wählen.")
            return 2
        try:
            say(f"Kartenterminal für die Kasse: {host}:{bound} (ZVT, Passwort {device.setup.identity.password})")
            if serial:
                say(f"Serielle Leitung:            {device.open_serial()}")
            say(f"Seite des Geräts:            {address}")
            say("Übungsgerät, es bewegt kein Geld. Beenden mit Strg+C.")
            _wait_for_the_end()
        finally:
            page.close()
    return 0


def _wait_for_the_end() -> None:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()
