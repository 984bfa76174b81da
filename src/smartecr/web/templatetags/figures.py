"""The rows of a table of figures: hundreds of cells a page, in one go, as a template takes six times as long."""

from __future__ import annotations

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from smartecr.insights.tables import Table

register = template.Library()


@register.filter
def table_rows(table: Table) -> SafeString:
    """Return all rows of the table but its total: mark and link before, bar behind, where it has them."""
    begins, drawn = _begins(table), []
    for place, row in enumerate(table.rows):
        head, *cells = _cells(table, (table.faces[place], *row[1:]) if table.faces else row)
        if table.links and table.links[place]:
            head = f'<a class="table-link" href="{escape(table.links[place])}">{head}</a>'
        mark = table.marks[place] if table.marks else ""
        bar = f'<td class="bar-cell">{table.bars[place]}</td>' if table.bars and table.bars[place] else ""
        drawn.append(f'<tr><th scope="row">{mark}{head}</th>{_rest(begins, cells)}{bar}</tr>')
    return mark_safe("".join(drawn))  # noqa: S308 - texts are escaped, marks and bars are drawings of ours


@register.filter
def table_total(table: Table) -> SafeString:
    """Return the row of the total, empty without one."""
    if not table.total:
        return SafeString()
    head, *cells = _cells(table, table.total)
    bar = "<td></td>" if table.bars else ""
    return mark_safe(f'<tr><th scope="row">{head}</th>{_rest(_begins(table), cells)}{bar}</tr>')  # noqa: S308 - escaped


def _begins(table: Table) -> list[str]:
    return ['<td class="number">' if column.number else "<td>" for column in table.columns[1:]]


def _cells(table: Table, row: tuple[object, ...]) -> list[str]:
    """Return the cells as HTML; figures hold nothing to escape."""
    return [
        word if column.number else escape(word) for word, column in zip(table.words(row), table.columns, strict=True)
    ]


def _rest(begins: list[str], cells: list[str]) -> str:
    return "".join([f"{begin}{cell}</td>" for begin, cell in zip(begins, cells, strict=True)])
