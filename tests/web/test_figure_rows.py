"""Rows of a table of figures, drawn without a template: the same as one draws, which escapes all by itself."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.insights.tables import CHANGE, COUNT, MONEY, PERCENT, QUANTITY, TEXT, Column, Table
from smartecr.web.templatetags.figures import table_rows, table_total

CELL = (
    '{% if forloop.first %}<th scope="row">{{ mark|safe }}'
    '{% if link %}<a class="table-link" href="{{ link }}">{{ cell }}</a>{% else %}{{ cell }}{% endif %}</th>'
    '{% else %}<td{% if number %} class="number"{% endif %}>{{ cell }}</td>{% endif %}'
)
ROW = (
    f"<tr>{{% for cell, number in cells %}}{CELL}{{% endfor %}}"
    '{% if bar %}<td class="bar-cell">{{ bar|safe }}</td>{% endif %}{% if gap %}<td></td>{% endif %}</tr>'
)
FIGURE = st.none() | st.integers(-(10**9), 10**9)
KINDS = st.lists(st.sampled_from((MONEY, COUNT, QUANTITY, PERCENT, CHANGE, TEXT)), max_size=5)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Tables with anything in them, each of marks, bars, links and faces there or not."""
    kinds = [TEXT, *draw(KINDS)]
    row = st.tuples(*(st.text(max_size=9) | st.none() if kind == TEXT else FIGURE for kind in kinds))
    rows = draw(st.lists(row, max_size=4))

    def beside(words: st.SearchStrategy[str]) -> list[str]:
        return draw(st.just([]) | st.lists(words, min_size=len(rows), max_size=len(rows)))

    drawing = st.sampled_from(("", '<b class="letter">A</b>'))
    return Table(
        key="any", title="Alles", columns=tuple(Column("<i>", kind) for kind in kinds), rows=rows,
        total=draw(st.none() | row), marks=beside(drawing), bars=beside(drawing), links=beside(st.text(max_size=9)),
        faces=beside(st.text(max_size=9)),
    )  # fmt: skip


def by_template(table: Table, row: tuple[Any, ...], **beside: str | bool) -> str:
    from django.template import Context, Template

    numbers = [column.number for column in table.columns]
    return Template(ROW).render(Context({"cells": list(zip(table.words(row), numbers, strict=True)), **beside}))


@given(tables())
def test_rows_are_those_a_template_draws(table: Table) -> None:
    def one(kept: list[str], place: int) -> str:
        return kept[place] if kept else ""

    assert table_rows(table) == "".join(
        by_template(
            table,
            (table.faces[place], *row[1:]) if table.faces else row,
            mark=one(table.marks, place), link=one(table.links, place), bar=one(table.bars, place),
        )
        for place, row in enumerate(table.rows)
    )  # fmt: skip
    assert table_total(table) == (by_template(table, table.total, gap=bool(table.bars)) if table.total else "")


@pytest.mark.parametrize("drawn", [table_rows, table_total])
def test_what_people_typed_stays_text(drawn: Any) -> None:
    typed = "<script>alert('Käse & \"Brot\"')</script>"
    table = Table(
        key="one", title="Eins", columns=(Column("Was", TEXT), Column("Wer", TEXT), Column("Betrag")),
        rows=[(typed, typed, -123_456)], total=(typed, typed, -123_456),
    )  # fmt: skip
    safe = "&lt;script&gt;alert(&#x27;Käse &amp; &quot;Brot&quot;&#x27;)&lt;/script&gt;"
    assert drawn(table) == (f'<tr><th scope="row">{safe}</th><td>{safe}</td><td class="number">−1.234,56 €</td></tr>')
