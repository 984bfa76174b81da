"""The order in which a receipt says what it has to say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from smartecr.printer.document import (
    Block,
    Entertainment,
    Heading,
    Item,
    Mark,
    Note,
    Pair,
    Qr,
    ReceiptDocument,
    ReportDocument,
    Row,
    Rule,
    Shop,
    Signature,
    Table,
    TableRow,
    Total,
    TseBlock,
)

SLIP = "Beleg des Kartenterminals"
VAT_HEAD = ("MwSt", "Netto", "Steuer", "Brutto")


def blocks(document: ReceiptDocument | ReportDocument) -> tuple[Block, ...]:
    """Return `document` as the column of blocks that a renderer lays out."""
    if isinstance(document, ReportDocument):
        return document.blocks
    return tuple(_receipt(document))


def shop_head(shop: Shop) -> Iterator[Block]:
    """Yield name, address and tax numbers of the shop."""
    yield Heading(shop.name, 1)
    for line in (shop.tagline, shop.owner, *shop.address):
        if line:
            yield Note(line)
    if shop.tax_number:
        yield Note(f"Steuernummer {shop.tax_number}")
    if shop.vat_id:
        yield Note(f"USt-IdNr. {shop.vat_id}")


def log_time(instant: datetime) -> str:
    """Return an instant to the second with its offset, so that the hour of the clock change stays unambiguous."""
    return instant.isoformat(timespec="seconds")


def time_span(document: ReceiptDocument) -> str:
    """Return start and end of the Vorgang, with the day of the start where it lies on another day than the issue."""
    start, end = document.started, document.finished
    day = "" if start.date() == document.issued.date() else f"{start:%d.%m.%Y} "
    return f"{day}{start:%H:%M:%S} – {end:%H:%M:%S}"


def _receipt(document: ReceiptDocument) -> Iterator[Block]:
    yield from shop_head(document.shop)
    yield from (Mark(mark) for mark in document.marks)
    yield Rule()
    yield Heading(f"{document.title} {document.number}", 2)
    yield from _meta(document)
    yield Rule()
    for item in document.items:
        yield from _item(item)
    yield Rule(double=True)
    yield Total("Summe EUR", document.total_cents)
    yield Rule(double=True)
    yield from _payments(document)
    if document.vat:
        rows = tuple(
            TableRow(
                f"{row.letter} {row.label}",
                (row.net_cents, row.tax_cents, row.gross_cents),
            )
            for row in document.vat
        )
        yield Rule()
        yield Table(VAT_HEAD, rows)
    yield Rule()
    yield from _security(document)
    if document.notes:
        yield Rule()
        yield from (Note(note) for note in document.notes)
    if document.sign_here:
        yield Signature(document.sign_here)
    for slip in document.slips:
        yield Rule(double=True)
        yield Heading(SLIP, 3)
        yield from slip
    if document.entertainment is not None:
        yield from entertainment(document.entertainment)


GUEST_LINES = 4
"""Lines to write guests on where none are said."""


def entertainment(said: Entertainment) -> Iterator[Block]:
    """Yield the form below a restaurant's receipt that the law asks of whoever invited."""
    yield Rule(double=True)
    yield Heading("Bewirtungsbeleg", 2)
    yield Note("Angaben zum Nachweis der Höhe und der betrieblichen Veranlassung (§ 4 Abs. 5 Nr. 2 EStG)")
    yield Pair("Tag der Bewirtung", said.day)
    yield Pair("Ort der Bewirtung", said.place)
    yield Rule()
    yield Heading("Bewirtende Person")
    yield Note(said.host, centred=False) if said.host else Signature("")
    yield Heading("Bewirtete Personen (mit Gastgeber)")
    if said.guests:
        yield from (Note(guest, centred=False) for guest in said.guests)
    else:
        yield from (Signature("") for _ in range(GUEST_LINES))
    yield Heading("Anlass der Bewirtung")
    if said.occasion:
        yield Note(said.occasion, centred=False)
    else:
        yield from (Signature(""), Signature(""))
    yield Rule()
    yield Row("Rechnungsbetrag", said.total_cents - said.tip_cents)
    if said.tip_cents:
        yield Row("Trinkgeld", said.tip_cents)
        yield Total("Aufwendungen EUR", said.total_cents)
    else:
        yield Row("Trinkgeld (falls gegeben)", None)
        yield Signature("")
    yield Signature("Ort, Datum, Unterschrift")


def _meta(document: ReceiptDocument) -> Iterator[Block]:
    yield Pair("Datum", f"{document.issued:%d.%m.%Y}")
    yield Pair("Vorgang", time_span(document))
    yield Pair("Ausgestellt an", document.register)
    if document.person:
        yield Pair("Es bediente Sie", document.person)
    if document.reference:
        yield Note(document.reference, centred=False)


@lru_cache(maxsize=1024)
def _item(item: Item) -> tuple[Block, ...]:
    text = f"{item.text} ({item.remark})" if item.remark else item.text
    each = (Row(item.each, None, indent=4),) if item.each else ()
    extras = (Row(extra.text, extra.cents, tag=extra.letter, indent=4) for extra in item.extras)
    return (Row(text, item.cents, lead=item.count, tag=item.letter), *each, *extras)


def _payments(document: ReceiptDocument) -> Iterator[Block]:
    for payment in document.payments:
        yield Row(payment.name, payment.cents)
    if document.given_cents is not None:
        yield Row("Gegeben", document.given_cents, indent=2)
    if document.change_cents is not None:
        yield Row("Rückgeld", document.change_cents, indent=2)


def _security(document: ReceiptDocument) -> Iterator[Block]:
    yield Pair("Seriennummer der Kasse", document.register_serial)
    if document.tse is None:
        yield Mark(document.outage)
        return
    yield from _tse(document.tse)
    if document.qr:
        yield Qr(document.qr)


def _tse(tse: TseBlock) -> Iterator[Block]:
    yield Pair("Seriennummer der TSE", tse.serial)
    yield Pair("Transaktion", str(tse.transaction_number))
    yield Pair("Signaturzähler", str(tse.signature_counter))
    if tse.first_order is not None:
        yield Pair("Erste Bestellung", log_time(tse.first_order))
    yield Pair("Start", log_time(tse.started))
    yield Pair("Ende", log_time(tse.finished))
    yield Pair("Algorithmus", tse.algorithm)
    yield Pair("Prüfwert", tse.signature)
