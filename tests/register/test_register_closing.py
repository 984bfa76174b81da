"""Cash without sales, X and Z."""

from __future__ import annotations

import pytest

from smartecr.register import queries, standing
from smartecr.register.books import closing, verify
from smartecr.register.cashdesk import cash
from smartecr.register.errors import RegisterError
from smartecr.register.models import DrawerOpening, Receipt
from smartecr.register.sale import paying, refunding, selling
from smartecr.register.shop import masterdata
from smartecr.register.signing import recovery, securing
from smartecr.register.till import Till
from support.shop import CASHIER, EMPTY, ESPRESSO, MANAGER, OWNER, ROLL, Clock, command, pay_cash, ring


def test_cash_movements_are_receipts(till: Till) -> None:
    cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", 15000, "")
    out = cash.move(till, CASHIER, till.new_id(), "Auszahlung", -499, "Milch gekauft", MANAGER)
    assert out.process_data == "Beleg^0.00_0.00_0.00_0.00_-4.99^-4.99:Bar"
    assert out.signed
    assert queries.cash_stock(till) == 15000 - 499


@pytest.mark.parametrize(
    ("gv_typ", "cents", "reason", "code"),
    [
        ("Trinkgeld", 100, "x", "kind"),
        ("Auszahlung", 100, "x", "amount"),
        ("Einzahlung", -100, "x", "amount"),
        ("Einzahlung", 0, "x", "amount"),
        ("Einzahlung", 10**9, "x", "amount"),
        ("Einzahlung", 100, "  ", "reason"),
        ("Auszahlung", -100, "Milch", "stock"),
    ],
)
def test_movements_refused(till: Till, gv_typ: str, cents: int, reason: str, code: str) -> None:
    with pytest.raises(RegisterError) as refused:
        cash.move(till, MANAGER, till.new_id(), gv_typ, cents, reason)
    assert refused.value.code == code
    assert Receipt.objects.count() == 0


def test_what_is_not_in_the_drawer_is_not_paid_out(till: Till) -> None:
    """Empty bottles come back to an empty drawer: the refusal names what lies there; money put in first is the way."""
    selling.run(till, CASHIER, [command(till, "article", article=EMPTY)])
    state = queries.current(till)
    receipt_id = till.new_id()
    with pytest.raises(RegisterError, match="Es liegen 0,00 € darin") as refused:
        paying.pay(till, MANAGER, state.id, receipt_id, [], -25)
    assert refused.value.code == "stock"
    assert queries.current(till).priced.total_cents == -25
    cash.move(till, MANAGER, till.new_id(), "Privateinlage", 25, "Wechselgeld")
    assert paying.pay(till, CASHIER, state.id, receipt_id, [], -25).total_cents == -25
    assert queries.cash_stock(till) == 0
    assert verify.examine().holds


@pytest.mark.parametrize("blind", [True, False])
def test_who_counts_blind_is_not_told_what_lies_in_the_drawer(till: Till, blind: bool) -> None:
    masterdata.save_shop(till, OWNER, {"blind_count": blind})
    with pytest.raises(RegisterError) as refused:
        cash.move(till, CASHIER, till.new_id(), "Auszahlung", -100, "Milch", MANAGER)
    told = "" if blind else " Es liegen 0,00 € darin."
    assert refused.value.message == f"So viel Geld ist nicht in der Lade.{told}"


def test_money_taken_between_question_and_record_is_missed(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another till takes the same money after it was asked for: nothing is recorded that the drawer does not hold."""
    cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", 100, "")
    waited = securing.wait_start

    def slow(one: Till, basket: object) -> object:
        monkeypatch.setattr(securing, "wait_start", waited)
        cash.move(one, MANAGER, one.new_id(), "Auszahlung", -80, "Brot")
        return waited(one, None)

    monkeypatch.setattr(securing, "wait_start", slow)
    with pytest.raises(RegisterError) as refused:
        cash.move(till, MANAGER, till.new_id(), "Auszahlung", -50, "Milch")
    assert refused.value.code == "stock"
    assert queries.cash_stock(till) == 20


def test_one_float_a_period_and_a_repeat_is_the_same(till: Till) -> None:
    receipt_id = till.new_id()
    first = cash.move(till, MANAGER, receipt_id, "Anfangsbestand", 10000, "")
    assert cash.move(till, MANAGER, receipt_id, "Anfangsbestand", 10000, "") == first
    with pytest.raises(RegisterError) as refused:
        cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", 10000, "")
    assert refused.value.code == "float"


def test_the_drawer_opens_with_a_reason(till: Till) -> None:
    entry = till.new_id()
    with pytest.raises(RegisterError):
        cash.open_drawer(till, CASHIER, entry, "Wechseln")
    for _ in range(2):
        cash.open_drawer(till, CASHIER, entry, "Wechseln", MANAGER)
    assert [row.reason for row in DrawerOpening.objects.all()] == ["Wechseln"]


def test_x_report_counts_without_closing(till: Till) -> None:
    cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", 10000, "")
    ring(till, ESPRESSO, ROLL)
    sale = pay_cash(till)
    refunding.refund(till, MANAGER, till.new_id(), sale.id, "falsch")
    ring(till, ROLL)
    first, second = closing.x_report(till), closing.x_report(till)
    assert first == second
    assert first.expected_cents == 10000
    assert (first.totals.receipts, first.totals.voids_count, first.totals.voids_cents) == (3, 1, -560)
    assert [basket.total_cents for basket in first.open_baskets] == [320]


def test_closing_books_the_difference_and_carries_the_float(till: Till, clock: Clock) -> None:
    cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", 10000, "")
    ring(till, ESPRESSO)
    pay_cash(till)
    counts = {10000: 1, 200: 1, 20: 1, 10: 1}
    closing_id = till.new_id()
    with pytest.raises(RegisterError) as refused:
        closing.close_day(till, CASHIER, closing_id, counts)
    assert refused.value.code == "difference"
    day = closing.close_day(till, CASHIER, closing_id, counts, "Wechselgeldfehler")
    assert (day.z_number, day.expected_cents, day.counted_cents, day.difference_cents) == (1, 10240, 10230, -10)
    assert day.totals.cash_cents == day.kept_cents == 10230
    assert ("DifferenzSollIst", "", 5, 0, -10, -10, 0) in day.totals.businesscases
    assert dict(day.counts) == counts
    assert closing.close_day(till, CASHIER, closing_id, counts, "Wechselgeldfehler") == day
    assert not standing.status(till).period_open

    clock.forward(hours=24)
    assert queries.cash_stock(till) == 10230
    ring(till, ROLL)
    pay_cash(till)
    assert queries.cash_stock(till) == 10230 + 320
    second = closing.close_day(till, CASHIER, till.new_id(), None, kept_cents=5000)
    assert second.z_number == 2
    assert [case[0] for case in second.totals.businesscases] == ["Umsatz", "Anfangsbestand", "Geldtransit"]
    assert second.totals.cash_cents == second.kept_cents == 5000


def test_the_float_is_carried_over_an_abort(till: Till, clock: Clock) -> None:
    cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", 10000, "")
    closing.close_day(till, CASHIER, till.new_id(), None)
    clock.forward(hours=24)
    ring(till, ESPRESSO)
    selling.run(till, CASHIER, [command(till, "discard")])
    assert queries.cash_stock(till) == 10000
    ring(till, ESPRESSO)
    number = queries.current(till).number
    assert pay_cash(till).number == number  # the float took the one before
    assert queries.cash_stock(till) == 10240
    ring(till, ESPRESSO)
    assert queries.current(till).number == number + 1
    selling.run(till, CASHIER, [command(till, "discard")])
    day = closing.close_day(till, CASHIER, till.new_id(), None)
    assert ("Anfangsbestand", "", 5, 0, 10000, 10000, 0) in day.totals.businesscases


def test_open_baskets_are_named_and_can_be_taken_along(till: Till, clock: Clock) -> None:
    ring(till, ESPRESSO)
    selling.run(till, CASHIER, [command(till, "park", label="Stammtisch")])
    with pytest.raises(RegisterError) as refused:
        closing.close_day(till, CASHIER, till.new_id(), None)
    assert refused.value.code == "open_baskets"
    assert "Stammtisch" in refused.value.message
    day = closing.close_day(till, CASHIER, till.new_id(), None, carry=True)
    assert day.carried == ("Stammtisch",)
    clock.forward(hours=20)
    (parked,) = queries.parked(till)
    selling.run(till, CASHIER, [command(till, "recall", basket=parked.id)])
    assert pay_cash(till).z_number == 2


def test_a_day_may_cross_midnight(till: Till, clock: Clock) -> None:
    clock.forward(hours=15)
    ring(till, ESPRESSO)
    assert pay_cash(till).business_day == "2026-11-24"
    clock.forward(hours=3)
    ring(till, ESPRESSO)
    assert pay_cash(till).business_day == "2026-11-24"
    closing.close_day(till, CASHIER, till.new_id(), None)
    ring(till, ESPRESSO)
    assert pay_cash(till).business_day == "2026-11-24"
    clock.forward(hours=30)
    assert standing.status(till).overdue
    closing.close_day(till, CASHIER, till.new_id(), None)
    ring(till, ESPRESSO)
    assert pay_cash(till).business_day == "2026-11-26"


def test_an_empty_day_can_be_closed(till: Till) -> None:
    day = closing.close_day(till, CASHIER, till.new_id(), {}, "")
    assert (day.z_number, day.totals.receipts, day.counted_cents) == (1, 0, 0)
    assert [one.z_number for one in closing.closings(till)] == [1]


def test_a_day_is_not_closed_over_a_receipt_that_was_cut_off(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """So a start need not look for such a receipt before the last closing."""

    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    closing.close_day(till, CASHIER, till.new_id(), None)
    ring(till, ROLL)
    pay_cash(till)
    ring(till, ESPRESSO)
    with monkeypatch.context() as patched:
        patched.setattr(securing, "secure", cut)
        with pytest.raises(KeyboardInterrupt):
            pay_cash(till)
    with pytest.raises(RegisterError) as refused:
        closing.close_day(till, CASHIER, till.new_id(), None)
    assert refused.value.code == "busy"
    assert recovery.recover(till) == 1
    assert queries.receipts(till)[0].signed
    assert closing.close_day(till, CASHIER, till.new_id(), None).totals.receipts == 2
    assert recovery.recover(till) == 0
    assert verify.examine().findings == []
