"""The virtual camera: what is held before it is read once each time, and nothing where nothing is."""

from __future__ import annotations

import threading

import pytest
import segno
from PIL import Image

from smartecr.scanner.pipeline import Pipeline
from smartecr.scanner.virtual import Painter, VirtualCamera
from smartecr.scanner.virtual.counter import FPS, HEIGHT, WIDTH, frames

EAN, BOOK, LABEL, CARD = "4006381333931", "9783161484100", "2801233012345", "KD:MUSTER-0001"


class Watcher:
    """A pipeline with the clock of its frames."""

    def __init__(self) -> None:
        self.now = 0.0
        self._pipeline = Pipeline(lambda: self.now)

    def watch(self, picture: Image.Image) -> list[str]:
        texts = []
        for frame in frames(picture):
            assert (frame.mode, frame.size) == ("L", (WIDTH, HEIGHT))
            self.now += 1 / FPS
            texts += [scan.symbol.text for scan in self._pipeline.frame(frame)]
        return texts


@pytest.fixture
def painter() -> Painter:
    return Painter()


@pytest.mark.slow
@pytest.mark.parametrize("thing", ["bottle", "book", "bag", "card", "phone", "label"])
def test_every_thing_is_read_once_and_once_more_when_held_up_again(painter: Painter, thing: str) -> None:
    drawn, text = {
        "bottle": (painter.bottle(EAN, "Apfelschorle 0,33 l"), EAN),
        "book": (painter.book(BOOK, "Ein sehr langer Titel, der mehrere Zeilen braucht"), BOOK),
        "bag": (painter.bag(EAN, "Kaffee"), EAN),
        "card": (painter.card(CARD, "Morgenrot", "Kundenkarte"), CARD),
        "phone": (painter.phone(CARD, "Meine Karte"), CARD),
        "label": (painter.label(LABEL, "Bergkäse", "12,34 €"), LABEL),
    }[thing]
    watcher = Watcher()
    assert watcher.watch(drawn) == [text]
    assert watcher.watch(drawn) == [text]


def test_a_long_receipt_is_drawn_past_the_camera(painter: Painter) -> None:
    code = "V0;SECR-1;Kassenbeleg-V1;" + "A" * 300
    drawn = segno.make(code, error="l", micro=False)
    paper = Image.new("L", (576, 1500), 255)
    size = len(tuple(drawn.matrix)) * 4
    dots = Image.new("L", (size // 4, size // 4), 255)
    for y, row in enumerate(drawn.matrix):
        for x, dark in enumerate(row):
            dots.putpixel((x, y), 0 if dark else 255)
    paper.paste(dots.resize((size, size), Image.Resampling.NEAREST), ((576 - size) // 2, 1100))
    assert Watcher().watch(paper) == [code]


def test_a_blank_thing_says_nothing() -> None:
    assert Watcher().watch(Image.new("RGB", (400, 300), "white")) == []


def test_a_picture_is_held_until_it_was_read_but_not_forever() -> None:
    def shown(read_after: int) -> int:
        count = [0]

        def read() -> bool:
            count[0] += 1
            return count[0] > read_after

        return len(list(frames(Image.new("L", (50, 50)), read)))

    at_once, later, never = shown(0), shown(10), shown(10_000)
    assert (later - at_once, never - at_once) == (10, 36)


def test_pictures_come_one_after_the_other_and_closing_takes_them_away() -> None:
    seen, held = [0], threading.Event()

    def post(_data: bytes, _width: int, _height: int) -> bool:
        seen[0] += 1
        return not held.wait(5)

    camera = VirtualCamera(post, lambda _seconds: None)
    camera.show(Image.new("L", (50, 50)))
    camera.show(Image.new("L", (50, 50)))
    assert camera.busy
    closing = threading.Thread(target=camera.close)
    closing.start()
    held.set()
    closing.join(5)
    assert not closing.is_alive()
    assert seen[0] < 5
