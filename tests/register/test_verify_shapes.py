"""Rows compared as one text: it does for honest books, and whatever stands in a row it is never taken for another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection

from smartecr.register.books import verify
from smartecr.register.books.verifying.reading import STREAMED
from smartecr.register.books.verifying.shapes import Shape
from smartecr.register.till import Till
from smartecr.sql import on_postgresql, select
from smartecr.tse.virtual import Faults
from support.fullbooks import fill
from support.shop import Clock
from support.tampering import unguard

TYPED = "".join(map(chr, (*range(1, 0x300), 0x2028, 0x20AC, 0xFFFD, 0x1F950)))
"""What a person or a scanner may leave in a text."""

_COLUMNS = "id, register_id, at, person_name, reason"


@pytest.fixture(autouse=True)
def sqlite(db: None) -> None:
    """PostgreSQL writes no such text: there the rows themselves are compared."""
    if on_postgresql():
        pytest.skip("SQLite's text")


@pytest.fixture
def books(till: Till, clock: Clock, faults: Faults) -> Till:
    """A shop that has everything."""
    fill(till, clock, faults)
    unguard()
    return till


def opening(reason: Any) -> tuple[Any, ...]:
    """Write the row of a drawer that was opened, and return it."""
    row = ("x", "y", "2026-11-23T08:00:00.000Z", "Christine", reason)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO register_drawer_opening ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s)", row)
    return row


def test_one_text_does_for_honest_books(books: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    tables, hold = set(), Shape.hold

    def held(shape: Shape, first: Sequence[Any], rows: Sequence[Any]) -> bool:
        tables.add(shape.name)
        assert hold(shape, first, rows), rows
        return True

    monkeypatch.setattr(Shape, "hold", held)
    assert verify.examine().findings == []
    assert tables == set(STREAMED)


def test_in_doubt_the_rows_themselves_say_it(books: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    before = verify.examine()
    monkeypatch.setattr(Shape, "hold", lambda *_: False)
    assert verify.examine() == before
    assert before.holds


def test_both_write_what_is_typed_alike(till: Till) -> None:
    assert Shape("register_drawer_opening").hold(["x"], [opening(TYPED)])


@pytest.mark.parametrize("reason", ['Ge","ld', "Geld\0", "Geld", "", "7"])
def test_a_row_is_not_taken_for_another(till: Till, reason: str) -> None:
    *rest, _ = opening(reason)
    others = ["Geld", 'Ge","ld', "Geld\0", "Geld ", "", "7", "7.0", 7, 7.0, True, None, ["Geld"], {}]
    shape = Shape("register_drawer_opening")
    assert [other for other in others if shape.hold(["x"], [(*rest, other)])] == [reason]
    assert not shape.hold(["x"], [])
    assert not shape.hold(["x"], [(*rest, reason)] * 2)


def test_bytes_in_a_text_are_found(books: Till) -> None:
    ((key,),) = select("SELECT min(id) FROM register_drawer_opening")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE register_drawer_opening SET reason = CAST(reason AS BLOB) WHERE id = %s", [key])
    (finding,) = verify.examine().findings
    assert "reason weicht vom Journal ab" in finding
