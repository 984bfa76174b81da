"""Many articles of a group in one table: what was typed in each row becomes the rows that changed.

A new price with a date for the whole table becomes a dated price of each article it is typed for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any

from django.utils.translation import gettext as _

from smartecr.catalog import csvcells, csvdates, dated, rows
from smartecr.catalog.errors import CatalogError
from smartecr.catalog.models import Article
from smartecr.catalog.rows import Row
from smartecr.core.content import parse_content
from smartecr.core.errors import CoreError
from smartecr.core.money import format_cents, parse_cents
from smartecr.core.records import dataclass
from smartecr.web.office import priceform
from smartecr.web.office.articleform import columns_of
from smartecr.web.till.words import said

_SHOWN = ("name", "price", "content", "favourite", "out")
"""What can be typed in a line, as its fields are called."""


@dataclass(slots=True)
class Line:
    """One article as the table shows it, with the sentence of a field that was refused."""

    article: Article
    name: str = ""
    price: str = ""
    content: str = ""
    favourite: str = ""
    sold_out: bool = False
    new_price: str = ""
    planned: str = ""
    wrong: str = ""

    @property
    def shown(self) -> dict[str, str]:
        """Return what the books say in the fields that can be typed, as the table shows it."""
        one = self.article
        texts = (one.name.replace(rows.SOFT_HYPHEN, "|"), format_cents(one.price_cents, minus="-"), one.content_text)
        return dict(zip(_SHOWN, (*texts, str(one.favourite_position or ""), "x" if one.sold_out else ""), strict=True))

    @property
    def was(self) -> str:
        """Return `shown` as the form brings it back: what was not typed must not undo what others changed."""
        return json.dumps(list(self.shown.values()))

    @property
    def per_unit(self) -> str:
        """Return the unit price as the books say, "" where none is needed."""
        return self.article.unit_price_text(self.article.price_cents)


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
            _take(line, post)
            if not line.wrong:
                _compare(table, line, span, new_id)
        table.lines.append(line)
    return table


def _take(line: Line, post: Mapping[str, Any]) -> None:
    """Take over what was typed in a line; what was left as it was shown stays as the books say now.

    A field that was typed and changed in the books meanwhile is refused once, with what the books say.
    """
    key = line.article.id
    present = line.shown
    try:
        was = dict(zip(_SHOWN, json.loads(post.get(f"was-{key}", "")), strict=True))
    except (ValueError, TypeError):
        was = present
    typed = {name: str(post.get(f"{name}-{key}", "")).strip() for name in _SHOWN}
    typed["out"] = "x" if f"out-{key}" in post else ""
    changed = {name: text for name, text in typed.items() if text != was[name]}
    line.name, line.price, line.content, line.favourite, sold_out = ({**present, **changed}[name] for name in _SHOWN)
    line.sold_out = bool(sold_out)
    crossed = [name for name, text in changed.items() if present[name] not in (was[name], text)]
    if crossed:
        now = ", ".join(present[name] or "–" for name in crossed)
        line.wrong = _(
            "Inzwischen hat jemand anders geändert: {now}. Noch einmal speichern übernimmt deine Eingabe."
        ).format(now=now)


def _planned(articles: Sequence[Article]) -> dict[str, str]:
    found: dict[str, list[csvdates.Dated]] = {}
    for price in dated.planned([article.id for article in articles]):
        found.setdefault(price.article_id, []).append(
            csvdates.Dated(price.level, price.cents, price.begins, price.ends)
        )
    return {key: "\n".join(csvdates.write([price]) for price in prices) for key, prices in found.items()}


def _line(article: Article, planned: Mapping[str, str]) -> Line:
    line = Line(article, planned=planned.get(article.id, ""))
    line.name, line.price, line.content, line.favourite, sold_out = line.shown.values()
    line.sold_out = bool(sold_out)
    return line


def _compare(table: Table, line: Line, span: priceform.Span, new_id: Callable[[], str]) -> None:
    present = columns_of(line.article)
    try:
        content, content_unit = parse_content(line.content) if line.content else (None, "")
        values = {
            "name": line.name.replace("|", rows.SOFT_HYPHEN),
            "price_cents": parse_cents(line.price or ("0" if line.article.open_price else "")),
            "favourite_position": csvcells.read_whole(line.favourite) if line.favourite else None,
            "sold_out": line.sold_out,
            "content": content,
            "content_unit": content_unit,
        }
        row = rows.article_row(values, present)
        if line.new_price and span.begins:
            wanted = {"id": new_id(), "level": 1, "cents": parse_cents(line.new_price), **span._asdict()}
            table.changed.append(rows.price_row(wanted, present))
    except (CatalogError, CoreError) as error:
        line.wrong = said(error.message)
        return
    if row["columns"] != present:
        table.changed.append(row)
