"""Sales while backup, export and checkpoints run beside them: how much longer the slowest take than the usual one."""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import books
from bench.measure import Goal, Row

GOAL = Goal(25, 20, 5)
SMALL, FULL, CLOSINGS = 2_000, 50_000, 4
ARTICLES = 1000


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--receipts", type=int, help=f"receipts sold before (default {SMALL:,}, full {FULL:,})")
    parser.add_argument("--sales", type=int, default=200, help="sales alone, and as many beside the others")


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Return p99 over p50 of sales, alone and beside what runs along."""
    books.prepare(folder)
    from smartecr.register.books import closing

    till = books.open_till(folder)
    books.open_shop(till)
    books.fill_catalogue(ARTICLES)
    seller = books.Seller(till, folder, ARTICLES)
    receipts = options.receipts or (FULL if options.full else SMALL)
    for _ in range(CLOSINGS):
        for _ in range(receipts // CLOSINGS):
            seller.sell()
        closing.close_day(till, books.owner(), till.new_id(), None)
    facts = {"receipts": receipts}
    for _ in range(20):
        seller.sell()
    rows = [_row("alone", [seller.sell() for _ in range(options.sales)], facts)]
    with _others(folder) as done:
        sales = [seller.sell() for _ in range(options.sales)]
        while not all(done[word] for word in ("backup", "export")) and len(sales) < 50 * options.sales:
            sales.append(seller.sell())
    till.tse.close()
    return [*rows, _row("beside backup, export, checkpoint", sales, {**facts, **done})]


def _row(name: str, sales: list[books.Sale], facts: dict[str, int]) -> Row:
    walls = sorted(sale.total for sale in sales)
    p50, p99 = walls[len(walls) // 2], walls[len(walls) * 99 // 100]
    cpu = sorted(sale.cpu for sale in sales)[len(sales) // 2]
    shown = {"p50_ms": round(p50, 2), "p99_ms": round(p99, 2), "cpu_p50_ms": round(cpu, 2), "sales": len(sales)}
    what = "p99 / p50 of a sale of 5 lines"
    return Row(name=f"sale {name}", what=what, value=p99 / p50, shown=f"{p99 / p50:.1f}",
               goal=None if name == "alone" else GOAL, facts={**shown, **facts})  # fmt: skip


@contextmanager
def _others(folder: Path) -> Iterator[dict[str, int]]:
    """Have backup and export run again and again as processes of their own, and checkpoints in a thread.

    Yield how many of each have ended well so far.
    """
    done = {"backup": 0, "export": 0, "checkpoint": 0}
    over = threading.Event()
    command = [sys.executable, "-m", "smartecr.server.cli"]
    environment = {**os.environ, "SMARTECR_DATA": str(folder)}
    (folder / "exports").mkdir()
    subprocess.run([*command, "backup", "key"], env=environment, check=True, capture_output=True)

    def again(word: str, *arguments: str) -> None:
        while not over.is_set():
            target = folder / "exports" / f"{word}.{done[word]}"
            running = subprocess.run(
                [*command, *arguments, str(target)], env=environment, capture_output=True, check=False
            )
            if running.returncode:
                raise RuntimeError(running.stderr.decode())
            done[word] += 1

    def checkpoint() -> None:
        database = sqlite3.connect(folder / "smartecr.sqlite3", isolation_level=None)
        while not over.wait(0.5):
            database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            done["checkpoint"] += 1
        database.close()

    threads = [
        threading.Thread(target=again, args=("backup", "backup", "create", "--to")),
        threading.Thread(target=again, args=("export", "export", "dsfinvk", "--out")),
        threading.Thread(target=checkpoint),
    ]
    for thread in threads:
        thread.start()
    try:
        yield done
    finally:
        over.set()
        for thread in threads:
            thread.join()
