"""Guests of a table pay each for what he had: every piece once, nothing cooked twice, no cent lost, the books hold."""

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

from smartecr.core.promotions import Promotion
from smartecr.fiscal.dsfinvk import validator, writer
from smartecr.insights import asking
from smartecr.register import queries
from smartecr.register.books import closing, exporting, past, verify
from smartecr.register.cashless import cashparts
from smartecr.register.errors import RegisterError
from smartecr.register.ledger import writing
from smartecr.register.models import Basket, BasketLine, Journal, PartedBasket, Receipt, ReceiptLine, StationLine
from smartecr.register.paper import receipts
from smartecr.register.regulars import guests, loyalty
from smartecr.register.sale import ordering, parting, selling, training
from smartecr.register.sale import stations as kitchen
from smartecr.register.sale.baskets import load
from smartecr.register.signing import recovery, securing
from smartecr.register.till import Till
from smartecr.server.cmdline.command_dsfinvk import check_signature
from support.dsfinvkbooks import taken_apart
from support.kitchens import Station, do
from support.kitchens import kitchens as opened
from support.shop import CASHIER, COFFEE, ESPRESSO, JUICE, LATTE, MANAGER, ROLL, Clock, command, pay_cash, ring


@pytest.fixture
def kitchens(till: Till, tmp_path: Path, quick_paper: None) -> Iterator[dict[str, Station]]:
    with opened(till, tmp_path) as made:
        yield made


def order(till: Till, label: str, *articles: str) -> str:
    """Ring up articles, send them as an order and call them back; return the basket."""
    ring(till, *articles)
    basket = queries.current(till).id
    ordering.order(till, CASHIER, basket, till.new_id(), label)
    do(till, "recall", basket=basket)
    return basket


def wanted(till: Till, **pieces: int) -> dict[str, Any]:
    """Return the command that takes pieces off the ticket on the screen, by the first word of a line."""
    state = queries.current(till)
    named = {line.text.split()[0].replace("\u00ad", "").lower(): line for line in state.basket.lines if not line.voided}
    taken = [{"line": named[word].id, "quantity": many * 1000, "id": till.new_id()} for word, many in pieces.items()]
    return command(till, "part", basket=state.id, into=till.new_id(), pieces=taken)


def part(till: Till, **pieces: int) -> selling.Outcome:
    (outcome,) = selling.run(till, CASHIER, [wanted(till, **pieces)])
    return outcome


def on_ticket(basket: str) -> list[tuple[str, int]]:
    stored = load(basket)
    assert stored is not None
    return [(line.text.replace("\u00ad", ""), line.quantity // 1000) for line in stored.basket.lines if not line.voided]


def everything() -> list[Any]:
    return sorted(BasketLine.objects.values_list("basket_id", "id", "data"))


def test_a_table_of_three_pays_one_after_the_other(till: Till, clock: Clock) -> None:
    table = order(till, "Tisch 4", ESPRESSO, ESPRESSO, ESPRESSO, JUICE, ROLL)
    costs, paid = queries.current(till).priced.total_cents, 0
    before = everything()
    for pieces in ({"espresso": 1, "mohnschnecke": 1}, {"espresso": 1, "apfelschorle": 1}):
        clock.forward(minutes=2)
        assert part(till, **pieces).ok
        shown, (rest,) = queries.current(till), queries.parked(till)
        assert (shown.label, rest.id, rest.label) == ("Tisch 4", table, "Tisch 4")
        assert paid + shown.priced.total_cents + rest.total_cents == costs
        assert verify.examine().findings == []
        sale = pay_cash(till)
        paid += sale.total_cents
        left = parting.rest_of(till, Receipt.objects.get(id=sale.id).basket_id)
        assert left is not None and (left.id, left.total_cents) == (table, costs - paid)
        do(till, "recall", basket=table)
    assert on_ticket(table) == [("Espresso", 1)]
    last = pay_cash(till)
    assert paid + last.total_cents == costs
    sold = Receipt.objects.filter(type="Beleg")
    assert [(one.label, one.tse_number > 0) for one in sold] == [("Tisch 4", True)] * 3
    assert len(set(sold.values_list("tse_number", flat=True))) == 3
    assert {line_id for _, line_id, _ in before} <= set(ReceiptLine.objects.values_list("line_id", flat=True))
    assert not Journal.objects.filter(kind="line_voided").exists()
    assert Basket.objects.count() == BasketLine.objects.count() == 0
    assert parting.rest_of(till, sold[1].basket_id) is None, "nothing is left on the table"
    assert securing.tidy(till) == 0
    assert verify.examine().findings == []


def test_a_whole_line_keeps_its_id_and_pieces_get_the_one_that_was_asked_for(till: Till) -> None:
    ring(till, ESPRESSO, ESPRESSO, JUICE, ROLL)
    espresso, juice, deposit, roll = (line.id for line in queries.current(till).basket.lines)
    asked = wanted(till, espresso=1, apfelschorle=1)
    (outcome,) = selling.run(till, CASHIER, [asked])
    assert outcome.ok
    shown = queries.current(till)
    assert shown.id == asked["into"]
    assert [line.id for line in shown.basket.lines] == [asked["pieces"][0]["id"], juice, deposit]
    assert [line.id for line in load(asked["basket"]).basket.lines] == [espresso, roll]  # type: ignore[union-attr]


def test_deposits_go_along_in_pieces(till: Till) -> None:
    ring(till, JUICE, JUICE, JUICE)
    table = queries.current(till).id
    assert part(till, apfelschorle=2).ok
    article, deposit = queries.current(till).basket.lines
    assert (deposit.parent_id, deposit.quantity, deposit.unit_cents) == (article.id, 2000, 25)
    assert queries.current(till).priced.total_cents == 2 * 365
    assert on_ticket(table) == [("Apfelschorle 0,33 l", 1), ("Pfand", 1)]
    do(till, "quantity", line=article.id, quantity=1000)
    assert queries.current(till).priced.total_cents == 365


def test_the_same_request_again_changes_nothing(till: Till) -> None:
    ring(till, ESPRESSO, ESPRESSO, ROLL)
    asked = wanted(till, espresso=1)
    assert [one.code for _ in range(2) for one in selling.run(till, CASHIER, [asked])] == ["", "replay"]
    assert Journal.objects.filter(kind="basket_parted").count() == 1
    (again,) = selling.run(till, CASHIER, [{**asked, "id": till.new_id()}])
    assert again.code == "elsewhere", "two devices had the same ticket before them"
    assert PartedBasket.objects.count() == 1
    assert sorted(on_ticket(asked["basket"])) == [("Espresso", 1), ("Mohnschnecke", 1)]


@pytest.mark.parametrize("way", ["part_back", "discard"])
def test_given_up_everything_is_on_the_table_as_it_was(till: Till, way: str) -> None:
    table = order(till, "Tisch 4", ESPRESSO, ESPRESSO, JUICE, JUICE, ROLL)
    do(till, "discount", kind="percent", value=1000, reason="Treuerabatt")
    before, costs, ordered = everything(), queries.current(till).priced.total_cents, load(table).ordered  # type: ignore[union-attr]
    assert part(till, espresso=1, apfelschorle=1, mohnschnecke=1).ok
    aside = queries.current(till).id
    do(till, way, **({"basket": aside} if way == "part_back" else {}))
    shown = queries.current(till)
    assert (shown.id, shown.label, shown.priced.total_cents) == (table, "Tisch 4", costs)
    assert everything() == before
    assert load(table).ordered == ordered and load(table).news == {}  # type: ignore[union-attr]
    assert queries.parked(till) == []
    end = Receipt.objects.order_by("number").last()
    assert end is not None
    assert (end.type, end.basket_id, end.reason) == ("AVBelegabbruch", aside, "Zusammengelegt mit Tisch 4")
    assert not Journal.objects.filter(kind="line_voided").exists()
    assert "abort" not in {one.kind for one in asking.Live().rolled()[0].events}
    assert pay_cash(till).total_cents == costs
    assert verify.examine().findings == []


def test_what_was_rung_up_for_the_part_goes_to_the_table_too(till: Till) -> None:
    table = order(till, "Tisch 4", ESPRESSO, ESPRESSO, ROLL)
    assert part(till, espresso=1).ok
    ring(till, ESPRESSO, LATTE)
    do(till, "part_back", basket=queries.current(till).id)
    assert on_ticket(table) == [("Espresso", 3), ("Mohnschnecke", 1), ("Latte Macchiato", 1)]
    news = load(table).news  # type: ignore[union-attr]
    assert sorted(news.values()) == [1000, 1000], "one more espresso and the latte were not ordered"


def test_a_part_of_a_part_leads_back_to_the_table(till: Till) -> None:
    table = order(till, "Tisch 4", *[ESPRESSO] * 4, ROLL)
    assert part(till, espresso=3).ok
    between = queries.current(till).id
    assert part(till, espresso=1).ok
    assert parting.table_of(queries.current(till).id).id == between  # type: ignore[union-attr]
    sale = pay_cash(till)
    do(till, "recall", basket=between)
    pay_cash(till)
    left = parting.rest_of(till, Receipt.objects.get(id=sale.id).basket_id)
    assert left is not None and (left.id, left.total_cents) == (table, 560)


def test_orders_lead_to_every_receipt_of_the_table(till: Till, clock: Clock, tmp_path: Path) -> None:
    table = order(till, "Tisch 4", ESPRESSO, ESPRESSO, ROLL)
    clock.forward(minutes=10)
    assert part(till, espresso=1).ok
    assert load(queries.current(till).id).news == {}  # type: ignore[union-attr]
    first = pay_cash(till)
    do(till, "recall", basket=table)
    assert load(table).news == {}  # type: ignore[union-attr]
    assert part(till, espresso=1).ok
    (taken,) = queries.current(till).basket.lines
    ring(till, LATTE)
    do(till, "void", line=taken.id)
    second = pay_cash(till)
    do(till, "recall", basket=table)
    third = pay_cash(till)
    kinds = list(Receipt.objects.order_by("number").values_list("type", "process_data"))
    assert [kind for kind, _ in kinds] == ["AVBestellung", "Beleg", "AVBestellung", "Beleg", "Beleg"]
    assert kinds[2][1] == '-1;"Espresso";2.40', "what one guest sends back is taken off his part alone"
    begun = Receipt.objects.order_by("number").first()
    for sale in (first, second, third):
        told = receipts.document(sale.id).tse
        assert told is not None and told.first_order is not None and begun is not None
        assert told.first_order.timestamp() == begun.tse_start
    closing.close_day(till, MANAGER, till.new_id(), None)
    assert verify.examine().findings == []
    writer.write(tmp_path / "x.zip", exporting.books(exporting.chosen()), at=datetime(2026, 11, 30, tzinfo=UTC))
    verdict = validator.validate(tmp_path / "x.zip", signatures=check_signature)
    assert verdict.errors == 0, verdict.findings
    header, *rows = taken_apart(tmp_path / "x.zip")[0]["allocation_groups.csv"]
    found = [(row[header.index("BON_ID")], row[header.index("ABRECHNUNGSKREIS")]) for row in rows]
    assert found == [(str(number), "Tisch 4") for number in range(1, 6)]


def test_a_joint_table_is_parted_with_all_its_names(till: Till, tmp_path: Path) -> None:
    first = order(till, "Tisch 7", ESPRESSO, ROLL)
    do(till, "park", label="Tisch 7")
    table = order(till, "Tisch 4", LATTE)
    do(till, "join", basket=first, into=table)
    assert part(till, espresso=1).ok
    sale = pay_cash(till)
    told = receipts.document(sale.id).tse
    begun = Receipt.objects.order_by("number").first()
    assert told is not None and told.first_order is not None and begun is not None
    assert told.first_order.timestamp() == begun.tse_start
    do(till, "recall", basket=table)
    pay_cash(till)
    closing.close_day(till, MANAGER, till.new_id(), None)
    writer.write(tmp_path / "x.zip", exporting.books(exporting.chosen()), at=datetime(2026, 11, 30, tzinfo=UTC))
    header, *rows = taken_apart(tmp_path / "x.zip")[0]["allocation_groups.csv"]
    names = [row[header.index("ABRECHNUNGSKREIS")] for row in rows if row[header.index("BON_ID")] == str(sale.number)]
    assert names == ["Tisch 4", "Tisch 7"]


@pytest.mark.parametrize(
    ("discount", "part_costs", "words"),
    [
        (("percent", 1000, "Treuerabatt"), 216, "Treuerabatt 10 %"),
        (("amount", 500, ""), 240 - 150, "Rabatt 1,50 €"),
    ],
)
def test_a_discount_on_the_whole_bill_is_spread(
    till: Till, discount: tuple[str, int, str], part_costs: int, words: str
) -> None:
    ring(till, ESPRESSO, ESPRESSO, ROLL)
    do(till, "discount", kind=discount[0], value=discount[1], reason=discount[2])
    costs, table = queries.current(till).priced.total_cents, queries.current(till).id
    assert part(till, espresso=1).ok
    priced = queries.current(till).priced
    assert priced.discount is not None and (priced.total_cents, priced.discount.text) == (part_costs, words)
    assert pay_cash(till).total_cents + queries.parked(till)[0].total_cents == costs
    do(till, "recall", basket=table)
    assert pay_cash(till).total_cents == costs - part_costs
    assert verify.examine().findings == []


def test_promotions_are_fitted_anew_for_each(till: Till) -> None:
    """Three for two: alone each pays what it costs, and together it is two again."""
    rule = Promotion(id=f"{0xD0:032x}", name="3 für 2", kind="n_for_m", value=2, count=3, groups=(COFFEE,))
    loyalty.save(till, MANAGER, rule)
    ring(till, *[ESPRESSO] * 6, ROLL)
    assert queries.current(till).priced.total_cents == 4 * 240 + 320
    asked = wanted(till, espresso=2)
    table = asked["basket"]
    shown = parting.preview(till, table, asked["pieces"])
    (outcome,) = selling.run(till, CASHIER, [asked])
    assert outcome.ok
    costs = queries.current(till).priced.total_cents, queries.parked(till)[0].total_cents
    assert costs == (shown.part_cents, shown.rest_cents) == (480, 3 * 240 + 320)
    do(till, "part_back", basket=queries.current(till).id)
    assert queries.current(till).priced.total_cents == 4 * 240 + 320
    assert on_ticket(table) == [("Espresso", 6), ("Mohnschnecke", 1)]


def test_the_card_stays_on_the_table(till: Till) -> None:
    ring(till, ESPRESSO, ESPRESSO, ROLL)
    key = till.new_id()
    guests.save(till, MANAGER, key, {"name": "Anna"})
    do(till, "guest", customer=key)
    table = queries.current(till).id
    assert part(till, espresso=1).ok
    assert queries.current(till).guest == "" and load(table).row["guest"]  # type: ignore[union-attr]
    assert loyalty.accounts(key) == {}


def test_an_advance_stays_with_the_rest_and_pays_no_more_than_there_is(till: Till) -> None:
    ring(till, *[ESPRESSO] * 3)
    table = queries.current(till).id
    with writing(till, CASHIER) as writer:
        paid = {**json.loads(BasketLine.objects.get().data), "id": till.new_id(), "quantity": 1000, "unit_cents": -300}
        body = {"basket": table, "position": 2, "line": {**paid, "text": "Anzahlung", "gv_typ": "Anzahlungsaufloesung"}}
        writer.append("line_added", body)
    assert part(till, anzahlung=1).code == "stays"
    assert part(till, espresso=3).code == "all"
    assert part(till, espresso=2).code == "advance"
    assert part(till, espresso=1).ok
    assert (queries.current(till).priced.total_cents, queries.parked(till)[0].total_cents) == (240, 180)


def test_the_kitchen_cooks_nothing_twice_and_takes_nothing_back(till: Till, kitchens: dict[str, Station]) -> None:
    table = order(till, "Tisch 4", ESPRESSO, ESPRESSO, ESPRESSO, ROLL)
    ring(till, LATTE)
    count = {name: len(station.texts()) for name, station in kitchens.items()}
    assert part(till, espresso=1, mohnschnecke=1).ok
    aside = queries.current(till).id
    assert kitchen.unsent(till, aside, queries.current(till).basket.lines) == 0
    assert kitchen.unsent(till, table, load(table).basket.lines) == 1, "the latte alone"  # type: ignore[union-attr]
    do(till, "part_back", basket=aside)
    assert StationLine.objects.filter(basket_id=aside, quantity__gt=0).count() == 0
    known = StationLine.objects.filter(basket_id=table, quantity__gt=0).values_list("text", "quantity")
    assert sorted((text.replace("\u00ad", ""), quantity) for text, quantity in known) == [
        ("Espresso", 3000),
        ("Mohnschnecke", 1000),
    ]
    assert part(till, espresso=2).ok
    pay_cash(till)
    assert {name: len(station.texts()) for name, station in kitchens.items()} == count
    do(till, "recall", basket=table)
    assert part(till, espresso=1).ok
    (last,) = queries.current(till).basket.lines
    do(till, "void", line=last.id)
    do(till, "send")
    assert "STORNO" in kitchens["Bar"].texts()[-1] and "1 × Espresso" in kitchens["Bar"].texts()[-1]
    assert verify.examine().findings == []


@pytest.mark.parametrize(
    ("matter", "code"),
    [
        ("paying", "paying"),
        ("part paid", "paying"),
        ("training", "training"),
        ("elsewhere", "elsewhere"),
        ("gone", "elsewhere"),
        ("account", "account"),
        ("nothing", "command"),
        ("into", "command"),
        ("piece", "command"),
        ("twice", "command"),
        ("same id", "line_exists"),
        ("voided", "line"),
        ("more", "pieces"),
    ],
)
def test_what_cannot_be_parted_is_refused_and_stays(till: Till, matter: str, code: str) -> None:
    ring(till, ESPRESSO, ESPRESSO, ROLL)
    table = queries.current(till).id
    asked = wanted(till, espresso=1)
    (piece,) = asked["pieces"]
    if matter in ("paying", "training"):
        columns = {"paying": {"state": "paying"}, "training": {"training": True}}[matter]
        with writing(till, CASHIER) as writer:
            writer.append("basket_changed", {"basket": table, "columns": columns})
    if matter == "part paid":
        cashparts.take(till, CASHIER, table, 100, 800)
    if matter == "elsewhere":
        do(till, "park", label="Tisch 4")
        ring(till, LATTE)
    if matter == "gone":
        pay_cash(till)
    if matter == "account":
        do(till, "on_account", name="Meyer")
    if matter == "voided":
        do(till, "void", line=piece["line"])
    asked |= {
        "nothing": {"pieces": []},
        "into": {"into": table},
        "piece": {"pieces": [{**piece, "id": "x"}]},
        "twice": {"pieces": [piece, piece]},
        "same id": {"pieces": [{**piece, "id": piece["line"]}]},
        "more": {"pieces": [{**piece, "quantity": 3000}]},
    }.get(matter, {})
    before, entries = everything(), Journal.objects.count()
    (outcome,) = selling.run(till, CASHIER, [asked])
    assert (outcome.ok, outcome.code) == (False, code) and outcome.message.endswith(".")
    assert everything() == before
    assert Journal.objects.count() == entries
    assert verify.examine().findings == []


def test_what_cannot_go_back_stays_on_the_screen(till: Till) -> None:
    table = order(till, "Tisch 4", ESPRESSO, ESPRESSO, ROLL)
    (refused,) = selling.run(till, CASHIER, [command(till, "part_back", basket=table)])
    assert refused.code == "gone", "it came off nothing"
    assert part(till, espresso=1).ok
    aside = queries.current(till).id
    (refused,) = selling.run(till, CASHIER, [command(till, "part_back", basket=table)])
    assert refused.code == "elsewhere"
    do(till, "park", label="Tisch 4")
    do(till, "recall", basket=table)
    pay_cash(till)
    do(till, "recall", basket=aside)
    (refused,) = selling.run(till, CASHIER, [command(till, "part_back", basket=aside)])
    assert refused.code == "gone", "the table is paid"
    assert on_ticket(aside) == [("Espresso", 1)]
    do(till, "discard")
    assert Basket.objects.count() == 0
    assert verify.examine().findings == []


def test_practice_parts_what_was_practised(till: Till) -> None:
    training.switch(till, MANAGER, True)
    ring(till, ESPRESSO, ESPRESSO, ROLL)
    table = queries.current(till).id
    assert part(till, espresso=1).ok
    assert pay_cash(till).type == "AVTraining"
    do(till, "recall", basket=table)
    assert pay_cash(till).type == "AVTraining"
    assert verify.examine().findings == []


def test_a_cut_while_going_back_is_brought_to_its_end(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    table = order(till, "Tisch 4", ESPRESSO, ESPRESSO, ROLL)
    before = everything()
    assert part(till, espresso=1).ok
    with monkeypatch.context() as cut:
        cut.setattr(ordering, "end", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            do(till, "part_back", basket=queries.current(till).id)
    recovery.recover(till)
    assert (everything(), queries.current(till).id) == (before, table)
    assert Basket.objects.count() == 1
    assert verify.examine().findings == []


def test_the_past_knows_the_table_before_and_both_after(till: Till, clock: Clock) -> None:
    order(till, "Tisch 4", ESPRESSO, ESPRESSO, ROLL)
    whole = Journal.objects.count()
    clock.forward(minutes=1)
    assert part(till, espresso=1).ok
    moments = [past.rebuild_after(till.register_id, seq) for seq in (whole, Journal.objects.count())]
    held = [sorted((one.basket.label, one.basket.total_cents) for one in moment.baskets) for moment in moments]
    assert held == [[("Tisch 4", 800)], [("Tisch 4", 240), ("Tisch 4", 560)]]


def test_what_is_struck_out_of_a_part_was_seen_by_its_guest(till: Till) -> None:
    ring(till, ESPRESSO, ESPRESSO, LATTE, ROLL)
    assert part(till, espresso=1, latte=1).ok
    do(till, "void", line=queries.current(till).basket.lines[1].id)
    pay_cash(till)
    assert [one.kind for one in asking.Live().rolled()[0].events] == ["late_void"]


_STEPS = st.lists(
    st.tuples(st.sampled_from(["tap", "tap", "tap", "part", "part", "part", "back", "park", "recall", "join", "add",
                               "void", "order", "pay", "discount", "discard"]), st.integers(0, 11)),
    min_size=10, max_size=40,
)  # fmt: skip
_FITS = {"", "empty", "busy", "gone", "elsewhere", "line", "same", "nothing", "discount_too_large", "all", "pieces",
         "command", "unshared", "name_taken"}  # fmt: skip


@given(steps=_STEPS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_two_waiters_do_every_piece_is_paid_once(till: Till, steps: list[tuple[str, int]]) -> None:
    """They work with what they saw a while ago. What was tapped is paid, struck out or given up, and nothing else."""
    done, tapped, screen = _done(), Counter[str](), queries.current(till)
    for what, number in steps:
        if number % 3:  # else somebody works with a ticket that is not true any more
            screen = queries.current(till)
        parked = queries.parked(till)
        aside = parked[number % len(parked)].id if parked else "f" * 32
        lines = [line for line in screen.basket.lines if not line.voided and not line.parent_id]
        if what == "order":
            with suppress(RegisterError):
                ordering.order(till, CASHIER, queries.current(till).id, till.new_id(), f"Tisch {number}")
            continue
        if what == "pay":
            if any(not line.voided for line in queries.current(till).basket.lines):
                pay_cash(till)
            continue
        chosen = lines[number % len(lines) :] if lines else []
        pieces = [
            {"line": line.id, "quantity": min(line.quantity, 1000 * (1 + number % 2)), "id": till.new_id()}
            for line in chosen
        ]
        name, arguments = {
            "tap": ("article", {"article": (ESPRESSO, ROLL, ESPRESSO, JUICE)[number % 4]}),
            "part": ("part", {"basket": screen.id, "into": till.new_id(), "pieces": pieces}),
            "back": ("part_back", {"basket": screen.id}),
            "park": ("park", {"label": f"Tisch {number}"}),
            "recall": ("recall", {"basket": aside}),
            "add": ("add", {"basket": screen.id, "into": aside}),
            "join": ("join", {"basket": aside, "into": screen.id}),
            "void": ("void", {"line": lines[0].id if lines else ""}),
            "discount": ("discount", {"kind": ("percent", "amount")[number % 2], "value": 100 + number}),
            "discard": ("discard", {}),
        }[what]
        before = _open_pieces()
        costs = _open_cents(till)
        (outcome,) = selling.run(till, MANAGER, [command(till, name, **arguments)])
        assert outcome.code in _FITS, outcome
        if what == "tap" and outcome.ok:
            tapped[arguments["article"]] += 1
        elif what in ("part", "back", "park", "recall", "join", "add", "discount"):
            assert _open_pieces() == before
        if what in ("part", "back"):
            assert _open_cents(till) == costs
    while queries.current(till).id or queries.parked(till):
        if any(not line.voided for line in queries.current(till).basket.lines):
            pay_cash(till)
        elif queries.current(till).id:
            do(till, "discard")
        else:
            do(till, "recall", basket=queries.parked(till)[0].id)
    assert _done() - done == tapped
    assert securing.tidy(till) == 0
    assert verify.examine().findings == []


def _open_pieces() -> Counter[str]:
    data = [json.loads(text) for text in BasketLine.objects.values_list("data", flat=True)]
    return _pieces((one["article_id"], one["quantity"]) for one in data if not one.get("voided"))


def _open_cents(till: Till) -> int:
    return queries.current(till).priced.total_cents + sum(one.total_cents for one in queries.parked(till))


def _pieces(found: Any) -> Counter[str]:
    pieces = Counter[str]()
    for article, quantity in found:
        if article in (ESPRESSO, ROLL, JUICE):
            pieces[article] += quantity // 1000
    return pieces


def _done() -> Counter[str]:
    """Return the pieces sold and those struck out so far."""
    sales = Receipt.objects.filter(type="Beleg").values("id")
    sold = ReceiptLine.objects.filter(receipt_id__in=sales, gv_typ="Umsatz").values_list("article_id", "quantity")
    voids = Journal.objects.filter(kind="line_voided").values_list("body", flat=True)
    struck = [json.loads(body)["line"] for body in voids]
    return _pieces(sold) + _pieces((line.get("article_id", ""), line["quantity"]) for line in struck)
