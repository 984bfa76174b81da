"""The digital receipt: what the page shows, to whom, and that its address travels nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
import zxingcpp
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from smartecr.register.cashdesk import cash
from smartecr.register.cashless import cardbooks
from smartecr.register.paper import receipts
from smartecr.register.sale import refunding
from smartecr.register.till import Till
from smartecr.web.receipt import qr, views
from support.card_desks import Desk, card_desk, last  # noqa: F401 the fixture
from support.shop import CASHIER, ESPRESSO, JUICE, MANAGER, ROLL, pay_cash, ring


def _words(response: HttpResponse) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


@pytest.fixture
def at_the_till(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a switch that puts a logged-in person at this screen."""
    return lambda: monkeypatch.setattr(views, "_is_staff", lambda _request: True)


def test_the_page_says_what_the_law_wants(till: Till, client: Client) -> None:
    ring(till, ESPRESSO, ESPRESSO, ROLL, JUICE)
    state = pay_cash(till, 5000)
    words = _words(client.get(f"/r/{state.token}/"))
    for part in (
        "Morgenrot",
        "Lindenweg 1",
        "10115 Berlin",
        "Steuernummer 12/345/67890",
        "USt-IdNr. DE123456789",
        "Rechnung 1",
        "24.11.2026, 08:42",
        "2 × Espresso 4,80 A",
        "je 2,40",
        "1 × Mohnschnecke 3,20 B",
        "Pfand 0,25 A",
        "Summe 11,65 €",
        "Bar 11,65",
        "Gegeben 50,00",
        "Rückgeld 38,35",
        "7,10 1,35 8,45",
        "2,99 0,21 3,20",
        f"Seriennummer der Kasse {till.serial}",
        f"Seriennummer der TSE {till.tse.info().serial}",
        f"Transaktion {state.tse_number}",
        f"Signaturzähler {state.tse_counter}",
        f"Prüfwert {state.tse_signature}",
        "Beginn 2026-11-24T08:42:00+01:00",
        "Ende 2026-11-24T08:42:00+01:00",
        "Die Signatur stimmt",
    ):
        assert part in words, part


def test_its_address_travels_nowhere(till: Till, client: Client) -> None:
    ring(till, ESPRESSO)
    token = pay_cash(till).token
    for path in (
        f"/r/{token}/",
        f"/r/{token}/text/",
        f"/r/{token}/pdf/",
        "/r/wrong/",
        "/r/wrong/text/",
        "/r/wrong/pdf/",
    ):
        headers = client.get(path).headers
        assert headers["Cache-Control"].startswith("private")
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in headers["X-Robots-Tag"]
        assert "Set-Cookie" not in headers
    assert '<meta name="robots" content="noindex' in client.get(f"/r/{token}/").content.decode()


def test_the_page_runs_under_the_strict_policy(till: Till, client: Client) -> None:
    ring(till, ESPRESSO)
    response = client.get(f"/r/{pay_cash(till).token}/")
    html = response.content.decode()
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*src=)", html)
    assert '<svg class="qr"' in html


@pytest.mark.parametrize("token", ["x", "a" * 24, "a" * 200, "ä", "..", "%00", "' OR 1=1 --"])
def test_a_wrong_address_gives_no_hint(till: Till, client: Client, token: str) -> None:
    ring(till, ESPRESSO)
    pay_cash(till)
    response = client.get(f"/r/{token}/")
    assert response.status_code == 404
    words = _words(response)
    assert "Hier liegt kein Bon" in words
    assert "Morgenrot" not in words
    assert client.get(f"/r/{token}/text/").status_code == 404


def test_guests_do_not_learn_who_served(till: Till, client: Client, at_the_till: Callable[[], None]) -> None:
    ring(till, ESPRESSO)
    token = pay_cash(till).token
    for path in (f"/r/{token}/", f"/r/{token}/text/"):
        assert "Jana" not in client.get(path).content.decode()
    at_the_till()
    assert "Es bediente Sie Jana" in _words(client.get(f"/r/{token}/"))
    assert "Jana" in client.get(f"/r/{token}/text/").content.decode()


def test_only_staff_prints_copies(till: Till, client: Client, at_the_till: Callable[[], None]) -> None:
    ring(till, ESPRESSO)
    token = pay_cash(till).token
    assert "KOPIE" not in _words(client.get(f"/r/{token}/?copy=1"))
    assert "KOPIE" not in client.get(f"/r/{token}/text/?copy=1").content.decode()
    at_the_till()
    assert "KOPIE" in _words(client.get(f"/r/{token}/?copy=1"))
    assert "*** KOPIE ***" in client.get(f"/r/{token}/text/?copy=1").content.decode()
    assert "KOPIE" not in _words(client.get(f"/r/{token}/"))


def test_cash_vouchers_are_for_staff(till: Till, client: Client, at_the_till: Callable[[], None]) -> None:
    cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", 20_000, "")
    token = cash.move(till, MANAGER, till.new_id(), "Auszahlung", -450, "Milch").token
    assert client.get(f"/r/{token}/").status_code == 404
    assert client.get(f"/r/{token}/text/").status_code == 404
    at_the_till()
    words = _words(client.get(f"/r/{token}/"))
    assert "Auszahlung Milch" in words
    assert "Unterschrift" in words


@pytest.mark.parametrize(
    ("query", "columns"),
    [("", 48), ("?columns=48", 48), ("?columns=42", 42), ("?columns=32", 32), ("?columns=1", 48), ("?columns=x", 48)],
)
def test_text_for_two_papers(till: Till, client: Client, query: str, columns: int) -> None:
    ring(till, ESPRESSO)
    response = client.get(f"/r/{pay_cash(till).token}/text/{query}")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    lines = response.content.decode().splitlines()
    assert "-" * columns in lines
    assert max(map(len, lines)) == columns


def test_a_pdf_to_keep(till: Till, client: Client, at_the_till: Callable[[], None]) -> None:
    ring(till, ESPRESSO)
    token = pay_cash(till).token
    response = client.get(f"/r/{token}/pdf/")
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == 'inline; filename="Bon-1.pdf"'
    assert response.content.startswith(b"%PDF-1.7")
    assert f'href="/r/{token}/pdf/"' in client.get(f"/r/{token}/").content.decode()
    at_the_till()
    assert client.get(f"/r/{token}/pdf/").content != response.content
    assert client.get("/r/wrong/pdf/").status_code == 404


def test_an_outage_is_said_and_explained(till: Till, client: Client) -> None:
    till.tse.close()
    ring(till, ESPRESSO)
    response = client.get(f"/r/{pay_cash(till).token}/")
    words = _words(response)
    assert "TSE ausgefallen" in words
    assert "Ohne Signatur, trotzdem gültig" in words
    assert "Prüfwert" not in words
    assert 'class="qr"' not in response.content.decode()


def test_a_signature_that_does_not_fit_is_told(till: Till, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    ring(till, ESPRESSO)
    state = pay_cash(till)
    whole = receipts.receipt_qr.qr_text
    monkeypatch.setattr(
        receipts.receipt_qr, "qr_text", lambda **fields: whole(**{**fields, "process_data": "Beleg^9.99^"})
    )
    assert "Die Signatur stimmt nicht" in _words(client.get(f"/r/{state.token}/"))


def test_a_refund_names_its_original(till: Till, client: Client) -> None:
    ring(till, ESPRESSO)
    original = pay_cash(till)
    state = refunding.refund(till, MANAGER, till.new_id(), original.id, "Falsch gebucht")
    words = _words(client.get(f"/r/{state.token}/"))
    assert "Storno zu Rechnung 1 vom 24.11.2026" in words
    assert "Summe −2,40 €" in words
    assert "Falsch gebucht" not in words


def test_numbers_are_never_grouped_into_other_numbers(till: Till, client: Client) -> None:
    ring(till, ESPRESSO)
    state = pay_cash(till)
    html = client.get(f"/r/{state.token}/", headers={"accept-language": "en"}).content.decode()
    assert f"<dd>{state.tse_counter}</dd>" in html
    assert 'lang="en"' in html
    assert 'lang="de" aria-label="Rechnung 1"' in html


def test_it_only_reads(till: Till, client: Client) -> None:
    ring(till, ESPRESSO, actor=CASHIER)
    assert client.post(f"/r/{pay_cash(till).token}/").status_code in (403, 405)


def test_codes_are_drawn_once() -> None:
    qr.svg.cache_clear()
    first = qr.svg("V0;same", "Code")
    assert qr.svg("V0;same", "Code") is first
    assert qr.svg.cache_info().hits == 1


def test_labels_of_codes_are_escaped() -> None:
    assert "<b>" not in qr.svg("x", '"><b>')


def test_the_terminals_customer_copy_stands_beside_the_receipt_in_every_form(
    till: Till, client: Client, desk: Desk
) -> None:
    ring(till, ESPRESSO)
    desk.charge(desk.shop.hands.tap("visa"))
    state = last(till)
    payment = cardbooks.of_receipt(state.id)[0]
    assert payment.result is not None
    page, plain = client.get(f"/r/{state.token}/"), client.get(f"/r/{state.token}/text/")
    for words in (_words(page), plain.content.decode()):
        assert "Beleg des Kartenterminals" in words and "KUNDENBELEG" in words.upper()
        assert "HÄNDLERBELEG" not in words.upper()
        assert payment.result.trace.lstrip("0") in words and payment.result.card[-4:] in words
    assert client.get(f"/r/{state.token}/pdf/").content[:5] == b"%PDF-"
    assert receipts.document(state.id).slips == ()  # on paper it has a paper of its own


def test_a_terminal_without_wording_leaves_the_customers_copy_to_us(
    till: Till, client: Client, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring(till, ESPRESSO)
    desk.charge(desk.shop.hands.tap("visa"))
    state = last(till)
    monkeypatch.setattr(cardbooks, "receipts_of", lambda _payment: [])
    words = _words(client.get(f"/r/{state.token}/"))
    result = cardbooks.of_receipt(state.id)[0].result
    assert result is not None
    for part in ("Kartenzahlung", "Betrag EUR 2,40", f"**** **** **** {result.card[-4:]}", f"AID {result.aid}"):
        assert part in words, part
    for part in (f"TA-Nr. {result.trace}", f"Beleg-Nr. {result.receipt_no}", "Kontaktlos", "Zahlung erfolgt"):
        assert part in words, part
    assert result.card[:6] not in words


def test_a_receipt_paid_in_cash_has_no_card_copy(till: Till, client: Client) -> None:
    ring(till, ESPRESSO)
    assert "Kartenterminal" not in _words(client.get(f"/r/{pay_cash(till).token}/"))


@pytest.mark.parametrize("text", ["https://kasse.example/r/AbC_1/", "V0;1;Kassenbeleg-V1", "Bäckerei Größe"])
def test_a_code_is_read_back_byte_by_byte(text: str) -> None:
    drawn = str(qr.svg(text, "Code"))
    size = int(drawn.split('viewBox="0 0 ')[1].split()[0])
    picture = Image.new("L", (size, size), 255)
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1", drawn):
        picture.paste(0, (int(x), int(y), int(x) + int(width), int(y) + 1))
    (read,) = zxingcpp.read_barcodes(picture.resize((size * 4, size * 4), Image.Resampling.NEAREST))
    assert (read.text, read.ec_level, read.symbology_identifier) == (text, "M", "]Q1")
    assert read.bytes == text.encode()  # a GiroCode says that it is UTF-8
