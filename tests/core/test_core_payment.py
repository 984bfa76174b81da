"""What was tendered against what is due."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.core.errors import PaymentError
from smartecr.core.kinds import PAYMENT_KINDS
from smartecr.core.payment import settle
from smartecr.core.receipt import Payment

PAGE = "payment-and-change.md"


@pytest.mark.cases(PAGE, "Settling")
def test_settles(case, tongue):
    total, tendered = tongue.number(case["total"], 2), tongue.payments_of(case["tendered"])
    if not case["change"]:
        with pytest.raises(PaymentError) as refused:
            settle(total, tendered)
        assert refused.value.code == case["paid"]
        assert refused.value.message
        return
    settled = settle(total, tendered)
    assert list(settled.paid) == tongue.payments_of(case["paid"])
    assert tongue.euros(settled.change_cents) == case["change"]
    assert tongue.euros(settled.open_cents) == case["open"]


def test_every_refusal_has_a_case(tongue):
    codes = {row["paid"] for row in tongue.table(PAGE, "Settling") if not row["change"]}
    assert codes == {
        "no_change_from_card",
        "negative",
        "amount_too_large",
        "unknown_kind",
        "paid_out_too_much",
        "positive",
    }


def test_takes_euros_only():
    with pytest.raises(PaymentError, match="CHF") as refused:
        settle(100, [Payment(cents=100, currency="CHF")])
    assert refused.value.code == "currency"


def test_keeps_brands_apart():
    tendered = [
        Payment(kind="Kreditkarte", cents=500, name="Mastercard"),
        Payment(kind="Kreditkarte", cents=300, name="Visa"),
    ]
    assert settle(800, tendered).paid == tuple(tendered)


KINDS = st.sampled_from(sorted(PAYMENT_KINDS))


def _payment(kind, cents):
    return Payment(kind=kind, cents=cents)


def payments(lowest, highest):
    return st.lists(st.builds(_payment, KINDS, st.integers(lowest, highest)), max_size=5)


@given(st.integers(-20_000, 20_000), st.one_of(payments(0, 15_000), payments(-15_000, 0)))
def test_never_a_lost_cent(total, tendered):
    try:
        settled = settle(total, tendered)
    except PaymentError as refused:
        assert refused.code in {"no_change_from_card", "negative", "positive", "paid_out_too_much"}
        return
    cash = sum(payment.cents for payment in tendered if payment.kind == "Bar")
    paid = sum(payment.cents for payment in settled.paid)
    given_cents = sum(payment.cents for payment in tendered)
    assert paid + settled.open_cents == total
    assert given_cents == paid + settled.change_cents
    assert 0 <= settled.change_cents <= max(0, cash)
    assert settled.open_cents * total >= 0
    assert abs(settled.open_cents) <= abs(total)
    assert not (settled.change_cents and settled.open_cents)
    assert all(payment.cents for payment in settled.paid)
    assert sum(payment.kind == "Bar" for payment in settled.paid) <= 1
    assert [p for p in settled.paid if p.kind != "Bar"] == [p for p in tendered if p.kind != "Bar" and p.cents]


@given(st.integers(-20_000, 20_000))
def test_paying_exactly_settles(total):
    settled = settle(total, [Payment(cents=total)])
    assert (settled.change_cents, settled.open_cents) == (0, 0)
    assert sum(payment.cents for payment in settled.paid) == total


@given(st.integers(1, 20_000), payments(0, 5_000))
def test_the_open_amount_can_be_paid_next(total, tendered):
    """Paying in steps ends where paying at once ends."""
    try:
        first = settle(total, tendered)
    except PaymentError:
        return
    last = settle(total, [*tendered, Payment(kind="ECKarte", cents=first.open_cents)])
    assert last.open_cents == 0
    assert last.change_cents == first.change_cents
