"""The line display of this register, as `SMARTECR_LINE_DISPLAY` names it: two lines for the guest.

`off` (default), `virtual` (the twin on a port of this machine), `printer` (plugged into the receipt printer),
`serial:/dev/ttyUSB0`, `tcp://192.168.1.70:9100` or `node:/dev/…`, each with `?language=escpos|cd5220|dsp800|logic`,
`&codec=cp437` and, on a serial line, `&baud=9600`.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from smartecr.core.records import dataclass
from smartecr.printer import links
from smartecr.printer.linedisplay import lines
from smartecr.printer.linedisplay.display import BehindPrinter, LineDisplay, OwnLine, Wire
from smartecr.printer.linedisplay.languages import LANGUAGES
from smartecr.printer.linedisplay.lines import Picture
from smartecr.printer.linedisplay.virtual import VirtualLineDisplay
from smartecr.printer.twinport import TwinPort
from smartecr.register.till import Till
from smartecr.server.equipment.paper_devices import option, port_of
from smartecr.server.equipment.settingerror import DeviceSettingError
from smartecr.terminal.api import Kind
from smartecr.web.display.screen import Screen, Step
from smartecr.web.display.views import present
from smartecr.web.till.screen import shop_of

NAME = "SMARTECR_LINE_DISPLAY"
SHOWN = frozenset({"basket", "receipt", "payment", "status"})
_HINTS: Mapping[Step, str] = {
    "present": "Bitte Karte",
    "secure": "Bitte am Terminal",
    "wait": "Einen Moment",
    "show": "Bitte Code zeigen",
    "phone": "Am Handy bestätigen",
    "transfer": "Bitte Code scannen",
    "rest": "Noch offen",
}


@dataclass(slots=True)
class Line:
    """What is open: the display and its twin where the setting names it."""

    display: LineDisplay
    twin: TwinPort[VirtualLineDisplay] | None = None

    def close(self) -> None:
        """Let go of both."""
        self.display.close()
        if self.twin is not None:
            self.twin.close()


def open_line(setting: str, till: Till) -> Line | None:
    """Open the display of a setting and keep it showing what the register does. Raises DeviceSettingError."""
    parts = urlsplit(setting)
    if parts.path == "off":
        return None
    language = LANGUAGES.get(option(parts, "language", "escpos"))
    if language is None:
        raise DeviceSettingError(f"{NAME}: diese Sprache gibt es nicht, nur {', '.join(LANGUAGES)}.")
    codec = _codec(parts)
    twin = TwinPort(VirtualLineDisplay(language)) if parts.path == "virtual" else None
    wire = OwnLine(links.tcp("127.0.0.1", twin.port)) if twin is not None else _wire(parts, setting, till)

    def look() -> tuple[Picture, float]:
        screen = present(till)
        return picture(screen, shop_of(till).name), screen.next_seconds

    display = LineDisplay(wire, language, look, lambda: till.publish("status"), codec=codec)
    _wake_with(till, display)
    till.line_display = display
    return Line(display, twin)


def _wake_with(till: Till, display: LineDisplay) -> None:
    """Wake the display with whatever a guest could see changing."""
    publish = till.publish

    def published(topic: str) -> None:
        publish(topic)
        if topic in SHOWN:
            display.wake()

    till.publish = published


def _codec(parts: SplitResult) -> str:
    name = option(parts, "codec", "")
    try:
        return codecs.lookup(name).name if name else ""
    except LookupError as error:
        raise DeviceSettingError(f"{NAME}: den Zeichensatz {name!r} gibt es nicht.") from error


def _wire(parts: SplitResult, setting: str, till: Till) -> Wire:
    if (parts.scheme, parts.path) == ("", "printer") and till.printer is not None:
        return BehindPrinter(till.printer)
    if parts.scheme == "tcp" and parts.hostname:
        return OwnLine(links.tcp(parts.hostname, port_of(NAME, parts, 9100)))
    if parts.scheme == "node" and parts.path:
        return OwnLine(links.node(Path(parts.path)))
    baud = option(parts, "baud", "9600")
    if parts.scheme == "serial" and parts.path and baud.isdecimal():
        return OwnLine(links.serial_line(parts.path, int(baud), handshake=False))
    raise DeviceSettingError(
        f"{NAME}: {setting!r} ist keine Zeilenanzeige. Möglich: virtual, off, printer, serial:/dev/ttyUSB0, "
        "tcp://adresse:port, jeweils mit ?language=…"
    )


def picture(screen: Screen, shop: str) -> Picture:
    """Return the two lines for what guests see on the large display."""
    if screen.card is not None:
        word = "VORMERKUNG" if screen.card.kind in (Kind.RESERVATION, Kind.RELEASE) else "BETRAG"
        return lines.card(screen.card.cents, _HINTS[screen.card.step], word)
    if screen.rows and screen.priced is not None:
        row = next((one for one in screen.rows if one.newest), screen.rows[-1])
        return lines.item(row.text, row.quantity, row.cents, screen.priced.total_cents, row.unit)
    if screen.paid is None:
        return lines.idle(shop)
    if screen.paid.change_cents:
        return lines.change(screen.paid.given_cents, screen.paid.change_cents)
    return lines.thanks(screen.paid.total_cents)
