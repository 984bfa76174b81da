"""The cash book and the cash count: both add up at any minute."""

from __future__ import annotations

import pytest

from smartecr.core.receipt import Payment
from smartecr.printer.text import render
from smartecr.register import queries
from smartecr.register.books import closing, verify
from smartecr.register.cashdesk import cash, cashbook, counting
from smartecr.register.errors import RegisterError
from smartecr.register.models import CashCount
from smartecr.register.paper import reportpaper
from smartecr.register.sale import paying, refunding
from smartecr.register.signing import securing
from smartecr.register.till import Till
from support.shop import CASHIER, ESPRESSO, MANAGER, ROLL, Clock, pay_cash, ring


def card(till: Till) -> None:
    state = queries.current(till)
    given = Payment(kind="ECKarte", cents=state.priced.total_cents, name="girocard")
    paying.pay(till, MANAGER, state.id, till.new_id(), [given])


def lines(till: Till, first: str = "", last: str = "") -> list[tuple[str, str, int, int]]:
    return [(one.voucher, one.text, one.cents, one.stock_cents) for one in cashbook.now(till, first, last)]


def test_the_cash_book_adds_up_at_any_minute(till: Till, clock: Clock) -> None:
    assert lines(till) == []
    cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", 10000, "")
    ring(till, ESPRESSO, ROLL)
    sale = pay_cash(till)
    ring(till, ROLL)
    card(till)
    assert lines(till) == [
        ("Bon 1", "Anfangsbestand", 10000, 10000),
        ("Z 1", "Einnahmen 19 %", 240, 10240),
        ("Z 1", "Einnahmen 7 %", 640, 10880),
        ("Z 1", "davon Debitkarte (girocard)", -320, 10560),
    ]
    assert queries.cash_stock(till) == 10560
    cash.move(till, MANAGER, till.new_id(), "Auszahlung", -499, "Milch gekauft")
    refunding.refund(till, MANAGER, till.new_id(), sale.id, "falsch")
    closing.close_day(till, MANAGER, till.new_id(), None, kept_cents=5000)
    first_day = lines(till)
    assert first_day[-2:] == [
        ("Bon 4", "Auszahlung: Milch gekauft", -499, 9501),
        ("Bon 6", "Geldtransit: Entnahme beim Kassenabschluss", -4501, 5000),
    ]
    assert cashbook.entries(till.register_id) == cashbook.now(till)
    clock.forward(hours=24)
    ring(till, ESPRESSO)
    pay_cash(till)
    assert lines(till, "2026-11-25") == [("Z 2", "Einnahmen 19 %", 240, 5240)]
    assert lines(till) == [*first_day, *lines(till, "2026-11-25")]
    assert lines(till, "", "2026-11-24") == first_day
    assert list(cashbook.shortfalls(till.register_id)) == []


def test_a_drawer_that_would_hold_less_than_nothing_is_named(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    ring(till, ROLL)
    card(till)
    card_sale = queries.receipts(till)[0]
    ring(till, ESPRESSO)
    pay_cash(till)
    monkeypatch.setattr(securing.drawer, "covers", lambda *_: None)  # as in books from before it was refused
    cash._book(till, MANAGER, till.new_id(), "Auszahlung", -500, "zu viel", card_sale.business_day)
    assert list(cashbook.shortfalls(till.register_id)) == [(3, -260)]


def test_a_cash_count_is_a_fact_and_moves_nothing(till: Till, clock: Clock) -> None:
    cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", 10000, "")
    count_id = till.new_id()
    for counts in ({5000: 2}, {5000: 2}):
        done = counting.count(till, CASHIER, count_id, counts, "Schichtwechsel")
    assert (done.expected_cents, done.difference_cents, done.pieces, done.number) == (10000, 0, ((5000, 2),), 1)
    assert CashCount.objects.count() == 1
    with pytest.raises(RegisterError) as refused:
        counting.count(till, CASHIER, till.new_id(), {5000: 1})
    assert refused.value.code == "difference"
    clock.forward(minutes=5)
    short = counting.count(till, CASHIER, till.new_id(), {5000: 1, 2000: 2}, reason="verzählt")
    assert (short.difference_cents, queries.cash_stock(till)) == (-1000, 10000)
    assert [one.id for one in counting.counts_of(till.register_id)] == [short.id, count_id]
    paper = render(counting.document(short), 48)
    for part in ("Zählprotokoll", "Jana", "100,00", "90,00", "−10,00", "verzählt", "2 ×"):
        assert part in paper, part
    day = closing.close_day(till, MANAGER, till.new_id(), None)
    assert day.cash_counts == 2
    assert verify.examine().findings == []
    with pytest.raises(RegisterError):
        counting.find("0" * 32)


def test_the_closing_tells_people_hours_and_discounts(till: Till, clock: Clock) -> None:
    ring(till, ESPRESSO)
    pay_cash(till)
    clock.forward(hours=2)
    ring(till, ROLL, actor=MANAGER)
    pay_cash(till, actor=MANAGER)
    sale = queries.receipts(till)[0]
    refunding.refund(till, MANAGER, till.new_id(), sale.id, "falsch")
    cash.move(till, MANAGER, till.new_id(), "Einzahlung", 100, "x")
    day = closing.close_day(till, MANAGER, till.new_id(), None)
    assert [(name, count, cents) for _, name, count, cents in day.totals.people] == [("Jana", 1, 240), ("Murat", 2, 0)]
    assert day.totals.hours == ((8, 1, 240), (10, 2, 0))
    paper = render(reportpaper.z_document(day), 48)
    assert "Bedienung" in paper
    assert "8–9 Uhr" in paper


def test_a_late_correction_is_a_new_fact_in_the_next_closing(till: Till, clock: Clock) -> None:
    ring(till, ROLL)
    sale = pay_cash(till)
    first = closing.close_day(till, MANAGER, till.new_id(), None)
    clock.forward(hours=24)
    back = refunding.refund(till, MANAGER, till.new_id(), sale.id, "falsch gebucht")
    assert back.z_number == 2
    second = closing.close_day(till, MANAGER, till.new_id(), None)
    assert (second.totals.voids_count, second.totals.voids_cents, second.totals.turnover_cents) == (1, -320, -320)
    assert closing.find_closing(first.id) == first
