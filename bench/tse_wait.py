"""How long a sale waits for a TSE that takes 200 ms a call, beyond the same sale with a TSE that takes none.

Five lines are rung up, the customer looks for the purse, cash is paid: the start is signed meanwhile, only the finish
is waited for. Naively it would be two calls. The two sales are taken in turn in one process.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from bench import books
from bench.measure import Goal, Row, Spread

GOAL = Goal(26, 1.1, 0.2)
LATENCY = 0.2
PURSE = 0.35
ARTICLES = 200


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--pairs", type=int, default=9)


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Return the rows: paying at leisure, and paying at once (nothing overlapped), for comparison."""
    from smartecr.tse.virtual import Faults

    books.prepare(folder)
    faults = Faults()
    till = books.open_till(folder, faults=faults)
    books.open_shop(till)
    books.fill_catalogue(ARTICLES)
    seller = books.Seller(till, folder, ARTICLES)

    def paying(latency: float, purse: float) -> float:
        faults.latency = latency
        sale = seller.sell(lambda: time.sleep(purse))
        return sale.intent + sale.signing + sale.result

    def blocked(purse: float) -> Spread:
        paying(LATENCY, purse)
        waits = []
        for _ in range(options.pairs):
            without = paying(0.0, purse)
            waits.append((paying(LATENCY, purse) - without) / (LATENCY * 1000))
        return Spread.of(waits)

    leisurely, hasty = blocked(PURSE), blocked(0.0)
    till.tse.close()
    facts = {"latency_ms": LATENCY * 1000, "purse_ms": PURSE * 1000, "pairs": options.pairs}
    return [
        Row(
            name="tse_wait",
            what="blocking wait a sale for a TSE of 200 ms / 200 ms, start overlapped with the scanning",
            value=leisurely.median,
            shown=str(leisurely),
            goal=GOAL,
            facts=facts,
        ),
        Row(
            name="tse_wait, paid at once",
            what="the same with nothing between last line and payment (both calls are waited for)",
            value=hasty.median,
            shown=str(hasty),
            facts=facts,
        ),
    ]
