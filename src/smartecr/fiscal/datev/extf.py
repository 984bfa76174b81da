"""DATEV-Format EXTF 700, Buchungsstapel (category 21, version 13): header, captions, one line a posting.

UTF-8 with BOM, semicolons, CRLF; texts in quotes, amounts with a comma and without sign or grouping. A batch lies in
one month, so that its dates (TTMM) are unambiguous.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from smartecr.core.records import dataclass
from smartecr.fiscal.datev.postings import Posting

MOST_POSTINGS: Final = 99_999

_CONSULTANT = range(1001, 10_000_000)
_CLIENT = range(1, 100_000)

_HEAD: Final = (
    "Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Kurs", "Basis-Umsatz", "WKZ Basis-Umsatz",
    "Konto", "Gegenkonto (ohne BU-Schlüssel)", "BU-Schlüssel", "Belegdatum", "Belegfeld 1", "Belegfeld 2", "Skonto",
    "Buchungstext", "Postensperre", "Diverse Adressnummer", "Geschäftspartnerbank", "Sachverhalt", "Zinssperre",
    "Beleglink",
)  # fmt: skip
_MIDDLE: Final = (
    "KOST1 - Kostenstelle", "KOST2 - Kostenstelle", "Kost-Menge", "EU-Land u. UStID (Bestimmung)",
    "EU-Steuersatz (Bestimmung)", "Abw. Versteuerungsart", "Sachverhalt L+L", "Funktionsergänzung L+L",
    "BU 49 Hauptfunktionstyp", "BU 49 Hauptfunktionsnummer", "BU 49 Funktionsergänzung",
)  # fmt: skip
_TAIL: Final = (
    "Stück", "Gewicht", "Zahlweise", "Forderungsart", "Veranlagungsjahr", "Zugeordnete Fälligkeit", "Skontotyp",
    "Auftragsnummer", "Buchungstyp", "USt-Schlüssel (Anzahlungen)", "EU-Land (Anzahlungen)",
    "Sachverhalt L+L (Anzahlungen)", "EU-Steuersatz (Anzahlungen)", "Erlöskonto (Anzahlungen)", "Herkunft-Kz",
    "Buchungs GUID", "KOST-Datum", "SEPA-Mandatsreferenz", "Skontosperre", "Gesellschaftername", "Beteiligtennummer",
    "Identifikationsnummer", "Zeichnernummer", "Postensperre bis", "Bezeichnung SoBil-Sachverhalt",
    "Kennzeichen SoBil-Buchung", "Festschreibung", "Leistungsdatum", "Datum Zuord. Steuerperiode", "Fälligkeit",
    "Generalumkehr (GU)", "Steuersatz", "Land", "Abrechnungsreferenz", "BVV-Position", "EU-Land u. UStID (Ursprung)",
    "EU-Steuersatz (Ursprung)", "Abw. Skontokonto",
)  # fmt: skip
COLUMNS: Final = (
    *_HEAD,
    *(f"Beleginfo - {part} {number}" for number in range(1, 9) for part in ("Art", "Inhalt")),
    *_MIDDLE,
    *(f"Zusatzinformation - {part} {number}" for number in range(1, 21) for part in ("Art", "Inhalt")),
    *_TAIL,
)
"""The 125 captions of format version 13."""

_FIXED = COLUMNS.index("Festschreibung")


class BatchError(ValueError):
    """A batch cannot be written; `message` says in German why."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Whose books these are at the adviser's: numbers, account length, month the fiscal year begins in, chart."""

    consultant: int
    client: int
    length: int = 4
    year_begins: int = 1
    chart: str = "SKR03"


def check_client(client: Client) -> None:
    """Raise BatchError for numbers DATEV refuses."""
    if client.consultant not in _CONSULTANT:
        raise BatchError("Die Beraternummer liegt zwischen 1001 und 9999999.")
    if client.client not in _CLIENT:
        raise BatchError("Die Mandantennummer liegt zwischen 1 und 99999.")
    if client.length not in range(4, 9):
        raise BatchError("Sachkonten haben 4 bis 8 Stellen.")
    if client.year_begins not in range(1, 13):
        raise BatchError("Das Wirtschaftsjahr beginnt in einem Monat von 1 bis 12.")


def batch(postings: Iterable[Posting], client: Client, first: date, last: date, made: datetime) -> bytes:
    """Return the file of a batch of one month. `made` is the local time it is made at. Raises BatchError."""
    check_client(client)
    rows = list(postings)
    if (first.year, first.month) != (last.year, last.month) or first > last:
        raise BatchError("Ein Stapel liegt in einem Monat.")
    if len(rows) > MOST_POSTINGS:
        raise BatchError(f"Ein Stapel fasst höchstens {MOST_POSTINGS} Buchungen.")
    lines = [_header(client, first, last, made), ";".join(COLUMNS), *(_row(row, first, last) for row in rows)]
    return ("\ufeff" + "".join(f"{line}\r\n" for line in lines)).encode()


def _header(client: Client, first: date, last: date, made: datetime) -> str:
    year = first.year if first.month >= client.year_begins else first.year - 1
    fields = (
        '"EXTF"', "700", "21", '"Buchungsstapel"', "13", f"{made:%Y%m%d%H%M%S}{made.microsecond // 1000:03d}", "",
        '"SE"', '"smartECR"', '""', str(client.consultant), str(client.client), f"{year}{client.year_begins:02d}01",
        str(client.length), f"{first:%Y%m%d}", f"{last:%Y%m%d}", _text(f"Kasse {first:%m/%Y}", 30), '""', "1", "0",
        "0", '"EUR"', "", '""', "", "", f'"{client.chart[-2:]}"', "", "", '""', '""',
    )  # fmt: skip
    return ";".join(fields)


def _row(posting: Posting, first: date, last: date) -> str:
    if not first <= posting.day <= last:
        raise BatchError(f"Eine Buchung vom {posting.day:%d.%m.%Y} liegt nicht im Zeitraum des Stapels.")
    if posting.cents <= 0 or posting.account == posting.contra:
        raise BatchError(f"Die Buchung „{posting.text}“ hat keinen Betrag oder zweimal dasselbe Konto.")
    fields = [""] * len(COLUMNS)
    fields[0] = f"{posting.cents // 100},{posting.cents % 100:02d}"
    fields[1], fields[2], fields[5] = '"S"' if posting.debit else '"H"', '"EUR"', '""'
    fields[6], fields[7], fields[8] = posting.account, posting.contra, '""'
    fields[9] = f"{posting.day:%d%m}"
    fields[10], fields[11], fields[13] = _text(posting.voucher, 36), '""', _text(posting.text, 60)
    fields[_FIXED] = "0"
    return ";".join(fields)


def _text(text: str, most: int) -> str:
    clean = " ".join(text.split())[:most].rstrip()
    return '"' + clean.replace('"', '""') + '"'
