"""The form below a restaurant's receipt for whoever invited business guests (§ 4 (5) No. 2 EStG, BMF of 30 June 2021).

The receipt stays what it is: machine-made, itemised, signed. Over 250 € it must name the host; that is an invoice made
out to them, whose buyer is taken over here. What people say of their guests is printed and kept nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping

from smartecr.core.kinds import RECEIPT, TURNOVER
from smartecr.fiscal.einvoice.model import SMALL_CENTS
from smartecr.printer.document import Entertainment
from smartecr.register import models, queries
from smartecr.register.errors import RegisterError
from smartecr.register.invoice import invoices
from smartecr.register.paper.receipts import local
from smartecr.register.queries import ReceiptState

_TIPS = ("TrinkgeldAN", "TrinkgeldAG")
MOST_GUESTS = 40
_LONGEST = 120


def suits(receipt: ReceiptState) -> bool:
    """Tell whether somebody may have been entertained with a receipt: goods were sold and stand."""
    sold = any(line.gv_typ == TURNOVER and line.amount_cents > 0 for line in receipt.content.lines)
    return receipt.type == RECEIPT and receipt.issued and sold and not receipt.reference_id and not receipt.refunded_by


def names_host(receipt: ReceiptState) -> bool:
    """Tell whether the receipt itself must name the host (over 250 €, § 33 UStDV)."""
    return receipt.total_cents > SMALL_CENTS


def form(receipt_id: str, said: Mapping[str, str]) -> Entertainment:
    """Return the form for a receipt; `said` may hold "host", "guests" (a line each) and "occasion".

    Raises RegisterError("kind") for a receipt with nothing to eat, ("host") where one must be named and is not, and
    ("long").
    """
    receipt = queries.receipt(receipt_id)
    if not suits(receipt):
        raise RegisterError("kind", "Zu diesem Bon gibt es keinen Bewirtungsbeleg.")
    row = models.Receipt.objects.only("shop_id").get(id=receipt_id)
    shop = models.Shop.objects.get(id=row.shop_id)
    invoice = invoices.standing(receipt_id)
    host = " ".join(said.get("host", "").split()) or (invoice.buyer if invoice is not None else "")
    guests = tuple(" ".join(line.split()) for line in said.get("guests", "").splitlines() if line.strip())
    occasion = " ".join(said.get("occasion", "").split())
    if max(map(len, (host, *guests))) > _LONGEST or len(occasion) > 2 * _LONGEST or len(guests) > MOST_GUESTS:
        raise RegisterError("long", "Das ist zu lang für den Beleg.", "Kürzer fassen oder von Hand ergänzen.")
    if names_host(receipt) and not host:
        raise RegisterError(
            "host",
            "Über 250 € gehört der Name des Gastgebers auf den Beleg.",
            "Namen eintippen oder Rechnung schreiben.",
        )
    return Entertainment(
        day=f"{local(receipt.at):%d.%m.%Y}",
        place=", ".join(part for part in (shop.name, shop.street, f"{shop.postcode} {shop.city}".strip()) if part),
        total_cents=receipt.total_cents,
        tip_cents=sum(line.amount_cents for line in receipt.content.lines if line.gv_typ in _TIPS),
        host=host,
        guests=guests,
        occasion=occasion,
    )
