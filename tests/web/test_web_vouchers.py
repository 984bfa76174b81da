"""Vouchers on the screens: looked at, laid down, handed over, kept on a phone, blocked in the office."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from smartecr.register import queries
from smartecr.register.regulars import vouchers
from smartecr.register.sale import selling
from smartecr.register.shop import masterdata
from smartecr.register.till import Till
from support.screens import words
from support.shop import CASHIER, COFFEE, ESPRESSO, OWNER, Clock, article_row, command, pay_cash, ring

if TYPE_CHECKING:
    from django.test import Client

AtTill = Callable[..., "Client"]
GIFT = f"{0xB0:032x}"


@pytest.fixture
def voucher(till: Till) -> vouchers.Voucher:
    """A voucher of 20 euros, sold."""
    kind = {"gv_typ": "MehrzweckgutscheinKauf", "vat_key_in": 5, "vat_key_out": 5}
    masterdata.save_articles(till, OWNER, [article_row(GIFT, "20", "Gutschein 20 €", COFFEE, 2000, **kind)])
    ring(till, GIFT)
    return vouchers.sold_with(pay_cash(till).id)[0]


def lay(till: Till, voucher: vouchers.Voucher) -> None:
    (outcome,) = selling.run(till, CASHIER, [command(till, "scan", code=voucher.code)])
    assert outcome.ok, outcome


def test_the_sheet_says_what_lies_on_a_voucher(at_till: AtTill, voucher: vouchers.Voucher) -> None:
    client = at_till("Jana")
    sheet = words(client.get("/till/sheet/voucher"))
    assert "Code scannen oder eintippen" in sheet
    assert re.search("Verkaufen .*Gutschein", sheet)
    assert "Espresso" not in sheet
    found = client.get("/till/voucher", {"code": voucher.code[3:].lower()})
    assert "Guthaben 20,00 €" in words(found)
    assert f'data-voucher="{voucher.code}"' in found.content.decode()
    assert "unvollständig oder vertippt" in words(client.get("/till/voucher", {"code": voucher.number}))
    assert client.get("/till/voucher").status_code == 200


def test_ticket_and_display_say_what_stays_on_it(at_till: AtTill, till: Till, voucher: vouchers.Voucher) -> None:
    client = at_till("Jana")
    ring(till, ESPRESSO)
    lay(till, voucher)
    ticket = words(client.get("/till/ticket"))
    assert "−2,40 bleiben 17,60 €" in ticket
    assert "Summe 0,00 €" in ticket
    display = words(client.get("/display/state/"))
    assert "bleibt auf dem Gutschein 17,60" in display
    receipt = pay_cash(till)
    assert "Bezahlt 2,40" not in words(client.get("/display/state/"))
    assert "Rest 17,60 €" in words(client.get(f"/r/{receipt.token}/"))
    back = words(client.get(f"/receipts/{receipt.id}/refund", headers={"HX-Request": "true"}))
    assert f"2,40 € auf den Gutschein {voucher.number[:4]}-{voucher.number[4:]}" in back


@pytest.mark.parametrize(("sold", "stays"), [(GIFT, False), (ESPRESSO, True)])
def test_without_a_printer_passend_shows_the_voucher_to_hand_over(
    at_till: AtTill, till: Till, voucher: vouchers.Voucher, sold: str, stays: bool
) -> None:
    ring(till, sold)
    client = at_till()
    due = client.get("/till/pay", headers={"HX-Request": "true"}).content.decode()
    fields = dict(re.findall(r'name="(basket|receipt|expected)" value="([^"]*)"', due))
    answer = client.post("/till/pay", {**fields, "tendered": fields["expected"], "stay": "1"})
    assert answer.status_code == 200
    assert ("X-Stays" in answer.headers) is stays
    receipt = answer.headers["X-Receipt"]
    assert (f"/receipts/{receipt}/vouchers" in answer.content.decode()) is not stays


def test_a_sold_voucher_is_handed_over_and_kept_on_a_phone(
    at_till: AtTill, till: Till, voucher: vouchers.Voucher, client: Client
) -> None:
    clerk = at_till("Jana")
    receipt = queries.receipt(voucher.receipt_id)
    sheet = clerk.get(f"/receipts/{receipt.id}/vouchers")
    assert "20,00 €" in words(sheet)
    address = f"/g/v/{voucher.code[3:]}/"
    assert address in sheet.content.decode()
    clerk.post("/logout")
    page = client.get(address)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "20,00" in words(page)
    assert voucher.code[3:] in words(page)
    ring(till, ESPRESSO)
    lay(till, voucher)
    pay_cash(till)
    assert "eingelöst −2,40" in words(client.get(address))
    other = address[:-3] + ("0/" if address[-3] != "0" else "1/")
    assert client.get(other).status_code == 404
    assert client.get(f"/receipts/{receipt.id}/vouchers").status_code in (302, 401)


def test_a_receipt_without_vouchers_hands_none_over(at_till: AtTill, till: Till) -> None:
    ring(till, ESPRESSO)
    assert at_till("Jana").get(f"/receipts/{pay_cash(till).id}/vouchers").status_code == 404


def test_the_office_finds_and_blocks_a_voucher(
    at_till: AtTill, till: Till, voucher: vouchers.Voucher, clock: Clock
) -> None:
    client = at_till("Murat")
    page = words(client.get("/office/vouchers"))
    named = f"{voucher.number[:4]}-{voucher.number[4:]}"
    assert f"{named} Mehrzweck · 24.11.2026 offen 20,00" in page
    assert "Noch offen: 20,00 € Mehrzweck" in page
    part = {"HX-Request": "true"}
    assert named in words(client.get("/office/vouchers", {"q": named.lower()}, headers=part))
    assert "Kein Gutschein passt" in words(client.get("/office/vouchers", {"q": "00000000X"}, headers=part))
    detail = f"/office/vouchers/{voucher.number}"
    assert "verkauft 1 20,00" in words(client.get(detail, headers=part))
    refused = client.post(f"{detail}/mark", {"reason": " "})
    assert (refused.status_code, "Bitte sagen, warum." in words(refused)) == (422, True)
    assert "verloren gemeldet" in words(client.post(f"{detail}/mark", {"reason": "verloren gemeldet"}))
    ring(till, ESPRESSO)
    (outcome,) = selling.run(till, CASHIER, [command(till, "scan", code=voucher.code)])
    assert (outcome.code, "verloren gemeldet" in outcome.message) == ("blocked", True)
    assert "gesperrt" in words(client.get(f"/g/v/{voucher.code[3:]}/"))
    clock.forward(seconds=1)
    client.post(f"{detail}/mark", {"free": "1"})
    lay(till, voucher)
    assert client.get("/office/vouchers/00000000").status_code == 404
