"""From a priced basket to a receipt, its mirror and its checks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.core.basket import Basket, Line, override_price, price
from smartecr.core.errors import ReceiptError
from smartecr.core.receipt import Payment, ReceiptLine, check, content_of, mirror

PAGE = "refund-mirror.md"


def receipt(basket, day, kind="Bar"):
    priced = price(basket, day)
    payments = (Payment(kind=kind, cents=priced.total_cents),) if priced.total_cents else ()
    return content_of(priced, payments)


def line_text(line, tongue):
    up = f" ^{line.parent_position}" if line.parent_position else ""
    return f"{line.position} {line.gv_typ} {tongue.euros(line.amount_cents)} @{line.vat_key}{up}"


@pytest.mark.cases(PAGE, "Lines of a receipt")
def test_lines_of_a_receipt(case, tongue):
    content = receipt(tongue.basket_of(case["lines"], case["discount"]), tongue.today)
    check(content)
    assert "; ".join(line_text(line, tongue) for line in content.lines) == case["receipt lines"]


@pytest.mark.cases(PAGE, "The mirror")
def test_the_mirror(case, tongue):
    sale = receipt(tongue.basket_of(case["lines"], case["discount"]), tongue.today)
    refund = mirror(sale)
    check(refund)
    assert tongue.euros(sale.total_cents) == case["total"]
    assert tongue.euros(refund.total_cents) == case["refund total"]
    assert tongue.vat_text(refund.vat) == case["refund VAT"]


@pytest.mark.cases(PAGE, "Former rates")
def test_a_late_refund_takes_the_former_key(case, tongue):
    key = int(case["key of the sale"])
    sale = receipt(tongue.basket_of(f"10.00 @{key}"), date.fromisoformat(case["day of the sale"]))
    refund = mirror(sale, date.fromisoformat(case["day of the refund"]))
    check(refund)
    back = int(case["key of the refund"])
    assert [line.vat_key for line in refund.lines] == [row.vat_key for row in refund.vat] == [back]
    assert refund.vat[0].rate_bp == sale.vat[0].rate_bp
    assert refund.vat[0].tax_cents == -sale.vat[0].tax_cents


def test_a_line_carries_what_books_need(tongue):
    sold = Line(
        id="a" * 32,
        text="Mohn\u00adschnecke",
        quantity=275,
        unit_cents=1990,
        vat_key_in=2,
        vat_key_out=1,
        in_house=False,
        article_id="b" * 32,
        article_number="17",
        gtin="4012345678901",
        group_id="c" * 32,
        group_name="Backwaren",
        unit="kg",
    )
    content = receipt(Basket(id="b", lines=(sold,)), tongue.today)
    assert content.lines == (
        ReceiptLine(
            position=1,
            line_id="a" * 32,
            text="Mohnschnecke",
            gv_typ="Umsatz",
            quantity=275,
            unit_cents=1990,
            amount_cents=547,
            vat_key=1,
            article_id="b" * 32,
            article_number="17",
            gtin="4012345678901",
            group_id="c" * 32,
            group_name="Backwaren",
            unit="kg",
            in_house=False,
        ),
    )


def test_discounts_say_what_and_why(tongue):
    basket = tongue.basket_of("10.00 @2; 10.00 @1")
    discounted = replace(basket.lines[0], discount=tongue.discount_of("20 %", "Druckstelle"))
    basket = replace(basket, lines=(discounted, basket.lines[1]), discount=tongue.discount_of("1.00", "Treuerabatt"))
    lines = receipt(basket, tongue.today).lines
    assert [line.text for line in lines] == [
        "Artikel 1",
        "Rabatt 20 % (Druckstelle)",
        "Artikel 2",
        "Treuerabatt 1,00 €",
        "Treuerabatt 1,00 €",
    ]
    assert [line.reason for line in lines] == ["", "Druckstelle", "", "Treuerabatt", "Treuerabatt"]
    assert [line.group_id for line in lines] == ["g2", "g2", "g1", "", ""]
    assert [line.in_house for line in lines] == [True, True, True, None, None]
    assert [line.line_id for line in lines] == ["1", "", "2", "", ""]


def test_an_override_shows_the_list_price(tongue):
    basket = override_price(tongue.basket_of("3.60 @1"), "1", 300, "Druckstelle")
    line = receipt(basket, tongue.today).lines[0]
    assert (line.unit_cents, line.reason) == (300, "statt 3,60 € (Druckstelle)")


def test_a_deposit_whose_article_was_voided_points_nowhere(tongue):
    basket = tongue.basket_of("3.40 @1; +0.25 @1 Pfand")
    basket = replace(basket, lines=(replace(basket.lines[0], voided=True), basket.lines[1]))
    content = receipt(basket, tongue.today)
    check(content)
    assert [(line.position, line.parent_position) for line in content.lines] == [(1, None)]


# What check refuses. Each fault is one number that does not follow from the others.


@pytest.fixture
def sound(tongue):
    return receipt(tongue.basket_of("2x 3.60 @1; +0.25 @1 Pfand; 12.90 @2 -10%"), tongue.today)


def with_line(content, index, **changes):
    lines = list(content.lines)
    lines[index] = lines[index]._replace(**changes)
    return replace(content, lines=tuple(lines))


def with_vat(content, index, **changes):
    rows = list(content.vat)
    rows[index] = rows[index]._replace(**changes)
    return replace(content, vat=tuple(rows))


FAULTS = {
    "a line is not quantity times unit price": [
        lambda content: with_line(content, 0, amount_cents=721),
        lambda content: with_line(content, 0, quantity=3000),
        lambda content: with_line(content, 3, unit_cents=-130),
    ],
    "positions have a gap": [
        lambda content: with_line(content, 1, position=3),
        lambda content: replace(content, lines=content.lines[1:]),
    ],
    "a line does not point up": [
        lambda content: with_line(content, 1, parent_position=3),
        lambda content: with_line(content, 0, parent_position=-1),
        lambda content: with_line(content, 1, parent_position=0),
        lambda content: with_line(content, 1, parent_position=2),
    ],
    "a VAT row is not the sum of its lines": [
        lambda content: with_vat(content, 0, gross_cents=771),
        lambda content: replace(content, vat=(*content.vat, content.vat[0])),
        lambda content: replace(content, vat=(*content.vat, content.vat[0]._replace(vat_key=3))),
        lambda content: replace(content, lines=content.lines[:3]),
    ],
    "net and tax do not follow from the rate": [
        lambda content: with_vat(content, 0, net_cents=content.vat[0].net_cents + 1),
        lambda content: with_vat(content, 0, tax_cents=content.vat[0].tax_cents - 1),
        lambda content: with_vat(content, 0, rate_bp=1600),
    ],
    "a VAT row is missing": [lambda content: replace(content, vat=content.vat[:1])],
    "the total is not the sum of the VAT rows": [lambda content: replace(content, total_cents=1)],
    "payments do not make the total": [
        lambda content: replace(content, payments=()),
        lambda content: replace(content, payments=(Payment(cents=content.total_cents - 1),)),
        lambda content: replace(content, payments=(*content.payments, Payment(kind="ECKarte", cents=1))),
    ],
    "a training receipt carries a payment": [lambda content: replace(content, type="AVTraining")],
    "the type is not in the list": [lambda content: replace(content, type="beleg")],
    "the means of payment is not in the list": [
        lambda content: replace(content, payments=(Payment(kind="Muscheln", cents=content.total_cents),))
    ],
}


def test_a_sound_receipt_passes(sound):
    check(sound)
    check(replace(sound, type="AVTraining", payments=()))
    check(replace(sound, type="AVBelegabbruch", payments=(Payment(kind="Keine", cents=0),)))
    check(replace(sound, payments=(Payment(cents=1000), Payment(kind="ECKarte", cents=sound.total_cents - 1000))))


@pytest.mark.cases(PAGE, "What is checked before signing")
def test_refuses_what_does_not_add_up(case, sound):
    for fault in FAULTS[case["what is wrong"]]:
        with pytest.raises(ReceiptError) as refused:
            check(fault(sound))
        assert refused.value.code == case["code"]


def test_every_fault_stands_in_the_table(tongue):
    assert {row["what is wrong"] for row in tongue.table(PAGE, "What is checked before signing")} == set(FAULTS)


# What holds for every receipt.


@given(st.data())
def test_every_basket_makes_a_sound_receipt(baskets, tongue, data):
    basket = data.draw(baskets)
    priced = price(basket, tongue.today)
    content = receipt(basket, tongue.today)
    check(content)
    assert content.total_cents == priced.total_cents
    assert content.vat == priced.vat
    discounts = sum(line.amount_cents for line in content.lines if line.gv_typ == "Rabatt")
    assert discounts == priced.discount_cents + sum(item.discount_cents for item in priced.lines)
    kept = [item.line.id for item in priced.lines if not item.line.voided]
    assert [line.line_id for line in content.lines if line.line_id] == kept


@given(st.data(), st.sampled_from([None, date(2026, 12, 1)]))
def test_sale_and_refund_are_zero_everywhere(baskets, tongue, data, day):
    sale = receipt(data.draw(baskets), tongue.today)
    refund = mirror(sale, day)
    check(refund)
    assert sale.total_cents + refund.total_cents == 0
    for row, back in zip(sale.vat, refund.vat, strict=True):
        assert (row.vat_key, row.rate_bp) == (back.vat_key, back.rate_bp)
        assert row.gross_cents + back.gross_cents == 0
        assert row.net_cents + back.net_cents == 0
        assert row.tax_cents + back.tax_cents == 0
    for line, back in zip(sale.lines, refund.lines, strict=True):
        assert back._replace(quantity=line.quantity, amount_cents=line.amount_cents) == line
        assert (back.quantity, back.amount_cents) == (-line.quantity, -line.amount_cents)
    assert [payment.cents for payment in refund.payments] == [-payment.cents for payment in sale.payments]
    assert mirror(refund, day) == sale


@given(st.data())
def test_the_mirror_is_what_computing_anew_gives(baskets, tongue, data):
    """Without overridden signs, a basket of negated quantities prices to the mirror of the receipt's VAT."""
    basket = data.draw(baskets)
    anew = replace(basket, lines=tuple(replace(line, quantity=-line.quantity) for line in basket.lines))
    assert mirror(receipt(basket, tongue.today)).vat == receipt(anew, tongue.today).vat
