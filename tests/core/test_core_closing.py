"""Receipts added up to a closing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.core.basket import price
from smartecr.core.closing import entry, totals
from smartecr.core.errors import ClosingError
from smartecr.core.kinds import BUSINESS_KINDS, PAID_OUT, TIPS, TURNOVER
from smartecr.core.receipt import Payment, check, content_of, mirror
from smartecr.core.vat import split_gross

PAGE = "closing.md"
DAYS = ["A day in a bakery", "A day in a café"]


def entries_of(day, tongue):
    """The receipts of a day in the tables, each of them sound."""
    found = []
    for row in tables_of(day, tongue)[0]:
        priced = price(tongue.basket_of(row["lines"]), tongue.today)
        content = content_of(priced, tongue.payments_of(row["payment"]), row["type"])
        check(content)
        found.append(entry(number=int(row["number"]), content=content, refund=row["refund"] == "yes"))
    return found


def tables_of(day, tongue):
    return [tongue.table(PAGE, day, nth) for nth in range(3)]


@pytest.mark.parametrize("day", DAYS)
def test_rows_of_a_day(day, tongue):
    closing = totals(entries_of(day, tongue))
    rows = [
        {
            "kind": kind,
            "key": str(key),
            "gross": tongue.euros(gross),
            "net": tongue.euros(net),
            "tax": tongue.euros(tax),
        }
        for kind, _, key, _, gross, net, tax in closing.businesscases
    ]
    written = sorted(tables_of(day, tongue)[1], key=lambda row: (BUSINESS_KINDS.index(row["kind"]), row["key"]))
    assert rows == written


@pytest.mark.parametrize("day", DAYS)
def test_sums_of_a_day(day, tongue):
    closing = totals(entries_of(day, tongue))
    assert {row["sum"]: row["value"] for row in tables_of(day, tongue)[2]} == {
        "cash": tongue.euros(closing.cash_cents),
        "payments": tongue.euros(closing.payments_cents),
        "turnover": tongue.euros(closing.turnover_cents),
        "receipts": str(closing.receipts),
        "first number": str(closing.first_number),
        "last number": str(closing.last_number),
        "voids": str(closing.voids_count),
        "voids sum": tongue.euros(closing.voids_cents),
        "discounts": tongue.euros(closing.discounts_cents),
        "deposits": tongue.euros(closing.deposit_cents),
    }


@pytest.mark.parametrize(("gv_typ", "sold"), [(TURNOVER, True), ("Rabatt", True), (TIPS, False), ("Auszahlung", False)])
def test_the_name_of_paid_out_tips_makes_no_other_case_a_movement_of_cash(tongue, gv_typ, sold):
    found = entries_of("A day in a bakery", tongue)
    before = totals(found).turnover_cents
    place = next(number for number, one in enumerate(found) if one.content.lines[0].gv_typ == TURNOVER)
    content = found[place].content
    renamed = content._replace(lines=tuple([line._replace(gv_typ=gv_typ, gv_name=PAID_OUT) for line in content.lines]))
    found[place] = found[place]._replace(content=renamed)
    moved = totals(found).turnover_cents
    assert (moved == before) is sold


def test_payments_by_kind_and_name(tongue):
    closing = totals(entries_of("A day in a bakery", tongue))
    assert closing.payments == (("Bar", "", 25_700), ("Kreditkarte", "", 450))
    assert closing.other_receipts == (("AVBestellung", 1),)


def test_groups_are_turnover_less_own_discounts(tongue):
    closing = totals(entries_of("A day in a café", tongue))
    assert closing.groups == (
        ("g1", "Gruppe 1", 3000, 720 + 340),
        ("g2", "Gruppe 2", 3000, 1290 - 129 + 220 + 320),
    )


def test_a_discount_on_the_receipt_stands_under_no_group(tongue):
    priced = price(tongue.basket_of("20.00 @2; 10.00 @1", "10 %"), tongue.today)
    closing = totals([entry(number=1, content=content_of(priced, [Payment(cents=2700)]))])
    assert closing.groups == (
        ("", "", 0, -300),
        ("g1", "Gruppe 1", 1000, 1000),
        ("g2", "Gruppe 2", 1000, 2000),
    )
    assert closing.discounts_cents == -300


def test_groups_stand_in_the_order_of_their_names(tongue):
    content = content_of(price(tongue.basket_of("3.60 @1; 2.20 @2"), tongue.today), [Payment(cents=580)])
    names = {"g1": "Zeitung", "g2": "Brot"}
    renamed = replace(content, lines=tuple(line._replace(group_name=names[line.group_id]) for line in content.lines))
    assert [row[1] for row in totals([entry(number=1, content=renamed)]).groups] == ["Brot", "Zeitung"]


def test_a_period_without_receipts():
    closing = totals([])
    assert (closing.receipts, closing.first_number, closing.last_number) == (0, None, None)
    assert (closing.businesscases, closing.payments, closing.cash_cents) == ((), (), 0)


def test_names_and_rates_keep_rows_apart(tongue):
    content = content_of(price(tongue.basket_of("-5.00 @5 Auszahlung"), tongue.today), [Payment(cents=-500)])
    named = replace(content, lines=(content.lines[0]._replace(gv_name="Milch"),))
    old = replace(content, vat=(content.vat[0]._replace(rate_bp=100),))
    closing = totals([entry(number=n, content=each) for n, each in enumerate((content, named, old), 1)])
    assert [row[:5] for row in closing.businesscases] == [
        ("Auszahlung", "", 5, 0, -500),
        ("Auszahlung", "", 5, 100, -500),
        ("Auszahlung", "Milch", 5, 0, -500),
    ]


def test_refuses_a_receipt_without_its_vat(tongue):
    content = content_of(price(tongue.basket_of("3.60 @1"), tongue.today), [Payment(cents=360)])
    with pytest.raises(ClosingError, match="Beleg 7") as refused:
        totals([entry(number=7, content=replace(content, vat=()))])
    assert refused.value.code == "vat_missing"


@given(st.data())
def test_rows_equal_payments_in_any_order_and_refunds_cancel(baskets, tongue, data):
    contents = []
    for basket in data.draw(st.lists(baskets, max_size=4)):
        priced = price(basket, tongue.today)
        kind = data.draw(st.sampled_from(["Bar", "ECKarte"]))
        contents.append(content_of(priced, [Payment(kind=kind, cents=priced.total_cents)]))
    entries = [entry(number=number, content=content) for number, content in enumerate(contents, 1)]
    closing = totals(entries)
    assert sum(row[4] for row in closing.businesscases) == closing.payments_cents == closing.turnover_cents
    assert all(split_gross(gross, rate) == (net, tax) for _, _, _, rate, gross, net, tax in closing.businesscases)
    assert sum(row.gross_cents for row in closing.vat) == closing.turnover_cents
    assert totals(data.draw(st.permutations(entries))) == closing
    back = [
        entry(number=number, content=mirror(content), refund=True)
        for number, content in enumerate(contents, len(entries) + 1)
    ]
    empty = totals(entries + back)
    assert {row[4] for row in empty.businesscases} <= {0}
    assert {cents for _, _, cents in empty.payments} <= {0}
    assert empty.voids_count == len(entries)
    assert empty.voids_cents == -closing.payments_cents
