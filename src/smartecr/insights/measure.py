"""What the figures mean: which lines are revenue, which hour a moment belongs to, how means of payment are called.

Revenue is gross, after discounts and cancellations, without deposits and without vouchers sold or redeemed: what was
earned by selling. All other lines stand beside it, so that both together are the books' turnover.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from django.utils.translation import gettext as _

from smartecr.core.kinds import CASH_KINDS, DEPOSIT_KINDS, DISCOUNT, TURNOVER
from smartecr.register.till import ZONE, moment

REVENUE = frozenset({TURNOVER, DISCOUNT, "Aufschlag"})
"""GV_TYP values that are revenue."""

VOUCHERS = frozenset(
    {
        "EinzweckgutscheinKauf",
        "EinzweckgutscheinEinloesung",
        "MehrzweckgutscheinKauf",
        "MehrzweckgutscheinEinloesung",
    }
)
"""GV_TYP values of vouchers."""


def side_of(gv_typ: str) -> str:
    """Return where a kind of business stands: "revenue", "deposit", "voucher", "cash" (moved only) or "other"."""
    if gv_typ in REVENUE:
        return "revenue"
    if gv_typ in DEPOSIT_KINDS:
        return "deposit"
    if gv_typ in VOUCHERS:
        return "voucher"
    return "cash" if gv_typ in CASH_KINDS else "other"


def clock(at: str, business_day: str) -> tuple[int, int]:
    """Return the hour on the shop's clock (0 to 23) and the minutes since the business day's midnight.

    `at` is journal text (UTC). A sale at half past one at night belongs to the evening before: hour 1, minute 1530.
    """
    hour, begin = _hour(at[:13], business_day)
    return hour, begin + int(at[14:16])


@lru_cache(maxsize=4096)
def _hour(at: str, business_day: str) -> tuple[int, int]:
    """Return the hour and minute at which an hour of UTC ("2026-11-23T08") begins; the zone is whole hours away."""
    local = moment(f"{at}:00:00Z").astimezone(ZONE)
    return local.hour, minute_of(local, business_day)


def minute_of(local: datetime, business_day: str) -> int:
    """Return the minutes of a local moment since the business day's midnight, as the clock on the wall shows them."""
    days = (local.date() - date.fromisoformat(business_day)).days
    return days * 1440 + local.hour * 60 + local.minute


def means_word(kind: str, name: str) -> str:
    """Return what a person calls a means of payment."""
    if name and name != kind:
        return name
    return {
        "Bar": _("Bar"),
        "Unbar": _("Unbar"),
        "ECKarte": _("Girocard"),
        "Kreditkarte": _("Kreditkarte"),
        "ElZahlungsdienstleister": _("Handy-Code"),
        "Guthabenkarte": _("Guthabenkarte"),
        "Keine": _("Ohne Zahlung"),
    }.get(kind, kind)
