"""The scanners as the settings name them: a real camera process, a serial line, looking away while a PIN is typed."""

from __future__ import annotations

import itertools
import os
import pty
import time
from collections.abc import Callable
from typing import cast

import pytest

from smartecr.register.sale.arrivals import Arrivals
from smartecr.register.till import Till
from smartecr.scanner.code import Kind
from smartecr.server.equipment import scan_devices
from smartecr.server.equipment.scan_devices import Scanners, ScannerSettingError, grammar
from smartecr.terminal.events import EventKind, PaymentEvent
from support.pictures import ean_picture

EAN = "4006381333931"


class Desk:
    """As much of a till as scanners need."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.arrivals: Arrivals | None = None

    def new_id(self) -> str:
        return "0" * 32

    def publish(self, topic: str) -> None:
        self.told.append(topic)


def opened(camera: str, imager: str = "off") -> tuple[Scanners, Arrivals, Desk]:
    desk = Desk()
    scanners = Scanners(camera, imager, cast("Till", desk))
    assert desk.arrivals is not None
    return scanners, desk.arrivals, desk


def wait_for(true: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def event(kind: EventKind) -> PaymentEvent:
    return PaymentEvent(kind=kind, at=0.0, payment_id="p")


@pytest.mark.parametrize(
    ("camera", "imager"),
    [("webcam", "off"), ("v4l2", "off"), ("v4l2:video0", "off"), ("off", "usb"), ("off", "serial:"),
     ("off", "serial:/dev/x?baud=fast")],
)  # fmt: skip
def test_a_setting_that_names_nothing_says_what_may_stand_there(camera: str, imager: str) -> None:
    with pytest.raises(ScannerSettingError, match=r"SMARTECR_(CAMERA|SCANNER).*Möglich"):
        opened(camera, imager)


def test_frames_become_codes_and_nothing_is_seen_while_a_pin_is_typed() -> None:
    scanners, arrivals, desk = opened("browser")
    eye = scanners.eye
    try:
        assert eye is not None
        assert arrivals.look is not None
        pictures = itertools.cycle([ean_picture(EAN), ean_picture(EAN, 40)])  # a hand is never still
        scanners.heard(event(EventKind.CUSTOMER_INPUT))
        scanners.heard(event(EventKind.ABORT_REQUESTED))  # still at the PIN
        assert eye.paused
        assert arrivals.look(next(pictures)) is False
        scanners.heard(event(EventKind.AUTHORISING))
        assert not eye.paused
        codes: list[str] = []

        def looked() -> bool:
            assert arrivals.look is not None
            arrivals.look(next(pictures))
            time.sleep(0.03)
            codes.extend(one.text for one in arrivals.take())
            return bool(codes)

        wait_for(looked)
        assert codes == ["]E0" + EAN]
        assert "scan" in desk.told
    finally:
        scanners.close()


def test_a_camera_that_is_not_there_is_told_in_words() -> None:
    scanners, arrivals, _desk = opened("v4l2:/dev/no-such-video")
    try:
        wait_for(lambda: "nicht erreichbar" in arrivals.trouble)
    finally:
        scanners.close()


def test_a_serial_scanner_types_into_the_till() -> None:
    leader, follower = pty.openpty()
    scanners, arrivals, _desk = opened("off", f"serial:{os.ttyname(follower)}")
    try:
        codes: list[str] = []

        def heard() -> bool:
            os.write(leader, f"]E0{EAN}\r".encode())
            time.sleep(0.2)
            codes.extend(one.text for one in arrivals.take())
            return bool(codes)

        wait_for(heard)
        assert set(codes) == {"]E0" + EAN}
        scanners.heard(event(EventKind.PIN_WRONG))
        os.write(leader, f"{EAN}\r".encode())
        time.sleep(0.3)
        assert arrivals.take() == []
    finally:
        scanners.close()
        os.close(leader)
        os.close(follower)


def test_no_camera_process_before_the_first_frame() -> None:
    scanners, _arrivals, _desk = opened("virtual")
    try:
        assert scanners.eye is not None
        assert scanners.eye.state == ""
    finally:
        scanners.close()


def test_label_patterns_of_the_shop() -> None:
    own = grammar("24IIIIIPPPPPC 25IIIIIWWWWWC")
    assert {layout.prefix: layout.kind for layout in own.layouts if layout.prefix[:1] == "2"} == {
        "24": Kind.PRICE_LABEL, "25": Kind.WEIGHT_LABEL,
    }  # fmt: skip
    assert {"414", "419", "980"} <= {layout.prefix for layout in own.layouts}
    assert grammar(" ") is scan_devices.GRAMMAR
    for wrong in ("24IIIIIIIIIIC", "PPP", "24IIIIIPPPPPP"):
        with pytest.raises(ScannerSettingError, match="SMARTECR_LABELS"):
            grammar(wrong)
