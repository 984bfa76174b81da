"""What a code says once it has been read: a `Code`. Whoever sells asks for its kind and never for its digits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from enum import StrEnum
from typing import Literal

from smartecr.core.records import dataclass


class Kind(StrEnum):
    """What a code stands for."""

    ARTICLE = "article"
    PRICE_LABEL = "price_label"  # an article with its price in the code; that price wins
    WEIGHT_LABEL = "weight_label"
    PIECE_LABEL = "piece_label"
    PRESS = "press"
    BOOK = "book"  # books and music
    COUPON = "coupon"
    DEPOSIT = "deposit"  # the slip of a bottle machine
    CUSTOMER = "customer"
    VOUCHER = "voucher"
    STAFF = "staff"
    RECEIPT = "receipt"
    PAYMENT = "payment"  # pays, is never an article; its text is a secret and belongs in no log
    NUMBER = "number"  # an article number (PLU)
    TEXT = "text"  # a code of no known form; it may be stored with an article
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A code taken apart. What it does not say is None (or empty).

    ``text`` is what was read, without identifier and line end. ``format`` is its form: ``ean13``, ``ean8``, ``upca``,
    ``upce``, ``gtin14``, ``isbn10``, ``gs1``, ``digital_link``, ``tse``, ``payment``, ``url``, ``number``, ``text``.
    ``gtin`` has 8, 13 or 14 digits; for a label of a scale it is the label's with nothing in the place of the value.
    ``item`` is the number inside a label or a press code, ``number`` that of a coupon, slip, card, voucher, badge or
    receipt. ``price`` is cents, ``weight`` thousandths of a kilogram, ``quantity`` thousandths of a piece. ``issue`` is
    the add-on of press. ``vat`` is what a press code says of its rate. ``elements`` are all GS1 elements by application
    identifier. ``symbology`` is the AIM identifier (``]E0``) when one was sent. ``error`` is a stable code, ``message``
    German.
    """

    text: str
    kind: Kind
    format: str
    gtin: str | None = None
    item: str | None = None
    number: str | None = None
    price: int | None = None
    weight: int | None = None
    quantity: int | None = None
    issue: str | None = None
    vat: Literal["standard", "reduced"] | None = None
    batch: str | None = None
    serial: str | None = None
    best_before: date | None = None
    expiry: date | None = None
    elements: Mapping[str, str] = field(default_factory=dict, hash=False)
    symbology: str = ""
    error: str | None = None
    message: str | None = None

    @property
    def valid(self) -> bool:
        """Whether anything may be done with it."""
        return self.kind is not Kind.INVALID

    @property
    def lookup(self) -> tuple[str, ...]:
        """Under what an article is to be looked for, best first; empty for what is no article."""
        if self.kind in (Kind.NUMBER, Kind.TEXT):
            return (self.text,)
        if self.gtin is None:
            return ()
        return (self.gtin, self.item) if self.item else (self.gtin,)


class CodeError(ValueError):
    """A text breaks the rules of its form; ``code`` is stable, the message German."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
