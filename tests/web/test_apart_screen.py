"""The sheet on which a guest's pieces are chosen: what it offers, what it says, what both bills would cost."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from smartecr.register import queries
from smartecr.register.sale import selling
from smartecr.register.till import Till
from support.screens import words
from support.shop import ESPRESSO, JUICE, MANAGER, ROLL, command, pay_cash, ring

AtTill = Callable[..., Client]
FRAGMENT = {"HX-Request": "true"}


def do(till: Till, what: str, **arguments: Any) -> None:
    (outcome,) = selling.run(till, MANAGER, [command(till, what, **arguments)])
    assert outcome.ok, outcome


def asked(till: Till, *quantities: int) -> str:
    """Return what the page asks when so much (thousandths) of each of the first lines is chosen."""
    lines = [line for line in queries.current(till).basket.lines if not line.parent_id]
    pieces = [
        {"line": line.id, "quantity": quantity, "id": till.new_id()}
        for line, quantity in zip(lines, quantities, strict=False)
    ]
    return json.dumps({"basket": queries.current(till).id, "pieces": pieces})


def look(client: Client, body: str) -> Any:
    return client.post("/till/apart", body, content_type="application/json", headers=FRAGMENT)


def test_the_sheet_offers_pieces_with_their_deposit(till: Till, at_till: AtTill) -> None:
    ring(till, ESPRESSO, ESPRESSO, JUICE)
    sheet = words(at_till().get("/till/sheet/apart", headers=FRAGMENT))
    assert "0 von 2 Espresso 2,40" in sheet
    assert "Apfelschorle 0,33 l + Pfand 3,65" in sheet
    assert "Rest 8,45 €" in sheet


@pytest.mark.parametrize("articles", [[], [ESPRESSO]])
def test_one_piece_is_not_parted(till: Till, at_till: AtTill, articles: list[str]) -> None:
    ring(till, *articles)
    client = at_till()
    assert "nichts, was sich trennen lässt" in words(client.get("/till/sheet/apart", headers=FRAGMENT))
    assert "Getrennt bezahlen" not in words(client.get("/till/sheet/more", headers=FRAGMENT))
    if articles:
        assert "Getrennt" not in words(client.get("/till/pay", headers=FRAGMENT))


@pytest.mark.parametrize(
    ("what", "arguments", "said"),
    [
        ("discount", {"kind": "percent", "value": 1000}, "Rabatt 10 % gilt für jeden Teil."),
        ("discount", {"kind": "amount", "value": 150}, "Rabatt 1,50 € verteilt sich nach den Beträgen."),
        ("discount_line", {"kind": "amount", "value": 50}, "Ein Rabatt in Euro bleibt auf dem Rest seiner Zeile."),
    ],
)
def test_what_becomes_of_a_discount_is_said(
    till: Till, at_till: AtTill, what: str, arguments: dict[str, Any], said: str
) -> None:
    ring(till, ESPRESSO, ESPRESSO, ROLL)
    line = {"line": queries.current(till).basket.lines[0].id} if what == "discount_line" else {}
    do(till, what, **arguments, **line)
    assert said in words(at_till().get("/till/sheet/apart", headers=FRAGMENT))


def test_what_both_would_cost(till: Till, at_till: AtTill) -> None:
    ring(till, ESPRESSO, ESPRESSO, ROLL)
    client = at_till()
    answer = look(client, asked(till, 1000))
    assert (answer.status_code, answer.json()) == (200, {"part": "2,40", "rest": "5,60"})
    refused = look(client, asked(till, 3000))
    assert (refused.status_code, words(refused)) == (422, "So viele Stück stehen nicht mehr auf dem Bon.")
    stale = asked(till, 1000)
    pay_cash(till)
    gone = look(client, stale)
    assert (gone.status_code, "Getrennt ist nichts." in words(gone)) == (422, True)
    for broken in ("", "[]", "{}", '{"basket": 1}', '{"basket": "", "pieces": [1]}'):
        assert look(client, broken).status_code in (400, 422)
    assert look(client, " " * 300_000).status_code == 413


def test_refusals_are_said_in_english_too(till: Till, at_till: AtTill) -> None:
    ring(till, ESPRESSO, ESPRESSO, ROLL)
    do(till, "discount_line", line=queries.current(till).basket.lines[0].id, kind="amount", value=300)
    client = at_till()
    client.post("/till/preferences", {"language": "en"})
    told = words(look(client, asked(till, 1000)))
    assert told == "The discount of 3,00 € does not fit on the rest of the line. Please take the whole line."


def test_after_paying_the_rest_is_named(till: Till, at_till: AtTill) -> None:
    ring(till, ESPRESSO, ESPRESSO, ROLL)
    body = json.loads(asked(till, 1000))
    do(till, "part", **body, into=till.new_id())
    client = at_till()
    assert "danach noch 5,60 €" in words(client.get("/till/pay", headers=FRAGMENT))
    assert "Zurück auf den Rest" in words(client.get("/till/pay", headers=FRAGMENT))
    assert "Alles zurück auf den Rest" in words(client.get("/till/sheet/park", headers=FRAGMENT))
    receipt = pay_cash(till)
    for page in (f"/till/paid/{receipt.id}", "/"):
        assert "Weiter mit dem Rest: noch 5,60 €" in words(client.get(page))
    do(till, "recall", basket=body["basket"])
    pay_cash(till)
    assert "Weiter mit" not in words(client.get("/"))
