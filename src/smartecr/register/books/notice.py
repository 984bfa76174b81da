"""What the tax office must know of this shop's registers (§ 146a (4) AO), and by when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from smartecr import __version__
from smartecr.fiscal import notification
from smartecr.fiscal.notification import Notice, Premises, System
from smartecr.register.books import noticed, tsesaid
from smartecr.register.books.noticed import Standing
from smartecr.register.books.tsesaid import Sayings
from smartecr.register.errors import RegisterError
from smartecr.register.ledger import writing
from smartecr.register.rights import require
from smartecr.register.shop import options
from smartecr.register.signing import tselife
from smartecr.register.till import ZONE, Till, moment
from smartecr.sql import fetch, select
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right


def current(shop_id: str) -> Notice:
    """Return the notification as of now, with all registers of the shop, when it is due, and what has changed."""
    (shop,) = fetch("SELECT * FROM register_shop WHERE id = %s", [shop_id])
    registers = fetch("SELECT * FROM register_register WHERE shop_id = %s ORDER BY name, id", [shop_id])
    now = Standing(shop=shop, said=options.read(shop_id, "notice"), registers=registers)
    sayings = Sayings(shop_id)
    premises, systems = _premises(now), _systems(now, sayings)
    told = select("SELECT at, day, ticket FROM register_notice WHERE shop_id = %s ORDER BY at DESC LIMIT 1", [shop_id])
    if not told:
        began = min((system.acquired for system in systems if system.acquired), default=None)
        return Notice(premises=premises, systems=systems, due=began and notification.due_after(began))
    at, day, ticket = told[0]
    was = noticed.before(shop_id, at, now)
    moved = notification.place_changes(_premises(was), premises)
    altered = notification.system_changes(_systems(was, sayings, at), systems)
    since = [noticed.place_since(shop_id, at)] if moved else []
    since += [noticed.systems_since(shop_id, at) or at] if altered else []
    return Notice(
        premises=premises,
        systems=systems,
        due=notification.due_after(_local(min(since))) if since else None,
        told=_date(day),
        ticket=ticket,
        changed=(*moved, *altered),
    )


def _premises(standing: Standing) -> Premises:
    shop = standing.shop
    return Premises(
        company=shop["owner"] or shop["name"],
        name=shop["name"],
        street=shop["street"],
        postcode=shop["postcode"],
        city=shop["city"],
        tax_number=shop["tax_number"],
    )


def _systems(standing: Standing, sayings: Sayings, at: str = "") -> tuple[System, ...]:
    return tuple(_system(row, said_of(standing.said, row["id"]), sayings, at) for row in standing.registers)


def said_of(said: Mapping[str, Any], register_id: str) -> dict[str, Any]:
    """Return what was said of a register ("model.<its id>"), else of every register of the shop ("model")."""
    shop = {key: value for key, value in said.items() if "." not in key}
    return shop | {key.removesuffix(f".{register_id}"): said[key] for key in said if key.endswith(f".{register_id}")}


def _system(register: Mapping[str, Any], said: Mapping[str, Any], sayings: Sayings, at: str) -> System:
    serial = tselife.in_service(register["id"], at)
    tse = tsesaid.told(sayings, register["id"], serial, at)
    began = _first(register["id"])
    return System(
        serial=register["serial"],
        maker=str(said.get("maker") or "smartECR"),
        model=str(said.get("model") or register["name"]),
        software="smartECR",
        version=__version__,
        tse_serial=serial,
        bsi_id=tse.bsi_id,
        tse_kind=tse.kind,
        tse_since=tse.since,
        acquired=_date(said.get("acquired")) or began,
        since=_date(said.get("since")) or began,
    )


def _first(register_id: str) -> date | None:
    rows = select("SELECT at FROM register_journal WHERE register_id = %s ORDER BY seq LIMIT 1", [register_id])
    return _local(rows[0][0]) if rows else None


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
