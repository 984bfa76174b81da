"""The commands that move money: authorisation, reversal, refund, tip, reservation with capture and release.

Each function takes the parsed command and returns the data of the completion; Refused ends it without effect.
"""

from __future__ import annotations

from dataclasses import replace

from smartecr.terminal.zvt import bcd, tlv
from smartecr.terminal.zvt.messages import Message
from smartecr.terminal.zvt.virtual.books import State, Transaction
from smartecr.terminal.zvt.virtual.events import Entered
from smartecr.terminal.zvt.virtual.host import TEXTS, Unreachable
from smartecr.terminal.zvt.virtual.machine import Machine, Refused
from smartecr.terminal.zvt.virtual.payment import TECHNOLOGY, authorise, deliver, take_card
from smartecr.terminal.zvt.virtual.registration import EURO

_TIPPABLE = 0x08
_LIST = b"\xff\xff"
_REVERSIBLE = frozenset({"payment", "refund", "tip", "capture"})
_UNKNOWN_ORIGINAL, _NOT_ALLOWED, _OTHER_CARD, _WRONG_AMOUNT = 21, 40, 57, 64
_ALREADY_REVERSED, _WRONG_PREAUTH_AMOUNT, _PREAUTH = 0xB4, 0xB7, 0xB8
_WRONG_CURRENCY, _TOO_MUCH, _TOO_LITTLE = 0x6F, 0xC3, 0xC8
_CONDITIONS = {
    0x51: "Initialisierung nötig",
    0x62: "Datum oder Uhrzeit falsch",
    0xC2: "Diagnose nötig",
    0xF0: "Kassenschnitt durchführen",
}


def pay(machine: Machine, message: Message) -> bytes:
    """06 01: a payment."""
    cents = _amount(machine, message)
    _synchronise(machine, message)
    tip = bcd.decimal(message.tag(0x1F36) or b"\x00") or 0
    kind = (message.fields.get(0x19) or b"\x40")[0]
    if machine.setup.switches.tip_at_terminal and kind & _TIPPABLE and not tip:
        tip = _ask_tip(machine, cents)
        cents += tip
    deliver(machine, authorise(machine, "payment", cents, tip))
    return b""


def reserve(machine: Machine, message: Message) -> bytes:
    """06 22: a reservation."""
    cents = _amount(machine, message)
    _synchronise(machine, message)
    deliver(machine, authorise(machine, "reservation", cents))
    return b""


def reverse(machine: Machine, message: Message) -> bytes:
    """06 30: takes a transaction of the open batch back, whole."""
    _synchronise(machine, message)
    books = machine.books
    original = books.find(message.number(0x87) or 0)
    if original is None or original.kind not in _REVERSIBLE:
        raise _refused(_UNKNOWN_ORIGINAL)
    if original.state == "reversed":
        raise Refused(_ALREADY_REVERSED, "Bereits storniert")
    asked = message.number(0x04)
    if asked is not None and asked != original.cents:
        raise _refused(_WRONG_AMOUNT)
    if machine.setup.switches.reversal_needs_card and take_card(machine, original.cents)[0].id != original.card_id:
        raise _refused(_OTHER_CARD)
    paid = original.paid_cents
    _carry_out(machine, books.draft("reversal", original.cents, paid=-paid, taken=-paid).like(original), "reversed")
    return b""


def refund(machine: Machine, message: Message) -> bytes:
    """06 31: pays out to a card."""
    cents = _amount(machine, message)
    _synchronise(machine, message)
    card, way = take_card(machine, cents)
    if card.brand not in machine.setup.switches.refund_brands:
        raise Refused(_NOT_ALLOWED, "Gutschrift für diese Karte nicht möglich")
    draft = machine.books.draft("refund", cents, paid=-cents, taken=-cents).by_card(card)
    _carry_out(machine, replace(draft, technology=TECHNOLOGY[way]))
    return b""


def book_tip(machine: Machine, message: Message) -> bytes:
    """06 0C: books a tip onto a payment of the open batch."""
    cents = _amount(machine, message)
    original = machine.books.find(message.number(0x87) or 0)
    if original is None or original.kind != "payment" or original.state != "booked":
        raise _refused(_UNKNOWN_ORIGINAL)
    _carry_out(machine, machine.books.draft("tip", cents, paid=cents, taken=cents).like(original))
    return b""


def capture(machine: Machine, message: Message) -> bytes:
    """06 24 books the used amount of a reservation, 06 23 all but the unused amount; the rest goes back."""
    if message.fields.get(0x87) == _LIST:
        return _list_open(machine)
    original = _reservation(machine, message)
    given = message.number(0x04)
    used = original.cents if given is None else given if message.command == 0x0624 else original.cents - given
    if not 0 < used <= original.cents:
        raise Refused(_WRONG_PREAUTH_AMOUNT, "Betrag passt nicht zur Reservierung")
    draft = machine.books.draft("capture", used, paid=used, taken=used - original.cents).like(original)
    _carry_out(machine, draft, "captured")
    return b""


def release(machine: Machine, message: Message) -> bytes:
    """06 25: gives a reservation up. Its result reads amount zero."""
    original = _reservation(machine, message)
    draft = machine.books.draft("release", 0, paid=0, taken=-original.cents).like(original)
    _carry_out(machine, draft, "released")
    return b""


def _carry_out(machine: Machine, draft: Transaction, original: State | None = None) -> None:
    """Have the bank move the money of a draft, then deliver its result."""
    machine.status(0x04)
    machine.dialogue.pause(machine.setup.times.host)
    try:
        verdict = machine.host.move(machine.card(draft.card_id), draft.taken_cents)
    except Unreachable:
        raise Refused(0x9B, "Keine Verbindung zur Bank") from None
    if not verdict.approved:
        raise _refused(verdict.code)
    draft = replace(draft, approval=verdict.approval)
    machine.books.begin(draft, verdict.changes or {})
    deliver(machine, draft, original)


def _amount(machine: Machine, message: Message) -> int:
    """Return the amount of a command that may move money now. Raises Refused."""
    if machine.condition:
        raise Refused(machine.condition, _CONDITIONS.get(machine.condition, "Terminal nicht bereit"))
    currency = message.number(0x49)
    if currency not in (None, EURO):
        raise Refused(_WRONG_CURRENCY, "Falsche Währung")
    cents = message.number(0x04)
    if cents is None and 0x04 in message.fields:
        machine.dialogue.breach("BMP 04 ist keine Zahl")
    if not cents:
        raise Refused(_TOO_LITTLE, "Betrag fehlt")
    if cents > machine.setup.identity.most_cents:
        raise Refused(_TOO_MUCH, "Betrag zu groß")
    return cents


def _ask_tip(machine: Machine, cents: int) -> int:
    """Have the customer type a tip in cents; none is fine too."""
    machine.status(0x01, "Trinkgeld und OK")
    machine.pad.ask("amount")
    machine.front.show("Trinkgeld und OK", tone="ask", cents=cents)
    try:
        event = machine.await_customer(
            machine.setup.times.pin, lambda event: isinstance(event, Entered), lambda: machine.status(0x01)
        )
    finally:
        machine.pad.ask("")
    assert isinstance(event, Entered)
    return int(event.digits or "0")


def _synchronise(machine: Machine, message: Message) -> None:
    """Obey tag 1F1F: a register that does not know our last transaction has it taken back (PA00P015)."""
    known = message.tag(0x1F1F)
    last = machine.books.last()
    if not machine.setup.switches.sync_number or last is None or not known:
        return
    if bcd.decimal(known) == last.receipt - 1:
        machine.front.note(f"Beleg {last.receipt:04d} still zurückgenommen (1F1F)")
        machine.books.take_back(last, also=machine.money_back(last), reuse_number=True)


def _reservation(machine: Machine, message: Message) -> Transaction:
    receipt = message.number(0x87)
    found = next((one for one in machine.books.reservations() if one.receipt == receipt), None)
    if found is None:
        raise Refused(_PREAUTH, "Reservierung nicht gefunden")
    return found


def _list_open(machine: Machine) -> bytes:
    """Answer 06 23 FFFF: the abort B8 with the receipt numbers of the open reservations."""
    numbers = [bcd.number(one.receipt, 2) for one in machine.books.reservations()]
    nodes = [tlv.node(0x23, [tlv.node(0x08, number) for number in numbers])] if len(numbers) > 1 else []
    listed = machine.registration.fields([(0x87, numbers[0] if numbers else _LIST)], nodes)
    raise Refused(_PREAUTH, "", listed)


def _refused(code: int) -> Refused:
    return Refused(code, TEXTS.get(code, "Vorgang nicht möglich"))
