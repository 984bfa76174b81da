"""The twenty tables of DSFinV-K 2.4 (chapter 3, Anhang E and G): the one definition of files, columns and keys.

index.xml, the writer's rows and the validator's checks are made from it. Columns stand in the prescribed order.
In transactions_tse only the key is obligatory here: after an outage the other fields may be empty, a rule decides.
"""

from __future__ import annotations

from typing import Final

from smartecr.fiscal.dsfinvk.schema import Column, Kind, Level, Table

VERSION: Final = "2.4"
"""TAXONOMIE_VERSION. 2.3 and 2.4 have the same tables."""


def _text(name: str, size: int, description: str, must: bool = False) -> Column:
    return Column(name, Kind.TEXT, size, must, description)


def _must(name: str, size: int, description: str) -> Column:
    return _text(name, size, description, must=True)


def _flag(name: str, description: str) -> Column:
    return Column(name, Kind.FLAG, 1, False, description)


def _whole(name: str, description: str, must: bool = False) -> Column:
    return Column(name, Kind.WHOLE, 0, must, description)


def _money(name: str, decimals: int, description: str, must: bool = False) -> Column:
    return Column(name, Kind.MONEY, decimals, must, description)


def _quantity(name: str, description: str, must: bool = False) -> Column:
    return Column(name, Kind.QUANTITY, 3, must, description)


_CLOSING = (
    _must("Z_KASSE_ID", 50, "Kasse, die den Abschluss macht"),
    _must("Z_ERSTELLUNG", 30, "Zeitpunkt des Abschlusses"),
    _whole("Z_NR", "Nummer des Abschlusses", must=True),
)
_RECEIPT = (*_CLOSING, _must("BON_ID", 40, "Fortlaufende Kennung des Vorgangs"))
_LINE = (*_RECEIPT, _must("POS_ZEILE", 50, "Nummer der Zeile im Vorgang"))
_VAT_KEY = _whole("UST_SCHLUESSEL", "Schlüssel des Umsatzsteuersatzes", must=True)
_HEADS = {Level.CLOSING: _CLOSING, Level.RECEIPT: _RECEIPT, Level.LINE: _LINE}


def _amounts(gross: str, net: str, tax: str, must: bool = False) -> tuple[Column, Column, Column]:
    return (
        _money(gross, 5, "Betrag mit Umsatzsteuer", must),
        _money(net, 5, "Betrag ohne Umsatzsteuer", must),
        _money(tax, 5, "Umsatzsteuer", must),
    )


def _table(
    file: str,
    name: str,
    level: Level,
    description: str,
    *columns: Column,
    unique: tuple[str, ...] = (),
    once: bool = False,
) -> Table:
    return Table(f"{file}.csv", name, level, description, _HEADS[level] + columns, unique, once)


CASHPOINTCLOSING = _table(
    "cashpointclosing",
    "Stamm_Abschluss",
    Level.CLOSING,
    "Abschlüsse und das Unternehmen",
    _text("Z_BUCHUNGSTAG", 25, "Buchungstag, wenn er vom Tag des Abschlusses abweicht"),
    _must("TAXONOMIE_VERSION", 10, "Version der DSFinV-K"),
    _must("Z_START_ID", 40, "Erste BON_ID des Abschlusses"),
    _must("Z_ENDE_ID", 40, "Letzte BON_ID des Abschlusses"),
    _must("NAME", 60, "Name des Unternehmens"),
    _must("STRASSE", 60, "Straße und Hausnummer"),
    _must("PLZ", 10, "Postleitzahl"),
    _must("ORT", 62, "Ort"),
    _must("LAND", 3, "Land (ISO 3166, drei Buchstaben)"),
    _text("STNR", 20, "Steuernummer"),
    _text("USTID", 15, "Umsatzsteuer-Identifikationsnummer"),
    _money("Z_SE_ZAHLUNGEN", 2, "Summe aller Zahlungen", must=True),
    _money("Z_SE_BARZAHLUNGEN", 2, "Summe der Barzahlungen", must=True),
    once=True,
)
LOCATION = _table(
    "location",
    "Stamm_Orte",
    Level.CLOSING,
    "Betriebsstätten",
    _must("LOC_NAME", 60, "Name der Betriebsstätte"),
    _must("LOC_STRASSE", 60, "Straße und Hausnummer"),
    _must("LOC_PLZ", 10, "Postleitzahl"),
    _must("LOC_ORT", 62, "Ort"),
    _must("LOC_LAND", 3, "Land (ISO 3166, drei Buchstaben)"),
    _text("LOC_USTID", 15, "Umsatzsteuer-Identifikationsnummer"),
    once=True,
)
CASHREGISTER = _table(
    "cashregister",
    "Stamm_Kassen",
    Level.CLOSING,
    "Kassen",
    _text("KASSE_BRAND", 50, "Marke der Kasse"),
    _text("KASSE_MODELL", 50, "Modell der Kasse"),
    _must("KASSE_SERIENNR", 70, "Seriennummer der Kasse, zugleich Kennung an der TSE"),
    _text("KASSE_SW_BRAND", 50, "Name der Software"),
    _text("KASSE_SW_VERSION", 50, "Version der Software"),
    _must("KASSE_BASISWAEH_CODE", 3, "Währung der Kasse (ISO 4217)"),
    _flag("KEINE_UST_ZUORDNUNG", "1, wenn die Umsatzsteuer nicht ermittelbar ist"),
    once=True,
)
SLAVES = _table(
    "slaves",
    "Stamm_Terminals",
    Level.CLOSING,
    "Erfassungsgeräte ohne eigenen Abschluss",
    _must("TERMINAL_ID", 50, "Kennung des Geräts"),
    _text("TERMINAL_BRAND", 50, "Marke des Geräts"),
    _text("TERMINAL_MODELL", 50, "Modell des Geräts"),
    _must("TERMINAL_SERIENNR", 50, "Seriennummer des Geräts"),
    _text("TERMINAL_SW_BRAND", 50, "Name der Software"),
    _text("TERMINAL_SW_VERSION", 50, "Version der Software"),
    unique=("TERMINAL_ID",),
)
PA = _table(
    "pa",
    "Stamm_Agenturen",
    Level.CLOSING,
    "Auftraggeber, in deren Namen verkauft wird",
    _whole("AGENTUR_ID", "Kennung des Auftraggebers, ab 1", must=True),
    _must("AGENTUR_NAME", 60, "Name des Auftraggebers"),
    _must("AGENTUR_STRASSE", 60, "Straße und Hausnummer"),
    _must("AGENTUR_PLZ", 10, "Postleitzahl"),
    _must("AGENTUR_ORT", 62, "Ort"),
    _must("AGENTUR_LAND", 3, "Land (ISO 3166, drei Buchstaben)"),
    _text("AGENTUR_STNR", 20, "Steuernummer"),
    _text("AGENTUR_USTID", 15, "Umsatzsteuer-Identifikationsnummer"),
    unique=("AGENTUR_ID",),
)
TSE = _table(
    "tse",
    "Stamm_TSE",
    Level.CLOSING,
    "Technische Sicherheitseinrichtungen",
    _whole("TSE_ID", "Kennung innerhalb des Abschlusses", must=True),
    _must("TSE_SERIAL", 68, "Seriennummer: SHA-256 des öffentlichen Schlüssels, hexadezimal"),
    _must("TSE_SIG_ALGO", 21, "Signaturverfahren"),
    _must("TSE_ZEITFORMAT", 31, "Format der signierten Zeit"),
    _must("TSE_PD_ENCODING", 5, "Zeichensatz der Vorgangsdaten"),
    _must("TSE_PUBLIC_KEY", 512, "Öffentlicher Schlüssel in Base64"),
    _must("TSE_ZERTIFIKAT_I", 1000, "Zertifikat in Base64, die ersten 1000 Zeichen"),
    _text("TSE_ZERTIFIKAT_II", 1000, "Zertifikat in Base64, der Rest"),
    unique=("TSE_ID",),
)
VAT = _table(
    "vat",
    "Stamm_USt",
    Level.CLOSING,
    "Umsatzsteuersätze",
    _VAT_KEY,
    Column("UST_SATZ", Kind.RATE, 2, True, "Steuersatz in Prozent"),
    _must("UST_BESCHR", 55, "Bezeichnung"),
    unique=("UST_SCHLUESSEL",),
)
BUSINESSCASES = _table(
    "businesscases",
    "Z_GV_Typ",
    Level.CLOSING,
    "Summen des Abschlusses nach Geschäftsvorfall",
    _must("GV_TYP", 30, "Art des Geschäftsvorfalls"),
    _text("GV_NAME", 40, "Eigener Name des Geschäftsvorfalls"),
    _whole("AGENTUR_ID", "Auftraggeber, 0 für das eigene Unternehmen"),
    _VAT_KEY,
    *_amounts("Z_UMS_BRUTTO", "Z_UMS_NETTO", "Z_UST", must=True),
    unique=("GV_TYP", "GV_NAME", "AGENTUR_ID", "UST_SCHLUESSEL"),
)
PAYMENT = _table(
    "payment",
    "Z_Zahlart",
    Level.CLOSING,
    "Summen des Abschlusses nach Zahlart",
    _must("ZAHLART_TYP", 25, "Art der Zahlung"),
    _text("ZAHLART_NAME", 60, "Eigener Name der Zahlung"),
    _money("Z_ZAHLART_BETRAG", 2, "Betrag in der Währung der Kasse", must=True),
    unique=("ZAHLART_TYP", "ZAHLART_NAME"),
)
CASH_PER_CURRENCY = _table(
    "cash_per_currency",
    "Z_Waehrungen",
    Level.CLOSING,
    "Bargeld des Abschlusses nach Währung",
    _must("ZAHLART_WAEH", 3, "Währung (ISO 4217)"),
    _money("ZAHLART_BETRAG_WAEH", 2, "Betrag in dieser Währung", must=True),
    unique=("ZAHLART_WAEH",),
)
TRANSACTIONS = _table(
    "transactions",
    "Bonkopf",
    Level.RECEIPT,
    "Vorgänge",
    _whole("BON_NR", "Gedruckte Nummer", must=True),
    _must("BON_TYP", 30, "Art des Vorgangs"),
    _text("BON_NAME", 60, "Eigener Name der Art"),
    _text("TERMINAL_ID", 50, "Gerät, das den Vorgang erfasst hat"),
    _flag("BON_STORNO", "1, wenn der Vorgang einen anderen aufhebt"),
    _must("BON_START", 30, "Beginn des Vorgangs"),
    _must("BON_ENDE", 30, "Ende des Vorgangs"),
    _must("BEDIENER_ID", 50, "Kennung der bedienenden Person"),
    _text("BEDIENER_NAME", 50, "Name der bedienenden Person"),
    _money("UMS_BRUTTO", 2, "Summe des Vorgangs", must=True),
    _text("KUNDE_NAME", 50, "Name des Kunden"),
    _text("KUNDE_ID", 50, "Kunden- oder Personalnummer"),
    _text("KUNDE_TYP", 50, "Art des Kunden"),
    _text("KUNDE_STRASSE", 60, "Straße und Hausnummer des Kunden"),
    _text("KUNDE_PLZ", 10, "Postleitzahl des Kunden"),
    _text("KUNDE_ORT", 62, "Ort des Kunden"),
    _text("KUNDE_LAND", 3, "Land des Kunden (ISO 3166, drei Buchstaben)"),
    _text("KUNDE_USTID", 15, "Umsatzsteuer-Identifikationsnummer des Kunden"),
    _text("BON_NOTIZ", 255, "Anmerkung"),
)
DATAPAYMENT = _table(
    "datapayment",
    "Bonkopf_Zahlarten",
    Level.RECEIPT,
    "Zahlungen der Vorgänge",
    _must("ZAHLART_TYP", 25, "Art der Zahlung"),
    _text("ZAHLART_NAME", 60, "Eigener Name der Zahlung"),
    _must("ZAHLWAEH_CODE", 3, "Währung der Zahlung (ISO 4217)"),
    _money("ZAHLWAEH_BETRAG", 2, "Betrag in fremder Währung"),
    _money("BASISWAEH_BETRAG", 2, "Betrag in der Währung der Kasse", must=True),
)
LINES = _table(
    "lines",
    "Bonpos",
    Level.LINE,
    "Zeilen der Vorgänge",
    _text("GUTSCHEIN_NR", 50, "Nummer des Gutscheins"),
    _must("ARTIKELTEXT", 255, "Text wie gedruckt"),
    _text("POS_TERMINAL_ID", 50, "Gerät, das die Zeile erfasst hat"),
    _must("GV_TYP", 30, "Art des Geschäftsvorfalls"),
    _text("GV_NAME", 40, "Eigener Name des Geschäftsvorfalls"),
    _flag("INHAUS", "1 für Verzehr im Haus, 0 für außer Haus"),
    _flag("P_STORNO", "1, wenn die Zeile vor dem Abschluss des Vorgangs gestrichen wurde"),
    _whole("AGENTUR_ID", "Auftraggeber, 0 für das eigene Unternehmen"),
    _text("ART_NR", 50, "Artikelnummer"),
    _text("GTIN", 50, "GTIN"),
    _text("WARENGR_ID", 40, "Kennung der Warengruppe"),
    _text("WARENGR", 50, "Name der Warengruppe"),
    _quantity("MENGE", "Menge"),
    _quantity("FAKTOR", "Menge, auf die sich der Preis bezieht"),
    _text("EINHEIT", 50, "Einheit, leer für Stück"),
    _money("STK_BR", 5, "Preis mit Umsatzsteuer je FAKTOR"),
)
ITEMAMOUNTS = _table(
    "itemamounts",
    "Bonpos_Preisfindung",
    Level.LINE,
    "Wie der Preis einer Zeile entstand",
    _text("TYP", 20, "Grundpreis, Rabatt oder Zuschlag"),
    _VAT_KEY,
    *_amounts("PF_BRUTTO", "PF_NETTO", "PF_UST"),
)
SUBITEMS = _table(
    "subitems",
    "Bonpos_Zusatzinfo",
    Level.LINE,
    "Bestandteile einer Zeile",
    _must("ZI_ART_NR", 50, "Artikelnummer"),
    _text("ZI_GTIN", 50, "GTIN"),
    _text("ZI_NAME", 60, "Artikel"),
    _text("ZI_WARENGR_ID", 40, "Kennung der Warengruppe"),
    _text("ZI_WARENGR", 50, "Name der Warengruppe"),
    _quantity("ZI_MENGE", "Menge", must=True),
    _quantity("ZI_FAKTOR", "Menge, auf die sich der Preis bezieht"),
    _text("ZI_EINHEIT", 50, "Einheit, leer für Stück"),
    _whole("ZI_UST_SCHLUESSEL", "Schlüssel des Umsatzsteuersatzes", must=True),
    *_amounts("ZI_BASISPREIS_BRUTTO", "ZI_BASISPREIS_NETTO", "ZI_BASISPREIS_UST"),
)
TRANSACTIONS_TSE = _table(
    "transactions_tse",
    "TSE_Transaktionen",
    Level.RECEIPT,
    "Absicherung der Vorgänge",
    _whole("TSE_ID", "Kennung der TSE im Abschluss"),
    _whole("TSE_TANR", "Nummer der Transaktion"),
    _text("TSE_TA_START", 30, "Beginn nach der Uhr der TSE"),
    _text("TSE_TA_ENDE", 30, "Ende nach der Uhr der TSE"),
    _text("TSE_TA_VORGANGSART", 30, "processType"),
    _whole("TSE_TA_SIGZ", "Signaturzähler"),
    _text("TSE_TA_SIG", 512, "Signatur in Base64"),
    _text("TSE_TA_FEHLER", 200, "Grund eines Ausfalls"),
    Column("TSE_VORGANGSDATEN", Kind.LONG_TEXT, 1000, False, "processData"),
)
TRANSACTIONS_VAT = _table(
    "transactions_vat",
    "Bonkopf_USt",
    Level.RECEIPT,
    "Umsatzsteuer der Vorgänge wie gedruckt",
    _VAT_KEY,
    *_amounts("BON_BRUTTO", "BON_NETTO", "BON_UST", must=True),
)
LINES_VAT = _table(
    "lines_vat",
    "Bonpos_USt",
    Level.LINE,
    "Umsatzsteuer der Zeilen",
    _VAT_KEY,
    *_amounts("POS_BRUTTO", "POS_NETTO", "POS_UST"),
)
ALLOCATION_GROUPS = _table(
    "allocation_groups",
    "Bonkopf_AbrKreis",
    Level.RECEIPT,
    "Zuordnung zu Tisch, Abteilung oder Rechnung",
    _text("ABRECHNUNGSKREIS", 50, "Tisch, Abteilung oder Rechnung"),
)
REFERENCES = _table(
    "references",
    "Bon_Referenzen",
    Level.RECEIPT,
    "Verweise auf andere Vorgänge",
    _text("POS_ZEILE", 50, "Zeile, die verweist; leer, wenn es der ganze Vorgang tut"),
    _must("REF_TYP", 20, "Art des Verweises"),
    _text("REF_NAME", 40, "Beschreibung, wenn die Art ExterneSonstige ist"),
    _text("REF_DATUM", 30, "Zeitpunkt des Vorgangs, auf den verwiesen wird"),
    _text("REF_Z_KASSE_ID", 50, "Kasse des Vorgangs, auf den verwiesen wird"),
    _whole("REF_Z_NR", "Abschluss des Vorgangs, auf den verwiesen wird"),
    _must("REF_BON_ID", 40, "BON_ID oder Nummer, auf die verwiesen wird"),
)

TABLES: Final = (
    CASHPOINTCLOSING,
    LOCATION,
    CASHREGISTER,
    SLAVES,
    PA,
    TSE,
    VAT,
    BUSINESSCASES,
    PAYMENT,
    CASH_PER_CURRENCY,
    TRANSACTIONS,
    DATAPAYMENT,
    LINES,
    ITEMAMOUNTS,
    SUBITEMS,
    TRANSACTIONS_TSE,
    TRANSACTIONS_VAT,
    LINES_VAT,
    ALLOCATION_GROUPS,
    REFERENCES,
)
"""All tables in the order of index.xml."""

BY_FILE: Final = {table.file: table for table in TABLES}
