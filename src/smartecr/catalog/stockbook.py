"""What lies there and how it came about: sums over the movements of stock, at any moment. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterable

from smartecr.catalog.models import Article, StockCount, StockMove
from smartecr.core.quantity import line_cents
from smartecr.core.records import dataclass
from smartecr.sql import select

_CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """An article whose stock is kept: what lies there in thousandths, and how much to order (0: nothing)."""

    article: Article
    quantity: int
    order: int

    @property
    def short(self) -> bool:
        """Tell whether less lies there than should."""
        return self.article.stock_min is not None and self.quantity <= self.article.stock_min

    @property
    def negative(self) -> bool:
        """Tell whether more was sold than ever came: something was not booked."""
        return self.quantity < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A stock-taking: when, by whom, how many articles, how many of them differed, and the difference at cost."""

    count_id: str
    at: str
    person_name: str
    note: str
    articles: int
    differing: int
    cents: int


def balances(article_ids: Iterable[str] | None = None, at: str = "") -> dict[str, int]:
    """Return thousandths by article id, of those that ever moved, at the end of the instant `at` (UTC text, "" now)."""
    if article_ids is None:
        return _sums("", [], at)
    keys = list(article_ids)
    found: dict[str, int] = {}
    for start in range(0, len(keys), _CHUNK):
        part = keys[start : start + _CHUNK]
        found |= _sums(f"article_id IN ({', '.join(['%s'] * len(part))})", part, at)
    return found


def _sums(where: str, arguments: list[str], at: str) -> dict[str, int]:
    parts = [part for part in (where, "at <= %s" if at else "") if part]
    clause = f"WHERE {' AND '.join(parts)} " if parts else ""
    sql = f"SELECT article_id, sum(quantity) FROM catalog_stock_move {clause}GROUP BY article_id"  # noqa: S608 marks
    return {key: int(total) for key, total in select(sql, [*arguments, *([at] if at else [])])}


def stocks(group_id: str = "", at: str = "") -> list[Stock]:
    """Return the active articles whose stock is kept, by group and place; of one group or all."""
    kept = Article.objects.filter(stocked=True, active=True).select_related("group")
    kept = kept.filter(group_id=group_id) if group_id else kept
    articles = list(kept.order_by("group__position", "group_id", "position", "id"))
    lying = balances([article.id for article in articles], at)
    return [stock_of(article, lying.get(article.id, 0)) for article in articles]


def stock_of(article: Article, quantity: int) -> Stock:
    """Return an article's stock; ordered is up to `stock_full`, or to twice the least where nobody said."""
    least, full = article.stock_min, article.stock_full
    wanted = full if full is not None else 2 * least if least is not None else 0
    short = least is not None and quantity <= least
    return Stock(article=article, quantity=quantity, order=max(wanted - quantity, 0) if short else 0)


def counts(limit: int = 50) -> list[Count]:
    """Return the newest stock-takings."""
    rows = StockCount.objects.order_by("-at").values_list(
        "count_id", "at", "person_name", "note", "expected", "counted", "cost_cents"
    )
    found: dict[str, Count] = {}
    for key, at, person, note, expected, counted, cost in rows.iterator():
        if key not in found and len(found) == limit:
            break
        kept = found.get(key)
        cents = line_cents(cost or 0, counted - expected) if counted != expected else 0
        found[key] = Count(
            count_id=key, at=at, person_name=person, note=note,
            articles=(kept.articles if kept else 0) + 1,
            differing=(kept.differing if kept else 0) + (counted != expected),
            cents=(kept.cents if kept else 0) + cents,
        )  # fmt: skip
    return list(found.values())


def counted(count_id: str) -> list[tuple[Article, StockCount]]:
    """Return the lines of a stock-taking with their articles, by group and place."""
    lines = {line.article_id: line for line in StockCount.objects.filter(count_id=count_id)}
    articles = Article.objects.filter(id__in=list(lines)).select_related("group")
    return [(article, lines[article.id]) for article in articles.order_by("group__position", "position", "id")]


def move_of(source_id: str, article_id: str) -> StockMove | None:
    """Return one movement, None if there is none."""
    return StockMove.objects.filter(source_id=source_id, article_id=article_id).first()
