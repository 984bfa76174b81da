"""A process of its own over one data folder, told line by line what to do: the two sides of a row need two databases.

`Worker` starts it and speaks to it; `python -m bench.worker FOLDER` is it. Orders and answers are JSON lines.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench import books
from bench.measure import Sample, timed

ROOT = Path(__file__).resolve().parents[1]


def environment(folder: Path, **extra: str) -> dict[str, str]:
    """Return a child's environment: ours, with `folder` as data folder and the sources importable.

    Python keeps what it compiles, as it does for everybody: else a start measures the compiler.
    """
    left_out = ("SMARTECR_", "DATABASE_URL", "PYTHONDONTWRITEBYTECODE")
    own = {key: value for key, value in os.environ.items() if not key.startswith(left_out)}
    return own | {"SMARTECR_DATA": str(folder), "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"} | extra


class Worker:
    """A running worker. `before` is a command that starts it (strace and its options)."""

    def __init__(self, folder: Path, before: Sequence[str] = ()) -> None:
        self._process = subprocess.Popen(
            [*before, sys.executable, "-m", "bench.worker", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(folder),
            cwd=ROOT,
        )

    def ask(self, do: str, **arguments: Any) -> Any:
        """Have something done and return the answer. Raises RuntimeError when the worker failed."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the worker ended while doing {do!r}")
        return json.loads(answer)

    def round(self, do: str, **arguments: Any) -> Sample:
        """Have a round taken."""
        return Sample(**self.ask(do, **arguments))

    def end(self) -> None:
        """Let it finish and wait for it."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(120)
        self._process.stdout.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()


class _Shop:
    """What the worker keeps between two orders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.till: Any = None
        self.seller: books.Seller | None = None

    def shop(self, articles: int, one_by_one: bool = False, curve: str = "secp256r1") -> None:
        """Open the shop with so many articles."""
        self.till = books.open_till(self.folder, curve)
        books.open_shop(self.till)
        books.fill_catalogue(articles)
        self.seller = books.Seller(self.till, self.folder, min(articles, 1000), one_by_one=one_by_one)

    def close(self) -> None:
        """Close the devices."""
        if self.till is not None:
            self.till.tse.close()

    def sell(self, times: int) -> dict[str, float]:
        """Sell and return the round."""
        assert self.seller is not None
        sales = [self.seller.sell() for _ in range(times)]
        wall = statistics.median(sale.total for sale in sales)
        return {"wall_ms": wall, "cpu_ms": statistics.mean(sale.cpu for sale in sales)}

    def mark(self, path: str) -> None:
        """Write a byte to a file, so that a trace shows where something begins or ends."""
        with open(path, "ab", buffering=0) as file:
            file.write(b"-")

    def fill(self, lines: int) -> dict[str, int]:
        """Copy a real sale until the books hold so many receipt lines."""
        from bench import fill

        assert self.seller is not None
        return fill.grow(self.till, self.seller, lines)

    def search(self, texts: list[str]) -> dict[str, float]:
        """Search for each text in turn."""
        from smartecr.catalog.search import search

        waiting = iter(texts)
        return _round(lambda: search(next(waiting)), len(texts))

    def like(self, texts: list[str]) -> dict[str, float]:
        """Look for the same with LIKE, as a table without an index for it must."""
        from django.db import connection

        waiting = iter(texts)

        def one() -> None:
            pattern = "%" + "%".join(next(waiting).split()) + "%"
            with connection.cursor() as cursor:
                cursor.execute("SELECT id FROM catalog_article WHERE name LIKE %s ORDER BY name LIMIT 20", [pattern])
                cursor.fetchall()

        return _round(one, len(texts))

    def found(self, texts: list[str]) -> list[int]:
        """Return how many articles each text finds."""
        from smartecr.catalog.search import search

        return [len(search(text)) for text in texts]

    def written(self) -> int:
        """Return the bytes this process has handed to the disk's cache so far."""
        lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("write_bytes")))

    def scan_sql(self) -> list[dict[str, Any]]:
        """Return the statements of one scan request after another (see `bench.scan`)."""
        from bench import scan_sql

        return scan_sql.record()


def _round(operation: Callable[[], object], times: int) -> dict[str, float]:
    sample = timed(operation, times)
    return {"wall_ms": sample.wall_ms, "cpu_ms": sample.cpu_ms}


def main() -> None:
    """Do what standard input says until it ends."""
    folder = Path(sys.argv[1])
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    books.prepare(folder)
    shop = _Shop(folder)
    for line in sys.stdin:
        order = json.loads(line)
        answer = getattr(shop, order.pop("do"))(**order)
        answers.write(json.dumps({} if answer is None else answer) + "\n")
    shop.close()


if __name__ == "__main__":
    main()
