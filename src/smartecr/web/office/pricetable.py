"""Many articles of a group in one table: what was typed in each row becomes the rows that changed.

A new price with a date for the whole table becomes a dated price of each article it is typed for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from smartecr.catalog import csvcells, csvdates, dated, rows
from smartecr.catalog.errors import CatalogError
from smartecr.catalog.models import Article
from smartecr.catalog.rows import Row
from smartecr.core.errors import CoreError
from smartecr.core.money import format_cents, parse_cents
from smartecr.web.office import priceform
from smartecr.web.office.articleform import columns_of


@dataclass(slots=True)
class Line:
    """One article as the table shows it, with the sentence of a field that was refused."""

    article: Article
    name: str
    price: str
    favourite: str
    sold_out: bool
    new_price: str = ""
    planned: str = ""
    wrong: str = ""


@dataclass(slots=True)
class Table:
    """All lines, the rows that changed, and whether something was refused."""

    lines: list[Line] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)
    problem: str = ""

    @property
    def wrong(self) -> bool:
        """Tell whether a line was refused."""
        return any(line.wrong for line in self.lines)


def shown(articles: Sequence[Article]) -> Table:
    """Return the table as the books say."""
    planned = _planned(articles)
    return Table([_line(article, planned) for article in articles])


def raised(table: Table, percent: str, step: str) -> None:
    """Fill in every new price: the present one raised by `percent` ("5", "-2,5"), rounded to `step` cents.

    Half a step goes up. Typed prices and those of a return stay out. Raises CoreError for what is no number.
    """
    basis_points, to = parse_cents(percent), max(csvcells.read_whole(step or "1"), 1)
    for line in table.lines:
        if not line.article.open_price and line.article.price_cents > 0:
            exact = line.article.price_cents * (10_000 + basis_points)
            line.new_price = format_cents((2 * exact + 10_000 * to) // (20_000 * to) * to, minus="-")


def read(post: Mapping[str, Any], articles: Sequence[Article], new_id: Callable[[], str]) -> Table:
    """Return the table as typed, with the rows that differ from the books; what is not in the form stays as it is."""
    table = Table()
    planned = _planned(articles)
    span = priceform.Span()
    if any(post.get(f"new-{article.id}") for article in articles):
        try:
            span = priceform.span(post)
        except CoreError as error:
            table.problem = error.message
    for article in articles:
        line = _line(article, planned)
        line.new_price = str(post.get(f"new-{article.id}", "")).strip()
        if f"name-{article.id}" in post:
            line.name = str(post[f"name-{article.id}"])
            line.price = str(post.get(f"price-{article.id}", ""))
            line.favourite = str(post.get(f"favourite-{article.id}", "")).strip()
            line.sold_out = f"out-{article.id}" in post
            _compare(table, line, span, new_id)
        table.lines.append(line)
    return table


def _planned(articles: Sequence[Article]) -> dict[str, str]:
    found: dict[str, list[csvdates.Dated]] = {}
    for price in dated.planned([article.id for article in articles]):
        found.setdefault(price.article_id, []).append(
            csvdates.Dated(price.level, price.cents, price.begins, price.ends)
        )
    return {key: "\n".join(csvdates.write([price]) for price in prices) for key, prices in found.items()}


def _line(article: Article, planned: Mapping[str, str]) -> Line:
    return Line(
        article,
        article.name.replace(rows.SOFT_HYPHEN, "|"),
        format_cents(article.price_cents, minus="-"),
        str(article.favourite_position or ""),
        article.sold_out,
        planned=planned.get(article.id, ""),
    )


def _compare(table: Table, line: Line, span: priceform.Span, new_id: Callable[[], str]) -> None:
    present = columns_of(line.article)
    try:
        values = {
            "name": line.name.replace("|", rows.SOFT_HYPHEN),
            "price_cents": parse_cents(line.price or ("0" if line.article.open_price else "")),
            "favourite_position": csvcells.read_whole(line.favourite) if line.favourite else None,
            "sold_out": line.sold_out,
        }
        row = rows.article_row(values, present)
        if line.new_price and span.begins:
            wanted = {"id": new_id(), "level": 1, "cents": parse_cents(line.new_price), **span._asdict()}
            table.changed.append(rows.price_row(wanted, present))
    except (CatalogError, CoreError) as error:
        line.wrong = error.message
        return
    if row["columns"] != present:
        table.changed.append(row)
