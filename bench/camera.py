"""The camera scanner over zxing-cpp's full call: CPU a frame on a mostly empty stream, read rates, time to the scan.

Both sides unpack the JPEG of every frame. Ours is the pipeline as the camera's process runs it (motion gate, stages,
acceptance); the control calls zxing-cpp with its defaults on the same frames. The stream runs at 30 frames a second of
its own time: a side whose CPU time for a frame is longer than a frame's time misses the frames that came meanwhile, and
what a frame costs it is the mean over those it looked at. The clock of the pipeline is the CPU's too, so its budget
does not depend on what else the machine does.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import zxingcpp

from bench import scenes
from bench.measure import Goal, Row, Sample, compare, rows_of
from smartecr.scanner import frames, memory, stages
from smartecr.scanner.pipeline import Pipeline

SMALL, FULL = 2, 12
_PAUSE = 15.0  # seconds between two articles: at a till the counter is mostly empty
_FRAMES = 4  # all dear stages have had their turn
#: what the staged pipeline of the reference read in single pictures or in its stream, percent
_STREAM_READ = 95
_RATES = {"clean": 100, "curved": 96, "any angle": 95, "tilt": 79, "small": 92, "blurred": 58, "motion": 58,
          "low light": 17, "phone dark": 33}  # fmt: skip


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--items", type=int, help=f"articles shown in a stream; default {SMALL}, full {FULL}")
    parser.add_argument("--scenes", type=int, help="pictures of each condition; default 20, full 60")
    parser.add_argument("--pairs", type=int, default=5)


def measure(options: argparse.Namespace, _folder: Path) -> list[Row]:
    """Return the rows."""
    memory.keep()  # for both sides, as in the camera's process
    items = options.items or (FULL if options.full else SMALL)
    pictures = options.scenes or (60 if options.full else 20)
    return [*_stream_rows(items, options.pairs), *_rate_rows(pictures)]


@dataclass(slots=True)
class Watched:
    """What a stream brought: milliseconds a frame and from the first frame wholly with a code to its scan; wrongs."""

    walls: list[float] = field(default_factory=list)
    delays: dict[int, float] = field(default_factory=dict)
    wrong: int = 0


def _stream_rows(items: int, pairs: int) -> list[Row]:
    stream = list(scenes.stream(random.Random(30), items, _PAUSE))
    sides: dict[str, list[Watched]] = {"ours": [], "control": []}

    def side(name: str, reader: Callable[[], Callable[[bytes, float], list[str]]]) -> Callable[[], Sample]:
        def one_round() -> Sample:
            cpu = time.process_time()
            watched = _watch(stream, reader())
            sides[name].append(watched)
            used = (time.process_time() - cpu) * 1000 / len(watched.walls)
            return Sample(statistics.fmean(watched.walls), used)

        return one_round

    taken = compare(side("control", _default_reader), side("ours", _our_reader), pairs)
    shown = len({moment.item for moment in stream if moment.text})
    read = {name: min(len(watched.delays) for watched in rounds) for name, rounds in sides.items()}
    wrong = {name: max(watched.wrong for watched in rounds) for name, rounds in sides.items()}
    delays = sorted(delay for watched in sides["ours"] for delay in watched.delays.values())
    facts = {
        "frames": len(stream), "with_code": sum(bool(moment.text) for moment in stream), "articles": shown,
        "read_ours": read["ours"], "read_control": read["control"], "wrong_ours": wrong["ours"],
        "wrong_control": wrong["control"],
    }  # fmt: skip
    what = "a frame of a mostly empty 30 fps stream / zxing-cpp's default call, JPEG unpacked by both"
    rows = rows_of("camera", what, taken, Goal(0, 0.1, 0.06), facts)
    rate = 100 * read["ours"] / shown
    what = f"articles of the stream scanned (percent); zxing-cpp's default call: {100 * read['control'] / shown:.0f}"
    rows.append(_row("camera stream read", what, rate, Goal(0, _STREAM_READ, 100, least=True), facts))
    what = "frames with a scan of what was not there, of both sides the ours"
    rows.append(_row("camera wrong scans", what, wrong["ours"], Goal(0, 0, 0), facts))
    for name, place in (("p50", 0.5), ("p95", 0.95)):
        delay = delays[min(len(delays) - 1, int(len(delays) * place))]
        what = f"milliseconds from the first frame wholly holding the code to its scan, {name}; a frame lasts 33"
        rows.append(_row(f"camera delay {name}", what, delay, Goal(0, 400, 205) if name == "p95" else None, facts))
    return rows


def _watch(stream: list[scenes.Moment], read: Callable[[bytes, float], list[str]]) -> Watched:
    watched = Watched()
    visible: dict[int, float] = {}
    free = 0.0
    for moment in stream:
        if moment.text:
            visible.setdefault(moment.item, moment.at)
        if moment.at < free:
            continue
        begin, used = time.perf_counter(), time.thread_time()
        texts = read(moment.jpeg, moment.at)
        watched.walls.append((time.perf_counter() - begin) * 1000)
        free = moment.at + time.thread_time() - used
        expected = next((other.text for other in stream if other.item == moment.item and other.text), "")
        for text in texts:
            if text != _plain(expected):
                watched.wrong += 1
            elif moment.item in visible:
                watched.delays.setdefault(moment.item, (free - visible[moment.item]) * 1000)
    return watched


def _our_reader() -> Callable[[bytes, float], list[str]]:
    pipeline = Pipeline(time.thread_time)

    def read(data: bytes, at: float) -> list[str]:
        if pipeline.rest(at) or not pipeline.wants(None if pipeline.due else frames.small_frame(data), at):
            return []
        return [scan.symbol.text for scan in pipeline.frame(frames.grey_frame(data), at)]

    return read


def _default_reader() -> Callable[[bytes, float], list[str]]:
    return lambda data, _at: [
        found.text for found in zxingcpp.read_barcodes(frames.grey_frame(data), text_mode=zxingcpp.TextMode.Plain)
    ]


def _rate_rows(pictures: int) -> list[Row]:
    """Read every condition: ours in four frames (and in one), the default call."""
    rows = []
    wrong = 0
    rnd = random.Random(41)
    for condition in scenes.CONDITIONS:
        four = single = control = 0
        for number in range(pictures):
            scene = scenes.scene(condition, rnd)
            text = _plain(scene.text)
            each = [
                {symbol.text for symbol in stages.decode(scene.picture, number + turn, time.perf_counter, budget=1)}
                for turn in range(_FRAMES)
            ]
            wrong += len(set().union(*each) - {text})
            single += text in each[0]
            four += any(text in found for found in each)
            full = zxingcpp.read_barcodes(scene.picture, text_mode=zxingcpp.TextMode.Plain)
            control += any(found.text == text for found in full)
        percent = {name: round(100 * count / pictures) for name, count in
                   (("four", four), ("one", single), ("control", control))}  # fmt: skip
        what = f"percent read in four frames ({percent['one']} in one); zxing-cpp's default call {percent['control']}"
        goal = Goal(0, _RATES[condition], 100, least=True) if condition in _RATES else None
        facts = {"pictures": pictures, **percent}
        rows.append(_row(f"camera {condition}", what, percent["four"], goal, facts))
    empty = sum(
        bool(stages.decode(scenes.empty(rnd).picture, turn, time.perf_counter, budget=1)) for turn in range(pictures)
    )
    what = f"wrong texts in all pictures of all conditions, and in {pictures} without a code"
    rows.append(_row("camera false reads", what, wrong + empty, Goal(0, 0, 0), {"pictures": pictures * 11}))
    return rows


def _row(name: str, what: str, value: float, goal: Goal | None, facts: dict[str, Any]) -> Row:
    return Row(name=name, what=what, value=value, shown=f"{value:.0f}", goal=goal, facts=facts)


def _plain(text: str) -> str:
    """Return the text of a GS1 symbol as zxing-cpp gives it out."""
    return text.replace("(01)", "01").replace("(10)", "10")
