"""The card reader: one slot, one contactless field, and a true state between them.

The terminal opens the reader for the ways it accepts at the moment; whatever comes at the wrong moment stays without
effect, as at a real device: a tap while the field is dark, a second card while the slot is taken. A card may be put
into the slot before the terminal asks; it is read as soon as it does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from smartecr.terminal.zvt.virtual.cards import Card
from smartecr.terminal.zvt.virtual.events import CardShown, CardTaken

CHIP = "chip"
CONTACTLESS = "nfc"


class Reader:
    """Slot and field. ``notify`` gets CardShown and CardTaken; ``changed`` is called after every change of state."""

    def __init__(
        self, cards: dict[str, Card], notify: Callable[[CardShown | CardTaken], None], changed: Callable[[], None]
    ) -> None:
        self._cards = cards
        self._notify = notify
        self._changed = changed
        self._mutex = threading.Lock()
        self._open: frozenset[str] = frozenset()
        self._slot = ""

    @property
    def slot(self) -> str:
        """The id of the card in the slot, "" when it is empty."""
        return self._slot

    @property
    def ways(self) -> frozenset[str]:
        """The ways that are open: "chip", "nfc"."""
        return self._open

    def open(self, ways: Iterable[str]) -> None:
        """Accept cards by these ways; a card that waits in the slot is read at once."""
        with self._mutex:
            self._open = frozenset(ways)
            waiting = CHIP in self._open and self._slot
            if waiting:
                self._show(waiting, CHIP, verified=False)
        self._changed()

    def close(self) -> None:
        """Accept nothing; the card in the slot stays where it is."""
        with self._mutex:
            self._open = frozenset()
        self._changed()

    def insert(self, card_id: str) -> bool:
        """Put a card into the slot. False when the slot is taken or the thing has no chip to insert."""
        card = self._cards[card_id]
        with self._mutex:
            if self._slot or card.is_phone:
                return False
            self._slot = card_id
            if CHIP in self._open:
                self._show(card_id, CHIP, verified=False)
        self._changed()
        return True

    def tap(self, card_id: str, *, verified: bool = True) -> bool:
        """Hold a card or phone to the field; ``verified``: the phone was unlocked by its owner.

        False when the field is dark, the slot is taken, or the card cannot be read without contact.
        """
        card = self._cards[card_id]
        with self._mutex:
            if CONTACTLESS not in self._open or self._slot or not card.contactless:
                return False
            self._show(card_id, CONTACTLESS, verified=card.is_phone and verified)
        self._changed()
        return True

    def remove(self) -> bool:
        """Pull the card out. False when there is none."""
        with self._mutex:
            if not self._slot:
                return False
            self._slot = ""
            self._notify(CardTaken())
        self._changed()
        return True

    def _show(self, card_id: str, how: str, *, verified: bool) -> None:
        self._open = frozenset()
        self._notify(CardShown(card_id, how, verified))
