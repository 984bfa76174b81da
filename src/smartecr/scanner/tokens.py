"""Codes that are no articles: receipts (the address of the digital one, the TSE's QR code), payment codes, own cards.

Sources: DSFinV-K Anhang I (receipt QR), EPC069-12 (GiroCode), EMV QR Code Specification (merchant presented), the
number ranges wallets publish for the codes their customers show. A payment code is recognised so that it is never taken
for an article; what is in it concerns the terminal alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from smartecr.scanner.code import Code, CodeError, Kind

_RECEIPT_ADDRESS = re.compile(r"https?://[^/\s]+/r/([A-Za-z0-9_-]{46})/?(?:[?#].*)?", re.ASCII | re.IGNORECASE)
_PAYMENT = re.compile(
    r"BCD\r?\n00[12]\r?\n.*"  # GiroCode
    r"|0002(?:01|02)[0-9]{2}.*"  # EMV, shown by a merchant
    r"|(?:bitcoin|lightning|ethereum|payto|upi|swish|bezahlcode|bank|bluecode|alipays?|weixin|wxp):.+"
    r"|(?:lnbc|lntb|lnurl)[0-9a-z]{20,}"
    r"|https?://(?:qr\.alipay\.com|u\.wechat\.com|wx\.tenpay\.com|(?:www\.)?paypal\.com/qrcodes|paypal\.me"
    r"|(?:[a-z]+\.)?(?:bluecode\.com|weropay\.eu|wero\.eu|twint\.ch))(?:[/?].*)?"
    r"|hQVDUFYw[a-z0-9+/]{4,}={0,2}"  # EMV, shown by a customer: it holds card data
    r"|98[0-9]{18}"  # Bluecode
    r"|(?:2[5-9]|30)[0-9]{14,22}"  # Alipay
    r"|1[0-5][0-9]{16}",  # WeChat Pay
    re.ASCII | re.IGNORECASE | re.DOTALL,
)
_TSE_FIELDS = 12
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_BODY = re.compile(r"[A-Z0-9][A-Z0-9-]{3,47}", re.ASCII)

#: what stands in front of codes a shop prints itself (cards, vouchers, badges), and what they are
PREFIXES: Mapping[str, Kind] = MappingProxyType(
    {"KD:": Kind.CUSTOMER, "GS:": Kind.VOUCHER, "MA:": Kind.STAFF, "PF:": Kind.DEPOSIT, "RB:": Kind.COUPON}
)


def receipt(text: str) -> Code | None:
    """Read the code of a receipt; None when `text` is none. Raises CodeError when a TSE code is incomplete.

    ``number`` is the secret part of the address, or the transaction number; then ``serial`` is the register's.
    """
    address = _RECEIPT_ADDRESS.fullmatch(text)
    if address:
        return Code(text=text, kind=Kind.RECEIPT, format="url", number=address[1])
    if not text.startswith("V0;"):
        return None
    fields = text.split(";")
    if len(fields) < _TSE_FIELDS or not all(fields[-2:]) or not _NUMBER.fullmatch(fields[-8]):
        raise CodeError("partial", "Der QR-Code dieses Belegs ist unvollständig gelesen. Bitte noch einmal scannen.")
    return Code(text=text, kind=Kind.RECEIPT, format="tse", number=fields[-8], serial=fields[1])


def payment(text: str) -> Code | None:
    """Recognise a code that pays; None when `text` is none."""
    return Code(text=text, kind=Kind.PAYMENT, format="payment") if _PAYMENT.fullmatch(text) else None


def own(text: str, prefixes: Mapping[str, Kind]) -> Code | None:
    """Read a code with a prefix of the shop; None when it has none.

    ``number`` is what follows: 4 to 48 capitals, digits and hyphens. Raises CodeError for anything else behind it.
    """
    for prefix, kind in prefixes.items():
        if text.startswith(prefix):
            number = text[len(prefix) :]
            if not _BODY.fullmatch(number):
                raise CodeError("partial", "Der Code ist unvollständig oder falsch gelesen. Bitte noch einmal scannen.")
            return Code(text=text, kind=kind, format="text", number=number)
    return None
