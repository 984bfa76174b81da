"""From the first frame that holds a code to its line painted on the till, in Chromium: what a person waits for.

`folder` is a camera of the device itself, its frames being pictures of a folder that are replaced at a known instant;
the wait for the next frame (33 ms) is in it. `browser` is the camera of the browser: Chromium plays a video as its
camera, the page posts the frames; there it begins when the video in the page shows the frame with the code. Each code
is another article, shown after a pause in which the camera may have gone to rest.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from bench import books, scenes
from bench.browser import chromium, open_till, window
from bench.client import Cashier
from bench.measure import Goal, Row
from bench.processes import ours, prepare_shop

if TYPE_CHECKING:
    from playwright.sync_api import Page

ARTICLES = 1000
_FIRST = 101
_MARK = 40  # pixels of the white corner that tells the watching page that the code is there
_SHOWN, _GONE = 30, (36, 90)  # frames
_WAIT = """
() => {
  const words = () => document.getElementById("lines").textContent;
  const before = words();
  bench.line = bench.when(() => words() !== before).then((at) => at + bench.origin);
}
"""
_WATCH = """
(codes) => {
  let whole;
  bench.whole = new Promise((resolve) => { whole = resolve; });
  const inner = document.querySelector("#peek iframe").contentDocument;
  const video = inner.querySelector("video");
  const canvas = new OffscreenCanvas(1, 1);
  const paper = canvas.getContext("2d", { willReadFrequently: true });
  const words = () => document.getElementById("lines").textContent;
  const taken = [];
  let there = true;
  const look = () => {
    paper.drawImage(video, 4, 4, 8, 8, 0, 0, 1, 1);
    const now = paper.getImageData(0, 0, 1, 1).data[0] > 200;
    if (now && !there) {
      const seen = performance.now();
      const before = words();
      bench.when(() => words() !== before).then((at) => taken.push(at - seen) < codes || whole(taken));
    }
    there = now;
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
}
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--codes", type=int, help="codes shown to each camera; default 12, full 60")


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Return the rows."""
    codes = options.codes or (60 if options.full else 12)
    shop = folder / "shop"
    prepare_shop(shop, ARTICLES)
    rnd = random.Random(17)
    counter = scenes.background(rnd)
    rows = []
    for name, take in (("folder", _folder), ("browser", _browser)):
        taken = sorted(take(shop, folder, counter, rnd, codes))
        facts = {"codes": codes, "taken_ms": [round(one) for one in taken]}
        for place, share in (("p50", 0.5), ("p95", 0.95)):
            value = taken[min(len(taken) - 1, int(len(taken) * share))]
            what = f"milliseconds from the frame with the code to the painted line, {name} as camera, {place}"
            goal = Goal(0, 400, 205) if share > 0.5 else None
            rows.append(
                Row(name=f"eye {name} {place}", what=what, value=value, shown=f"{value:.0f}", goal=goal, facts=facts)
            )
    return rows


def _folder(shop: Path, folder: Path, counter: Image.Image, rnd: random.Random, codes: int) -> list[float]:
    camera = folder / "camera"
    camera.mkdir()
    _put(camera, scenes.jpeg(counter))
    taken = []
    with ours(shop, SMARTECR_CAMERA=f"folder:{camera}") as server, chromium() as browser:
        cookies = Cashier(server.port).cookies
        page = _ready(open_till(window(browser, server.port, cookies), server.port))
        for number in range(codes + 1):
            page.wait_for_timeout(rnd.uniform(_GONE[0], _GONE[1]) * 1000 / 30)
            page.evaluate(_WAIT)
            picture = scenes.jpeg(_held(counter, _FIRST + number))
            begun = time.time()
            _put(camera, picture)
            taken.append(page.evaluate("bench.line") - begun * 1000)
            _put(camera, scenes.jpeg(counter))
    return taken[1:]


def _browser(shop: Path, folder: Path, counter: Image.Image, rnd: random.Random, codes: int) -> list[float]:
    video = folder / "camera.mjpeg"
    empty = scenes.jpeg(counter)
    with video.open("wb") as file:
        for number in range(6):
            file.write(empty * rnd.randint(*_GONE) + scenes.jpeg(_held(counter, _FIRST + number)) * _SHOWN)
    play = f"--use-file-for-fake-video-capture={video}"
    flags = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", play)
    with ours(shop, SMARTECR_CAMERA="browser") as server, chromium(*flags) as browser:
        page = _ready(open_till(window(browser, server.port, Cashier(server.port).cookies), server.port))
        page.click("[data-act=camera]")
        page.frame_locator("#peek iframe").locator("#eye[data-state=looks]").wait_for()
        page.evaluate(_WATCH, codes + 1)
        return [float(one) for one in page.evaluate("bench.whole")[1:]]


def _ready(page: Page) -> Page:
    page.wait_for_selector("html[data-codes]", state="attached")
    return page


def _held(counter: Image.Image, number: int) -> Image.Image:
    """Return the counter with an article's code held before it, and the mark that says so."""
    picture = counter.copy()
    label = scenes.symbol(scenes.EAN, books.code(number))
    scenes.paste(picture, label, (scenes.WIDTH / 2, scenes.HEIGHT / 2), 0.33 * scenes.PX_PER_MM, 4, 6, 0.6)
    ImageDraw.Draw(picture).rectangle((0, 0, _MARK, _MARK), fill=255)
    return picture


def _put(camera: Path, picture: bytes) -> None:
    """Make both pictures of the folder this one."""
    for name in ("a.jpg", "b.jpg"):
        fresh = camera.parent / f"fresh-{name}"
        fresh.write_bytes(picture)
        os.replace(fresh, camera / name)
