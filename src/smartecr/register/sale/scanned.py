"""What a scanned or typed code means at the till: an article with quantity and price, or a sentence why it is none.

One grammar reads everything (`Till.grammar`), so a wrong check digit or a part of a code is never an article.
"""

from __future__ import annotations

from dataclasses import replace

from smartecr.catalog.lookup import by_code
from smartecr.core.basket import Basket, Line
from smartecr.core.quantity import ONE
from smartecr.core.records import dataclass
from smartecr.register.errors import RegisterError
from smartecr.register.sale import items
from smartecr.register.till import ZONE, Till
from smartecr.scanner.code import Code, Kind
from smartecr.sql import fetch

_PER_GRAM = {"kg": 1, "100 g": 10, "g": 1000}
"""Thousandths of an article's unit that one gram is."""

_ARTICLES = frozenset(
    {Kind.ARTICLE, Kind.PRICE_LABEL, Kind.WEIGHT_LABEL, Kind.PIECE_LABEL, Kind.PRESS, Kind.BOOK, Kind.NUMBER, Kind.TEXT}
)
_NAMED = frozenset({Kind.RECEIPT, Kind.PAYMENT, Kind.VOUCHER, Kind.CUSTOMER})
LEARNABLE = frozenset({Kind.ARTICLE, Kind.BOOK, Kind.PRESS, Kind.TEXT, Kind.PRICE_LABEL})
"""What may become an article at the till, see `learning`."""

_OTHERS: dict[Kind, str] = {
    Kind.CUSTOMER: "Das ist eine Kundenkarte. Sie gehört auf den Bon.",
    Kind.VOUCHER: "Das ist ein Gutschein. Er gehört auf den Bon.",
    Kind.STAFF: "Das ist ein Mitarbeiterausweis. Anmelden geht mit Name und PIN.",
    Kind.DEPOSIT: "Das ist ein Pfandbon. Pfandrückgabe mit dem Betrag eintippen und den Pfandbon einbehalten.",
    Kind.COUPON: "Das ist ein Coupon. Als Rabatt eintippen und den Coupon einbehalten.",
    Kind.PAYMENT: "Das ist ein Zahlcode, kein Artikel. Zuerst auf Bezahlen tippen.",
    Kind.RECEIPT: "Das ist der Code eines Bons.",
}


@dataclass(frozen=True, slots=True)
class Found:
    """An article for the ticket: `quantity` thousandths; `cents` is the price its label says, None for its own."""

    item: items.Item
    quantity: int
    cents: int | None = None

    def line(self, line_id: str, quantity: int, basket: Basket) -> Line:
        """Return its line; a label's price stands for the whole piece, whatever the article costs by weight."""
        drawn = items.line(self.item, line_id, quantity, basket, None)
        return drawn if self.cents is None else replace(drawn, unit_cents=self.cents, unit="")


def parse(till: Till, text: str, *, typed: bool = False) -> Code:
    """Read a code with the shop's grammar; a code that makes no sense says so in it."""
    return till.grammar.parse(text, till.clock().astimezone(ZONE).date(), typed=typed)


def find(till: Till, text: str, *, typed: bool = False) -> Found:
    """Return the article of a code.

    Raises RegisterError: "misread" (nothing was sold), "code" (unknown, and may be learnt), "number" (unknown),
    "receipt", "payment", "voucher", "customer", "coupon", "kind" (it is something else), "label".
    """
    code = parse(till, text, typed=typed)
    if not code.valid:
        raise RegisterError("misread", code.message or "", "Noch einmal scannen.")
    if code.kind not in _ARTICLES:
        own = code.kind is Kind.COUPON and code.text.startswith("RB:")
        named = code.kind.value if code.kind in _NAMED or own else "kind"
        raise RegisterError(named, _OTHERS[code.kind])
    for wanted in _names(code):
        found = by_code(wanted)
        if found is not None and found[0].active:
            item = items.remember(till, found[0])
            return _as_label(item, code) or Found(item, found[1])
    unknown = "code" if code.kind in LEARNABLE else "number"
    raise RegisterError(unknown, f"Unbekannter Code {key(code)[:40]}", "Betrag tippen und eine Warengruppe wählen.")


def _names(code: Code) -> dict[str, None]:
    """Return under what an article may be kept, best first. The number in a press code is no article number of ours."""
    names = dict.fromkeys((code.text, code.gtin or code.text))
    if code.kind in (Kind.PRICE_LABEL, Kind.WEIGHT_LABEL, Kind.PIECE_LABEL) and code.item:
        names |= dict.fromkeys((code.item, code.item.lstrip("0")))
    return names


def key(code: Code) -> str:
    """Return under what an article with this code is kept: the GTIN, for a scale's label the one all of them share."""
    return code.gtin or code.text


def _as_label(item: items.Item, code: Code) -> Found | None:
    """Return what a label says of price, weight or pieces; None for a code that says nothing of them."""
    if code.price is not None:
        return Found(item, ONE, code.price)
    if code.kind is Kind.WEIGHT_LABEL and code.weight:
        grams = _PER_GRAM.get(item.article.unit)
        if grams is None:
            raise RegisterError("label", f"{item.plain_name} wird nicht nach Gewicht verkauft.", "Menge eintippen.")
        return Found(item, code.weight * grams)
    if code.kind is Kind.PIECE_LABEL and code.quantity:
        return Found(item, code.quantity)
    return None


def beside_payment(till: Till, text: str) -> None:
    """Let a code scanned while paying pass if it belongs on the ticket.

    Codes that pay are taken by the payment before; RegisterError: "misread", or "payment" for one no payment takes.
    """
    code = parse(till, text)
    if not code.valid:
        raise RegisterError("misread", code.message or "", "Noch einmal scannen.")
    if code.kind is Kind.PAYMENT:
        raise RegisterError("payment", "Diesen Zahlcode nimmt die Kasse nicht.", "Bar oder mit Karte bezahlen.")


def receipt_of(till: Till, code: Code) -> str:
    """Return the id of the shop's receipt that a receipt's code names, of any register, "" when it is none of ours."""
    if code.format == "url":
        from smartecr.register.paper.receipts import by_token  # what draws receipts is not needed to sell

        return by_token(code.number or "") or ""
    sql = (
        "SELECT r.id FROM register_receipt_signature s JOIN register_receipt r ON r.id = s.receipt_id "
        "JOIN register_register g ON g.id = r.register_id "
        "WHERE s.tse_number = %s AND g.shop_id = %s AND g.serial = %s ORDER BY r.number DESC LIMIT 1"
    )
    rows = fetch(sql, [int(code.number or 0), till.shop_id, code.serial])
    return str(rows[0]["id"]) if rows else ""
