"""The camera of the browser as scanner: Chromium plays a video as its camera, the till sells what it shows."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from smartecr.server.demoshop import demo_shop
from support.browsers import FLAGS, PATIENCE, program
from support.counter import Counter
from support.pictures import ean_picture
from support.servers import StartServer, start_server

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["start_server"]
pytestmark = pytest.mark.browser

BOTTLE = next(item for shelf in demo_shop.shelves() for item in shelf.items if item.number == "601")


def video(path: Path, code: str) -> Path:
    """Write a motion JPEG: an empty counter, then a code in a hand that is never still, in a loop."""
    empty = io.BytesIO()
    Image.new("L", (1280, 720), 150).save(empty, "JPEG", quality=85)
    held = [ean_picture(code, shift) for shift in (0, 4)]
    path.write_bytes(empty.getvalue() * 45 + b"".join(held) * 15)
    return path


def test_what_the_browsers_camera_shows_is_sold(browser: Browser, start_server: StartServer, tmp_path: Path) -> None:
    """One bottle a time it comes into view; it goes on after the camera was put away and taken out again."""
    server = start_server("--demo", "--days", "0", SMARTECR_CAMERA="browser")
    play = f"--use-file-for-fake-video-capture={video(tmp_path / 'camera.mjpeg', BOTTLE.code)}"
    flags = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", play]
    with_camera = browser.browser_type.launch(executable_path=program(), args=[*FLAGS, *flags])
    try:
        page = with_camera.new_page(locale="de-DE", viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
        page.set_default_timeout(PATIENCE)
        trouble: list[str] = []
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda line: trouble.append(line.text) if "Content Security" in line.text else None)
        counter = Counter(page, server).log_in()
        eye = page.frame_locator("#peek iframe")
        page.locator("[data-act=camera]").click()
        expect(eye.locator("#says")).to_have_text("Code vor die Kamera halten")
        expect(counter.lines).to_have_count(1)
        expect(counter.lines.first).to_contain_text(BOTTLE.name.replace("\u00ad", ""))
        expect(counter.lines.first).to_contain_text(re.compile(r"\b([3-9]|\d\d+) ×"))  # the third time round, or more
        page.locator("[data-act=camera]").click()
        expect(page.locator("#peek")).to_be_hidden()
        sold = counter.ticket()[0]
        page.locator("[data-act=camera]").click()
        expect(counter.lines.first).not_to_have_text(sold, use_inner_text=True)
        expect(counter.lines).to_have_count(1)
        assert trouble == []
    finally:
        with_camera.close()
