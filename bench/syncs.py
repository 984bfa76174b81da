"""How often a sale waits for the disk and how much it writes: counts that no machine's speed changes."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bench.measure import Goal, Row
from bench.worker import Worker

ARTICLES = 1000
GOALS = {"syncs": Goal(2, 1.05, 1.03), "kb": Goal(2, 64, 40)}
_CALL = re.compile(
    r"(fsync|fdatasync|pwrite64|write|ftruncate)\(\d+<([^>]*)>(?:.*?, (\d+)(?:, \d+)?)?(?:\)| <unfinished)"
)


@dataclass(slots=True)
class Counts:
    """Calls between the two marks, by file name."""

    syncs: Counter[str] = field(default_factory=Counter)
    writes: Counter[str] = field(default_factory=Counter)
    bytes: Counter[str] = field(default_factory=Counter)

    def per_sale(self, sales: int) -> dict[str, float]:
        """Return syncs, writes and KB a sale, in all and by file."""
        kb = {f"kb_{name}": round(size / sales / 1024, 2) for name, size in sorted(self.bytes.items())}
        syncs = {f"syncs_{name}": round(number / sales, 3) for name, number in sorted(self.syncs.items())}
        return {
            "syncs": round(self.syncs.total() / sales, 3),
            "writes": round(self.writes.total() / sales, 1),
            "kb": round(self.bytes.total() / sales / 1024, 1),
            **syncs,
            **kb,
        }


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--sales", type=int, default=200)


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Return the rows; without strace only the bytes the kernel says were written."""
    if shutil.which("strace") is None:
        print("strace is missing (Debian and Ubuntu: apt install strace): syncs are not counted", file=sys.stderr)
        return [_bytes_only(options.sales, folder)]
    rows: list[Row] = []
    for name, one_by_one in (("one batch", False), ("five taps", True)):
        counts = _trace(folder / name.replace(" ", "-"), options.sales, one_by_one=one_by_one).per_sale(options.sales)
        facts = {"sqlite": "WAL FULL", "sales": options.sales, **counts}
        for key, what in (("syncs", "fsync and fdatasync"), ("kb", "KB written")):
            rows.append(
                Row(
                    name=f"{key}, {name}",
                    what=f"{what} a sale of 5 lines: books, write-ahead log, TSE",
                    value=counts[key],
                    shown=f"{counts[key]:.2f}",
                    goal=None if one_by_one else GOALS[key],
                    facts=facts,
                )
            )
    return rows


def _trace(folder: Path, sales: int, *, one_by_one: bool) -> Counts:
    """Sell under strace, between two marks."""
    folder.mkdir()
    log, mark = folder.with_suffix(".strace"), folder.with_suffix(".mark")
    calls = "trace=fsync,fdatasync,pwrite64,write,ftruncate"
    with Worker(folder, ["strace", "-f", "-y", "-s", "0", "-e", calls, "-o", str(log)]) as worker:
        worker.ask("shop", articles=ARTICLES, one_by_one=one_by_one)
        worker.ask("sell", times=20)
        worker.ask("mark", path=str(mark))
        worker.ask("sell", times=sales)
        worker.ask("mark", path=str(mark))
    return read(log, folder, mark)


def read(log: Path, folder: Path, mark: Path) -> Counts:
    """Count the calls on files below `folder` between the first and the second write to `mark`."""
    counts, marks = Counts(), 0
    with log.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            found = _CALL.search(line)
            if found is None:
                continue
            call, path, size = found.groups()
            if path == str(mark):
                marks += 1
            elif marks == 1 and path.startswith(str(folder)):
                _count(counts, call, Path(path).name, int(size or 0))
    if marks != 2:
        raise ValueError(f"{log}: {marks} marks instead of 2")
    return counts


def _count(counts: Counts, call: str, name: str, size: int) -> None:
    if call in ("fsync", "fdatasync"):
        counts.syncs[name] += 1
    elif call in ("write", "pwrite64"):
        counts.writes[name] += 1
        counts.bytes[name] += size


def _bytes_only(sales: int, folder: Path) -> Row:
    """Return the row of bytes the kernel counted (whole pages, without knowing the files)."""
    with Worker(folder) as worker:
        worker.ask("shop", articles=ARTICLES)
        worker.ask("sell", times=20)
        before = worker.ask("written")
        worker.ask("sell", times=sales)
        kb = (worker.ask("written") - before) / sales / 1024
    return Row(
        name="kb, one batch",
        what="KB a sale of 5 lines handed to the disk; syncs not counted, strace is missing",
        value=kb,
        shown=f"{kb:.1f}",
        goal=GOALS["kb"],
        facts={"strace": "missing", "sales": sales},
    )
