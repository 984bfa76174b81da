"""Settings of the books beside the shop's address: for the tax adviser ("datev"), the tax office ("notice"), what
stands on invoices ("invoices"), rates of foreign cash ("currencies").

Each is a flat dict, journalled with every change, so that how something was posted can always be said later.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from smartecr.register.journal import canonical
from smartecr.register.ledger import writing
from smartecr.register.rights import require
from smartecr.register.till import Till
from smartecr.sql import select
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right

NAMES = ("datev", "notice", "invoices", "currencies")


def read(shop_id: str, name: str) -> dict[str, Any]:
    """Return the options of this name, {} before any were saved."""
    rows = select("SELECT data FROM register_options WHERE shop_id = %s AND name = %s", [shop_id, name])
    found: dict[str, Any] = json.loads(rows[0][0]) if rows else {}
    return found


def save(till: Till, actor: Actor, name: str, data: Mapping[str, Any], approver: Actor | None = None) -> None:
    """Write the options of this name, whole; nothing happens when they are the same."""
    note = require(actor, approver, Right.STAFF)
    if name not in NAMES:
        raise ValueError(name)
    old = read(till.shop_id, name)
    if old == dict(data):
        return
    with writing(till, actor) as writer:
        writer.append("options_saved", {"name": name, "data": canonical(dict(data)), "old": canonical(old), **note})
    till.publish("status")
