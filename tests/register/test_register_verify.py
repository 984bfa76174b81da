"""The books prove themselves: green after honest work, red after any tampering; the database refuses it first."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from smartecr.register.books import closing, verify
from smartecr.register.books.verifying import crew
from smartecr.register.cashdesk import cash
from smartecr.register.invoice import invoicing
from smartecr.register.models import IMMUTABLE
from smartecr.register.sale import paying, refunding, selling
from smartecr.register.shop import masterdata
from smartecr.register.till import Till
from smartecr.sql import fetch, select
from smartecr.tse.virtual import Faults
from support.shop import CASHIER, COFFEE, ESPRESSO, JUICE, MANAGER, ROLL, Clock, article_row, command, pay_cash, ring
from support.tampering import unguard


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


def test_the_journal_is_shared_evenly_and_whole(books: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    ((last,),) = select("SELECT max(seq) FROM register_journal")
    for most, workers in ((5, 0), (7, 2), (7, 3), (last - 1, 1), (last, 2)):
        monkeypatch.setattr(crew, "STRETCH", most)
        found = crew.stretches(workers)
        lengths = [stretch.until - stretch.after for stretch in found]
        assert [stretch.after for stretch in found] == [0, *(stretch.until for stretch in found[:-1])]
        assert found[-1].until == last
        assert max(lengths) <= most
        assert max(lengths) - min(lengths) < len(found), lengths
    assert len(crew.stretches(2)) == 2, "nobody waits for the last one to end"


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
    assert finding == (
        "Öffnung der Lade ist nicht aus dieser Kasse: es steht nicht im Journal (register_drawer_opening x)"
    )


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


@pytest.mark.parametrize("stretch", [1, 2, 6000])
def test_a_row_written_anew_in_a_later_stretch_is_as_that_left_it(
    till: Till, monkeypatch: pytest.MonkeyPatch, stretch: int
) -> None:
    monkeypatch.setattr(crew, "STRETCH", stretch)
    for cents in (250, 260, 240, 270):
        masterdata.save_articles(till, MANAGER, [article_row(ESPRESSO, "1", "Espresso", COFFEE, cents)])
    assert verify.examine().findings == []
    unguard()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_article SET price_cents = 250 WHERE id = %s", [ESPRESSO])
    (finding,) = verify.examine().findings
    assert "price_cents" in finding
