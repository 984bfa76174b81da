"""Finding receipts: by day, by words and amounts, in the newest of them or in all."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from smartecr.register import queries
from smartecr.register.books import closing
from support.shop import ESPRESSO, JUICE, OWNER, pay_cash, ring

if TYPE_CHECKING:
    from smartecr.register.till import Till
    from support.shop import Clock


def sold(till: Till, *articles: str) -> int:
    ring(till, *articles)
    return pay_cash(till, 5000).number


def numbers(till: Till, **asked: object) -> list[int]:
    return [row.number for row in queries.receipts(till, **asked)]  # type: ignore[arg-type]


def test_a_day_with_several_closings_and_one_that_is_open_has_its_receipts_and_no_other(
    till: Till, clock: Clock
) -> None:
    sales: dict[str, list[int]] = {}

    def sell(article: str) -> None:
        number = sold(till, article)
        sales.setdefault(queries.business_day(till), []).insert(0, number)

    for article in (ESPRESSO, JUICE):
        sell(article)
        closing.close_day(till, OWNER, till.new_id(), None)
    first = queries.business_day(till)
    clock.now += timedelta(days=2)
    sell(ESPRESSO)
    closing.close_day(till, OWNER, till.new_id(), None)
    clock.now += timedelta(days=1)
    for article in (ESPRESSO, JUICE):
        sell(article)
    assert len(sales) == 3
    for day, wanted in sales.items():
        found = [row for row in queries.receipts(till, day=day) if row.gv_typ == "Umsatz"]
        assert [row.number for row in found] == wanted, day
    assert numbers(till, day=first, text="Espresso") == sales[first][-1:]
    assert numbers(till, day=f"{(clock.now - timedelta(days=2)).date()}") == []


def test_words_and_amounts_reach_back_as_far_as_is_said(till: Till) -> None:
    first = sold(till, ESPRESSO)
    for _ in range(3):
        sold(till, JUICE)
    total = f"{queries.receipts(till, text=str(first))[0].total_cents / 100:.2f}".replace(".", ",")
    for text in ("Espresso", total):
        assert numbers(till, text=text, reach=3) == [], text
        assert numbers(till, text=text, reach=4) == [first], text
        assert numbers(till, text=text) == [first], text
    assert numbers(till, text=str(first), reach=1) == [first], "a number is found wherever it is"
    assert numbers(till, text="Espresso", day=queries.business_day(till), reach=1) == [first]
    assert len(numbers(till, reach=1)) == 4
    assert (queries.reaches_all(till, 4), queries.reaches_all(till, 3)) == (True, False)
