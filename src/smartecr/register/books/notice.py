"""What the tax office must know of this shop's registers (§ 146a (4) AO), and by when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from smartecr import __version__
from smartecr.fiscal import notification
from smartecr.fiscal.notification import Notice, Premises, System
from smartecr.register.errors import RegisterError
from smartecr.register.journal import by_kinds
from smartecr.register.ledger import writing
from smartecr.register.rights import require
from smartecr.register.shop import options
from smartecr.register.till import ZONE, Till, moment
from smartecr.sql import fetch, select
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right

CHANGES = ("register_saved", "tse_seen", "tse_adopted")
"""Facts the tax office has to be told of."""


def current(shop_id: str) -> Notice:
    """Return the notification as of now, with all registers of the shop, and when it is due."""
    (shop,) = fetch("SELECT * FROM register_shop WHERE id = %s", [shop_id])
    said = options.read(shop_id, "notice")
    told = select("SELECT day, ticket FROM register_notice WHERE shop_id = %s ORDER BY at DESC LIMIT 1", [shop_id])
    registers = fetch("SELECT * FROM register_register WHERE shop_id = %s ORDER BY name, id", [shop_id])
    return Notice(
        premises=Premises(
            company=shop["owner"] or shop["name"],
            name=shop["name"],
            street=shop["street"],
            postcode=shop["postcode"],
            city=shop["city"],
            tax_number=shop["tax_number"],
        ),
        systems=tuple(_system(row, said_of(said, row["id"])) for row in registers),
        due=_due(shop_id),
        told=_date(told[0][0]) if told else None,
        ticket=told[0][1] if told else "",
    )


def said_of(said: Mapping[str, Any], register_id: str) -> dict[str, Any]:
    """Return what was said of a register ("model.<its id>"), else of every register of the shop ("model")."""
    shop = {key: value for key, value in said.items() if "." not in key}
    return shop | {key.removesuffix(f".{register_id}"): said[key] for key in said if key.endswith(f".{register_id}")}


def _system(register: Mapping[str, Any], said: Mapping[str, Any]) -> System:
    serial, since = _tse_of(register["id"])
    began = _first(register["id"])
    return System(
        serial=register["serial"],
        maker=str(said.get("maker") or "smartECR"),
        model=str(said.get("model") or register["name"]),
        software="smartECR",
        version=__version__,
        tse_serial=serial,
        bsi_id=str(said.get("bsi_id") or ""),
        tse_kind=str(said.get("tse_kind") or ""),
        tse_since=_date(said.get("tse_since")) or since,
        acquired=_date(said.get("acquired")) or began,
        since=_date(said.get("since")) or began,
    )


def _tse_of(register_id: str) -> tuple[str, date | None]:
    """Return the serial of the TSE that signed the register's latest receipt, and the day of its first signature."""
    latest = select(
        "SELECT s.tse_serial FROM register_receipt r JOIN register_receipt_signature s ON s.receipt_id = r.id "
        "WHERE r.register_id = %s AND s.tse_serial <> '' ORDER BY r.number DESC LIMIT 1",
        [register_id],
    )
    if not latest:
        return "", None
    serial = str(latest[0][0])
    for body, at in select("SELECT body, at FROM register_journal WHERE kind = 'tse_seen' ORDER BY at", []):
        if json.loads(body)["tse"]["serial"] == serial:
            return serial, _local(at)
    return serial, None


def _first(register_id: str) -> date | None:
    rows = select("SELECT at FROM register_journal WHERE register_id = %s ORDER BY seq LIMIT 1", [register_id])
    return _local(rows[0][0]) if rows else None


def _due(shop_id: str) -> date | None:
    """Return when the earliest change not told yet must be told."""
    told = select("SELECT max(at) FROM register_notice WHERE shop_id = %s", [shop_id])[0][0] or ""
    sql = by_kinds("SELECT at FROM register_journal WHERE shop_id = %s AND at > %s", CHANGES)
    changed = select(f"{sql} ORDER BY at LIMIT 1", [shop_id, told] * len(CHANGES))
    return notification.due_after(_local(changed[0][0])) if changed else None


def sent(
    till: Till,
    actor: Actor,
    entry_id: str,
    day: str,
    ticket: str = "",
    approver: Actor | None = None,
    *,
    right: Right = Right.STAFF,
) -> None:
    """Write down that the tax office was told on `day` ("2026-11-23"), with the transfer ticket of Mein ELSTER.

    Raises RegisterError("day") for what is no day, or one to come.
    """
    note = require(actor, approver, right)
    told = _date(day)
    if told is None or told > moment(till.now()).astimezone(ZONE).date():
        raise RegisterError("day", "Dieser Tag geht hier nicht.", "Den Tag der Mitteilung wählen.")
    with writing(till, actor) as writer:
        if not writer.seen([entry_id]):
            body = {"day": told.isoformat(), "ticket": ticket.strip()[:60]}
            writer.append("notice_sent", {"notice": body, **note}, entry_id)


def _date(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text)) if text else None
    except ValueError:
        return None


def _local(at: str) -> date:
    return moment(at).astimezone(ZONE).date()
