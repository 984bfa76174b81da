"""An invoice on A4: the same data as in its XML, and the PDF/A-3 that carries it (ZUGFeRD / Factur-X, EN 16931)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from smartecr.core.money import format_cents, format_percent
from smartecr.core.quantity import format_quantity
from smartecr.fiscal.einvoice import buyers, cii, model, pdfa
from smartecr.fiscal.einvoice.model import Invoice, Line, Party
from smartecr.printer import names
from smartecr.printer.pdf import letter
from smartecr.printer.pdf.letter import Attachment, Letter
from smartecr.register.invoice.invoices import Stored
from smartecr.register.till import ZONE, moment

_ABOUT = "Die Rechnung für Maschinen (EN 16931)"


def pdf(stored: Stored) -> bytes:
    """Return an invoice as PDF/A, the same bytes each time; with its XML where there is a buyer, as EN 16931 wants."""
    at = moment(stored.at).astimezone(ZONE)
    page = letter_of(stored.invoice)
    if stored.invoice.buyer is None:
        return letter.render(page, at)
    xml = cii.write(stored.invoice).decode()
    attachment = Attachment(name=pdfa.FILE_NAME, text=xml, relationship=pdfa.RELATIONSHIP, about=_ABOUT)
    return pdfa.marked(letter.render(page, at, attachment))


def letter_of(invoice: Invoice) -> Letter:
    """Return the page of an invoice."""
    seller, buyer = invoice.seller, invoice.buyer
    back = invoice.kind == model.CORRECTION
    return Letter(
        title=f"{'Stornorechnung' if back else 'Rechnung'} {invoice.number}",
        mark=f"Storno zu Rechnung {invoice.refers.number} vom {_day(invoice.refers.day)}" if invoice.refers else "",
        sender=" · ".join(part for part in (seller.name, seller.street, f"{seller.postcode} {seller.city}") if part),
        logo=(seller.addition or seller.name, seller.name if seller.addition else ""),
        address=tuple(_address(buyer)) if buyer is not None else (),
        facts=tuple(_facts(invoice)),
        opening=_opening(invoice),
        head=("Pos.", "Bezeichnung", "Menge", "Preis €", "USt", "Netto €", "Brutto €"),
        rows=tuple(_row(number, line) for number, line in enumerate(invoice.lines, 1)),
        sums=tuple(_sums(invoice)),
        taxes=tuple(_taxes(invoice)),
        notes=tuple(_notes(invoice)),
        footer=tuple(_footer(invoice)),
    )


def _address(buyer: Party) -> Iterator[str]:
    yield buyer.name
    if buyer.addition:
        yield buyer.addition
    yield buyer.street
    yield f"{buyer.postcode} {buyer.city}"
    if buyer.country != "DE":
        yield buyers.COUNTRIES[buyer.country].upper()


def _facts(invoice: Invoice) -> Iterator[tuple[str, str]]:
    yield "Rechnungsnummer", invoice.number
    yield "Rechnungsdatum", _day(invoice.day)
    yield "Leistungsdatum", _day(invoice.supplied)
    yield "Beleg", invoice.receipt.partition(",")[0]
    if invoice.buyer is not None:
        for word, value in (
            ("Ihre USt-IdNr.", invoice.buyer.vat_id),
            ("Leitweg-ID", invoice.buyer.leitweg),
            ("Ihre Bestellung", invoice.buyer.order),
        ):
            if value:
                yield word, value


def _opening(invoice: Invoice) -> str:
    if invoice.refers is not None:
        why = f" ({invoice.reason})" if invoice.reason else ""
        return f"Wir nehmen die Rechnung {invoice.refers.number} in dieser Höhe zurück{why}."
    return f"Sie haben am {_day(invoice.supplied)} bei uns gekauft ({invoice.receipt}). Wir berechnen:"


def _row(number: int, line: Line) -> tuple[str, ...]:
    return (
        str(number),
        line.text,
        f"{format_quantity(line.quantity)} {line.unit}".strip(),
        format_cents(line.unit_cents),
        format_percent(line.rate_bp) if line.rate_bp else "–",
        format_cents(line.net_cents),
        format_cents(line.gross_cents),
    )


def _taxes(invoice: Invoice) -> Iterator[tuple[str, ...]]:
    yield "USt", "Netto €", "Steuer €", "Brutto €"
    for rate in invoice.rates:
        word = format_percent(rate.rate_bp) if rate.rate_bp or rate.category == "Z" else "steuerfrei"
        yield (word, format_cents(rate.net_cents), format_cents(rate.tax_cents), format_cents(rate.gross_cents))


def _sums(invoice: Invoice) -> Iterator[tuple[str, str, bool]]:
    yield "Summe netto", f"{format_cents(invoice.net_cents)} €", False
    for rate in invoice.rates:
        if rate.rate_bp:
            yield f"Umsatzsteuer {format_percent(rate.rate_bp)}", f"{format_cents(rate.tax_cents)} €", False
    yield "Rechnungsbetrag", f"{format_cents(invoice.gross_cents)} €", True
    for paid in invoice.paid:
        word = names.payment(paid.kind, paid.name)
        yield (f"erstattet: {word}" if paid.cents < 0 else f"bezahlt: {word}"), f"{format_cents(paid.cents)} €", False
    if invoice.due_cents:
        yield "Noch zu zahlen", f"{format_cents(invoice.due_cents)} €", True


def _notes(invoice: Invoice) -> Iterator[str]:
    if any(rate.category == "E" for rate in invoice.rates):
        yield f"{invoice.exemption}."
    if invoice.due_cents > 0:
        until = f" bis zum {_day(invoice.due_day)}" if invoice.due_day else ""
        account = f" auf das Konto {_iban(invoice.account[1])}" if invoice.account[1] else ""
        due = format_cents(invoice.due_cents)
        yield f"Bitte überweisen Sie {due} €{until}{account}, Verwendungszweck {invoice.number}."
    elif invoice.gross_cents > 0:
        yield "Der Betrag ist bezahlt."
    if invoice.outside_cents:
        yield (
            f"Mit dem Beleg wurden außerdem {format_cents(invoice.outside_cents)} € bewegt, die keine Leistung an Sie "
            "sind und nicht zu dieser Rechnung gehören (Trinkgeld für das Team, Wertgutscheine)."
        )
    if invoice.kind == model.INVOICE:
        yield "Diese Rechnung ergänzt den Beleg der Kasse; die Umsatzsteuer wird nur einmal geschuldet."


def _footer(invoice: Invoice) -> Iterator[tuple[str, ...]]:
    seller = invoice.seller
    yield tuple(one for one in (seller.name, seller.street, f"{seller.postcode} {seller.city}") if one)
    reach = tuple(one for one in (seller.contact, seller.phone, seller.mail) if one)
    if reach:
        yield reach
    numbers = (
        f"Steuernummer {seller.tax_number}" if seller.tax_number else "",
        f"USt-IdNr. {seller.vat_id}" if seller.vat_id else "",
        _iban(invoice.account[1]),
    )
    yield tuple(one for one in numbers if one)


def _iban(text: str) -> str:
    plain = text.replace(" ", "")
    return " ".join(plain[place : place + 4] for place in range(0, len(plain), 4))


def _day(text: str) -> str:
    return f"{date.fromisoformat(text):%d.%m.%Y}"
