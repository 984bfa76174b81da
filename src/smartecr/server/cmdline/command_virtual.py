"""`smartecr virtual terminal|linedisplay|scale|tse`: a device of software alone, without the register, until Ctrl+C."""

from __future__ import annotations

import random
import signal
import sys
import threading
import time
from pathlib import Path

from smartecr.core import oswords
from smartecr.printer.linedisplay.languages import COLUMNS, LANGUAGES
from smartecr.printer.linedisplay.virtual import VirtualLineDisplay
from smartecr.printer.twinport import TwinPort
from smartecr.scanner.scale.virtual import ScaleServer, VirtualScale
from smartecr.server import fonts
from smartecr.server.cmdline.console import complain, say
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


def linedisplay(port: int, language: str) -> int:
    """Run a virtual line display and write what it shows; return 0 when it was ended, 2 when it could not start."""
    display = VirtualLineDisplay(LANGUAGES[language], lambda: _glass(display))
    try:
        server = TwinPort(display, port)
    except OSError:
        complain("Der Port ist vergeben oder nicht erlaubt. Einen anderen --port wählen.")
        return 2
    say(f"Zeilenanzeige: SMARTECR_LINE_DISPLAY='tcp://127.0.0.1:{server.port}?language={language}'")
    _wait_for_the_end()
    server.close()
    return 0


def _glass(display: VirtualLineDisplay) -> None:
    upper, lower = display.lines
    say(f"┌{'─' * COLUMNS}┐\n│{upper:<{COLUMNS}}│\n│{lower:<{COLUMNS}}│\n└{'─' * COLUMNS}┘")


def scale(port: int) -> int:
    """Run a virtual scale whose plate is loaded by typing grams; return 0 when it was ended, 2 when it could not."""
    plate = VirtualScale()
    try:
        server = ScaleServer(plate, port)
    except OSError:
        complain("Der Port ist vergeben oder nicht erlaubt. Einen anderen --port wählen.")
        return 2
    say(f"Waage: SMARTECR_SCALE=tcp://127.0.0.1:{server.port}")
    say("Gramm eintippen legt so viel auf (0: leer). Übungsgerät, nicht geeicht. Beenden mit Strg+C.")
    threading.Thread(target=_load, args=(plate,), daemon=True).start()
    _wait_for_the_end()
    server.close()
    return 0


def _load(plate: VirtualScale) -> None:
    for line in sys.stdin:
        grams = line.strip().removesuffix("g").strip()
        if grams.lstrip("-").isdecimal():
            plate.load(int(grams))
            say(f"Auf der Waage: {int(grams)} g")
        elif grams:
            say("Bitte ganze Gramm, zum Beispiel 275.")


def tse(folder: Path) -> int:
    """Keep a virtual TSE card plugged in; return 0 when it was pulled (by ending this), 2 when it could not be."""
    from smartecr.tse.drivers.cryptovision.twin import plug
    from smartecr.tse.errors import TseError

    slot = folder.resolve() / "slot"
    try:
        slot.mkdir(parents=True, exist_ok=True)
        card = plug(slot, folder.resolve() / "card", time.time)
    except TseError as error:
        complain(f"Die Karte lässt sich nicht einstecken: {error.reason}. {error.next_step}")
        return 2
    except OSError as error:
        complain(f"Der Ordner {folder} ist nicht zu benutzen ({oswords.reason(error)}).")
        return 2
    say(f"TSE: SMARTECR_TSE=cryptovision:{slot}")
    say("Übungskarte, nicht zertifiziert. Ziehen mit Strg+C; noch einmal starten steckt dieselbe Karte ein.")
    _wait_for_the_end()
    card.pull()
    return 0


def _wait_for_the_end() -> None:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()
