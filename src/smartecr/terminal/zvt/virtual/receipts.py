"""What the terminal prints: customer and merchant receipts and the end of day, as a German acquirer words them.

Contents follow ZVT specification PA00P015 chapter 6. A line is a text and its print attribute: 40 centred, 10 double
height, low nibble indent. The virtual terminal says on every receipt that no money was moved.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo

from smartecr.core.records import dataclass
from smartecr.terminal.zvt.virtual.books import Totals, Transaction
from smartecr.terminal.zvt.virtual.switches import Identity

PLAIN, CENTRED, TALL = 0x00, 0x40, 0x10
MERCHANT, CUSTOMER, ADMINISTRATION = 1, 2, 3

_TITLES = {
    "payment": "Kartenzahlung",
    "refund": "Gutschrift",
    "reversal": "Storno",
    "reservation": "Reservierung",
    "capture": "Buchung Reservierung",
    "release": "Storno Reservierung",
    "tip": "Trinkgeld",
}
_NAMES = {
    "girocard": "girocard",
    "visa": "Visa",
    "mastercard": "Mastercard",
    "amex": "American Express",
    "jcb": "JCB",
    "diners": "Diners",
    "other": "Sonstige",
}
_CONTACTLESS = 2
_SIGNATURE = frozenset({0x01, 0x05, 0x06, 0x07})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of paper."""

    text: str
    attribute: int = PLAIN


@dataclass(frozen=True, slots=True)
class Receipt:
    """A whole receipt; ``kind`` is the value of tag 1F07, ``info`` of tag 1F37."""

    kind: int
    lines: tuple[Line, ...]
    info: int = 0x01


def of_transaction(one: Transaction, copy: int, identity: Identity, zone: tzinfo) -> Receipt:
    """Lay out the customer's or merchant's copy of a transaction."""
    signature = copy == MERCHANT and one.cvm in _SIGNATURE
    lines = (
        *_head(identity),
        Line("** KUNDENBELEG **" if copy == CUSTOMER else "** HÄNDLERBELEG **", CENTRED),
        Line(""),
        Line(_TITLES[one.kind], CENTRED),
        Line(one.product, CENTRED),
        *([Line("Kontaktlos", CENTRED)] if one.technology == _CONTACTLESS else []),
        Line(""),
        Line(_pair("Betrag", f"EUR {euro(one.cents)}", identity.columns), TALL),
        *_facts(one, identity, zone),
        Line(""),
        *([Line("Unterschrift:"), Line(""), Line("." * (identity.columns - 4), CENTRED)] if signature else []),
        Line(_outcome(one), CENTRED),
        *([Line("Bitte Beleg aufbewahren", CENTRED)] if copy == CUSTOMER else []),
        _TRAINING,
    )
    return Receipt(copy, lines, 0x03 if signature else 0x01)


def of_totals(totals: Totals, identity: Identity, time: int, zone: tzinfo, title: str) -> Receipt:
    """Lay out the end of day or the running totals."""
    width = identity.columns
    lines = (
        *_head(identity),
        Line(f"** {title.upper()} **", CENTRED),
        Line(""),
        *_when(time, zone, width),
        Line(_pair("Terminal-ID", identity.terminal_id, width)),
        Line(_pair("Belege", f"{totals.first_receipt:04d}-{totals.last_receipt:04d}", width)),
        Line("-" * width),
        *(
            Line(_pair(f"{_NAMES[name]} {count}x", euro(totals.cents[name]), width))
            for name, count in totals.counts.items()
            if count
        ),
        Line("-" * width),
        Line(_pair("Gesamt EUR", euro(totals.total_cents), width), TALL),
        Line(""),
        Line(f"{title} erfolgt", CENTRED),
        _TRAINING,
    )
    return Receipt(ADMINISTRATION, lines)


def of_notes(title: str, notes: list[tuple[str, str]], identity: Identity) -> Receipt:
    """Lay out an administration receipt: diagnosis, configuration."""
    body = (Line(_pair(name, value, identity.columns)) for name, value in notes)
    return Receipt(ADMINISTRATION, (Line(f"** {title.upper()} **", CENTRED), Line(""), *body, _TRAINING))


def euro(cents: int) -> str:
    """Write cents as German amounts are written: ``-1.234,50``."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole:,}".replace(",", ".") + f",{rest:02d}"


_TRAINING = Line("ÜBUNG - kein Geld bewegt", CENTRED)


def _head(identity: Identity) -> list[Line]:
    return [*(Line(text, CENTRED) for text in identity.merchant), Line("")]


def _facts(one: Transaction, identity: Identity, zone: tzinfo) -> Iterator[Line]:
    width = identity.columns
    if one.tip_cents:
        yield Line(_pair("davon Trinkgeld", f"EUR {euro(one.tip_cents)}", width))
    yield from _when(one.time, zone, width)
    yield Line(_pair("Terminal-ID", identity.terminal_id, width))
    yield Line(_pair("TA-Nr.", f"{one.trace:06d}", width))
    yield Line(_pair("Beleg-Nr.", f"{one.receipt:04d}", width))
    if one.original_trace:
        yield Line(_pair("zu TA-Nr.", f"{one.original_trace:06d}", width))
    yield Line(_pair("VU-Nummer", identity.contract, width))
    yield Line(_pair("Karte", one.masked_pan.replace("E", "*")[-16:], width))
    yield Line(_pair("AID", one.aid, width))
    if one.approval:
        yield Line(_pair("Genehmigungs-Nr.", one.approval, width))
    if not one.online:
        yield Line("Offline genehmigt", CENTRED)


def _outcome(one: Transaction) -> str:
    return {"reversal": "Storno erfolgt", "release": "Storno erfolgt", "refund": "Gutschrift erfolgt"}.get(
        one.kind, "Betrag reserviert" if one.kind == "reservation" else "Zahlung erfolgt"
    )


def _when(time: int, zone: tzinfo, width: int) -> list[Line]:
    local = datetime.fromtimestamp(time, zone)
    return [Line(_pair(f"{local:%d.%m.%Y}", f"{local:%H:%M:%S}", width))]


def _pair(name: str, value: str, width: int) -> str:
    """Put a name left and its value right; a value that does not fit goes on without alignment."""
    return f"{name}{' ' * max(1, width - len(name) - len(value))}{value}"
