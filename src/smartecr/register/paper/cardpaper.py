"""A customer's card as paper to give away."""

from __future__ import annotations

from collections.abc import Iterator

from smartecr.core.vouchers import shown
from smartecr.printer.document import Block, Heading, Note, Pair, Qr, ReportDocument, Rule
from smartecr.register import models
from smartecr.register.regulars.guests import Guest


def document(guest: Guest, shop: models.Shop) -> ReportDocument:
    """Return the card: the code and its number, no name; whoever finds it learns nothing."""
    return ReportDocument(title=f"Kundenkarte {shown(guest.number)}", blocks=tuple(_blocks(guest, shop)))


def _blocks(guest: Guest, shop: models.Shop) -> Iterator[Block]:
    yield Heading(shop.name, 1)
    yield Heading("Kundenkarte", 2)
    yield Qr(guest.code)
    yield Pair("Nummer", shown(guest.number))
    yield Rule()
    yield Note("Vor dem Bezahlen an die Kamera halten. Bei Verlust gibt es eine neue, die alte gilt dann nicht mehr.")
