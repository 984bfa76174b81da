"""Errors planted in every table and column of the database, found by the schema: none that comes later is forgotten."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from smartecr.register.books import verify
from smartecr.register.books.verifying import crew, words
from smartecr.register.rows import CHAIN, tables
from smartecr.register.signing import tselife
from smartecr.register.till import Till
from smartecr.sql import fetch, select
from smartecr.tse.virtual import Faults
from support.fullbooks import fill
from support.shop import OWNER, Clock
from support.tampering import UndoError, unguard

EXEMPT = {
    "django_session": "who is logged in",
    "django_content_type": "Django's own list of tables",
    "django_migrations": "which steps of the schema were made; `chainend` watches its own",
    "catalog_gridversion": "counts changes of the tiles, for pages that are open",
    "customers_person": "personal data lie outside the chain (ADR 0007); their seal is checked, see below",
    "staff_person": "people and PINs: facts say who was hired and what they may; PINs must be forgettable",
    "staff_loginguard": "wrong PINs of the last minutes",
    "api_answer": "answers kept so that a request may be repeated",
    "api_token_use": "when a programme was last heard",
    "api_hook_state": "how far other programmes were told, read from the journal (ADR 0009)",
    "api_delivery": "what other programmes answered",
}
"""Tables that are no books, each with the reason; figures (`insights_`) are made from the books and anew at will."""

CHAINED = (
    "seq", "id", "shop_id", "kind", "business_day", "at", "actor_id", "actor_name", "body", "previous", "hash",
)  # fmt: skip

STRETCHES = [pytest.param(5, marks=pytest.mark.once), 6000]
"""How many entries the proof reads at once: pieces of the journal know nothing of each other, or it is one."""


@pytest.fixture
def books(till: Till, clock: Clock, faults: Faults) -> Till:
    """A shop that has everything."""
    fill(till, clock, faults)
    unguard()
    return till


@contextmanager
def undone() -> Iterator[None]:
    """Take back what the block does to the database."""
    with pytest.raises(UndoError), transaction.atomic():
        yield
        raise UndoError


@contextmanager
def planted(sql: str, arguments: list[Any]) -> Iterator[Callable[[], list[str]]]:
    """Carry out a statement and take it back; the block is not entered when the database refuses it by itself."""
    with undone():
        with connection.cursor() as cursor:
            cursor.execute(sql, arguments)
        yield lambda: verify.examine().findings


def took(sql: str, arguments: list[Any]) -> bool:
    """Carry out a statement and tell whether the database took it."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, arguments)
    except DatabaseError:
        return False
    return True


class Cell(NamedTuple):
    """A cell to change: the row it stands in, and where a finding says so when the key stays."""

    table: str
    column: str
    key: tuple[Any, ...]
    sql: str
    arguments: list[Any]
    place: str
    names_its_row: bool


def cells_of(table: str, shape: Any) -> list[Cell]:
    """A cell of every column, spread over the rows."""
    rows, found = rows_of(table, shape.key), []
    for number, column in enumerate(shape.defaults):
        row = rows[-1 - number % len(rows)]
        key = [row[name] for name in shape.key]
        sql = f"UPDATE {table} SET {column} = %s WHERE {of_key(shape.key)}"
        arguments = [another(row[column]), *key]
        found.append(Cell(table, column, tuple(key), sql, arguments, place_of(table, key), column in shape.key))
    return found


def place_of(table: str, key: list[Any]) -> str:
    """The end of a finding about a row."""
    return f"({table} {'/'.join(map(str, key))})"


def another(value: Any) -> Any:
    """A value of the same type that differs a little."""
    if isinstance(value, bool):
        return not value
    if value is None or isinstance(value, int):
        return (value or 0) + 1
    return value[:-1] + ("x" if value[-1:] != "x" else "y") if value else "x"


def rows_of(table: str, key: tuple[str, ...]) -> list[dict[str, Any]]:
    return fetch(f"SELECT * FROM {table} ORDER BY {', '.join(key)}")


def of_key(key: tuple[str, ...]) -> str:
    return " AND ".join(f"{name} = %s" for name in key)


def test_every_table_is_proved_or_named_with_its_reason() -> None:
    known = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    proved = {*tables(), *CHAIN}
    left = {name for name in known - proved if not name.startswith("insights_")}
    assert left <= EXEMPT.keys()
    assert proved.isdisjoint(EXEMPT)
    assert set(words.WORDS) == set(tables())


def test_the_books_of_this_test_leave_no_table_out(books: Till) -> None:
    assert verify.examine().findings == []
    few = {name: len(rows_of(name, table.key)) for name, table in tables().items()}
    assert {name for name, count in few.items() if count < 2} == {
        "register_shop", "register_register", "register_tse", "register_payment_settings",
    }  # fmt: skip
    assert min(few.values()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("stretch", STRETCHES)
def test_every_changed_cell_is_found_and_its_row_named(
    books: Till, monkeypatch: pytest.MonkeyPatch, stretch: int
) -> None:
    """One cell a row in every proof, so that each is found by itself."""
    monkeypatch.setattr(crew, "STRETCH", stretch)
    cells = {table: cells_of(table, shape) for table, shape in tables().items()}
    checked = refused = 0
    while any(cells.values()):
        plants, taken = [], set()
        for table, left in cells.items():
            for cell in [*left]:
                if (table, cell.key) not in taken:
                    taken.add((table, cell.key))
                    left.remove(cell)
                    plants.append(cell)
        with undone():
            planted = [cell for cell in plants if took(cell.sql, cell.arguments)]
            findings = verify.examine().findings
        refused += len(plants) - len(planted)  # a constraint of the database was faster
        for cell in planted:
            named = [one for one in findings if one.endswith(cell.place) and one.startswith(words.WORDS[cell.table])]
            assert named, (cell, findings)
            assert cell.names_its_row or any(cell.column in one.partition("wurde geändert: ")[2] for one in named), cell
            checked += 1
    assert checked > 300, (checked, refused)
    assert refused < 12
    assert verify.examine().holds


@pytest.mark.slow
@pytest.mark.parametrize("stretch", STRETCHES)
def test_every_deleted_added_and_swapped_row_is_found(
    books: Till, monkeypatch: pytest.MonkeyPatch, stretch: int
) -> None:
    """One plant of a kind in every table at once."""
    monkeypatch.setattr(crew, "STRETCH", stretch)
    deleted, added, swapped = [], [], []
    for table, shape in tables().items():
        rows, where = rows_of(table, shape.key), of_key(shape.key)
        last = rows[-1]
        copy = {**last, **{name: another(last[name]) for name in shape.key}}
        key = [last[name] for name in shape.key]
        place = place_of(table, key)
        deleted.append((place, f"DELETE FROM {table} WHERE {where}", key))
        sql = f"INSERT INTO {table} ({', '.join(copy)}) VALUES ({', '.join(['%s'] * len(copy))})"
        added.append((place_of(table, [copy[name] for name in shape.key]), sql, [*copy.values()]))
        if len(rows) > 1:  # one row gets all that another one says
            rest = [name for name in shape.defaults if name not in shape.key]
            sets = ", ".join(f"{name} = %s" for name in rest)
            if rest and any(rows[0][name] != last[name] for name in rest):
                values = [*(rows[0][name] for name in rest), *key]
                swapped.append((place, f"UPDATE {table} SET {sets} WHERE {where}", values))
    checked = 0
    for plants, say in ((deleted, "wurde gelöscht"), (added, "steht nicht im Journal"), (swapped, "wurde geändert")):
        with undone():
            # rows that need one another, and names that are taken, the database refuses by itself
            planted = [place for place, sql, arguments in plants if took(sql, arguments)]
            findings = verify.examine().findings
        for place in planted:
            assert any(say in one and one.endswith(place) for one in findings), (place, say, findings)
        checked += len(planted)
    assert checked > 100
    assert verify.examine().holds


@pytest.mark.slow
@pytest.mark.parametrize("stretch", STRETCHES)
def test_every_cell_of_the_chain_and_its_end_is_found(
    books: Till, monkeypatch: pytest.MonkeyPatch, stretch: int
) -> None:
    monkeypatch.setattr(crew, "STRETCH", stretch)
    for table, columns, key in (
        ("register_journal", CHAINED, ("register_id", "seq")),
        ("register_chain_end", ("seq", "hash", "seal"), ("register_id",)),
    ):
        rows = rows_of(table, key)
        for row in (rows[0], rows[len(rows) // 2], rows[-1]) if stretch > 5 else rows[-1:]:
            for column in columns:
                sql = f"UPDATE {table} SET {column} = %s WHERE {of_key(key)}"
                try:
                    with planted(sql, [another(row[column]), *(row[name] for name in key)]) as found:
                        assert found(), (table, column)
                except DatabaseError:
                    pass


def test_the_last_day_cut_off_with_all_its_rows_is_missed(books: Till) -> None:
    (start,) = select("SELECT max(seq) FROM register_journal WHERE kind = 'period_opened'")[0]
    with planted("DELETE FROM register_journal WHERE seq >= %s", [start]) as found:
        assert any("am Ende fehlen" in one for one in found())


def test_a_person_another_than_the_sealed_one_is_found(books: Till) -> None:
    for column in ("name", "phone", "mail", "birthday", "note"):
        with planted(f"UPDATE customers_person SET {column} = 'anders'", []) as found:
            assert any(one.startswith("Kundenkarte") for one in found()), column


def test_an_archive_of_a_tse_is_what_was_exported_or_kept_elsewhere(
    till: Till, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "DATA", tmp_path)
    file = tmp_path / "exports" / "tse-alt.tar"
    file.parent.mkdir()
    file.write_bytes(b"what the TSE gave")
    sums = hashlib.sha256(b"what the TSE gave").hexdigest()
    tselife.append(till, OWNER, "exported", "ab" * 32, file=file.name, sha256=sums)
    assert verify.examine().holds
    file.write_bytes(b"what somebody gave")
    assert verify.examine().findings == [
        "TSE-Archiv tse-alt.tar wurde verändert: es ist nicht mehr, was die TSE abababab… ausgab"
    ]
    file.unlink()
    verdict = verify.examine()
    assert verdict.holds
    assert any(sums in one for one in verdict.explained)


def test_a_database_of_another_register_is_named(books: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its end was sealed with a key that is not here; and a forger of that end has no key to seal it with."""
    monkeypatch.setattr(settings, "SECRET_KEY", "that of another data folder")
    assert any("gehört zu einem anderen Datenordner" in one for one in verify.examine().explained)
