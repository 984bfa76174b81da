"""Tips for the staff that came without cash: what is owed, how it is paid out, and what the books say of both."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartecr.core.kinds import PAID_OUT, TIPS
from smartecr.core.receipt import Payment
from smartecr.fiscal.datev import postings
from smartecr.fiscal.datev.accounts import Chart
from smartecr.fiscal.dsfinvk import validator, writer
from smartecr.insights import reading
from smartecr.insights.roll import roll
from smartecr.register import booked, queries
from smartecr.register.books import bookkeeping, closing, exporting, verify
from smartecr.register.cashdesk import cash, cashbook, tipsout
from smartecr.register.errors import RegisterError
from smartecr.register.paper import receipts, reportpaper
from smartecr.register.sale import paying, refunding
from smartecr.register.shop import masterdata
from smartecr.register.till import Till
from smartecr.server.cmdline.command_dsfinvk import check_signature
from support.dsfinvkbooks import taken_apart
from support.shop import CASHIER, COFFEE, ESPRESSO, MANAGER, OWNER, Clock, article_row, ring

TIP = f"{0xA71:032x}"


@pytest.fixture
def tipped(till: Till) -> Till:
    """A till with a float of 100 € and an espresso of 2.40 € paid by card with a tip of 4 €."""
    row = article_row(TIP, "99", "Trinkgeld", COFFEE, 400, gv_typ=TIPS, vat_key_in=5, vat_key_out=5)
    masterdata.save_articles(till, OWNER, [row])
    cash.move(till, MANAGER, till.new_id(), cash.FLOAT, 10000, "")
    sell(till)
    return till


def sell(till: Till) -> None:
    ring(till, ESPRESSO, TIP)
    basket = queries.current(till)
    card = Payment(kind="ECKarte", name="girocard", cents=basket.priced.total_cents)
    paying.pay(till, CASHIER, basket.id, till.new_id(), [card])


def give(till: Till, cents: int, whom: str = "Anna") -> queries.ReceiptState:
    return tipsout.pay_out(till, MANAGER, till.new_id(), cents, whom)


def close(till: Till) -> closing.Closing:
    return closing.close_day(till, MANAGER, till.new_id(), None)


def test_a_pay_out_is_signed_and_lessens_what_is_owed(tipped: Till) -> None:
    assert tipsout.standing(tipped) == (400, 0)
    key = tipped.new_id()
    paid = tipsout.pay_out(tipped, MANAGER, key, 300, " Anna ")
    assert tipsout.pay_out(tipped, MANAGER, key, 300, "Anna").id == paid.id
    (line,) = paid.content.lines
    assert (line.gv_typ, line.gv_name, line.amount_cents, line.vat_key) == (TIPS, PAID_OUT, -300, 5)
    assert paid.process_data == "Beleg^0.00_0.00_0.00_0.00_-3.00^-3.00:Bar"
    assert (paid.signed, paid.reason) == (True, "Anna")
    assert tipsout.standing(tipped) == (100, 300)
    assert queries.cash_stock(tipped) == 10000 - 300
    assert receipts.document(paid.id).title == "Kassenbeleg"
    back = give(tipped, -50)
    assert back.content.lines[0].text == "Trinkgeld zurück"
    assert (*tipsout.standing(tipped), queries.cash_stock(tipped)) == (150, 250, 9750)
    with pytest.raises(RegisterError) as cancelled:
        refunding.refund(tipped, MANAGER, tipped.new_id(), paid.id, "Irrtum")
    assert cancelled.value.code == "kind"


@pytest.mark.parametrize(
    ("cents", "whom", "code"),
    [(401, "Anna", "amount"), (0, "Anna", "amount"), (-1, "Anna", "amount"), (100, " ", "reason")],
)
def test_what_cannot_be_paid_out_is_refused(tipped: Till, cents: int, whom: str, code: str) -> None:
    with pytest.raises(RegisterError) as refused:
        give(tipped, cents, whom)
    assert refused.value.code == code
    with pytest.raises(RegisterError) as right:
        tipsout.pay_out(tipped, CASHIER, tipped.new_id(), 100, "Anna")
    assert right.value.right == "cash_move"


def test_no_more_than_lies_in_the_drawer(tipped: Till) -> None:
    cash.move(tipped, MANAGER, tipped.new_id(), "Geldtransit", -9900, "Zur Bank")
    with pytest.raises(RegisterError) as refused:
        give(tipped, 300)
    assert refused.value.code == "stock"


def test_tips_are_no_turnover_and_their_pay_out_is_a_movement(tipped: Till) -> None:
    give(tipped, 300)
    done = close(tipped)
    totals = done.totals
    assert (totals.earned_cents, totals.tips_cents, totals.turnover_cents) == (240, 400, 640)
    assert [case[:3] + case[4:5] for case in totals.businesscases if case[0] == TIPS] == [
        (TIPS, "", 5, 400), (TIPS, PAID_OUT, 5, -300),
    ]  # fmt: skip
    assert [sold[2:] for sold in totals.people] == [(1, 640)]
    text = repr(reportpaper.z_document(done).blocks)
    assert "Total(text='Umsatz EUR', cents=240)" in text
    assert "Row(text='Trinkgeld (Team), kein Umsatz', cents=400" in text
    assert "Heading(text='Bedienung mit Trinkgeld'" in text
    moved = text.index("Heading(text='Kassenbewegungen'")
    assert text.index("Row(text='Trinkgeld ausgezahlt', cents=-300") > moved


def test_cash_book_and_postings_name_each_pay_out(tipped: Till) -> None:
    give(tipped, 300)
    close(tipped)
    book = cashbook.entries(tipped.register_id)
    assert [(one.text, one.cents, one.voucher) for one in book if "Trinkgeld" in one.text] == [
        ("Trinkgeld (Team) nicht steuerbar", 400, "Z 1"), ("Trinkgeld ausgezahlt: Anna", -300, "Bon 3"),
    ]  # fmt: skip
    assert book[-1].stock_cents == cashbook.stock(tipped.register_id) == 10000 - 300
    (day,) = bookkeeping.days(tipped.shop_id)
    posted = postings.post(day, Chart())
    tips = [(one.contra, one.cents, one.debit, one.voucher[:2]) for one in posted if one.contra == "1590"]
    assert tips == [("1590", 400, True, "Z1"), ("1590", 300, False, "B3")]


def test_the_export_is_right_and_the_books_hold(tipped: Till, tmp_path: Path) -> None:
    give(tipped, 300)
    give(tipped, -100)
    close(tipped)
    assert verify.examine().findings == []
    path = tmp_path / "books.zip"
    writer.write(path, exporting.books(exporting.chosen()), at=datetime(2026, 11, 30, tzinfo=UTC))
    verdict = validator.validate(path, signatures=check_signature)
    assert (verdict.errors, verdict.findings) == (0, ())
    header, *values = taken_apart(path)[0]["businesscases.csv"]
    rows = [dict(zip(header, row, strict=True)) for row in values]
    tips = [(row["GV_NAME"], row["UST_SCHLUESSEL"], row["Z_UMS_BRUTTO"]) for row in rows if row["GV_TYP"] == TIPS]
    assert tips == [("", "5", "4,00"), (PAID_OUT, "5", "-2,00")]


def test_what_is_owed_goes_on_over_closings_from_the_first_pay_out_on(tipped: Till, clock: Clock) -> None:
    close(tipped)
    assert tipsout.standing(tipped).owed == 400, "closed today"
    clock.forward(days=1)
    sell(tipped)
    assert tipsout.standing(tipped).owed == 400, "yesterday's were given out some other way"
    give(tipped, 100)
    close(tipped)
    assert tipsout.standing(tipped).paid_out == 0
    clock.forward(days=1)
    sell(tipped)
    assert tipsout.standing(tipped).owed == 300 + 400
    give(tipped, 700)
    assert tipsout.standing(tipped).owed == 0
    assert verify.examine().findings == []


def test_figures_see_no_sale_in_a_pay_out(tipped: Till) -> None:
    give(tipped, 300)
    done = close(tipped)
    rolled = roll(reading.closed(reading.bounds(done.id), {}, booked.between(tipped.register_id, 0, booked.ENDLESS)))
    assert rolled.vat[5, 0] == 400
    assert rolled.means["Bar", "", False][1] == 10000 - 300
    assert [row.amount_cents for key, row in rolled.articles.items() if key[0] == TIPS] == [400]
