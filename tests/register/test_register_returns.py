"""Lines of a receipt taken back: never more than was sold, to the means that paid, discounts in proportion."""

from __future__ import annotations

import pytest

from smartecr.core.errors import ReceiptError
from smartecr.core.receipt import Payment
from smartecr.register import queries
from smartecr.register.books import closing, verify
from smartecr.register.errors import RegisterError
from smartecr.register.queries import ReceiptState
from smartecr.register.sale import paying, refunding, returns, selling
from smartecr.register.till import Till
from support.shop import CASHIER, ESPRESSO, JUICE, MANAGER, ROLL, command, pay_cash, ring


def line_of(receipt: ReceiptState, text: str) -> str:
    return next(line.line_id for line in receipt.content.lines if line.text == text)


def back(till: Till, original: ReceiptState, **chosen: int) -> ReceiptState:
    lines = {line_of(original, name): quantity * 1000 for name, quantity in chosen.items()}
    done = refunding.refund_lines(till, MANAGER, till.new_id(), original.id, lines, "Ware zurück")
    assert isinstance(done, ReceiptState)
    return done


def sold(till: Till, quantity: int = 3) -> ReceiptState:
    ring(till, ROLL)
    outcomes = selling.run(till, CASHIER, [command(till, "article", article=ESPRESSO, quantity=quantity * 1000)])
    assert outcomes[0].ok
    return pay_cash(till)


def test_one_of_three_goes_back_and_the_receipt_stays(till: Till) -> None:
    original = sold(till)
    part = back(till, original, Espresso=1)
    assert part.total_cents == -240
    assert part.reference_id == ""
    assert {line.reference_id for line in part.content.lines} == {original.id}
    assert [(paid.kind, paid.cents) for paid in part.content.payments] == [("Bar", -240)]
    assert queries.receipt(original.id).refunded_by == ""
    assert returns.part_of(part) == original.id
    assert verify.examine().findings == []
    sums = closing.x_report(till).totals
    assert (sums.voids_count, sums.voids_cents) == (1, -240)


def test_parts_with_discounts_sum_to_the_receipt(till: Till) -> None:
    ring(till, ROLL)
    state = selling.run(till, CASHIER, [command(till, "article", article=ESPRESSO, quantity=3000)])
    assert state[0].ok
    lines = queries.current(till).basket.lines
    for one in (
        command(till, "discount_line", line=lines[1].id, kind="percent", value=3300, reason="Treue"),
        command(till, "discount", kind="amount", value=101, reason=""),
    ):
        (outcome,) = selling.run(till, MANAGER, [one])
        assert outcome.ok, outcome
    original = pay_cash(till)
    parts = [back(till, original, Espresso=1) for _ in range(3)]
    roll = next(line for line in original.content.lines if line.article_number == "2")
    parts.append(
        refunding.refund_lines(till, MANAGER, till.new_id(), original.id, {roll.line_id: 1000}, "zurück")  # type: ignore[arg-type]
    )
    assert sum(part.total_cents for part in parts) == -original.total_cents
    by_key: dict[int, int] = {}
    for part in parts:
        for row in part.content.vat:
            by_key[row.vat_key] = by_key.get(row.vat_key, 0) - row.gross_cents
    assert by_key == {row.vat_key: row.gross_cents for row in original.content.vat}
    assert verify.examine().findings == []
    with pytest.raises(ReceiptError, match="nicht so viel übrig"):
        back(till, original, Espresso=1)


def test_the_deposit_goes_with_the_bottle(till: Till) -> None:
    ring(till, JUICE, JUICE)
    original = pay_cash(till)
    juice = next(line for line in original.content.lines if line.gv_typ == "Umsatz")
    part = refunding.refund_lines(till, MANAGER, till.new_id(), original.id, {juice.line_id: 1000}, "zurück")
    assert isinstance(part, ReceiptState)
    assert [(line.gv_typ, line.amount_cents) for line in part.content.lines] == [("Umsatz", -340), ("Pfand", -25)]


def test_what_a_card_paid_goes_back_to_it_first(till: Till) -> None:
    ring(till, ROLL, ESPRESSO)
    state = queries.current(till)
    given = [Payment(kind="Bar", cents=100), Payment(kind="ECKarte", name="girocard", cents=460)]
    original = paying.pay(till, CASHIER, state.id, till.new_id(), given)
    first = back(till, original, Espresso=1)
    assert [(paid.kind, paid.name, paid.cents) for paid in first.content.payments] == [("ECKarte", "girocard", -240)]
    roll = next(line.line_id for line in original.content.lines if line.article_number == "2")
    second = refunding.refund_lines(till, MANAGER, till.new_id(), original.id, {roll: 1000}, "zurück")
    assert isinstance(second, ReceiptState)
    assert [(paid.kind, paid.cents) for paid in second.content.payments] == [("ECKarte", -220), ("Bar", -100)]


def test_a_whole_refund_after_a_part_is_refused_and_the_other_way_round(till: Till) -> None:
    original = sold(till)
    back(till, original, Espresso=1)
    with pytest.raises(RegisterError, match="schon etwas zurückgenommen"):
        refunding.refund(till, MANAGER, till.new_id(), original.id, "falsch")
    other = sold(till)
    refunding.refund(till, MANAGER, till.new_id(), other.id, "falsch")
    with pytest.raises(RegisterError, match="schon storniert"):
        back(till, other, Espresso=1)


def test_a_part_is_not_taken_back_itself(till: Till) -> None:
    part = back(till, sold(till), Espresso=1)
    with pytest.raises(RegisterError, match="Eine Rücknahme"):
        refunding.refund(till, MANAGER, till.new_id(), part.id, "doch nicht")


@pytest.mark.parametrize(
    ("quantity", "message"), [(0, "Nichts gewählt"), (500, "nur ganz zurück"), (4000, "nicht so viel übrig")]
)
def test_quantities_that_cannot_be(till: Till, quantity: int, message: str) -> None:
    original = sold(till)
    with pytest.raises(ReceiptError, match=message):
        refunding.refund_lines(
            till, MANAGER, till.new_id(), original.id, {line_of(original, "Espresso"): quantity}, "zurück"
        )


def test_the_same_refund_again_is_the_same_receipt(till: Till) -> None:
    original = sold(till)
    chosen = {line_of(original, "Espresso"): 1000}
    new_id = till.new_id()
    first = refunding.refund_lines(till, MANAGER, new_id, original.id, chosen, "zurück")
    assert refunding.refund_lines(till, MANAGER, new_id, original.id, chosen, "zurück") == first
    assert len(returns.parts_of(original.id)) == 1
