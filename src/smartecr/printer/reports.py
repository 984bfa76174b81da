"""X and Z report on paper.

No rule prescribes their content any more (the letter of 1996 went in 2010); what stands here is what auditors and
bookkeepers look for: turnover by rate and group, payments, cash movements, takings-back, numbers without gaps, the
count of the drawer and the TSE.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from smartecr.core.closing import ClosingTotals
from smartecr.core.kinds import CASH_KINDS, DEPOSIT_KINDS, DISCOUNT, TIPS, TURNOVER, moves_cash
from smartecr.core.money import format_cents
from smartecr.core.quantity import format_quantity
from smartecr.core.records import dataclass
from smartecr.core.vat import label, letter
from smartecr.printer import names
from smartecr.printer.compose import VAT_HEAD, shop_head
from smartecr.printer.document import (
    Block,
    Heading,
    Note,
    Pair,
    ReportDocument,
    Row,
    Rule,
    Shop,
    Signature,
    Table,
    TableRow,
    Total,
)

_PLAIN_CASES = CASH_KINDS | DEPOSIT_KINDS | {TURNOVER, DISCOUNT, TIPS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawer:
    """The drawer when the report was made, in cents: what should lie in it, what was counted (None: not), what stays.

    `counts` are pieces by denomination in cents; `reason` explains a difference.
    """

    expected_cents: int
    counted_cents: int | None = None
    kept_cents: int | None = None
    counts: tuple[tuple[int, int], ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A payment in our books: the terminal's receipt and trace number, scheme, cents, our receipt's number (0: none).

    `within` tells whether the terminal's batch has it, None where the terminal does not say.
    """

    receipt_no: str
    trace: str
    brand: str
    cents: int
    number: int
    within: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The card terminal's Kassenschnitt beside our books, in cents: `brands` are (scheme, terminal, books).

    `total_cents` None and a German `error` say that the terminal could not be asked. Where the sums differ, `lines` are
    our payments and `strange` the receipt numbers of the terminal that none of them bears.
    """

    total_cents: int | None
    difference_cents: int = 0
    brands: tuple[tuple[str, int, int], ...] = ()
    error: str = ""
    lines: tuple[BatchLine, ...] = ()
    strange: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an X or Z report tells. `opened` is None while nothing has happened yet; times are local.

    `line_voids` is (count, cents) of lines taken off before payment, `unsigned` counts receipts issued without TSE,
    `open_baskets` are (label, cents) of baskets neither paid nor discarded, `note` a sentence under the title.
    `foreign` are (currency, expected, counted, worth in euro cents) of foreign notes.
    """

    title: str
    shop: Shop
    register: str
    register_serial: str
    business_day: date
    opened: datetime | None
    until: datetime
    totals: ClosingTotals
    drawer: Drawer
    tse_serials: tuple[str, ...]
    person: str = ""
    note: str = ""
    line_voids: tuple[int, int] = (0, 0)
    drawer_openings: int = 0
    cash_counts: int = 0
    outages: int = 0
    unsigned: int = 0
    open_baskets: tuple[tuple[str, int], ...] = ()
    batch: Batch | None = None
    sign_here: str = ""
    foreign: tuple[tuple[str, int, int, int], ...] = ()


def document(report: Report) -> ReportDocument:
    """Return `report` as a column of blocks. Sections without content are left out, the totals always stand."""
    return ReportDocument(title=report.title, blocks=tuple(_blocks(report)))


def _blocks(report: Report) -> Iterator[Block]:
    yield from shop_head(report.shop)
    yield Rule()
    yield Heading(report.title, 2)
    if report.note:
        yield Note(report.note)
    yield Pair("Geschäftstag", f"{report.business_day:%d.%m.%Y}")
    if report.opened is not None:
        yield Pair("Von", f"{report.opened:%d.%m.%Y %H:%M}")
    yield Pair("Bis", f"{report.until:%d.%m.%Y %H:%M}")
    yield Pair("Kasse", report.register)
    if report.person:
        yield Pair("Erstellt von", report.person)
    yield from _turnover(report.totals)
    yield from _movements(report.totals)
    yield from _people(report.totals)
    yield from _receipts(report)
    yield from _drawer(report.drawer)
    yield from _section("Fremde Währung", tuple(_foreign(report.foreign)))
    if report.batch is not None:
        yield from _section("Kartenterminal", tuple(_batch(report.batch)))
    yield from _security(report)
    if report.sign_here:
        yield Signature(report.sign_here)


def _section(title: str, content: tuple[Block, ...]) -> Iterator[Block]:
    if content:
        yield Rule()
        yield Heading(title)
        yield from content


def _batch(batch: Batch) -> Iterator[Block]:
    if batch.total_cents is None:
        yield Note(f"Kein Kassenschnitt: {batch.error}", centred=False)
        return
    if any(terminal != books for _brand, terminal, books in batch.brands):
        rows = tuple(TableRow(brand, (terminal, books)) for brand, terminal, books in batch.brands)
        yield Table(("Karte", "Terminal", "Bücher"), rows)
    else:
        for brand, terminal, _books in batch.brands:
            yield Row(brand, terminal)
    yield Row("Kassenschnitt", batch.total_cents)
    if not batch.difference_cents and any(terminal != books for _brand, terminal, books in batch.brands):
        yield Note("Die Summe stimmt; das Terminal zählt die Karten anders.", centred=False)
    if batch.difference_cents:
        yield Row("Differenz zu den Büchern", batch.difference_cents)
        yield from _batch_lines(batch)


def _batch_lines(batch: Batch) -> Iterator[Block]:
    """Payment by payment: the terminal's receipt and trace number, the scheme, our receipt, and what is odd."""
    if batch.lines:
        yield Note("Zahlung für Zahlung: Beleg / TA-Nr. am Terminal, Bon, Bücher", centred=False)
    for line in batch.lines:
        bon = f" Bon {line.number}" if line.number else ""
        yield Row(f"{line.receipt_no or '-'} / {line.trace or '-'} {line.brand}{bon}", line.cents)
        if line.within is False:
            yield Note("  steht nicht im Kassenschnitt", centred=False)
    if batch.strange:
        numbers = ", ".join(batch.strange)
        yield Note(f"Am Terminal ohne Zahlung in den Büchern: Beleg {numbers}", centred=False)


def _turnover(totals: ClosingTotals) -> Iterator[Block]:
    yield Rule(double=True)
    yield Total("Umsatz EUR", totals.earned_cents)
    yield Rule(double=True)
    if totals.tips_cents:
        yield Row("Trinkgeld (Team), kein Umsatz", totals.tips_cents)
    if totals.vat:
        rows = tuple(
            TableRow(
                f"{letter(row.vat_key)} {label(row.vat_key, row.rate_bp)}",
                (row.net_cents, row.tax_cents, row.gross_cents),
            )
            for row in totals.vat
        )
        yield Table(VAT_HEAD, rows)
    groups = tuple(
        Row(name or "Rabatte auf den Bon", cents, lead=format_quantity(quantity) if quantity else "")
        for _, name, quantity, cents in sorted(totals.groups, key=lambda group: not group[1])
    )
    yield from _section("Warengruppen", groups)
    parts = [("Rabatte", totals.discounts_cents), ("Pfand", totals.deposit_cents)]
    cases = [(names.case(case[0], case[1]), case[4]) for case in totals.businesscases if case[0] not in _PLAIN_CASES]
    yield from _section("Darin enthalten", tuple(Row(text, cents) for text, cents in [*parts, *cases] if cents))


def _movements(totals: ClosingTotals) -> Iterator[Block]:
    payments = tuple(Row(names.payment(kind, name), cents) for kind, name, cents in totals.payments)
    yield from _section("Zahlarten", payments)
    moved = tuple(
        Row(names.case(gv_typ, gv_name), gross)
        for gv_typ, gv_name, _, _, gross, _, _ in totals.businesscases
        if moves_cash(gv_typ, gv_name)
    )
    yield from _section("Kassenbewegungen", moved)


def _people(totals: ClosingTotals) -> Iterator[Block]:
    people = tuple(Row(name or "Kasse", cents, lead=f"{count} ×") for _, name, count, cents in totals.people)
    said = " mit Trinkgeld" if totals.tips_cents else ""  # as receipts were issued, these sums hold the tips too
    yield from _section(f"Bedienung{said}", people)
    hours = tuple(Row(f"{hour}–{(hour + 1) % 24} Uhr", cents, lead=f"{count} ×") for hour, count, cents in totals.hours)
    yield from _section(f"Stunden{said}", hours)


def _receipts(report: Report) -> Iterator[Block]:
    totals = report.totals
    yield Rule()
    yield Heading("Belege")
    yield Pair("Anzahl", str(totals.receipts))
    if totals.first_number is not None:
        yield Pair("Nummern", f"{totals.first_number} – {totals.last_number}")
    for bon_typ, count in totals.other_receipts:
        yield Pair(names.vorgang(bon_typ), str(count))
    yield from _counted("Stornos", totals.voids_count, totals.voids_cents)
    yield from _counted("Zeilenstornos", *report.line_voids)
    if totals.discounts_count:
        yield from _counted("Rabatte", totals.discounts_count, totals.discounts_cents)
    if report.drawer_openings:
        yield Pair("Lade ohne Verkauf", str(report.drawer_openings))
    if report.cash_counts:
        yield Pair("Kassenstürze", str(report.cash_counts))
    open_baskets = tuple(Row(label, cents) for label, cents in report.open_baskets)
    yield from _section("Offene Bons", open_baskets)


def _counted(text: str, count: int, cents: int) -> Iterator[Block]:
    yield Row(f"{text} ({count})", cents) if count else Pair(text, "0")


def count_document(
    *,
    title: str,
    note: str,
    shop: Shop,
    register: str,
    register_serial: str,
    counted: datetime,
    person: str,
    drawer: Drawer,
    foreign: tuple[tuple[str, int, int, int], ...] = (),
) -> ReportDocument:
    """Return a cash count as a protocol to sign: who counted when, what should be there, what was, piece by piece."""
    blocks: tuple[Block, ...] = (
        *shop_head(shop),
        Rule(),
        Heading(title, 2),
        Note(note),
        Pair("Gezählt", f"{counted:%d.%m.%Y %H:%M}"),
        Pair("Kasse", register),
        Pair("Von", person),
        *_drawer(drawer),
        *_section("Fremde Währung", tuple(_foreign(foreign))),
        Rule(),
        Pair("Seriennummer der Kasse", register_serial),
        Signature("Datum, Unterschrift"),
    )
    return ReportDocument(title=title, blocks=blocks)


def _drawer(drawer: Drawer) -> Iterator[Block]:
    yield Rule()
    yield Heading("Kassensturz")
    yield Row("Soll", drawer.expected_cents)
    if drawer.counted_cents is not None:
        yield Row("Gezählt", drawer.counted_cents)
        yield Row("Differenz", drawer.counted_cents - drawer.expected_cents)
        if drawer.reason:
            yield Pair("Grund", drawer.reason)
    if drawer.kept_cents is not None:
        yield Row("Bleibt in der Lade", drawer.kept_cents)
    pieces = sorted(drawer.counts, reverse=True)
    rows = tuple(Row(format_cents(value), value * count, lead=f"{count} ×") for value, count in pieces)
    yield from _section("Zählprotokoll", rows)


def _foreign(rows: tuple[tuple[str, int, int, int], ...]) -> Iterator[Block]:
    """Foreign notes as they were counted, in their own currency, and what they came in for."""
    for currency, expected, counted, cents in rows:
        yield Row(f"{currency} {format_cents(counted)}", cents)
        if counted != expected:
            yield Note(f"  Soll {currency} {format_cents(expected)}", centred=False)


def _security(report: Report) -> Iterator[Block]:
    yield Rule()
    yield Pair("Seriennummer der Kasse", report.register_serial)
    for serial in report.tse_serials:
        yield Pair("Seriennummer der TSE", serial)
    if report.outages:
        yield Pair("TSE-Ausfälle", str(report.outages))
    if report.unsigned:
        yield Pair("Belege ohne Signatur", str(report.unsigned))
