"""Pages of figures over years of lines, and a year's questions by rollup over the same by row scan."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from bench import books
from bench.measure import Goal, Row, compare, rows_of, timed

if TYPE_CHECKING:
    from django.test import Client

SMALL, FULL = 100_000, 5_000_000
ARTICLES = 300
SCAN = Goal(24, 1 / 5, 1 / 100)
PAGE = Goal(24, 150, 75)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--lines", type=int, help=f"receipt lines in the file (default {SMALL:,}, full {FULL:,})")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--times", type=int, default=20, help="calls of each page")
    parser.add_argument("--folder", type=Path, help="fill this folder once, then measure it as it lies")


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Return the rows."""
    lines = options.lines or (FULL if options.full else SMALL)
    facts = _filled(options.folder or folder, lines)
    full = lines >= FULL
    rows = [
        row
        for name, ours, sql in _questions()
        for row in rows_of(
            f"figures, {name}", f"by rollup / by row scan of {facts['lines']:,} lines",
            compare(partial(timed, partial(_scan, sql), 1), partial(timed, ours, 5), options.pairs),
            SCAN if full else None, facts,
        )
    ]  # fmt: skip
    client = _client()
    addresses = {"today": "/office/today", "today, year": "/office/today?length=year"}
    from smartecr.web.office.insights_pages import PAGES

    addresses |= {name: f"/office/figures/{name}?length=year" for name in PAGES}
    ever = f"from={facts['first']}&to={facts['last']}"
    addresses |= {f"{name}, all years": f"/office/figures/{name}?{ever}" for name in PAGES}
    goal = PAGE if full else None
    return rows + [_page(client, name, address, options.times, goal) for name, address in addresses.items()]


def _filled(folder: Path, lines: int) -> dict[str, Any]:
    """Bring Django up over a folder full of trade; return what lies in it, as it was noted when it was filled."""
    books.prepare(folder)
    note = folder / "filled.json"
    if not note.exists():
        note.write_text(json.dumps(_fill(folder, lines)), "utf-8")
    return cast("dict[str, Any]", json.loads(note.read_text("utf-8")))


def _fill(folder: Path, lines: int) -> dict[str, Any]:
    from bench.trade import Trade

    till = books.open_till(folder)
    books.open_shop(till)
    books.fill_catalogue(ARTICLES)
    till.tse.close()
    from django.db import connection

    from smartecr.insights import keeping
    from smartecr.sql import select

    file = folder / "smartecr.sqlite3"
    connection.close()
    begin = time.process_time()
    written = Trade(str(file), till).make(lines, datetime.now(UTC).date())
    filled = time.process_time() - begin
    print(f"  {written:,} lines written in {filled:.0f} s CPU", file=sys.stderr, flush=True)
    begin = time.process_time()
    periods = keeping.rebuild()
    seconds = time.process_time() - begin
    print(f"  {periods} closings rolled up in {seconds:.0f} s CPU", file=sys.stderr, flush=True)
    first, last = select("SELECT min(business_day), max(business_day) FROM register_period")[0]
    return {
        "lines": written, "closings": periods, "fill_cpu_s": round(filled, 1), "rebuild_cpu_s": round(seconds, 1),
        "first": first, "last": last,
        "file_mb": file.stat().st_size // 1_000_000,
    }  # fmt: skip


def _questions() -> list[tuple[str, Callable[[], object], str]]:
    """Return name, our question and the row scan that answers it, over the year before today."""
    from smartecr.insights import asking
    from smartecr.insights.spans import Span

    today = datetime.now(UTC).date()
    year = Span(today - timedelta(days=365), today - timedelta(days=1))
    since = f"r.business_day BETWEEN '{year.first}' AND '{year.last}'"
    lines = f"FROM register_receipt r JOIN register_receipt_line l ON l.receipt_id = r.id WHERE {since}"

    articles = f"SELECT l.article_id, sum(l.amount_cents), sum(l.quantity) {lines} GROUP BY l.article_id"
    hours = (
        "SELECT strftime('%w', r.business_day), substr(r.recorded_at, 12, 2), count(*), sum(r.total_cents) "
        f"FROM register_receipt r WHERE {since} GROUP BY 1, 2"
    )
    return [
        ("articles of a year", lambda: asking.articles(asking.Live(), year), articles),
        ("hours of a year", lambda: asking.hours(asking.Live(), year, "slot"), hours),
    ]


def _scan(sql: str) -> object:
    from smartecr.sql import select

    return select(sql)


def _client() -> Client:
    from django.conf import settings
    from django.test import Client

    settings.ALLOWED_HOSTS = ["*"]
    client = Client()
    client.post("/login", {"person": books.PERSON, "pin": books.PIN})
    return client


def _page(client: Client, name: str, address: str, times: int, goal: Goal | None) -> Row:
    """Return the 95th percentile of the CPU time of a page, in milliseconds: as if asked first after a closing.

    One call before does not count. The same from the answers kept stands beside it.
    """
    client.get(address)
    first, walls, again = [], [], []
    size = 0
    for _ in range(times):
        _forget()
        for taken in (first, again):
            begin, wall = time.process_time(), time.perf_counter()
            answer = client.get(address)
            taken.append((time.process_time() - begin) * 1000)
            walls.append((time.perf_counter() - wall) * 1000)
            assert answer.status_code == 200, (address, answer.status_code)
            size = len(answer.content)
    p95 = _p95(first)
    facts = {
        "again_ms": round(_p95(again), 1), "wall_p95_ms": round(_p95(walls[::2]), 1), "bytes": size, "times": times,
    }  # fmt: skip
    return Row(name=f"page {name}, CPU p95", what=address, value=p95, shown=f"{p95:.0f} ms", goal=goal, facts=facts)


def _forget() -> None:
    """Have every answer found out anew, as after a closing."""
    from django.db import transaction

    from smartecr.insights import answers

    with transaction.atomic():
        answers.changed()


def _p95(taken: list[float]) -> float:
    return sorted(taken)[-(-95 * len(taken) // 100) - 1]
