"""Paying, receipts, the drawer and the closing: HTML in, HTML out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from smartecr.register import queries
from smartecr.register.cashdesk import cash, foreign
from smartecr.register.cashless import paymentsettings, transfers
from smartecr.register.models import DrawerOpening, Journal, Receipt, Shop
from smartecr.register.sale import paying
from smartecr.register.shop import masterdata
from smartecr.web.till import money
from support.screens import PINS, words
from support.shop import CASHIER, COFFEE, EMPTY, ESPRESSO, MANAGER, OWNER, ROLL, article_row, pay_cash, ring

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

    from smartecr.register.till import Till

AtTill = Callable[..., "Client"]
FRAGMENT = {"HX-Request": "true"}


def fields(answer: HttpResponse) -> dict[str, str]:
    """Return the hidden fields of a form."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', answer.content.decode()))


def due(client: Client) -> dict[str, str]:
    """Open the paying screen and return its form."""
    return fields(client.get("/till/pay", headers=FRAGMENT))


def test_the_paying_screen_offers_only_sensible_notes(till: Till, at_till: AtTill) -> None:
    ring(till, ESPRESSO, ROLL)
    answer = at_till().get("/till/pay", headers=FRAGMENT)
    assert re.findall(r'data-tender="(\d+)"', answer.content.decode()) == ["560", "1000", "2000", "5000", "10000"]
    for part in ("Zu zahlen 5,60 €", "passend", "1 × Espresso 2,40", "Summe 5,60 €", "Noch ist nichts gebucht."):
        assert part in words(answer), part


def test_nothing_is_paid_when_nothing_is_there(till: Till, at_till: AtTill) -> None:
    client = at_till()
    answer = client.get("/till/pay", headers=FRAGMENT)
    assert answer.status_code == 422
    assert "Auf dem Bon steht nichts." in words(answer)
    assert client.get("/till/pay").headers["Location"] == "/"


def test_change_is_shown_and_drawn(till: Till, at_till: AtTill) -> None:
    ring(till, ESPRESSO, ROLL)
    client = at_till()
    form = due(client)
    answer = client.post("/till/pay", {**form, "tendered": "5000"}, headers=FRAGMENT)
    page = words(answer)
    for part in (
        "Bezahlt und signiert",
        "Rückgeld auf 50,00 €",
        "44,40 €",
        "2 Scheine, 4 Münzen",
        "50 € gegeben",
        "Lade ist offen. Der nächste Artikel beginnt den nächsten Bon.",
        "Bar gegeben 50,00",
        "−44,40",
    ):
        assert part in page, part
    assert answer.headers["X-Receipt"] == form["receipt"]
    html = answer.content.decode()
    assert [html.count(f"note-{value}") for value in (20, 10, 5)] == [2, 0, 0]
    assert [html.count(f'coin-{value}"') for value in (200, 20)] == [2, 2]


def test_the_same_payment_twice_is_one_receipt(till: Till, at_till: AtTill) -> None:
    ring(till, ESPRESSO)
    client = at_till()
    form = {**due(client), "tendered": "500"}
    pages = [words(client.post("/till/pay", form, headers=FRAGMENT)) for _ in range(2)]
    assert pages[0] == pages[1]
    assert Receipt.objects.count() == 1


@pytest.mark.parametrize(
    ("tendered", "said"),
    [("100", "Das reicht noch nicht."), ("", "Dieser Betrag ist unlesbar."), ("viel", "Dieser Betrag ist unlesbar."),
     ("٣٠٠", "Dieser Betrag ist unlesbar."), ("99999999999", "Dieser Betrag ist unlesbar.")],
)  # fmt: skip
def test_what_does_not_pay(till: Till, at_till: AtTill, tendered: str, said: str) -> None:
    ring(till, ESPRESSO)
    client = at_till()
    answer = client.post("/till/pay", {**due(client), "tendered": tendered}, headers=FRAGMENT)
    assert answer.status_code == 422
    assert said in words(answer)
    assert Receipt.objects.count() == 0


def test_a_ticket_that_changed_meanwhile_is_not_paid(till: Till, at_till: AtTill) -> None:
    ring(till, ESPRESSO)
    client = at_till()
    form = due(client)
    ring(till, ESPRESSO)
    answer = client.post("/till/pay", {**form, "tendered": "500"}, headers=FRAGMENT)
    assert "Der Bon hat sich gerade geändert." in words(answer)
    assert Receipt.objects.count() == 0


def test_paying_exactly_stays_at_the_tiles(till: Till, at_till: AtTill) -> None:
    ring(till, ESPRESSO)
    client = at_till()
    form = {**due(client), "tendered": "240", "stay": "1"}
    answer = client.post("/till/pay", form, headers=FRAGMENT)
    assert 'id="ticket"' in answer.content.decode()
    assert "Bezahlt und signiert" in words(answer)


def test_a_pay_out_has_no_chips(till: Till, at_till: AtTill) -> None:
    cash.move(till, MANAGER, till.new_id(), cash.FLOAT, 1000, "")
    ring(till, EMPTY, EMPTY)
    client = at_till()
    page = words(client.post("/till/pay", {**due(client), "expected": "-50", "tendered": "0"}, headers=FRAGMENT))
    assert "Zurück an den Gast 0,50 €" in page
    assert "Gegeben" not in page


def test_the_change_survives_a_reload_until_the_next_receipt(till: Till, at_till: AtTill) -> None:
    ring(till, ESPRESSO)
    client, receipt = at_till(), pay_cash(till, 500)
    page = client.get(f"/till/paid/{receipt.id}")
    assert 'data-view="paid"' in page.content.decode()
    assert "Rückgeld auf 5,00 €" in words(page)
    ring(till, ROLL)
    pay_cash(till, 500)
    assert client.get(f"/till/paid/{receipt.id}").headers["Location"] == f"/receipts/{receipt.id}"
    assert client.get(f"/till/paid/{'0' * 32}", follow=True).status_code == 404


def test_a_wrong_note_is_corrected(till: Till, at_till: AtTill) -> None:
    ring(till, ESPRESSO)
    client, receipt = at_till(), pay_cash(till, 500)
    address = f"/till/paid/{receipt.id}/tender"
    assert "Rückgeld auf 10,00 € 7,60 €" in words(client.post(address, {"tendered": "1000"}))
    assert "Das wäre weniger als bezahlt." in words(client.post(address, {"tendered": "100"}))
    ring(till, ROLL)
    pay_cash(till)
    assert "Dieser Bon ist abgeschlossen." in words(client.post(address, {"tendered": "2000"}))


def test_without_tse_the_sale_goes_on_and_says_so(till: Till, at_till: AtTill, faults: Any) -> None:
    faults.unplugged = True
    ring(till, ESPRESSO)
    client = at_till()
    answer = client.post("/till/pay", {**due(client), "tendered": "500"}, headers=FRAGMENT)
    assert answer.headers["X-Signed"] == "0"
    page = words(answer)
    assert "Bezahlt, ohne TSE" in page
    assert "TSE antwortet nicht. Weiter verkaufen geht, der Bon trägt den Hinweis." in page
    assert "TSE ausgefallen" in words(client.get(f"/receipts/{answer.headers['X-Receipt']}"))


def test_the_code_for_the_phone_leads_to_the_digital_receipt(till: Till, at_till: AtTill) -> None:
    ring(till, ESPRESSO)
    client, receipt = at_till(), pay_cash(till)
    answer = client.get(f"/receipts/{receipt.id}/phone")
    assert f"/r/{receipt.token}/" in answer.content.decode()
    assert '<svg class="qr"' in answer.content.decode()
    assert client.get(f"/receipts/{'0' * 32}/phone").status_code == 404


def test_receipts_are_found_by_number_and_article(till: Till, at_till: AtTill) -> None:
    for article in (ESPRESSO, ROLL, ESPRESSO):
        ring(till, article)
        pay_cash(till)
    client = at_till()

    def numbers(**query: str) -> list[str]:
        return re.findall(r'row-number">(\d+)<', client.get("/receipts", query, headers=FRAGMENT).content.decode())

    assert numbers() == ["3", "2", "1"]
    assert numbers(q="2") == ["2"]
    assert numbers(q="mohn") == ["2"]
    assert numbers(q="nichts") == []
    assert numbers(day="2026-11-24") == ["3", "2", "1"]
    assert numbers(day="2026-11-23") == []
    assert numbers(day="gestern") == ["3", "2", "1"]
    assert "Kein Bon passt dazu." in words(client.get("/receipts", {"q": "nichts"}, headers=FRAGMENT))
    assert "Einen Bon antippen" in words(client.get("/receipts"))


def test_a_second_print_is_written_down_and_marked(till: Till, at_till: AtTill) -> None:
    ring(till, ESPRESSO)
    client, receipt = at_till(), pay_cash(till)
    answer = client.post(f"/receipts/{receipt.id}/copy")
    assert answer.headers["Location"] == f"/r/{receipt.token}/?copy=1"
    assert "KOPIE" in words(client.get(answer.headers["Location"]))
    assert Journal.objects.filter(kind="receipt_copied", body__contains=receipt.id).count() == 1
    assert client.get(f"/receipts/{receipt.id}/copy").status_code == 405


def about(answer: HttpResponse) -> str:
    """The amount an approval is asked for."""
    return unquote(answer.headers["X-About"])


def test_whoever_approves_sees_the_amount(till: Till, at_till: AtTill) -> None:
    """Of a receipt taken back, whole and in part, of money moved, and of what is typed on the ticket."""
    ring(till, ESPRESSO, ROLL)
    client, receipt = at_till("Jana"), pay_cash(till)
    back = f"/receipts/{receipt.id}/refund"
    assert about(client.post(back, fields(client.get(back)), headers=FRAGMENT)) == "5,60 €"
    espresso = next(line.line_id for line in receipt.content.lines if line.text == "Espresso")
    part = {"receipt": till.new_id(), f"line-{espresso}": "1000", "choice": "Ware zurück"}
    assert about(client.post(f"/receipts/{receipt.id}/back", part, headers=FRAGMENT)) == "2,40 €"
    part[f"line-{espresso}"] = "9000"  # more than there was
    assert about(client.post(f"/receipts/{receipt.id}/back", part, headers=FRAGMENT)) == ""
    out = {"receipt": till.new_id(), "amount": "12,50", "choice": "Porto"}
    assert about(client.post("/cash/move/out", out, headers=FRAGMENT)) == "12,50 €"
    assert about(client.post("/cash/report", headers=FRAGMENT)) == ""
    ring(till, ESPRESSO)
    orders: list[tuple[dict[str, Any], str]] = [
        ({"do": "discount", "kind": "percent", "value": 1000, "reason": "Stammgast"}, "0,24 €"),
        ({"do": "discount", "kind": "amount", "value": 100, "reason": "Stammgast"}, "1,00 €"),
        ({"do": "price", "cents": 150, "reason": "Angebot"}, "1,50 €"),
        ({"do": "quantity", "quantity": -2000}, "7,20 €"),
        ({"do": "article", "article": ROLL, "quantity": -1000}, "3,20 €"),
    ]
    for order, amount in orders:
        line = queries.current(till).basket.lines[-1].id
        batch = {"commands": [{"id": till.new_id(), "line": line, **order}]}
        page = client.post("/till/commands", batch, content_type="application/json").content.decode()
        assert re.findall(r'data-about="([^"]*)" data-right="\w+"', page) == [amount], order
    assert "Rabatt geben 0,24 €" in words(client.get("/approval/discount", {"about": "0,24 €"}))


def test_a_cancellation_needs_right_and_reason(till: Till, at_till: AtTill, people: dict[str, str]) -> None:
    ring(till, ESPRESSO)
    client, receipt = at_till("Jana"), pay_cash(till)
    address = f"/receipts/{receipt.id}/refund"
    form = {**fields(client.get(address)), "choice": "Falsch getippt", "reason": ""}
    refused = client.post(address, form, headers=FRAGMENT)
    assert (refused.status_code, refused.headers["X-Right"]) == (403, "refund")
    grant = {"approver": people["Murat"], "approver_pin": "000000"}
    wrong = client.post(address, {**form, **grant}, headers=FRAGMENT)
    assert (wrong.status_code, wrong.headers["X-Pin"], wrong.content.decode()) == (
        403, "wrong_pin", "Diese PIN passt nicht.",
    )  # fmt: skip
    grant["approver_pin"] = PINS["Murat"]
    no_reason = client.post(address, {**form, **grant, "choice": ""}, headers=FRAGMENT)
    assert no_reason.status_code == 422
    assert "Für ein Storno braucht es einen Grund." in words(no_reason)
    done = client.post(address, {**form, **grant}, headers=FRAGMENT)
    assert done.headers["HX-Redirect"] == f"/receipts/{form['receipt']}"
    assert "Storniert." in words(client.get(f"/receipts/{receipt.id}"))
    mirror = words(client.get(f"/receipts/{form['receipt']}"))
    assert "Falsch getippt" in mirror
    assert "−2,40" in mirror
    assert "stornieren" not in words(client.get(f"/receipts/{form['receipt']}")).lower().replace("storniert", "")


def test_the_drawer_opens_with_a_reason_and_a_right(till: Till, at_till: AtTill, people: dict[str, str]) -> None:
    client = at_till("Jana")
    form = {**fields(client.get("/till/sheet/drawer")), "choice": "Geld wechseln", "reason": ""}
    assert client.post("/till/drawer", form).headers["X-Right"] == "drawer_open"
    grant = {"approver": people["Murat"], "approver_pin": PINS["Murat"]}
    assert client.post("/till/drawer", {**form, **grant}).status_code == 204
    assert client.post("/till/drawer", {**form, **grant}).headers["HX-Trigger"] == "done"
    assert list(DrawerOpening.objects.values_list("reason", flat=True)) == ["Geld wechseln"]
    empty = {**form, **grant, "choice": ""}
    assert "Warum soll die Lade auf?" in words(client.post("/till/drawer", empty))


@pytest.mark.parametrize(
    ("kind", "amount", "reason", "moved"),
    [("in", "12,50", "Von der Bank", 1250), ("out", "4,20", "Porto", -420), ("safe", "50", "Abschöpfung", -5000),
     ("owner-in", "20", "Wechselgeld", 2000), ("owner-out", "20", "Privat", -2000)],
)  # fmt: skip
def test_money_moves_with_a_reason(
    till: Till, at_till: AtTill, kind: str, amount: str, reason: str, moved: int
) -> None:
    client = at_till("Murat")
    first = {**fields(client.get("/cash/move/float")), "amount": "100,00", "reason": ""}
    assert client.post("/cash/move/float", first).headers["HX-Redirect"] == "/cash"
    form = {**fields(client.get(f"/cash/move/{kind}")), "amount": amount, "reason": reason}
    assert client.post(f"/cash/move/{kind}", form).headers["HX-Redirect"] == "/cash"
    assert queries.cash_stock(till) == 10000 + moved


@pytest.mark.parametrize(
    ("kind", "amount", "reason", "said"),
    [("out", "", "Porto", "Der Betrag fehlt."), ("out", "viel", "Porto", "ist kein Betrag"),
     ("out", "4,20", "", "Wofür ist das Geld?"), ("out", "500", "Porto", "So viel Geld ist nicht in der Lade."),
     ("out", "0", "Porto", "Dieser Betrag geht hier nicht.")],
)  # fmt: skip
def test_what_cannot_be_booked_is_told(
    till: Till, at_till: AtTill, kind: str, amount: str, reason: str, said: str
) -> None:
    answer = at_till("Murat").post(f"/cash/move/{kind}", {"receipt": till.new_id(), "amount": amount, "reason": reason})
    assert answer.status_code == 422
    assert said in words(answer)
    assert answer.headers["HX-Retarget"] == "#problem"


def test_tips_are_paid_out_while_they_are_owed(till: Till, at_till: AtTill) -> None:
    client = at_till("Murat")
    assert "Trinkgeld" not in words(client.get("/cash"))
    tip = f"{0xA71:032x}"
    row = article_row(tip, "99", "Trinkgeld", COFFEE, 400, gv_typ="TrinkgeldAN", vat_key_in=5, vat_key_out=5)
    masterdata.save_articles(till, OWNER, [row])
    ring(till, ESPRESSO, tip)
    pay_cash(till)
    page = words(client.get("/cash"))
    assert ("Trinkgeld auszahlen" in page, "Trinkgeld zurück" in page) == (True, False)
    sheet = client.get("/cash/move/tips")
    assert "Noch nicht ausgezahlt: 4,00 €" in words(sheet)
    assert 'value="Jana"' in sheet.content.decode()
    form = {**fields(sheet), "amount": "4,01", "choice": "Jana", "reason": ""}
    refused = client.post("/cash/move/tips", form)
    assert (refused.status_code, refused.headers["HX-Retarget"]) == (422, "#problem")
    assert "Offen sind 4,00 €. Anderes Geld als Auszahlung buchen." in words(refused)
    assert "Um wessen Trinkgeld geht es?" in words(
        client.post("/cash/move/tips", {**form, "amount": "4", "choice": ""})
    )
    assert client.post("/cash/move/tips", {**form, "amount": "4"}).headers["HX-Redirect"] == "/cash"
    page = words(client.get("/cash"))
    assert ("Trinkgeld auszahlen" in page, "Trinkgeld zurück" in page) == (False, True)
    back = client.get("/cash/move/tips-back")
    assert "Seit dem letzten Abschluss ausgezahlt: 4,00 €" in words(back)
    too_much = {**fields(back), "amount": "5", "choice": "Jana", "reason": ""}
    assert "So viel Trinkgeld wurde nicht ausgezahlt." in words(client.post("/cash/move/tips-back", too_much))
    client.post("/cash/move/tips-back", {**too_much, "amount": "1,50"})
    assert queries.cash_stock(till) == 640 - 250
    listed = words(client.get("/receipts"))
    assert listed.count("Trinkgeld") >= 2


def test_a_float_is_offered_once(till: Till, at_till: AtTill) -> None:
    client = at_till("Murat")
    assert "Anfangsbestand" in words(client.get("/cash"))
    client.post("/cash/move/float", {"receipt": till.new_id(), "amount": "100", "reason": ""})
    assert "Anfangsbestand" not in words(client.get("/cash"))
    assert client.get("/cash/move/nothing").status_code == 404


def test_an_x_report_wants_the_right(till: Till, at_till: AtTill) -> None:
    ring(till, ESPRESSO)
    pay_cash(till)
    assert at_till("Jana").post("/cash/report").headers["X-Right"] == "x_report"
    page = words(at_till("Murat").post("/cash/report"))
    for part in ("X-Bericht", "Zwischenstand, kein Abschluss", "Umsatz EUR 2,40 €", "Erstellt von Murat", "A 19 %"):
        assert part in page, part


def test_a_blind_count_tells_the_books_only_afterwards(till: Till, at_till: AtTill) -> None:
    ring(till, ESPRESSO)
    pay_cash(till)
    client = at_till("Jana")
    page = client.get("/cash/close")
    assert "2,40" not in words(page)
    assert "Erst zählen" in words(page)
    form = {"closing": fields(page)["closing"], "count-200": "1", "count-20": "1"}
    asked = client.post("/cash/close", form)
    assert asked.headers["HX-Retarget"] == "#difference"
    assert "Soll laut Büchern 2,40 Gezählt 2,20 Es fehlen 0,20" in words(asked)
    done = client.post("/cash/close", {**form, "choice": "Wechselgeld verzählt"})
    closed = words(client.get(done.headers["HX-Redirect"]))
    for part in ("Abgeschlossen mit Differenz", "Z 1", "Gezählt 2,20 €", "Differenz −0,20 €", "Wechselgeld verzählt",
                 "Z-Bericht 1", "Zählprotokoll"):  # fmt: skip
        assert part in closed, part
    again = client.post("/cash/close", {**form, "choice": "Wechselgeld verzählt"})
    assert again.headers["HX-Redirect"] == done.headers["HX-Redirect"]


@pytest.mark.parametrize(("page", "field"), [("/cash/close", "closing"), ("/cash/count", "count")])
def test_a_reason_stands_for_the_difference_it_was_given_for(
    till: Till, at_till: AtTill, page: str, field: str
) -> None:
    """Somebody sells after the difference was shown: another is never booked with the reason for the first."""
    ring(till, ESPRESSO)
    pay_cash(till)
    client = at_till("Jana")
    form = {field: fields(client.get(page))[field], "count-200": "1", "count-20": "1"}
    asked = client.post(page, form)
    assert "Es fehlen 0,20" in words(asked)
    assert "Geld bewegt worden" not in words(asked)
    ring(till, ROLL)
    pay_cash(till)
    reason = {"choice": "Wechselgeld verzählt"}
    again = client.post(page, {**form, **fields(asked), **reason})
    assert again.headers["HX-Retarget"] == "#difference"
    assert "Seit der Zählung ist Geld bewegt worden." in words(again)
    assert "Soll laut Büchern 5,60 Gezählt 2,20 Es fehlen 3,40" in words(again)
    assert not Journal.objects.filter(kind__in=("day_closed", "cash_counted")).exists()
    done = client.post(page, {**form, **fields(again), **reason})
    assert "−3,40" in words(client.get(done.headers["HX-Redirect"]))


def test_an_open_count_shows_the_books_at_once(till: Till, at_till: AtTill) -> None:
    Shop.objects.update(blind_count=False)
    ring(till, ESPRESSO)
    pay_cash(till)
    client = at_till("Jana")
    page = client.get("/cash/close")
    assert "Soll laut Büchern 2,40" in words(page)
    assert 'data-expected="240"' in page.content.decode()
    done = client.post("/cash/close", {"closing": fields(page)["closing"], "count-200": "1", "count-20": "2"})
    closed = words(client.get(done.headers["HX-Redirect"]))
    assert "Abgeschlossen Umsatz 2,40 €" in closed
    assert "Differenz" not in closed.split("Z-Bericht")[0]
    assert "Z 1" in words(client.get("/cash"))


def test_open_tickets_are_named_and_taken_along(till: Till, at_till: AtTill) -> None:
    ring(till, ESPRESSO)
    client = at_till("Jana")
    page = client.get("/cash/close")
    assert "Noch offen Auf dem Schirm 2,40" in words(page)
    form = {"closing": fields(page)["closing"]}
    refused = client.post("/cash/close", form)
    assert refused.status_code == 422
    assert "Noch offen: Auf dem Schirm. Bezahlen, verwerfen oder in den nächsten Tag mitnehmen." in words(refused)
    assert client.post("/cash/close", {**form, "carry": "1"}).status_code == 204
    assert "1 × Espresso" in words(client.get("/"))


def test_what_stays_and_what_goes_to_the_safe(till: Till, at_till: AtTill) -> None:
    ring(till, *[ESPRESSO] * 5)
    pay_cash(till)
    client = at_till("Jana")
    form = {"closing": fields(client.get("/cash/close"))["closing"], "count-1000": "1", "count-200": "1"}
    assert "So viel Geld ist nicht in der Lade." in words(client.post("/cash/close", {**form, "kept": "13"}))
    done = client.post("/cash/close", {**form, "kept": "5,00"})
    assert "Bleibt in der Lade 5,00 €" in words(client.get(done.headers["HX-Redirect"]))
    assert queries.cash_stock(till) == 500


@pytest.mark.parametrize("count", ["-1", "1,5", "999999", "x", "²"])
def test_a_count_that_is_none(till: Till, at_till: AtTill, count: str) -> None:
    answer = at_till("Jana").post("/cash/close", {"closing": till.new_id(), "count-200": count})
    assert answer.status_code == 422
    assert "Eine Anzahl ist unlesbar." in words(answer)
    assert at_till("Jana").get(f"/cash/closings/{'0' * 32}").status_code == 404


@pytest.mark.parametrize(
    ("cents", "said", "pieces"),
    [(0, "", 0), (1, "1 Münze", 1), (2214, "1 Schein, 4 Münzen", 5), (500, "1 Schein", 1), (388, "8 Münzen", 8)],
)
def test_change_is_drawn_piece_by_piece(cents: int, said: str, pieces: int) -> None:
    pile = money.pile(cents)
    assert (pile.words, pile.drawing.count("<svg")) == (said, pieces)


def test_a_heap_is_drawn_once_with_its_number() -> None:
    pile = money.pile(50000 * 20)
    assert pile.words == "20 Scheine"
    assert pile.drawing.count("<svg") == 1
    assert "× 20" in pile.drawing


def test_the_way_back_of_what_a_person_confirmed_is_not_called_cash(till: Till, at_till: AtTill) -> None:
    account = {"account_name": "Bäckerei Feld", "account_iban": "DE89370400440532013000"}
    paymentsettings.save(till, MANAGER, paymentsettings.Settings(transfer="anyone", **account))
    ring(till, ESPRESSO)
    state = queries.current(till)
    kind = transfers.CodeKind.GIROCODE
    receipt = transfers.confirm(till, CASHIER, kind, state.id, till.new_id(), state.priced.total_cents)
    page = words(at_till().get(f"/receipts/{receipt.id}/refund", headers=FRAGMENT))
    assert "2,40 € über Überweisung: die Kasse bewegt dieses Geld nicht" in page and "bar an den Gast" not in page
    ring(till, ESPRESSO)
    page = words(at_till().get(f"/receipts/{pay_cash(till).id}/refund", headers=FRAGMENT))
    assert "2,40 € bar an den Gast" in page
    ring(till, EMPTY)
    paid_out = paying.pay(till, CASHIER, queries.current(till).id, till.new_id(), [])
    page = words(at_till().get(f"/receipts/{paid_out.id}/refund", headers=FRAGMENT))
    assert "0,25 € bar vom Gast, was ihm ausgezahlt wurde" in page and "an den Gast" not in page


def test_foreign_notes_go_back_in_euros_without_the_change(till: Till, at_till: AtTill) -> None:
    cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", 2000, "")
    foreign.save(till, OWNER, {"CHF.rate": "1,03"})
    ring(till, ESPRESSO)
    receipt = paying.pay(till, CASHIER, queries.current(till).id, till.new_id(), [foreign.tendered(till, "CHF", 500)])
    assert "Bar CHF 5,00 5,15 Rückgeld −2,75" in words(at_till().get(f"/till/paid/{receipt.id}", headers=FRAGMENT))
    page = words(at_till().get(f"/receipts/{receipt.id}/refund", headers=FRAGMENT))
    assert "2,40 € bar an den Gast" in page and "vom Gast" not in page


def test_the_open_tips_of_a_till_are_added_up_once(till: Till, at_till: AtTill) -> None:
    client = at_till("Murat")
    for page in ("/cash", "/cash/move/tips", "/cash/move/tips-back"):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(page).status_code == 200
        open_tips = [one["sql"] for one in asked.captured_queries if "THEN -l.amount_cents" in one["sql"]]
        assert len(open_tips) == 1, page


def test_tips_are_offered_whatever_pays(at_till: AtTill) -> None:
    sheet = words(at_till("Murat").get("/till/sheet/payments", headers=FRAGMENT))
    assert "Trinkgeld beim Bezahlen anbieten Nicht anbieten Ja, für das Personal" in sheet
