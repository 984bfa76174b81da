"""Taking money, taking it back, and what the TSE says to it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future

import pytest

from smartecr.core.receipt import Payment, check, mirror
from smartecr.fiscal.process_data import kassenbeleg_abort
from smartecr.register import queries, standing
from smartecr.register.errors import RegisterError, ReplayError
from smartecr.register.journal import Body, Entry
from smartecr.register.ledger import Writer
from smartecr.register.models import Basket, BasketLine, Journal, Outage, Receipt
from smartecr.register.sale import paying, refunding, selling
from smartecr.register.signing import securing
from smartecr.register.till import Till
from smartecr.tse.api import Started
from smartecr.tse.virtual import Faults
from support.shop import (
    CASHIER,
    ESPRESSO,
    JUICE,
    LATTE,
    MANAGER,
    ROLL,
    WINE,
    Clock,
    command,
    pay_cash,
    ring,
)  # fmt: skip


def test_a_cash_sale_is_signed_and_the_change_is_right(till: Till) -> None:
    ring(till, ESPRESSO, ESPRESSO, ROLL, JUICE)
    receipt = pay_cash(till, 5000)
    assert receipt.total_cents == 240 * 2 + 320 + 340 + 25 == 1165
    assert (receipt.tendered_cents, receipt.change_cents) == (5000, 3835)
    assert receipt.signed
    assert receipt.process_data == "Beleg^8.45_3.20_0.00_0.00_0.00^11.65:Bar"
    check(receipt.content)
    assert (Basket.objects.count(), BasketLine.objects.count()) == (0, 0)
    assert Receipt.objects.get().drawer
    found = till.tse.find(receipt.tse_number).result()
    assert (found.state, found.process_data.decode()) == ("finished", receipt.process_data)
    assert queries.cash_stock(till) == 1165


def test_numbers_count_up_without_gaps(till: Till) -> None:
    numbers = []
    for _ in range(3):
        ring(till, ESPRESSO)
        numbers.append(pay_cash(till).number)
    assert numbers == [1, 2, 3]
    assert [row.number for row in queries.receipts(till)] == [3, 2, 1]


@pytest.mark.parametrize("broken", ["", "1", "g" * 32, "A" * 32, "0" * 33])
def test_nothing_is_booked_under_what_is_no_id(till: Till, broken: str) -> None:
    ring(till, ESPRESSO)
    basket_id, given = queries.current(till).id, [Payment(kind="Bar", cents=240)]
    with pytest.raises(RegisterError) as refused:
        paying.pay(till, CASHIER, basket_id, broken, given)
    assert refused.value.code == "id"
    sold = pay_cash(till)
    with pytest.raises(RegisterError) as refused:
        refunding.refund(till, MANAGER, broken, sold.id, "Falscher Artikel")
    assert refused.value.code == "id"
    assert [row.id for row in Receipt.objects.all()] == [sold.id]


def test_paying_twice_gives_one_receipt(till: Till) -> None:
    ring(till, ESPRESSO)
    basket_id, receipt_id = queries.current(till).id, till.new_id()
    given = [Payment(kind="Bar", cents=500)]
    first = paying.pay(till, CASHIER, basket_id, receipt_id, given)
    assert paying.pay(till, CASHIER, basket_id, receipt_id, given) == first
    with pytest.raises(RegisterError) as refused:
        paying.pay(till, CASHIER, basket_id, till.new_id(), given)
    assert refused.value.code == "paid"
    with pytest.raises(ReplayError):
        paying.pay(till, CASHIER, "f" * 32, receipt_id, given)
    assert Receipt.objects.count() == 1


def test_several_payments(till: Till) -> None:
    ring(till, LATTE, LATTE)
    given = [Payment(kind="ECKarte", cents=300), Payment(kind="Bar", cents=1000)]
    receipt = paying.pay(till, CASHIER, queries.current(till).id, till.new_id(), given)
    assert sorted((paid.kind, paid.cents) for paid in receipt.content.payments) == [("Bar", 520), ("ECKarte", 300)]
    assert receipt.process_data == "Beleg^8.20_0.00_0.00_0.00_0.00^5.20:Bar_3.00:Unbar"
    assert receipt.change_cents == 480


@pytest.mark.parametrize(
    ("tendered", "expected", "code"), [(230, None, "short"), (500, 999, "changed"), (0, None, "short")]
)
def test_what_is_refused_leaves_the_basket(till: Till, tendered: int, expected: int | None, code: str) -> None:
    ring(till, ESPRESSO)
    basket_id = queries.current(till).id
    facts = Journal.objects.count()
    with pytest.raises(RegisterError) as refused:
        paying.pay(till, CASHIER, basket_id, till.new_id(), [Payment(kind="Bar", cents=tendered)], expected)
    assert refused.value.code == code
    assert queries.current(till).id == basket_id
    assert Journal.objects.count() == facts


def test_an_empty_basket_is_not_paid(till: Till) -> None:
    (line,) = ring(till, ESPRESSO)
    selling.run(till, CASHIER, [command(till, "void", line=line.line_id)])
    with pytest.raises(RegisterError) as refused:
        pay_cash(till, 0)
    assert refused.value.code == "empty"


def test_a_wrong_note_can_be_corrected_until_the_next_receipt(till: Till) -> None:
    ring(till, ESPRESSO)
    receipt = pay_cash(till, 5000)
    corrected = paying.change_tender(till, CASHIER, receipt.id, 1000)
    assert (corrected.tendered_cents, corrected.change_cents) == (1000, 760)
    assert corrected.content == receipt.content
    with pytest.raises(RegisterError) as refused:
        paying.change_tender(till, CASHIER, receipt.id, 200)
    assert refused.value.code == "short"
    ring(till, ESPRESSO)
    pay_cash(till)
    with pytest.raises(RegisterError) as late:
        paying.change_tender(till, CASHIER, receipt.id, 2000)
    assert late.value.code == "late"


def test_a_refund_is_the_exact_mirror_once(till: Till) -> None:
    ring(till, ESPRESSO, ROLL, JUICE)
    original = pay_cash(till, 2000)
    new_id = till.new_id()
    with pytest.raises(RegisterError) as refused:
        refunding.refund(till, CASHIER, new_id, original.id, "Reklamation")
    assert refused.value.right == "refund"
    back = refunding.refund(till, CASHIER, new_id, original.id, "Reklamation", MANAGER)
    assert back.content == mirror(original.content)
    assert back.signed
    assert queries.receipt(original.id).refunded_by == back.id
    assert queries.cash_stock(till) == 0
    assert refunding.refund(till, CASHIER, new_id, original.id, "Reklamation", MANAGER) == back
    for again in (original.id, back.id):
        with pytest.raises(RegisterError):
            refunding.refund(till, MANAGER, till.new_id(), again, "noch einmal")
    assert Receipt.objects.count() == 2


def test_the_start_is_asked_with_the_first_line(till: Till, clock: Clock) -> None:
    ring(till, ESPRESSO)
    basket_id = queries.current(till).id
    started = till.starts[basket_id].result()
    clock.forward(minutes=5)
    receipt = pay_cash(till)
    assert receipt.tse_number == started.transaction_number
    assert (receipt.tse_start, receipt.tse_end - receipt.tse_start) == (started.log_time, 300)


def test_the_start_is_asked_before_the_first_fact_is_chained_and_once_a_basket(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    start, append = till.tse.start, Writer.append

    def asked(client_id: str, reference: str = "") -> Future[Started]:
        order.append("start")
        return start(client_id, reference)

    def chained(writer: Writer, kind: str, body: Body, entry_id: str = "") -> Entry:
        order.append(kind)
        return append(writer, kind, body, entry_id)

    monkeypatch.setattr(till.tse, "start", asked)
    monkeypatch.setattr(Writer, "append", chained)
    selling.run(till, CASHIER, [command(till, "article", article=WINE)])
    assert order == []
    ring(till, ESPRESSO, ROLL)
    ring(till, ROLL)
    assert order[0] == "start" and order.count("start") == 1 and order.count("basket_opened") == 1


def test_without_tse_the_sale_goes_on_and_the_outage_is_written_down(till: Till, faults: Faults) -> None:
    ring(till, ESPRESSO)
    till.starts[queries.current(till).id].result()
    faults.unplugged = True
    receipt = pay_cash(till)
    assert (receipt.signed, receipt.issued) == (False, True)
    assert receipt.outage_reason == "TSE ausgefallen: TSE nicht eingesteckt"
    outage = Outage.objects.get()
    assert (outage.ended_at, outage.reason) == ("", receipt.outage_reason)
    ring(till, ROLL)
    assert not pay_cash(till).signed
    assert Outage.objects.count() == 1
    assert standing.status(till).tse == "bad"
    assert [row.signed for row in queries.receipts(till)] == [False, False]


def test_a_tse_that_comes_back_ends_the_outage_and_leaves_nothing_open(till: Till, faults: Faults) -> None:
    ring(till, ESPRESSO)
    till.starts[queries.current(till).id].result()
    faults.unplugged = True
    cut = pay_cash(till)
    faults.unplugged = False
    till.tse.retry()  # which it would do by itself after a while
    wait_for(lambda: till.tse.state.level == "ok")
    securing.follow(till, till.tse.state)
    assert Outage.objects.get().ended_at != ""
    assert till.tse.find(cut.tse_number).result().process_data == kassenbeleg_abort().encode()
    ring(till, ROLL)
    assert pay_cash(till).signed
    assert [row.type for row in queries.receipts(till)] == ["Beleg", "AVBelegabbruch", "Beleg"]


@pytest.mark.parametrize("tse_seconds", [1.0])
def test_a_tse_that_hangs_costs_its_time_limit_once(till: Till, faults: Faults) -> None:
    ring(till, ESPRESSO)
    till.starts[queries.current(till).id].result()
    faults.latency = 1.5
    assert pay_cash(till).outage_reason == "TSE ausgefallen: TSE antwortet nicht"
    spent = []
    for _ in range(3):  # a machine that does much else may delay one of them, the time limit would all
        before = time.monotonic()
        ring(till, ROLL)
        assert not pay_cash(till).signed
        spent.append(time.monotonic() - before)
    assert min(spent) < 1


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until `condition` holds; fail after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.02)


def test_a_receipt_shown_in_a_list_is_found_by_number_and_text(till: Till) -> None:
    ring(till, ESPRESSO)
    pay_cash(till)
    ring(till, ROLL)
    pay_cash(till)
    assert [row.number for row in queries.receipts(till, text="1")] == [1]
    assert [row.number for row in queries.receipts(till, text="mohn")] == [2]
    assert queries.receipts(till, text="%") == []
    assert queries.receipts(till, day="2026-11-23") == []
