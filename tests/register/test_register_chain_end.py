"""What is cut off at the end of the journal is missed, rows or not; and who has only the database cannot hide it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.db import connection
from django.test import override_settings

from smartecr.register import chainend
from smartecr.register.books import verify
from smartecr.register.shop import masterdata
from smartecr.register.till import Till
from smartecr.sql import fetch, write
from support.shop import CASHIER, ESPRESSO, pay_cash, ring
from support.tampering import unguard

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper


@pytest.fixture
def books(till: Till) -> Till:
    """A day with a sale, and at its very end facts that leave no row: two log-ins."""
    ring(till, ESPRESSO)
    pay_cash(till)
    for _ in range(2):
        masterdata.note(till, CASHIER, "logged_in", {"person": CASHIER.person_id})
    assert verify.examine().findings == []
    unguard()
    return till


def cut(count: int = 1) -> None:
    (last,) = fetch("SELECT max(seq) AS seq FROM register_journal")
    write("DELETE FROM register_journal WHERE seq > %s", [last["seq"] - count])


def findings() -> list[str]:
    return verify.examine().findings


@pytest.mark.parametrize("count", [1, 2])
def test_a_cut_tail_without_rows_is_found_and_counted(books: Till, count: int) -> None:
    cut(count)
    assert any(f"am Ende fehlen {count} Einträge" in one for one in findings())


def _move_the_end(till: Till) -> None:
    (last,) = fetch("SELECT seq, hash FROM register_journal ORDER BY seq DESC LIMIT 1")
    write("UPDATE register_chain_end SET seq = %s, hash = %s", [last["seq"], last["hash"]])


def _forget_the_end(_till: Till) -> None:
    write("DELETE FROM register_chain_end", [])


def _another_seal(till: Till) -> None:
    _move_the_end(till)
    write("UPDATE register_chain_end SET seal = %s", ["0" * 64])


@pytest.mark.parametrize(
    ("forge", "said"),
    [
        (_move_the_end, "das Siegel des Endes ist falsch"),
        (_another_seal, "das Siegel des Endes ist falsch"),
        (_forget_the_end, "das Ende ist nicht versiegelt"),
    ],
)
def test_a_forger_with_the_database_alone_is_found(books: Till, forge: Callable[[Till], None], said: str) -> None:
    cut()
    forge(books)
    assert any(said in one for one in findings())


def test_a_whole_journal_cut_off_is_found(books: Till) -> None:
    write("DELETE FROM register_journal", [])
    assert any("am Ende fehlen" in one for one in findings())


@pytest.mark.parametrize("forgotten", [True, False])
def test_a_register_that_goes_on_after_a_cut_says_so_in_its_journal(books: Till, forgotten: bool) -> None:
    """Whether it still knows where it was, or has been started anew."""
    cut()
    if forgotten:
        books.memory = None
    ring(books, ESPRESSO)
    pay_cash(books)
    assert [one for one in findings() if "davor fehlten" in one]


@pytest.mark.parametrize("sealed_before", [True, False])
def test_taking_the_table_and_its_migration_away_hides_nothing(
    books: Till, tmp_path: Path, sealed_before: bool, settings: SettingsWrapper
) -> None:
    """The migration, run again, seals only journals of before there were seals."""
    settings.DATA = tmp_path
    if sealed_before:
        chainend.remember(tmp_path)
    cut()
    _forget_the_end(books)
    import_module("smartecr.register.migrations.0014_chain_end")._seal(apps, connection.schema_editor())
    assert bool([one for one in findings() if "nicht versiegelt" in one]) is sealed_before
    books.memory = None
    ring(books, ESPRESSO)
    assert bool([one for one in findings() if "davor fehlten" in one]) is sealed_before


def test_a_lost_end_is_written_down_by_whoever_goes_on(books: Till) -> None:
    _forget_the_end(books)
    books.memory = None
    ring(books, ESPRESSO)
    assert [one for one in findings() if "davor fehlten" in one]


def test_an_honest_register_never_says_so(books: Till) -> None:
    books.memory = None
    ring(books, ESPRESSO)
    assert fetch("SELECT 1 AS one FROM register_journal WHERE kind = 'chain_cut'") == []


def test_another_folders_key_is_told_and_nothing_else(books: Till) -> None:
    with override_settings(SECRET_KEY="another" * 8):
        verdict = verify.examine()
    assert verdict.findings == []
    assert any("anderen Datenordner" in one for one in verdict.explained)


def test_the_end_moves_with_every_commit_and_not_with_one_that_fails(books: Till) -> None:
    (before,) = fetch("SELECT seq, hash FROM register_chain_end")
    ring(books, ESPRESSO)
    (after,) = fetch("SELECT seq, hash FROM register_chain_end")
    (last,) = fetch("SELECT seq, hash FROM register_journal ORDER BY seq DESC LIMIT 1")
    assert after == last and after["seq"] > before["seq"]


@pytest.mark.parametrize(
    ("name", "place"),
    [("Kasse 2", "Journal „Kasse 2“"), ("Kasse 1", "Journal „Kasse 1“ ({end})"), ("", "Journal {end}")],
)
def test_a_journal_is_called_by_the_name_of_its_register(
    books: Till, request: pytest.FixtureRequest, name: str, place: str
) -> None:
    second: Till = request.getfixturevalue("second")
    write("UPDATE register_register SET name = %s WHERE id = %s", [name, second.register_id])
    masterdata.note(second, CASHIER, "logged_in", {"person": CASHIER.person_id})
    (last,) = fetch("SELECT max(seq) AS seq FROM register_journal WHERE register_id = %s", [second.register_id])
    write(
        "UPDATE register_journal SET body = '{}' WHERE register_id = %s AND seq = %s", [second.register_id, last["seq"]]
    )
    write("DELETE FROM register_chain_end WHERE register_id = %s", [second.register_id])
    said = place.format(end=second.register_id[-6:])
    found = findings()
    assert f"{said}, Eintrag {last['seq']} (logged_in): der Eintrag wurde verändert" in found
    assert f"{said}: das Ende ist nicht versiegelt" in found
    write("UPDATE register_chain_end SET key = %s", ["another"])
    first = f"Journal „Kasse 1“ ({books.register_id[-6:]})" if name == "Kasse 1" else "Journal „Kasse 1“"
    assert verify.examine().explained == [f"{first}: das Siegel des Endes gehört zu einem anderen Datenordner"]
