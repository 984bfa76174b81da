"""No statement on the path of a sale may read a table that grows: what is quick today must be quick in ten years."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

import smartecr
from smartecr.register import queries
from smartecr.register.books import closing, exporting, history, notice, past
from smartecr.register.cashdesk import tipsout
from smartecr.register.journal import INDEXED
from smartecr.register.paper import receipts
from smartecr.register.sale import refunding
from smartecr.register.signing import recovery, securing, tselife
from smartecr.register.till import Till
from smartecr.server.cmdline import doctor
from smartecr.tse.breaker import ServiceState
from smartecr.web.audit import tables
from support.shop import ESPRESSO, JUICE, MANAGER, OWNER, pay_cash, ring

SOURCE = Path(smartecr.__file__).parent
JOURNALS = "\n".join(
    line
    for path in sorted(SOURCE.rglob("*.py"))
    for line in path.read_text().splitlines()
    if "register_journal" in line
)
GROWING = ("receipt", "journal", "drawer_opening", "closing", "period")


def test_a_sale_scans_nothing_that_grows(till: Till) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the plan is read from SQLite; PostgreSQL scans small tables on purpose")
    with noting() as statements:
        ring(till, ESPRESSO, JUICE)
        queries.current(till)
        receipt = pay_cash(till, 2000)
        queries.receipts(till, text="1")
        queries.last_receipt(till)
        receipts.document(receipt.id)
        assert receipts.by_token(receipt.token) == receipt.id
        refunding.refund(till, MANAGER, till.new_id(), receipt.id, "Reklamation")
    assert len(statements) > 20
    assert reads_all(statements) == []


def test_a_start_and_a_tse_that_is_back_scan_nothing_that_grows(till: Till) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the plan is read from SQLite; PostgreSQL scans small tables on purpose")
    ring(till, ESPRESSO, JUICE)
    pay_cash(till, 2000)
    with noting() as statements:
        recovery.recover(till)
        securing.follow(till, ServiceState(level="ok", since=0))
        assert tselife.in_service(till.register_id)
    assert len(statements) > 3
    assert reads_all(statements) == []
    assert not [sql for sql in statements if "closed_at >" in sql], "a start walks no closings"


def test_what_the_office_looks_up_scans_nothing_that_grows(till: Till) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the plan is read from SQLite; PostgreSQL scans small tables on purpose")
    ring(till, ESPRESSO, JUICE)
    pay_cash(till, 2000)
    notice.sent(till, OWNER, till.new_id(), "2026-11-24")
    with noting() as statements:
        assert history.changes(till, text="Espresso", before=9)
        assert notice.current(till.shop_id).systems
        assert past.entry_before(till.register_id, "2026-11-24T12") > 1
        assert queries.receipts(till, day=queries.business_day(till), text="Espresso")
        assert queries.receipts(till, text="Espresso", reach=20)
        assert tipsout.standing(till) == (0, 0)
    assert len(statements) > 8
    assert reads_all(statements) == []
    searched = [sql for sql in statements if "l.text) LIKE" in sql]
    assert len(searched) == 2
    for sql in searched:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", statements[sql])
            steps = [row[3] for row in cursor.fetchall()]
        assert any(step.startswith("SEARCH r ") and "number>?" in step for step in steps), steps


def test_the_auditors_tse_page_counts_no_receipts_of_closed_periods(till: Till) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the plan is read from SQLite; PostgreSQL scans small tables on purpose")
    ring(till, ESPRESSO, JUICE)
    pay_cash(till, 2000)
    closing.close_day(till, MANAGER, till.new_id(), None)
    with noting() as statements:
        (kinds,) = [table for table in tables.tse(till) if table.title == "Vorgänge nach Art"]
    assert kinds.rows == (("Beleg", "1", "0"),)
    found = reads_all(statements)
    assert [step.split()[:2] for step, _ in found] == [["SEARCH", "register_closing"], ["SCAN", "s"]], found
    assert "INDEX receipt_unsigned" in found[1][0]  # which holds those without signature alone


def test_the_doctor_reads_the_journal_since_the_last_closing(till: Till) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the plan is read from SQLite; PostgreSQL scans small tables on purpose")
    assert reads_all({doctor._NEWEST: []}) == []


@contextmanager
def noting() -> Iterator[dict[str, Any]]:
    """Yield the statements of the block that read or change rows, with what they were given."""
    statements: dict[str, Any] = {}

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not many and sql.lstrip().startswith(("SELECT", "UPDATE", "DELETE")):
            statements[sql] = params
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield statements


def reads_all(statements: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the steps, with their statements, that read all of a growing table, or all a register has in it."""
    found = []
    for sql, params in statements.items():
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            steps = [row[3] for row in cursor.fetchall()]
        found += [
            (step, sql)
            for step in steps
            if (
                step.startswith("SCAN")
                or (step.startswith("SEARCH") and "USING" not in step)  # for max() of what no index holds
                or (step.endswith("(register_id=?)") and "LIMIT" not in sql)
            )
            and is_growing(sql, step.split()[1])
        ]
    return found


def test_a_report_finds_the_voids_of_its_day_by_an_index(till: Till) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the plan is read from SQLite; PostgreSQL scans small tables on purpose")
    ring(till, ESPRESSO, JUICE)
    pay_cash(till, 2000)
    steps: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "register_journal" in sql and sql.startswith("SELECT body"):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
                steps.extend(row[3] for row in cursor.fetchall())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        closing.x_report(till)
    assert [step for step in steps if "journal_kind" in step and "seq>" in step], steps


def test_an_export_finds_lines_struck_out_by_an_index(till: Till) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the plan is read from SQLite; PostgreSQL scans small tables on purpose")
    ring(till, ESPRESSO, JUICE)
    pay_cash(till, 2000)
    closing_id = till.new_id()
    closing.close_day(till, MANAGER, closing_id, None)
    steps: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT seq, body FROM register_journal"):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
                steps.extend(row[3] for row in cursor.fetchall())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        assert [receipt.number for _, receipts in exporting.books([closing_id]) for receipt in receipts] == [1]
    assert [step for step in steps if "journal_struck" in step], steps


@pytest.mark.django_db
def test_facts_looked_for_by_their_kind_are_found_by_an_index() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the plan is read from SQLite; PostgreSQL scans small tables on purpose")
    kinds = set(re.findall(r"kind = '(\w+)'", JOURNALS))
    assert len(kinds) > 8
    for kind in sorted({*kinds, *INDEXED}):
        with connection.cursor() as cursor:
            cursor.execute(
                "EXPLAIN QUERY PLAN SELECT body FROM register_journal "
                f"WHERE register_id = '' AND kind = '{kind}' AND seq < 9 ORDER BY seq DESC"
            )
            (step,) = (row[3] for row in cursor.fetchall())
        assert "journal_kind" in step, (kind, step)


def is_growing(sql: str, name: str) -> bool:
    """Tell whether a table of the plan (by name or by its alias in the statement) grows with the shop's life."""
    return any(
        f"register_{table}{part} {name} " in f"{sql} " or name == f"register_{table}{part}"
        for table in GROWING
        for part in ("", "_line", "_vat", "_payment", "_signature", "_tender")
    )
