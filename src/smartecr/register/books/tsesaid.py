"""What the notification to the tax office says of a TSE beside its serial number: typed by people, else as it told.

A person types certificate, kind and first day for one device: options "notice" hold them as "bsi_id.<serial>". Older
ones ("bsi_id", "bsi_id.<register>") name no device; they hold for the one that was in service when they were saved, or
the register's first where there was none yet. What nobody typed the device may have said itself, in the facts
`tse_seen` (it signed for the first time) and `tse_event` (it was put into operation).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from smartecr.core.records import dataclass
from smartecr.fiscal import notification
from smartecr.register.shop import options
from smartecr.register.signing import tselife
from smartecr.register.till import ZONE, moment
from smartecr.sql import select

NAMES: Final = ("bsi_id", "tse_kind", "tse_since")
"""What is typed of a TSE: number of its certificate ("0412-2024"), `notification.TSE_KINDS`, day ("2026-11-23")."""

_KINDS: Final = {"Swissbit TSE SD": "1", "Swissbit TSE uSD": "1", "Swissbit TSE USB": "2", "fiskaly SIGN DE": "3"}
"""Kinds of `notification.TSE_KINDS` by what drivers write of a device; of the others it does not tell its housing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is known of a TSE; "" and None: nobody said it."""

    bsi_id: str
    kind: str
    since: date | None


class Sayings:
    """What was ever typed for a shop's notification: the options after each change of them, oldest first."""

    def __init__(self, shop_id: str) -> None:
        rows = select(
            "SELECT at, body FROM register_journal WHERE kind = 'options_saved' AND shop_id = %s ORDER BY at, seq",
            [shop_id],
        )
        saved = [(at, body) for at, body in ((at, json.loads(text)) for at, text in rows) if body["name"] == "notice"]
        first = [("", json.loads(saved[0][1]["old"]))] if saved else []
        self._states: list[tuple[str, dict[str, Any]]] = first + [(at, json.loads(body["data"])) for at, body in saved]
        if saved:  # of registers that save in one instant the rows know which came last
            self._states[-1] = (saved[-1][0], options.read(shop_id, "notice"))

    def typed(self, register_id: str, serial: str, at: str = "") -> dict[str, str]:
        """Return what holds for a device at a register, by `NAMES`, now or as it was told at an instant (UTC text).

        What was missing then was typed into the form itself: the first value said afterwards counts as told.
        """
        now = sum(1 for when, _data in self._states if not at or when <= at)
        return {name: self._typed(name, register_id, serial, now, later=bool(at)) for name in NAMES}

    def _typed(self, name: str, register_id: str, serial: str, now: int, *, later: bool) -> str:
        value = self._value(now - 1, name, register_id, serial) if now else ""
        if value or not later or name == "tse_since":
            return value
        after = (self._value(index, name, register_id, serial) for index in range(now, len(self._states)))
        return next(filter(None, after), "")

    def _value(self, index: int, name: str, register_id: str, serial: str) -> str:
        data = self._states[index][1]
        if serial and f"{name}.{serial}" in data:
            return str(data[f"{name}.{serial}"])
        value = str(_unnamed(data, register_id)[name])
        return value if value and serial == self._meant(index, register_id) else ""

    def _meant(self, index: int, register_id: str) -> str:
        """Return for which device the values were typed that name none."""
        said = _unnamed(self._states[index][1], register_id)
        while index and _unnamed(self._states[index - 1][1], register_id) == said:
            index -= 1
        at = self._states[index][0]
        return (tselife.in_service(register_id, at) if at else "") or tselife.first(register_id)


def _unnamed(data: Mapping[str, Any], register_id: str) -> dict[str, Any]:
    return {name: data.get(f"{name}.{register_id}", data.get(name)) or "" for name in NAMES}


def told(sayings: Sayings, register_id: str, serial: str, at: str = "") -> Told:
    """Return what the notification says of a TSE at a register: now, or as it was told at an instant (UTC text)."""
    typed, known = sayings.typed(register_id, serial, at), _known(serial)
    return Told(
        bsi_id=typed["bsi_id"] or known.bsi_id,
        kind=typed["tse_kind"] or known.kind,
        since=_day(typed["tse_since"]) or _since(register_id, serial),
    )


def _known(serial: str) -> Told:
    """Return what a device said of itself, its newest word first."""
    seen = (body for _at, body in _seen(serial))
    said = [{**body["tse"], **body.get("told", {})} for body in seen]
    rows = select(
        "SELECT detail FROM register_tse_event WHERE serial = %s AND kind = 'commissioned' ORDER BY at DESC", [serial]
    )
    said += [json.loads(detail) for (detail,) in rows]
    numbers = (notification.certificate(one.get("certification_id") or "") for one in said)
    kinds = (_KINDS.get(one.get("description") or "", "") for one in said)
    return Told(bsi_id=next(filter(None, numbers), ""), kind=next(filter(None, kinds), ""), since=None)


def _since(register_id: str, serial: str) -> date | None:
    """Return the day on which a register put a TSE into service, or the shop first had its signature."""
    taken = select(
        "SELECT min(at) FROM register_tse_event WHERE register_id = %s AND serial = %s "
        "AND kind IN ('adopted', 'commissioned')",
        [register_id, serial],
    )[0][0]
    days = [day for day in (taken, *(at for at, _body in _seen(serial))) if day]
    return moment(min(days)).astimezone(ZONE).date() if days else None


def _seen(serial: str) -> list[tuple[str, dict[str, Any]]]:
    """Return (instant, body) of the facts that a device signed for the first time, newest first."""
    rows = select("SELECT at, body FROM register_journal WHERE kind = 'tse_seen' ORDER BY at DESC", [])
    bodies = [(at, json.loads(body)) for at, body in rows]
    return [(at, body) for at, body in bodies if body["tse"]["serial"] == serial]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
