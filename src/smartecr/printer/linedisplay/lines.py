"""What stands on a line display: two lines, an amount always whole and on the right."""

from __future__ import annotations

from smartecr.core.money import format_cents
from smartecr.core.quantity import ONE, format_quantity
from smartecr.core.records import dataclass
from smartecr.printer.wrap import plain


@dataclass(frozen=True, slots=True)
class Line:
    """Words on the left, cut where the amount on the right needs the room; without an amount they may be centred."""

    left: str
    right: str = ""
    centred: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """Both lines."""

    upper: Line
    lower: Line


def idle(shop: str) -> Picture:
    """Return the greeting while nobody is served."""
    return Picture(Line(plain(shop), centred=True), Line("Willkommen", centred=True))


def item(text: str, quantity: int, cents: int, total_cents: int, unit: str = "") -> Picture:
    """Return the newest line with its price, and the sum so far. `quantity` in thousandths, 0 for none."""
    count = "" if quantity == 0 or (quantity == ONE and not unit) else f"{format_quantity(quantity)}{unit or 'x'} "
    return Picture(Line(count + plain(text), format_cents(cents)), due(total_cents))


def due(total_cents: int, word: str = "SUMME") -> Line:
    """Return the line of the sum."""
    return Line(word, format_cents(total_cents))


def card(cents: int, hint: str, word: str = "BETRAG") -> Picture:
    """Return what the guest does with the card, and the amount."""
    return Picture(Line(hint), due(cents, word))


def change(given_cents: int, change_cents: int) -> Picture:
    """Return what was given and what comes back."""
    return Picture(due(given_cents, "GEGEBEN"), due(change_cents, "RÜCKGELD"))


def thanks(total_cents: int) -> Picture:
    """Return the words after paying."""
    return Picture(due(total_cents, "BEZAHLT"), Line("Vielen Dank", centred=True))
