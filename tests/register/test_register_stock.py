"""Stock: what receipts and people move, what lies there at any moment, and counting while the shop sells."""

from __future__ import annotations

from typing import Any

import pytest

from smartecr.catalog import rows, stockbook
from smartecr.catalog.errors import CatalogError
from smartecr.catalog.models import Article, StockCount, StockMove
from smartecr.core.receipt import Payment, ReceiptContent, ReceiptLine
from smartecr.register import queries
from smartecr.register.books import verify
from smartecr.register.errors import RegisterError
from smartecr.register.models import Journal
from smartecr.register.sale import paying, refunding, selling, training
from smartecr.register.shop import masterdata, shelf, stock
from smartecr.register.shop.stockfacts import GOODS_IN, OWN_USE, WASTE
from smartecr.register.till import Till
from support.shop import (
    CASHIER,
    DEPOSIT,
    ESPRESSO,
    JUICE,
    LATTE,
    MANAGER,
    ROLL,
    WISH,
    Clock,
    command,
    pay_cash,
    ring,
)


def keep(till: Till, *articles: str, **columns: Any) -> None:
    """Let stock be kept of these articles."""
    masterdata.save_articles(
        till,
        MANAGER,
        [
            rows.article_row({"stocked": True, **columns}, Article.objects.filter(id=key).values()[0])
            for key in articles
        ],
    )


def lying(article: str = ESPRESSO) -> int:
    return stockbook.balances([article]).get(article, 0)


def holds() -> None:
    """The books rebuilt from the journal are the books."""
    assert verify.examine().findings == []


def test_a_sale_takes_down_what_lies_there_and_a_refund_puts_it_back(till: Till, clock: Clock) -> None:
    keep(till, ESPRESSO, JUICE, DEPOSIT)
    stock.move(till, MANAGER, till.new_id(), GOODS_IN, {ESPRESSO: 10_000, JUICE: 24_000}, "Lieferschein 7")
    clock.forward(minutes=1)
    ring(till, ESPRESSO, ESPRESSO, JUICE, ROLL)
    receipt = pay_cash(till)
    assert (lying(), lying(JUICE), lying(DEPOSIT), lying(ROLL)) == (8_000, 23_000, -1_000, 0)
    clock.forward(minutes=1)
    refunding.refund(till, MANAGER, till.new_id(), receipt.id, "zurück")
    assert (lying(), lying(JUICE), lying(DEPOSIT)) == (10_000, 24_000, 0)
    assert [(move.kind, move.quantity, move.after) for move in stock.moves(ESPRESSO)] == [
        ("sale", 2_000, 10_000),
        ("sale", -2_000, 8_000),
        ("in", 10_000, 10_000),
    ]
    assert stock.moves(ESPRESSO)[1].receipt_number == receipt.number
    holds()


def test_part_of_a_receipt_taken_back_puts_that_part_back(till: Till) -> None:
    keep(till, ESPRESSO)
    ring(till, ESPRESSO, ESPRESSO, ESPRESSO)
    receipt = pay_cash(till)
    line = receipt.content.lines[0].line_id
    refunding.refund_lines(till, MANAGER, till.new_id(), receipt.id, {line: 1_000}, "eine zu viel")
    assert lying() == -2_000
    holds()


def test_stock_below_zero_stops_no_sale(till: Till) -> None:
    keep(till, ESPRESSO)
    ring(till, ESPRESSO)
    pay_cash(till)
    (one,) = stockbook.stocks()
    assert (one.quantity, one.negative, one.order) == (-1_000, True, 0)


def test_nothing_moves_what_is_no_sale(till: Till) -> None:
    keep(till, ESPRESSO)
    ring(till, ESPRESSO)
    selling.run(till, CASHIER, [command(till, "discard")])
    training.switch(till, MANAGER, on=True)
    ring(till, ESPRESSO)
    pay_cash(till)
    training.switch(till, MANAGER, on=False)
    assert not StockMove.objects.exists()
    ring(till, ESPRESSO)
    state = queries.current(till)
    paying.give(till, MANAGER, state.id, till.new_id(), "Jana")
    assert lying() == -1_000, "what the staff eat is gone as well"
    holds()


def test_a_shop_without_stock_writes_nothing_about_it(till: Till) -> None:
    ring(till, ESPRESSO, JUICE)
    pay_cash(till)
    assert '"stock"' not in Journal.objects.get(kind="receipt_recorded").body
    assert till.stocked == {}


def content(*lines: tuple[str, str, int, int]) -> ReceiptContent:
    """Return a receipt of (article, unit, thousandths, cents a unit)."""
    made = tuple(
        ReceiptLine(
            position=place, line_id="", text="x", gv_typ="Umsatz", quantity=quantity, unit_cents=cents,
            amount_cents=0, vat_key=1, article_id=article, unit=unit,
        )
        for place, (article, unit, quantity, cents) in enumerate(lines, 1)
    )  # fmt: skip
    return ReceiptContent(type="Beleg", lines=made, vat=(), payments=(Payment(kind="Bar", cents=0),), total_cents=0)


def test_a_label_with_a_price_moves_the_weight_it_stands_for(till: Till) -> None:
    till.stocked = {"a": ("kg", 1_600), "b": ("", 100)}
    assert shelf.taken(till, content(("a", "kg", 275, 1_600))) == {"stock": [["a", -275]]}
    assert shelf.taken(till, content(("a", "", 1_000, 440))) == {"stock": [["a", -275]]}
    assert shelf.taken(till, content(("b", "", 2_000, 100), ("b", "", -2_000, 100), ("c", "", 1_000, 5))) == {}


def test_breakage_needs_a_reason_and_own_use_goes_the_same_way(till: Till, clock: Clock) -> None:
    keep(till, ESPRESSO, LATTE)
    with pytest.raises(RegisterError, match="Grund fehlt"):
        stock.move(till, MANAGER, till.new_id(), WASTE, {ESPRESSO: 1_000}, " ")
    entry = till.new_id()
    stock.move(till, MANAGER, entry, WASTE, {ESPRESSO: 1_000, LATTE: 500}, "Bruch")
    stock.move(till, MANAGER, entry, WASTE, {ESPRESSO: 1_000, LATTE: 500}, "Bruch")  # sent twice
    stock.move(till, MANAGER, till.new_id(), OWN_USE, {ESPRESSO: 2_000}, "Verkostung")
    assert (lying(), lying(LATTE)) == (-3_000, -500)
    clock.forward(seconds=1)  # movements of one instant have no order
    stock.reverse(till, MANAGER, entry, ESPRESSO)
    assert (lying(), lying(LATTE)) == (-2_000, -500)
    assert stock.moves(ESPRESSO)[0].note == "Gegenbuchung: Bruch"
    with pytest.raises(RegisterError, match="schon gegengebucht"):
        stock.reverse(till, MANAGER, entry, ESPRESSO)
    assert lying() == -2_000
    ring(till, ESPRESSO)
    sold = pay_cash(till)
    with pytest.raises(RegisterError, match="neuer Bon"):
        stock.reverse(till, MANAGER, sold.id, ESPRESSO)
    with pytest.raises(RegisterError, match="gibt es nicht"):
        stock.reverse(till, MANAGER, entry, JUICE)
    holds()


@pytest.mark.parametrize(
    ("kind", "quantities", "code"),
    [("fliegen", {ESPRESSO: 1}, "kind"), (GOODS_IN, {}, "empty"), (GOODS_IN, {JUICE: 1_000}, "article")],
)
def test_what_cannot_be_booked_changes_nothing(till: Till, kind: str, quantities: dict[str, int], code: str) -> None:
    keep(till, ESPRESSO)
    with pytest.raises(RegisterError) as refused:
        stock.move(till, MANAGER, till.new_id(), kind, quantities, "x")
    assert refused.value.code == code
    assert not StockMove.objects.exists()


def test_a_cashier_books_no_stock(till: Till) -> None:
    keep(till, ESPRESSO)
    with pytest.raises(RegisterError) as refused:
        stock.move(till, CASHIER, till.new_id(), GOODS_IN, {ESPRESSO: 1_000})
    assert refused.value.code == "right"
    with pytest.raises(RegisterError):
        stock.count(till, CASHIER, till.new_id(), {}, {ESPRESSO: 0})


def test_a_count_writes_the_difference_and_asks_again_where_something_was_sold(till: Till, clock: Clock) -> None:
    keep(till, ESPRESSO, LATTE, JUICE, cost_cents=50)
    stock.move(till, MANAGER, till.new_id(), GOODS_IN, {ESPRESSO: 10_000, LATTE: 5_000, JUICE: 3_000})
    seen = {ESPRESSO: 10_000, LATTE: 5_000, JUICE: 3_000}
    ring(till, LATTE)
    pay_cash(till)
    entry = till.new_id()
    counted = {ESPRESSO: 8_000, LATTE: 4_000, JUICE: 3_000}
    assert stock.count(till, MANAGER, entry, seen, counted, "Inventur") == {LATTE: 4_000}
    assert stock.count(till, MANAGER, entry, seen, counted, "Inventur") == {}, "sent twice"
    assert (lying(), lying(LATTE), lying(JUICE)) == (8_000, 4_000, 3_000)
    assert StockCount.objects.count() == 2
    (one,) = stockbook.counts()
    assert (one.articles, one.differing, one.cents, one.note) == (2, 1, -100, "Inventur")
    holds()


def test_the_stock_of_any_moment_follows_from_the_movements(till: Till, clock: Clock) -> None:
    keep(till, ESPRESSO)
    moments = [till.now()]
    for _day in range(3):
        clock.forward(days=1)
        stock.move(till, MANAGER, till.new_id(), GOODS_IN, {ESPRESSO: 5_000})
        ring(till, ESPRESSO)
        pay_cash(till)
        moments.append(till.now())
    found = [stockbook.balances([ESPRESSO], at).get(ESPRESSO, 0) for at in moments]
    assert found == [0, 4_000, 8_000, 12_000]


@pytest.mark.parametrize(
    ("least", "full", "quantity", "short", "order"),
    [
        (None, None, -5_000, False, 0),
        (6_000, None, 7_000, False, 0),
        (6_000, None, 6_000, True, 6_000),
        (6_000, 20_000, 2_000, True, 18_000),
        (0, None, 0, True, 0),
        (6_000, None, -1_000, True, 13_000),
    ],
)
def test_what_is_ordered(least: int | None, full: int | None, quantity: int, short: bool, order: int) -> None:
    found = stockbook.stock_of(Article(stock_min=least, stock_full=full), quantity)
    assert (found.short, found.order) == (short, order)


def test_which_articles_keep_stock(till: Till) -> None:
    for article, columns, field in (
        (WISH, {}, "stocked"),
        (ESPRESSO, {"stock_min": 5_000, "stock_full": 1_000}, "stock_full"),
        (ESPRESSO, {"stock_min": -1}, "stock_min"),
    ):
        with pytest.raises(CatalogError) as refused:
            keep(till, article, **columns)
        assert refused.value.field == field


def test_a_movement_nobody_made_is_found(till: Till) -> None:
    keep(till, ESPRESSO)
    stock.move(till, MANAGER, till.new_id(), GOODS_IN, {ESPRESSO: 5_000})
    StockMove.objects.update(quantity=6_000)
    StockMove.objects.create(
        source_id="f" * 32, article_id=ESPRESSO, kind="in", quantity=1_000, at=till.now(), person_name="", note=""
    )
    text = " ".join(verify.examine().findings)
    assert "quantity weicht vom Journal ab" in text
    assert f"catalog_stock_move {'f' * 32}" in text
