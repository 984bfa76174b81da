"""The proof of the books: `verify.examine` over real receipts / as many raw ECDSA verifications; its memory.

Ours uses all cores, as `smartecr verify books` does, the raw side one; CPU is that of all processes. With `--mixed` the
receipts are those of a busy shop with cards, tables, customers, vouchers and invoices (see `bench.year`).
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from bench import books
from bench.measure import Goal, Row, Sample, compare, rows_of

if TYPE_CHECKING:
    from smartecr.register.till import Till

GOAL = Goal(15, 2, 1.5)
_PAUSE = 0.5
"""Seconds before a round: at real-time priority the kernel stops for a while who had a core for most of a second, which
would meet the longer side only."""
_ARTICLES = [books.article_id(number) for number in range(1, 11)]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--receipts", type=int, default=0, help="default 6000, with --full 60,000")
    parser.add_argument("--mixed", action="store_true", help="a busy shop's receipts, with --full a year of them")


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Return the rows, a receipt each."""
    books.prepare(folder)
    count = _mixed(folder, options) if options.mixed else _plain(folder, options)
    from smartecr.register.books import verify

    key = ec.generate_private_key(ec.SECP256R1())
    message, scheme = b"x" * 300, ec.ECDSA(hashes.SHA256())
    signature, public = key.sign(message, scheme), key.public_key()

    def raw() -> None:
        for _ in range(count):
            public.verify(signature, message, scheme)

    def prove() -> None:
        if not verify.examine(workers=os.cpu_count() or 1).holds:
            raise RuntimeError("the books of the measurement do not hold")

    taken = compare(lambda: _round(raw, count), lambda: _round(prove, count), options.pairs)
    sides = {"self": resource.RUSAGE_SELF, "worker": resource.RUSAGE_CHILDREN}
    facts = {"receipts": count, "cores": os.cpu_count()}
    facts |= {f"rss_mb_{side}": resource.getrusage(who).ru_maxrss // 1024 for side, who in sides.items()}
    return rows_of("verify_books", "proof of the books / raw ECDSA verification, a receipt", taken, GOAL, facts)


def _plain(folder: Path, options: argparse.Namespace) -> int:
    count: int = options.receipts or (60_000 if options.full else 6000)
    till = books.open_till(folder)
    _fill(till, count)
    till.tse.close()
    return count


def _mixed(folder: Path, options: argparse.Namespace) -> int:
    from bench import year

    count: int = options.receipts or (300_000 if options.full else 6000)
    lived = year.live(folder, min(count, 37_500))
    return year.again(folder, max(1, round(count / lived)))


def _round(work: Callable[[], None], count: int) -> Sample:
    time.sleep(_PAUSE)
    wall, before = time.perf_counter(), os.times()
    work()
    wall = time.perf_counter() - wall
    cpu = sum(os.times()[:4]) - sum(before[:4])
    return Sample(wall / count * 1000, cpu / count * 1000)


def _catalogue(articles: list[str]) -> list[dict[str, Any]]:
    """Return a group and articles to be saved through the journal, which the proof holds them against."""
    group = {
        "id": "a" * 32, "name": "Waren", "icon": "box", "hue": 58, "position": 1, "vat_key_in": 1, "vat_key_out": 1,
        "active": True,
    }  # fmt: skip
    rows: list[dict[str, Any]] = [{"table": "catalog_group", "key": group["id"], "columns": group}]
    for number, article in enumerate(articles, 1):
        key = 1 + number % 2
        columns = {
            "id": article, "number": str(number), "name": f"Ware {number}", "group_id": group["id"],
            "vat_key_in": key, "vat_key_out": key, "price_cents": 100 + 7 * number, "prices": "{}",
            "open_price": False, "unit": "", "favourite_position": None, "position": number, "sold_out": False,
            "age": 0, "deposit_article_id": None, "gv_typ": "Umsatz", "icon": "", "picture": "", "active": True,
        }  # fmt: skip
        rows.append({"table": "catalog_article", "key": article, "columns": columns})
    return rows


def open_counter(till: Till) -> None:
    """Open a shop with ten articles."""
    from smartecr.register.shop import masterdata

    books.open_shop(till)
    masterdata.save_articles(till, books.owner(), _catalogue(_ARTICLES))


def sell(till: Till, count: int, begin: int = 0) -> None:
    """Sell three lines a receipt, by cash and card in turn."""
    from smartecr.core.receipt import Payment
    from smartecr.register import queries
    from smartecr.register.sale import paying, selling

    owner = books.owner()
    for number in range(begin, begin + count):
        taps = [
            {"id": till.new_id(), "do": "article", "article": _ARTICLES[(number + place) % len(_ARTICLES)]}
            for place in range(3)
        ]
        selling.run(till, owner, taps)
        state = queries.current(till)
        kind = "Bar" if number % 2 else "ECKarte"
        given = [Payment(kind=kind, cents=state.priced.total_cents)]
        paying.pay(till, owner, state.id, till.new_id(), given)


def _fill(till: Till, count: int) -> None:
    """Sell, and close every 800 receipts."""
    from smartecr.register.books import closing

    open_counter(till)
    for begin in range(0, count, 800):
        sell(till, min(800, count - begin), begin)
        if count - begin >= 800:
            closing.close_day(till, books.owner(), till.new_id(), None)
