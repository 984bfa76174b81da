"""A shop whose books have two rows and more in every table, by what a till, a terminal and an office write."""

from __future__ import annotations

from typing import Any

from smartecr.core.cash import pieces
from smartecr.core.promotions import Promotion
from smartecr.register import queries
from smartecr.register.books import auditing, closing, notice
from smartecr.register.cashdesk import cash, counting, foreign
from smartecr.register.cashless.cardbooks import CardBooks, Order
from smartecr.register.invoice import invoicing
from smartecr.register.ledger import writing
from smartecr.register.regulars import guests, loyalty, vouchers
from smartecr.register.sale import paying, refunding, selling
from smartecr.register.signing import tselife
from smartecr.register.till import Till
from smartecr.terminal.api import BatchResult, Kind, PaymentIntent, ReceiptBlock, ReceiptType, TerminalResult
from smartecr.terminal.doubt import State
from smartecr.tse.virtual import Faults
from support.eventually import eventually
from support.shop import (
    CASHIER,
    COFFEE,
    ESPRESSO,
    JUICE,
    MANAGER,
    OWNER,
    ROLL,
    Clock,
    article_row,
    command,
    pay_cash,
    ring,
)

GIFT = f"{0xB0:032x}"


def fill(till: Till, clock: Clock, faults: Faults) -> None:
    """Live through two days of everything, and leave a third one open."""
    _office(till)
    for number in (1, 2):
        _counter(till, number)
        _tables(till)
        _terminal(till, number)
        _outage(till, faults)
        clock.forward(hours=10)
        closing.close_day(till, MANAGER, till.new_id(), None)
        clock.forward(hours=14)
    _left_open(till)


def _facts(till: Till, *facts: tuple[str, dict[str, Any]]) -> None:
    with writing(till, OWNER) as writer:
        for kind, body in facts:
            writer.append(kind, body)


def _office(till: Till) -> None:
    day = "2026-11-24"
    for number in (1, 2):
        key = f"{0xE0 + number:032x}"
        notice.sent(till, OWNER, till.new_id(), day)
        auditing.let_in(till, OWNER, till.new_id(), f"Frau Adler {number}", "", 1)
        tselife.append(till, OWNER, "checked", "ab" * 32, errors=0)
        guests.save_group(till, MANAGER, till.new_id(), f"Gruppe {number}", 1)
        token = {"id": key, "name": f"Waage {number}", "scopes": "stock", "token_hash": key * 2, "until": "2027"}
        hook = {"id": key, "name": f"Konto {number}", "address": "https://example.org/", "events": "receipt"}
        _facts(till, ("token_issued", {"token": token}), ("webhook_added", {"webhook": hook}),
               ("time_stamped", {"person": CASHIER.person_id, "kind": "in"}))  # fmt: skip
    foreign.save(till, OWNER, {"CHF.rate": "1,065"})
    _facts(till, ("options_saved", {"name": "datev", "data": "{}"}), ("payment_settings_saved", {"settings": {}}))
    gift = article_row(GIFT, "20", "Gutschein", COFFEE, 1000, gv_typ="MehrzweckgutscheinKauf", vat_key_in=5,
                       vat_key_out=5)  # fmt: skip
    prices = [
        {"table": "catalog_price", "key": f"{number:032x}", "columns": {
            "id": f"{number:032x}", "article_id": ROLL, "level": 1, "cents": 300, "begins": f"203{number}", "ends": "",
            "begun": False, "ended": False}}
        for number in (1, 2)
    ]  # fmt: skip
    codes = [
        {"table": "catalog_barcode", "key": "96385074", "columns": {
            "code": "96385074", "article_id": ROLL, "quantity": 1000}}
    ]  # fmt: skip
    _facts(till, ("rows_saved", {"rows": [gift, *prices, *codes]}))
    for number, rule in enumerate(
        (Promotion(id=f"{0xD0:032x}", name="Punkte", kind="earn", value=100),
         Promotion(id=f"{0xD1:032x}", name="Der dritte Kaffee", kind="stamps", count=2, groups=(COFFEE,)))
    ):  # fmt: skip
        loyalty.save(till, MANAGER, rule)
        guests.save(till, CASHIER, till.new_id(), {"name": f"Anna {number}"})


def _run(till: Till, do: str, **arguments: Any) -> None:
    (outcome,) = selling.run(till, MANAGER, [command(till, do, **arguments)])
    assert outcome.ok, outcome


def _counter(till: Till, number: int) -> None:
    if not cash.has_float(till):
        cash.move(till, MANAGER, till.new_id(), cash.FLOAT, 20000, "")
    shown = []
    for _ in range(2):
        ring(till, ESPRESSO, JUICE)
        sale = pay_cash(till, 2000)
        shown.append(sale)
        paying.change_tender(till, CASHIER, sale.id, 3000)
        _facts(till, ("receipt_printed", {"receipt": sale.id, "copy": False}))
    invoicing.issue(till, CASHIER, till.new_id(), shown[0].id, {})
    ring(till, ROLL)
    refunding.refund(till, MANAGER, till.new_id(), pay_cash(till).id, "Reklamation")
    ring(till, ESPRESSO)
    for sale in shown:
        _run(till, "token", code=f"https://kasse.example/r/{sale.token}/")
    pay_cash(till)
    for guest in guests.search("Anna"):
        ring(till, ESPRESSO)
        _run(till, "scan", code=guest.code)
        pay_cash(till)
    ring(till, GIFT)
    (voucher,) = vouchers.sold_with(pay_cash(till).id)
    vouchers.mark(till, MANAGER, voucher.number, "Verloren")
    cash.open_drawer(till, MANAGER, till.new_id(), "Wechseln")
    counting.count(till, MANAGER, till.new_id(), dict(pieces(queries.cash_stock(till))), "Schichtwechsel")
    _facts(
        till,
        ("stock_moved", {"kind": "in", "note": "", "rows": [[ROLL, 5000]]}),
        ("stock_counted", {"note": "", "rows": [[ROLL, 5000 * number, 4000 * number, 120]]}),
    )


def _tables(till: Till) -> None:
    """Two tables move together, then a guest pays for his own; the bar knows what one has."""
    baskets = []
    for name in ("Tisch 7", "Tisch 4"):
        (espresso,) = ring(till, ESPRESSO)
        baskets.append(queries.current(till).id)
        if name == "Tisch 7":
            line = {"line_id": espresso.line_id, "text": "Espresso", "quantity": 1000, "unit": "", "remark": ""}
            slip = {"station": "Bar", "label": "", "number": 1}
            _facts(till, ("slip_sent", {"basket": baskets[0], "slip": slip, "lines": [line]}))
        _run(till, "park", label=name)
    _run(till, "recall", basket=baskets[1])
    _run(till, "join", basket=baskets[0], into=baskets[1])
    pieces = [{"line": queries.current(till).basket.lines[0].id, "quantity": 1000, "id": till.new_id()}]
    _run(till, "part", basket=baskets[1], into=till.new_id(), pieces=pieces)
    pay_cash(till)
    _run(till, "recall", basket=baskets[1])
    pay_cash(till)


def _terminal(till: Till, number: int) -> None:
    desk, terminal = CardBooks(till, lambda _payment: None), f"zvt{number}"
    refused = TerminalResult(approved=False, result_code="6C", reason="Abgelehnt")
    for state, result in ((State.DECLINED, refused), (State.COMPLETED, None)):
        ring(till, ESPRESSO)
        shown = queries.current(till)
        paid = result or TerminalResult(
            approved=True, result_code="00", amount=shown.priced.total_cents, brand="girocard", trace=f"{number:06}"
        )
        payment, receipt = till.new_id(), till.new_id()
        desk.expect(payment, Order(actor=CASHIER, receipt_id=receipt, basket_id=shown.id))
        desk.begin(terminal, PaymentIntent(id=payment, kind=Kind.SALE, amount=shown.priced.total_cents, created_at=0))
        desk.result(payment, paid)
        for kind in (ReceiptType.MERCHANT, ReceiptType.CUSTOMER):
            desk.receipt(payment, ReceiptBlock(type=kind, lines=((40, "Kartenzahlung"),)))
        desk.finish(payment, state, paid)
        given = [paying.Payment(kind="ECKarte", name="girocard", cents=shown.priced.total_cents)]
        if state is State.COMPLETED:
            paying.pay(till, CASHIER, shown.id, receipt, given)
        else:
            _run(till, "discard")
    desk.closed(terminal, BatchResult(total=240, closed=True))


def _outage(till: Till, faults: Faults) -> None:
    faults.unplugged = True
    ring(till, ROLL)
    pay_cash(till)
    faults.unplugged = False
    till.tse.operate(lambda device: device.info()).result(10)
    eventually(lambda: till.tse.state.level == "ok")


def _left_open(till: Till) -> None:
    ring(till, ROLL, ESPRESSO)
    basket = queries.current(till).id
    lines = [
        {"line_id": f"{number:032x}", "text": "Suppe", "quantity": 1000, "unit": "", "remark": ""} for number in (1, 2)
    ]
    slip = {"station": "Küche", "label": "Tisch 4", "number": 1}
    _facts(till, ("slip_sent", {"basket": basket, "slip": slip, "lines": lines}))
    _run(till, "park", label="Eck")
    ring(till, ESPRESSO, JUICE)
