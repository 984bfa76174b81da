"""What the tax office has to be told about register and TSE, and by when (§ 146a (4) AO; ELSTER since 2025).

One notification for each place of business names all of its registers; within one month of buying a register, taking
it out of use, or changing its TSE.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

from smartecr.register import tselife
from smartecr.register.errors import RegisterError
from smartecr.register.rights import require
from smartecr.register.till import ZONE, Till, moment
from smartecr.sql import fetch
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A TSE in the notification; dates are local days, None where the books do not know."""

    serial: str
    certification_id: str
    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What the form asks for. `due` is the last day, None when nothing changed that is not reported yet."""

    name: str
    address: str
    tax_number: str
    register_serial: str
    software: str
    devices: tuple[Device, ...]
    due: date | None


def notification(till: Till, software: str, certification_id: str = "") -> Notification:
    """Gather the data; `certification_id` is that of the device that answers now (BSI-K-TR-…)."""
    shop = next(iter(fetch("SELECT * FROM register_shop WHERE id = %s", [till.shop_id])), None) or {}
    place = f"{shop.get('postcode', '')} {shop.get('city', '')}".strip()
    since: dict[str, date] = {}
    until: dict[str, date] = {}
    changed = reported = None
    for event in tselife.events(till):
        day = moment(event.at).astimezone(ZONE).date()
        if event.kind in ("commissioned", "adopted") and event.serial:
            since[event.serial] = changed = day
            until.pop(event.serial, None)
        elif event.kind == "retired":
            until[event.serial] = changed = day
        elif event.kind == "swap_cancelled":
            until.pop(event.serial, None)
        elif event.kind == "notified":
            reported = day
    present = tselife.in_service(till.register_id)
    serials = dict.fromkeys([*until, *since, *([present] if present else [])])
    devices = [
        Device(
            serial=serial,
            certification_id=certification_id if serial == present else "",
            since=since.get(serial),
            until=until.get(serial),
        )
        for serial in serials
    ]
    return Notification(
        name=str(shop.get("owner") or shop.get("name") or ""),
        address=", ".join(filter(None, [shop.get("street", ""), place])),
        tax_number=str(shop.get("tax_number", "")),
        register_serial=till.serial,
        software=software,
        devices=tuple(devices),
        due=month_later(changed) if changed and (reported is None or reported < changed) else None,
    )


def report(till: Till, actor: Actor, day: date) -> None:
    """Write down that the tax office was told on that day."""
    require(actor, None, Right.DEVICES)
    if day > till.clock().astimezone(ZONE).date():
        raise RegisterError("future", "Dieser Tag liegt in der Zukunft.", "Den Tag der Meldung eintragen.")
    tselife.append(till, actor, "notified", tselife.in_service(till.register_id), day=day.isoformat())


def month_later(day: date) -> date:
    """Return the end of a span of one month (§ 188 (2), (3) BGB): the same day, or the month's last."""
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
