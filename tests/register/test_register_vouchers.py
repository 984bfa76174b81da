"""Vouchers in the books: sold, redeemed, given back, never spent twice."""

from __future__ import annotations

from typing import Any

import pytest

from smartecr.customers import codes
from smartecr.register import queries
from smartecr.register.books import closing, verify
from smartecr.register.errors import RegisterError
from smartecr.register.models import Journal, ReceiptLine
from smartecr.register.queries import ReceiptState
from smartecr.register.regulars import voucherkeys, vouchers
from smartecr.register.sale import refunding, selling
from smartecr.register.shop import masterdata
from smartecr.register.till import Till
from smartecr.staff.actor import Actor
from support.shop import (
    BREAD,
    CASHIER,
    COFFEE,
    ESPRESSO,
    JUICE,
    MANAGER,
    OWNER,
    ROLL,
    Clock,
    article_row,
    command,
    pay_cash,
    ring,
)  # fmt: skip

GIFT, BREAD_GIFT, FREE_GIFT = (f"{number:032x}" for number in (0xB0, 0xB1, 0xB2))
MULTI, SINGLE = "MehrzweckgutscheinKauf", "EinzweckgutscheinKauf"


@pytest.fixture(autouse=True)
def articles(till: Till) -> None:
    """Three voucher articles beside the shop's others."""
    masterdata.save_articles(
        till,
        OWNER,
        [
            article_row(GIFT, "20", "Gutschein 20 €", COFFEE, 2000, gv_typ=MULTI, vat_key_in=5, vat_key_out=5),
            article_row(BREAD_GIFT, "21", "Brotgutschein", BREAD, 1000, gv_typ=SINGLE, vat_key_in=2, vat_key_out=2),
            article_row(
                FREE_GIFT, "22", "Gutschein", COFFEE, 0, gv_typ=MULTI, vat_key_in=5, vat_key_out=5, open_price=True
            ),
        ],
    )


def one(
    till: Till, do: str, actor: Actor = CASHIER, approver: Actor | None = None, **arguments: Any
) -> selling.Outcome:
    """Run one command."""
    return selling.run(till, actor, [command(till, do, **arguments)], approver)[0]


def sold(till: Till, article: str = GIFT) -> vouchers.Voucher:
    """Sell one voucher for cash and return it."""
    ring(till, article)
    (voucher,) = vouchers.sold_with(pay_cash(till).id)
    return voucher


def redeemed(till: Till, voucher: vouchers.Voucher, *articles: str) -> ReceiptState:
    """Buy articles with a voucher, the rest in cash."""
    ring(till, *articles)
    outcome = one(till, "scan", code=voucher.code)
    assert outcome.ok, outcome
    return pay_cash(till)


def balance(voucher: vouchers.Voucher) -> int:
    """What lies on a voucher now."""
    found = vouchers.find(voucher.number)
    assert found is not None
    return found.balance_cents


def drawn(receipt: ReceiptState) -> list[tuple[str, int, int]]:
    """GV_TYP, amount and VAT key of each line."""
    return [(line.gv_typ, line.amount_cents, line.vat_key) for line in receipt.content.lines]


def test_a_multi_purpose_voucher_is_sold_without_vat_and_pays_like_money(till: Till) -> None:
    voucher = sold(till)
    assert (voucher.kind, voucher.cents, voucher.balance_cents, voucher.vat_key) == (MULTI, 2000, 2000, 5)
    assert (voucher.sold_on, voucher.expires_on) == ("2026-11-24", "2029-12-31")
    receipt = redeemed(till, voucher, ESPRESSO, ROLL)
    assert drawn(receipt) == [
        ("Umsatz", 240, 1), ("Umsatz", 320, 2), ("MehrzweckgutscheinEinloesung", -560, 5)
    ]  # fmt: skip
    assert (receipt.total_cents, receipt.content.payments) == (0, ())
    assert receipt.process_data == "Beleg^2.40_3.20_0.00_0.00_-5.60^"
    assert balance(voucher) == 1440
    assert not receipt.content.payments
    assert verify.examine().findings == []


def test_a_single_purpose_voucher_is_taxed_when_sold_and_takes_its_vat_out_again(till: Till) -> None:
    voucher = sold(till, BREAD_GIFT)
    assert (voucher.kind, voucher.vat_key) == (SINGLE, 2)
    receipt = redeemed(till, voucher, ESPRESSO, ROLL)
    assert drawn(receipt)[-1] == ("EinzweckgutscheinEinloesung", -320, 2)
    assert [(row.vat_key, row.gross_cents, row.tax_cents) for row in receipt.content.vat] == [(1, 240, 38), (2, 0, 0)]
    assert receipt.process_data == "Beleg^2.40_0.00_0.00_0.00_0.00^2.40:Bar"
    assert balance(voucher) == 680


def test_what_a_voucher_takes_follows_the_basket(till: Till) -> None:
    voucher = sold(till)
    ring(till, ESPRESSO)
    laid = one(till, "scan", code=voucher.code)
    assert queries.current(till).priced.total_cents == 0
    ring(till, *[JUICE] * 6)  # six bottles with deposit: 21,90 more
    assert queries.current(till).priced.total_cents == 240 + 2190 - 2000
    assert queries.current(till).priced.pieces == 7
    assert one(till, "discount", MANAGER, kind="percent", value=5000).ok
    assert queries.current(till).priced.total_cents == 0
    assert one(till, "void", line=laid.line_id).ok
    assert queries.current(till).priced.total_cents == 1140 + 150
    assert balance(voucher) == 2000


def test_three_vouchers_in_one_tap_have_three_numbers(till: Till) -> None:
    assert one(till, "article", article=FREE_GIFT, quantity=3000, cents=1550).ok
    receipt = pay_cash(till)
    found = vouchers.sold_with(receipt.id)
    assert len({voucher.code for voucher in found}) == 3
    assert {voucher.balance_cents for voucher in found} == {1550}
    assert drawn(receipt) == [(MULTI, 1550, 5)] * 3


@pytest.mark.parametrize(
    ("arguments", "code"),
    [({"quantity": -1000}, "quantity"), ({"quantity": 500}, "quantity"), ({"quantity": 21_000}, "quantity")],
)
def test_a_voucher_is_sold_by_the_piece(till: Till, arguments: dict[str, int], code: str) -> None:
    refused = one(till, "article", MANAGER, article=GIFT, **arguments)
    assert (refused.ok, refused.code) == (False, code)


def test_a_voucher_needs_its_whole_code(till: Till) -> None:
    voucher, other = sold(till), sold(till)
    ring(till, ESPRESSO)
    wrong = voucher.code[:-1] + ("0" if voucher.code[-1] != "0" else "1")
    forged = codes.code(codes.VOUCHER, voucher.number, other.secret)
    for code, word in ((wrong, "code"), (forged, "unknown"), (f"GS:{voucher.number}", "code")):
        assert one(till, "scan", code=code).code == word
    assert one(till, "voucher", code=voucher.code[3:].lower()).ok


def test_a_voucher_is_refused_with_the_reason(till: Till, clock: Clock) -> None:
    voucher = sold(till)
    asked = one(till, "scan", code=voucher.code)
    assert asked.code == "balance"
    assert "20,00 €, gültig bis 31.12.2029" in asked.message
    assert queries.current(till).id == "", "asking for the balance opens no Bon"
    ring(till, ESPRESSO)
    assert one(till, "scan", code=voucher.code).ok
    assert one(till, "scan", code=voucher.code).code == "twice"
    assert one(till, "park", label="Tisch 3").ok
    ring(till, ROLL)
    assert one(till, "scan", code=voucher.code).code == "elsewhere"
    pay_cash(till)
    assert one(till, "recall", basket=_parked(till)).ok
    pay_cash(till)
    redeemed(till, voucher, *[JUICE] * 6)
    ring(till, ESPRESSO)
    assert balance(voucher) == 0
    assert one(till, "scan", code=voucher.code).code == "spent"
    assert one(till, "discard").ok
    bound = sold(till, BREAD_GIFT)
    ring(till, ESPRESSO)
    assert one(till, "scan", code=bound.code).code == "nothing"


def _parked(till: Till) -> str:
    return queries.parked(till)[0].id


def test_after_the_last_day_it_takes_a_right(till: Till, clock: Clock) -> None:
    voucher = sold(till)
    closing.close_day(till, MANAGER, till.new_id(), None)
    clock.now = clock.now.replace(year=2029, month=12, day=31)
    ring(till, ESPRESSO)
    assert one(till, "scan", code=voucher.code).ok
    pay_cash(till)
    closing.close_day(till, MANAGER, till.new_id(), None)
    clock.forward(days=1)
    ring(till, ESPRESSO)
    refused = one(till, "scan", code=voucher.code)
    assert (refused.code, refused.right) == ("right", "vouchers")
    assert "galt bis 31.12.2029" in refused.message
    assert one(till, "scan", approver=MANAGER, code=voucher.code).ok
    assert pay_cash(till).total_cents == 0
    body = Journal.objects.filter(kind="line_added", body__contains="approved_by").get().body
    assert MANAGER.name in body


def test_a_cancelled_redemption_gives_back_exactly_what_was_taken(till: Till) -> None:
    voucher = sold(till)
    receipt = redeemed(till, voucher, ESPRESSO, ROLL)
    redeemed(till, voucher, ESPRESSO)
    assert balance(voucher) == 1200
    mirror = refunding.refund(till, MANAGER, till.new_id(), receipt.id, "Falsch getippt")
    assert drawn(mirror) == [(kind, -cents, key) for kind, cents, key in drawn(receipt)]
    assert balance(voucher) == 1760
    assert verify.examine().findings == []


def test_a_sold_voucher_is_taken_back_only_while_it_is_whole(till: Till) -> None:
    ring(till, GIFT)
    sale = pay_cash(till)
    (voucher,) = vouchers.sold_with(sale.id)
    used = redeemed(till, voucher, ESPRESSO)
    with pytest.raises(RegisterError) as refused:
        refunding.refund(till, MANAGER, till.new_id(), sale.id, "Doch nicht")
    assert (refused.value.code, "17,60 €" in refused.value.message) == ("used", True)
    refunding.refund(till, MANAGER, till.new_id(), used.id, "Ware zurück")
    refunding.refund(till, MANAGER, till.new_id(), sale.id, "Doch nicht")
    assert balance(voucher) == 0
    ring(till, ESPRESSO)
    assert one(till, "scan", code=voucher.code).code == "spent"


def test_the_balance_on_an_old_receipt_stays_what_it_was(till: Till, clock: Clock) -> None:
    voucher = sold(till)
    first = redeemed(till, voucher, ESPRESSO)
    second = redeemed(till, voucher, ROLL)
    for receipt, left in ((first, 1760), (second, 1440)):
        assert vouchers.left_after(receipt.id, [voucher.number]) == {voucher.number: left}
    assert [row["cents"] for row in vouchers.history(voucher.number)] == [2000, -240, -320]


def test_the_secret_is_on_no_receipt_line_and_numbers_are(till: Till) -> None:
    voucher = sold(till)
    redeemed(till, voucher, ESPRESSO)
    lines = list(ReceiptLine.objects.exclude(voucher="").values_list("voucher", "text"))
    assert [number for number, _text in lines] == [voucher.number] * 2
    assert not any(voucher.secret in text for _number, text in lines)


def test_a_receipt_that_takes_too_much_is_never_recorded(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second look, inside the recording transaction: even were the first one skipped, nothing is spent twice."""
    voucher = sold(till)
    monkeypatch.setattr(vouchers, "usable", lambda *_: None)
    ring(till, *[JUICE] * 5)
    assert one(till, "scan", code=voucher.code).ok
    assert one(till, "park").ok
    redeemed(till, voucher, *[JUICE] * 5)
    assert one(till, "recall", basket=_parked(till)).ok
    with pytest.raises(RegisterError) as refused:
        pay_cash(till)
    assert refused.value.code == "spent"
    assert balance(voucher) == 175
    assert queries.current(till).priced.total_cents == 0, "the Bon is still there"


def test_the_most_at_once_is_what_the_sentence_says() -> None:
    assert voucherkeys.MOST == 20


def test_a_part_goes_back_onto_the_voucher_first(till: Till) -> None:
    """A voucher that paid a part gets as much of what comes back as it gave; only the rest is paid out."""
    voucher = sold(till)
    receipt = redeemed(till, voucher, *[JUICE] * 8)
    taken = -sum(line.amount_cents for line in receipt.content.lines if line.voucher == voucher.number)
    juice = next(line for line in receipt.content.lines if line.gv_typ == "Umsatz")
    assert 0 < taken < receipt.total_cents + taken
    before = balance(voucher)
    first = refunding.refund_lines(till, MANAGER, till.new_id(), receipt.id, {juice.line_id: 1000}, "Ware zurück")
    assert isinstance(first, ReceiptState)
    assert (first.total_cents, first.content.payments) == (0, ())
    assert balance(voucher) == before + 365
    rest = refunding.refund_lines(
        till, MANAGER, till.new_id(), receipt.id, {juice.line_id: juice.quantity - 1000}, "Ware zurück"
    )
    assert isinstance(rest, ReceiptState)
    assert balance(voucher) == before + taken
    assert rest.total_cents == -receipt.total_cents
    assert verify.examine().findings == []
