"""What is bought together. Pure.

Support is the share of receipts with both articles, confidence the share of receipts with the one that also have the
other, lift how many times more often they meet than if guests chose each by itself (1: no bond).
"""

from __future__ import annotations

from collections.abc import Mapping

from smartecr.core.records import dataclass

LEAST = 10
"""Receipts a pair must stand on before it is shown."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two articles on the same receipts: `receipts` with both, shares in basis points, `lift` in hundredths."""

    one: str
    two: str
    receipts: int
    support_bp: int
    confidence_bp: int
    lift_hundredths: int


def pairs(together: Mapping[tuple[str, str], int], least: int = LEAST) -> list[Pair]:
    """Return pairs with at least `least` receipts, strongest bond first. The first article is the rarer one.

    `together` counts receipts by pair, by article ("two" empty) and in all (both empty).
    """
    every = together.get(("", ""), 0)
    found = []
    for (one, two), count in together.items():
        if not two or count < least:
            continue
        single = {article: together.get((article, ""), 0) for article in (one, two)}
        if min(single.values()) < count or every <= 0:
            continue
        rare, other = sorted((one, two), key=lambda article: (single[article], article))
        found.append(
            Pair(
                one=rare,
                two=other,
                receipts=count,
                support_bp=round(10_000 * count / every),
                confidence_bp=round(10_000 * count / single[rare]),
                lift_hundredths=round(100 * count * every / (single[one] * single[two])),
            )
        )
    return sorted(found, key=lambda pair: (-pair.lift_hundredths, -pair.receipts, pair.one))
