"""The scanners of this register, as the settings name them.

`SMARTECR_CAMERA` is `virtual` (pictures are held before it on the device page), `off`, `browser` (the camera of the
browser the till runs in), `v4l2:/dev/video0` or, for trials, `folder:/path` (pictures of a folder in turn, or one video
as motion JPEG). `SMARTECR_SCANNER` is `off` or `serial:/dev/ttyACM0`, with
`?baud=9600`. Scanners that type like a keyboard need no setting.

`SMARTECR_LABELS` are patterns of the shop's scale in place of the common ones, parted by blanks: `28IIIIKPPPPPC`
(`smartecr.scanner.layout`); what they carry follows from P (price), W (weight) or Q (pieces).
"""

from __future__ import annotations

import threading
import time
from urllib.parse import parse_qs, urlsplit

from smartecr.register.sale.arrivals import Arrivals
from smartecr.register.till import Till
from smartecr.scanner.camera import Camera, CameraState
from smartecr.scanner.code import Kind
from smartecr.scanner.grammar import GRAMMAR, LAYOUTS, Grammar
from smartecr.scanner.imager import SerialImager, open_port
from smartecr.scanner.layout import Layout
from smartecr.scanner.pipeline import Scan
from smartecr.terminal.events import SECURE, EventKind, PaymentEvent

PIN = "pin"
_ASIDE = frozenset({EventKind.WARNING, EventKind.ABORT_REQUESTED, EventKind.RECEIPT_READY})
_TROUBLES = {
    "no_device": "Die Kamera ist nicht erreichbar. Nummern lassen sich eintippen; Stecker prüfen.",
    "crashed": "Die Kamera startet gerade neu.",
}
_NO_IMAGER = "Der Scanner ist nicht erreichbar. Nummern lassen sich eintippen; Stecker prüfen."
_KINDS = {"P": Kind.PRICE_LABEL, "W": Kind.WEIGHT_LABEL, "Q": Kind.PIECE_LABEL}


class ScannerSettingError(ValueError):
    """A setting names no scanner or no pattern; the message is German and says what may stand there."""


class Eye:
    """The camera of the till. Its process starts with the first frame, one that brings its own frames at once."""

    def __init__(self, source: str, arrivals: Arrivals) -> None:
        self.browser = source == "browser"
        self.virtual = source == "virtual"
        self.scans = 0
        self.state = ""
        self._arrivals = arrivals
        self._started = False
        self._lock = threading.Lock()
        posted = self.browser or self.virtual
        self._camera = Camera("posted" if posted else source, self._scanned, self._changed)
        if not posted:
            self._start()

    def post(self, picture: bytes) -> bool:
        """Take a frame (JPEG or PNG); False while nothing may be seen. The newest frame wins."""
        self._start()
        return self._camera.post(picture)

    def post_grey(self, data: bytes, width: int, height: int) -> bool:
        """Take a frame of plain brightness."""
        self._start()
        return self._camera.post_grey(data, width, height)

    def show(self, seconds: float) -> bytes | None:
        """Return the next frame as a JPEG, None when none comes within the time or nothing may be seen."""
        self._start()
        return self._camera.show(seconds)

    @property
    def paused(self) -> bool:
        """Whether nothing may be seen: somebody types a PIN."""
        return self._camera.paused

    def pause(self, reason: str) -> None:
        """See nothing until `reason` is resumed."""
        self._camera.pause(reason)

    def resume(self, reason: str) -> None:
        """Take `reason` back."""
        self._camera.resume(reason)

    def close(self) -> None:
        """End the process."""
        self._camera.close()

    def _start(self) -> None:
        with self._lock:
            if not self._started:
                self._started = True
                self._camera.start()

    def _scanned(self, scan: Scan) -> None:
        self.scans += 1
        self._arrivals.put(scan.symbol.aim + scan.symbol.text)

    def _changed(self, state: CameraState) -> None:
        self.state = state.name
        self._arrivals.tell("camera", _TROUBLES.get(state.name, ""))


class Scanners:
    """All scanners of one till."""

    def __init__(self, camera: str, imager: str, till: Till) -> None:
        """Open what the settings name. Raises ScannerSettingError."""
        arrivals = till.arrivals = Arrivals(till.new_id, time.monotonic, till.publish)
        opened = _imager(imager, arrivals)
        self.eye = _eye(camera, arrivals)
        self.imager = opened
        self._publish = till.publish
        if self.eye is not None:
            arrivals.show = self.eye.show
            if self.eye.browser:
                arrivals.look = self.eye.post
        if opened is not None:
            opened.start()

    def heard(self, event: PaymentEvent) -> None:
        """Look away while the guest types a PIN, and back again with what comes after it."""
        if event.kind in _ASIDE:
            return
        for scanner in (self.eye, self.imager):
            if scanner is not None:
                (scanner.pause if event.kind in SECURE else scanner.resume)(PIN)
        self._publish("device")

    def close(self) -> None:
        """Let go of all of them."""
        for scanner in (self.eye, self.imager):
            if scanner is not None:
                scanner.close()


def _eye(setting: str, arrivals: Arrivals) -> Eye | None:
    if setting == "off":
        return None
    kind, _, place = setting.partition(":")
    if setting in ("virtual", "browser") or (kind in ("v4l2", "folder") and place.startswith("/")):
        return Eye(setting, arrivals)
    raise ScannerSettingError(
        f"SMARTECR_CAMERA: {setting!r} ist keine Kamera. Möglich: virtual, off, browser, v4l2:/dev/video0, folder:/pfad"
    )


def _imager(setting: str, arrivals: Arrivals) -> SerialImager | None:
    if setting == "off":
        return None
    parts = urlsplit(setting)
    baud = parse_qs(parts.query).get("baud", ["9600"])[0]
    if parts.scheme != "serial" or not parts.path.startswith("/") or not baud.isdecimal():
        raise ScannerSettingError(
            f"SMARTECR_SCANNER: {setting!r} ist kein Scanner. Möglich: off, serial:/dev/ttyACM0, auch mit ?baud=9600"
        )

    def told(there: bool) -> None:
        arrivals.tell("scanner", "" if there else _NO_IMAGER)

    return SerialImager(lambda: open_port(parts.path, int(baud)), arrivals.put, told)


def grammar(labels: str) -> Grammar:
    """Return the grammar with the shop's own label patterns instead of those of scales. Raises ScannerSettingError."""
    if not labels.strip():
        return GRAMMAR
    own = []
    for pattern in labels.split():
        kind = next((kind for sign, kind in _KINDS.items() if sign in pattern), None)
        try:
            if kind is None:
                raise ValueError(f"„{pattern}“ trägt weder Preis (P) noch Gewicht (W) noch Stück (Q).")
            own.append(Layout(pattern, kind))
        except ValueError as error:
            raise ScannerSettingError(f"SMARTECR_LABELS: {error}") from error
    others = [layout for layout in LAYOUTS if layout.kind not in _KINDS.values()]
    return Grammar(layouts=(*own, *others))
