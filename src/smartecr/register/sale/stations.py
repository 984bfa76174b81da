"""Orders to kitchen and bar: which line goes where, what a station knows already, the slip with the rest.

A product group names its station, the settings give a station its printer (`Till.stations`). A slip goes into its
print queue before the commit that writes it down: a cut in between prints one twice rather than never.
Ordering (`ordering`) and paying send what was not sent, a basket that is given up sends its cancellations. Practice
sends nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from smartecr.core.kinds import DEPOSIT_KINDS
from smartecr.core.lines import Line
from smartecr.printer import orderslip
from smartecr.printer.orderslip import Ordered, Slip
from smartecr.printer.spool import Spool, SpoolError
from smartecr.register.errors import RegisterError
from smartecr.register.ledger import Writer, writing
from smartecr.register.sale.baskets import OpenBasket, load
from smartecr.register.till import ZONE, Till, moment
from smartecr.sql import fetch
from smartecr.staff.actor import Actor

if TYPE_CHECKING:
    from smartecr.register.sale.counter import Command, Counter

log = logging.getLogger(__name__)

TAKE_AWAY = "außer Haus"
_ORDERED = ("line_id", "text", "quantity", "unit", "remark", "wish")
_KNOWN = "SELECT * FROM register_station_line WHERE basket_id = %s AND quantity > 0"
Lines = Mapping[str, Sequence[Ordered]]


def routes(till: Till) -> dict[str, str]:
    """Return the station of each product group that has one and a printer for it, by group id."""
    if not till.stations:
        return {}
    rows = fetch("SELECT id, station FROM catalog_group WHERE station <> ''")
    return {row["id"]: row["station"] for row in rows if queue_of(till, row["station"]) is not None}


def queue_of(till: Till, station: str) -> Spool | None:
    """Return the print queue of a station; a station without printer prints where receipts are printed."""
    return till.stations.get(station) or till.printer


def unsent(till: Till, basket_id: str, lines: Sequence[Line]) -> int:
    """Return how many changes the stations do not know yet."""
    ways = routes(till)
    if not ways:
        return 0
    known, now = _known(basket_id), _wanted(lines, ways)
    return sum(len(orderslip.changes(known.get(one, ()), now.get(one, ()))) for one in {*known, *now})


def send(till: Till, actor: Actor, basket_id: str, entry_id: str = "") -> list[Slip]:
    """Send what the stations do not know of a basket yet, or that it moved to another table (its label).

    Raises RegisterError: "gone", "nothing" (they know everything), "storage".
    """
    with writing(till, actor) as writer:
        if entry_id and writer.seen([entry_id]):
            return []
        basket = load(basket_id)
        if basket is None:
            raise RegisterError("gone", "Diesen Bon gibt es nicht mehr.")
        return write(till, writer, basket, entry_id)


def order(counter: Counter, command_id: str, _command: Command) -> str:
    """Send what is new on the open basket, as a command of the till. Raises RegisterError as `write`."""
    write(counter.till, counter.writer, counter.basket(), command_id)
    return ""


def write(till: Till, writer: Writer, basket: OpenBasket, entry_id: str = "") -> list[Slip]:
    """Send within a transaction; the first fact bears `entry_id`. Raises RegisterError: "nothing", "storage"."""
    if basket.row.get("training"):
        raise RegisterError("training", "Im Übungsmodus geht keine Bestellung hinaus.")
    try:
        slips = _send(till, writer, basket, entry_id)
    except SpoolError as error:
        raise RegisterError(
            "storage", "Die Bestellung lässt sich nicht speichern.", "Platz freigeben, der Küche Bescheid sagen."
        ) from error
    if not slips:
        raise RegisterError("nothing", "Es gibt nichts Neues zu bestellen.")
    writer.flush()
    return slips


def rest(till: Till, writer: Writer, basket: OpenBasket, *, label: str = "", given_up: bool) -> None:
    """Send what is left when a basket is ordered or paid, its cancellations when it is given up; stops no receipt."""
    if basket.row.get("training"):
        return
    try:
        _send(till, writer, basket, "", label=label, given_up=given_up)
    except SpoolError:
        log.exception("an order could not be queued")


def told(basket_id: str) -> list[dict[str, Any]]:
    """Return what stations know of a basket, as rows without the basket: for one whose lines go to another."""
    rows = fetch(f"{_KNOWN} ORDER BY number, line_id", [basket_id])
    return [{name: value for name, value in row.items() if name not in ("basket_id", "register_id")} for row in rows]


def moved(
    till: Till, writer: Writer, basket_id: str, rows: Sequence[Mapping[str, Any]], label: str
) -> list[tuple[dict[str, Any], str]]:
    """Tell the stations that what they know (`told`) belongs to the table `label` from now on: a slip without dishes.

    One that knows it under this name, or under none, is told nothing. Return what the "slip_sent" facts say, with their
    ids. Raises RegisterError("storage").
    """
    number = _last_number(till)
    facts: list[tuple[dict[str, Any], str]] = []
    for station in sorted({row["station"] for row in rows}):
        lines = [row for row in rows if row["station"] == station]
        before, queue = lines[-1]["label"], queue_of(till, station)
        if queue is None or not before or not label or before == label:
            continue
        slip = Slip(
            station=station, number=number + len(facts) + 1, person=writer.actor.name, label=label, changes=(),
            at=moment(writer.at).astimezone(ZONE), moved_from=before,
        )  # fmt: skip
        entry_id = till.new_id()
        try:
            queue.add(entry_id, {"order": slip.data()})
        except SpoolError as error:
            raise RegisterError("storage", "Die Küche lässt sich nicht benachrichtigen. Platz freigeben.") from error
        kept = [{name: row[name] for name in _ORDERED} for row in lines]
        facts.append(({"basket": basket_id, "slip": slip.data(), "lines": kept}, entry_id))
    return facts


def _send(
    till: Till, writer: Writer, basket: OpenBasket, entry_id: str, *, label: str = "", given_up: bool = False
) -> list[Slip]:
    known = _known(basket.id)
    now: Lines = {} if given_up else _wanted(basket.basket.lines, routes(till))
    label = label or str(basket.row.get("label", ""))
    before = _label(basket.id)
    moved = before if before and before != label and not given_up else ""
    number = _last_number(till)
    slips: list[Slip] = []
    for station in sorted({*known, *now}):
        found = orderslip.changes(known.get(station, ()), now.get(station, ()))
        queue = queue_of(till, station)
        there = any(line.quantity > 0 for line in known.get(station, ()))
        if queue is None or not (found or (moved and there)):
            continue
        slip = Slip(
            station=station, number=number + len(slips) + 1, person=writer.actor.name, label=label, changes=found,
            at=moment(writer.at).astimezone(ZONE), moved_from=moved if there else "",
        )  # fmt: skip
        first = entry_id if not slips else ""
        entry_id_or_new = first or till.new_id()
        queue.add(entry_id_or_new, {"order": slip.data()})
        lines = [asdict(line) for line in _after(known.get(station, ()), now.get(station, ()))]
        writer.append("slip_sent", {"basket": basket.id, "slip": slip.data(), "lines": lines}, entry_id_or_new)
        slips.append(slip)
    return slips


def _after(before: Sequence[Ordered], now: Sequence[Ordered]) -> list[Ordered]:
    """Return what the station knows from now on; lines that went stay with quantity 0."""
    present = {line.line_id for line in now}
    gone = [Ordered(line_id=line.line_id, text=line.text, quantity=0) for line in before if line.line_id not in present]
    return [*now, *gone]


def _wanted(lines: Sequence[Line], ways: Mapping[str, str]) -> dict[str, list[Ordered]]:
    """Return the open lines of a basket by station; what hangs on a line goes where that goes, deposits nowhere."""
    found: dict[str, list[Ordered]] = {}
    stations: dict[str, str] = {}
    for line in lines:
        station = stations.get(line.parent_id) or ways.get(line.group_id, "")
        stations[line.id] = station
        if not station or line.voided or line.quantity <= 0 or line.gv_typ in DEPOSIT_KINDS:
            continue
        ordered = Ordered(
            line_id=line.id,
            text=line.text,
            quantity=line.quantity,
            unit=line.unit,
            remark="" if line.in_house else TAKE_AWAY,
            wish=line.wish,
        )
        found.setdefault(station, []).append(ordered)
    return found


def _known(basket_id: str) -> dict[str, list[Ordered]]:
    found: dict[str, list[Ordered]] = {}
    for row in fetch(f"{_KNOWN} ORDER BY number, line_id", [basket_id]):
        ordered = Ordered(**{name: row[name] for name in _ORDERED})
        found.setdefault(row["station"], []).append(ordered)
    return found


def _label(basket_id: str) -> str:
    sql = "SELECT label FROM register_station_line WHERE basket_id = %s ORDER BY number DESC LIMIT 1"
    rows = fetch(sql, [basket_id])
    return str(rows[0]["label"]) if rows else ""


def _last_number(till: Till) -> int:
    sql = "SELECT max(number) AS last FROM register_station_line WHERE register_id = %s"
    return int(fetch(sql, [till.register_id])[0]["last"] or 0)
