"""Ringing up: what commands do to the open basket."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from smartecr.catalog.models import Article
from smartecr.register import queries
from smartecr.register.cashdesk import cash
from smartecr.register.errors import RegisterError
from smartecr.register.models import Basket, Journal
from smartecr.register.sale import ordering, selling
from smartecr.register.till import Till
from support.shop import (
    BOTTLES,
    BREAD,
    CASHIER,
    DEPOSIT,
    EMPTY,
    ESPRESSO,
    JUICE,
    JUICE_CODE,
    LATTE,
    MANAGER,
    ROLL,
    SOLD_OUT,
    WINE,
    WISH,
    Clock,
    command,
    pay_cash,
    ring,
)  # fmt: skip


def lines(till: Till) -> list[tuple[str, int, int]]:
    """Text, quantity and amount of what stands on the ticket."""
    priced = queries.current(till).priced
    return [(item.line.text, item.line.quantity, item.amount_cents) for item in priced.lines if not item.line.voided]


def one(till: Till, do: str, actor: Any = CASHIER, approver: Any = None, **arguments: Any) -> selling.Outcome:
    """Run one command."""
    return selling.run(till, actor, [command(till, do, **arguments)], approver)[0]


def test_the_same_article_counts_up_and_the_newest_line_is_known(till: Till) -> None:
    first, second, _ = ring(till, ESPRESSO, ROLL, ESPRESSO)
    assert lines(till) == [("Espresso", 2000, 480), ("Mohnschnecke", 1000, 320)]
    state = queries.current(till)
    assert state.newest_line_id == first.line_id != second.line_id
    assert state.priced.total_cents == 800
    assert state.number == 1


def test_a_batch_looks_its_articles_up_in_two_statements(till: Till) -> None:
    with CaptureQueriesContext(connection) as seen:
        ring(till, ESPRESSO, ROLL, LATTE, JUICE, ROLL)
    assert sum("FROM catalog_article" in query["sql"] for query in seen) == 2
    assert [text for text, _quantity, _cents in lines(till)][:4] == [
        "Espresso", "Mohnschnecke", "Latte Macchiato", "Apfelschorle 0,33 l",
    ]  # fmt: skip


def test_an_article_that_is_gone_is_refused_in_a_batch_and_the_others_are_sold(till: Till) -> None:
    Article.objects.filter(id=ROLL).update(active=False)
    batch = [command(till, "article", article=key) for key in (ESPRESSO, ROLL, "0" * 32, LATTE)]
    assert [outcome.code for outcome in selling.run(till, CASHIER, batch)] == ["", "unknown", "unknown", ""]
    assert [text for text, _quantity, _cents in lines(till)] == ["Espresso", "Latte Macchiato"]


def test_a_deposit_follows_its_bottle(till: Till) -> None:
    (bottle,) = ring(till, JUICE)
    assert lines(till) == [("Apfelschorle 0,33 l", 1000, 340), ("Pfand", 1000, 25)]
    assert one(till, "quantity", line=bottle.line_id, quantity=3000).ok
    assert lines(till) == [("Apfelschorle 0,33 l", 3000, 1020), ("Pfand", 3000, 75)]
    assert one(till, "void", line=bottle.line_id).ok
    assert lines(till) == []


def test_a_scan_finds_the_article_and_an_unknown_code_says_so(till: Till) -> None:
    assert one(till, "scan", code=JUICE_CODE, quantity=2000).ok
    assert lines(till)[0] == ("Apfelschorle 0,33 l", 2000, 680)
    refused = one(till, "scan", code="4006381333931")
    assert (refused.ok, refused.code) == (False, "code")
    assert "4006381333931" in refused.message
    assert len(lines(till)) == 2


def test_an_open_amount_takes_the_groups_vat(till: Till) -> None:
    assert one(till, "open_amount", group=BREAD, cents=250).ok
    state = queries.current(till)
    assert lines(till) == [("Backwaren", 1000, 250)]
    assert [(row.vat_key, row.gross_cents) for row in state.priced.vat] == [(2, 250)]


def test_age_is_asked_once_a_basket(till: Till) -> None:
    refused = one(till, "article", article=WINE)
    assert (refused.ok, refused.code) == (False, "age")
    assert queries.current(till).id == ""
    assert one(till, "article", article=WINE, age_ok=True).ok
    assert one(till, "article", article=WINE).ok
    assert lines(till) == [("Sekt", 2000, 980)]


def test_an_open_price_is_wanted_and_a_fixed_one_kept(till: Till) -> None:
    assert one(till, "article", article=WISH).code == "price"
    assert one(till, "article", article=WISH, cents=1250).ok
    assert one(till, "article", article=ESPRESSO, cents=1).code == "price"
    assert lines(till) == [("Blumen", 1000, 1250)]


def test_rights_are_needed_and_can_be_lent(till: Till) -> None:
    (line,) = ring(till, LATTE)
    refused = one(till, "price", line=line.line_id, cents=300, reason="Stammgast")
    assert (refused.ok, refused.code, refused.right) == (False, "right", "price_override")
    assert one(till, "price", approver=MANAGER, line=line.line_id, cents=300, reason="Stammgast").ok
    assert lines(till) == [("Latte Macchiato", 1000, 300)]
    entry = Journal.objects.get(kind="line_changed")
    assert '"approved_by":{"id":"00000000000000000000000000000002","name":"Murat"}' in entry.body
    assert one(till, "article", article=SOLD_OUT).right == "sell_sold_out"
    assert one(till, "article", MANAGER, article=SOLD_OUT).ok


def test_discounts_on_line_and_basket(till: Till) -> None:
    (line, _) = ring(till, LATTE, ROLL)
    assert one(till, "discount_line", MANAGER, line=line.line_id, kind="percent", value=1000, reason="").ok
    assert queries.current(till).priced.total_cents == 410 - 41 + 320
    assert one(till, "discount", MANAGER, kind="amount", value=89, reason="Kulanz").ok
    assert queries.current(till).priced.total_cents == 600
    assert one(till, "discount", MANAGER, kind="amount", value=0, reason="").ok
    assert queries.current(till).priced.total_cents == 689


def test_take_away_keeps_the_gross_and_moves_the_vat(till: Till) -> None:
    ring(till, LATTE)
    assert [row.vat_key for row in queries.current(till).priced.vat] == [1]
    assert one(till, "in_house", value=False).ok
    state = queries.current(till)
    assert state.priced.total_cents == 410
    assert [row.vat_key for row in state.priced.vat] == [2]
    assert state.basket.in_house is False


def test_returns_need_a_right_empties_do_not(till: Till) -> None:
    cash.move(till, MANAGER, till.new_id(), cash.FLOAT, 1000, "")
    assert one(till, "article", article=ESPRESSO, quantity=-1000).right == "refund"
    assert one(till, "article", article=EMPTY, quantity=4000).ok
    assert queries.current(till).priced.total_cents == -100
    receipt = pay_cash(till, 0)
    assert receipt.total_cents == -100
    assert [payment.cents for payment in receipt.content.payments] == [-100]


def test_a_repeated_batch_changes_nothing(till: Till) -> None:
    batch = [command(till, "article", article=ESPRESSO), command(till, "article", article=JUICE)]
    selling.run(till, CASHIER, batch)
    before = (lines(till), Journal.objects.count())
    for _ in range(4):
        outcomes = selling.run(till, CASHIER, batch)
        assert [(outcome.ok, outcome.code) for outcome in outcomes] == [(True, "replay"), (True, "replay")]
    assert (lines(till), Journal.objects.count()) == before


def test_a_batch_repeated_after_the_payment_opens_no_new_basket(till: Till) -> None:
    batch = [command(till, "article", article=ESPRESSO)]
    selling.run(till, CASHIER, batch)
    pay_cash(till)
    assert selling.run(till, CASHIER, batch)[0].code == "replay"
    assert queries.current(till).id == ""


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"id": "x", "do": "article", "article": ESPRESSO},
        {"id": "1" * 32, "do": "explode"},
        {"id": "1" * 32, "do": "article"},
        {"id": "1" * 32, "do": "article", "article": ESPRESSO, "quantity": "2"},
        {"id": "1" * 32, "do": "article", "article": ESPRESSO, "quantity": 1.5},
        {"id": "1" * 32, "do": "article", "article": ESPRESSO, "quantity": 0},
        {"id": "1" * 32, "do": "article", "article": ESPRESSO, "quantity": 10**12},
        {"id": "1" * 32, "do": "article", "article": "'; DROP TABLE register_journal; --"},
        {"id": "1" * 32, "do": "open_amount", "group": BOTTLES, "cents": True},
        {"id": "1" * 32, "do": "discount", "kind": "gift", "value": 1},
        {"id": "1" * 32, "do": "void", "line": "2" * 32},
    ],
)
def test_broken_commands_are_refused_alone(till: Till, broken: dict[str, Any]) -> None:
    good = command(till, "article", article=ROLL)
    first, second = selling.run(till, MANAGER, [broken, good])
    assert not first.ok
    assert first.message
    assert second.ok
    assert lines(till) == [("Mohnschnecke", 1000, 320)]


def test_the_next_ticket_may_begin_in_the_batch_that_parks_the_one_before(till: Till) -> None:
    """Both were tapped while an answer was on its way."""
    ring(till, ESPRESSO)
    batch = [command(till, "park", label="Fenster"), command(till, "article", article=ROLL)]
    assert [outcome.ok for outcome in selling.run(till, CASHIER, batch)] == [True, True]
    assert [(quantity, cents) for _, quantity, cents in lines(till)] == [(1000, 320)]
    assert [one.label for one in queries.parked(till)] == ["Fenster"]


def test_park_and_recall(till: Till, clock: Clock) -> None:
    ring(till, ESPRESSO)
    parked_id = queries.current(till).id
    assert one(till, "park", label="Fenster").ok
    assert queries.current(till).id == ""
    clock.forward(hours=2)
    ring(till, ROLL)
    refused = one(till, "recall", basket=parked_id)
    assert (refused.ok, refused.code) == (False, "busy")
    pay_cash(till)
    (waiting,) = queries.parked(till)
    assert (waiting.label, waiting.total_cents, waiting.texts) == ("Fenster", 240, ("Espresso",))
    assert one(till, "recall", basket=parked_id).ok
    assert queries.current(till).id == parked_id
    assert one(till, "recall", basket=parked_id).code == "gone"
    assert pay_cash(till).total_cents == 240


def test_two_parked_tickets_bear_one_name_only_when_it_is_meant(till: Till) -> None:
    """The same for an order, which parks as well; a table keeps its name when it comes back, and none is none."""
    ring(till, ESPRESSO)
    first = queries.current(till).id
    assert one(till, "park", label="Tisch 4").ok
    ring(till, ROLL)
    basket = queries.current(till).id
    refused = one(till, "park", label=" tisch 4 ")
    assert (refused.ok, refused.code, refused.message) == (
        False, "name_taken", "„tisch 4“ heißt schon ein geparkter Bon.",
    )  # fmt: skip
    with pytest.raises(RegisterError, match="heißt schon"):
        ordering.order(till, CASHIER, basket, till.new_id(), "TISCH 4")
    assert (queries.current(till).id, len(queries.parked(till))) == (basket, 1)
    assert one(till, "park", label="Tisch 4", same="1").ok
    assert one(till, "recall", basket=first).ok
    ordering.order(till, CASHIER, first, till.new_id(), "Tisch 4")
    for _ in range(2):
        ring(till, ESPRESSO)
        assert one(till, "park", label="").ok
    assert sorted(one.label for one in queries.parked(till)) == ["", "", "Tisch 4", "Tisch 4"]


@pytest.mark.parametrize(
    ("what", "more"),
    [
        ("park", {}),
        ("discard", {}),
        ("discount", {"kind": "percent", "value": 1000}),
        ("on_account", {"name": "Meyer"}),
    ],
)
def test_a_whole_ticket_is_changed_by_who_saw_it(till: Till, what: str, more: dict[str, Any]) -> None:
    """A sheet rose over one ticket, and by the time its key is pressed somebody else's lies on the screen."""
    ring(till, ESPRESSO)
    seen = queries.current(till).id
    assert one(till, "park", label="Tisch 4").ok
    ring(till, ROLL)
    version = queries.current(till).version
    late = one(till, what, MANAGER, basket=seen, **more)
    assert (late.ok, late.code) == (False, "elsewhere")
    assert queries.current(till).version == version
    assert one(till, what, MANAGER, basket=queries.current(till).id, **more).ok
    assert queries.current(till).version != version


def test_discarding_leaves_an_abort_in_the_books(till: Till) -> None:
    ring(till, JUICE)
    assert one(till, "discard").ok
    assert queries.current(till).id == ""
    assert Basket.objects.count() == 0
    (row,) = queries.receipts(till)
    receipt = queries.receipt(row.id)
    assert (receipt.type, receipt.total_cents, receipt.signed) == ("AVBelegabbruch", 0, True)
    assert till.tse.open_transactions().result() == []
    assert "Apfelschorle" in Journal.objects.get(kind="receipt_recorded").body


def test_voided_lines_stay_in_the_books(till: Till) -> None:
    ring(till, ESPRESSO, ROLL)
    newest = queries.current(till).newest_line_id
    assert one(till, "void", line=newest).ok
    assert one(till, "void", line=newest).code == "line"
    pay_cash(till)
    assert '"voided":[{' in Journal.objects.get(kind="receipt_recorded").body


def test_one_deposit_line_cannot_change_its_quantity(till: Till) -> None:
    ring(till, JUICE)
    child = queries.current(till).priced.lines[1].line
    assert child.article_id == DEPOSIT
    assert not one(till, "quantity", line=child.id, quantity=5000).ok


def test_every_command_of_another_module_is_there() -> None:
    """They are named, not imported: a plain sale loads none of them."""
    named = [*selling._COMMANDS.values(), *selling._BROUGHT.values()]
    found = [one.args for one in named if isinstance(one, partial)]
    assert len(found) > 8
    for module, name in found:
        assert callable(getattr(import_module(f"smartecr.register.{module}"), name))
