"""Everything the rules can refuse::

    CoreError
    ├── IdError             an identifier is malformed
    ├── MoneyError          an amount cannot be read or is out of range
    ├── QuantityError       a quantity cannot be read or is out of range
    ├── VatError
    │   └── UnknownVatKey   no such key, or no rate for it on that day
    ├── TextError           a text is missing, too long or cannot be printed
    ├── MomentError         a day or time cannot be read or does not exist
    ├── PricingError        a price level or an open amount is not usable
    ├── BasketError
    │   ├── UnknownLine     the line is not in the basket
    │   └── LineVoided      the line has been voided and cannot change any more
    ├── DiscountError       the discount does not fit
    ├── ReceiptError        a receipt does not add up
    ├── PaymentError        what was tendered cannot settle the total
    ├── CashError           a count of notes and coins is not usable
    └── ClosingError        receipts cannot be added up

Each carries a stable code and a German sentence that says what to do instead.
"""

from __future__ import annotations


class CoreError(Exception):
    """A value the rules refuse.

    ``code`` is stable and in English (``"amount_too_large"``). ``template`` is the German sentence with named gaps, so
    that a screen can look up its translation, ``values`` fills the gaps; ``message`` is the filled German sentence.
    """

    def __init__(self, code: str, template: str, **values: object) -> None:
        self.code = code
        self.template = template
        self.values = values
        self.message = template.format(**values)
        super().__init__(code, self.message)

    def __str__(self) -> str:
        return self.message


class IdError(CoreError):
    """An identifier is malformed."""


class MoneyError(CoreError):
    """An amount cannot be read or is out of range."""


class QuantityError(CoreError):
    """A quantity cannot be read or is out of range."""


class VatError(CoreError):
    """Something about VAT is not usable."""


class UnknownVatKey(VatError):  # noqa: N818
    """There is no such VAT key, or it has no rate on the day asked for."""


class TextError(CoreError):
    """A text is missing, too long or cannot be printed."""


class MomentError(CoreError):
    """A day or time cannot be read, or the clock never shows it."""


class PricingError(CoreError):
    """A price level or an open amount is not usable."""


class BasketError(CoreError):
    """A change to the basket is refused; the basket stays as it was."""


class UnknownLine(BasketError):  # noqa: N818
    """The line is not in the basket."""


class LineVoided(BasketError):  # noqa: N818
    """The line has been voided and cannot change any more."""


class DiscountError(CoreError):
    """A discount does not fit what it should reduce."""


class ReceiptError(CoreError):
    """A receipt does not add up; it must not be signed or printed."""


class PaymentError(CoreError):
    """What was tendered cannot settle the total."""


class CashError(CoreError):
    """A count of notes and coins is not usable."""


class ClosingError(CoreError):
    """Receipts cannot be added up to a closing."""
