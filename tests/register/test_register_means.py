"""The wrong means of payment put right before the closing: as a new fact, to the cent, once."""

from __future__ import annotations

from typing import Any

import pytest

from smartecr.core.receipt import Payment, check
from smartecr.fiscal.process_data import parse
from smartecr.register import queries
from smartecr.register.books import closing, verify
from smartecr.register.cashless import means
from smartecr.register.errors import RegisterError
from smartecr.register.models import Receipt
from smartecr.register.sale import refunding
from smartecr.register.till import Till
from support.shop import CASHIER, ESPRESSO, MANAGER, pay_cash, ring


def sold(till: Till) -> queries.ReceiptState:
    ring(till, ESPRESSO)
    return pay_cash(till)


@pytest.mark.parametrize(("choice", "kind"), [("debit", "ECKarte"), ("credit", "Kreditkarte"), ("transfer", "Unbar")])
def test_cash_becomes_what_was_really_paid(till: Till, choice: str, kind: str) -> None:
    receipt = sold(till)
    before = queries.cash_stock(till)
    signed_before = receipt.process_data
    changed = means.correct(till, MANAGER, till.new_id(), receipt.id, choice, "Falsche Taste")
    assert [(one.kind, one.cents) for one in changed.content.payments] == [
        ("Bar", -receipt.total_cents),
        (kind, receipt.total_cents),
    ]
    assert changed.total_cents == 0 and changed.signed and [line.amount_cents for line in changed.content.lines] == [0]
    check(changed.content)
    parse(changed.process_data)
    assert queries.receipt(receipt.id).process_data == signed_before
    assert queries.cash_stock(till) == before - receipt.total_cents
    assert verify.examine().findings == []


def test_the_closing_counts_the_right_means(till: Till) -> None:
    receipt = sold(till)
    other = sold(till)
    means.correct(till, MANAGER, till.new_id(), receipt.id, "debit", "Falsche Taste")
    done = closing.close_day(till, MANAGER, till.new_id(), None)
    paid = {kind: cents for kind, _name, cents in done.totals.payments}
    assert paid == {"Bar": other.total_cents, "ECKarte": receipt.total_cents}
    assert done.totals.turnover_cents == receipt.total_cents + other.total_cents
    assert verify.examine().findings == []


def test_the_same_call_twice_is_one_receipt_and_a_second_change_is_refused(till: Till) -> None:
    receipt = sold(till)
    new_id = till.new_id()
    for _ in range(2):
        means.correct(till, MANAGER, new_id, receipt.id, "debit", "Falsche Taste")
    assert Receipt.objects.filter(type="Beleg").count() == 2
    with pytest.raises(RegisterError) as refused:
        means.correct(till, MANAGER, till.new_id(), receipt.id, "credit", "Noch einmal")
    assert refused.value.code == "means"


@pytest.mark.parametrize(
    ("choice", "reason", "code"), [("cash", "x", "means"), ("gold", "x", "means"), ("debit", "  ", "reason")]
)
def test_what_makes_no_sense_is_refused(till: Till, choice: str, reason: str, code: str) -> None:
    receipt = sold(till)
    with pytest.raises(RegisterError) as refused:
        means.correct(till, MANAGER, till.new_id(), receipt.id, choice, reason)
    assert refused.value.code == code and refused.value.next_step
    assert Receipt.objects.filter(type="Beleg").count() == 1


def test_a_cashier_needs_somebody_who_may(till: Till) -> None:
    receipt = sold(till)
    with pytest.raises(RegisterError) as refused:
        means.correct(till, CASHIER, till.new_id(), receipt.id, "debit", "Falsche Taste")
    assert refused.value.right
    assert means.correct(till, CASHIER, till.new_id(), receipt.id, "debit", "Falsche Taste", MANAGER).signed


def test_after_the_closing_it_is_too_late(till: Till, clock: Any) -> None:
    receipt = sold(till)
    closing.close_day(till, MANAGER, till.new_id(), None)
    clock.forward(minutes=5)
    with pytest.raises(RegisterError) as refused:
        means.correct(till, MANAGER, till.new_id(), receipt.id, "debit", "Falsche Taste")
    assert refused.value.code == "means"


def test_money_goes_back_the_way_it_really_came(till: Till) -> None:
    """Rung up as cash, paid on another terminal: a cancellation takes nothing out of the drawer, whole or in part."""
    whole, partly = sold(till), sold(till)
    for receipt in (whole, partly):
        means.correct(till, MANAGER, till.new_id(), receipt.id, "debit", "Fremdes Terminal")
    assert queries.cash_stock(till) == 0
    back = refunding.refund(till, MANAGER, till.new_id(), whole.id, "Ware zurück")
    assert back.content.payments == (Payment(kind="ECKarte", cents=-whole.total_cents),)
    assert not back.drawer
    (line,) = partly.content.lines
    part = refunding.refund_lines(till, MANAGER, till.new_id(), partly.id, {line.line_id: line.quantity}, "Ware zurück")
    assert isinstance(part, queries.ReceiptState)
    assert part.content.payments == (Payment(kind="ECKarte", cents=-partly.total_cents),)
    assert queries.cash_stock(till) == 0
    done = closing.close_day(till, MANAGER, till.new_id(), None)
    assert [cents for _kind, _name, cents in done.totals.payments if cents] == []
    assert verify.examine().findings == []


def test_a_correction_is_not_cancelled(till: Till) -> None:
    receipt = sold(till)
    changed = means.correct(till, MANAGER, till.new_id(), receipt.id, "debit", "Falsche Taste")
    with pytest.raises(RegisterError) as refused:
        refunding.refund(till, MANAGER, till.new_id(), changed.id, "doch bar")
    assert refused.value.code == "kind" and refused.value.next_step
