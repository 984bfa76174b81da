"""Invoices, lines taken back, the form of whoever invited: from the till, the office and the guest's phone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from smartecr.register import queries
from smartecr.register.cashdesk import cash
from smartecr.register.invoice import invoices
from smartecr.register.queries import ReceiptState
from smartecr.register.sale import returns, selling
from smartecr.register.shop import options
from support.screens import words
from support.shop import CASHIER, ESPRESSO, OWNER, ROLL, command, pay_cash, ring

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

    from smartecr.register.till import Till

AtTill = Callable[..., "Client"]
FRAGMENT = {"HX-Request": "true"}
ROTH = {"name": "Kanzlei Roth GmbH", "street": "Hauptstraße 5", "postcode": "20095", "city": "Hamburg", "country": "DE"}


def fields(answer: HttpResponse) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', answer.content.decode()))


def sold(till: Till, quantity: int = 2) -> ReceiptState:
    ring(till, ROLL)
    (outcome,) = selling.run(till, CASHIER, [command(till, "article", article=ESPRESSO, quantity=quantity * 1000)])
    assert outcome.ok
    return pay_cash(till)


def test_an_invoice_is_written_from_the_receipt(till: Till, at_till: AtTill) -> None:
    receipt = sold(till)
    client = at_till()
    assert "Rechnung" in words(client.get(f"/receipts/{receipt.id}", headers=FRAGMENT))
    sheet = client.get(f"/receipts/{receipt.id}/invoice", headers=FRAGMENT)
    assert "Bis 250 € ist der Bon schon eine Rechnung" in words(sheet)
    assert (
        "Für eine XRechnung fehlt noch: Ansprechpartner des Ladens, Telefon des Ladens, E-Mail des Ladens. Vor"
        in words(sheet)
    )
    wrong = client.post(
        f"/receipts/{receipt.id}/invoice", {**fields(sheet), **ROTH, "vat_id": "DE136695977"}, headers=FRAGMENT
    )
    assert (wrong.status_code, wrong.headers["HX-Retarget"]) == (422, "#problem")
    assert "Die Prüfziffer der USt-IdNr. stimmt nicht" in words(wrong)
    done = client.post(f"/receipts/{receipt.id}/invoice", {**fields(sheet), **ROTH}, headers=FRAGMENT)
    (made,) = invoices.of_receipt(receipt.id)
    assert made.number in words(done)
    assert "Als XRechnung fehlt noch: Ansprechpartner des Ladens" in words(done)
    assert "dann diese zurücknehmen und neu schreiben." in words(done)
    paper = client.get(f"/invoices/{made.id}/pdf")
    assert (paper.headers["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    assert client.get(f"/invoices/{made.id}/xml").status_code == 422
    again = client.get(f"/receipts/{receipt.id}/invoice", headers=FRAGMENT)
    assert f"Rechnung {made.number}" in words(again)
    other = client.get(f"/receipts/{sold(till).id}/invoice?like={made.id}", headers=FRAGMENT)
    assert 'value="Kanzlei Roth GmbH"' in other.content.decode()
    cancelled = client.post(
        f"/invoices/{made.id}/cancel", {**fields(again), "choice": "Falscher Name"}, headers=FRAGMENT
    )
    assert cancelled.status_code == 403  # a manager's PIN
    assert client.get(f"/invoices/{till.new_id()}/pdf").status_code == 404


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1.203,20", True),
        ("1203,20", True),
        ("1203.20 €", True),
        ("−1203,20", True),
        ("1203,2", False),
        ("1203,21", False),
    ],
)
def test_a_receipt_is_found_by_its_amount(till: Till, at_till: AtTill, text: str, *, found: bool) -> None:
    receipt = sold(till, 500)
    assert receipt.total_cents == 120_320
    answer = at_till().get("/receipts", {"q": text}, headers=FRAGMENT)
    assert ("1.203,20" in words(answer)) is found


def test_a_shop_that_said_who_to_call_lacks_nothing_for_an_xrechnung(till: Till, at_till: AtTill) -> None:
    options.save(till, OWNER, invoices.OPTIONS, {"contact": "Christine", "phone": "030 12345", "mail": "c@example.org"})
    sheet = at_till().get(f"/receipts/{sold(till).id}/invoice", headers=FRAGMENT)
    assert "Leitweg-ID" in words(sheet)
    assert "XRechnung" not in words(sheet)


def test_the_office_keeps_invoices_and_who_can_be_called(till: Till, at_till: AtTill) -> None:
    client = at_till("Christine")
    page = client.get("/office/books/invoices")
    assert "Noch keine Rechnung." in words(page)
    wrong = client.post("/office/books/invoices", {"mail": "keine", "phone": "12"})
    assert "So sieht keine E-Mail-Adresse aus." in words(wrong)
    long = client.post("/office/books/invoices", {"days": "61"})
    assert (long.status_code, "Das Zahlungsziel ist höchstens 60 Tage." in words(long)) == (422, True)
    assert "wenn es mit dem Kunden so vereinbart ist (§ 271a BGB)" in words(long)
    assert client.post("/office/books/invoices", {"days": "60"}).status_code == 302
    saved = client.post(
        "/office/books/invoices", {"contact": "Christine", "phone": "+49 30 123", "mail": "a@b.example"}
    )
    assert saved.status_code == 302
    assert options.read(till.shop_id, "invoices")["contact"] == "Christine"
    receipt = sold(till)
    sheet = client.get(f"/receipts/{receipt.id}/invoice", headers=FRAGMENT)
    client.post(
        f"/receipts/{receipt.id}/invoice", {**fields(sheet), **ROTH, "mail": "rechnung@roth.example"}, headers=FRAGMENT
    )
    (made,) = invoices.of_receipt(receipt.id)
    rows = client.get("/office/books/invoices?q=roth", headers=FRAGMENT)
    assert made.number in words(rows)
    xml = client.get(f"/invoices/{made.id}/xml")
    assert (xml.headers["Content-Type"], xml.content[:5]) == ("application/xml", b"<?xml")
    sheet = client.get(f"/receipts/{receipt.id}/invoice", headers=FRAGMENT)
    back = client.post(f"/invoices/{made.id}/cancel", {**fields(sheet), "choice": "Falscher Name"}, headers=FRAGMENT)
    assert "Stornorechnung" in words(back)
    assert "Neue Rechnung schreiben" in words(back)


def test_lines_go_back_from_the_receipt(till: Till, at_till: AtTill) -> None:
    receipt = sold(till)
    espresso = next(line.line_id for line in receipt.content.lines if line.text == "Espresso")
    client = at_till("Murat")
    sheet = client.get(f"/receipts/{receipt.id}/back", headers=FRAGMENT)
    assert "2 verkauft, 2,40 €" in words(sheet)
    told = client.get(f"/receipts/{receipt.id}/back/sum?line-{espresso}=1000", headers=FRAGMENT)
    assert "Zurück an den Gast 2,40 € Bar 2,40 €" in words(told)
    chosen = {**fields(sheet), f"line-{espresso}": "1000"}
    refused = client.post(f"/receipts/{receipt.id}/back", chosen, headers=FRAGMENT)
    assert "Für ein Storno braucht es einen Grund." in words(refused)
    done = client.post(f"/receipts/{receipt.id}/back", {**chosen, "choice": "Ware zurück"}, headers=FRAGMENT)
    ((part, number),) = returns.parts_of(receipt.id)
    assert (done.status_code, done.headers["HX-Redirect"]) == (204, f"/receipts/{part}")
    shown = words(client.get(f"/receipts/{receipt.id}", headers=FRAGMENT))
    assert f"Teilweise zurückgenommen. Bon {number}" in shown
    assert "Stornieren" not in shown
    assert f"Rücknahme zu Rechnung {receipt.number}" in words(client.get(f"/receipts/{part}", headers=FRAGMENT))
    empty = client.post(f"/receipts/{receipt.id}/back", {**fields(sheet), "receipt": till.new_id()}, headers=FRAGMENT)
    assert empty.status_code == 422


def test_whoever_invited_gets_a_form(till: Till, at_till: AtTill) -> None:
    receipt, client = sold(till), at_till()
    sheet = client.get(f"/receipts/{receipt.id}/entertain", headers=FRAGMENT)
    assert "Was leer bleibt, trägt der Gast von Hand ein." in words(sheet)
    said = {"do": "pdf", "host": "M. Roth", "guests": "A. Weber\nB. Klein", "occasion": "Vertragsverlängerung"}
    paper = client.post(f"/receipts/{receipt.id}/entertain", said)
    assert (paper.headers["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    large = sold(till, quantity=110)
    refused = client.post(f"/receipts/{large.id}/entertain", {"do": "print"}, headers=FRAGMENT)
    assert "Über 250 € gehört der Name des Gastgebers auf den Beleg." in words(refused)


def test_a_guest_fills_in_the_form_at_home(till: Till, client: Client) -> None:
    receipt = sold(till)
    page = client.get(f"/r/{receipt.token}/")
    assert "Bewirtungsbeleg" in words(page)
    form = client.get(f"/r/{receipt.token}/bewirtung/")
    assert "nichts davon wird gespeichert" in words(form)
    paper = client.post(f"/r/{receipt.token}/bewirtung/", {"host": "M. Roth", "occasion": "Vertrag"})
    assert paper.content[:5] == b"%PDF-"
    long = client.post(f"/r/{receipt.token}/bewirtung/", {"host": "M" * 200})
    assert (long.status_code, "zu lang" in words(long)) == (422, True)
    assert client.get("/r/nein/bewirtung/").status_code == 404
    assert client.get(f"/r/{receipt.token}/invoice/").status_code == 404


def test_the_receipt_for_machines(till: Till, client: Client) -> None:
    receipt = sold(till)
    data = json.loads(client.get(f"/r/{receipt.token}.json").content)
    assert data["version"] == "smartecr-receipt-1"
    assert data["head"]["number"] == receipt.number
    assert data["data"]["full_amount_incl_vat"] == receipt.total_cents / 100
    assert sum(line["incl_vat"] for line in data["data"]["lines"]) == data["data"]["full_amount_incl_vat"]
    assert data["security"]["tse"]["process_data"] == receipt.process_data
    negotiated = client.get(f"/r/{receipt.token}/", headers={"Accept": "application/json"})
    assert json.loads(negotiated.content) == data
    assert negotiated.headers["Referrer-Policy"] == "no-referrer"
    assert client.get("/r/nein.json").status_code == 404
    assert queries.receipt(receipt.id).token not in negotiated.content.decode()


def test_options_of_invoices_stand_in_the_books(till: Till) -> None:
    options.save(till, OWNER, "invoices", {"contact": "Christine"})
    assert options.read(till.shop_id, "invoices") == {"contact": "Christine"}


def test_francs_are_taken_and_counted_apart(till: Till, at_till: AtTill) -> None:
    client = at_till("Christine")
    wrong = client.post("/office/settings/currencies", {"CHF.rate": "eins"})
    assert (wrong.status_code, "„eins“ ist kein Kurs." in words(wrong)) == (422, True)
    assert 'value="eins"' in wrong.content.decode()
    assert client.post("/office/settings/currencies", {"CHF.rate": "1,065"}).status_code == 302
    assert "gilt heute" in words(client.get("/office/settings/currencies"))
    cash.move(till, OWNER, till.new_id(), "Anfangsbestand", 5000, "")
    ring(till, ROLL)
    basket = queries.current(till).id
    due = client.get("/till/pay", headers=FRAGMENT)
    assert 'data-act="foreign" data-currency="CHF"' in due.content.decode()
    sheet = client.get("/till/sheet/foreign?currency=CHF", headers=FRAGMENT)
    assert "3,20 € sind CHF 3,01." in words(sheet)
    assert client.get("/till/sheet/foreign?currency=USD", headers=FRAGMENT).status_code == 404
    fields_sent = {"basket": basket, "receipt": till.new_id(), "expected": "320", "tendered": "1000"}
    none = client.post("/till/pay", {**fields_sent, "currency": "USD"}, headers=FRAGMENT)
    assert "Für diese Währung gilt heute kein Kurs." in words(none)
    paid = client.post("/till/pay", {**fields_sent, "currency": "CHF"}, headers=FRAGMENT)
    assert "Rückgeld auf 10,65 €" in words(paid)
    assert "CHF 10,00 10,65" in words(client.get("/cash"))
    sheet = client.get("/cash/count")
    pieces = {"count": fields(sheet)["count"], "count-2000": "2", "count-200": "1", "count-50": "1", "count-5": "1"}
    asked = client.post("/cash/count", {**pieces, "foreign-CHF": "9"}, headers=FRAGMENT)
    assert "CHF: Soll 10,00 CHF: gezählt 9,00" in words(asked)
    counted = client.post("/cash/count", {**pieces, "foreign-CHF": "10"}, headers=FRAGMENT)
    assert "CHF 10,00" in words(client.get(counted.headers["HX-Redirect"]))
    page = client.get("/cash/close")
    closing = {**fields(page), "uncounted": "1", "foreign-CHF": "9"}
    asked = client.post("/cash/close", closing, headers=FRAGMENT)
    assert "CHF: Soll 10,00 CHF: gezählt 9,00" in words(asked)
    done = client.post("/cash/close", {**closing, "choice": "Ungeklärt"}, headers=FRAGMENT)
    assert done.status_code == 204, words(done)
