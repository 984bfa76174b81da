"""Many articles of a group in one table: what was typed in each row becomes the rows that changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from smartecr.catalog import csvcells, rows
from smartecr.catalog.errors import CatalogError
from smartecr.catalog.models import Article
from smartecr.catalog.rows import Row
from smartecr.core.errors import CoreError
from smartecr.core.money import format_cents, parse_cents
from smartecr.web.office.articleform import columns_of


@dataclass(slots=True)
class Line:
    """One article as the table shows it, with the sentence of a field that was refused."""

    article: Article
    name: str
    price: str
    favourite: str
    sold_out: bool
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
    return Table([_line(article) for article in articles])


def read(post: Mapping[str, Any], articles: Sequence[Article]) -> Table:
    """Return the table as typed, with the rows that differ from the books; what is not in the form stays as it is."""
    table = Table()
    for article in articles:
        line = _line(article)
        if f"name-{article.id}" in post:
            line.name = str(post[f"name-{article.id}"])
            line.price = str(post.get(f"price-{article.id}", ""))
            line.favourite = str(post.get(f"favourite-{article.id}", "")).strip()
            line.sold_out = f"out-{article.id}" in post
            _compare(table, line)
        table.lines.append(line)
    return table


def _line(article: Article) -> Line:
    return Line(
        article,
        article.name.replace(rows.SOFT_HYPHEN, "|"),
        format_cents(article.price_cents, minus="-"),
        str(article.favourite_position or ""),
        article.sold_out,
    )


def _compare(table: Table, line: Line) -> None:
    present = columns_of(line.article)
    try:
        values = {
            "name": line.name.replace("|", rows.SOFT_HYPHEN),
            "price_cents": parse_cents(line.price or ("0" if line.article.open_price else "")),
            "favourite_position": csvcells.read_whole(line.favourite) if line.favourite else None,
            "sold_out": line.sold_out,
        }
        row = rows.article_row(values, present)
    except (CatalogError, CoreError) as error:
        line.wrong = error.message
        return
    if row["columns"] != present:
        table.changed.append(row)
