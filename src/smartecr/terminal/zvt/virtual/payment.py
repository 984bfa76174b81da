"""Paying: card or phone shown, owner proven, bank asked, card given back, result delivered, money decided.

The money is decided when the register has acknowledged the result and, where it prints for us, all receipts
(PA00P015, chapter on authorisation). What happens without that acknowledgement differs between terminals: `Policy`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from smartecr.terminal.zvt.virtual.books import Kind, State, Transaction
from smartecr.terminal.zvt.virtual.cards import TAP_LIMIT_CENTS, Card
from smartecr.terminal.zvt.virtual.dialogue import BUSY, Unanswered
from smartecr.terminal.zvt.virtual.events import CardShown, CardTaken, Entered
from smartecr.terminal.zvt.virtual.faults import Point
from smartecr.terminal.zvt.virtual.host import (
    MORE_PROOF,
    PIN_WRONG,
    TEXTS,
    Unreachable,
    Verdict,
)
from smartecr.terminal.zvt.virtual.machine import Machine, Refused
from smartecr.terminal.zvt.virtual.reader import CHIP, CONTACTLESS

_BOTH = (CHIP, CONTACTLESS)
_CVM_NONE, _CVM_SIGNATURE, _CVM_ONLINE_PIN = 0x00, 0x01, 0x02
#: the values of tag 1F12
TECHNOLOGY = {CHIP: 1, CONTACTLESS: 2}
_AFTER_DOUBT: dict[str, State] = {"reverse": "voided", "decline": "declined", "keep": "booked"}


def authorise(machine: Machine, kind: Kind, cents: int, tip_cents: int = 0) -> Transaction:
    """Take a payment or reservation from the customer up to the bank's yes; returns it pending. Raises Refused."""
    ways: Iterable[str] = _BOTH
    ask = "Karte vorhalten oder stecken"
    while True:
        shown = _present(machine, cents, ways, ask)
        card = machine.card(shown.card_id)
        machine.status(0x0E)
        machine.dialogue.pause(machine.setup.times.step)
        machine.check_abort()
        _check_card(machine, card, shown)
        if card.is_phone and not shown.verified:
            ways, ask = (CONTACTLESS,), "Handy entsperren und noch einmal vorhalten"
            continue
        pin = _ask_pin(machine, card, shown, cents) if _needs_pin_first(card, shown, cents) else None
        verdict, pin = _ask_host(machine, card, shown, cents, pin)
        if verdict.code == MORE_PROOF and shown.how == CONTACTLESS:
            ways, ask = (CHIP,), "Bitte Karte einstecken"
            continue
        break
    if not verdict.approved:
        raise _declined(machine, verdict.code)
    draft = replace(
        machine.books.draft(kind, cents, paid=cents if kind == "payment" else 0, taken=cents).by_card(card),
        tip_cents=tip_cents,
        cvm=_holder_check(card, shown, pin),
        technology=TECHNOLOGY[shown.how],
        online=verdict.online,
        approval=verdict.approval,
    )
    machine.books.begin(draft, verdict.changes or {})
    _give_card_back(machine)
    return draft


def take_card(machine: Machine, cents: int, ask: str = "Karte vorhalten oder stecken") -> tuple[Card, str]:
    """Have a card shown and return it with the way it came, without asking the bank. Raises Refused."""
    shown = _present(machine, cents, _BOTH, ask)
    card = machine.card(shown.card_id)
    _check_card(machine, card, shown)
    return card, shown.how


def deliver(machine: Machine, pending: Transaction, original: State | None = None) -> Transaction:
    """Tell the register what was carried out and decide the money by its answers. Raises Refused, Unanswered.

    ``original`` is what becomes of the transaction this one refers to.
    """
    first = machine.setup.switches.receipts_first
    try:
        if first:
            _print_all(machine, pending)
        answer = _say_result(machine, pending)
        if answer[:2] not in (b"\x80\x00", b"\x84\x00"):
            raise Refused(answer[1] or 0x66, "Kasse konnte nicht speichern")
        machine.dialogue.struck(Point.RESULT_ACKNOWLEDGED)
        if not first:
            _print_all(machine, pending)
    except Refused:
        machine.status(0x05)
        machine.books.take_back(pending, also=machine.money_back(pending))
        raise
    except Unanswered:
        in_doubt(machine, pending, original)
        raise
    booked = machine.books.settle(pending, original)
    machine.front.show("Zahlung erfolgt" if pending.kind == "payment" else "Erledigt", tone="good", cents=pending.cents)
    return booked


def in_doubt(machine: Machine, pending: Transaction, original: State | None = None) -> None:
    """Decide about a transaction whose result nobody acknowledged, as this kind of terminal does."""
    state = _AFTER_DOUBT[machine.setup.switches.policy]
    if state == "booked":
        machine.books.settle(pending, original)
    else:
        machine.books.take_back(pending, state, also=machine.money_back(pending))
    machine.front.note(f"Beleg {pending.receipt:04d} nicht bestätigt: {state}")


def _present(machine: Machine, cents: int, ways: Iterable[str], ask: str) -> CardShown:
    machine.status(0x0A, ask)
    machine.reader.open(ways)
    machine.front.show(ask, tone="ask", cents=cents)
    try:
        event = machine.await_customer(
            machine.setup.times.card,
            lambda event: isinstance(event, CardShown),
            lambda: machine.status(0x0A, ask),
        )
    finally:
        machine.reader.close()
    assert isinstance(event, CardShown)
    machine.front.show("Bitte warten", cents=cents)
    return event


def _check_card(machine: Machine, card: Card, shown: CardShown) -> None:
    if shown.how == CHIP and card.chip_defect:
        machine.status(0x0C)
        raise Refused(0x72, "Karte nicht lesbar")
    today = datetime.fromtimestamp(machine.clock(), machine.zone)
    if card.expired(f"{today:%y%m}"):
        machine.status(0x09)
        raise Refused(0x78, "Karte verfallen")


def _holder_check(card: Card, shown: CardShown, pin: str | None) -> int:
    if pin is not None:
        return _CVM_ONLINE_PIN
    return _CVM_SIGNATURE if card.signs and shown.how == CHIP else _CVM_NONE


def _check_still_in(machine: Machine, card: Card, shown: CardShown) -> None:
    if shown.how == CHIP and machine.reader.slot != card.id:
        raise Refused(0x6C, "Karte zu früh gezogen")


def _needs_pin_first(card: Card, shown: CardShown, cents: int) -> bool:
    """Whether the PIN comes before the bank: with the chip unless its holder signs, and for a large tap if it can."""
    if shown.how == CHIP:
        return not card.signs
    return not shown.verified and cents > TAP_LIMIT_CENTS and card.beyond == "pin"


def _ask_pin(machine: Machine, card: Card, shown: CardShown, cents: int, first: str = "") -> str:
    texts = (first, "Geheimzahl und OK") if first else ("Geheimzahl und OK",)
    machine.status(0x01, "Geheimzahl und OK")
    machine.pad.ask("pin")
    machine.front.show(*texts, tone="ask", cents=cents)
    try:
        _check_still_in(machine, card, shown)
        event = machine.await_customer(
            machine.setup.times.pin,
            lambda event: isinstance(event, Entered),
            lambda: machine.status(0x01, "Geheimzahl und OK"),
        )
    finally:
        machine.pad.ask("")
    assert isinstance(event, Entered)
    machine.front.show("Bitte warten", cents=cents)
    return event.digits


def _ask_host(
    machine: Machine, card: Card, shown: CardShown, cents: int, pin: str | None
) -> tuple[Verdict, str | None]:
    """Ask the bank until it says yes, no, or wants the card in the slot; asks the customer for the PIN in between."""
    while True:
        machine.status(0x04)
        machine.dialogue.pause(machine.setup.times.host)
        _check_still_in(machine, card, shown)
        try:
            verdict = machine.host.ask(card, cents, how=shown.how, pin=pin, verified=shown.verified)
        except Unreachable:
            machine.status(0x12)
            raise Refused(0x9B, "Keine Verbindung zur Bank") from None
        if verdict.code == MORE_PROOF and pin is None and shown.how == CONTACTLESS and card.beyond == "pin":
            pin = _ask_pin(machine, card, shown, cents)
        elif verdict.code == PIN_WRONG:
            machine.status(0x15)
            pin = _ask_pin(machine, card, shown, cents, TEXTS[PIN_WRONG])
        else:
            return verdict, pin


def _declined(machine: Machine, code: int) -> Refused:
    machine.status(0x18 if code == 75 else 0x13)
    return Refused(code, TEXTS.get(code, "Zahlung nicht möglich"))


def _give_card_back(machine: Machine) -> None:
    """Have the card taken out of the slot; a card left behind does not hold up the result for ever."""
    if machine.reader.slot:
        machine.status(0x0B)
        machine.front.show("Bitte Karte entnehmen", tone="ask")
        if machine.reader.slot:  # it may have been taken while the register was told
            machine.dialogue.inbox.wait(machine.setup.times.removal, lambda event: isinstance(event, CardTaken))


def _say_result(machine: Machine, pending: Transaction) -> bytes:
    """Send the result until the register stops asking for time (84 9C)."""
    message = machine.wording.result(pending, machine.books.last_receipt)
    while True:
        answer = machine.dialogue.say(message, Point.BEFORE_RESULT, Point.AFTER_RESULT)
        if answer[:2] != bytes((0x84, BUSY)):
            return answer
        machine.dialogue.pause(machine.setup.times.repeat_status)


def _print_all(machine: Machine, pending: Transaction) -> None:
    for receipt in machine.receipts_of(pending):
        machine.print(receipt, payment=True)
