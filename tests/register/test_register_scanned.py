"""What scanned and typed codes become: lines, refusals, new articles, receipts, payments."""

from __future__ import annotations

import json
from typing import Any

import pytest

from smartecr.catalog.models import Article, Barcode
from smartecr.register import queries
from smartecr.register.books import verify
from smartecr.register.errors import RegisterError
from smartecr.register.models import Journal
from smartecr.register.sale import scanned, selling
from smartecr.register.sale.arrivals import FRESH, Arrivals
from smartecr.register.shop import masterdata
from smartecr.register.till import Till
from smartecr.scanner.code import Code, Kind
from smartecr.scanner.grammar import GRAMMAR
from support.shop import (
    BREAD,
    CASHIER,
    COFFEE,
    JUICE,
    JUICE_CODE,
    OWNER,
    article_row,
    command,
    pay_cash,
    ring,
)  # fmt: skip

CHEESE, PRINTS = "0" * 30 + "c1", "0" * 30 + "c2"
LABELS = {layout.prefix: layout for layout in GRAMMAR.layouts}


def scan(till: Till, code: str, **more: Any) -> selling.Outcome:
    return selling.run(till, CASHIER, [command(till, "scan", code=code, **more)])[0]


def lines(till: Till) -> list[tuple[str, int, int]]:
    priced = queries.current(till).priced
    return [(item.line.text, item.line.quantity, item.amount_cents) for item in priced.lines if not item.line.voided]


@pytest.fixture
def cheese(till: Till) -> Till:
    """A till that sells cheese by the kilogram under number 123."""
    masterdata.save_articles(till, OWNER, [article_row(CHEESE, "123", "Bergkäse", BREAD, 2490, unit="kg")])
    return till


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (JUICE_CODE[:-1] + "2", "misread"),  # wrong check digit
        (JUICE_CODE[:-2], "misread"),  # a part
        (JUICE_CODE * 2, "misread"),  # two in one
        ("", "misread"),
        ("4711", "misread"),  # a scanner does not send so few digits
        ("4006381333931", "code"),
        ("KD:MUSTER-1", "code"),
        ("GS:GESCHENK-1", "code"),
        ("MA:JANA-01", "kind"),
        ("PF:000123", "kind"),
        ("RB:ZEHN-PROZENT", "coupon"),
        (LABELS["980"].build(number=12), "kind"),
        ("BCD\n001\n1\nSCT", "payment"),
        ("https://bon.example/r/" + "A" * 46, "receipt"),
    ],
)
def test_what_is_no_article_is_refused_by_its_kind_and_sells_nothing(till: Till, code: str, kind: str) -> None:
    refused = scan(till, code)
    assert (refused.ok, refused.code) == (False, kind)
    assert refused.message.strip()
    assert lines(till) == []


@pytest.mark.parametrize("sent", [JUICE_CODE, "]E0" + JUICE_CODE, "0" + JUICE_CODE, "(01)0" + JUICE_CODE])
def test_one_article_however_it_is_sent(till: Till, sent: str) -> None:
    assert scan(till, sent).ok
    assert lines(till)[0] == ("Apfelschorle 0,33 l", 1000, 340)


def test_a_number_is_typed_not_scanned(till: Till) -> None:
    assert scan(till, "4", typed=True).ok
    assert lines(till)[0] == ("Apfelschorle 0,33 l", 1000, 340)
    assert scan(till, "4").code == "misread"
    assert scan(till, "4711", typed=True).code == "number"


def test_a_labels_price_wins_and_its_weight_is_what_is_sold(cheese: Till) -> None:
    assert scan(cheese, LABELS["28"].build(item=123, value=1234)).ok
    assert scan(cheese, LABELS["29"].build(item=123, value=275)).ok
    assert lines(cheese) == [("Bergkäse", 1000, 1234), ("Bergkäse", 275, 685)]
    receipt = pay_cash(cheese)
    assert receipt.total_cents == 1919
    assert verify.verify(lambda _text: None) == 0


def test_a_label_with_a_damaged_price_is_never_sold(cheese: Till) -> None:
    code = LABELS["28"].build(item=123, value=1234)
    damaged = code[:7] + str((int(code[7]) + 1) % 10) + code[8:]
    assert scan(cheese, damaged).code == "misread"
    assert lines(cheese) == []


def test_a_weight_on_a_piece_article_is_refused(till: Till) -> None:
    refused = scan(till, LABELS["29"].build(item=4, value=275))
    assert refused.code == "label"
    assert "nicht nach Gewicht" in refused.message


def test_the_number_in_a_press_code_is_no_article_number(till: Till) -> None:
    assert scan(till, LABELS["419"].build(item=4, value=320)).code == "code"


def learn(till: Till, code: str, **more: Any) -> selling.Outcome:
    order = command(till, "learn", **{"code": code, "group": COFFEE, "cents": 499, **more})
    return selling.run(till, CASHIER, [order])[0]


def test_an_unknown_code_is_sold_and_known_from_then_on(till: Till) -> None:
    assert learn(till, "4006381333931", name="Textmarker").ok
    assert lines(till) == [("Textmarker", 1000, 499)]
    assert scan(till, "4006381333931").ok
    assert lines(till) == [("Textmarker", 2000, 998)]
    article = Article.objects.get(id=Barcode.objects.get(code="4006381333931").article_id)
    assert (article.group_id, article.price_cents, article.number) == (COFFEE, 499, "4006381333931")
    fact = Journal.objects.filter(kind="rows_saved").latest("seq")
    assert (fact.actor_name, json.loads(fact.body)["learnt"]) == (CASHIER.name, "4006381333931")
    pay_cash(till)
    assert verify.verify(lambda _text: None) == 0


def test_learning_twice_sells_the_article_that_is_there(till: Till) -> None:
    assert learn(till, "4006381333931").ok
    assert learn(till, "4006381333931", cents=1).ok
    assert lines(till) == [("Kaffee 4006381333931", 2000, 998)]


@pytest.mark.parametrize(
    ("code", "more", "kind"),
    [
        ("4006381333930", {}, "misread"),
        ("KD:MUSTER-1", {}, "misread"),
        (LABELS["29"].build(item=4, value=275), {}, "misread"),
        ("4006381333931", {"cents": 0}, "amount"),
        ("4006381333931", {"cents": -5}, "amount"),
        ("4006381333931", {"group": "f" * 32}, "unknown"),
    ],
)
def test_what_cannot_be_learnt_leaves_no_article(till: Till, code: str, more: dict[str, Any], kind: str) -> None:
    before = Article.objects.count()
    assert learn(till, code, **more).code == kind
    assert (Article.objects.count(), lines(till)) == (before, [])


def test_a_code_of_letters_can_be_learnt(till: Till) -> None:
    assert learn(till, "REGAL 7/B").ok
    assert scan(till, "REGAL 7/B").ok
    assert lines(till)[0][1:] == (2000, 998)


def test_a_receipts_code_finds_the_receipt(till: Till) -> None:
    ring(till, JUICE)
    receipt = pay_cash(till)
    address = scanned.parse(till, f"https://kasse.example/r/{receipt.token}")
    assert scanned.receipt_of(till, address) == receipt.id
    own = Code(text="", kind=Kind.RECEIPT, format="tse", number=str(receipt.tse_number), serial=till.serial)
    assert scanned.receipt_of(till, own) == receipt.id
    foreign = Code(text="", kind=Kind.RECEIPT, format="tse", number=str(receipt.tse_number), serial="SECR-ELSEWHERE")
    assert scanned.receipt_of(till, foreign) == ""


@pytest.mark.parametrize(("code", "kind"), [("98" + "1" * 18, "payment"), (JUICE_CODE[:-1] + "2", "misread")])
def test_beside_a_payment_only_what_belongs_on_the_ticket_passes(till: Till, code: str, kind: str) -> None:
    scanned.beside_payment(till, JUICE_CODE)
    with pytest.raises(RegisterError) as refused:
        scanned.beside_payment(till, code)
    assert refused.value.code == kind


def test_arrivals_are_given_out_once_and_not_when_old() -> None:
    now, told = [100.0], list[str]()
    ids = iter("abcd")
    arrivals = Arrivals(lambda: next(ids), lambda: now[0], told.append)
    arrivals.put("1")
    now[0] += FRESH + 0.1
    arrivals.put("2")
    arrivals.put("3")
    assert [(one.id, one.text) for one in arrivals.take()] == [("b", "2"), ("c", "3")]
    assert arrivals.take() == []
    assert told == ["scan", "scan", "scan"]


def test_a_scanner_in_trouble_is_told_once() -> None:
    told: list[str] = []
    arrivals = Arrivals(lambda: "", lambda: 0.0, told.append)
    for trouble in ("", "Kamera weg.", "Kamera weg.", ""):
        arrivals.tell("camera", trouble)
    assert told == ["status", "status"]
    assert arrivals.trouble == ""
