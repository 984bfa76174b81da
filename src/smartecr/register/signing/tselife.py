"""The life of TSEs at this register, step by step: what was begun, done and reported, so that a cut loses no step.

Facts of kind `tse_event`, rows in `register_tse_event`:

- `commissioning_began`, `commissioned`: a factory-new device gets its secrets; it is in service
- `commissioning_dropped`: what was cut off is not gone on with, for another device is plugged in
- `adopted`: another device, already in operation, was taken over
- `swap_began`, `exported`, `retired`, `deregistered`, `swap_cancelled`, `swap_ended`: see `swapping`

`retired` is written before the device is deregistered: from then on it signs nothing for this register.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from smartecr.core.records import dataclass
from smartecr.register.booked import ENDLESS
from smartecr.register.ledger import writing
from smartecr.register.till import Till
from smartecr.sql import fetch
from smartecr.staff.actor import Actor
from smartecr.tse.api import NewCredentials
from smartecr.tse.credentials import Role, Secret
from smartecr.tse.gaugebook import GaugeBook
from smartecr.tse.healing import PinOf

if TYPE_CHECKING:
    from smartecr.register.signing.proving import Proof


@dataclass(slots=True)
class Pending:
    """Secrets made for a device that has not got them yet, in memory only; `confirmed`: they are on paper."""

    serial: str
    credentials: NewCredentials
    confirmed: bool = False


@dataclass(slots=True, kw_only=True)
class Care:
    """What looking after a TSE needs besides the service.

    `keep_pins` writes PINs where `pin_of` finds them and raises RegisterError when it cannot; None: the PINs of this
    TSE are not the shop's (the demo's). `exports` is the folder for archives, `hours` are the shop's opening hours,
    `proof` is the export looked at last.
    """

    pin_of: PinOf
    gauges: GaugeBook
    exports: Path
    keep_pins: Callable[[Mapping[Role, Secret]], None] | None = None
    hours: str = ""
    lock: Lock = field(default_factory=Lock)
    pending: Pending | None = None
    proof: Proof | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A step that was done; `at` is UTC journal text."""

    at: str
    kind: str
    serial: str
    person_name: str
    detail: dict[str, Any]


def events(till: Till) -> list[Event]:
    """Return all steps of this register, oldest first."""
    rows = fetch(
        "SELECT at, kind, serial, person_name, detail FROM register_tse_event WHERE register_id = %s ORDER BY seq",
        [till.register_id],
    )
    return [Event(**{**row, "detail": json.loads(row["detail"])}) for row in rows]


def append(till: Till, actor: Actor, kind: str, serial: str, **detail: Any) -> None:
    """Write down that a step was done, on the disk when it returns."""
    with writing(till, actor) as writer:
        writer.append("tse_event", {"kind": kind, "serial": serial, "detail": detail})
    till.publish("status")


_UNTIL = (
    "AND recorded_at <= %s AND number <= "  # noqa: S608 constants
    "COALESCE((SELECT last_number FROM register_closing WHERE register_id = %s "
    f"AND closed_at > %s ORDER BY z_number LIMIT 1), {ENDLESS})"
)
"""Up to an instant, and no further than the period it lies in: receipts have no index of their instants."""


def in_service(register_id: str, at: str = "") -> str:
    """Return the serial number of the TSE in service as the books say, "" without one; at an instant (UTC text) or now.

    It is the one taken into service last, or the one that signed last if that was later.
    """
    rows = fetch(
        "SELECT serial, at FROM register_tse_event WHERE register_id = %s AND at <= %s "
        "AND kind IN ('adopted', 'commissioned') ORDER BY seq DESC LIMIT 1",
        [register_id, at or "9999"],
    )
    signed = fetch(
        "SELECT tse_serial AS serial, recorded_at AS at FROM register_receipt "  # noqa: S608 constants
        f"WHERE register_id = %s AND tse_serial <> '' {_UNTIL if at else ''} ORDER BY number DESC LIMIT 1",
        [register_id, at, register_id, at] if at else [register_id],
    )
    newest = max((*rows, *signed), key=lambda row: row["at"], default=None)
    return str(newest["serial"]) if newest else ""


def first(register_id: str) -> str:
    """Return the serial number of the first TSE this register had in service, "" before one."""
    rows = fetch(
        "SELECT serial, at FROM register_tse_event WHERE register_id = %s AND kind IN ('adopted', 'commissioned') "
        "ORDER BY seq LIMIT 1",
        [register_id],
    )
    rows += fetch(
        "SELECT tse_serial AS serial, recorded_at AS at FROM register_receipt "
        "WHERE register_id = %s AND tse_serial <> '' ORDER BY number LIMIT 1",
        [register_id],
    )
    oldest = min(rows, key=lambda row: row["at"], default=None)
    return str(oldest["serial"]) if oldest else ""


def retired(register_id: str) -> set[str]:
    """Return the serial numbers of the devices that were replaced for good."""
    rows = fetch(
        "SELECT kind, serial FROM register_tse_event WHERE register_id = %s AND kind IN ('retired', 'swap_cancelled') "
        "ORDER BY seq",
        [register_id],
    )
    found: set[str] = set()
    for row in rows:
        found = found | {row["serial"]} if row["kind"] == "retired" else found - {row["serial"]}
    return found
