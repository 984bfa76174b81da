"""Who an invoice is made out to, as typed, and whether it can be sent there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from smartecr.core.errors import CoreError
from smartecr.fiscal import taxids
from smartecr.fiscal.einvoice.model import SMALL_CENTS, Invoice, Party

FIELDS: Final = {
    "name": 50, "addition": 60, "street": 60, "postcode": 10, "city": 62, "country": 2, "vat_id": 15, "leitweg": 46,
    "order": 30, "mail": 120,
}  # fmt: skip
"""Fields of a buyer and the characters they hold; name to VAT id are those of DSFinV-K's KUNDE_ columns, narrowed."""

COUNTRIES: Final = {
    "DE": "Deutschland", "AT": "Österreich", "BE": "Belgien", "CH": "Schweiz", "CZ": "Tschechien", "DK": "Dänemark",
    "ES": "Spanien", "FR": "Frankreich", "GB": "Vereinigtes Königreich", "IT": "Italien", "LI": "Liechtenstein",
    "LU": "Luxemburg", "NL": "Niederlande", "PL": "Polen", "SE": "Schweden", "US": "Vereinigte Staaten",
}  # fmt: skip
"""Countries a buyer at a till comes from, by ISO 3166 alpha-2."""

ALPHA3: Final = {
    "DE": "DEU", "AT": "AUT", "BE": "BEL", "CH": "CHE", "CZ": "CZE", "DK": "DNK", "ES": "ESP", "FR": "FRA",
    "GB": "GBR", "IT": "ITA", "LI": "LIE", "LU": "LUX", "NL": "NLD", "PL": "POL", "SE": "SWE", "US": "USA",
}  # fmt: skip
"""The same as DSFinV-K writes them."""

_MAIL: Final = re.compile(r"[^@\s]+@([^@.\s]+\.)+[^@.\s]+")
_POSTCODE: Final = re.compile(r"\d{5}", re.ASCII)


class BuyerError(CoreError):
    """A buyer the law or the standard would refuse; the code names the field."""


def checked(values: Mapping[str, str], gross_cents: int) -> Party | None:
    """Return the buyer of an invoice over `gross_cents`, None when nothing was typed and none is needed.

    Over 250 € name and address are (§ 14 (4) Nr. 1 UStG, § 33 UStDV); whoever gives a name gives the address too, as
    EN 16931 wants it. Raises BuyerError, TaxIdError.
    """
    typed = {name: " ".join(str(values.get(name, "")).split()) for name in FIELDS}
    typed["country"] = typed["country"].upper() or "DE"
    if not any(typed[name] for name in FIELDS if name != "country"):
        if abs(gross_cents) > SMALL_CENTS:
            raise BuyerError("name", "Über 250 € gehören Name und Anschrift des Kunden auf die Rechnung.")
        return None
    for name, most in FIELDS.items():
        if len(typed[name]) > most or not typed[name].isprintable():
            raise BuyerError(name, "Höchstens {most} sichtbare Zeichen.", most=most)
    if typed["country"] not in COUNTRIES:
        raise BuyerError("country", "Dieses Land kennt die Kasse nicht.")
    for name in ("name", "street", "postcode", "city"):
        if not typed[name]:
            raise BuyerError(name, "Name und Anschrift gehören ganz auf die Rechnung: Straße, Postleitzahl und Ort.")
    if typed["country"] == "DE" and not _POSTCODE.fullmatch(typed["postcode"]):
        raise BuyerError("postcode", "Eine deutsche Postleitzahl hat fünf Ziffern.")
    if typed["mail"] and not _MAIL.fullmatch(typed["mail"]):
        raise BuyerError("mail", "So sieht keine E-Mail-Adresse aus.")
    typed["vat_id"] = taxids.vat_id(typed["vat_id"])
    typed["leitweg"] = taxids.leitweg_id(typed["leitweg"])
    return Party(**typed)


def gaps(invoice: Invoice) -> list[str]:
    """Return what an XRechnung still lacks, as German words; empty when it can be sent."""
    buyer = invoice.buyer
    if buyer is None:
        return ["Name und Anschrift des Kunden"]
    reached = buyer.leitweg or buyer.mail
    return shop_gaps(invoice.seller) + ([] if reached else ["Leitweg-ID oder E-Mail des Kunden"])


def shop_gaps(seller: Party) -> list[str]:
    """Return what a shop has to say of itself before an XRechnung, as German words."""
    found = [
        (seller.contact, "Ansprechpartner des Ladens"),
        (seller.phone, "Telefon des Ladens"),
        (seller.mail, "E-Mail des Ladens"),
        (seller.vat_id or seller.tax_number, "Steuernummer des Ladens"),
    ]
    return [word for value, word in found if not value]
