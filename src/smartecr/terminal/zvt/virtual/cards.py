"""The cards and phones on the shelf of the virtual terminal, and what their chips and banks remember.

Contactless without PIN follows Delegated Regulation (EU) 2018/389 article 11: at most 50 EUR at once, and since the
last PIN either at most 150 EUR together or at most five taps; the issuer picks one of the two. A phone verifies its
owner itself (CDCVM), so it needs no PIN at any amount.

No card has a full number: the first six and the last four digits are all there is, the rest is masked by ``E``.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Literal

from smartecr.core.records import dataclass

TAP_LIMIT_CENTS = 50_00
SUM_LIMIT_CENTS = 150_00
TAP_COUNT_LIMIT = 5
PIN_TRIES = 3

Brand = Literal["girocard", "visa", "mastercard"]


@dataclass(frozen=True, slots=True)
class Card:
    """A card or phone. ``expiry`` is ``YYMM``, ``masked_pan`` digits with ``E`` for each hidden one.

    ``counter`` says what the issuer counts between two PINs. ``beyond`` is what it asks for when a tap does not
    suffice: the PIN after the same tap, or the card in the slot (host code 65, "Bitte Karte einstecken").
    ``blocked`` is the host's answer to every request (0: none), ``chip_defect`` fails every insertion, ``signs``
    means that the holder signs the merchant's receipt instead of typing a PIN.
    """

    id: str
    brand: Brand
    product: str
    issuer: str
    masked_pan: str
    note: str = ""
    expiry: str = "2912"
    pin: str = "1234"
    wallet: str = ""
    contactless: bool = True
    counter: Literal["sum", "taps"] = "sum"
    beyond: Literal["pin", "insert"] = "pin"
    blocked: int = 0
    chip_defect: bool = False
    signs: bool = False
    balance_cents: int = 2_000_00

    @property
    def is_phone(self) -> bool:
        """Whether this is a phone or watch: it can only be tapped."""
        return bool(self.wallet)

    @property
    def card_type(self) -> int:
        """The ZVT card type (BMP 8A)."""
        return _CARD_TYPES[self.brand]

    @property
    def aid(self) -> str:
        """The application id in hex (TLV 43)."""
        return _AIDS[self.brand]

    def expired(self, year_month: str) -> bool:
        """Whether the card is past its last month; ``year_month`` is today's ``YYMM``."""
        return self.expiry < year_month


_CARD_TYPES: dict[Brand, int] = {"girocard": 5, "mastercard": 6, "visa": 10}
_AIDS: dict[Brand, str] = {
    "girocard": "A0000003591010028001",
    "visa": "A0000000031010",
    "mastercard": "A0000000041010",
}


@dataclass(slots=True)
class Memory:
    """What changes about a card: money, wrong PINs, and taps since the last PIN."""

    balance_cents: int
    pin_tries: int = PIN_TRIES
    taps: int = 0
    tapped_cents: int = 0

    @classmethod
    def of(cls, card: Card) -> Memory:
        """Return the memory of a card never used."""
        return cls(balance_cents=card.balance_cents)

    def to_json(self) -> dict[str, int]:
        """Return the form the state file keeps."""
        return asdict(self)

    def tap_suffices(self, card: Card, cents: int) -> bool:
        """Whether a tap without PIN is allowed for this amount."""
        if card.is_phone:
            return True
        if cents > TAP_LIMIT_CENTS:
            return False
        if card.counter == "sum":
            return self.tapped_cents + cents <= SUM_LIMIT_CENTS
        return self.taps < TAP_COUNT_LIMIT

    def count_tap(self, cents: int) -> None:
        """Count a tap without PIN."""
        self.taps += 1
        self.tapped_cents += cents

    def pin_was_right(self) -> None:
        """Start counting anew: strong authentication resets the counters."""
        self.pin_tries = PIN_TRIES
        self.taps = self.tapped_cents = 0

    def pin_was_wrong(self) -> None:
        """Use up one try."""
        self.pin_tries = max(0, self.pin_tries - 1)


def shelf() -> dict[str, Card]:
    """Return the cards and phones that come with the terminal, by id, in the order of the shelf."""
    giro = partial(Card, brand="girocard", product="girocard")
    visa = partial(Card, brand="visa", product="Visa Debit")
    master = partial(Card, brand="mastercard", product="Mastercard")
    markt, linden, land, stern = "Bank am Markt", "Stadtbank Linden", "Landbank", "Nordstern Bank"
    insert_note = "ab 50 € Chip"
    cards = (
        giro("giro-markt", issuer=markt, masked_pan="672590EEEEEEEEE4711"),
        giro("giro-linden", issuer=linden, masked_pan="672511EEEEEEEEE0815", pin="2580", counter="taps"),
        giro("giro-land", issuer=land, masked_pan="672533EEEEEEEEE2304", pin="4711", beyond="insert", note=insert_note),
        visa("visa", issuer=markt, masked_pan="474843EEEEEE7743", pin="1357"),
        master("mastercard", issuer=stern, masked_pan="559883EEEEEE8074", pin="2468", counter="taps"),
        giro("phone-apple", issuer=markt, masked_pan="672590EEEEEEEEE9021", wallet="Apple Pay"),
        visa("phone-google", issuer=linden, masked_pan="474843EEEEEE3310", wallet="Google Pay"),
        master("phone-samsung", issuer=stern, masked_pan="559883EEEEEE6652", wallet="Samsung Pay"),
        giro("giro-old", issuer=linden, masked_pan="672511EEEEEEEEE0001", note="verfallen", expiry="2406"),
        giro("giro-blocked", issuer=land, masked_pan="672533EEEEEEEEE6666", note="gesperrt", blocked=62),
        visa("visa-signs", issuer=stern, masked_pan="400012EEEEEE1881", note="unterschreibt", signs=True),
        visa("visa-stolen", issuer=stern, masked_pan="411799EEEEEE4343", note="gestohlen", blocked=43),
        giro("giro-empty", issuer=markt, masked_pan="672590EEEEEEEEE5151", note="nur 5 € drauf", balance_cents=5_00),
        master(
            "mc-defect",
            issuer=land,
            masked_pan="545454EEEEEE7272",
            note="Chip defekt",
            contactless=False,
            chip_defect=True,
        ),
    )
    return {card.id: card for card in cards}
