"""What a basket is made of. Plain values; every change makes a new basket (see ``basket``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from smartecr.core.errors import DiscountError
from smartecr.core.kinds import TURNOVER
from smartecr.core.money import MAX_CENTS, format_cents, format_percent

MAX_TEXT = 255
"""Longest text of a line and of a reason (DSFinV-K: ARTIKELTEXT and BON_NOTIZ)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """A reduction: ``value`` is basis points (1..10000) for ``"percent"``, cents for ``"amount"``.

    Raises DiscountError when the value is out of range or the reason longer than 255 characters.
    """

    kind: Literal["percent", "amount"]
    value: int
    reason: str = ""

    def __post_init__(self) -> None:
        if self.kind == "percent":
            if not 0 < self.value <= 10_000:
                raise DiscountError("percent_out_of_range", "Ein Rabatt liegt über 0 % und bei höchstens 100 %.")
        elif self.kind != "amount" or not 0 < self.value <= MAX_CENTS:
            raise DiscountError(
                "amount_out_of_range", "Diesen Rabatt gibt es nicht. Bitte einen Betrag über 0 eingeben."
            )
        if len(self.reason) > MAX_TEXT:
            raise DiscountError("reason_too_long", "Der Grund ist zu lang. Höchstens 255 Zeichen sind möglich.")

    @property
    def text(self) -> str:
        """What the receipt says: ``"Rabatt 10 %"``, ``"Rabatt 2,00 €"``, with a reason ``"Treuerabatt 10 %"``.

        A reason that is itself a word for a discount takes the place of the word, any other follows in brackets.
        """
        size = format_percent(self.value) if self.kind == "percent" else f"{format_cents(self.value)} €"
        if not self.reason:
            return f"Rabatt {size}"
        if self.reason.casefold().endswith("rabatt"):
            return f"{self.reason} {size}"
        return f"Rabatt {size} ({self.reason})"[:MAX_TEXT]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a basket. Cents are gross, quantity is thousandths (negative for a return).

    ``unit_cents`` may be negative (a deposit return key). ``list_cents`` is the price before an override, None without
    one, ``price_reason`` its reason. ``vat_key_in`` and ``vat_key_out`` are the keys eaten here and taken away;
    ``in_house`` chooses. ``parent_id`` hangs a deposit line on its article line. ``unit`` is empty for pieces.
    ``age`` is the age from which the article may be sold, 0 for everybody.
    """

    id: str
    text: str
    quantity: int
    unit_cents: int
    vat_key_in: int
    vat_key_out: int
    in_house: bool
    gv_typ: str = TURNOVER
    article_id: str = ""
    article_number: str = ""
    gtin: str = ""
    group_id: str = ""
    group_name: str = ""
    unit: str = ""
    list_cents: int | None = None
    price_reason: str = ""
    discount: Discount | None = None
    parent_id: str = ""
    voided: bool = False
    age: int = 0

    @property
    def vat_key(self) -> int:
        """The VAT key that applies."""
        return self.vat_key_in if self.in_house else self.vat_key_out

    @property
    def discountable(self) -> bool:
        """Whether a discount may reduce the line: only turnover; never a deposit, a voucher, a tip or moved cash."""
        return self.gv_typ == TURNOVER

    @property
    def price_note(self) -> str:
        """What the receipt says about an overridden price: ``"statt 12,90 €"``, with its reason; else empty."""
        if self.list_cents is None:
            return ""
        note = f"statt {format_cents(self.list_cents)} €"
        return f"{note} ({self.price_reason})"[:MAX_TEXT] if self.price_reason else note


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """What is being sold. ``in_house`` and ``price_level`` are what new lines start with."""

    id: str
    lines: tuple[Line, ...] = ()
    discount: Discount | None = None
    in_house: bool = True
    price_level: int = 1
