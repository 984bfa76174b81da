"""Forgeries by somebody who knows the books: rows, journal and chain changed together. The proof still finds them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from smartecr.register import chainend
from smartecr.register.books import closing, verify
from smartecr.register.books.verifying import crew
from smartecr.register.cashdesk import cashbook
from smartecr.register.journal import GENESIS, Entry, canonical, digest
from smartecr.register.projection import project
from smartecr.register.rows import Insert, tables
from smartecr.register.till import Till
from smartecr.sql import fetch, select
from smartecr.tse.virtual import Faults
from support.busymonth import Month
from support.shop import ESPRESSO, Clock, pay_cash, ring
from support.tampering import UndoError, unguard

Body = dict[str, Any]


@pytest.fixture
def month(till: Till, clock: Clock, faults: Faults) -> Till:
    """A day of a busy shop."""
    Month(till, clock, faults, 7).live(days=1, acts=2)
    return till


def forge(kind: str, change: Callable[[Body], bool], nth: int) -> bool:
    """Change the nth fact of a kind that allows it, its rows, the chain behind it and its seal: a careful forger."""
    rows = fetch("SELECT * FROM register_journal ORDER BY seq")
    # the receipt that ended an outage could as well have been its last one: that only the TSE's own export can tell
    ended = {row["at"] for row in rows if row["kind"] == "outage_ended"}
    for place, row in enumerate(rows):
        if row["kind"] == kind and row["at"] not in ended and change(body := json.loads(row["body"])):
            if nth == 0:
                _rewrite(rows, place, body)
                return True
            nth -= 1
    return False


def _rewrite(rows: list[dict[str, Any]], place: int, body: Body) -> None:
    rows[place]["body"] = canonical(body)
    head = GENESIS if place == 0 else rows[place - 1]["hash"]
    with connection.cursor() as cursor:
        for row in rows[place:]:
            row["previous"] = head
            head = row["hash"] = digest(Entry(**row))
            cursor.execute(
                "UPDATE register_journal SET body = %s, previous = %s, hash = %s WHERE id = %s",
                [row["body"], row["previous"], row["hash"], row["id"]],
            )
        chainend.move(row["register_id"], row["seq"], head)
        for operation in project(Entry(**rows[place]), body):
            if isinstance(operation, Insert):
                key = tables()[operation.table].key
                sets = ", ".join(f"{name} = %s" for name in operation.columns)
                where = " AND ".join(f"{name} = %s" for name in key)
                values = [*operation.columns.values(), *(operation.columns[name] for name in key)]
                cursor.execute(f"UPDATE {operation.table} SET {sets} WHERE {where}", values)


def receipt_total(body: Body) -> bool:
    body["receipt"]["total_cents"] += 100
    return True


def less_cash(body: Body) -> bool:
    """Take a euro out of a cash sale: lines, VAT, payment and total agree, only the TSE knows better."""
    receipt, payments = body["receipt"], body["payment"]
    if receipt["type"] != "Beleg" or [one["kind"] for one in payments] != ["Bar"] or len(body["vat"]) != 1:
        return False
    line, vat = body["line"][0], body["vat"][0]
    if line["quantity"] != 1000 or vat["gross_cents"] < 200:
        return False
    for row, name in ((line, "unit_cents"), (line, "amount_cents"), (payments[0], "cents"), (vat, "gross_cents")):
        row[name] -= 100
    vat["net_cents"] = (vat["gross_cents"] * 10_000 * 2 + 10_000 + vat["rate_bp"]) // (2 * (10_000 + vat["rate_bp"]))
    vat["tax_cents"] = vat["gross_cents"] - vat["net_cents"]
    receipt["total_cents"] -= 100
    old, new = (f"{cents // 100}.{cents % 100:02d}" for cents in (receipt["total_cents"] + 100, receipt["total_cents"]))
    receipt["process_data"] = receipt["process_data"].replace(old, new)
    return True


def other_means(body: Body) -> bool:
    if [one["kind"] for one in body["payment"]] != ["Bar"]:
        return False
    body["payment"][0]["kind"] = "ECKarte"
    body["receipt"]["process_data"] = body["receipt"]["process_data"].replace(":Bar", ":Unbar")
    return True


def to_practice(body: Body) -> bool:
    """Call a sale practice, so that it counts nowhere."""
    if body["receipt"]["type"] != "Beleg" or not body["payment"]:
        return False
    body["receipt"]["type"], body["payment"] = "AVTraining", []
    body["receipt"]["process_data"] = "AVTraining" + body["receipt"]["process_data"][5:].rpartition("^")[0] + "^"
    return True


def counter(body: Body) -> bool:
    if body["signature"].get("outage"):
        return False
    body["signature"]["tse_counter"] += 1
    return True


def signed_end(body: Body) -> bool:
    if body["signature"].get("outage"):
        return False
    body["signature"]["tse_end"] += 60
    return True


def outage(body: Body) -> bool:
    """Say that the TSE was out when it was not."""
    if body["signature"].get("outage"):
        return False
    body["signature"] = {"outage": "TSE ausgefallen"}
    return True


def totals_of(name: str) -> Callable[[Body], bool]:
    def change(body: Body) -> bool:
        body["totals"][name] += 1
        return True

    return change


def case_row(body: Body) -> bool:
    body["totals"]["businesscases"][0][4] -= 100
    return True


def kept(body: Body) -> bool:
    body["closing"]["kept_cents"] += 100
    return True


def other_z(body: Body) -> bool:
    body["receipt"]["z_number"] += 1
    return True


def no_time(body: Body) -> bool:
    body["receipt"]["started_at"] = "2027" + body["receipt"]["started_at"][4:]
    return True


FORGERIES = {
    "total": ("receipt_recorded", receipt_total),
    "less cash": ("receipt_recorded", less_cash),
    "other means": ("receipt_recorded", other_means),
    "practice": ("receipt_recorded", to_practice),
    "other closing": ("receipt_recorded", other_z),
    "time": ("receipt_recorded", no_time),
    "counter": ("receipt_secured", counter),
    "log time": ("receipt_secured", signed_end),
    "outage": ("receipt_secured", outage),
    "turnover": ("day_closed", totals_of("turnover_cents")),
    "receipts": ("day_closed", totals_of("receipts")),
    "voids": ("day_closed", totals_of("voids_cents")),
    "cases": ("day_closed", case_row),
    "kept": ("day_closed", kept),
}

MOST = 11
"""Facts forged of a kind, each once."""


@pytest.mark.slow
def test_every_careful_forgery_is_found(month: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "STRETCH", 61)
    unguard()
    assert verify.examine().findings == []
    planted = 0
    for name, (kind, change) in FORGERIES.items():
        for nth in range(MOST):
            with pytest.raises(UndoError), transaction.atomic():
                if forge(kind, change, nth):
                    planted += 1
                    assert verify.examine().findings, (name, nth)
                raise UndoError
    assert planted > 80
    assert verify.examine().findings == []


def test_a_receipt_slipped_under_a_closing_is_named(month: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "STRETCH", 5)  # so that the closing is done with when the receipt comes
    ring(month, ESPRESSO)
    newest = pay_cash(month, 2000)

    def into_the_day_before(body: Body) -> bool:
        if body["receipt"]["id"] != newest.id:
            return False
        body["receipt"]["z_number"] -= 1
        return True

    unguard()
    assert forge("receipt_recorded", into_the_day_before, 0)
    assert verify.examine().findings == ["Abschluss 1: ein Beleg kam dazu, als er schon geschlossen war"]


def test_cash_book_and_drawer_are_held_together(month: Till) -> None:
    (register_id,) = select("SELECT id FROM register_register")[0]
    assert cashbook.entries(register_id)[-1].stock_cents == list(closing.every(register_id))[-1].kept_cents


def test_progress_and_page(month: Till) -> None:
    told: list[tuple[int, int, str]] = []
    page: list[str] = []
    assert verify.verify(page.append, lambda *step: told.append(step)) == 0
    assert told[-1][0] == told[-1][1] > 0
    assert [done for done, _total, _what in told] == sorted(done for done, _total, _what in told)
    assert "Abschlüsse: 1 aus Belegen und Export neu gerechnet" in page
    assert any(line.startswith("· TSE-Ausfall") for line in page)
