"""Numbers of 13 digits that carry more than an article: labels of scales, press, coupons, slips, cards.

A layout is written as a pattern of 13 signs, so that it can be copied from the manual of a scale::

    0-9  this very digit          P  price in cents        N  number (coupon, slip, card …)
    I    article inside           W  weight in grams       K  check digit of price or weight
    C    check digit of the code  Q  pieces
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Literal

from smartecr.core.records import dataclass
from smartecr.scanner import gtin
from smartecr.scanner.code import Code, CodeError, Kind

_VALUES = "PWQ"
_SHAPE = re.compile(r"[0-9]+(?=[A-Z])[INPWQK]*C")


@dataclass(frozen=True)
class Layout:
    """One row of the table. ``cents`` is what the last digit of a price stands for.

    Raises ValueError when the pattern is none, has two values, or a K without a value of 4 or 5 digits.
    """

    pattern: str
    kind: Kind
    cents: int = 1
    vat: Literal["standard", "reduced"] | None = None

    def __post_init__(self) -> None:
        """Refuse a pattern that cannot be read in one way."""
        runs = [sign for sign in dict.fromkeys(self.pattern) if not sign.isdigit()]
        whole = all(
            self.pattern.rindex(sign) - self.pattern.index(sign) + 1 == self.pattern.count(sign) for sign in runs
        )
        values = [sign for sign in runs if sign in _VALUES]
        if len(self.pattern) != 13 or not _SHAPE.fullmatch(self.pattern) or not whole or len(values) > 1:
            raise ValueError(f"„{self.pattern}“ ist kein Muster für 13 Stellen.")
        if self.pattern.count("K") > 1 or ("K" in runs and self._value_length() not in (4, 5)):
            raise ValueError(f"„{self.pattern}“: K prüft einen Preis oder ein Gewicht mit 4 oder 5 Stellen.")

    @cached_property
    def prefix(self) -> str:
        """The digits in front that choose this layout."""
        return re.match(r"[0-9]*", self.pattern).group()  # type: ignore[union-attr]

    def _value_length(self) -> int:
        return sum(self.pattern.count(sign) for sign in _VALUES)

    def read(self, number: str) -> Code:
        """Take `number` (13 digits with right check digit and our prefix) apart.

        Raises CodeError when the check digit of price or weight is wrong.
        """
        part = {sign: self._part(number, sign) for sign in "INPWQK"}
        value = part["P"] or part["W"] or part["Q"]
        if part["K"] and gtin.value_check_digit(value) != part["K"]:
            raise CodeError(
                "value_check_digit", "Falsch gelesen: Preis oder Gewicht passt nicht zur inneren Prüfziffer."
            )
        if value and not value.strip("0") and self.kind is not Kind.COUPON:
            raise CodeError("no_value", "Auf diesem Etikett stehen weder Preis noch Gewicht. Bitte neu auszeichnen.")
        return Code(
            text=number,
            kind=self.kind,
            format="ean13",
            gtin=self._gtin(number),
            item=part["I"] or None,
            number=part["N"] or None,
            price=self._amount(part["P"]),
            weight=int(part["W"]) if part["W"] else None,
            quantity=int(part["Q"]) * 1000 if part["Q"] else None,
            vat=self.vat,
        )

    def build(self, *, item: int = 0, number: int = 0, value: int = 0) -> str:
        """Write a number: the inverse of `read`. Raises ValueError when something does not fit its digits."""
        signs = self.pattern[:-1]
        for sign, content in (("I", item), ("N", number), *((sign, value) for sign in _VALUES)):
            width = signs.count(sign)
            if width:
                text = str(content).zfill(width)
                if len(text) != width or content < 0:
                    raise ValueError(f"{content} hat nicht Platz in {width} Stellen.")
                signs = signs.replace(sign * width, text)
        if "K" in signs:
            signs = signs.replace("K", gtin.value_check_digit(str(value).zfill(self._value_length())))
        return signs + gtin.check_digit(signs)

    def _part(self, number: str, sign: str) -> str:
        return "".join(digit for digit, place in zip(number, self.pattern, strict=True) if place == sign)

    def _amount(self, digits: str) -> int | None:
        """Cents; a coupon whose value is nothing stands for a free article and has no price."""
        return int(digits) * self.cents or None if digits else None

    def _gtin(self, number: str) -> str | None:
        """The number itself, or for a label of a scale the one all labels of this article share."""
        if self.kind in (Kind.ARTICLE, Kind.PRESS):
            return number
        if self.kind in (Kind.PRICE_LABEL, Kind.WEIGHT_LABEL, Kind.PIECE_LABEL):
            body = "".join("0" if place in "PWQK" else digit for digit, place in zip(number, self.pattern, strict=True))
            return body[:-1] + gtin.check_digit(body[:-1])
        return None
