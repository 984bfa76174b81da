"""Paying by card: the books, the terminal's bank and the baskets agree, whatever happens in between."""

from __future__ import annotations

from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest

from smartecr.core.receipt import Payment, check
from smartecr.printer import text
from smartecr.register import queries
from smartecr.register.books import closing, verify
from smartecr.register.cashless import cardbatches, cardbooks, cards
from smartecr.register.cashless.cardmodels import CardBatch, CardPayment
from smartecr.register.errors import RegisterError
from smartecr.register.models import Basket, Receipt
from smartecr.register.paper import reportpaper
from smartecr.register.sale import paying, refunding, selling
from smartecr.register.sale.baskets import load
from smartecr.register.till import Till
from smartecr.terminal.api import BatchResult
from smartecr.terminal.doubt import State
from smartecr.terminal.errors import TerminalError
from smartecr.terminal.events import EventKind, PaymentEvent
from smartecr.terminal.zvt.virtual import Action, Fault, Point
from support.card_desks import Desk, card_desk, last, load_open_or_paying, paid_cards  # noqa: F401 the fixture
from support.shop import CASHIER, ESPRESSO, LATTE, MANAGER, Clock, command, pay_cash, ring


def test_a_tap_pays_and_the_receipt_says_by_what(till: Till, desk: Desk) -> None:
    ring(till, ESPRESSO, LATTE)
    total = queries.current(till).priced.total_cents
    basket = desk.charge(desk.shop.hands.tap("giro-markt"))
    receipt = last(till)
    assert [(one.kind, one.cents, one.name) for one in receipt.content.payments] == [("ECKarte", total, "girocard")]
    assert receipt.signed and receipt.tendered_cents is None
    assert receipt.process_data.endswith(f"{total / 100:.2f}:Unbar")
    check(receipt.content)
    assert not Receipt.objects.get(id=receipt.id).drawer
    assert not Basket.objects.filter(id=basket).exists()
    assert [block.type for block in cardbooks.receipts_of(cardbooks.of_receipt(receipt.id)[0].id)]
    assert queries.cash_stock(till) == 0
    desk.agree()


def test_a_desk_remembers_the_last_payments_only(till: Till, desk: Desk) -> None:
    """The books keep all of them; a till serves for months without a new start."""
    assert till.cards is not None
    for number in range(1000):
        event = PaymentEvent(kind=EventKind.REQUESTED, at=0.0, payment_id=f"{number:032x}")
        till.cards.heard(event)
        till.cards.heard(event)
    assert len(till.cards.news) < 100
    assert till.cards.news[f"{999:032x}"] == [event, event]
    ring(till, ESPRESSO)
    desk.charge(desk.shop.hands.tap("giro-markt"))
    (paid,) = paid_cards()
    assert till.cards.news[paid.id]
    assert cards.desk_of(till, paid.id) is till.cards


def test_a_declined_card_gives_the_basket_back(till: Till, desk: Desk) -> None:
    ring(till, ESPRESSO)
    desk.charge(desk.shop.hands.tap("visa-stolen"))
    assert queries.current(till).basket.lines
    (payment,) = CardPayment.objects.all()
    assert payment.state == "declined"
    assert pay_cash(till).signed
    assert desk.bank == 0
    desk.agree()


def test_a_part_by_card_and_the_rest_in_cash(till: Till, desk: Desk) -> None:
    ring(till, ESPRESSO, LATTE)
    basket = queries.current(till)
    total = basket.priced.total_cents
    desk.hands = [desk.shop.hands.tap("visa")]
    cards.pay(till, CASHIER, basket.id, till.new_id(), till.new_id(), total, cents=300)
    stored = load(basket.id)
    assert stored is not None and stored.row["state"] == "paying"
    assert cards.due_cents(till, stored) == total - 300
    outcome = selling.run(till, CASHIER, [command(till, "article", article=ESPRESSO)])[0]
    assert outcome.ok
    with pytest.raises(RegisterError) as refused:
        paying.pay(till, CASHIER, basket.id, till.new_id(), [Payment(kind="Bar", cents=1)])
    assert refused.value.code == "short"
    receipt = paying.pay(till, CASHIER, basket.id, till.new_id(), [Payment(kind="Bar", cents=1000)], total - 300)
    assert [(one.kind, one.cents) for one in receipt.content.payments] == [("Kreditkarte", 300), ("Bar", total - 300)]
    assert receipt.change_cents == 1000 - (total - 300)
    desk.agree()


def test_two_cards(till: Till, desk: Desk, clock: Any) -> None:
    ring(till, ESPRESSO, LATTE)
    basket = queries.current(till)
    total = basket.priced.total_cents
    desk.hands = [desk.shop.hands.tap("visa")]
    cards.pay(till, CASHIER, basket.id, till.new_id(), till.new_id(), total, cents=200)
    clock.forward(seconds=20)
    desk.charge(desk.shop.hands.tap("giro-markt"))
    assert [(one.kind, one.cents) for one in last(till).content.payments] == [
        ("Kreditkarte", 200),
        ("ECKarte", total - 200),
    ]
    desk.agree()


def test_the_same_request_twice_charges_once(till: Till, desk: Desk) -> None:
    ring(till, ESPRESSO)
    basket = queries.current(till)
    desk.hands = [desk.shop.hands.tap("visa")]
    ids = (till.new_id(), till.new_id())
    for _ in range(3):
        cards.pay(till, CASHIER, basket.id, *ids, basket.priced.total_cents)
    assert desk.bank == basket.priced.total_cents
    assert CardPayment.objects.count() == Receipt.objects.filter(type="Beleg").count() == 1


def test_a_payment_just_sent_is_shown_before_the_terminal_takes_it_up(
    till: Till, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that is loaded anew right after the tap comes back to the terminal, not to an empty ticket."""
    assert till.cards is not None
    service, sent = till.cards.service, Future[Any]()
    monkeypatch.setattr(till.cards, "service", SimpleNamespace(pay=lambda _intent: sent))
    ring(till, ESPRESSO)
    basket, payment = queries.current(till), till.new_id()
    assert cards.waiting(till) == ""
    cards.pay(till, CASHIER, basket.id, till.new_id(), payment, basket.priced.total_cents)
    assert cardbooks.find(payment) is None
    assert cards.waiting(till) == payment
    monkeypatch.setattr(till.cards, "service", service)
    sent.set_exception(TerminalError("gone"))
    assert cards.waiting(till) == ""
    assert queries.current(till).id == basket.id


@pytest.mark.parametrize(("expected", "code"), [(1, "changed"), (0, "changed")])
def test_another_amount_than_seen_is_refused(till: Till, desk: Desk, expected: int, code: str) -> None:
    ring(till, ESPRESSO)
    basket = queries.current(till)
    with pytest.raises(RegisterError) as refused:
        cards.pay(till, CASHIER, basket.id, till.new_id(), till.new_id(), expected)
    assert refused.value.code == code
    assert queries.current(till).id == basket.id
    assert desk.bank == 0


@pytest.mark.parametrize("policy", ["reverse", "keep", "decline"])
@pytest.mark.parametrize("point", list(Point), ids=lambda point: point.name.lower())
def test_a_cut_is_resolved_by_asking(till: Till, desk: Desk, point: Point, policy: str) -> None:
    desk.shop.twin.setup.switches.policy = policy  # type: ignore[assignment]
    ring(till, ESPRESSO)
    total = queries.current(till).priced.total_cents
    desk.shop.twin.script.add(Fault(point, Action.CLOSE, command="0601"))
    basket = desk.charge(desk.perhaps("visa"))
    desk.shop.twin.wait_idle()
    for _ in range(3):
        open_one = cardbooks.open_payment("t1")
        if open_one is None:
            break
        with pytest.raises(RegisterError) as refused:
            cards.pay(till, CASHIER, basket, till.new_id(), till.new_id(), total)
        assert refused.value.code == "doubt"
        with pytest.raises(RegisterError):
            paying.pay(till, CASHIER, basket, till.new_id(), [Payment(kind="Bar", cents=total)])
        cards.ask(till)
    assert cardbooks.open_payment("t1") is None
    paid = [one for one in paid_cards() if one.basket_id == basket]
    assert sum(one.cents for one in paid) == desk.bank
    if paid:
        assert last(till).content.payments[0].cents == total
    else:
        assert queries.current(till).id == basket
        assert pay_cash(till).signed
    desk.agree()


def test_a_person_decides_what_the_terminal_cannot_tell(till: Till, desk: Desk) -> None:
    ring(till, ESPRESSO)
    basket = desk.charge(desk.shop.hands.tap("visa"))
    ring(till, LATTE)
    desk.shop.twin.script.add(Fault(Point.BEFORE_RESULT, Action.CLOSE, command="0601"))
    desk.charge(desk.perhaps("visa"))
    open_one = cardbooks.open_payment("t1")
    assert open_one is not None and basket != open_one.basket_id
    with pytest.raises(RegisterError) as refused:
        cards.decide(till, MANAGER, open_one.id, charged=False, reason=" ")
    assert refused.value.code == "reason"
    cards.recover(till)
    assert Basket.objects.get(id=open_one.basket_id).state == "paying"
    cards.decide(till, MANAGER, open_one.id, charged=False, reason="Am Terminal steht: nicht erfolgt")
    assert till.cards is not None
    assert (till.cards.books.baseline("t1"), till.cards.books.expected_total("t1")) == (None, None)
    row = CardPayment.objects.get(id=open_one.id)
    assert (row.state, row.decided_by) == ("not_charged", MANAGER.name)
    assert queries.current(till).id == open_one.basket_id


def test_a_refund_goes_back_to_the_card(till: Till, desk: Desk) -> None:
    ring(till, ESPRESSO)
    desk.charge(desk.shop.hands.tap("visa"))
    sold = last(till)
    with pytest.raises(RegisterError) as refused:
        refunding.refund(till, MANAGER, till.new_id(), sold.id, "Falsch gebucht")
    assert refused.value.code == "card"
    desk.hands = []
    new_id = till.new_id()
    cards.refund(till, MANAGER, new_id, sold.id, till.new_id(), "Falsch gebucht")
    mirrored = queries.receipt(new_id)
    assert mirrored.total_cents == -sold.total_cents
    assert mirrored.reference_id == sold.id
    assert mirrored.reason == "Falsch gebucht"
    assert desk.bank == 0
    assert cards.refund(till, MANAGER, new_id, sold.id, till.new_id(), "Falsch gebucht") is None
    desk.agree()


def test_after_the_batch_is_closed_it_is_a_refund(till: Till, desk: Desk, clock: Any) -> None:
    ring(till, ESPRESSO)
    desk.charge(desk.shop.hands.tap("visa"))
    sold = last(till)
    clock.forward(minutes=1)
    batch = cardbatches.end_of_day(till)
    assert batch is not None and batch.total == sold.total_cents
    assert CardBatch.objects.get().total_cents == sold.total_cents
    clock.forward(minutes=1)
    desk.hands = [desk.shop.hands.tap("visa")]
    cards.refund(till, MANAGER, till.new_id(), sold.id, till.new_id(), "Reklamation")
    assert CardPayment.objects.exclude(original_id="").get().kind == "refund"
    assert desk.bank == 0


def test_what_a_restart_finds_is_brought_to_its_end(till: Till, desk: Desk) -> None:
    ring(till, ESPRESSO)
    assert till.cards is not None
    finish, till.cards.finish = till.cards.finish, lambda _payment: None
    basket = desk.charge(desk.shop.hands.tap("visa"))
    assert Basket.objects.get(id=basket).state == "paying"
    assert [one.label for one in closing.open_baskets(till)] == ["Kartenzahlung"]
    till.cards.finish = finish
    cards.recover(till)
    cards.recover(till)
    assert not Basket.objects.filter(id=basket).exists()
    assert Receipt.objects.filter(basket_id=basket).count() == 1
    desk.agree()


def test_what_cannot_follow_keeps_no_till_from_starting(till: Till, desk: Desk) -> None:
    ring(till, ESPRESSO)
    assert till.cards is not None

    def refuse(_payment: Any) -> None:
        raise RegisterError("storage", "Die Kasse kann gerade nicht speichern.")

    finish, till.cards.finish = till.cards.finish, refuse
    basket = desk.charge(desk.shop.hands.tap("visa"))
    cards.recover(till)
    assert Basket.objects.get(id=basket).state == "paying"
    till.cards.finish = finish
    cards.recover(till)
    assert last(till).content.payments[0].kind == "Kreditkarte"


def test_a_basket_claimed_but_never_sent_is_set_free(till: Till, desk: Desk) -> None:
    ring(till, ESPRESSO)
    desk.shop.twin.close()
    basket = desk.charge()
    assert queries.current(till).id == basket
    assert CardPayment.objects.count() == 0
    assert till.cards is not None
    (news,) = till.cards.news.values()
    assert news[-1].cashier_text


def test_no_terminal_no_card(till: Till) -> None:
    ring(till, ESPRESSO)
    basket = queries.current(till)
    with pytest.raises(RegisterError) as refused:
        cards.pay(till, CASHIER, basket.id, till.new_id(), till.new_id(), basket.priced.total_cents)
    assert refused.value.code == "terminal"


@pytest.mark.parametrize(
    ("brand", "kind"),
    [
        ("girocard", "ECKarte"),
        ("Maestro", "ECKarte"),
        ("Visa", "Kreditkarte"),
        ("Alipay", "ElZahlungsdienstleister"),
        ("", "Unbar"),
    ],
)
def test_schemes_become_zahlart_typ(brand: str, kind: str) -> None:
    assert cardbooks.zahlart(brand) == kind


def test_every_state_is_open_or_final() -> None:
    assert State.COMPLETED not in cards.OPEN_STATES
    assert State.IN_DOUBT in cards.OPEN_STATES


def test_the_closing_holds_the_terminals_batch_against_the_books(till: Till, desk: Desk) -> None:
    ring(till, ESPRESSO)
    desk.charge(desk.shop.hands.tap("visa"))
    ring(till, LATTE)
    desk.charge(desk.shop.hands.tap("giro-markt"))
    done = closing.close_day(till, MANAGER, till.new_id(), None)
    assert done.batch is not None
    assert (done.batch["total_cents"], done.batch["difference_cents"]) == (desk.bank, 0)
    assert sum(books for _brand, _terminal, books in done.batch["by_brand"]) == desk.bank
    assert closing.close_day(till, MANAGER, done.id, None) == done
    paper = text.render(reportpaper.z_document(done))
    assert "Kassenschnitt" in paper and "Differenz zu den Büchern" not in paper
    assert verify.examine().findings == []


def test_a_count_that_differs_is_asked_about_before_the_terminal_closes_its_batch(
    till: Till, desk: Desk, clock: Clock
) -> None:
    ring(till, ESPRESSO)
    desk.charge(desk.shop.hands.tap("visa"))
    with pytest.raises(RegisterError) as refused:
        closing.close_day(till, MANAGER, till.new_id(), {100: 1})
    assert refused.value.code == "difference" and not CardBatch.objects.exists()
    clock.forward(minutes=1)
    done = closing.close_day(till, MANAGER, till.new_id(), {100: 1}, "Trinkgeld in der Lade")
    assert done.batch is not None and done.batch["total_cents"] == desk.bank > 0


def test_all_batches_of_the_day_count_for_its_closing(till: Till, desk: Desk, clock: Clock) -> None:
    """One closed in the middle, or before a closing that was given up, is in the day's sum, not in the next day's."""
    for article, card in ((ESPRESSO, "visa"), (LATTE, "giro-markt")):
        ring(till, article)
        desk.charge(desk.shop.hands.tap(card))
        clock.forward(minutes=1)
        assert cardbatches.end_of_day(till) is not None
        clock.forward(minutes=1)
    first, second = (payment.cents for payment in paid_cards())
    done = closing.close_day(till, MANAGER, till.new_id(), None)
    assert done.batch is not None
    assert (done.batch["total_cents"], done.batch["difference_cents"]) == (first + second, 0)
    assert done.batch["by_brand"] == [["Visa", first, first], ["girocard", second, second]]
    clock.forward(hours=24)
    ring(till, LATTE)
    desk.charge(desk.shop.hands.tap("visa"))
    clock.forward(minutes=1)
    done = closing.close_day(till, MANAGER, till.new_id(), None)
    assert done.batch is not None
    assert (done.batch["total_cents"], done.batch["difference_cents"]) == (second, 0)
    assert verify.examine().findings == []


def test_a_batch_that_lacks_a_payment_is_named(till: Till, desk: Desk) -> None:
    ring(till, ESPRESSO)
    desk.charge(desk.shop.hands.tap("visa"))
    desk.shop.twin.books.close_batch()
    done = closing.close_day(till, MANAGER, till.new_id(), None)
    assert done.batch is not None
    assert done.batch["difference_cents"] == -paid_cards()[0].cents
    assert "Differenz zu den Büchern" in text.render(reportpaper.z_document(done))


def test_differences_are_named_payment_by_payment(till: Till, desk: Desk, clock: Clock) -> None:
    ring(till, ESPRESSO)
    desk.charge(desk.shop.hands.tap("visa"))
    desk.shop.twin.books.close_batch()  # somebody pressed it at the terminal
    clock.forward(seconds=30)
    ring(till, LATTE)
    desk.charge(desk.shop.hands.tap("giro-markt"))
    desk.shop.pay(777)  # booked at the terminal, unknown to the books
    done = closing.close_day(till, MANAGER, till.new_id(), None)
    assert done.batch is not None
    lost, kept = paid_cards()
    lines = done.batch["lines"]
    assert [line[2:4] for line in lines] == [["Visa", lost.cents], ["girocard", kept.cents]]
    assert [line[5] for line in lines] == [False, True]
    assert lost.result is not None and lines[0][:2] == [lost.result.receipt_no, lost.result.trace]
    assert len(done.batch["strange"]) == 1
    paper = text.render(reportpaper.z_document(done))
    for part in ("Zahlung für Zahlung", lines[0][0], "steht nicht im Kassenschnitt", done.batch["strange"][0]):
        assert part in paper, part


@pytest.mark.parametrize(
    ("first", "last", "number", "within"),
    [
        ("0199", "0203", "0200", True),
        ("0199", "0203", "0204", False),
        ("9998", "0002", "0001", True),
        ("9998", "0002", "0003", False),
        ("0000", "0000", "0001", False),
        ("", "", "0001", None),
        ("0199", "0203", "", None),
    ],
)
def test_a_payment_is_found_in_a_batch_by_its_number(first: str, last: str, number: str, within: bool | None) -> None:
    batch = BatchResult(total=1, first_receipt=first, last_receipt=last)
    assert cardbatches._within(number, batch) is within


def test_a_terminal_that_counts_cards_otherwise_has_no_difference(till: Till, desk: Desk) -> None:
    desk.shop.twin.setup.switches.totals_in_one = True
    ring(till, ESPRESSO)
    desk.charge(desk.shop.hands.tap("visa"))
    done = closing.close_day(till, MANAGER, till.new_id(), None)
    assert done.batch is not None and done.batch["difference_cents"] == 0 and done.batch["lines"] == []
    assert "Die Summe stimmt" in text.render(reportpaper.z_document(done))


def test_a_terminal_that_is_away_keeps_nobody_from_closing(till: Till, desk: Desk) -> None:
    ring(till, ESPRESSO)
    pay_cash(till)
    desk.shop.twin.close()
    done = closing.close_day(till, MANAGER, till.new_id(), None)
    assert done.batch is not None and done.batch["error"]
    assert "Kein Kassenschnitt" in text.render(reportpaper.z_document(done))


def test_the_books_hold_the_terminal_against_the_receipt(till: Till, desk: Desk) -> None:
    ring(till, ESPRESSO)
    desk.charge(desk.shop.hands.tap("visa"))
    assert verify.examine().findings == []
    payment = CardPayment.objects.get()
    CardPayment.objects.update(result=payment.result.replace('"amount":240', '"amount":250'))
    findings = verify.examine().findings
    assert any("das Terminal hat 2,50 € bewegt, der Beleg sagt 2,40 €" in finding for finding in findings)
    assert any("weicht vom Journal ab" in finding for finding in findings)


def test_an_open_doubt_is_named(till: Till, desk: Desk) -> None:
    ring(till, ESPRESSO)
    desk.shop.twin.script.add(Fault(Point.BEFORE_RESULT, Action.CLOSE, command="0601"))
    desk.charge(desk.perhaps("visa"))
    assert [f for f in verify.examine().findings if "ungeklärt" in f] == [
        "Terminal t1: eine Kartenzahlung ist noch ungeklärt"
    ]


def test_a_line_goes_back_to_the_card_in_its_part(till: Till, desk: Desk) -> None:
    """Twice, so that the second refund knows what the first has given back; the receipts and the terminal agree."""
    ring(till, ESPRESSO, LATTE)
    desk.charge(desk.shop.hands.tap("visa"))
    sold = last(till)
    ids = {line.text: line.line_id for line in sold.content.lines}
    for name, cents in (("Espresso", 240), ("Latte Macchiato", 410)):
        desk.hands = [desk.shop.hands.tap("visa")]
        new_id = till.new_id()
        asked = refunding.refund_lines(till, MANAGER, new_id, sold.id, {ids[name]: 1000}, "Reklamation")
        assert isinstance(asked, str)
        back = queries.receipt(new_id)
        assert [(one.kind, one.cents) for one in back.content.payments] == [("Kreditkarte", -cents)]
        assert back.reason == "Reklamation"
    assert desk.bank == 0
    with pytest.raises(RegisterError, match="schon etwas zurückgenommen"):
        refunding.refund(till, MANAGER, till.new_id(), sold.id, "alles")
    assert cards.left(sold.id) == []
    assert verify.examine().findings == []
