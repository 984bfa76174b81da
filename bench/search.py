"""Article search: how it grows with the catalogue, and against a scan with LIKE."""

from __future__ import annotations

import argparse
import random
from functools import partial
from pathlib import Path

from bench import books
from bench.measure import Goal, Row, compare, rows_of
from bench.worker import Worker

SMALL, FULL = 100_000, 1_000_000
BASE = 10_000
GROWTH = Goal(20, 20, 15)
SCAN = Goal(20, 40, 75, least=True)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--articles", type=int, help=f"in the big catalogue (default {SMALL:,}, full {FULL:,})")
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--searches", type=int, default=20, help="searches a round and kind")


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Return the rows, one pair for each kind of text."""
    big_count = options.articles or (FULL if options.full else SMALL)
    rows: list[Row] = []
    full = big_count >= FULL
    with Worker(folder / "base") as base, Worker(folder / "big") as big:
        base.ask("shop", articles=BASE)
        big.ask("shop", articles=big_count)
        for kind in KINDS:
            texts = words(kind, options.searches, BASE)
            found = sum(count > 0 for count in big.ask("found", texts=texts))
            facts = {"articles": big_count, "base_articles": BASE, "kind": kind, "texts": texts[:3], "found": found}
            ours = partial(big.round, "search", texts=texts)
            taken = compare(partial(base.round, "search", texts=texts), ours, options.pairs)
            what = f"search at {big_count:,} / at {BASE:,} articles, {kind}"
            rows += rows_of(f"search growth, {kind}", what, taken, GROWTH if full else None, facts)
            if kind != "misspelt":
                taken = compare(ours, partial(big.round, "like", texts=texts[:5]), options.pairs)
                what = f"LIKE scan / our search at {big_count:,} articles, {kind}"
                rows += rows_of(f"LIKE / search, {kind}", what, taken, SCAN if full else None, facts)
    return rows


KINDS = ("beginning", "two words", "inside", "misspelt")


def words(kind: str, count: int, articles: int, seed: int = 3) -> list[str]:
    """Return texts somebody types: the beginning of a name, word and number, the inside of a word, a slip."""
    rnd = random.Random(seed)
    return [_typed(kind, books.name(number), rnd) for number in rnd.sample(range(1, articles), count)]


def _typed(kind: str, name: str, rnd: random.Random) -> str:
    first, second, number = name.split()
    if kind == "beginning":
        return first[:5].lower()
    if kind == "two words":
        return f"{first[:4].lower()} {number}"
    if kind == "inside":
        return f"{first[-5:].lower()} {second.lower()}"
    place = rnd.randrange(1, len(first) - 2)
    return (first[:place] + first[place + 1] + first[place] + first[place + 2 :]).lower()
