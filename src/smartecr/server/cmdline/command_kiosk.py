"""`smartecr kiosk`: the till full screen, with the customer display on a second screen where there is one."""

from __future__ import annotations

import getpass
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from smartecr.core import oswords
from smartecr.server.cmdline.console import complain, say
from smartecr.server.kiosk import browser, screens, units
from smartecr.server.kiosk.screens import Screen, ScreenError
from smartecr.server.kiosk.watch import Kiosk, answers

PAGES = ("", "display/")


def run(folder: Path, address: str, wanted: Sequence[str], program: str) -> int:
    """Show till and customer display until somebody closes a window; 2 when no browser or screen fits."""
    path = browser.executable(program)
    if path is None and program:
        complain(
            f"{program} ist kein Programm auf diesem Gerät. Ohne --browser nimmt smartECR das Chromium, das da ist."
        )
        return 2
    if path is None:
        complain("Kein Chromium gefunden. Am Kassengerät: apt install chromium (oder --browser PFAD).")
        return 2
    try:
        places: list[Screen | None] = [screens.parse(text) for text in wanted] or [*screens.found()[:2]] or [None]
    except ScreenError as error:
        complain(str(error))
        return 2
    address = address.rstrip("/") + "/"
    kiosk = Kiosk(
        [
            browser.command(path, address + page, folder / "kiosk" / (page.strip("/") or "till"), place)
            for page, place in zip(PAGES, places, strict=False)
        ]
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: kiosk.stop())
    say(f"Kasse im Vollbild: {address} auf {len(places[:2])} Bildschirm(en). Beenden mit Alt+F4.")
    if not kiosk.wait_for(lambda: answers(address)):
        return 0
    return kiosk.run()


def write_units(target: Path, folder: Path, address: str) -> int:
    """Write the files for systemd, udev and Chromium; 2 when they cannot be written."""
    program = shutil.which("smartecr") or f"{sys.executable} -m smartecr.server.cli"
    port = int(address.rstrip("/").rpartition(":")[2]) if address.rstrip("/").rpartition(":")[2].isdigit() else 8765
    try:
        written = units.write(target, program=program, user=getpass.getuser(), data=folder, address=address, port=port)
    except OSError as error:
        complain(f"Der Ordner {target} ist nicht beschreibbar ({oswords.reason(error)}).")
        return 2
    for path in written:
        say(str(path))
    say("Ansehen, dann einrichten:")
    say(f"  sudo cp -r {target}/etc/. /etc/ && sudo systemctl daemon-reload && sudo udevadm control --reload")
    say("  sudo systemctl enable --now smartecr smartecr-kiosk")
    return 0
