"""Runs all checks and all tests, a few pieces at a time, and says how long each piece took. `./run test` starts it.

With names of pieces (`unit`, `browser till`) it runs these alone, with other arguments it is pytest with them. The last
line is a pytest summary over all parts.
"""

from __future__ import annotations

import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from support.databases import BOTH

ROOT = Path(__file__).resolve().parents[1]
TOOLS = Path(sys.executable).parent
PYTEST = (sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=short")
NOTHING_COLLECTED = 5
MEMORY, ROOM = Path("/dev/shm"), 4 << 30  # files in memory, and the bytes that must be free there


@dataclass(frozen=True)
class Piece:
    """One command of the run."""

    name: str
    command: tuple[str, ...]

    @property
    def is_pytest(self) -> bool:
        """Tell whether its output ends with pytest's counts."""
        return self.command[:3] == PYTEST[:3]


LIBRARIES = tuple(f"tests/{room}" for room in ("core", "tse", "terminal", "printer", "scanner", "fiscal"))
WIRES = ("tests/contract", "tests/tse/drivers")  # drivers against emulators of their wires: no unit tests
WHOLE = ("tests/server", "tests/faults", "tests/fuzz", "tests/house")  # the program and the checkout as a whole
QUICK = ("-m", "not browser and not postgres and not slow")

CHECKS = (
    Piece("ruff check", (str(TOOLS / "ruff"), "check", ".")),
    Piece("ruff format", (str(TOOLS / "ruff"), "format", "--check", ".")),
    Piece("import-linter", (str(TOOLS / "lint-imports"), "--no-logo")),
    Piece("djlint", (str(TOOLS / "djlint"), "src", "--lint", "--quiet", "--extension", "html")),
    # without its cache, which misses modules that were added to a known package
    Piece("mypy", (sys.executable, "-m", "mypy", "--cache-dir", os.devnull)),
)
LIBRARY_UNIT = Piece("unit libraries", (*PYTEST, *QUICK, *LIBRARIES, "--ignore=tests/tse/drivers"))
SHOP_UNIT = Piece("unit shop", (*PYTEST, *QUICK, *(f"--ignore={folder}" for folder in (*LIBRARIES, *WIRES, *WHOLE))))
PROGRAM = Piece("program", (*PYTEST, *QUICK, *WHOLE))
CONTRACT = Piece("contract", (*PYTEST, *QUICK, *WIRES))
LOOKS, SPEED = "tests/e2e/test_till_looks.py", "tests/e2e/test_till_speed.py"
FILES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "tests").rglob("test_*.py"))
}
SCREENS = tuple(name for name in FILES if "/e2e/" in name or "browser" in name.rpartition("/")[2])


def _marked(marker: str) -> tuple[str, ...]:
    """Return the files where tests have a marker: collecting all to run a few takes longer than most of those few."""
    return tuple(name for name, text in FILES.items() if f"mark.{marker}" in text and name not in SCREENS)


SLOW = Piece("slow", (*PYTEST, "-m", "slow and not browser and not postgres", *_marked("slow")))
ON_POSTGRES = tuple(name for name in _marked("postgres") if not name.startswith(BOTH))
POSTGRES = Piece("postgres", (*PYTEST, "--postgres", "-m", "not browser", *BOTH, *ON_POSTGRES))
AT_THE_TILL = tuple(name for name in SCREENS if "/test_till_" in name and name not in (LOOKS, SPEED))
BROWSER_TILL = Piece("browser till", (*PYTEST, "-m", "browser", *AT_THE_TILL))
BROWSER_REST = Piece("browser rest", (*PYTEST, "-m", "browser", *sorted({*SCREENS} - {*AT_THE_TILL, LOOKS, SPEED})))
BROWSER_LOOKS = Piece("browser looks", (*PYTEST, "-m", "browser", LOOKS))
BROWSER_SPEED = Piece("browser speed", (*PYTEST, "-m", "browser", SPEED))

PIECES = (  # lint and units first, then the longest, so that all lanes end together
    *(*CHECKS[:-1], SHOP_UNIT, LIBRARY_UNIT, SLOW, BROWSER_REST, POSTGRES, BROWSER_TILL),
    *(CONTRACT, BROWSER_LOOKS, CHECKS[-1], BROWSER_SPEED, PROGRAM),
)
LANES = (os.cpu_count() or 1) + 1
"""One more than there are cores: browsers, killed processes and devices that do not answer are waited for."""


@dataclass
class Outcome:
    """How a piece ended: seconds, exit code, pytest's counts."""

    piece: Piece
    seconds: float
    code: int
    counts: Counter[str]

    @property
    def good(self) -> bool:
        """Tell whether the piece holds; a pytest part without tests does."""
        return self.code == 0 or (self.piece.is_pytest and self.code == NOTHING_COLLECTED)


class Report:
    """Collects outcomes from all lanes and prints them as they come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begin = time.monotonic()
        self.outcomes: list[Outcome] = []

    def begin(self, piece: Piece) -> None:
        """Say that `piece` runs now, so that nobody wonders."""
        with self._lock:
            print(f"     …  {piece.name}", flush=True)

    def add(self, outcome: Outcome, output: str) -> None:
        """Print one outcome; its output too when it failed or has something to say."""
        with self._lock:
            self.outcomes.append(outcome)
            mark = "ok" if outcome.good else "FEHLER"
            print(f"{mark:>6}  {outcome.piece.name:<14} {outcome.seconds:7.1f} s  {_words(outcome.counts)}", flush=True)
            if not outcome.good:
                print(f"\n{output.rstrip()}\n", flush=True)
            elif skips := [line for line in output.splitlines() if line.startswith("SKIPPED")]:
                print("\n".join(f"        {line}" for line in skips), flush=True)

    def close(self) -> int:
        """Print the sums, last a line in pytest's form; return the exit code."""
        seconds = time.monotonic() - self._begin
        total: Counter[str] = Counter()
        for outcome in self.outcomes:
            total += outcome.counts
        bad = [outcome.piece.name for outcome in self.outcomes if not outcome.good]
        print()
        for outcome in sorted(self.outcomes, key=lambda one: -one.seconds):
            print(f"        {outcome.piece.name:<14} {outcome.seconds:7.1f} s")
        if bad:
            print(f"\nNicht in Ordnung: {', '.join(bad)}")
        line = f" {_words(total) or 'no tests ran'} in {seconds:.2f}s "
        print(line.center(100, "="))
        return 1 if bad else 0


def _words(counts: Counter[str]) -> str:
    order = ("failed", "passed", "skipped", "deselected", "xfailed", "xpassed", "error", "errors")
    return ", ".join(f"{counts[word]} {word}" for word in order if counts[word])


def _counts(output: str) -> Counter[str]:
    """Read the counts from the last line of pytest's output that has any."""
    for line in reversed(output.splitlines()):
        if re.search(r" in \d+\.\d+s", line):
            found = re.findall(r"(\d+) (failed|passed|skipped|xfailed|xpassed|errors?)\b", line)
            return Counter({word: int(number) for number, word in found})
    return Counter()


def _run(piece: Piece, report: Report, folder: str) -> None:
    begin = time.monotonic()
    report.begin(piece)
    done = subprocess.run(
        piece.command,
        cwd=ROOT,
        env=os.environ
        | {
            "TMPDIR": folder,
            "SMARTECR_DATA": str(Path(folder) / piece.name),
            "SMARTECR_TEST_DEMOS": str(Path(folder) / "demos"),
            "PYTHONPATH": str(ROOT / "src"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    counts = _counts(done.stdout) if piece.is_pytest else Counter()
    report.add(Outcome(piece, time.monotonic() - begin, done.returncode, counts), done.stdout)


def _lane(pieces: queue.SimpleQueue[Piece], report: Report, folder: str) -> None:
    while True:
        try:
            piece = pieces.get_nowait()
        except queue.Empty:
            return
        _run(piece, report, folder)


def _in_memory() -> Path | None:
    """Return where files lie in memory, if there is room: on a disk thousands of commits would each be waited for."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None


def chosen(arguments: Sequence[str]) -> list[Piece]:
    """Return the pieces that arguments name in full or by their first word; none when one argument names no piece."""
    found = [[piece for piece in PIECES if one in (piece.name, piece.name.split()[0])] for one in arguments]
    return [piece for piece in PIECES if any(piece in pieces for pieces in found)] if all(found) else []


def main(arguments: Sequence[str]) -> int:
    """Run everything, some pieces, or pytest with `arguments`."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of processes would each compile all of the sources
    wanted = chosen(arguments) if arguments else PIECES
    if not wanted:
        return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, check=False).returncode
    if not arguments:
        print("Alles wird geprüft; das dauert einige Minuten …", flush=True)
    report = Report()
    with tempfile.TemporaryDirectory(prefix="smartecr-checks-", dir=_in_memory()) as folder:
        Path(folder).chmod(0o755)  # PostgreSQL is another user
        pieces: queue.SimpleQueue[Piece] = queue.SimpleQueue()
        for piece in wanted:
            pieces.put(piece)
        threads = [threading.Thread(target=_lane, args=(pieces, report, folder)) for _ in range(LANES)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return report.close()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
