"""How sentences name a row of the books to a shop's owner: "Bon 12, Zeile 2", and behind it table and key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smartecr.register.books.verifying.reading import Key, Values, columns_of
from smartecr.register.rows import tables
from smartecr.sql import select

WORDS = {
    "register_options": "Einstellung", "register_notice": "Mitteilung ans Finanzamt",
    "register_audit_access": "Zugang eines Prüfers", "register_invoice": "Rechnung", "register_outage": "TSE-Ausfall",
    "register_card_terminal": "Kartenterminal", "register_card_payment": "Kartenzahlung",
    "register_card_receipt": "Beleg des Kartenterminals", "register_card_batch": "Kassenschnitt",
    "register_payment_settings": "Einstellung der Zahlungen", "register_drawer_opening": "Öffnung der Lade",
    "register_cash_count": "Kassensturz", "register_api_token": "Zugang eines Programms",
    "register_webhook": "Benachrichtigung eines Programms", "register_station_line": "Zeile einer Bestellung",
    "register_time_stamp": "Arbeitszeit", "register_shop": "Laden", "register_register": "Kasse",
    "register_tse": "TSE", "register_tse_event": "Ereignis der TSE", "register_period": "Kassentag",
    "register_basket": "Offener Bon", "register_basket_line": "Zeile eines offenen Bons", "register_receipt": "Bon",
    "register_joined_basket": "Zusammengelegter Bon", "register_parted_basket": "Getrennter Bon",
    "register_receipt_line": "Zeile von Bon", "register_receipt_vat": "Umsatzsteuer von Bon",
    "register_receipt_payment": "Zahlung von Bon", "register_receipt_signature": "TSE-Signatur von Bon",
    "register_receipt_tender": "Gegebenes zu Bon", "register_receipt_print": "Druck von Bon",
    "register_closing": "Abschluss", "catalog_group": "Warengruppe", "catalog_article": "Artikel",
    "catalog_barcode": "Strichcode", "catalog_stock_move": "Lagerbewegung", "catalog_stock_count": "Inventur",
    "catalog_price": "Preis auf Zeit", "customers_voucher": "Gutschein",
    "customers_voucher_mark": "Sperre von Gutschein", "customers_group": "Kundengruppe",
    "customers_customer": "Kundenkarte", "customers_consent": "Einwilligung", "customers_visit": "Kundenkarte auf Bon",
    "customers_promotion": "Aktion", "customers_entry": "Punkte auf Bon", "customers_token": "Gezählter Bon",
}  # fmt: skip
"""What a row of each table is."""

_NAMES = ("number", "z_number", "code", "name", "label", "serial", "kind")
"""Columns that name a row, the best first."""


def changed(name: str, key: Any, wanted: Values, row: Values) -> str:
    """Return the sentence for a row of which columns are not what the journal says."""
    wrong = [column for column, want, have in zip(columns_of(name), wanted, row, strict=True) if want != have]
    return f"{_called(name, key, wanted)} wurde geändert: {', '.join(wrong)} weicht vom Journal ab {_place(name, key)}"


def missing(name: str, key: Any, wanted: Values | None) -> str:
    """Return the sentence for a row that was deleted."""
    return f"{_called(name, key, wanted)} wurde gelöscht: im Journal steht es noch {_place(name, key)}"


def stranger(name: str, key: Any, row: Values | None = None) -> str:
    """Return the sentence for a row that the journal does not know."""
    return f"{_called(name, key, row)} ist nicht aus dieser Kasse: es steht nicht im Journal {_place(name, key)}"


def _place(name: str, key: Any) -> str:
    return f"({name} {'/'.join(map(str, key)) if isinstance(key, tuple) else key})"


def _called(name: str, key: Any, row: Values | None) -> str:
    whole = key if isinstance(key, tuple) else (key,)
    known: Mapping[str, Any] = dict(zip(columns_of(name), row, strict=True)) if row is not None else {}
    return f"{WORDS.get(name, name)} {_named(name, whole, known)}".rstrip()


def _named(name: str, key: Key, row: Mapping[str, Any]) -> str:
    parts = dict(zip(tables()[name].key, key, strict=True))
    if "receipt_id" in parts:
        found = select("SELECT number FROM register_receipt WHERE id = %s", [parts["receipt_id"]])
        number = str(found[0][0]) if found else "ohne Nummer"
        return f"{number}, {parts['position']}" if "position" in parts else number
    return next((str(value) for one in _NAMES if (value := parts.get(one) or row.get(one))), "")
