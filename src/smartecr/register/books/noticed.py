"""What the tax office was told and is so no more: the register's own facts since the last notification say it.

What was told is rebuilt from the journal as it stood when the notification was noted: facts since then carry the old
values, and the TSE is that which was in service. What was changed and changed back is no change. What was missing was
typed into the form itself, which takes no notification without it: the first value said afterwards counts as told. When
a change happened counts from the earliest fact that may have made it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from smartecr.core.records import dataclass
from smartecr.register.rows import Row
from smartecr.sql import select

_PLACE = ("name", "owner", "street", "postcode", "city", "tax_number")
"""Columns of the shop that the notification names."""


_SAVED = "SELECT min(at) FROM register_journal WHERE kind = 'register_saved' AND shop_id = %s AND at > %s"
_SEEN = "SELECT min(at) FROM register_journal WHERE kind = 'tse_seen' AND shop_id = %s AND at > %s"
_TAKEN = (
    "SELECT min(e.at) FROM register_tse_event e JOIN register_register r ON r.id = e.register_id "
    "WHERE r.shop_id = %s AND e.at > %s AND e.kind IN ('adopted', 'commissioned')"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a notification is made of at an instant: the shop's row, what was said of registers, and their rows."""

    shop: Row
    said: Mapping[str, Any]
    registers: Sequence[Row]


def before(shop_id: str, at: str, now: Standing) -> Standing:
    """Return how it stood at an instant (UTC text); `now` is how it stands."""
    shop = dict(now.shop)
    for _at, old in reversed(_shop_changes(shop_id, at)):
        shop |= {name: value for name, value in old.items() if value or name == "owner"}
    said = now.said
    for _at, old in reversed(_said_changes(shop_id, at)):
        said = old
    named: dict[str, Row] = {}
    for (body,) in select(
        "SELECT body FROM register_journal WHERE kind = 'register_saved' AND shop_id = %s AND at <= %s ORDER BY at",
        [shop_id, at],
    ):
        row = json.loads(body)["register"]
        named[row["id"]] = row
    registers = [{**row, **named[row["id"]]} for row in now.registers if row["id"] in named]
    return Standing(shop=shop, said=said, registers=registers)


def place_since(shop_id: str, at: str) -> str:
    """Return the instant of the first change of the shop's address, names or tax number after another, "" for none."""
    return next((when for when, old in _shop_changes(shop_id, at) if not old.keys().isdisjoint(_PLACE)), "")


def systems_since(shop_id: str, at: str) -> str:
    """Return the instant of the first change of what is said of registers, or of their TSEs, after another, or ""."""
    instants = [when for when, _old in _said_changes(shop_id, at)]
    for sql in (_SAVED, _SEEN, _TAKEN):
        instants += [when for (when,) in select(sql, [shop_id, at]) if when]
    return min(instants, default="")


def _shop_changes(shop_id: str, at: str) -> list[tuple[str, Row]]:
    """Return (instant, old values) of what was saved of the shop since, in order."""
    rows = select(
        "SELECT at, body FROM register_journal WHERE kind = 'shop_saved' AND shop_id = %s AND at > %s ORDER BY at",
        [shop_id, at],
    )
    return [(when, json.loads(body)["old"] or {}) for when, body in rows]


def _said_changes(shop_id: str, at: str) -> list[tuple[str, dict[str, Any]]]:
    """Return (instant, old options) of what was said of registers since, in order."""
    rows = select(
        "SELECT at, body FROM register_journal WHERE kind = 'options_saved' AND shop_id = %s AND at > %s ORDER BY at",
        [shop_id, at],
    )
    bodies = [(when, json.loads(body)) for when, body in rows]
    return [(when, json.loads(body["old"])) for when, body in bodies if body["name"] == "notice"]
