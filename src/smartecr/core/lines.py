"""What a basket is made of. Plain values; every change makes a new basket (see ``basket``)."""

from __future__ import annotations

import re
from typing import Literal

from smartecr.core.errors import DiscountError, TextError
from smartecr.core.kinds import TURNOVER
from smartecr.core.money import MAX_CENTS, format_cents, format_percent
from smartecr.core.records import dataclass

MAX_TEXT = 255
"""Longest text of a line (DSFinV-K: ARTIKELTEXT)."""

MAX_REASON = 200
"""Longest reason; with the words around it, it still fits a line's text."""

MAX_WISH = 60
"""Longest wish to kitchen or bar: two lines of a slip in large letters."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def check_text(text: str) -> None:
    """Raises TextError unless ``text`` has 1 to 255 characters to be read and no control characters."""
    if not text.strip():
        raise TextError("text_missing", "Eine Zeile braucht eine Bezeichnung.")
    _check(text, MAX_TEXT)


def check_reason(reason: str) -> None:
    """Raises TextError for a reason over 200 characters or with control characters; it may be empty."""
    _check(reason, MAX_REASON)


def check_wish(text: str) -> None:
    """Raises TextError for a wish over 60 characters or with control characters; it may be empty."""
    _check(text, MAX_WISH)


def _check(text: str, limit: int) -> None:
    if len(text) > limit:
        raise TextError("text_too_long", "Der Text ist zu lang. Höchstens {limit} Zeichen sind möglich.", limit=limit)
    if _CONTROL.search(text):
        raise TextError("control_character", "Der Text enthält Zeichen, die sich nicht drucken lassen.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """A reduction: ``value`` is basis points (1..10000) for ``"percent"``, cents for ``"amount"``.

    Raises DiscountError for another kind or a value out of range, TextError for an unusable reason.
    """

    kind: Literal["percent", "amount"]
    value: int
    reason: str = ""

    def __post_init__(self) -> None:
        if self.kind not in ("percent", "amount"):
            raise DiscountError("unknown_kind", "Diese Art von Rabatt gibt es nicht.")
        if self.kind == "percent" and not 0 < self.value <= 10_000:
            raise DiscountError("percent_out_of_range", "Ein Rabatt liegt über 0 % und bei höchstens 100 %.")
        if not 0 < self.value <= MAX_CENTS:
            limit = format_cents(MAX_CENTS)
            raise DiscountError("amount_out_of_range", "Ein Rabatt liegt zwischen 0,01 € und {limit} €.", limit=limit)
        check_reason(self.reason)

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
        return f"Rabatt {size} ({self.reason})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a basket. Cents are gross, quantity is thousandths (negative for a return).

    ``unit_cents`` may be negative (a deposit return key). ``list_cents`` is the price before an override, None without
    one, ``price_reason`` its reason. ``vat_key_in`` and ``vat_key_out`` are the keys eaten here and taken away;
    ``in_house`` chooses. ``parent_id`` hangs a deposit line on its article line. ``unit`` is empty for pieces.
    ``age`` is the age from which the article may be sold, 0 for everybody. ``voucher`` is the number of a voucher sold
    or redeemed (GUTSCHEIN_NR), ``gv_name`` the business's own name for the case (GV_NAME), ``reference_id`` the receipt
    a line goes back to: an advance payment used, an account paid, an article returned. ``limit_cents``
    is what lies on a voucher to be redeemed (see ``vouchers``). ``promotion`` says which promotions gave ``discount``.
    ``wish`` is what kitchen or bar shall know of it ("ohne Zwiebeln"); it stands on no receipt.
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
    voucher: str = ""
    gv_name: str = ""
    reference_id: str = ""
    limit_cents: int = 0
    promotion: str = ""
    wish: str = ""

    @property
    def vat_key(self) -> int:
        """The VAT key that applies."""
        return self.vat_key_in if self.in_house else self.vat_key_out

    @property
    def discountable(self) -> bool:
        """Whether a discount may reduce the line: only turnover; never a deposit, a voucher, a tip or moved cash."""
        return self.gv_typ == TURNOVER

    @property
    def left_cents(self) -> int:
        """What stays on the voucher this line redeems."""
        return self.limit_cents + self.unit_cents if self.limit_cents else 0

    @property
    def price_note(self) -> str:
        """What the receipt says about an overridden price: ``"statt 12,90 €"``, with its reason; else empty."""
        if self.list_cents is None:
            return ""
        note = f"statt {format_cents(self.list_cents)} €"
        return f"{note} ({self.price_reason})" if self.price_reason else note


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """What is being sold. ``in_house`` and ``price_level`` are what new lines start with."""

    id: str
    lines: tuple[Line, ...] = ()
    discount: Discount | None = None
    in_house: bool = True
    price_level: int = 1
