"""The books prove themselves: green after honest work, red after any tampering; the database refuses it first."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from smartecr.register import cash, closing, invoicing, paying, refunding, selling, verify
from smartecr.register.models import IMMUTABLE
from smartecr.register.rows import tables
from smartecr.register.till import Till
from smartecr.register.verifying import crew
from smartecr.sql import fetch
from smartecr.tse.virtual import Faults
from support.shop import CASHIER, ESPRESSO, JUICE, MANAGER, ROLL, Clock, command, pay_cash, ring
from support.tampering import UndoError, unguard


@pytest.fixture(params=[5, 6000])
def books(till: Till, clock: Clock, faults: Faults, request: pytest.FixtureRequest, monkeypatch: Any) -> Till:
    """A till with a day's worth of everything behind it; the proof reads its journal in pieces, or as one."""
    monkeypatch.setattr(crew, "STRETCH", request.param)
    cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", 10000, "")
    ring(till, ESPRESSO, JUICE)
    sale = pay_cash(till, 2000)
    paying.change_tender(till, CASHIER, sale.id, 1000)
    invoicing.issue(till, CASHIER, till.new_id(), sale.id, {})
    refunding.refund(till, MANAGER, till.new_id(), sale.id, "Reklamation")
    cash.open_drawer(till, MANAGER, till.new_id(), "Wechseln")
    ring(till, ROLL)
    selling.run(till, CASHIER, [command(till, "discard")])
    clock.forward(hours=12)
    closing.close_day(till, CASHIER, till.new_id(), {10000: 1}, "")
    clock.forward(hours=12)
    ring(till, ROLL)
    selling.run(till, CASHIER, [command(till, "park", label="Eck")])
    ring(till, ESPRESSO)
    faults.unplugged = True
    pay_cash(till)
    ring(till, ROLL)
    return till


def test_honest_books_hold(books: Till) -> None:
    verdict = verify.examine()
    assert verdict.findings == []
    assert (verdict.receipts, verdict.signatures, verdict.without_tse) == (7, 5, 2)
    page: list[str] = []
    assert verify.verify(page.append) == 0
    assert page[-1] == "Die Bücher stimmen."


def every_cell() -> list[tuple[str, str]]:
    """Each column of each table of the books and of the journal."""
    cells = [(name, column) for name, table in tables().items() for column in table.defaults]
    journal = (
        "seq",
        "id",
        "shop_id",
        "kind",
        "business_day",
        "at",
        "actor_id",
        "actor_name",
        "body",
        "previous",
        "hash",
    )
    return cells + [("register_journal", column) for column in journal]


@pytest.mark.slow
def test_any_changed_cell_is_found_and_named(books: Till) -> None:
    unguard()
    checked = 0
    for table, column in every_cell():
        key = tables()[table].key if table in tables() else ("register_id", "seq")
        rows = fetch(f"SELECT * FROM {table} ORDER BY {', '.join(key)}")
        row = next((row for row in reversed(rows) if row[column] is not None), None)
        if row is None:
            continue
        where = " AND ".join(f"{name} = %s" for name in key)
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                sql = f"UPDATE {table} SET {column} = %s WHERE {where}"
                cursor.execute(sql, [another(row[column]), *(row[name] for name in key)])
                findings = verify.examine().findings
                assert findings, f"{table}.{column}"
                assert any(table in finding or table == "register_journal" for finding in findings), (table, findings)
                raise UndoError
        except UndoError:
            checked += 1
        except DatabaseError:
            checked += 1  # a constraint of the database was faster
    assert checked > 150
    assert verify.examine().holds


def another(value: Any) -> Any:
    """A value of the same type that differs a little."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return value[:-1] + ("x" if value[-1:] != "x" else "y") if value else "x"


@pytest.mark.parametrize("table", ["register_receipt", "register_journal"])
def test_a_missing_row_is_found(books: Till, table: str) -> None:
    unguard()
    with connection.cursor() as cursor:
        last = "number" if table == "register_receipt" else "seq"
        cursor.execute(f"DELETE FROM {table} WHERE {last} = (SELECT max({last}) FROM {table})")
    assert not verify.examine().holds


def test_an_added_row_is_found(books: Till) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO register_drawer_opening (id, register_id, at, person_name, reason) "
            "VALUES ('x', 'y', 'z', '', '')"
        )
    (finding,) = verify.examine().findings
    assert finding == "register_drawer_opening x: steht nicht im Journal"


@pytest.mark.parametrize("model", IMMUTABLE, ids=lambda model: model.__name__)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_the_database_refuses_to_change_what_is_issued(books: Till, model: Any, statement: str) -> None:
    table = model._meta.db_table
    column = "shop_id" if "shop_id" in {field.column for field in model._meta.fields} else "receipt_id"
    before = fetch(f"SELECT count(*) AS n FROM {table}")
    assert before[0]["n"] > 0
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table, column, column))
    assert fetch(f"SELECT count(*) AS n FROM {table}") == before
