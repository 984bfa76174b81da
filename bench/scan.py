"""One scan over HTTP as the page sends it, over a bare Starlette server running the same SQL."""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sqlite3
import statistics
import time
from pathlib import Path

from bench import books
from bench.client import Cashier, Connection, connect
from bench.floor_servers import write_articles
from bench.measure import Goal, Row, Sample, Side, compare, rows_of
from bench.processes import Server, floor, ours, prepare_shop
from bench.worker import Worker

SMALL, FULL = 10_000, 100_000


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--articles", type=int, help=f"default {SMALL:,}, full {FULL:,}")
    parser.add_argument("--sales", type=int, default=10, help="baskets of five scans a round")
    parser.add_argument("--pairs", type=int, default=7)


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Return the rows: against the same SQL, and against the lookup alone."""
    articles = options.articles or (FULL if options.full else SMALL)
    prepare_shop(folder / "shop", articles)
    file = _floor_files(folder, articles)
    rows: list[Row] = []
    with floor("replay", file) as bare, ours(folder / "shop") as server:
        connection, cashier = connect(bare.port), Cashier(server.port)
        product = _our_scans(server, cashier, options.sales, articles)
        facts = {"articles": articles, "sqlite": "WAL FULL", "server": "uvicorn; floor on h11, ours on httptools"}
        taken = compare(_bare_scans(bare, connection, "/scan", options.sales), product, options.pairs)
        what = "scan request p50 / bare Starlette running the same SQL, durable"
        rows += rows_of("scan", what, taken, Goal(17, 3, 1.5), facts)
        taken = compare(_bare_scans(bare, connection, "/lookup", options.sales), product, options.pairs)
        what = "scan request p50 / bare Starlette looking the code up, nothing written"
        rows += rows_of("scan over lookup", what, taken, None, facts)
    return rows


def _floor_files(folder: Path, articles: int) -> Path:
    """Record our scans on one copy of the shop and leave another for the replay; return its database."""
    shutil.copytree(folder / "shop", folder / "recorder")
    with Worker(folder / "recorder") as worker:
        recorded = worker.ask("scan_sql")
    file = folder / "floor.sqlite3"
    source, copy = sqlite3.connect(folder / "shop" / "smartecr.sqlite3"), sqlite3.connect(file)
    source.backup(copy)
    source.close()
    copy.close()
    Path(f"{file}.json").write_text(json.dumps(recorded), encoding="utf-8")
    write_articles(Path(f"{file}.articles"), articles)
    return file


def _bare_scans(server: Server, connection: Connection, path: str, sales: int) -> Side:
    head = "Content-Type: application/json\r\n"
    rnd = random.Random(5)

    def one_round() -> Sample:
        walls, cpu = [], server.cpu_ms
        for _ in range(sales * books.LINES):
            order = {
                "commands": [{"id": "0" * 32, "do": "scan", "code": books.code(rnd.randint(1, 1000)), "quantity": 1000}]
            }
            body = json.dumps(order).encode()
            begin = time.perf_counter()
            status, _head, _page = connection.ask("POST", path, head, body)
            walls.append(time.perf_counter() - begin)
            assert status == 200
        return Sample(statistics.median(walls) * 1000, (server.cpu_ms - cpu) / len(walls))

    return one_round


def _our_scans(server: Server, cashier: Cashier, sales: int, articles: int) -> Side:
    rnd = random.Random(5)

    def one_round() -> Sample:
        walls, cpu = [], 0.0
        for _ in range(sales):
            for number in rnd.sample(range(1, articles + 1), books.LINES):
                used, begin = server.cpu_ms, time.perf_counter()
                page = cashier.scan(number)
                walls.append(time.perf_counter() - begin)
                cpu += server.cpu_ms - used
            cashier.pay(page)
        return Sample(statistics.median(walls) * 1000, cpu / len(walls))

    return one_round
