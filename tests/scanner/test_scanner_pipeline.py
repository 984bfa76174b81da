"""From frames to scans with scripted frames and a clock of the test: what counts, when, and when again."""

from __future__ import annotations

import io
from collections.abc import Iterable

import pytest
from PIL import Image, ImageDraw

from smartecr.scanner import frames, stages
from smartecr.scanner.acceptance import AGREE, AWAY, SAME_ARTICLE, Acceptance
from smartecr.scanner.grammar import GRAMMAR
from smartecr.scanner.motion import MotionGate
from smartecr.scanner.pipeline import Pipeline, article_key
from smartecr.scanner.symbols import Symbol

CORNERS = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))
BOTTLE = Symbol("EAN-13", "]E0", "4006381333931", CORNERS)
PACK = Symbol("Data Matrix", "]d2", "010400638133393110L1", CORNERS)
PHONE = Symbol("QR Code", "]Q1", "KD:12345678", CORNERS)
OTHER = Symbol("EAN-13", "]E0", "5901234123457", CORNERS)
FPS = 30


class Stream:
    """Feeds an Acceptance thirty decoded frames a second and collects what counted."""

    def __init__(self) -> None:
        self.acceptance = Acceptance(article_key(GRAMMAR))
        self.now = 100.0
        self.counted: list[str] = []

    def show(self, found: Iterable[Symbol], frames: int, *, moved: bool = True) -> None:
        for _ in range(frames):
            self.counted += [symbol.text for symbol in self.acceptance.see(list(found), self.now, moved=moved)]
            self.now += 1 / FPS


@pytest.fixture
def stream() -> Stream:
    return Stream()


def test_a_linear_code_counts_with_the_second_equal_read(stream: Stream) -> None:
    stream.show([BOTTLE], 1)
    assert stream.counted == []
    stream.show([BOTTLE], 1)
    assert stream.counted == [BOTTLE.text]


def test_one_false_read_among_right_ones_never_counts(stream: Stream) -> None:
    stream.show([OTHER], 1)
    stream.show([BOTTLE], 30)
    assert stream.counted == [BOTTLE.text]


def test_two_reads_too_far_apart_do_not_agree(stream: Stream) -> None:
    stream.show([BOTTLE], 1)
    stream.now += AGREE
    stream.show([BOTTLE], 1)
    assert stream.counted == []
    stream.show([BOTTLE], 1)
    assert stream.counted == [BOTTLE.text]


def test_a_matrix_code_counts_at_once(stream: Stream) -> None:
    stream.show([PHONE], 1)
    assert stream.counted == [PHONE.text]


def test_what_stays_in_view_counts_once(stream: Stream) -> None:
    stream.show([BOTTLE], 300)
    assert stream.counted == [BOTTLE.text]


def test_what_was_away_counts_again(stream: Stream) -> None:
    for _ in range(5):
        stream.show([BOTTLE], 10)
        stream.show([], round(AWAY * FPS) + 2)
    assert stream.counted == [BOTTLE.text] * 5


def test_a_few_missed_frames_are_no_absence(stream: Stream) -> None:
    for _ in range(20):
        stream.show([BOTTLE], 3)
        stream.show([], round(AWAY * FPS) - 2)
    assert stream.counted == [BOTTLE.text]


def test_missed_in_a_still_picture_is_no_absence(stream: Stream) -> None:
    stream.show([BOTTLE], 5)
    stream.show([], 100, moved=False)
    stream.show([BOTTLE], 5)
    assert stream.counted == [BOTTLE.text]


def test_long_silence_without_decoded_frames_is_no_absence(stream: Stream) -> None:
    stream.show([BOTTLE], 5)
    stream.now += 60
    stream.show([], 1)
    stream.show([BOTTLE], 5)
    assert stream.counted == [BOTTLE.text]


def test_both_codes_of_one_pack_count_once(stream: Stream) -> None:
    stream.show([BOTTLE], 10)
    stream.show([], round(AWAY * FPS) + 10)
    stream.show([PACK], 10)
    stream.show([BOTTLE, PACK], 10)
    assert stream.counted == [BOTTLE.text]


def test_the_other_code_of_the_next_pack_counts(stream: Stream) -> None:
    stream.show([BOTTLE], 10)
    stream.show([], round(SAME_ARTICLE * FPS) + 10)
    stream.show([PACK], 10)
    assert stream.counted == [BOTTLE.text, PACK.text]


def test_two_labels_of_one_article_are_two_pieces(stream: Stream) -> None:
    labels = [Symbol("EAN-13", "]E0", text, CORNERS) for text in ("2812346146858", "2812340001003")]
    assert {article_key(GRAMMAR)(label) for label in labels} == {label.text for label in labels}
    stream.show(labels, 5)
    assert stream.counted == [label.text for label in labels]


def test_a_phone_beside_a_bottle_is_read(stream: Stream) -> None:
    stream.show([BOTTLE], 10)
    stream.show([BOTTLE, PHONE], 5)
    assert stream.counted == [BOTTLE.text, PHONE.text]


def test_what_was_known_before_a_restart_does_not_count_again(stream: Stream) -> None:
    stream.acceptance.assume([BOTTLE], stream.now)
    stream.show([BOTTLE], 10)
    assert stream.counted == []
    stream.show([], round(AWAY * FPS) + 2)
    stream.show([BOTTLE], 10)
    assert stream.counted == [BOTTLE.text]


def test_memory_is_bounded(stream: Stream) -> None:
    for number in range(2000):
        stream.show([Symbol("QR Code", "]Q1", f"text {number}", CORNERS)], 1)
    assert len(stream.counted) == 2000
    assert len(stream.acceptance._seen) <= 256


def counter(shift: int = 0, brightness: int = 0) -> Image.Image:
    picture = Image.linear_gradient("L").resize((640, 360)).point(lambda value: min(255, value // 2 + 60 + brightness))
    if shift:
        ImageDraw.Draw(picture).rectangle((shift, 100, shift + 60, 160), fill=240)
    return picture


def test_the_gate_sees_things_and_not_noise() -> None:
    gate = MotionGate()
    noise = Image.effect_noise((640, 360), 12)
    assert gate.moved(counter())
    for turn in range(20):
        still = Image.blend(counter(), noise.rotate(180 * (turn % 2)), 0.06)
        assert not gate.moved(still) or turn == 0
    assert gate.moved(counter(100))
    assert not gate.moved(counter(100))
    assert gate.moved(counter(140))
    assert gate.moved(counter(140).resize((320, 180)))


def test_slow_change_adds_up_to_motion() -> None:
    gate = MotionGate()
    gate.moved(counter())
    seen = [gate.moved(counter(brightness=step)) for step in range(1, 40)]
    assert 1 <= sum(seen) <= 5


class Decoder:
    """Stands in for the stages: counts the frames decoded and finds what the test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.found: list[Symbol] = []
        self.decoded = 0
        self.turns: list[int] = []
        monkeypatch.setattr(stages, "decode", self.decode)

    def decode(self, _picture: Image.Image, turn: int, *_more: object) -> list[Symbol]:
        self.decoded += 1
        self.turns.append(turn)
        return self.found


def test_a_still_counter_is_hardly_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    decoder = Decoder(monkeypatch)
    clock = iter(range(10_000))
    pipeline = Pipeline(lambda: next(clock) / 60)
    picture = counter()
    for _ in range(300):
        pipeline.frame(picture)
    assert 300 / 12 < decoder.decoded < 300 / 8
    before = decoder.decoded
    for step in range(50):
        pipeline.frame(counter(10 + 10 * step))
    assert decoder.decoded == before + 50
    assert {turn % 4 for turn in decoder.turns} == {0, 1, 2, 3}


def test_after_long_stillness_fewer_frames_are_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    Decoder(monkeypatch)
    pipeline = Pipeline(lambda: 0.0)
    at = 10.0
    for looks, then in ((20, 0.0), (1, 0.0), (1, 0.06), (19, 0.06), (1, 0.12), (5, 0.12)):
        for _ in range(looks):
            at += max(1 / FPS, pipeline.rest(at))
            pipeline.frame(counter(), at)
        assert pipeline.rest(at) == pytest.approx(then)
    pipeline.frame(counter(200), at + 0.12)
    assert pipeline.rest(at + 0.12) == 0


def test_a_scan_says_when_its_frame_came(monkeypatch: pytest.MonkeyPatch) -> None:
    decoder = Decoder(monkeypatch)
    decoder.found = [PHONE]
    pipeline = Pipeline(lambda: 7.5)
    (scan,) = pipeline.frame(counter(), 7.0)
    assert (scan.symbol, scan.at, scan.accepted) == (PHONE, 7.0, 7.5)


def test_a_known_code_does_not_end_the_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def stage(name: str, found: list[Symbol]) -> stages.Stage:
        def run(_picture: Image.Image) -> list[Symbol]:
            asked.append(name)
            return found

        return run

    monkeypatch.setattr(stages, "_averaged", stage("strips", [BOTTLE]))
    monkeypatch.setattr(stages, "_half_qr", stage("qr", [PHONE]))
    monkeypatch.setattr(stages, "_half_matrix", stage("matrix", []))
    assert stages.decode(counter(), 0, lambda: 0.0) == [BOTTLE]
    assert asked == ["strips"]
    known = lambda symbol: symbol == BOTTLE  # noqa: E731
    assert stages.decode(counter(), 0, lambda: 0.0, known) == [BOTTLE, PHONE]
    asked.clear()
    for turn in range(3):  # one other stage a frame
        stages.decode(counter(), turn, lambda: 0.0, known)
    assert asked == ["strips", "qr", "strips", "matrix", "strips"]


def test_a_frame_has_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([0.0, 0.01, 0.03, 0.04])
    asked: list[int] = []
    monkeypatch.setattr(stages, "_averaged", lambda _cuts: asked.append(1) or [])
    monkeypatch.setattr(stages, "_half_qr", lambda _picture: asked.append(2) or [])
    monkeypatch.setattr(stages, "_half_matrix", lambda _picture: asked.append(3) or [])
    assert stages.decode(counter(), 0, lambda: next(ticks)) == []
    assert asked == [1, 2]


def as_jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()


def test_a_small_frame_is_the_whole_one_made_smaller() -> None:
    data = as_jpeg(counter(40))
    small, whole = frames.small_frame(data), frames.grey_frame(data)
    assert small is not None
    assert small.size == whole.reduce(8).size
    assert max(abs(a - b) for a, b in zip(small.tobytes(), whole.reduce(8).tobytes(), strict=True)) <= 2
    for other in (b"", b"no picture", b"\xff\xd8\xff"):
        assert frames.small_frame(other) is None


def test_a_still_counter_is_looked_at_in_small_pictures_and_wakes_for_what_moves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decoded: list[int] = []
    monkeypatch.setattr(stages, "decode", lambda *_args: decoded.append(1) or [])
    pipeline = Pipeline(lambda: 0.0)
    still = frames.small_frame(as_jpeg(counter()))
    at = 0.0
    unpacked = 0
    while not pipeline.asleep:
        if pipeline.due or pipeline.wants(still, at):
            unpacked += 1
            pipeline.frame(counter(), at)
        at += 1 / FPS
    assert len(decoded) == unpacked == 13  # nine that have just come to rest, then one of nine
    decoded.clear()
    for _ in range(40):
        if pipeline.wants(still, at):
            pipeline.frame(counter(), at)
        at += 0.1
    assert len(decoded) == 3  # one of twelve all the same
    assert pipeline.wants(None, at)  # no JPEG: unpacked
    assert pipeline.wants(frames.small_frame(as_jpeg(counter(60))), at)
    assert pipeline.frame(counter(60), at) == []
    assert not pipeline.asleep
