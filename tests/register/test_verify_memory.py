"""What the proof holds in memory: nothing of what the books have just so, however many stretches a row goes through."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from smartecr.register import ledger
from smartecr.register.books import verify
from smartecr.register.books.verifying import crew
from smartecr.register.books.verifying.standing import Standing
from smartecr.register.books.verifying.verdict import Verdict
from smartecr.register.cashless import cardbooks
from smartecr.register.cashless.cardbooks import CardBooks, Order
from smartecr.register.ledger import writing
from smartecr.register.till import Till
from smartecr.terminal.api import Kind, PaymentIntent, ReceiptBlock, ReceiptType, TerminalResult
from smartecr.terminal.doubt import State
from support.shop import CASHIER
from support.tampering import unguard


def declined(till: Till, count: int) -> None:
    """Payments that moved nothing: their rows are inserted once and changed three times each."""
    desk = CardBooks(till, lambda _payment: None)
    refused = TerminalResult(approved=False, result_code="6C", reason="Abgelehnt")
    for _ in range(count):
        payment = till.new_id()
        desk.expect(payment, Order(actor=CASHIER, receipt_id=till.new_id(), basket_id=till.new_id()))
        desk.begin("zvt", PaymentIntent(id=payment, kind=Kind.SALE, amount=500, created_at=0))
        desk.result(payment, refused)
        desk.receipt(payment, ReceiptBlock(type=ReceiptType.MERCHANT, lines=((40, "Abgelehnt"),)))
        desk.finish(payment, State.DECLINED, refused)


def held(stretch: int, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """The steps handed on for rows that may change, and the rows held of them when all went by."""
    monkeypatch.setattr(crew, "STRETCH", stretch)
    standing, steps = Standing(Verdict()), 0
    with crew.read_all(crew.stretches(0), 0) as parts:
        for part in parts:
            steps += len(part.read.steps)
            standing.take(part.read)
    for name in standing._held:
        standing._settle(name)
    return steps, sum(map(len, standing._held.values()))


def test_rows_that_are_in_the_books_are_not_held(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    declined(till, 12)
    assert held(6000, monkeypatch) == (0, 0)
    steps, left = held(3, monkeypatch)
    assert steps > 12  # begun in one stretch, ended in another
    assert left == 0


@pytest.mark.parametrize("stretch", [3, 6000])
@pytest.mark.parametrize(
    ("sql", "finding"),
    [
        ("UPDATE register_card_payment SET state = 'sent' WHERE id = %s", "state weicht vom Journal ab"),
        ("UPDATE register_card_payment SET amount_cents = 501 WHERE id = %s", "amount_cents weicht vom Journal ab"),
        ("DELETE FROM register_card_payment WHERE id = %s", "wurde gelöscht"),
    ],
)
def test_a_changed_payment_is_found_wherever_it_was_last_written(
    till: Till, monkeypatch: pytest.MonkeyPatch, stretch: int, sql: str, finding: str
) -> None:
    declined(till, 4)
    monkeypatch.setattr(crew, "STRETCH", stretch)
    payment = cardbooks._payments("state = %s", ["declined"])[0]
    unguard()
    with connection.cursor() as cursor:
        cursor.execute(sql, [payment.id])
    findings = verify.examine().findings
    assert any(finding in one and payment.id in one for one in findings), findings


def test_a_row_the_journal_makes_twice_is_named(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    declined(till, 1)
    with monkeypatch.context() as patched:
        nothing: Any = lambda _entry, _body: []  # noqa: E731
        patched.setattr(ledger, "project", nothing)
        with writing(till, CASHIER) as writer:
            writer.append("terminal_seen", {"terminal": "zvt"})
    assert (
        "Kartenterminal: das Journal nennt dieselbe Zeile zweimal (register_card_terminal)" in verify.examine().findings
    )
