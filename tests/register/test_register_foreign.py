"""Foreign notes: taken at the day's rate, change in euros, kept apart, out of the drawer with the closing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartecr.core.currency import format_rate, in_euro, parse_rate
from smartecr.core.errors import PaymentError
from smartecr.core.receipt import Payment
from smartecr.fiscal.datev import extf
from smartecr.fiscal.datev.accounts import Chart
from smartecr.fiscal.dsfinvk import validator, writer
from smartecr.register import queries
from smartecr.register.books import bookkeeping, closing, exporting, verify
from smartecr.register.cashdesk import cash, cashbook, foreign
from smartecr.register.cashless import means
from smartecr.register.errors import RegisterError
from smartecr.register.paper import receipts, reportpaper
from smartecr.register.queries import ReceiptState
from smartecr.register.sale import paying, refunding
from smartecr.register.shop import options
from smartecr.register.till import Till
from smartecr.server.cmdline.command_dsfinvk import check_signature
from support.dsfinvkbooks import taken_apart
from support.shop import CASHIER, MANAGER, OWNER, ROLL, ring

RATE = {"CHF.rate": "1,065", "USD.rate": "0,86"}


@pytest.fixture
def border(till: Till) -> Till:
    """A till with a float that takes francs and dollars."""
    foreign.save(till, OWNER, RATE)
    cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", 20000, "")
    return till


def pay(till: Till, *given: Payment) -> ReceiptState:
    ring(till, ROLL)
    return paying.pay(till, CASHIER, queries.current(till).id, till.new_id(), given)


def test_change_comes_in_euros(border: Till) -> None:
    receipt = pay(border, foreign.tendered(border, "CHF", 2000))
    assert [(paid.currency, paid.foreign_cents, paid.cents) for paid in receipt.content.payments] == [
        ("CHF", 2000, 2130), ("EUR", None, -1810),
    ]  # fmt: skip
    assert (receipt.tendered_cents, receipt.change_cents) == (2130, 1810)
    assert receipt.process_data == "Beleg^0.00_3.20_0.00_0.00_0.00^-18.10:Bar_20.00:Bar:CHF"
    assert queries.cash_stock(border) == 20000 - 1810
    assert [(one.currency, one.foreign_cents, one.cents) for one in foreign.stocks(border)] == [("CHF", 2000, 2130)]
    rows = [(row.name, row.cents) for row in receipts.document(receipt.id).payments]
    assert rows == [("Bar CHF 20,00", 2130), ("Rückgeld in Euro", -1810)]
    assert verify.examine().findings == []


def test_notes_and_coins_of_two_kinds_pay_together(border: Till) -> None:
    receipt = pay(border, foreign.tendered(border, "USD", 300), Payment(kind="Bar", cents=100))
    assert [(paid.currency, paid.cents) for paid in receipt.content.payments] == [("USD", 258), ("EUR", 62)]
    assert receipt.change_cents == 38


def test_a_closing_empties_what_lies_apart_and_the_books_agree(border: Till, tmp_path: Path) -> None:
    pay(border, foreign.tendered(border, "CHF", 2000))
    pay(border, foreign.tendered(border, "CHF", 500))
    pay(border, foreign.tendered(border, "USD", 1000))
    x_report = reportpaper.x_document(border, closing.x_report(border))
    assert "CHF 25,00" in str(x_report.blocks)
    with pytest.raises(RegisterError, match="fremde Scheine weichen ab"):
        closing.close_day(border, MANAGER, border.new_id(), None, foreign_counts={"CHF": 2400, "USD": 1000})
    done = closing.close_day(
        border, MANAGER, border.new_id(), None, "verzählt", foreign_counts={"CHF": 2400, "USD": 1000}
    )
    assert done.foreign == (("CHF", 2500, 2400, 2556), ("USD", 1000, 1000, 860))
    assert foreign.stocks(border) == []
    assert "CHF" in str(reportpaper.z_document(done).blocks)
    assert verify.examine().findings == []
    entries = cashbook.entries(border.register_id)
    assert entries[-1].stock_cents == done.kept_cents == queries.cash_stock(border)
    assert list(cashbook.shortfalls(border.register_id)) == []
    path = tmp_path / "x.zip"
    writer.write(path, exporting.books(exporting.chosen()), at=datetime(2026, 12, 1, tzinfo=UTC))
    verdict = validator.validate(path, signatures=check_signature)
    assert verdict.errors == 0, verdict.findings
    header, *rows = taken_apart(path)[0]["datapayment.csv"]
    paid = [dict(zip(header, row, strict=True)) for row in rows]
    assert [(row["ZAHLWAEH_CODE"], row["ZAHLWAEH_BETRAG"], row["BASISWAEH_BETRAG"]) for row in paid][1:3] == [
        ("CHF", "20,00", "21,30"), ("EUR", "", "-18,10"),
    ]  # fmt: skip
    agreed = bookkeeping.Adviser(client=extf.Client(consultant=1001, client=1), chart=Chart())
    (month,) = bookkeeping.months(border.shop_id, agreed)
    assert bookkeeping.postings.balance(month.postings, "1361") == 0


def test_change_must_lie_in_the_drawer(till: Till) -> None:
    foreign.save(till, OWNER, RATE)
    with pytest.raises(RegisterError, match="So viel Geld ist nicht in der Lade"):
        pay(till, foreign.tendered(till, "CHF", 2000))


def test_a_refund_gives_euros_back(border: Till) -> None:
    receipt = pay(border, foreign.tendered(border, "CHF", 2000))
    assert not means.may_correct(border, receipt)
    mirror = refunding.refund(border, MANAGER, border.new_id(), receipt.id, "falsch")
    assert [(paid.currency, paid.cents) for paid in mirror.content.payments] == [("EUR", -320)]
    assert [one.foreign_cents for one in foreign.stocks(border)] == [2000]
    assert verify.examine().findings == []


def test_a_wrong_note_is_not_corrected_but_cancelled(border: Till) -> None:
    receipt = pay(border, foreign.tendered(border, "CHF", 2000))
    with pytest.raises(RegisterError, match="fremden Scheinen"):
        paying.change_tender(border, CASHIER, receipt.id, 5000)


def test_a_rate_holds_its_days(till: Till) -> None:
    day = queries.business_day(till)
    foreign.save(till, OWNER, {"CHF.rate": "1,065", "CHF.last": "2020-01-01", "GBP.rate": "1.17", "GBP.first": day})
    assert [(one.currency, one.text) for one in foreign.valid(till)] == [("GBP", "1,17")]
    with pytest.raises(RegisterError, match="gilt heute kein Kurs"):
        foreign.tendered(till, "CHF", 100)
    with pytest.raises(RegisterError, match="bevor er beginnt"):
        foreign.save(till, OWNER, {"CHF.rate": "1", "CHF.first": "2026-02-01", "CHF.last": "2026-01-01"})
    assert options.read(till.shop_id, "currencies")["GBP.rate"] == 117_000


@pytest.mark.parametrize("text", ["", "eins", "-1", "1,123456", "0", "100", "1000"])
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(PaymentError):
        parse_rate(text)


@pytest.mark.parametrize(
    ("text", "cents", "euro"), [("1,065", 2000, 2130), ("0,8601", 1, 1), ("0,04", 12, 0), ("1", 333, 333)]
)
def test_worth_in_euros(text: str, cents: int, euro: int) -> None:
    assert in_euro(cents, parse_rate(text)) == euro
    assert parse_rate(format_rate(parse_rate(text))) == parse_rate(text)
