"""Two tables, or two parked tickets, become one bill: every line once, nothing cooked twice, the books hold."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartecr.fiscal.dsfinvk import validator, writer
from smartecr.insights import asking
from smartecr.printer import spool
from smartecr.register import queries
from smartecr.register.books import closing, exporting, past, verify
from smartecr.register.cashless import cashparts, tabs
from smartecr.register.errors import RegisterError
from smartecr.register.ledger import writing
from smartecr.register.models import Basket, BasketLine, JoinedBasket, Journal, Receipt, ReceiptLine, StationLine
from smartecr.register.paper import receipts
from smartecr.register.regulars import guests
from smartecr.register.sale import ordering, selling, training
from smartecr.register.sale import stations as kitchen
from smartecr.register.sale.baskets import load
from smartecr.register.signing import recovery, securing
from smartecr.register.till import Till
from smartecr.server.cmdline.command_dsfinvk import check_signature
from smartecr.sql import select
from support.card_desks import Desk, card_desk  # noqa: F401 the fixture
from support.dsfinvkbooks import taken_apart
from support.kitchens import Station, do
from support.kitchens import kitchens as opened
from support.shop import CASHIER, ESPRESSO, JUICE, LATTE, MANAGER, ROLL, Clock, command, pay_cash, ring


@pytest.fixture
def kitchens(till: Till, tmp_path: Path, quick_paper: None) -> Iterator[dict[str, Station]]:
    with opened(till, tmp_path) as made:
        yield made


def park(till: Till, label: str, *articles: str) -> str:
    """Ring up articles and park them; return the basket."""
    ring(till, *articles)
    basket = queries.current(till).id
    do(till, "park", label=label)
    return basket


def order(till: Till, label: str, *articles: str) -> str:
    """Ring up articles, send them as an order and park them; return the basket."""
    ring(till, *articles)
    basket = queries.current(till).id
    ordering.order(till, CASHIER, basket, till.new_id(), label)
    return basket


def join(till: Till, into: str, basket: str) -> selling.Outcome:
    (outcome,) = selling.run(till, CASHIER, [command(till, "join", into=into, basket=basket)])
    return outcome


def lines(basket: str) -> dict[str, str]:
    return dict(BasketLine.objects.filter(basket_id=basket).values_list("id", "data"))


def test_every_line_arrives_once_as_it_was(till: Till, clock: Clock) -> None:
    first = park(till, "Tisch 4", ESPRESSO, JUICE)
    clock.forward(minutes=3)
    ring(till, ROLL, LATTE)
    second = queries.current(till).id
    roll, latte = (line.id for line in queries.current(till).basket.lines)
    do(till, "discount_line", line=roll, kind="percent", value=1000, reason="Treuerabatt")
    do(till, "price", line=latte, cents=300, reason="Absprache")
    do(till, "in_house", line=roll, value=False)
    do(till, "wish", line=latte, wish="ohne Schaum")
    before = {**lines(first), **lines(second)}
    costs = queries.current(till).priced.total_cents + queries.parked(till)[0].total_cents
    assert join(till, second, first).ok
    shown = queries.current(till)
    assert (shown.id, shown.label, shown.priced.total_cents) == (second, "Tisch 4", costs)
    assert lines(second) == before
    assert [line.id for line in shown.basket.lines][:2] == [roll, latte]
    assert queries.parked(till) == [] and Basket.objects.count() == 1
    assert verify.examine().findings == []
    sale = pay_cash(till)
    assert (sale.total_cents, sale.label, len(before)) == (costs, "Tisch 4", 5)
    sold = ReceiptLine.objects.filter(receipt_id=sale.id, gv_typ__in=["Umsatz", "Pfand"]).exclude(line_id="")
    assert set(sold.values_list("line_id", flat=True)) == set(before)
    assert sale.started_at < Receipt.objects.get(id=sale.id).recorded_at
    assert verify.examine().findings == []


def test_the_emptied_basket_ends_as_one_whose_lines_were_taken_off(till: Till) -> None:
    first, second = park(till, "Tisch 7", ESPRESSO), park(till, "Tisch 4", ROLL)
    do(till, "recall", basket=second)
    number = load(first).row["tse_number"]  # type: ignore[union-attr]
    assert number
    assert join(till, second, first).ok
    end = Receipt.objects.get()
    assert (end.type, end.basket_id, end.tse_number) == ("AVBelegabbruch", first, number)
    assert (end.label, end.reason, end.total_cents) == ("Tisch 7", "Zusammengelegt mit Tisch 4", 0)
    assert queries.receipt(end.id).signed
    assert not Journal.objects.filter(kind="line_voided").exists()
    assert queries.current(till).label == "Tisch 4"
    assert pay_cash(till).total_cents == 560
    assert securing.tidy(till) == 0


def test_the_same_request_again_changes_nothing(till: Till) -> None:
    first, second = park(till, "Tisch 7", ESPRESSO), park(till, "Tisch 4", ROLL)
    do(till, "recall", basket=second)
    wanted = command(till, "join", into=second, basket=first)
    assert [one.code for _ in range(2) for one in selling.run(till, CASHIER, [wanted])] == ["", "replay"]
    assert Journal.objects.filter(kind="basket_joined").count() == 1
    assert join(till, second, first).code == "gone"


def test_recall_and_join_in_one_batch(till: Till) -> None:
    first, second = park(till, "Tisch 7", ESPRESSO), park(till, "Tisch 4", ROLL)
    batch = [command(till, "recall", basket=second), command(till, "join", into=second, basket=first)]
    assert [one.ok for one in selling.run(till, CASHIER, batch)] == [True, True]
    assert len(queries.current(till).basket.lines) == 2


def test_orders_of_both_tables_lead_to_the_one_receipt(till: Till, clock: Clock, tmp_path: Path) -> None:
    first = order(till, "Tisch 7", ESPRESSO, ESPRESSO)
    clock.forward(minutes=10)
    second = order(till, "Tisch 4", ROLL)
    clock.forward(minutes=10)
    do(till, "recall", basket=second)
    assert join(till, second, first).ok
    assert load(second).news == {}  # type: ignore[union-attr]
    taken = next(line.id for line in queries.current(till).basket.lines if line.text == "Espresso")
    do(till, "quantity", line=taken, quantity=1000)
    sale = pay_cash(till)
    assert sale.total_cents == 560
    kinds = list(Receipt.objects.order_by("number").values_list("type", "process_data"))
    assert [kind for kind, _ in kinds] == ["AVBestellung"] * 2 + ["AVBelegabbruch", "AVBestellung", "Beleg"]
    assert kinds[3][1] == '-1;"Espresso";2.40'
    told = receipts.document(sale.id).tse
    begun = Receipt.objects.order_by("number").first()
    assert told is not None and told.first_order is not None and begun is not None
    assert told.first_order.timestamp() == begun.tse_start
    closing.close_day(till, MANAGER, till.new_id(), None)
    assert verify.examine().findings == []
    writer.write(tmp_path / "x.zip", exporting.books(exporting.chosen()), at=datetime(2026, 11, 30, tzinfo=UTC))
    verdict = validator.validate(tmp_path / "x.zip", signatures=check_signature)
    assert verdict.errors == 0, verdict.findings
    header, *rows = taken_apart(tmp_path / "x.zip")[0]["allocation_groups.csv"]
    found = [(row[header.index("BON_ID")], row[header.index("ABRECHNUNGSKREIS")]) for row in rows]
    assert found == [("1", "Tisch 7"), ("2", "Tisch 4"), ("3", "Tisch 7"), ("4", "Tisch 4"), ("5", "Tisch 4"),
                     ("5", "Tisch 7")]  # fmt: skip


def test_three_tables_one_after_the_other(till: Till) -> None:
    one, two, three = (park(till, f"Tisch {number}", ESPRESSO) for number in (1, 2, 3))
    do(till, "recall", basket=two)
    assert join(till, two, one).ok
    do(till, "park", label="Tisch 2")
    do(till, "recall", basket=three)
    assert join(till, three, two).ok
    assert len(lines(three)) == 3
    assert set(JoinedBasket.objects.values_list("basket_id", "into_id", "label")) == {
        (one, two, "Tisch 1"), (two, three, "Tisch 2")}  # fmt: skip
    assert pay_cash(till).total_cents == 720
    assert verify.examine().findings == []


@pytest.mark.parametrize(
    ("here", "there", "total", "words"),
    [
        (None, ("percent", 1000, "Treuerabatt"), 320 + 216, "Treuerabatt 0,24 €"),
        (("amount", 50, ""), None, 270 + 240, "Rabatt 0,50 €"),
        (("amount", 50, "Kulanz"), ("amount", 50, "Pech"), 270 + 190, "Rabatt 1,00 € (Kulanz, Pech)"),
        (("percent", 1000, ""), ("percent", 1000, ""), 504, "Rabatt 10 %"),
        (("percent", 5000, ""), ("percent", 1000, ""), 160 + 216, "Rabatt 1,84 €"),
    ],
)
def test_a_discount_on_a_whole_bill_stays_what_it_was(
    till: Till, here: tuple[str, int, str] | None, there: tuple[str, int, str] | None, total: int, words: str
) -> None:
    baskets = []
    for label, article, discount in (("Tisch 7", ESPRESSO, there), ("Tisch 4", ROLL, here)):
        ring(till, article)
        if discount:
            do(till, "discount", kind=discount[0], value=discount[1], reason=discount[2])
        baskets.append(queries.current(till).id)
        do(till, "park", label=label)
    do(till, "recall", basket=baskets[1])
    assert join(till, baskets[1], baskets[0]).ok
    priced = queries.current(till).priced
    assert priced.discount is not None
    assert (priced.total_cents, priced.discount.text) == (total, words)


def test_a_struck_line_is_told_on_the_joint_receipt(till: Till, tmp_path: Path) -> None:
    ring(till, ESPRESSO, ROLL)
    first = queries.current(till).id
    struck = queries.current(till).basket.lines[1].id
    do(till, "void", line=struck)
    do(till, "park", label="Tisch 7")
    second = park(till, "Tisch 4", LATTE)
    do(till, "recall", basket=second)
    assert join(till, second, first).ok
    pay_cash(till)
    (body,) = Journal.objects.filter(kind="receipt_recorded", body__contains='"voided":').values_list("body", flat=True)
    assert struck in body and '"type":"Beleg"' in body


def test_what_is_struck_out_after_joining_was_seen_by_its_guest(till: Till) -> None:
    first = park(till, "Tisch 7", ESPRESSO)
    ring(till, ROLL)
    assert join(till, queries.current(till).id, first).ok
    espresso = next(line.id for line in queries.current(till).basket.lines if line.text == "Espresso")
    do(till, "void", line=espresso)
    pay_cash(till)
    assert [one.kind for one in asking.Live().rolled()[0].events] == ["late_void"], "and no bill was given up"


def test_the_kitchen_hears_the_table_and_cooks_nothing_twice(till: Till, kitchens: dict[str, Station]) -> None:
    ring(till, ESPRESSO, ROLL)
    kitchen.send(till, CASHIER, queries.current(till).id)
    first = queries.current(till).id
    do(till, "park", label="Tisch 7")
    do(till, "recall", basket=first)
    ring(till, LATTE)
    ordering.order(till, CASHIER, first, till.new_id(), "")
    second = order(till, "Tisch 4", ESPRESSO)
    do(till, "recall", basket=second)
    assert join(till, second, first).ok
    *_, moved = kitchens["Bar"].texts()
    assert "Tisch 4" in moved and "Umgezogen von Tisch 7" in moved and "×" not in moved
    assert len(kitchens["Küche"].texts()) == 1 + ("Umgezogen" in kitchens["Küche"].texts()[-1])
    count = {name: len(station.texts()) for name, station in kitchens.items()}
    assert kitchen.unsent(till, second, queries.current(till).basket.lines) == 0
    assert StationLine.objects.filter(basket_id=first, quantity__gt=0).count() == 0
    espresso = next(line.id for line in load(second).basket.lines if line.id in lines(second))  # type: ignore[union-attr]
    do(till, "void", line=espresso)
    do(till, "send")
    assert "STORNO" in kitchens["Bar"].texts()[-1] and "Tisch 4" in kitchens["Bar"].texts()[-1]
    pay_cash(till)
    assert {name: len(station.texts()) for name, station in kitchens.items()} == {**count, "Bar": count["Bar"] + 1}
    assert verify.examine().findings == []


def test_an_unnamed_bill_takes_the_name_and_the_kitchen_hears_nothing(till: Till, kitchens: dict[str, Station]) -> None:
    first = order(till, "Tisch 7", ESPRESSO)
    ring(till, ROLL)
    here = queries.current(till).id
    assert join(till, here, first).ok
    assert queries.current(till).label == "Tisch 7"
    assert [len(station.texts()) for station in kitchens.values()] == [0, 1]
    assert kitchen.unsent(till, here, queries.current(till).basket.lines) == 1


@pytest.mark.parametrize(
    ("matter", "code"),
    [
        ("paying", "paying"),
        ("part", "paying"),
        ("training", "training"),
        ("register", "register"),
        ("same", "same"),
        ("gone", "gone"),
        ("paid", "gone"),
        ("elsewhere", "elsewhere"),
        ("put away", "elsewhere"),
        ("card", "guest"),
        ("account", "account"),
    ],
)
def test_what_does_not_fit_is_refused_and_both_stay(till: Till, matter: str, code: str) -> None:
    """`matter` is what is the case with the parked ticket, or with the one on the screen."""
    if matter == "training":
        training.switch(till, MANAGER, True)
        first = park(till, "Übung", ESPRESSO)
        training.switch(till, MANAGER, False)
    elif matter in ("part", "paid"):
        first = park(till, "Tisch 7", ESPRESSO)
        do(till, "recall", basket=first)
        if matter == "paid":
            pay_cash(till)
        else:
            cashparts.take(till, CASHIER, first, 100, 240)
    else:
        if matter == "card":
            ring(till, ESPRESSO)
            lay_card(till, "Anna")
        elif matter == "account":
            ring(till, ESPRESSO)
            do(till, "on_account", name="Meyer")
        else:
            ring(till, ESPRESSO)
        first = queries.current(till).id
        do(till, "park", label="Tisch 7")
    with writing(till, CASHIER) as writer:
        if matter == "paying":
            writer.append("basket_changed", {"basket": first, "columns": {"state": "paying"}})
        if matter == "register":
            writer.append("basket_changed", {"basket": first, "columns": {"register_id": "f" * 32}})
    ring(till, ROLL)
    if matter == "card":
        lay_card(till, "Bert")
    if matter == "account":
        do(till, "on_account", name="Schulz")
    second = into = queries.current(till).id
    if matter == "put away":
        do(till, "park", label="Tisch 4")
        ring(till, LATTE)
    into = first if matter == "elsewhere" else second
    wanted = {"same": second, "gone": "f" * 32}.get(matter, first)
    before = sorted(BasketLine.objects.values_list("basket_id", "id", "data"))
    entries = Journal.objects.count()
    outcome = join(till, into, wanted)
    assert (outcome.ok, outcome.code) == (False, code) and outcome.message.endswith(".")
    assert sorted(BasketLine.objects.values_list("basket_id", "id", "data")) == before
    assert Journal.objects.count() == entries
    assert verify.examine().findings == []


def lay_card(till: Till, name: str) -> None:
    key = till.new_id()
    guests.save(till, MANAGER, key, {"name": name})
    do(till, "guest", customer=key)


def test_the_card_of_either_guest_comes_along(till: Till) -> None:
    ring(till, ESPRESSO)
    lay_card(till, "Anna")
    first, guest = queries.current(till).id, queries.current(till).guest
    do(till, "park", label="Tisch 7")
    ring(till, ROLL)
    assert join(till, queries.current(till).id, first).ok
    assert queries.current(till).guest == guest != ""
    sale = pay_cash(till)
    assert select("SELECT receipt_id FROM customers_visit") == [(sale.id,)]
    assert verify.examine().findings == []


def test_a_cut_between_the_two_commits_is_brought_to_its_end(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = order(till, "Tisch 7", ESPRESSO), park(till, "Tisch 4", ROLL)
    do(till, "recall", basket=second)
    with monkeypatch.context() as cut:
        cut.setattr(ordering, "end", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            join(till, second, first)
    assert {row["state"] for row in Basket.objects.values("state")} == {"open", "ending"}
    assert verify.examine().findings == []
    recovery.recover(till)
    end = Receipt.objects.order_by("number").last()
    assert end is not None and (end.type, end.reason) == ("AVBelegabbruch", "Zusammengelegt mit Tisch 4")
    assert Basket.objects.count() == 1 and len(lines(second)) == 2
    assert verify.examine().findings == []


def test_practice_joins_what_was_practised(till: Till) -> None:
    training.switch(till, MANAGER, True)
    first, second = park(till, "Tisch 7", ESPRESSO), park(till, "Tisch 4", ROLL)
    do(till, "recall", basket=second)
    assert join(till, second, first).ok
    assert pay_cash(till).type == "AVTraining"
    assert verify.examine().findings == []


def test_the_past_knows_both_tables_before_and_one_after(till: Till, clock: Clock) -> None:
    first, second = park(till, "Tisch 7", ESPRESSO), park(till, "Tisch 4", ROLL)
    do(till, "recall", basket=second)
    apart = Journal.objects.count()
    clock.forward(minutes=1)
    assert join(till, second, first).ok
    moments = [past.rebuild_after(till.register_id, seq) for seq in (apart, Journal.objects.count())]
    held = [{(one.basket.label, one.basket.total_cents) for one in moment.baskets} for moment in moments]
    assert held == [{("Tisch 7", 240), ("Tisch 4", 320)}, {("Tisch 4", 560)}]


def test_the_ticket_on_the_screen_goes_to_a_parked_one_and_stays_parked(till: Till) -> None:
    first = order(till, "Tisch 7", ESPRESSO)
    ring(till, ROLL)
    here = queries.current(till).id
    (outcome,) = selling.run(till, CASHIER, [command(till, "add", basket=here, into=first)])
    assert outcome.ok
    assert queries.current(till).id == "" and [one.id for one in queries.parked(till)] == [first]
    assert [one.label for one in queries.parked(till)] == ["Tisch 7"]
    assert Receipt.objects.get(type="AVBelegabbruch").reason == "Zusammengelegt mit Tisch 7"
    (late,) = selling.run(till, CASHIER, [command(till, "add", basket=here, into=first)])
    assert late.code == "elsewhere"
    ring(till, LATTE)
    assert securing.tidy(till) == 0
    (late,) = selling.run(till, CASHIER, [command(till, "add", basket=here, into=first)])
    assert late.code == "elsewhere" and len(queries.current(till).basket.lines) == 1
    pay_cash(till)
    do(till, "recall", basket=first)
    assert [line.text for line in queries.current(till).basket.lines] == ["Espresso", "Mohnschnecke"]
    assert pay_cash(till).total_cents == 560
    assert securing.tidy(till) == 0
    assert verify.examine().findings == []


def test_a_kitchen_that_cannot_be_told_lets_both_stay(
    till: Till, kitchens: dict[str, Station], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = order(till, "Tisch 7", ESPRESSO), order(till, "Tisch 4", ROLL)
    do(till, "recall", basket=second)
    entries = Journal.objects.count()

    def full(*_: object) -> None:
        raise spool.SpoolError("full")

    monkeypatch.setattr(kitchens["Bar"].spool, "add", full)
    assert join(till, second, first).code == "storage"
    assert Journal.objects.count() == entries and len(lines(first)) == len(lines(second)) == 1


def test_a_card_reserved_stays_with_its_ticket(till: Till, desk: Desk) -> None:
    ring(till, ESPRESSO)
    first = queries.current(till).id
    desk.hands = [desk.shop.hands.tap("visa")]
    tabs.reserve(till, CASHIER, first, till.new_id(), 5000)
    do(till, "park", label="Tisch 7")
    second = park(till, "Tisch 4", ROLL)
    do(till, "recall", basket=second)
    assert join(till, second, first).code == "tab"
    do(till, "park", label="Tisch 4")
    do(till, "recall", basket=first)
    assert join(till, first, second).ok
    held = tabs.held(first)
    assert held is not None and held.cents == 5000


_WHAT = ("tap", "tap", "park", "recall", "join", "join", "add", "void", "order", "pay", "discount")
_STEPS = st.lists(st.tuples(st.sampled_from(_WHAT), st.integers(0, 9)), min_size=10, max_size=40)


@given(steps=_STEPS)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_two_waiters_do_every_line_is_paid_once(till: Till, steps: list[tuple[str, int]]) -> None:
    """They work with what they saw a while ago: a list of parked tickets, the ticket on the screen."""
    asked, seen, screen = set[str](), list[str](), ""
    for what, number in steps:
        if number % 3:  # else somebody looks at a list that is not true any more
            seen, screen = [one.id for one in queries.parked(till)], queries.current(till).id
        parked = seen[number % len(seen)] if seen else "f" * 32
        shown = [line.id for line in queries.current(till).basket.lines if not line.voided]
        before = set(BasketLine.objects.values_list("id", flat=True))
        if what == "order":
            with suppress(RegisterError):
                ordering.order(till, CASHIER, queries.current(till).id, till.new_id(), f"Tisch {number}")
            continue
        if what == "pay":
            if shown:
                pay_cash(till)
            continue
        arguments: dict[str, Any] = {
            "tap": {"article": (ESPRESSO, ROLL, LATTE, JUICE)[number % 4]},
            "park": {"label": f"Tisch {number}"},
            "recall": {"basket": parked},
            "join": {"basket": parked, "into": screen},
            "add": {"basket": screen, "into": parked},
            "void": {"line": shown[number % len(shown)] if shown else ""},
            "discount": {"kind": ("percent", "amount")[number % 2], "value": 100 + number},
        }[what]
        name = {"tap": "article"}.get(what, what)
        (outcome,) = selling.run(till, MANAGER, [command(till, name, **arguments)])
        after = set(BasketLine.objects.values_list("id", flat=True))
        asked |= after
        assert outcome.code not in ("command", "storage", "total_too_large"), outcome
        if what in ("join", "add") and outcome.ok:
            assert after == before
    while queries.current(till).id or queries.parked(till):
        if any(not line.voided for line in queries.current(till).basket.lines):
            pay_cash(till)
        elif queries.current(till).id:
            do(till, "discard")
        else:
            do(till, "recall", basket=queries.parked(till)[0].id)
    sold = Counter(
        ReceiptLine.objects.filter(line_id__in=asked, receipt_id__in=Receipt.objects.filter(type="Beleg").values("id"))
        .exclude(gv_typ="Rabatt").values_list("line_id", flat=True)
    )  # fmt: skip
    voids = Journal.objects.filter(kind="line_voided").values_list("body", flat=True)
    struck = {json.loads(body)["line"]["id"] for body in voids}
    assert set(sold) | (struck & asked) == asked
    assert not set(sold) & struck
    assert set(sold.values()) <= {1}
    assert securing.tidy(till) == 0
    assert verify.examine().findings == []
