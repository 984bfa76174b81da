"""Electronic invoices against the official rules: what we write breaks none, what is broken on purpose is found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartecr.core.quantity import line_cents
from smartecr.core.vat import split_gross
from smartecr.fiscal.einvoice import buyers, cii, model
from smartecr.fiscal.einvoice.model import Invoice, Line, Paid, Party, Rate, Reference
from support import schematron

SELLER = Party(
    name="Christine Morgenrot e. K.", addition="Morgenrot", street="Lindenweg 1", postcode="10115", city="Berlin",
    vat_id="DE136695976", tax_number="12/345/67890", contact="Christine Morgenrot", phone="+49 30 1234567",
    mail="laden@morgenrot.example",
)  # fmt: skip
BUYER = Party(
    name="Kanzlei Roth & Söhne GmbH", addition="Buchhaltung", street="Hauptstraße 5", postcode="20095", city="Hamburg",
    vat_id="DE118509725", mail="rechnung@roth.example", leitweg="991-03730-19", order="B-4711",
)  # fmt: skip


def invoice(*sold: tuple[str, int, int, int], **more: object) -> Invoice:
    """Return an invoice over (text, thousandths, unit cents, VAT key); key 1 is 19 %, 2 is 7 %, 6 exempt, 8 zero."""
    rate_of = {1: 1900, 2: 700, 6: 0, 8: 0, 11: 1900}
    lines = [
        Line(
            text=text, quantity=quantity, unit="" if quantity % 1000 == 0 else "kg", unit_cents=abs(unit),
            gross_cents=line_cents(unit, quantity), net_cents=0, vat_key=key, rate_bp=rate_of[key],
        )
        for text, quantity, unit, key in sold
    ]  # fmt: skip
    rates = []
    for key in sorted({line.vat_key for line in lines}):
        gross = sum(line.gross_cents for line in lines if line.vat_key == key)
        net, tax = split_gross(gross, rate_of[key])
        rates.append(Rate(vat_key=key, rate_bp=rate_of[key], gross_cents=gross, net_cents=net, tax_cents=tax))
    total = sum(rate.gross_cents for rate in rates)
    base = Invoice(
        number="RE-000001-00001", kind=model.INVOICE, day="2026-11-24", supplied="2026-11-23", seller=SELLER,
        buyer=BUYER, lines=model.with_net(lines, rates), rates=tuple(rates),
        paid=(Paid(kind="Bar", name="", cents=total),), receipt="Bon 42 vom 23.11.2026, Kasse 1", receipt_id="42",
    )  # fmt: skip
    return replace(base, **more)  # type: ignore[arg-type]


PLAIN = invoice(("Sachertorte", 1000, 3900, 2), ("Sekt 0,75 l", 6000, 1490, 1), ("Rabatt", 1000, -500, 1))
CASES = {
    "plain": PLAIN,
    "weighed": invoice(("Bergkäse", 275, 2490, 2)),
    "former rate beside today's": invoice(("Tee", 1000, 100, 1), ("Kaffee", 1000, 240, 11)),
    "exempt": invoice(("Kurs", 1000, 9000, 6)),
    "exempt and taxed": invoice(("Kurs", 1000, 9000, 6), ("Buch", 1000, 1990, 2)),
    "zero rate": invoice(("Solarmodul", 2000, 29900, 8)),
    "card": replace(PLAIN, paid=(Paid(kind="ECKarte", name="girocard", cents=PLAIN.gross_cents),)),
    "cash and card": replace(
        PLAIN,
        paid=(
            Paid(kind="Bar", name="", cents=1000),
            Paid(kind="Kreditkarte", name="Visa", cents=PLAIN.gross_cents - 1000),
        ),
    ),
    "voucher": replace(PLAIN, paid=(Paid(kind="Gutschein", name="Gutschein", cents=PLAIN.gross_cents),)),
    "on account": replace(PLAIN, paid=(), due_day="2026-12-08", account=("Morgenrot", "DE02120300000000202051")),
    "on account without a bank": replace(PLAIN, paid=(), due_day="2026-12-08"),
    "taken back": invoice(
        ("Sachertorte", -1000, 3900, 2), ("Rabatt", 1000, 300, 2), kind=model.CORRECTION, reason="Ware zurück",
        refers=Reference(number="RE-000001-00001", day="2026-11-24"),
    ),
    "buyer abroad": replace(
        PLAIN, buyer=replace(BUYER, country="AT", postcode="1010", city="Wien", vat_id="ATU13585627", leitweg="")
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_we_write_breaks_no_rule(name: str) -> None:
    case = CASES[name]
    assert buyers.gaps(case) == []
    facturx, xrechnung = cii.write(case), cii.write(case, "xrechnung")
    assert schematron.schema_errors(facturx) == []
    assert schematron.broken(facturx, schematron.facturx()) == set()
    assert schematron.broken(facturx, schematron.cen()) == set()
    assert schematron.broken(xrechnung, schematron.cen()) == set()
    assert schematron.broken(xrechnung, schematron.kosit(), warnings=True) == set()


BREAKS = [
    ("CalculatedAmount", "13.48", "15.48", "BR-CO-14"),
    ("DuePayableAmount", "0.00", "1.00", "BR-CO-16"),
    ("Name", "Sachertorte", "", "BR-25"),
    ("ID", "RE-000001-00001", "", "BR-02"),
    ("LineTotalAmount", "36.45", "99.45", "BR-CO-10"),
    ("InvoiceCurrencyCode", "EUR", "XXQ", "BR-CL-04"),
]


@pytest.mark.parametrize(("element", "was", "now", "rule"), BREAKS, ids=[one[-1] for one in BREAKS])
def test_the_rules_of_cen_fire(element: str, was: str, now: str, rule: str) -> None:
    text, whole = cii.write(PLAIN).decode(), f"<ram:{element}>{{}}</ram:{element}>"
    assert text.count(whole.format(was)) == 1
    broken = text.replace(whole.format(was), whole.format(now))
    assert rule in schematron.broken(broken.encode(), schematron.cen())


@pytest.mark.parametrize(
    ("seller", "buyer", "rule"),
    [
        ({"phone": "", "mail": "", "contact": ""}, {}, "BR-DE-2"),
        ({"mail": "kein Postfach"}, {}, "BR-DE-28"),
        ({"city": ""}, {}, "BR-DE-3"),
        ({}, {"postcode": ""}, "BR-DE-9"),
        ({}, {"leitweg": "", "mail": ""}, "PEPPOL-EN16931-R010"),
    ],
)
def test_the_rules_of_kosit_fire(seller: dict[str, str], buyer: dict[str, str], rule: str) -> None:
    case = replace(PLAIN, seller=replace(SELLER, **seller), buyer=replace(BUYER, **buyer))  # type: ignore[arg-type]
    assert rule in schematron.broken(cii.write(case, "xrechnung"), schematron.kosit(), warnings=True)


@given(
    st.lists(
        st.tuples(st.integers(-5, 40).map(lambda one: one * 1000), st.integers(1, 99_999), st.sampled_from([1, 2, 11])),
        min_size=1, max_size=12,
    )
)  # fmt: skip
@settings(max_examples=200)
def test_nets_of_lines_sum_to_the_net_of_their_rate(sold: list[tuple[int, int, int]]) -> None:
    found = invoice(*[(f"Artikel {place}", *one) for place, one in enumerate(sold)])
    for rate in found.rates:
        nets = [line for line in found.lines if line.vat_key == rate.vat_key]
        assert sum(line.net_cents for line in nets) == rate.net_cents
        for line in nets:
            assert abs(line.net_cents - line.gross_cents * 10_000 / (10_000 + rate.rate_bp)) <= 1
    assert model.from_json(model.as_json(found)) == found


@pytest.mark.parametrize(
    ("typed", "cents", "field"),
    [
        ({}, 250_01, "name"),
        ({"name": "Roth"}, 100, "street"),
        ({"name": "Roth", "street": "Weg 1", "postcode": "2009", "city": "Hamburg"}, 100, "postcode"),
        ({"name": "R" * 51, "street": "Weg 1", "postcode": "20095", "city": "Hamburg"}, 100, "name"),
        ({"name": "Roth", "street": "Weg 1", "postcode": "20095", "city": "Hamburg", "mail": "roth"}, 100, "mail"),
        ({"name": "Roth", "street": "Weg 1", "postcode": "20095", "city": "Hamburg", "vat_id": "DE136695977"}, 1,
         "vat_checksum"),
        ({"name": "Roth", "street": "Weg 1", "postcode": "20095", "city": "Hamburg", "leitweg": "991-03730-18"}, 1,
         "leitweg"),
        ({"name": "Roth", "street": "Weg 1", "postcode": "20095", "city": "Hamburg", "country": "XX"}, 1, "country"),
    ],
)  # fmt: skip
def test_buyers_the_law_refuses(typed: dict[str, str], cents: int, field: str) -> None:
    from smartecr.core.errors import CoreError

    with pytest.raises(CoreError) as refused:
        buyers.checked(typed, cents)
    assert refused.value.code == field


def test_up_to_250_euros_nobody_needs_to_be_named() -> None:
    assert buyers.checked({"country": "de"}, 250_00) is None
