"""Which account a business case or a means of payment goes to: SKR03 and SKR04, and what a shop has of its own.

The numbers are proposals for four-digit accounts; the tax adviser has the last word. Revenue accounts are automatic
(they know their rate), so no BU key is written. Sources: the DATEV charts; advance and voucher accounts as tax
publishers propose them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from smartecr.core.records import dataclass

CHARTS: Final = ("SKR03", "SKR04")

_GENERAL, _REDUCED, _EXEMPT = "1", "2", "6"
_REVENUE_CASES: Final = frozenset(
    {
        "Umsatz", "Pfand", "PfandRueckzahlung", "Rabatt", "Aufschlag", "ZuschussEcht", "ZuschussUnecht", "TrinkgeldAG",
        "EinzweckgutscheinKauf", "EinzweckgutscheinEinloesung",
    }
)  # fmt: skip
_SAME_RATE: Final = {"11": _GENERAL, "12": _REDUCED}
"""Keys of former rates that are today's rates; the others have no automatic account."""

_DEFAULTS: Final[dict[str, tuple[str, str]]] = {
    "Verrechnung": ("1361", "1461"),
    "Umsatz.1": ("8400", "4400"),
    "Umsatz.2": ("8300", "4300"),
    "Umsatz.5": ("8200", "4200"),
    "Umsatz.6": ("8200", "4200"),
    "Umsatz.8": ("8200", "4200"),
    "Anzahlung.1": ("1718", "3272"),
    "Anzahlung.2": ("1711", "3260"),
    "Mehrzweckgutschein": ("1604", "3304"),
    "Forderung": ("1400", "1200"),
    "TrinkgeldAN": ("1590", "1370"),
    "Geldtransit": ("1360", "1460"),
    "Privatentnahme": ("1800", "2100"),
    "Privateinlage": ("1890", "2180"),
    "Lohnzahlung": ("1740", "3720"),
    "Einzahlung": ("1590", "1370"),
    "Auszahlung": ("1590", "1370"),
    "Differenz.minus": ("2309", "6969"),
    "Differenz.plus": ("2709", "4839"),
    "Bar": ("1000", "1600"),
    "ECKarte": ("1362", "1462"),
    "Kreditkarte": ("1363", "1463"),
    "ElZahlungsdienstleister": ("1364", "1464"),
    "Guthabenkarte": ("1603", "3303"),
    "Unbar": ("1365", "1465"),
}
KEYS: Final = tuple(_DEFAULTS)
"""What can have an account of its own, in the order a person reads it."""


WORDS: Final = {
    "Verrechnung": "Verrechnungskonto", "Umsatz.1": "Erlöse 19 %", "Umsatz.2": "Erlöse 7 %",
    "Umsatz.5": "Erlöse nicht steuerbar", "Umsatz.6": "Erlöse steuerfrei", "Umsatz.8": "Erlöse Nullsteuersatz",
    "Anzahlung.1": "Anzahlungen 19 %", "Anzahlung.2": "Anzahlungen 7 %", "Mehrzweckgutschein": "Gutscheine",
    "Forderung": "Forderungen", "TrinkgeldAN": "Trinkgeld (Team)", "Lohnzahlung": "Lohnvorschüsse",
    "Differenz.minus": "Kassenmanko", "Differenz.plus": "Kassenüberschuss", "Bar": "Kasse", "ECKarte": "Debitkarten",
    "Kreditkarte": "Kreditkarten", "ElZahlungsdienstleister": "Bezahldienste", "Unbar": "Sonstiges unbar",
}  # fmt: skip
"""What a person reads for a key that is no word of its own."""


class UnmappedError(LookupError):
    """A case, a rate or a means of payment has no account; `key` names it."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart of accounts ("SKR03", "SKR04") with a shop's `own` accounts; `length` is that of the client (4 to 8)."""

    name: str = "SKR03"
    length: int = 4
    own: Mapping[str, str] = field(default_factory=dict)

    def account(self, key: str) -> str:
        """Return the account of a key of `KEYS`, as long as the client's are. Raises UnmappedError."""
        number = self.own.get(key) or self.proposed(key)
        return number.ljust(self.length, "0")

    def proposed(self, key: str) -> str:
        """Return the chart's own number for a key. Raises UnmappedError."""
        if key not in _DEFAULTS:
            raise UnmappedError(key)
        return _DEFAULTS[key][CHARTS.index(self.name)]

    def of_case(self, gv_typ: str, vat_key: int, cents: int) -> str:
        """Return the account a business case is posted to. Raises UnmappedError."""
        return self.account(_case_key(gv_typ, vat_key, cents))

    def of_payment(self, kind: str) -> str:
        """Return the account of a means of payment (ZAHLART_TYP). Raises UnmappedError."""
        return self.account(kind)


def _case_key(gv_typ: str, vat_key: int, cents: int) -> str:
    rate = _SAME_RATE.get(str(vat_key), str(vat_key))
    if gv_typ in _REVENUE_CASES:
        return f"Umsatz.{rate}"
    if gv_typ.startswith("Anzahlung"):
        return f"Anzahlung.{rate}"
    for word in ("Mehrzweckgutschein", "Forderung"):
        if gv_typ.startswith(word):
            return word
    if gv_typ == "DifferenzSollIst":
        return "Differenz.minus" if cents < 0 else "Differenz.plus"
    return gv_typ
