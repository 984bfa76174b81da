"""Notes of other currencies at the till: rates the shop sets, what is taken, what lies apart in the drawer.

Change is given in euros, so foreign notes only ever come in; they leave the drawer with the closing (Geldtransit), at
the euros they came in for. The drawer's stock is euros alone; every currency is kept and counted apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from smartecr.core.currency import CURRENCIES, format_rate, in_euro, parse_rate
from smartecr.core.kinds import CASH
from smartecr.core.money import format_cents, round_half_up
from smartecr.core.receipt import Payment
from smartecr.core.records import dataclass
from smartecr.register import queries
from smartecr.register.errors import RegisterError
from smartecr.register.head import head
from smartecr.register.shop import options
from smartecr.register.till import Till
from smartecr.sql import fetch
from smartecr.staff.actor import Actor

OPTIONS = "currencies"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A currency with its rate and the days it holds ("": no limit)."""

    currency: str
    rate: int
    first: str
    last: str

    @property
    def name(self) -> str:
        """Return the currency in words."""
        return CURRENCIES[self.currency]

    @property
    def text(self) -> str:
        """Return the rate as people write it."""
        return format_rate(self.rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """Foreign notes in the drawer: their amount, and the euros they came in for, in cents."""

    currency: str
    foreign_cents: int
    cents: int


def rates(shop_id: str) -> list[Rate]:
    """Return every rate the shop has set."""
    kept = options.read(shop_id, OPTIONS)
    return [
        Rate(
            currency=currency,
            rate=int(kept[f"{currency}.rate"]),
            first=str(kept.get(f"{currency}.first", "")),
            last=str(kept.get(f"{currency}.last", "")),
        )
        for currency in CURRENCIES
        if kept.get(f"{currency}.rate")
    ]


def valid(till: Till) -> list[Rate]:
    """Return the rates that hold on the business day."""
    day = queries.business_day(till)
    return [one for one in rates(till.shop_id) if one.first <= day <= (one.last or "9999")]


def save(till: Till, actor: Actor, typed: Mapping[str, str]) -> None:
    """Keep the rates; `typed` holds "CHF.rate", "CHF.first", "CHF.last" as typed, an empty rate takes none.

    Raises PaymentError for what is no rate, RegisterError("day") for what is no day, and for the right.
    """
    data: dict[str, int | str] = {}
    for currency in CURRENCIES:
        text = typed.get(f"{currency}.rate", "").strip()
        if not text:
            continue
        data[f"{currency}.rate"] = parse_rate(text)
        days = [_day(typed.get(f"{currency}.{name}", "")) for name in ("first", "last")]
        if days[0] and days[1] and days[0] > days[1]:
            raise RegisterError("day", "Der Kurs endet, bevor er beginnt.", "Die Tage prüfen.")
        data |= {f"{currency}.{name}": day for name, day in zip(("first", "last"), days, strict=True) if day}
    options.save(till, actor, OPTIONS, data)


def _day(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise RegisterError("day", "Ein Tag ist unlesbar.", "Beispiel: 2026-11-23") from None


def tendered(till: Till, currency: str, foreign_cents: int) -> Payment:
    """Return foreign notes as what they pay. Raises RegisterError("currency") without a rate today, ("amount")."""
    rate = next((one.rate for one in valid(till) if one.currency == currency), 0)
    if not rate:
        raise RegisterError("currency", "Für diese Währung gilt heute kein Kurs.", "Im Büro einen Kurs eintragen.")
    cents = in_euro(foreign_cents, rate)
    if foreign_cents <= 0 or cents <= 0:
        raise RegisterError("amount", "Dieser Betrag geht hier nicht.", "Betrag prüfen.")
    return payment(currency, foreign_cents, cents)


def payment(currency: str, foreign_cents: int, cents: int) -> Payment:
    """Return foreign cash as a receipt keeps it: named by its currency, so that closings keep it apart."""
    return Payment(kind=CASH, name=currency, currency=currency, cents=cents, foreign_cents=foreign_cents)


def stocks(till: Till) -> list[Stock]:
    """Return the foreign notes in the drawer: all that came in since the last closing."""
    rows = fetch(
        "SELECT p.currency, sum(p.foreign_cents) AS amount, sum(p.cents) AS cents FROM register_receipt r "
        "JOIN register_receipt_payment p ON p.receipt_id = r.id AND p.kind = 'Bar' AND p.currency <> 'EUR' "
        "WHERE r.register_id = %s AND r.number > %s GROUP BY p.currency ORDER BY p.currency",
        [till.register_id, head(till).closed_number],
    )
    return [
        Stock(currency=row["currency"], foreign_cents=int(row["amount"]), cents=int(row["cents"]))
        for row in rows
        if row["amount"] or row["cents"]
    ]


def differences(till: Till, counted: Mapping[str, int] | None) -> list[tuple[Stock, int, int]]:
    """Return each currency with what was counted less than expected or more, in it and in cents; none if not counted.

    What is missing is worth what it came in for, what is found too much as well, else today's rate.
    """
    found = []
    known = {one.currency: one for one in stocks(till)}
    if counted is None:
        return [(one, 0, 0) for one in known.values()]
    for currency in CURRENCIES:
        stock = known.get(currency, Stock(currency=currency, foreign_cents=0, cents=0))
        differs = counted.get(currency, 0) - stock.foreign_cents
        if not differs and currency not in known:
            continue
        if stock.foreign_cents:
            cents = round_half_up(stock.cents * differs, stock.foreign_cents)
        else:
            cents = tendered(till, currency, differs).cents
        found.append((stock, differs, cents))
    return found


def words(paid: Payment) -> str:
    """Return what a receipt says of foreign cash: "Bar CHF 50,00"."""
    return f"Bar {paid.currency} {format_cents(paid.foreign_cents or 0)}"
