"""The bank behind the virtual terminal: says yes or no by card, amount, PIN and what it was told to say next.

Result codes are the decimal codes of German authorisation systems as ZVT carries them (BMP 27, 01 to 63 hex).
"""

from __future__ import annotations

import random
from collections import deque
from typing import Any, Literal

from smartecr.core.records import dataclass
from smartecr.terminal.zvt.virtual.cards import Card, Memory
from smartecr.terminal.zvt.virtual.store import Store

APPROVED = 0
DECLINED = 5
PIN_WRONG = 55
LIMIT_EXCEEDED = 51
MORE_PROOF = 65  # strong authentication wanted: PIN, or the card in the slot
PIN_TRIES_EXCEEDED = 75

#: what the terminal shows for a code; the register shows this text first
TEXTS = {
    2: "Bitte Karteninstitut anrufen",
    4: "Karte nicht zugelassen",
    DECLINED: "Karte abgelehnt",
    21: "Originalumsatz nicht gefunden",
    40: "Funktion nicht möglich",
    43: "Karte gesperrt",
    LIMIT_EXCEEDED: "Limit überschritten",
    54: "Karte verfallen",
    PIN_WRONG: "Geheimzahl falsch",
    57: "Andere Karte als beim Original",
    62: "Karte gesperrt",
    64: "Betrag weicht ab",
    MORE_PROOF: "Bitte Karte einstecken",
    PIN_TRIES_EXCEEDED: "Geheimzahl zu oft falsch",
    91: "Kartenherausgeber nicht erreichbar",
}

Mode = Literal["online", "unreachable", "emergency"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The bank's answer. ``changes`` is what a yes changes in the store, together with the transaction."""

    code: int
    approval: str = ""
    online: bool = True
    changes: dict[str, Any] | None = None

    @property
    def approved(self) -> bool:
        """Whether the bank said yes."""
        return self.code == APPROVED


class Unreachable(Exception):  # noqa: N818 - a state of the bank
    """Nobody answers at the bank."""


class Host:
    """The bank. ``mode``: online, unreachable, or emergency (the terminal approves offline up to its own limit).

    ``next_codes`` are answers to the next requests, whatever the card; ``draw`` makes the approval numbers.
    """

    def __init__(self, store: Store, draw: random.Random, offline_limit_cents: int = 50_00) -> None:
        self._store = store
        self._draw = draw
        self._offline_limit_cents = offline_limit_cents
        self.mode: Mode = "online"
        self.next_codes: deque[int] = deque()

    def memory(self, card: Card) -> Memory:
        """Return what card and bank remember; a copy."""
        kept = self._store.get(f"card/{card.id}")
        return Memory(**kept) if kept else Memory.of(card)

    def ask(self, card: Card, cents: int, *, how: str, pin: str | None, verified: bool) -> Verdict:
        """Decide about a payment or reservation. ``pin`` is what was typed, None for none; raises Unreachable.

        A wrong PIN is counted at once; what a yes changes is left to the caller to store with the transaction.
        """
        memory = self.memory(card)
        if self.mode == "unreachable":
            raise Unreachable
        if pin is not None and (code := self._check_pin(card, memory, pin)):
            return Verdict(code)
        if self.mode == "emergency":
            return self._offline(card, memory, cents)
        code = self._refusal(card, memory, cents, proven=pin is not None or verified, how=how)
        if code:
            return Verdict(code)
        if pin is not None:
            memory.pin_was_right()
        elif how == "nfc" and not verified:
            memory.count_tap(cents)
        memory.balance_cents -= cents
        return Verdict(APPROVED, self._approval(), changes={f"card/{card.id}": memory.to_json()})

    def move(self, card: Card, taken_cents: int) -> Verdict:
        """Take more from a card, or give back (negative), without its holder: tips, reversals, refunds.

        Raises Unreachable.
        """
        if self.mode != "online":
            raise Unreachable
        if self.next_codes and (code := self.next_codes.popleft()):
            return Verdict(code)
        return Verdict(APPROVED, self._approval(), changes=self.balance_after(card, taken_cents))

    def balance_after(self, card: Card, taken_cents: int) -> dict[str, Any]:
        """Return what changes in the store when a card loses (negative: gets back) money."""
        memory = self.memory(card)
        memory.balance_cents -= taken_cents
        return {f"card/{card.id}": memory.to_json()}

    def reissue(self, card: Card) -> None:
        """Put another card in its place: tries, counters and money as on the first day."""
        self._store.put({f"card/{card.id}": None})

    def _check_pin(self, card: Card, memory: Memory, pin: str) -> int:
        if memory.pin_tries == 0:
            return PIN_TRIES_EXCEEDED
        if pin == card.pin:
            return 0
        memory.pin_was_wrong()
        self._store.put({f"card/{card.id}": memory.to_json()})
        return PIN_WRONG if memory.pin_tries else PIN_TRIES_EXCEEDED

    def _refusal(self, card: Card, memory: Memory, cents: int, *, proven: bool, how: str) -> int:
        if self.next_codes:
            return self.next_codes.popleft()
        if card.blocked:
            return card.blocked
        if memory.pin_tries == 0:
            return PIN_TRIES_EXCEEDED
        if how == "nfc" and not proven and not memory.tap_suffices(card, cents):
            return MORE_PROOF
        return LIMIT_EXCEEDED if cents > memory.balance_cents else 0

    def _offline(self, card: Card, memory: Memory, cents: int) -> Verdict:
        if cents > self._offline_limit_cents:
            raise Unreachable
        memory.balance_cents -= cents
        return Verdict(APPROVED, online=False, changes={f"card/{card.id}": memory.to_json()})

    def _approval(self) -> str:
        return f"{self._draw.randrange(1_000_000):06d}"
