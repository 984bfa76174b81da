"""The machine: all parts of the terminal together, and the few things every command does with them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import tzinfo
from typing import Any

from smartecr.terminal.zvt.virtual import receipts
from smartecr.terminal.zvt.virtual.books import Books, Transaction
from smartecr.terminal.zvt.virtual.cards import Card, shelf
from smartecr.terminal.zvt.virtual.dialogue import Dialogue, Unanswered
from smartecr.terminal.zvt.virtual.events import AbortAsked, CardTaken, Closed, Event, StopPressed
from smartecr.terminal.zvt.virtual.faults import Point, Script
from smartecr.terminal.zvt.virtual.front import Front
from smartecr.terminal.zvt.virtual.host import Host
from smartecr.terminal.zvt.virtual.pinpad import PinPad
from smartecr.terminal.zvt.virtual.reader import Reader
from smartecr.terminal.zvt.virtual.receipts import Receipt
from smartecr.terminal.zvt.virtual.registration import Registration
from smartecr.terminal.zvt.virtual.store import Store
from smartecr.terminal.zvt.virtual.switches import Identity, Setup
from smartecr.terminal.zvt.virtual.wording import Wording

READY = 0x00
_ABORTED_BY_CUSTOMER = "Abbruch durch Kunde"
_ABORTED_BY_REGISTER = "Abbruch durch Kasse"


class Refused(Exception):  # noqa: N818 - an outcome, no error
    """A command ends without effect: ``code`` for BMP 27 and 06 1E, ``text`` for display and register.

    ``data`` goes into the abort instead of a result before it.
    """

    def __init__(self, code: int, text: str, data: bytes = b"") -> None:
        super().__init__(f"{code:02X} {text}")
        self.code = code
        self.text = text
        self.data = data


class Machine:
    """Everything a command may touch. One thread runs commands; the device side may look at any time."""

    def __init__(
        self, setup: Setup, store: Store, clock: Callable[[], float], draw: random.Random, zone: tzinfo
    ) -> None:
        self.setup = setup
        self.store = store
        self.clock = clock
        self.zone = zone
        self.script = Script()
        self.front = Front()
        self.dialogue = Dialogue(setup, self.script, self.front.note)
        self.cards = shelf()
        self.reader = Reader(self.cards, self.dialogue.inbox.put, self.front.changed)
        self.pad = PinPad(self.dialogue.inbox.put, self.front.changed)
        self.host = Host(store, draw)
        self.books = Books(store, clock)
        self.registration = Registration.load(store.get("registration"))

    @property
    def wording(self) -> Wording:
        """How to word messages for the register as it registered."""
        return Wording(self.registration, self.setup.identity, self.setup.switches, self.zone)

    @property
    def condition(self) -> int:
        """The status code of 05 01: 00 ready, F0 end of day wanted, 51 initialisation wanted and so on."""
        return int(self.store.get("condition", READY))

    def set_condition(self, code: int) -> None:
        """Put the terminal into a state, or (READY) cure it."""
        self.store.put({"condition": code or None})
        self.front.changed()

    def register(self, registration: Registration) -> None:
        """Take the register's wishes over."""
        self.store.put({"registration": registration.to_json()})
        self.registration = registration

    def status(self, code: int, *texts: str) -> None:
        """Send an intermediate status where both sides want one."""
        if self.setup.switches.intermediate_status and self.registration.wants_status:
            self.dialogue.tell(self.wording.intermediate(code, texts))

    def print(self, receipt: Receipt, *, payment: bool) -> None:
        """Print through the register, on the own paper, or both, as registered. Raises Unanswered, Refused (CC)."""
        wishes = self.registration
        if self.setup.switches.prints_itself:
            self.front.print(receipt)
        if not (wishes.prints_payments if payment else wishes.prints_administration):
            return
        blocks = wishes.blocks and self.setup.switches.text_blocks
        for message in self.wording.printed(receipt, blocks=blocks):
            answer = self.dialogue.say(message, Point.BEFORE_RECEIPT, Point.AFTER_RECEIPT)
            if answer[:2] not in (b"\x80\x00", b"\x84\x00"):
                raise Refused(0xCC, "Drucker nicht bereit")

    def receipts_of(self, one: Transaction) -> list[Receipt]:
        """Lay out both copies of a transaction, as wide as the register prints."""
        copies = (receipts.MERCHANT, receipts.CUSTOMER)
        return [receipts.of_transaction(one, copy, self.wide_identity, self.zone) for copy in copies]

    @property
    def wide_identity(self) -> Identity:
        """The identity with the paper's width: the register's, where it told one."""
        identity = self.setup.identity
        return replace(identity, columns=self.registration.columns or identity.columns)

    def await_customer(
        self, seconds: float, wanted: Callable[[Event], bool], repeat_status: Callable[[], None]
    ) -> Event:
        """Wait for the customer while keeping the register patient. Raises Refused when it will not come.

        The red key, the register's abort, the card pulled too early, the register gone and a time-out all end it.
        """
        times = self.setup.times
        dialogue = self.dialogue

        def ends(event: Event) -> bool:
            if isinstance(event, Closed):
                return event.line is dialogue.line
            return wanted(event) or isinstance(event, StopPressed | AbortAsked | CardTaken)

        if not dialogue.connected:
            raise Unanswered
        dialogue.abortable = True
        try:
            while seconds > 0 and not dialogue.abort_asked:
                step = min(seconds, times.keep_alive)
                event = dialogue.inbox.wait(step, ends)
                if event is not None:
                    return _unless_ended(event, wanted)
                seconds -= step
                repeat_status()
        finally:
            dialogue.abortable = False
        if dialogue.abort_asked:
            raise Refused(0x6C, _ABORTED_BY_REGISTER)
        raise Refused(0x6C, "Zeit abgelaufen")

    def check_abort(self) -> None:
        """End the command if the register asked for it meanwhile. Raises Refused."""
        if self.dialogue.abort_asked:
            raise Refused(0x6C, _ABORTED_BY_REGISTER)

    def money_back(self, one: Transaction) -> dict[str, Any]:
        """Return what changes at the bank when a transaction is taken back."""
        return self.host.balance_after(self.card(one.card_id), -one.taken_cents)

    def card(self, card_id: str) -> Card:
        """Return a card of the shelf."""
        return self.cards[card_id]


def _unless_ended(event: Event, wanted: Callable[[Event], bool]) -> Event:
    if wanted(event):
        return event
    if isinstance(event, StopPressed):
        raise Refused(0x6C, _ABORTED_BY_CUSTOMER)
    if isinstance(event, AbortAsked):
        raise Refused(0x6C, _ABORTED_BY_REGISTER)
    if isinstance(event, CardTaken):
        raise Refused(0x6C, "Karte zu früh gezogen")
    raise Unanswered
