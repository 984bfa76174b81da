"""The best promotions for a basket of 60 lines among 200 rules, beside pricing the same basket."""

from __future__ import annotations

import argparse
import random
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.measure import Row, Sample, compare, rows_of
from smartecr.core.lines import Basket, Line
from smartecr.core.promotions import Guest, Promotion, apply
from smartecr.core.totals import price

LINES, RULES, GROUPS = 60, 200, 10
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--baskets", type=int, default=20, help="baskets a round")
    parser.add_argument("--pairs", type=int, default=7)


def measure(options: argparse.Namespace, _folder: Path) -> list[Row]:
    """Return the rows: milliseconds a basket, and how many times the pricing that every tap does anyway."""
    basket, rules = _basket(), _rules()

    def ours() -> Sample:
        return _timed(options.baskets, lambda: apply(basket, rules, Guest(at=NOON, card=True)))

    def base() -> Sample:
        return _timed(options.baskets, lambda: price(basket, NOON.date()))

    taken = compare(base, ours, options.pairs)
    what = f"best promotions, {LINES} lines, {RULES} rules / pricing the basket"
    return rows_of("promotions", what, taken, None, {"lines": LINES, "rules": RULES})


def _timed(count: int, act: object) -> Sample:
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(count):
        act()  # type: ignore[operator]
    return Sample((time.perf_counter() - wall) * 1000 / count, (time.process_time() - cpu) * 1000 / count)


def _basket() -> Basket:
    chance = random.Random(7)
    lines = tuple(
        Line(
            id=f"l{place}", text="Ware", quantity=chance.randint(1, 4) * 1000, unit_cents=chance.randint(90, 1500),
            vat_key_in=1 + place % 2, vat_key_out=1 + place % 2, in_house=True, article_id=f"a{place}",
            group_id=f"g{chance.randrange(GROUPS)}",
        )
        for place in range(LINES)
    )  # fmt: skip
    return Basket(id="b", lines=lines)


def _rules() -> list[Promotion]:
    chance = random.Random(8)
    return [
        Promotion(
            id=f"p{place}", name=f"Aktion {place}", kind=kind, groups=(f"g{chance.randrange(GROUPS)}",),
            partners=(f"g{chance.randrange(GROUPS)}",), count=3,
            value={"percent": chance.randint(200, 3000), "amount": 150, "n_for_m": 2, "combo": 900}[kind],
        )
        for place, kind in enumerate(chance.choices(("percent", "amount", "n_for_m", "combo"), k=RULES))
    ]  # fmt: skip
