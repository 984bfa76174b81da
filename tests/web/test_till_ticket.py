"""The till page and its ticket: HTML in, HTML out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from smartecr.register import queries
from smartecr.register.shop import masterdata
from support.screens import PINS, words
from support.shop import (
    BREAD,
    COFFEE,
    EMPTY,
    ESPRESSO,
    JUICE,
    JUICE_CODE,
    LATTE,
    OWNER,
    ROLL,
    SOLD_OUT,
    WINE,
    article_row,
    pay_cash,
    ring,
)

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

    from smartecr.register.till import Till

Send = Callable[..., "HttpResponse"]
AtTill = Callable[..., "Client"]


def outcomes(answer: HttpResponse) -> list[dict[str, str]]:
    """Return the outcomes in an answer to commands."""
    found = re.findall(r"<li data-id=\"(.*?)\" data-ok=\"(.)\" data-code=\"(.*?)\".*?data-right=\"(.*?)\">(.*?)</li>",
                       answer.content.decode())  # fmt: skip
    return [dict(zip(("id", "ok", "code", "right", "message"), one, strict=True)) for one in found]


def lines(answer: HttpResponse) -> list[str]:
    """Return the ticket's lines as text."""
    found = re.findall(r"<li id=\"l-[0-9a-z]+\".*?</li>", answer.content.decode(), re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in found]


def test_an_empty_ticket_asks_for_the_first_article(at_till: AtTill) -> None:
    page = words(at_till().get("/"))
    for part in ("Morgenrot", "Favoriten", "Kaffee", "Sofortverkauf", "Bon 1", "Artikel antippen oder scannen."):
        assert part in page, part


def test_the_page_runs_under_the_strict_policy(at_till: AtTill) -> None:
    answer = at_till().get("/")
    html = answer.content.decode()
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    inline = r"\sstyle=|<style|\son[a-z]+=|<script(?![^>]*(?:src=|application/json))"
    assert not re.search(inline, html)


def test_commands_answer_with_the_ticket_and_an_outcome_each(at_till: AtTill, send: Send) -> None:
    client = at_till()
    answer = send(
        client,
        {"do": "article", "article": ESPRESSO},
        {"do": "article", "article": ESPRESSO},
        {"do": "scan", "code": JUICE_CODE},
        {"do": "open_amount", "group": BREAD, "cents": 250},
        {"do": "scan", "code": "4099999999996"},
    )
    assert [one["ok"] for one in outcomes(answer)] == ["1", "1", "1", "1", "0"]
    assert outcomes(answer)[-1]["message"] == "Unbekannter Code 4099999999996"
    assert lines(answer) == [
        "2 × Espresso 4,80",
        "1 × Apfelschorle 0,33 l 3,40 + Pfand 0,25",
        "1 × Backwaren 2,50",
    ]
    html = answer.content.decode()
    assert f'data-counts=\'{{"{ESPRESSO}":"2","{JUICE}":"1"}}\''.replace('"', "&quot;") in html
    assert 'data-total="1095"' in html
    assert "3 Zeilen" in words(answer)
    assert "darin 7 % MwSt 0,16 19 % MwSt 1,35" in words(answer)


def test_the_same_command_twice_is_one_line(at_till: AtTill, till: Till) -> None:
    client = at_till()
    body = json.dumps({"commands": [{"id": till.new_id(), "do": "article", "article": ESPRESSO}]})
    for _ in range(3):
        answer = client.post("/till/commands", body, content_type="application/json")
        assert outcomes(answer)[0]["ok"] == "1"
    assert lines(answer) == ["1 × Espresso 2,40"]


@pytest.mark.parametrize(
    "body", ["", "[]", "{", '{"commands": 1}', '{"commands": [1]}', '{"commands": [], "approver": {"pin": 1}}',
             '{"commands": [], "approver": "x"}', json.dumps({"commands": [{}] * 201})],
)  # fmt: skip
def test_what_is_no_order_is_refused(at_till: AtTill, body: str) -> None:
    answer = at_till().post("/till/commands", body, content_type="application/json")
    assert answer.status_code == 400


@pytest.mark.parametrize("command", [{}, {"do": "nothing"}, {"do": "article"}, {"do": "void", "line": "x"}])
def test_a_senseless_command_spoils_no_other(at_till: AtTill, send: Send, command: dict[str, Any]) -> None:
    answer = send(at_till(), {"do": "article", "article": ESPRESSO}, command, {"do": "article", "article": ROLL})
    assert [one["ok"] for one in outcomes(answer)] == ["1", "0", "1"]
    assert len(lines(answer)) == 2


def test_a_ticket_is_fetched_only_when_it_changed(at_till: AtTill, till: Till) -> None:
    client = at_till()

    def stamp() -> str:
        found = re.search(r'data-stamp="(.*?)"', client.get("/till/ticket").content.decode())
        assert found
        return found.group(1)

    seen = {stamp()}
    assert client.get("/till/ticket", {"have": stamp()}).status_code == 204
    for change in (lambda: ring(till, ESPRESSO), lambda: ring(till, ESPRESSO), lambda: pay_cash(till, 500)):
        change()
        assert client.get("/till/ticket", {"have": max(seen)}).status_code == 200
        assert stamp() not in seen
        seen.add(stamp())
    from smartecr.register.sale import paying

    last = queries.last_receipt(till)
    assert last
    paying.change_tender(till, OWNER, last.id, 1000)
    assert stamp() not in seen


def test_an_empty_ticket_remembers_the_change(at_till: AtTill, till: Till) -> None:
    ring(till, ESPRESSO)
    receipt = pay_cash(till, 500)
    page = words(at_till().get("/till/ticket"))
    assert "Bezahlt und signiert Bon 1 · 8:42 2,60 € Rückgeld auf 5,00 €" in page
    assert f"/till/paid/{receipt.id}" in at_till().get("/till/ticket").content.decode()


def test_a_line_says_what_differs(at_till: AtTill, send: Send) -> None:
    client = at_till("Murat")
    first = send(client, {"do": "article", "article": LATTE}, {"do": "article", "article": ROLL, "quantity": 2000})
    latte, roll = re.findall(r'id="l-([0-9a-f]{32})"', first.content.decode())
    answer = send(
        client,
        {"do": "in_house", "value": False, "line": latte},
        {"do": "price", "line": roll, "cents": 300, "reason": "Zweite Wahl"},
        {"do": "discount_line", "line": roll, "kind": "percent", "value": 1000, "reason": "Treuerabatt"},
        {"do": "discount", "kind": "amount", "value": 100, "reason": ""},
    )
    assert [one["ok"] for one in outcomes(answer)] == ["1"] * 4
    assert lines(answer) == [
        "1 × Latte Macchiato außer Haus 4,10",
        "2 × Mohnschnecke 6,00 statt 3,20 € (Zweite Wahl) Treuerabatt 10 % −0,60",
        "Rabatt 1,00 € −1,00",
    ]
    assert 'data-discount="1"' in answer.content.decode()


def test_what_is_weighed_shows_its_weight(at_till: AtTill, send: Send, till: Till) -> None:
    masterdata.save_articles(
        till,
        OWNER,
        [article_row("0" * 30 + "c1", "77", "Bergkäse", BREAD, 2690, unit="kg", vat_key_in=2, vat_key_out=2)],
    )
    answer = send(at_till(), {"do": "article", "article": "0" * 30 + "c1", "quantity": 275})
    assert lines(answer) == ["Bergkäse 7,40 0,275 kg × 26,90"]


def test_names_are_text_and_never_markup(at_till: AtTill, send: Send, till: Till) -> None:
    bad = '<img src=x onerror="alert(1)">'
    masterdata.save_articles(till, OWNER, [article_row("0" * 30 + "c2", "78", bad, COFFEE, 100, favourite_position=1)])
    client = at_till()
    send(client, {"do": "article", "article": "0" * 30 + "c2"}, {"do": "park", "label": bad})
    for path in ("/", f"/till/tiles/{COFFEE}", "/till/search?q=78", "/till/sheet/park", "/till/search?q=%3Cimg"):
        html = client.get(path).content.decode()
        assert "<img" not in html
        assert "&lt;img" in html or path.endswith("%3Cimg")


def test_age_and_right_come_back_as_questions(at_till: AtTill, send: Send) -> None:
    client = at_till("Jana")
    answer = send(client, {"do": "article", "article": WINE}, {"do": "article", "article": SOLD_OUT})
    assert [(one["code"], one["right"]) for one in outcomes(answer)] == [("age", ""), ("right", "sell_sold_out")]
    assert outcomes(answer)[0]["message"] == "Ab 16. Ausweis gesehen?"
    assert lines(send(client, {"do": "article", "article": WINE, "age_ok": True})) == ["1 × Sekt 4,90"]


def test_an_approval_carries_the_command_and_stays_on_record(
    at_till: AtTill, send: Send, people: dict[str, str]
) -> None:
    client = at_till("Jana")
    grant = {"person": people["Murat"], "pin": PINS["Murat"], "right": "sell_sold_out"}
    assert lines(send(client, {"do": "article", "article": SOLD_OUT}, approver=grant)) == ["1 × Franzbrötchen 2,10"]
    assert "Jana" in words(client.get("/"))
    from smartecr.register.models import Journal

    assert any("approved_by" in body and "Murat" in body for body in Journal.objects.values_list("body", flat=True))


@pytest.mark.parametrize(
    ("name", "pin", "right", "status", "code"),
    [("Murat", "000000", "discount", 403, "wrong_pin"), ("Jana", "", "discount", 403, "not_allowed"),
     ("Murat", "", "fly", 400, "")],
)  # fmt: skip
def test_an_approval_that_is_none(
    at_till: AtTill, send: Send, people: dict[str, str], name: str, pin: str, right: str, status: int, code: str
) -> None:
    client = at_till("Jana")
    grant = {"person": people[name], "pin": pin or PINS[name], "right": right}
    answer = send(client, {"do": "article", "article": ESPRESSO}, approver=grant)
    assert (answer.status_code, answer.headers.get("X-Pin", "")) == (status, code)
    assert lines(client.get("/till/ticket")) == []


def test_tiles_know_price_deposit_age_and_what_is_gone(at_till: AtTill) -> None:
    client = at_till()
    html = client.get(f"/till/tiles/{'0' * 30}c2").content.decode()
    for part in ('data-deposit="25"', 'data-age="16"', 'data-cents="-25"', "ab 16", "−0,25", "3,40"):
        assert part in html, part
    bread = client.get(f"/till/tiles/{BREAD}").content.decode()
    assert "tile-out" in bread
    assert "ausverkauft" in bread
    assert "frei" in bread
    assert "Mohn\u00adschnecke" in bread
    assert EMPTY in html


def test_tiles_are_fetched_only_when_the_catalogue_changed(at_till: AtTill, till: Till) -> None:
    client = at_till()
    version = client.get(f"/till/tiles/{COFFEE}").headers["X-Catalogue"]
    assert client.get(f"/till/tiles/{COFFEE}", {"have": version}).status_code == 204
    masterdata.save_articles(till, OWNER, [article_row(ESPRESSO, "1", "Espresso", COFFEE, 260)])
    answer = client.get(f"/till/tiles/{COFFEE}", {"have": version})
    assert answer.status_code == 200
    assert "2,60" in answer.content.decode()


def test_a_large_group_comes_in_parts(at_till: AtTill, till: Till) -> None:
    more = [article_row(f"{number:032x}", str(number), f"Sorte {number}", COFFEE, 100) for number in range(1000, 1130)]
    masterdata.save_articles(till, OWNER, more)
    client = at_till()
    seen, start = 0, "0"
    while start:
        html = client.get(f"/till/tiles/{COFFEE}", {"start": start}).content.decode()
        seen += html.count("data-article=")
        found = re.search(r'data-next="(\d+)"', html)
        start = found.group(1) if found else ""
    assert seen == 132
    assert "data-article" not in client.get(f"/till/tiles/{COFFEE}", {"start": "999"}).content.decode()
    assert client.get(f"/till/tiles/{COFFEE}", {"start": "−1"}).content.decode().count("data-article=") == 60


@pytest.mark.parametrize(
    "name", ["more", "help", "search", "other", "discount", "park", "drawer"],
)  # fmt: skip
def test_sheets_open(at_till: AtTill, name: str) -> None:
    answer = at_till().get(f"/till/sheet/{name}")
    assert answer.status_code == 200
    assert 'id="sheet-title"' in answer.content.decode()


def test_sheets_of_a_line_know_it(at_till: AtTill, send: Send) -> None:
    client = at_till("Murat")
    line = re.search(r'id="l-([0-9a-f]{32})"', send(client, {"do": "article", "article": ROLL}).content.decode())
    assert line
    for name, said in (
        ("price", "Preis von Mohnschnecke"),
        ("quantity", "Menge, bisher 1"),
        ("discount", "Rabatt auf"),
    ):
        assert said in words(client.get(f"/till/sheet/{name}", {"line": line.group(1)}))
        assert client.get(f"/till/sheet/{name}", {"line": "0" * 32}).status_code == 404
    assert "4,10 €" in words(client.get("/till/sheet/article", {"article": LATTE}))
    assert client.get("/till/sheet/article", {"article": "0" * 32}).status_code == 404
    assert client.get("/till/sheet/anything").status_code == 404


def test_the_banner_says_what_is_safe_when_the_tse_is_gone(at_till: AtTill, till: Till, faults: Any) -> None:
    client = at_till()
    assert "banner-bad" not in client.get("/till/status").content.decode()
    faults.unplugged = True
    ring(till, ESPRESSO)
    receipt = pay_cash(till, 500)
    assert not receipt.signed
    page = words(client.get("/till/status"))
    assert "TSE nicht eingesteckt. Weiter verkaufen geht, der Bon trägt den Hinweis." in page
    assert "Bezahlt, ohne TSE" in words(client.get("/till/ticket"))


def test_addresses_that_do_not_exist_are_told_kindly(at_till: AtTill) -> None:
    answer = at_till().get("/gibt/es/nicht")
    assert answer.status_code == 404
    assert "Diese Seite gibt es nicht." in words(answer)


def test_an_address_of_a_key_that_is_opened_as_a_page_says_so(at_till: AtTill) -> None:
    client = at_till("Christine")
    for address in ("/office/labels/codes", "/office/customers/groups", "/cash/report"):
        answer = client.get(address, headers={"Accept": "text/html"})
        assert (answer.status_code, "Hier führt nur eine Taste her." in words(answer)) == (405, True)
        assert client.get(address).content == b""  # no person asks


def test_a_page_is_told_what_codes_stand_for_but_nothing_that_needs_a_look(at_till: AtTill, till: Till) -> None:
    from support.shop import OWNER, WINE

    client = at_till()
    assert client.get("/till/codes").json() == [[JUICE_CODE, JUICE, "Apfelschorle 0,33 l", 340, 25]]
    codes = {"4006381333931": WINE, "2112345000007": ESPRESSO, "96385074": ESPRESSO}
    rows = [
        {"table": "catalog_barcode", "key": code, "columns": {"code": code, "article_id": key, "quantity": quantity}}
        for (code, key), quantity in zip(codes.items(), (1000, 1000, 6000), strict=True)
    ]
    masterdata.save_articles(till, OWNER, rows)
    assert [one[0] for one in client.get("/till/codes").json()] == [JUICE_CODE]
    client.cookies.clear()
    assert client.get("/till/codes").status_code == 302
