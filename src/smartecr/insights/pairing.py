"""How many receipts two articles share, by month and year.

Pairs are by far the most of all sums: thousands a day, and most of them come again tomorrow. So a pair within a month
or year is one integer, made of the span ("2026-11" is 202611, "2026" is 2026) and of a small number for each article;
the sums of a span then lie one behind the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from smartecr.insights import answers
from smartecr.insights.asking import Live
from smartecr.insights.spans import Span, whole_months
from smartecr.sql import select, write_many

_BITS = 22
"""Room for four million articles."""

_ONE, _PAIR = (1 << _BITS) - 1, (1 << 2 * _BITS) - 1

_ADD = (
    "INSERT INTO insights_together (key, receipts) VALUES (%s, %s) "
    "ON CONFLICT (key) DO UPDATE SET receipts = insights_together.receipts + excluded.receipts"
)
_NUMBERS = "SELECT article_id, number FROM insights_number"


def add(span: str, found: Mapping[tuple[str, str], int]) -> None:
    """Add receipts by pair to a month or year, within a transaction; see `roll.Rolled.together` for the pairs."""
    numbers = _numbers({article for pair in found for article in pair if article})
    rows = [(_key(span, numbers[one], numbers[two]), count) for (one, two), count in found.items() if count]
    write_many(_ADD, sorted(rows))


def _key(span: str, one: int = 0, two: int = 0) -> int:
    return int(span.replace("-", "")) << 2 * _BITS | one << _BITS | two


def _numbers(articles: set[str]) -> dict[str, int]:
    """Return a number for each article, 0 for none; those that have none yet get one."""
    known: dict[str, int] = {"": 0, **dict(select(_NUMBERS))}
    new = {article: number for number, article in enumerate(sorted(articles - known.keys()), len(known))}
    write_many("INSERT INTO insights_number (article_id, number) VALUES (%s, %s)", list(new.items()))
    return known | new


def counts(live: Live, span: Span, least: int = 1) -> dict[tuple[str, str], int]:
    """Return receipts by pair of articles over the months (or the year) `spans.whole_months` takes for a stretch.

    ("", "") are all receipts, (article, "") one article's. Pairs stand on at least `least` receipts and on one in a
    thousand of all.
    """
    part = whole_months(span)
    open_days = [
        rolled for rolled in live.rolled() if part.first <= rolled.business_day[: len(part.first)] <= part.last
    ]
    found: Counter[tuple[str, str]] = Counter()
    for rolled in open_days:
        found.update(rolled.together)
    running = max((count for pair, count in found.items() if pair[1]), default=0)
    spans = sorted({part.first, part.last})
    marks = ", ".join(["%s"] * len(spans))
    whole = answers.rows(f"SELECT sum(receipts) FROM insights_together WHERE key IN ({marks})", [*map(_key, spans)])  # noqa: S608
    least = max(least, (found["", ""] + int(whole[0][0] or 0)) // 1000)
    names = {number: article for article, number in (("", 0), *answers.rows(_NUMBERS))}
    sql = (
        f"SELECT key & {_PAIR}, sum(receipts) FROM insights_together WHERE key BETWEEN %s AND %s "  # noqa: S608 numbers
        f"GROUP BY key & {_PAIR} HAVING sum(receipts) >= %s OR key & {_PAIR} & {_ONE} = 0"
    )
    for pair, count in answers.rows(sql, [_key(spans[0]), _key(spans[-1], _ONE, _ONE), max(1, least - running)]):
        found[names[pair >> _BITS], names[pair & _ONE]] += int(count)
    return {pair: count for pair, count in found.items() if count >= least or (count and not pair[1])}
