"""Around a card payment: the terminal's receipts on our paper, transfers, what the shop decided, looking after it."""

from __future__ import annotations

from typing import Any

import pytest

from smartecr.printer import escpos, text
from smartecr.printer.profile import PROFILES
from smartecr.register import cardbooks, paying, paymentsettings, queries, slips, transfers, verify
from smartecr.register.errors import RegisterError
from smartecr.register.paymentsettings import Settings
from smartecr.register.till import Till
from smartecr.terminal.api import ReceiptBlock, ReceiptType
from support.shop import CASHIER, ESPRESSO, MANAGER, ring

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
        transfers.code(till, due, 1)
    assert refused.value.code == "transfer"
    paymentsettings.save(till, MANAGER, Settings(transfer="manager", **ACCOUNT))
    assert f"EUR{due // 100}.{due % 100:02d}" in transfers.code(till, due, 7)
    assert "Bon 7 vom " in transfers.code(till, due, 7)
    with pytest.raises(RegisterError) as refused:
        transfers.confirm(till, CASHIER, basket.id, till.new_id(), due)
    assert refused.value.right
    receipt = transfers.confirm(till, CASHIER, basket.id, till.new_id(), due, MANAGER)
    assert [(one.kind, one.name, one.cents) for one in receipt.content.payments] == [("Unbar", "Überweisung", due)]
    assert receipt.process_data.endswith(":Unbar") and receipt.tendered_cents is None
    assert verify.examine().findings == []


def test_anyone_may_where_the_shop_says_so(till: Till) -> None:
    ring(till, ESPRESSO)
    basket = queries.current(till)
    paymentsettings.save(till, MANAGER, Settings(transfer="anyone", **ACCOUNT))
    assert transfers.confirm(till, CASHIER, basket.id, till.new_id(), basket.priced.total_cents).signed


def test_another_amount_than_shown_is_not_confirmed(till: Till) -> None:
    ring(till, ESPRESSO)
    basket = queries.current(till)
    paymentsettings.save(till, MANAGER, Settings(transfer="anyone", **ACCOUNT))
    with pytest.raises(RegisterError) as refused:
        transfers.confirm(till, CASHIER, basket.id, till.new_id(), basket.priced.total_cents - 1)
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
    first: Any = transfers.confirm(till, CASHIER, basket.id, receipt_id, due)
    assert transfers.confirm(till, CASHIER, basket.id, receipt_id, due).id == first.id
    with pytest.raises(RegisterError):
        paying.pay(till, CASHIER, basket.id, till.new_id(), [])
