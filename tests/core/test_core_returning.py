"""A part of a receipt taken back: worked numbers, and that however it is cut, the parts are the whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.core.basket import Basket, Line, price
from smartecr.core.errors import ReceiptError
from smartecr.core.lines import Discount
from smartecr.core.receipt import Payment, ReceiptContent, check, content_of
from smartecr.core.returning import part, returnable

DAY = date(2026, 11, 23)


def receipt(lines: list[Line], discount: Discount | None = None, cards: int = 0) -> ReceiptContent:
    priced = price(Basket(id="b", lines=tuple(lines), discount=discount), DAY)
    card = min(cards, priced.total_cents)
    payments = [
        Payment(kind="ECKarte", name="girocard", cents=card),
        Payment(kind="Bar", cents=priced.total_cents - card),
    ]
    return content_of(priced, [paid for paid in payments if paid.cents])


def line(number: int, pieces: int, cents: int, key: int = 1, off: int = 0) -> Line:
    discount = Discount(kind="percent", value=off) if off else None
    return Line(
        id=f"{number:032x}",
        text=f"Artikel {number}",
        quantity=pieces * 1000,
        unit_cents=cents,
        vat_key_in=key,
        vat_key_out=key,
        in_house=True,
        discount=discount,
    )


def steps(content: ReceiptContent, chosen: list[tuple[str, int]]) -> list[ReceiptContent]:
    parts: list[ReceiptContent] = []
    for line_id, quantity in chosen:
        parts.append(part(content, parts, {line_id: quantity}, DAY, "0" * 32))
    return parts


@pytest.mark.parametrize(
    ("content", "totals"),
    [
        (receipt([line(1, 3, 240, off=3300)]), [-161, -160, -161]),
        (receipt([line(1, 3, 240), line(2, 1, 320, key=2)], Discount(kind="amount", value=101)),
         [-217, -216, -217, -289]),
    ],
)  # fmt: skip
def test_the_worked_numbers(content: ReceiptContent, totals: list[int]) -> None:
    ids = [one.line.line_id for one in returnable(content, []) for _ in range(one.line.quantity // 1000)]
    parts = steps(content, [(line_id, 1000) for line_id in ids])
    assert [one.total_cents for one in parts] == totals
    assert sum(totals) == -content.total_cents


lines = st.builds(
    line, number=st.just(0), pieces=st.integers(1, 6), cents=st.integers(1, 20_000), key=st.sampled_from([1, 2]),
    off=st.sampled_from([0, 0, 1, 1000, 3333, 9900]),
)  # fmt: skip


@given(
    bought=st.lists(lines, min_size=1, max_size=6),
    off=st.sampled_from(
        [None, Discount(kind="percent", value=1234), Discount(kind="amount", value=777)]
    ),
    cards=st.integers(0, 50_000),
    data=st.data(),
)  # fmt: skip
def test_all_parts_together_are_the_receipt(
    bought: list[Line], off: Discount | None, cards: int, data: st.DataObject
) -> None:
    named = [replace(one, id=f"{place:032x}") for place, one in enumerate(bought)]
    content = receipt(named, off, cards)
    parts: list[ReceiptContent] = []
    while left := [one for one in returnable(content, parts) if one.left]:
        chosen = {
            one.line.line_id: 1000 * data.draw(st.integers(0 if len(left) > 1 else 1, one.left // 1000)) for one in left
        }
        if not any(chosen.values()):
            continue
        new = part(content, parts, chosen, DAY, "f" * 32)
        check(new)
        parts.append(new)
    assert sum(one.total_cents for one in parts) == -content.total_cents
    for row in content.vat:
        assert -row.gross_cents == sum(v.gross_cents for one in parts for v in one.vat if v.vat_key == row.vat_key)
    for paid in content.payments:
        back = sum(p.cents for one in parts for p in one.payments if (p.kind, p.name) == (paid.kind, paid.name))
        assert back == -paid.cents


def test_what_was_weighed_goes_back_whole() -> None:
    cheese = Line(
        id="a" * 32, text="Käse", quantity=275, unit="kg", unit_cents=2490, vat_key_in=2, vat_key_out=2, in_house=False
    )
    content = receipt([cheese])
    with pytest.raises(ReceiptError, match="nur ganz"):
        part(content, [], {cheese.id: 100}, DAY)
    assert part(content, [], {cheese.id: 275}, DAY).total_cents == -content.total_cents


def test_an_unknown_line_is_refused() -> None:
    with pytest.raises(ReceiptError, match="kann nicht zurückgehen"):
        part(receipt([line(1, 1, 100)]), [], {"0": 1000}, DAY)
