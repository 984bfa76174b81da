"""From starting the process to the first answered scan, and the memory then, over a bare standard library server."""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import books
from bench.client import Cashier, Connection, connect
from bench.floor_servers import write_articles
from bench.measure import Goal, Row, Sample, Spread, compare, rows_of
from bench.processes import Server, ours, prepare_shop, start_floor, start_ours

ARTICLES = 10_000
_WARM = 200
_PATIENCE = 60.0


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--pairs", type=int, default=5)


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Return the rows of time and of memory."""
    shop, file = folder / "shop", folder / "articles.sqlite3"
    prepare_shop(shop, ARTICLES)
    write_articles(file, ARTICLES)
    with ours(shop) as server:
        cookies = Cashier(server.port).cookies
        _settle(shop)
    memory: dict[str, list[float]] = {"control": [], "ours": []}
    pages: list[float] = []

    def bare() -> Sample:
        return _start(lambda: start_floor("stdlib", file), _bare_scan, memory["control"])

    def product() -> Sample:
        return _start(lambda: start_ours(shop), lambda server: _our_scan(server, cookies), memory["ours"])

    taken = compare(bare, product, options.pairs)
    for _ in range(3):
        pages.append(_first_page(shop))
    facts: dict[str, Any] = {"articles": ARTICLES, "first_page_ms": round(statistics.median(pages))}
    rows = rows_of("start", "process start to first answered scan / stdlib server", taken, Goal(16, 6, 3), facts)
    ratio = Spread.of([one / two for one, two in zip(memory["ours"], memory["control"], strict=True)])
    facts |= {f"{side}_mb": round(statistics.median(values), 1) for side, values in memory.items()}
    what = f"resident memory after {_WARM} scans / stdlib server"
    goal = Goal(16, 4, 2.5)
    return [
        *rows,
        Row(name="start, memory", what=what, value=ratio.median, shown=str(ratio), goal=goal, facts=facts),
    ]


def _settle(shop: Path) -> None:
    """Let a first start keep what it has loaded, as it does for everybody: else a start measures an installation."""
    log = shop / "logs" / "smartecr.log"
    end = time.perf_counter() + _PATIENCE
    while '"settled"' not in log.read_text(encoding="utf-8"):
        if time.perf_counter() > end:
            raise TimeoutError("the first start does not settle")
        time.sleep(0.05)


def _start(begin: Callable[[], Server], first: Callable[[Server], Callable[[], object]], memory: list[float]) -> Sample:
    """Start a server, have a first scan answered, then warm it and note its memory."""
    started = time.perf_counter()
    server = begin()
    try:
        scan = first(server)
        wall, cpu = (time.perf_counter() - started) * 1000, server.cpu_ms
        for _ in range(_WARM):
            scan()
        memory.append(server.memory_mb)
    finally:
        server.stop()
    return Sample(wall, cpu)


def _bare_scan(server: Server) -> Callable[[], object]:
    connection: Connection = connect(server.port)

    def scan() -> None:
        order = {"commands": [{"id": "0" * 32, "do": "scan", "code": books.code(7), "quantity": 1000}]}
        status, _head, _body = connection.ask("POST", "/scan", "", json.dumps(order).encode())
        assert status == 200

    scan()
    return scan


def _our_scan(server: Server, cookies: dict[str, str]) -> Callable[[], object]:
    cashier = Cashier(server.port, cookies)
    cashier.scan(7)
    return lambda: cashier.scan(7)


def _first_page(shop: Path) -> float:
    started = time.perf_counter()
    server = start_ours(shop)
    try:
        status, _head, _body = connect(server.port).ask("GET", "/login")
        assert status == 200
        return (time.perf_counter() - started) * 1000
    finally:
        server.stop()
