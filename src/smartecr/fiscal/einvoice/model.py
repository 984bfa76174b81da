"""An invoice over a receipt that was paid at the till (§ 14 (4) UStG), and how its gross amounts become net ones.

A register calculates gross: net and tax are those of the receipt, once per rate. EN 16931 wants net amounts of lines
that sum to them, so each rate's net is spread over its lines by largest remainder, in proportion to their gross.

Units: money in cents, quantities in thousandths, rates in basis points, days as text ("2026-11-23"). Everything is flat
and JSON, because an invoice is kept as it was issued (`as_json`, `from_json`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, fields, replace
from typing import Any, Final

from smartecr.core.records import dataclass

INVOICE: Final = "380"
CORRECTION: Final = "384"
"""UNTDID 1001: commercial invoice; corrected invoice, whose amounts take another one's back (negative quantities)."""

SMALL_CENTS: Final = 250_00
"""Up to this gross total an invoice needs no buyer and no number (§ 33 UStDV)."""

EXEMPT: Final = "Umsatzsteuerfrei"
"""What is said of rates without tax unless the shop says why (§ 14 (4) Nr. 8 UStG)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Seller or buyer. `country` is ISO 3166 alpha-2; `leitweg` is a buyer's BT-10, `order` its BT-13."""

    name: str
    addition: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = "DE"
    vat_id: str = ""
    tax_number: str = ""
    contact: str = ""
    phone: str = ""
    mail: str = ""
    leitweg: str = ""
    order: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line: gross as on the receipt, net as its share of the rate's net. `unit_cents` is gross and not negative."""

    text: str
    quantity: int
    unit: str
    unit_cents: int
    gross_cents: int
    net_cents: int
    vat_key: int
    rate_bp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Gross, net and tax of one VAT key."""

    vat_key: int
    rate_bp: int
    gross_cents: int
    net_cents: int
    tax_cents: int

    @property
    def category(self) -> str:
        """Return the category of EN 16931 (UNTDID 5305): S taxed, Z zero rate (§ 12 (3) UStG), E exempt."""
        if self.rate_bp:
            return "S"
        return "Z" if self.vat_key == 8 else "E"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What was paid by one means: `kind` is ZAHLART_TYP, or "Gutschein"."""

    kind: str
    name: str
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """An invoice this one takes back: its number and day."""

    number: str
    day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """An invoice as issued. `receipt` names the receipt it is about ("Bon 42 vom …"), `account` is (name, IBAN).

    `outside_cents` was paid with it and is no part of it (tips for the team, vouchers sold); `exemption` says why rates
    without tax are so."""

    number: str
    kind: str
    day: str
    supplied: str
    seller: Party
    buyer: Party | None
    lines: tuple[Line, ...]
    rates: tuple[Rate, ...]
    paid: tuple[Paid, ...]
    receipt: str
    receipt_id: str
    due_day: str = ""
    refers: Reference | None = None
    reason: str = ""
    outside_cents: int = 0
    account: tuple[str, str] = ("", "")
    exemption: str = EXEMPT

    @property
    def gross_cents(self) -> int:
        """Return the total with tax."""
        return sum(rate.gross_cents for rate in self.rates)

    @property
    def net_cents(self) -> int:
        """Return the total without tax."""
        return sum(rate.net_cents for rate in self.rates)

    @property
    def tax_cents(self) -> int:
        """Return the tax."""
        return sum(rate.tax_cents for rate in self.rates)

    @property
    def paid_cents(self) -> int:
        """Return what of the total has been paid."""
        return sum(paid.cents for paid in self.paid)

    @property
    def due_cents(self) -> int:
        """Return what is still to be paid."""
        return self.gross_cents - self.paid_cents


def with_net(lines: Iterable[Line], rates: Iterable[Rate]) -> tuple[Line, ...]:
    """Return the lines with each rate's net spread over them; the lines of a key must sum to its gross.

    Largest remainder: every net is rounded down, the cents left over go one each to the largest fractions, ties to the
    line that comes first. This holds for lines that take back too (negative amounts).
    """
    found = list(lines)
    for rate in rates:
        whole = 10_000 + rate.rate_bp
        shares = {
            place: divmod(line.gross_cents * 10_000, whole)
            for place, line in enumerate(found)
            if line.vat_key == rate.vat_key
        }
        left = rate.net_cents - sum(net for net, _ in shares.values())
        first = sorted(shares, key=lambda place: (-shares[place][1], place))[:left]
        for place, (net, _) in shares.items():
            found[place] = replace(found[place], net_cents=net + (place in first))
    return tuple(found)


def as_json(invoice: Invoice) -> dict[str, Any]:
    """Return an invoice ready for JSON."""
    return asdict(invoice)


def from_json(data: dict[str, Any]) -> Invoice:
    """Return the invoice `as_json` wrote. Raises KeyError, TypeError for anything else."""
    known = {field.name for field in fields(Invoice)}
    parts: dict[str, Any] = {name: value for name, value in data.items() if name in known}
    parts["seller"] = Party(**data["seller"])
    parts["buyer"] = Party(**data["buyer"]) if data["buyer"] else None
    parts["lines"] = tuple(Line(**line) for line in data["lines"])
    parts["rates"] = tuple(Rate(**rate) for rate in data["rates"])
    parts["paid"] = tuple(Paid(**paid) for paid in data["paid"])
    parts["refers"] = Reference(**data["refers"]) if data.get("refers") else None
    parts["account"] = tuple(data.get("account") or ("", ""))
    return Invoice(**parts)
