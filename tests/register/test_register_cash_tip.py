"""A tip in cash is a line of the receipt, as one by card is: whose it is says the shop's setting."""

from __future__ import annotations

import pytest

from smartecr.core.receipt import Payment
from smartecr.register import queries
from smartecr.register.books import verify
from smartecr.register.cashdesk import tipsout
from smartecr.register.cashless import paymentsettings
from smartecr.register.errors import RegisterError
from smartecr.register.sale import paying, refunding
from smartecr.register.till import Till
from support.shop import CASHIER, ESPRESSO, MANAGER, ring


def pay(till: Till, tip: int, tendered: int, receipt_id: str = "") -> queries.ReceiptState:
    """Pay the basket on the screen in cash, with a tip."""
    state = queries.current(till)
    cash = [Payment(kind="Bar", cents=tendered)]
    receipt = receipt_id or till.new_id()
    return paying.pay(till, CASHIER, state.id, receipt, cash, state.priced.total_cents, tip)


def test_a_tip_for_the_staff_lies_in_the_drawer_and_is_owed(till: Till) -> None:
    paymentsettings.save(till, MANAGER, paymentsettings.Settings(tips="TrinkgeldAN"))
    ring(till, ESPRESSO)
    total, before = queries.current(till).priced.total_cents, queries.cash_stock(till)
    receipt = pay(till, 60, 500)
    tip = receipt.content.lines[-1]
    assert (tip.text, tip.gv_typ, tip.amount_cents, tip.vat_key) == ("Trinkgeld", "TrinkgeldAN", 60, 5)
    assert (receipt.total_cents, receipt.change_cents) == (total + 60, 500 - total - 60)
    assert queries.cash_stock(till) == before + total + 60
    assert tipsout.standing(till).owed == 60
    assert verify.examine().findings == []


def test_a_tip_for_the_business_bears_the_rates_of_what_was_sold(till: Till) -> None:
    paymentsettings.save(till, MANAGER, paymentsettings.Settings(tips="TrinkgeldAG"))
    ring(till, ESPRESSO)
    sold = queries.current(till).priced.vat
    tip = pay(till, 60, 500).content.lines[-1]
    assert (tip.gv_typ, tip.amount_cents, tip.vat_key) == ("TrinkgeldAG", 60, sold[0].vat_key)
    assert verify.examine().findings == []


def test_the_same_call_again_gives_one_tip_and_a_refund_takes_it_back(till: Till) -> None:
    ring(till, ESPRESSO)
    state, key, before = queries.current(till), till.new_id(), queries.cash_stock(till)
    total = state.priced.total_cents
    cash = [Payment(kind="Bar", cents=total + 60)]
    first = paying.pay(till, CASHIER, state.id, key, cash, total, 60)
    assert paying.pay(till, CASHIER, state.id, key, cash, total, 60).id == first.id
    assert queries.cash_stock(till) == before + total + 60
    refunding.refund(till, MANAGER, till.new_id(), first.id, "Irrtum")
    assert queries.cash_stock(till) == before
    assert verify.examine().findings == []


@pytest.mark.parametrize("tip", [-1, 2_001])
def test_a_tip_out_of_reason_is_refused(till: Till, tip: int) -> None:
    ring(till, ESPRESSO)
    with pytest.raises(RegisterError) as refused:
        pay(till, tip, 10_000)
    assert refused.value.code == "tip"
    assert pay(till, 2_000, 10_000).content.lines[-1].amount_cents == 2_000


def test_what_does_not_cover_the_tip_is_not_enough(till: Till) -> None:
    ring(till, ESPRESSO)
    with pytest.raises(RegisterError) as refused:
        pay(till, 60, queries.current(till).priced.total_cents)
    assert refused.value.code == "short"
