"""The grammar: published numbers, tables of what each code means, and no wrong article from any wrong digit."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smartecr.scanner import elements, gtin
from smartecr.scanner.code import Code, CodeError, Kind
from smartecr.scanner.grammar import GRAMMAR, LAYOUTS, Grammar
from smartecr.scanner.layout import Layout

TODAY = date(2026, 11, 25)
GS = "\x1d"
DIGITS = st.text("0123456789", min_size=1)
TSE = "V0;955002-00;Kassenbeleg-V1;Beleg^75.33_7.99_0.00_0.00_0.00^10.00:Bar;18;112;a;b;c;d;e;f"
TOKEN = "AZq9" + "x_-Q" * 10 + "ab"


def read(text: str, **options: Any) -> Code:
    return GRAMMAR.parse(text, TODAY, **options)


ARTICLES = [
    # text, format, gtin; numbers published by GS1, ISBN, Wikipedia and makers
    ("4006381333931", "ean13", "4006381333931"),
    ("5901234123457", "ean13", "5901234123457"),
    ("96385074", "ean8", "96385074"),
    ("73513537", "ean8", "73513537"),
    ("036000291452", "upca", "0036000291452"),
    ("0036000291452", "ean13", "0036000291452"),
    ("04252614", "upce", "0042100005264"),
    ("01234565", "ean8", "01234565"),
    ("04006381333931", "gtin14", "4006381333931"),
    ("15400141288763", "gtin14", "15400141288763"),
    ("0000096385074", "ean13", "96385074"),
    ("]E04006381333931", "ean13", "4006381333931"),
    ("]E0036000291452", "upca", "0036000291452"),
    ("]E496385074", "ean8", "96385074"),
    ("]I115400141288763", "gtin14", "15400141288763"),
    ("  4006381333931\r\n", "ean13", "4006381333931"),
    ("]C10104006381333931", "gs1", "4006381333931"),
    ("]e00104006381333931", "gs1", "4006381333931"),
    ("0104006381333931", "gs1", "4006381333931"),
    ("https://id.gs1.org/01/09506000134352", "digital_link", "9506000134352"),
    ("https://dalgiardino.com/01/09506000134369/10/ABC/21/123456?17=290331", "digital_link", "9506000134369"),
    ("HTTP://example.com/some/path/01/96385074?x=1&2024=5", "digital_link", "96385074"),
]


@pytest.mark.parametrize(("text", "form", "number"), ARTICLES)
def test_an_article_is_its_gtin(text: str, form: str, number: str) -> None:
    code = read(text)
    assert (code.kind, code.format, code.gtin, code.error) == (Kind.ARTICLE, form, number, None)
    assert code.lookup == (number,)
    assert code.symbology == (text[:3] if text.startswith("]") else "")


MEANINGS: list[tuple[str, dict[str, Any]]] = [
    # the inner check digits are the worked examples of the GS1 General Specifications: 2875 has 9, 14685 has 6
    (
        "2812346146858",
        {"kind": Kind.PRICE_LABEL, "item": "1234", "price": 14685, "weight": None, "gtin": "2812340000002"},
    ),
    ("2112346146859", {"kind": Kind.WEIGHT_LABEL, "item": "1234", "price": None, "weight": 14685}),
    ("4190102109254", {"kind": Kind.PRESS, "item": "01021", "price": 925, "vat": "reduced", "issue": None}),
    ("]E3419010210925405", {"kind": Kind.PRESS, "item": "01021", "price": 925, "issue": "05"}),
    ("4190102109254 05", {"kind": Kind.PRESS, "issue": "05", "gtin": "4190102109254"}),
    ("4190102109254+12345", {"kind": Kind.PRESS, "issue": "12345"}),
    ("9771234567003", {"kind": Kind.PRESS, "price": None, "gtin": "9771234567003"}),
    ("9783161484100", {"kind": Kind.BOOK, "gtin": "9783161484100"}),
    ("978-3-16-148410-0", {"kind": Kind.BOOK, "gtin": "9783161484100"}),
    ("3-16-148410-X", {"kind": Kind.BOOK, "gtin": "9783161484100", "format": "isbn10"}),
    ("316148410X", {"kind": Kind.BOOK, "gtin": "9783161484100"}),
    ("ISBN 3-16-148410-X", {"kind": Kind.BOOK, "gtin": "9783161484100"}),
    ("9790260000438", {"kind": Kind.BOOK, "gtin": "9790260000438"}),
    ("9821234561508", {"kind": Kind.COUPON, "number": "123456", "price": 150, "gtin": None}),
    ("9811234561509", {"kind": Kind.COUPON, "number": "123456", "price": 1500, "gtin": None}),
    ("9821234560006", {"kind": Kind.COUPON, "number": "123456", "price": None}),
    ("9801234567892", {"kind": Kind.DEPOSIT, "number": "123456789", "price": None, "gtin": None}),
    ("9912345678909", {"kind": Kind.COUPON, "number": "1234567890"}),
    ("(01)04006381333931(10)AB-1(17)270131", {"kind": Kind.ARTICLE, "batch": "AB-1", "expiry": date(2027, 1, 31)}),
    ("010400638133393110AB-1\x1d17270131", {"kind": Kind.ARTICLE, "batch": "AB-1", "expiry": date(2027, 1, 31)}),
    ("]d2010400638133393110AB<GS>15270200", {"batch": "AB", "best_before": date(2027, 2, 28), "format": "gs1"}),
    ("]d2\x1d0104006381333931" + "21X", {"serial": "X", "gtin": "4006381333931"}),
    ("(01)94006381333934(3103)001250", {"kind": Kind.WEIGHT_LABEL, "weight": 1250, "gtin": "94006381333934"}),
    ("(01)94006381333934(3101)000012", {"kind": Kind.WEIGHT_LABEL, "weight": 1200}),
    ("(01)94006381333934(3105)012345", {"kind": Kind.WEIGHT_LABEL, "weight": 123}),
    ("(01)04006381333931(3103)001250", {"kind": Kind.ARTICLE, "weight": 1250}),
    ("(01)94006381333934(3103)001250(3922)1999", {"kind": Kind.PRICE_LABEL, "price": 1999, "weight": 1250}),
    ("(01)94006381333934(3932)9781999", {"kind": Kind.PRICE_LABEL, "price": 1999}),
    ("(01)94006381333934(3920)19", {"kind": Kind.PRICE_LABEL, "price": 1900}),
    ("(01)04006381333931(30)12", {"kind": Kind.ARTICLE, "quantity": 12000}),
    ("(255)4001234567891(3902)150", {"kind": Kind.COUPON, "number": "4001234567891", "price": 150, "gtin": None}),
    ("https://x.de/01/04006381333931/10/A%2FB?17=261231", {"batch": "A/B", "expiry": date(2026, 12, 31)}),
    ("KD:4711-0815", {"kind": Kind.CUSTOMER, "number": "4711-0815"}),
    ("]Q1GS:ABCD2345", {"kind": Kind.VOUCHER, "number": "ABCD2345"}),
    ("MA:00017", {"kind": Kind.STAFF, "number": "00017"}),
    ("PF:20261125-0001", {"kind": Kind.DEPOSIT, "number": "20261125-0001"}),
    ("RB:SOMMER26", {"kind": Kind.COUPON, "number": "SOMMER26"}),
    (f"https://kasse.example/r/{TOKEN}/", {"kind": Kind.RECEIPT, "number": TOKEN, "format": "url"}),
    (f"http://192.168.0.5:8765/r/{TOKEN}", {"kind": Kind.RECEIPT, "number": TOKEN}),
    (TSE, {"kind": Kind.RECEIPT, "number": "18", "serial": "955002-00", "format": "tse"}),
    ("BCD\n002\n1\nSCT\n\nFranz Mustermann\nDE71110220330123456789\nEUR1", {"kind": Kind.PAYMENT, "gtin": None}),
    ("00020101021126330014de.example5204000053039786304ABCD", {"kind": Kind.PAYMENT}),
    ("hQVDUFYwMWEaTwegAAAAVVVVVw8SNFZ4kBI0WNGRIgESNF8=", {"kind": Kind.PAYMENT, "gtin": None}),
    ("281234567890123456", {"kind": Kind.PAYMENT, "gtin": None}),
    ("134567890123456789", {"kind": Kind.PAYMENT}),
    ("bitcoin:bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq?amount=1", {"kind": Kind.PAYMENT}),
    ("]C012345", {"kind": Kind.NUMBER, "gtin": None}),
    ("]C0123456789", {"kind": Kind.TEXT}),
    ("ABC-123", {"kind": Kind.TEXT, "gtin": None}),
    ("]A0REGAL 7", {"kind": Kind.TEXT}),
    ("https://example.org/menu", {"kind": Kind.TEXT, "format": "url"}),
    (f"https://example.org/r/{TOKEN[:40]}", {"kind": Kind.TEXT}),
]


@pytest.mark.parametrize(("text", "meaning"), MEANINGS, ids=[text[:30] for text, _ in MEANINGS])
def test_a_code_means(text: str, meaning: dict[str, Any]) -> None:
    code = read(text)
    assert {name: getattr(code, name) for name in meaning} == meaning
    assert code.valid


REFUSED = [
    ("4006381333930", "check_digit"),
    ("400638133393", "check_digit"),  # a digit lost
    ("40063813339", "partial"),
    ("40063", "partial"),
    ("]E440063813339", "partial"),
    ("]E0400638133", "partial"),
    ("]I14006381333931", "partial"),
    ("40063813339314006381333931", "glued"),
    ("9638507496385074", "glued"),
    ("400638133393140063", "partial"),  # and a piece of the next,
    ("00000000", "check_digit"),
    ("0000000000000", "check_digit"),
    ("2812345146859", "value_check_digit"),
    ("2812340000002", "no_value"),
    ("2112349028756", "value_check_digit"),
    ("3-16-148410-0", "check_digit"),
    ("ISBN 316148410", "check_digit"),
    ("978-3-16-148410-1", "check_digit"),
    ("(01)04006381333930", "check_digit"),
    ("]C1010400638133393", "gs1"),
    ("]C10104006381333931" + "17", "gs1"),
    ("]C10104006381333931" + "172713", "gs1"),
    ("]C10104006381333931" + "17271301", "gs1"),
    ("]C10104006381333931" + "05123", "gs1"),
    ("]C10104006381333931" + "10", "gs1"),
    ("]C10104006381333931" + "10" + "A" * 21, "gs1"),
    ("]C10104006381333931" + "310x001250", "gs1"),
    ("]C10104006381333931" + GS + "0104006381333948", "gs1"),
    ("]C100340123450000000001", "check_digit"),
    ("]C100340123450000000000", "no_article"),
    ("]C110AB", "no_article"),
    ("(01)94006381333934(3932)8401999", "currency"),
    ("https://id.gs1.org/01/04006381333930", "check_digit"),
    ("https://id.gs1.org/01/0400638133393", "check_digit"),
    ("https://id.gs1.org/01/040063", "partial"),
    ("https://id.gs1.org/01/04006381333931?17=271340", "gs1"),
    ("V0;955002-00;Kassenbeleg-V1", "partial"),
    (TSE[:-1], "partial"),
    ("KD:", "partial"),
    ("KD:ab c", "partial"),
    ("", "empty"),
    ("]E0", "empty"),
    ("A" * 49, "unreadable"),
    ("A" * 3000, "too_long"),
    ("Müsli", "unreadable"),
    ("٤٠٠٦٣٨١٣٣٣٩٣١", "unreadable"),
    ("\x00\x01\x02", "unreadable"),
]


@pytest.mark.parametrize(("text", "error"), REFUSED, ids=[text[:30] for text, _ in REFUSED])
def test_what_is_wrong_is_never_an_article(text: str, error: str) -> None:
    code = read(text)
    assert code.kind is Kind.INVALID
    assert not code.valid
    assert code.error == error
    assert code.message is not None
    assert len(code.message) > 20
    assert (code.gtin, code.price, code.weight, code.lookup) == (None, None, None, ())


def test_a_person_may_type_numbers() -> None:
    assert read("4711", typed=True).kind is Kind.NUMBER
    assert read("4711", typed=True).lookup == ("4711",)
    assert read("4 006381 333931", typed=True).gtin == "4006381333931"
    assert read("316148410X", typed=True).gtin == "9783161484100"
    assert read("0306406152", typed=True).kind is Kind.BOOK
    assert not read("0306406152").valid


@pytest.mark.parametrize(
    ("year", "expiry"),
    [(2026, date(2027, 6, 30)), (1999, date(2027, 6, 30)), (2078, date(2127, 6, 30)), (2076, date(2027, 6, 30))],
)
def test_the_century_of_a_date_follows_today(year: int, expiry: date) -> None:
    code = GRAMMAR.parse("(01)04006381333931(17)270600", date(year, 1, 1))
    assert code.expiry == expiry


@pytest.mark.parametrize(("text", "year"), [("760600", 2076), ("770600", 1977)])
def test_a_date_is_at_most_fifty_years_ahead(text: str, year: int) -> None:
    assert read(f"(01)04006381333931(17){text}").expiry == date(year, 6, 30)


@pytest.mark.parametrize(("value", "digit"), [("2875", "9"), ("14685", "6")])
def test_check_digits_of_values_are_those_of_gs1(value: str, digit: str) -> None:
    assert gtin.value_check_digit(value) == digit


def test_a_shop_may_change_the_table() -> None:
    own = Grammar(
        layouts=(*LAYOUTS, Layout("2855IIIPPPPPC", Kind.PRICE_LABEL), Layout("26NNNNNNNNNNC", Kind.CUSTOMER)),
        prefixes={"CARD-": Kind.CUSTOMER},
        before="*",
        after="#",
        separator="~",
    )
    label = Layout("2855IIIPPPPPC", Kind.PRICE_LABEL).build(item=7, value=999)
    assert own.parse(label, TODAY).price == 999
    assert own.parse(f"*{label}#", TODAY).item == "007"
    assert own.parse(Layout("26NNNNNNNNNNC", Kind.CUSTOMER).build(number=42), TODAY).number == "0000000042"
    assert own.parse("CARD-1234", TODAY).kind is Kind.CUSTOMER
    assert own.parse("010400638133393110A~21B", TODAY).serial == "B"
    assert read(Layout("26NNNNNNNNNNC", Kind.CUSTOMER).build(number=42)).kind is Kind.ARTICLE


@pytest.mark.parametrize(
    "pattern",
    ["", "21IIII", "21IIIIIWWWWW9", "21IIIIIWWWWPC", "21IIWWIIWWWWC", "21IIIIIIIIKWC", "IIIIIIIIIIIIC", "21IIIIZWWWWWC",
     "21IIIKKWWWWWC", "2" * 13],
)  # fmt: skip
def test_a_pattern_that_cannot_be_read_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="„"):
        Layout(pattern, Kind.WEIGHT_LABEL)


@pytest.mark.parametrize("wrong", [{"item": 10000}, {"value": 100000}, {"value": -1}])
def test_what_does_not_fit_a_label_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="Platz"):
        LAYOUTS[0].build(**({"item": 1, "value": 1} | wrong))


@given(layout=st.sampled_from(LAYOUTS), data=st.data())
def test_what_is_built_is_read(layout: Layout, data: st.DataObject) -> None:
    def number(sign: str) -> int:
        return data.draw(st.integers(0, 10 ** layout.pattern.count(sign) - 1), label=sign)

    value = max(number("P"), number("W"), 1)
    item, serial = number("I"), number("N")
    code = read(layout.build(item=item, number=serial, value=value))
    assert code.kind is layout.kind
    assert int(code.item or 0) == item
    assert int(code.number or 0) == serial
    if "W" in layout.pattern:
        assert code.weight == value
    if "P" in layout.pattern:
        assert code.price == value * layout.cents


_CHECKED = (
    st.sampled_from([7, 11, 12, 13])
    .flatmap(lambda n: st.text("0123456789", min_size=n, max_size=n))
    .map(lambda body: body + gtin.check_digit(body))
)


@given(number=_CHECKED, place=st.integers(0, 13), by=st.integers(1, 9))
@example(number="96385074", place=0, by=1)
def test_a_single_wrong_digit_is_refused(number: str, place: int, by: int) -> None:
    place %= len(number)
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    code = read(wrong)
    # Eight digits that begin with 0 may be a UPC-E, whose check digit is that of another number.
    assert not code.valid or (code.format == "upce" and wrong[0] == "0" and len(wrong) == 8)


@given(layout=st.sampled_from([row for row in LAYOUTS if "K" in row.pattern]), item=st.integers(0, 9999),
       value=st.integers(1, 99999), place=st.integers(7, 11), by=st.integers(1, 9))  # fmt: skip
def test_a_wrong_digit_of_the_value_is_refused_even_where_the_outer_digit_is_right(
    layout: Layout, item: int, value: int, place: int, by: int
) -> None:
    label = layout.build(item=item, value=value)
    body = label[:place] + str((int(label[place]) + by) % 10) + label[place + 1 : 12]
    code = read(body + gtin.check_digit(body))
    assert code.error in ("value_check_digit", "no_value")


_AIS = {
    "10": st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/", min_size=1, max_size=20),
    "21": st.text("abcXYZ0123456789", min_size=1, max_size=20),
    "17": st.dates(date(2000, 1, 1), date(2060, 1, 1)).map(lambda day: day.strftime("%y%m%d")),
    "3103": st.integers(1, 999999).map(lambda grams: f"{grams:06d}"),
    "37": st.integers(1, 99999999).map(str),
}


@given(
    number=st.integers(1, 10**13 - 1).map(lambda body: f"{body:013d}" + gtin.check_digit(f"{body:013d}")),
    rest=st.lists(st.sampled_from(list(_AIS)), unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: _AIS[name] for name in names})
    ),
)
def test_element_strings_are_read_as_they_are_written(number: str, rest: dict[str, str]) -> None:
    written = {"01": number, **rest}
    assert elements.split(elements.join(written)) == written
    assert elements.split_brackets("".join(f"({ai}){value}" for ai, value in written.items())) == written
    code = read("]C1" + elements.join(written))
    assert (code.gtin, code.batch, code.serial) == (gtin.canonical(number), rest.get("10"), rest.get("21"))


@given(st.text(max_size=60) | st.text("0123456789()]CdQE\x1d;V:/.-", max_size=60) | DIGITS)
def test_nothing_raises_and_what_is_invalid_sells_nothing(text: str) -> None:
    for typed in (False, True):
        code = read(text, typed=typed)
        assert code.valid == (code.error is None)
        if not code.valid:
            assert code.lookup == ()
        if code.gtin is not None:
            assert gtin.checked(code.gtin)


@pytest.mark.parametrize("text", ["", "5", "99", "0104", "01" + "1" * 14, "10" + GS])
def test_element_strings_that_break_off_say_so(text: str) -> None:
    if text:
        with pytest.raises(CodeError):
            elements.split(text)
    else:
        assert elements.split(text) == {}
