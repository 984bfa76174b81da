"""The voucher itself, as paper to give away."""

from __future__ import annotations

from collections.abc import Iterator

from smartecr.core.kinds import SINGLE_SALE
from smartecr.core.vat import label, rate_on
from smartecr.core.vouchers import shown
from smartecr.printer.compose import shop_head
from smartecr.printer.document import Block, Heading, Mark, Note, Pair, Qr, ReportDocument, Rule, Total
from smartecr.register import models
from smartecr.register.paper import receipts
from smartecr.register.regulars import vouchers
from smartecr.register.regulars.vouchers import Voucher

TERMS = "Einlösbar auch in Teilen, nicht in Geld. Wer ihn hat, kann ihn einlösen: bitte wie Bargeld aufheben."


def document(voucher: Voucher, shop: models.Shop) -> ReportDocument:
    """Return a voucher as sold: value, code, number, last day. The code carries all that is needed to redeem it."""
    return ReportDocument(title=f"Gutschein {shown(voucher.number)}", blocks=tuple(_blocks(voucher, shop)))


def _blocks(voucher: Voucher, shop: models.Shop) -> Iterator[Block]:
    yield from shop_head(receipts.shop_head(shop))
    yield Rule()
    yield Heading(_title(voucher), 2)
    yield Total("Wert EUR", voucher.cents)
    if voucher.blocked:
        yield Mark("GESPERRT")
    yield Qr(voucher.code)
    yield Pair("Code", voucher.code.removeprefix("GS:"))
    yield Pair("Nummer", shown(voucher.number))
    yield Pair("Gültig bis", vouchers.german(voucher.expires_on))
    yield Rule()
    yield Note(TERMS)


def _title(voucher: Voucher) -> str:
    if voucher.kind != SINGLE_SALE:
        return "Gutschein"
    day = vouchers.day(voucher.sold_on)
    return f"Gutschein für Ware zu {label(voucher.vat_key, rate_on(voucher.vat_key, day))}"
