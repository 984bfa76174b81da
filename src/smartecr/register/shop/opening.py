"""The shop's opening hours: what may take a minute waits until it is closed.

A start only reads them, so what understands and changes them is loaded later.
"""

from __future__ import annotations

from datetime import datetime

from smartecr.register.till import ZONE, Till
from smartecr.sql import fetch
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right


def text(shop_id: str) -> str:
    """Return the opening hours as they were written, "" when nobody has."""
    rows = fetch("SELECT opening_hours FROM register_shop WHERE id = %s", [shop_id])
    return str(rows[0]["opening_hours"]) if rows else ""


def closed(written: str, now: datetime) -> bool | None:
    """Tell whether a shop with these hours is closed at an instant; None when nobody has written any."""
    if not written:
        return None
    from smartecr.core import hours

    known = hours.parse(written)
    return not hours.is_open(known, now.astimezone(ZONE)) if known else None


def save(till: Till, actor: Actor, wanted: str, approver: Actor | None = None) -> None:
    """Write the opening hours ("Mo-Fr 7-18:30, Sa 8-13"; "" forgets them). Raises TextError."""
    from smartecr.core import hours
    from smartecr.register.shop import masterdata

    wanted = " ".join(wanted.split())
    hours.parse(wanted)
    masterdata.save_shop(till, actor, {"opening_hours": wanted}, approver, right=Right.DEVICES)
    if till.care is not None:
        till.care.hours = wanted
