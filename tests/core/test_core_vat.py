"""VAT keys, rates by date, net and tax."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.core import vat
from smartecr.core.errors import UnknownVatKey

PAGE = "rounding-and-vat.md"


def rate(text, tongue):
    return tongue.number(text.removesuffix(" %"), 2)


@pytest.mark.cases(PAGE, "Net and tax in a gross amount")
def test_splits_gross(case, tongue):
    net, tax = vat.split_gross(tongue.number(case["gross"], 2), rate(case["rate"], tongue))
    assert (tongue.euros(net), tongue.euros(tax)) == (case["net"], case["tax"])


@given(st.integers(-(10**11), 10**11), st.sampled_from([0, 500, 550, 700, 780, 840, 900, 950, 1070, 1600, 1900]))
def test_net_and_tax_make_the_gross(gross, rate_bp):
    net, tax = vat.split_gross(gross, rate_bp)
    assert net + tax == gross
    assert vat.split_gross(-gross, rate_bp) == (-net, -tax)
    assert abs(Fraction(gross * 10_000, 10_000 + rate_bp) - net) <= Fraction(1, 2)
    assert net * gross >= 0
    assert tax * gross >= 0


@pytest.mark.cases(PAGE, "VAT keys")
def test_keys(case, tongue):
    key = int(case["key"])
    rate_bp = vat.rate_on(key, date(2026, 11, 23))
    assert rate_bp == rate(case["rate on 2026-11-23"], tongue)
    assert vat.slot(key) == int(case["slot"])
    assert vat.letter(key) == case["letter"]
    assert vat.label(key, rate_bp) == case["printed"]
    assert 0 < len(vat.name(key)) <= 55


def test_the_table_of_keys_is_complete(tongue):
    rows = tongue.table(PAGE, "VAT keys")
    assert {int(row["key"]) for row in rows} == vat.KEYS
    assert len({row["letter"] for row in rows}) == len(rows)


@pytest.mark.cases(PAGE, "Rates by date")
def test_rates_by_date(case, tongue):
    key, day = int(case["key"]), date.fromisoformat(case["day"])
    if case["rate"] == "none":
        with pytest.raises(UnknownVatKey) as refused:
            vat.rate_on(key, day)
        assert refused.value.code == "unknown_vat_key"
        assert str(key) in refused.value.message
    else:
        assert vat.rate_on(key, day) == rate(case["rate"], tongue)


@pytest.mark.parametrize("ask", [vat.slot, vat.letter, vat.name])
@pytest.mark.parametrize("key", [0, 9, 10, 1000, -1])
def test_refuses_unknown_keys(ask, key):
    with pytest.raises(UnknownVatKey):
        ask(key)


@pytest.mark.cases("refund-mirror.md", "Former rates")
def test_books_back_at_the_former_rate(case):
    key, sold, back = int(case["key of the sale"]), case["day of the sale"], case["day of the refund"]
    sold_at = vat.rate_on(key, date.fromisoformat(sold))
    assert vat.key_for_rate(key, sold_at, date.fromisoformat(back)) == int(case["key of the refund"])


DAYS = st.dates(date(2007, 1, 1), date(2035, 12, 31))


@given(st.sampled_from(sorted(vat.KEYS - {8})), DAYS, DAYS)
def test_every_former_rate_has_a_key(key, one, other):
    sold, back = sorted((one, other))
    sold_at = vat.rate_on(key, sold)
    found = vat.key_for_rate(key, sold_at, back)
    assert vat.rate_on(found, back) == sold_at
    assert vat.slot(found) == vat.slot(key)


def test_refuses_a_rate_that_never_was():
    with pytest.raises(UnknownVatKey):
        vat.key_for_rate(1, 1700, date(2026, 1, 1))
