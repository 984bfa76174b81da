"""Kassenbeleg-V1: worked examples of the specification, the way back, and what strict reading refuses."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.core.kinds import RECEIPT_TYPES
from smartecr.core.receipt import Payment, ReceiptContent
from smartecr.core.totals import VatSum
from smartecr.core.vat import KEYS, slot
from smartecr.fiscal.process_data import Kassenbeleg, PaidSum, ProcessDataError, kassenbeleg, kassenbeleg_abort, parse


def vat(key: int, gross: int) -> VatSum:
    return VatSum(vat_key=key, rate_bp=0, gross_cents=gross, net_cents=gross, tax_cents=0)


def content(rows: dict[int, int], payments: list[Payment], bon_type: str = "Beleg") -> ReceiptContent:
    """A receipt of `rows`: VAT key -> gross cents."""
    return ReceiptContent(
        type=bon_type,
        lines=(),
        vat=tuple(vat(key, gross) for key, gross in rows.items()),
        payments=tuple(payments),
        total_cents=sum(rows.values()),
    )


def pay(kind: str, cents: int, currency: str = "EUR") -> Payment:
    return Payment(kind=kind, cents=cents, currency=currency)


CASES = [
    ({1: 405, 2: 300}, [pay("Bar", 705)], "Beleg", "Beleg^4.05_3.00_0.00_0.00_0.00^7.05:Bar"),
    ({2: -2000}, [pay("Bar", -2000)], "Beleg", "Beleg^0.00_-20.00_0.00_0.00_0.00^-20.00:Bar"),
    ({2: 820, 5: 180}, [pay("Bar", 1000)], "Beleg", "Beleg^0.00_8.20_0.00_0.00_1.80^10.00:Bar"),
    ({1: -2000, 21: 8000}, [pay("Bar", 6000)], "Beleg", "Beleg^60.00_0.00_0.00_0.00_0.00^60.00:Bar"),
    (
        {1: 7533, 2: 799},
        [pay("ECKarte", 6000), pay("Bar", 500, "USD"), pay("Bar", 1000), pay("Bar", 500, "CHF"), pay("Unbar", 430)],
        "Beleg",
        "Beleg^75.33_7.99_0.00_0.00_0.00^10.00:Bar_5.00:Bar:CHF_5.00:Bar:USD_64.30:Unbar",
    ),
    (
        {1: 1000},
        [pay("Bar", 400), pay("Guthabenkarte", 600)],
        "AVTraining",
        "AVTraining^10.00_0.00_0.00_0.00_0.00^4.00:Bar_6.00:Unbar",
    ),
    ({1: 100}, [pay("Keine", 100)], "AVRechnung", "AVRechnung^1.00_0.00_0.00_0.00_0.00^"),
    ({1: 100, 2: -100}, [pay("Bar", 0)], "Beleg", "Beleg^1.00_-1.00_0.00_0.00_0.00^"),
    ({1: 5}, [pay("Bar", 5)], "Beleg", "Beleg^0.05_0.00_0.00_0.00_0.00^0.05:Bar"),
    ({1: -5}, [pay("Bar", -5)], "Beleg", "Beleg^-0.05_0.00_0.00_0.00_0.00^-0.05:Bar"),
    ({}, [], "AVBelegabbruch", "AVBelegabbruch^0.00_0.00_0.00_0.00_0.00^"),
    ({5: 20000}, [pay("Bar", 20000)], "Beleg", "Beleg^0.00_0.00_0.00_0.00_200.00^200.00:Bar"),
]


@pytest.mark.parametrize(("rows", "payments", "bon_type", "expected"), CASES)
def test_examples(rows: dict[int, int], payments: list[Payment], bon_type: str, expected: str) -> None:
    assert kassenbeleg(content(rows, payments, bon_type)) == expected


def test_abort() -> None:
    assert kassenbeleg_abort() == kassenbeleg(content({}, [], "AVBelegabbruch"))


@pytest.mark.parametrize("key", sorted(KEYS))
def test_each_vat_key_has_its_slot(key: int) -> None:
    slots = parse(kassenbeleg(content({key: 123}, [pay("Bar", 123)]))).slots
    assert [place for place, cents in enumerate(slots) if cents] == [slot(key)]


def test_a_card_payment_against_a_cash_payout_of_the_same_sum_stays_apart() -> None:
    text = kassenbeleg(content({1: 2000}, [pay("ECKarte", 7000), pay("Bar", -5000)]))
    assert text.endswith("^-50.00:Bar_70.00:Unbar")


@given(
    st.sampled_from(sorted(RECEIPT_TYPES)),
    st.dictionaries(st.sampled_from(sorted(KEYS)), st.integers(-(10**9), 10**9)),
    st.lists(
        st.builds(
            pay,
            st.sampled_from(["Bar", "Unbar", "ECKarte", "Kreditkarte", "Keine"]),
            st.integers(-(10**9), 10**9),
            st.sampled_from(["EUR", "CHF", "USD"]),
        )
    ),
)
def test_what_is_written_is_read_back(bon_type: str, rows: dict[int, int], payments: list[Payment]) -> None:
    written = kassenbeleg(content(rows, payments, bon_type))
    parsed = parse(written)
    assert parsed.text() == written
    assert parsed.type == bon_type
    assert sum(parsed.slots) == sum(rows.values())
    for currency in ("EUR", "CHF", "USD"):
        expected = sum(row.cents for row in payments if row.currency == currency and row.kind != "Keine")
        assert sum(row.cents for row in parsed.payments if row.currency == currency) == expected


@given(
    st.lists(
        st.builds(
            pay,
            st.sampled_from(["Bar", "ECKarte"]),
            st.integers(-1000, 1000),
            st.sampled_from(["EUR", "CHF"]),
        ),
        max_size=6,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_payments_does_not_matter(payments: list[Payment], random: object) -> None:
    shuffled = list(payments)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert kassenbeleg(content({1: 1}, payments)) == kassenbeleg(content({1: 1}, shuffled))


def test_parse_takes_apart() -> None:
    assert parse("Beleg^-1.50_0.00_0.00_0.00_2.00^10.00:Bar_-5.00:Unbar:CHF") == Kassenbeleg(
        type="Beleg",
        slots=(-150, 0, 0, 0, 200),
        payments=(PaidSum(cash=True, cents=1000), PaidSum(cash=False, cents=-500, currency="CHF")),
    )


REFUSED = {
    "empty": "",
    "two parts": "Beleg^4.05_3.00_0.00_0.00_0.00",
    "four parts": "Beleg^4.05_3.00_0.00_0.00_0.00^7.05:Bar^",
    "unknown type": "KassenBeleg^4.05_3.00_0.00_0.00_0.00^7.05:Bar",
    "four sums": "Beleg^4.05_3.00_0.00_0.00^7.05:Bar",
    "six sums": "Beleg^4.05_3.00_0.00_0.00_0.00_0.00^7.05:Bar",
    "one decimal": "Beleg^11.18_0.0_0.00_0.00_0.00^11.18:Bar",
    "thousands separator": "Beleg^3,000.00_0.00_0.00_0.00_0.00^3,000.00:Bar",
    "comma": "Beleg^15,45_0,00_0,00_0,00_0,00^15,45:Bar",
    "plus": "Beleg^+4.05_0.00_0.00_0.00_0.00^4.05:Bar",
    "leading zero": "Beleg^04.05_0.00_0.00_0.00_0.00^4.05:Bar",
    "negative zero": "Beleg^-0.00_0.00_0.00_0.00_0.00^",
    "blank": "Beleg^4.05_0.00_0.00_0.00_0.00^4.05:Bar ",
    "other digits": "Beleg^٤.05_0.00_0.00_0.00_0.00^4.05:Bar",
    "unknown kind": "Beleg^4.05_0.00_0.00_0.00_0.00^4.05:Karte",
    "no kind": "Beleg^4.05_0.00_0.00_0.00_0.00^4.05",
    "euro named": "Beleg^4.05_0.00_0.00_0.00_0.00^4.05:Bar:EUR",
    "small currency": "Beleg^4.05_0.00_0.00_0.00_0.00^4.05:Bar:chf",
    "too many fields": "Beleg^4.05_0.00_0.00_0.00_0.00^4.05:Bar:CHF:1",
    "zero payment": "Beleg^4.05_0.00_0.00_0.00_0.00^0.00:Bar_4.05:Unbar",
    "doubled payment": "Beleg^4.05_0.00_0.00_0.00_0.00^2.00:Bar_2.05:Bar",
    "cashless first": "Beleg^4.05_0.00_0.00_0.00_0.00^2.00:Unbar_2.05:Bar",
    "foreign before euro": "Beleg^4.05_0.00_0.00_0.00_0.00^2.00:Bar:CHF_2.05:Bar",
    "trailing separator": "Beleg^4.05_0.00_0.00_0.00_0.00^4.05:Bar_",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_strict_reading_refuses(text: str) -> None:
    with pytest.raises(ProcessDataError):
        parse(text)


@given(st.text(alphabet="Beleg^_0123456789.-:BarUnCHF", max_size=60))
def test_parse_reads_or_refuses(text: str) -> None:
    with suppress(ProcessDataError):
        assert parse(text).text() == text
