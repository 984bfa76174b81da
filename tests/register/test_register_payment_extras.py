"""Around a card payment: the terminal's receipts on our paper, transfers, what the shop decided, looking after it."""

from __future__ import annotations

from typing import Any

import pytest

from smartecr.printer import escpos, text
from smartecr.printer.profile import PROFILES
from smartecr.register import queries
from smartecr.register.books import closing, verify
from smartecr.register.cashless import cardbooks, paymentsettings, slips, transfers
from smartecr.register.cashless.paymentsettings import Settings
from smartecr.register.errors import RegisterError
from smartecr.register.sale import paying
from smartecr.register.till import Till
from smartecr.terminal.api import ReceiptBlock, ReceiptType
from support.shop import CASHIER, ESPRESSO, MANAGER, ring

GIRO, MERCHANT = transfers.CodeKind.GIROCODE, transfers.CodeKind.MERCHANT
SERVICE = {
    "code_title": "Beispiel Pay",
    "code_scheme": "de.example.pay",
    "code_account": "ABC123",
    "code_category": "5812",
    "code_name": "Bäckerei Größenwahn & Co",
    "code_city": "Berlin",
}
ACCOUNT = {"account_name": "Bäckerei Feld", "account_iban": "DE89370400440532013000"}
LINES = (
    (0x40, "** KUNDENBELEG **"),
    (0x00, "19.10.2021             13:30:04"),
    (0x00, ""),
    (0x30, "EUR             1,00"),
    (0x00, "Härtefall: " + "x" * 60),
    (0x81, ""),
)


def block(kind: ReceiptType = ReceiptType.CUSTOMER, *, signature: bool = False) -> ReceiptBlock:
    return ReceiptBlock(type=kind, lines=LINES, signature=signature)


def test_the_terminals_wording_is_printed_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cardbooks, "receipts_of", lambda _payment: [block(), block(ReceiptType.MERCHANT)])
    shown = text.render(slips.document("p", ReceiptType.CUSTOMER), 48).splitlines()
    assert shown[0].strip() == "** KUNDENBELEG **" and shown[0].startswith(" " * 15)
    assert shown[1] == "19.10.2021             13:30:04"
    assert shown[2] == ""
    assert shown[3] == "EUR             1,00"
    assert "".join(shown[4:6]) == "Härtefall: " + "x" * 60
    again = text.render(slips.document("p", ReceiptType.CUSTOMER, again=True), 48)
    assert "WIEDERHOLUNG" in again
    printed = escpos.render(slips.document("p", ReceiptType.CUSTOMER), PROFILES["virtual-80"])
    assert b"19.10.2021             13:30:04\n" in printed
    assert "Härtefall".encode(PROFILES["virtual-80"].codec) in printed


def test_a_receipt_the_terminal_never_sent_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cardbooks, "receipts_of", lambda _payment: [])
    with pytest.raises(RegisterError) as refused:
        slips.document("p", ReceiptType.MERCHANT)
    assert refused.value.code == "unknown"


def test_a_transfer_is_confirmed_by_whom_the_shop_chose(till: Till) -> None:
    ring(till, ESPRESSO)
    basket = queries.current(till)
    due = basket.priced.total_cents
    with pytest.raises(RegisterError) as refused:
        transfers.code(till, GIRO, due, 1)
    assert refused.value.code == "transfer"
    paymentsettings.save(till, MANAGER, Settings(transfer="manager", **ACCOUNT))
    assert f"EUR{due // 100}.{due % 100:02d}" in transfers.code(till, GIRO, due, 7).text
    assert "Bon 7 vom " in transfers.code(till, GIRO, due, 7).text
    with pytest.raises(RegisterError) as refused:
        transfers.confirm(till, CASHIER, GIRO, basket.id, till.new_id(), due)
    assert refused.value.right
    receipt = transfers.confirm(till, CASHIER, GIRO, basket.id, till.new_id(), due, MANAGER)
    assert [(one.kind, one.name, one.cents) for one in receipt.content.payments] == [("Unbar", "Überweisung", due)]
    assert receipt.process_data.endswith(":Unbar") and receipt.tendered_cents is None
    assert verify.examine().findings == []


def test_anyone_may_where_the_shop_says_so(till: Till) -> None:
    ring(till, ESPRESSO)
    basket = queries.current(till)
    paymentsettings.save(till, MANAGER, Settings(transfer="anyone", **ACCOUNT))
    assert transfers.confirm(till, CASHIER, GIRO, basket.id, till.new_id(), basket.priced.total_cents).signed


def test_another_amount_than_shown_is_not_confirmed(till: Till) -> None:
    ring(till, ESPRESSO)
    basket = queries.current(till)
    paymentsettings.save(till, MANAGER, Settings(transfer="anyone", **ACCOUNT))
    with pytest.raises(RegisterError) as refused:
        transfers.confirm(till, CASHIER, GIRO, basket.id, till.new_id(), basket.priced.total_cents - 1)
    assert refused.value.code == "changed"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"tips": "TrinkgeldXX"}, "settings"),
        ({"transfer": "niemand"}, "settings"),
        ({"transfer": "manager"}, "settings"),
        ({"transfer": "manager", "account_name": "A", "account_iban": "DE89370400440532013001"}, "settings"),
    ],
)
def test_settings_that_cannot_be_are_refused(till: Till, values: dict[str, str], code: str) -> None:
    with pytest.raises(RegisterError) as refused:
        paymentsettings.save(till, MANAGER, Settings(**values))
    assert refused.value.code == code and refused.value.message and refused.value.next_step
    assert paymentsettings.of(till) == Settings()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "Wie heißt"),
        ({**SERVICE, "code_scheme": "de example"}, "Kennung"),
        ({**SERVICE, "code_account": ""}, "Händlernummer"),
        ({**SERVICE, "code_category": "58"}, "MCC"),
        ({**SERVICE, "code_city": "北京"}, "Name und Ort"),
        ({**SERVICE, "code_name": "x" * 26}, "zu lang"),
    ],
)
def test_a_code_that_no_app_could_read_is_not_kept(till: Till, values: dict[str, str], said: str) -> None:
    with pytest.raises(RegisterError) as refused:
        paymentsettings.save(till, MANAGER, Settings(code="anyone", **values))
    assert said in refused.value.message and refused.value.next_step


def test_a_payment_services_code_is_shown_confirmed_and_booked(till: Till) -> None:
    paymentsettings.save(till, MANAGER, Settings(code="manager", **SERVICE))
    assert paymentsettings.of(till).code_title == "Beispiel Pay"
    ring(till, ESPRESSO)
    basket = queries.current(till)
    due = basket.priced.total_cents
    with pytest.raises(RegisterError):
        transfers.code(till, GIRO, due, 7)  # the shop takes no transfers
    code = transfers.code(till, MERCHANT, due, 7)
    assert (code.cents, code.title, code.reference[:5]) == (due, "Beispiel Pay", "BON7-")
    assert f"54{len(f'{due / 100:.2f}'):02d}{due / 100:.2f}" in code.text and code.reference in code.text
    assert "5924Baeckerei Groessenwahn +6006Berlin" in code.text
    with pytest.raises(RegisterError) as refused:
        transfers.confirm(till, CASHIER, MERCHANT, basket.id, till.new_id(), due)
    assert refused.value.right
    receipt = transfers.confirm(till, CASHIER, MERCHANT, basket.id, till.new_id(), due, MANAGER)
    (means,) = receipt.content.payments
    assert (means.kind, means.name, means.cents) == ("ElZahlungsdienstleister", "QR Beispiel Pay", due)
    assert receipt.process_data.endswith(":Unbar") and not receipt.drawer
    assert cardbooks.confirmed_by_hand(means.name)
    closed = closing.close_day(till, MANAGER, till.new_id(), None)
    assert closed.totals.payments == (("ElZahlungsdienstleister", "QR Beispiel Pay", due),)
    assert verify.examine().findings == []


def test_a_cashier_may_not_change_them(till: Till) -> None:
    with pytest.raises(RegisterError) as refused:
        paymentsettings.save(till, CASHIER, Settings(tips="TrinkgeldAN"))
    assert refused.value.right
    paymentsettings.save(till, CASHIER, Settings(tips="TrinkgeldAN"), MANAGER)
    assert paymentsettings.of(till).tips == "TrinkgeldAN"
    assert verify.examine().findings == []


def test_a_double_confirmation_is_one_receipt(till: Till) -> None:
    ring(till, ESPRESSO)
    basket = queries.current(till)
    paymentsettings.save(till, MANAGER, Settings(transfer="anyone", **ACCOUNT))
    receipt_id, due = till.new_id(), basket.priced.total_cents
    first: Any = transfers.confirm(till, CASHIER, GIRO, basket.id, receipt_id, due)
    assert transfers.confirm(till, CASHIER, GIRO, basket.id, receipt_id, due).id == first.id
    with pytest.raises(RegisterError):
        paying.pay(till, CASHIER, basket.id, till.new_id(), [])
