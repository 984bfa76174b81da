"""How a row is measured: two sides in turn A B A B, the median of the pairwise ratios with minimum and maximum.

Wall time on a shared machine says little, so every row also gives CPU, and a wall ratio is refused when the control
side alone varied more than twofold between its rounds.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

LEAST_PAIRS = 5
MOST_SPREAD = 2.0
BUSY_LOAD = 1.5


@dataclass(frozen=True, slots=True)
class Sample:
    """One round of one side: milliseconds an operation, wall (median of the round) and CPU (mean of the round)."""

    wall_ms: float
    cpu_ms: float


Side = Callable[[], Sample]


@dataclass(frozen=True, slots=True)
class Spread:
    """Median of the pairwise ratios, with the smallest and the largest."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, ratios: Sequence[float]) -> Spread:
        """Return the spread of some ratios."""
        return cls(statistics.median(ratios), min(ratios), max(ratios))

    def __str__(self) -> str:
        return f"{_short(self.median)} ({_short(self.low)}–{_short(self.high)})"


@dataclass(frozen=True, slots=True)
class Comparison:
    """All rounds of a control and of ours, in the order taken."""

    control: tuple[Sample, ...]
    ours: tuple[Sample, ...]

    @property
    def control_spread(self) -> float:
        """Return the slowest round of the control over its fastest, by wall time."""
        walls = [sample.wall_ms for sample in self.control]
        return max(walls) / min(walls)

    @property
    def wall(self) -> Spread:
        """Return ours over control by wall time."""
        return self._ratio(lambda sample: sample.wall_ms)

    @property
    def cpu(self) -> Spread:
        """Return ours over control by CPU time."""
        return self._ratio(lambda sample: sample.cpu_ms)

    def _ratio(self, pick: Callable[[Sample], float]) -> Spread:
        pairs = zip(self.ours, self.control, strict=True)
        return Spread.of([pick(ours) / max(pick(control), 1e-6) for ours, control in pairs])

    def medians(self) -> dict[str, float]:
        """Return the median wall and CPU of both sides in milliseconds, for orientation only."""
        sides = {"control": self.control, "ours": self.ours}
        return {
            f"{name}_{kind}_ms": round(statistics.median(getattr(sample, f"{kind}_ms") for sample in samples), 3)
            for name, samples in sides.items()
            for kind in ("wall", "cpu")
        }


@dataclass(frozen=True, slots=True)
class Goal:
    """What a value is held against; smaller is better unless `least`. `number` is the goal's in the list of goals."""

    number: int
    must: float
    dream: float
    least: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table; `value` is None when it was too unquiet to say."""

    name: str
    what: str
    value: float | None
    shown: str
    goal: Goal | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """Return "dream", "must", "missed", "refused" (too unquiet to say) or "" without a goal."""
        if self.value is None:
            return "refused"
        if self.goal is None:
            return ""
        for word, wanted in (("dream", self.goal.dream), ("must", self.goal.must)):
            if self.value >= wanted if self.goal.least else self.value <= wanted:
                return word
        return "missed"


def compare(control: Side, ours: Side, pairs: int) -> Comparison:
    """Take both sides in turn, `pairs` times (at least 5) after one round of each that does not count."""
    control()
    ours()
    first, second = [], []
    for _ in range(max(pairs, LEAST_PAIRS)):
        first.append(control())
        second.append(ours())
    return Comparison(tuple(first), tuple(second))


def timed(operation: Callable[[], object], times: int) -> Sample:
    """Run an operation of this process `times` times and return the round."""
    walls = []
    cpu = time.process_time()
    for _ in range(times):
        begin = time.perf_counter()
        operation()
        walls.append(time.perf_counter() - begin)
    return Sample(statistics.median(walls) * 1000, (time.process_time() - cpu) / times * 1000)


def rows_of(
    name: str, what: str, taken: Comparison, goal: Goal | None, facts: dict[str, Any], *, cpu: bool = True
) -> list[Row]:
    """Return the wall row (refused when the control was unquiet) and, unless `cpu` is off, the CPU row."""
    spread = taken.control_spread
    quiet = spread <= MOST_SPREAD
    facts = {**facts, "pairs": len(taken.ours), "control_spread": round(spread, 2), **taken.medians()}
    shown = str(taken.wall) if quiet else f"refused: control varied {spread:.1f}x"
    wall = taken.wall.median if quiet else None
    rows = [Row(name=f"{name}, wall", what=what, value=wall, shown=shown, goal=goal, facts=facts)]
    if cpu:
        used = taken.cpu
        rows.append(Row(name=f"{name}, CPU", what=what, value=used.median, shown=str(used), goal=goal, facts=facts))
    return rows


def machine() -> dict[str, Any]:
    """Return what a reader must know of this machine; `load` is the run queue of the last minute."""
    release = os.uname()
    load = os.getloadavg()[0]
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "kernel": release.release,
        "python": sys.version.split()[0],
        "load": round(load, 2),
        "busy": load > BUSY_LOAD,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return os.uname().machine
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), os.uname().machine)


def emit(rows: Sequence[Row]) -> None:
    """Print each row as a line of JSON to standard output and the table to standard error."""
    around = machine()
    for row in rows:
        goal = asdict(row.goal) if row.goal else None
        line = {"row": row.name, "what": row.what, "value": row.value, "shown": row.shown, "goal": goal}
        print(json.dumps(line | {"verdict": row.verdict} | row.facts | around, ensure_ascii=False), flush=True)
    print(table(rows, around), file=sys.stderr, flush=True)


def parse(line: str) -> Row:
    """Return the row of a line of JSON, without its facts."""
    data = json.loads(line)
    goal = Goal(**data["goal"]) if data["goal"] else None
    return Row(name=data["row"], what=data["what"], value=data["value"], shown=data["shown"], goal=goal)


def table(rows: Sequence[Row], around: dict[str, Any]) -> str:
    """Return the rows as text for people."""
    cells = [("row", "ratio: median (min–max)", "must", "dream", "", "what")]
    for row in rows:
        sign = "≥ " if row.goal and row.goal.least else "≤ "
        goals = [sign + _short(row.goal.must), sign + _short(row.goal.dream)] if row.goal else ["", ""]
        cells.append((row.name, row.shown, goals[0], goals[1], row.verdict, row.what))
    widths = [max(len(line[place]) for line in cells) for place in range(5)]
    lines = [
        "  ".join([cell.ljust(width) for cell, width in zip(line, widths, strict=False)] + [line[5]]).rstrip()
        for line in cells
    ]
    load = f"load {around['load']}" + (": busy, take the figures again" if around["busy"] else "")
    return "\n".join([*lines, f"{around['cores']} cores, {around['processor']}, Python {around['python']}, {load}"])


def _short(number: float) -> str:
    return f"{number:.0f}" if abs(number) >= 100 else f"{number:.3g}"
