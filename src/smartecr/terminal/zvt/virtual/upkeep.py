"""The commands that move no money: registration, status, totals, end of day, repeats, diagnosis, printing, display.

Each function takes the parsed command and returns the data of the completion; Refused ends it without effect.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from smartecr.terminal.zvt import bcd, tlv
from smartecr.terminal.zvt.messages import Message
from smartecr.terminal.zvt.virtual import receipts
from smartecr.terminal.zvt.virtual.books import Transaction
from smartecr.terminal.zvt.virtual.faults import Point
from smartecr.terminal.zvt.virtual.machine import READY, Machine, Refused
from smartecr.terminal.zvt.virtual.payment import take_card
from smartecr.terminal.zvt.virtual.registration import Registration
from smartecr.terminal.zvt.virtual.wording import printed_text

_STATUS_TOO, _DO_NOT_PRINT = 0x01, 0x02
_WITHOUT_VERSION, _FURTHER_STATUS = 0x02, 0x04
_END_OF_DAY_FAILED, _END_OF_DAY_WANTED, _NOTHING_THERE, _UPDATE_FOLLOWS = 0x77, 0xF0, 0x64, 0xE0
_CARD_PRESENT = 0xDC
_INITIALISATION, _TIME_WRONG, _DIAGNOSIS = 0x51, 0x62, frozenset({0xC1, 0xC2, 0x62})


def register(machine: Machine, message: Message) -> bytes:
    """06 00: takes the register's wishes over and names what was agreed."""
    machine.dialogue.numbering.stop()
    wishes = Registration.read(message)
    machine.register(replace(wishes, numbers=wishes.numbers and machine.setup.switches.numbers_messages))
    if machine.setup.switches.status_after_registration:
        machine.dialogue.say(machine.wording.failure(0x00, ""))
    return machine.registration.completion(machine.setup.identity.terminal_id)


def log_off(machine: Machine, _message: Message) -> bytes:
    """06 02: the register goes."""
    machine.register(Registration())
    return b""


def status(machine: Machine, message: Message) -> bytes:
    """05 01: software version, one status byte, and more where it is asked for."""
    identity = machine.setup.identity
    service = (message.fields.get(0x03) or b"\x00")[0]
    code = machine.condition or (_CARD_PRESENT if machine.reader.slot else READY)
    data = bytes((code,))
    if not service & _WITHOUT_VERSION:
        version = identity.software.encode()
        data = bcd.length_prefix(len(version), 3) + version + data
    if service & _FURTHER_STATUS and machine.registration.tags:
        device = [tlv.node(0x1F40, b"smartECR virtuell"), tlv.node(0x1F42, identity.serial.encode())]
        container = tlv.write([tlv.node(0x1F44, bytes.fromhex(identity.terminal_id)), tlv.node(0xE4, device)])
        data += b"\x06" + tlv.length(len(container)) + container
    return data


def totals(machine: Machine, _message: Message) -> bytes:
    """06 10: adds the open batch up without closing it."""
    _say_totals(machine, "Umsätze")
    return b""


def end_of_day(machine: Machine, _message: Message) -> bytes:
    """06 50: submits the batch. Fails with 77 where the bank is away, and then wants it before the next payment."""
    machine.front.show("Kassenschnitt läuft")
    machine.status(0x0E)
    machine.dialogue.pause(machine.setup.times.host)
    if machine.host.mode != "online":
        machine.set_condition(_END_OF_DAY_WANTED)
        raise Refused(_END_OF_DAY_FAILED, "Kassenschnitt nicht möglich")
    machine.status(0x06)
    _say_totals(machine, "Kassenschnitt")
    machine.books.close_batch()
    if machine.condition == _END_OF_DAY_WANTED:
        machine.set_condition(READY)
    machine.front.show("Kassenschnitt erfolgt", tone="good")
    return bytes((0x27, _UPDATE_FOLLOWS)) if machine.setup.switches.update_after_closing else b""


def _say_totals(machine: Machine, title: str) -> None:
    now = int(machine.clock())
    sums = machine.books.totals()
    receipt = receipts.of_totals(sums, machine.wide_identity, now, machine.zone, title)
    machine.dialogue.say(machine.wording.totals(sums, now), Point.BEFORE_RESULT, Point.AFTER_RESULT)
    machine.print(receipt, payment=False)


def repeat(machine: Machine, message: Message) -> bytes:
    """06 20: the last successful transaction once more; service byte 01 with its result, 02 without printing."""
    service = (message.fields.get(0x03) or b"\x00")[0]
    last = machine.books.last()
    if last is None:
        raise Refused(_NOTHING_THERE, "")
    if service & _STATUS_TOO:
        result = machine.wording.result(last, machine.books.last_receipt)
        machine.dialogue.say(result, Point.BEFORE_RESULT, Point.AFTER_RESULT)
    if not service & _DO_NOT_PRINT:
        _print(machine, last)
    return b""


def reprint(machine: Machine, message: Message) -> bytes:
    """06 12: the receipts from one number to another."""
    first, last = _numbers(message)
    for one in machine.books.open_batch():
        if first <= one.receipt <= last:
            _print(machine, one)
    return b""


def _numbers(message: Message) -> tuple[int, int]:
    wanted = [int(part) for part in (message.head[3:5].hex(), message.head[5:7].hex()) if part.isdigit()]
    if not wanted:
        raise Refused(_NOTHING_THERE, "")
    return wanted[0], wanted[-1]


def _print(machine: Machine, one: Transaction) -> None:
    for receipt in machine.receipts_of(one):
        machine.print(receipt, payment=True)


def diagnose(machine: Machine, _message: Message) -> bytes:
    """06 70: talks to the bank, and prints what it found. Cures a wrong clock and a wanted diagnosis."""
    machine.status(0xC9)
    machine.dialogue.pause(machine.setup.times.host)
    if machine.host.mode != "online":
        raise Refused(0x9B, "Keine Verbindung zur Bank")
    if machine.condition in _DIAGNOSIS:
        machine.set_condition(READY)
    identity = machine.setup.identity
    notes = [("Terminal-ID", identity.terminal_id), ("VU-Nummer", identity.contract), ("Verbindung", "in Ordnung")]
    machine.print(receipts.of_notes("Diagnose", notes, machine.wide_identity), payment=False)
    return b""


def print_configuration(machine: Machine, _message: Message) -> bytes:
    """06 1A: what the terminal is set to."""
    identity = machine.setup.identity
    notes = [
        ("Terminal-ID", identity.terminal_id),
        ("Seriennummer", identity.serial),
        ("Software", identity.software),
        ("Zeichensatz", machine.registration.charset or machine.setup.switches.charset),
    ]
    machine.print(receipts.of_notes("Konfiguration", notes, machine.wide_identity), payment=False)
    return b""


def initialise(machine: Machine, _message: Message) -> bytes:
    """06 93: cures a wanted initialisation."""
    machine.status(0xCA)
    machine.dialogue.pause(machine.setup.times.host)
    if machine.condition == _INITIALISATION:
        machine.set_condition(READY)
    return b""


def set_time(machine: Machine, message: Message) -> bytes:
    """06 91: the terminal keeps its own clock, but a right time cures the state "time wrong"."""
    date, time = message.fields.get(0xAA, b"").hex(), message.fields.get(0x0C, b"").hex()
    try:
        datetime.strptime(date + time, "%y%m%d%H%M%S")  # noqa: DTZ007 - only whether it is one
    except ValueError:
        raise Refused(0x98, "Datum oder Uhrzeit falsch") from None
    if machine.condition == _TIME_WRONG:
        machine.set_condition(READY)
    return b""


def change_password(machine: Machine, message: Message) -> bytes:
    """06 95: a new password."""
    fresh = message.head[3:6].hex()
    if not fresh.isdigit():
        raise Refused(0x83, "")
    machine.setup.identity.password = fresh
    return b""


def nothing(_machine: Machine, _message: Message) -> bytes:
    """Commands that are taken and change nothing here: language, baud rate, reset, self test, service mode."""
    return b""


def read_card(machine: Machine, _message: Message) -> bytes:
    """06 C0: names a card without taking money; its number stays masked."""
    card, way = take_card(machine, 0)
    draft = machine.books.draft("payment", 0, paid=0, taken=0).by_card(card)
    machine.front.note(f"Karte gelesen ({way})")
    machine.dialogue.say(machine.wording.card_read(draft))
    return b""


def print_here(machine: Machine, message: Message) -> bytes:
    """06 D1 and 06 D3 from the register: prints on the terminal's own paper."""
    if not machine.setup.switches.prints_itself:
        raise Refused(0xCC, "Kein Drucker")
    machine.front.print(printed_text(message, machine.setup.switches.charset))
    return b""


def display(machine: Machine, message: Message) -> bytes:
    """06 E0: shows the register's lines."""
    charset = machine.setup.switches.charset
    lines = [message.fields[code].decode(charset, "replace") for code in range(0xF1, 0xF9) if code in message.fields]
    machine.front.show(*lines, tone="idle")
    return b""


def send_offline(machine: Machine, _message: Message) -> bytes:
    """06 51: sends what was approved offline."""
    if machine.host.mode == "unreachable":
        raise Refused(0x9B, "Keine Verbindung zur Bank")
    return b""
