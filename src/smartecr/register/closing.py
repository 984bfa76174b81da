"""X report and Z closing (DSFinV-K 1.11, GoBD): totals of the period, count, difference, frozen and numbered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from smartecr.core.cash import count_total
from smartecr.core.closing import ClosingEntry, ClosingTotals, totals
from smartecr.core.quantity import line_cents
from smartecr.core.receipt import ReceiptContent
from smartecr.core.totals import VatSum
from smartecr.register import cardbatches, cards, cash, cashparts, foreign, frozen, procedure, queries, training
from smartecr.register.baskets import load_aside, load_open
from smartecr.register.errors import RegisterError
from smartecr.register.head import head
from smartecr.register.ledger import writing
from smartecr.register.returns import takes_back
from smartecr.register.rights import require
from smartecr.register.till import ZONE, Till, moment
from smartecr.sql import fetch
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The open period so far: its totals, the cash that should be in the drawer, and what stands apart."""

    z_number: int
    business_day: str
    opened_at: str
    at: str
    totals: ClosingTotals
    expected_cents: int
    line_voids: tuple[int, int]
    drawer_openings: int
    cash_counts: int
    outages: int
    unsigned: int
    open_baskets: tuple[queries.ParkedBasket, ...]
    foreign: tuple[foreign.Stock, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A Z closing as frozen. `counted_cents` is None when nobody counted; `counts` are pieces by denomination.

    `foreign` are [currency, expected, counted, worth in euro cents] of foreign notes, which all left the drawer.
    """

    id: str
    z_number: int
    business_day: str
    opened_at: str
    closed_at: str
    person_name: str
    totals: ClosingTotals
    expected_cents: int
    counted_cents: int | None
    difference_cents: int
    kept_cents: int
    counts: tuple[tuple[int, int], ...]
    reason: str
    line_voids: tuple[int, int]
    drawer_openings: int
    cash_counts: int
    outages: int
    unsigned: int
    carried: tuple[str, ...]
    batch: dict[str, Any] | None
    master: Mapping[str, Any]
    foreign: tuple[tuple[str, int, int, int], ...] = ()


def x_report(till: Till) -> Report:
    """Return the open period's numbers as of now; may be taken any number of times."""
    rows = fetch(
        "SELECT * FROM register_period WHERE register_id = %s AND closed_at = '' ORDER BY z_number DESC LIMIT 1",
        [till.register_id],
    )
    opened_at = rows[0]["opened_at"] if rows else ""
    return Report(
        z_number=head(till).z_number,
        business_day=queries.business_day(till),
        opened_at=opened_at,
        at=till.now(),
        totals=totals(_entries(till)),
        expected_cents=queries.cash_stock(till),
        line_voids=_line_voids(till, opened_at),
        drawer_openings=_count("register_drawer_opening", till, opened_at),
        cash_counts=_count("register_cash_count", till, opened_at),
        outages=_count("register_outage", till, opened_at, "began_at"),
        unsigned=_unsigned(till),
        open_baskets=tuple(open_baskets(till)),
        foreign=tuple(foreign.stocks(till)),
    )


def _entries(till: Till) -> list[ClosingEntry]:
    rows = fetch(
        "SELECT id, number, type, total_cents, reference_id, person_id, person_name, recorded_at FROM register_receipt "
        "WHERE register_id = %s AND number > %s ORDER BY number",
        [till.register_id, head(till).closed_number],
    )
    contents = queries.contents(rows)
    return [entry_of(row, contents[row["id"]]) for row in rows]


def entry_of(row: Mapping[str, Any], content: ReceiptContent) -> ClosingEntry:
    """Return a row of register_receipt with its content as it goes into a closing."""
    return ClosingEntry(
        number=row["number"],
        content=content,
        refund=bool(row["reference_id"]) or takes_back(content),
        person=(row["person_id"], row["person_name"]),
        hour=_local_hour(row["recorded_at"][:13]),
    )


@lru_cache(maxsize=256)
def _local_hour(begin: str) -> int:
    """Return the local hour of "2026-11-23T17" (UTC): the zone is whole hours away from UTC all year."""
    return moment(f"{begin}:00:00Z").astimezone(ZONE).hour


def _line_voids(till: Till, since: str) -> tuple[int, int]:
    """Count and cents of lines voided before payment (BFH X R 23-24/21: voids stay visible)."""
    if not since:
        return (0, 0)
    rows = fetch(
        "SELECT body FROM register_journal WHERE register_id = %s AND kind = 'line_voided' AND at >= %s",
        [till.register_id, since],
    )
    lines = [json.loads(row["body"])["line"] for row in rows]
    return len(lines), sum(line_cents(line["unit_cents"], line["quantity"]) for line in lines)


def _count(table: str, till: Till, since: str, column: str = "at") -> int:
    if not since:
        return 0
    sql = f"SELECT count(*) AS n FROM {table} WHERE register_id = %s AND {column} >= %s"  # noqa: S608 constants
    return int(fetch(sql, [till.register_id, since])[0]["n"])


def _unsigned(till: Till) -> int:
    sql = (
        "SELECT count(*) AS n FROM register_receipt r JOIN register_receipt_signature s ON s.receipt_id = r.id "
        "WHERE r.register_id = %s AND r.number > %s AND s.outage <> ''"
    )
    return int(fetch(sql, [till.register_id, head(till).closed_number])[0]["n"])


def open_baskets(till: Till) -> list[queries.ParkedBasket]:
    """Return parked baskets and the one on the screen, if anything is on them."""
    day = queries.business_day(till)
    found = queries.parked(till)
    for basket in load_aside(till.register_id, "paying"):
        label = "Zum Teil bar bezahlt" if basket.row["cash_cents"] else "Kartenzahlung"
        found.append(queries.aside(basket, label, day))
    shown = load_open(till.register_id)
    if shown is not None and any(not line.voided for line in shown.basket.lines):
        found.append(queries.aside(shown, "Auf dem Schirm", day))
    return found


def close_day(
    till: Till,
    actor: Actor,
    closing_id: str,
    counts: Mapping[int, int] | None,
    reason: str = "",
    approver: Actor | None = None,
    *,
    carry: bool = False,
    kept_cents: int | None = None,
    foreign_counts: Mapping[str, int] | None = None,
) -> Closing:
    """Close the period: count, book the difference, move cash out, freeze the totals under the next Z number.

    `counts` are pieces by denomination in cents (None: not counted). A difference needs a `reason`. `kept_cents`
    stays in the drawer (default all of it), the rest is booked as Geldtransit. Open baskets are named in
    RegisterError("open_baskets") unless `carry` takes them into the next period. Foreign notes (`foreign_counts`: cents
    by currency, None: not counted) all leave the drawer. The same call again returns the same closing.
    """
    note = require(actor, approver, Right.CLOSE_DAY)
    known = find_closing(closing_id)
    if known is not None:
        return known
    training.refuse(till)
    cashparts.refuse(till)
    waiting = open_baskets(till)
    if waiting and not carry:
        names = ", ".join(basket.label or f"{basket.total_cents // 100} €" for basket in waiting[:5])
        raise RegisterError(
            "open_baskets", f"Noch offen: {names}.", "Bezahlen, verwerfen oder in den nächsten Tag mitnehmen."
        )
    cash.carry_float(till, actor)
    batch = _batch(till)
    expected = queries.cash_stock(till)
    counted = count_total(dict(counts)) if counts is not None else None
    difference = counted - expected if counted is not None else 0
    kept = (counted if counted is not None else expected) if kept_cents is None else kept_cents
    _check(expected + difference, difference, kept, reason)
    if any(differs for _, differs, _ in foreign.differences(till, foreign_counts)) and not reason.strip():
        raise RegisterError("foreign", "Gezählte und errechnete fremde Scheine weichen ab.", "Einen Grund angeben.")
    abroad = cash.empty_foreign(till, actor, foreign_counts, reason.strip())
    if difference:
        cash.book_difference(till, actor, till.new_id(), difference, reason.strip())
    if kept != expected + difference:
        cash.book_transit(till, actor, till.new_id(), kept - expected - difference)
    _freeze(
        till, actor, closing_id, expected, counted, kept, counts or {}, reason.strip(), waiting, batch, note, abroad
    )
    procedure.current(till)  # no day without the version of the procedure document that describes it
    till.publish("status")
    found = find_closing(closing_id)
    if found is None:
        raise RegisterError("closing", "Der Abschluss wurde nicht gefunden.", "Noch einmal abschließen.")
    return found


def _batch(till: Till) -> dict[str, Any] | None:
    """Close the terminal's batch (Kassenschnitt) and hold it against the books; None without a terminal.

    A terminal that cannot be asked keeps nobody from closing the day: the closing says so, and the batch waits.
    """
    if till.cards is None:
        return None
    since = cardbatches.began(till.cards.terminal_id)
    try:
        closed = cards.end_of_day(till)
    except RegisterError as error:
        return {"error": error.message, "total_cents": None, "difference_cents": 0, "by_brand": []}
    if closed is None:
        return None
    return cardbatches.compare(till.cards.terminal_id, since, closed)


def _check(stock: int, difference: int, kept: int, reason: str) -> None:
    if difference and not reason.strip():
        raise RegisterError("difference", "Gezähltes und errechnetes Geld weichen ab.", "Einen Grund angeben.")
    if not 0 <= kept <= max(stock, 0):
        raise RegisterError("kept", "So viel Geld ist nicht in der Lade.", "Den Betrag für morgen prüfen.")


def _freeze(
    till: Till,
    actor: Actor,
    closing_id: str,
    expected: int,
    counted: int | None,
    kept: int,
    counts: Mapping[int, int],
    reason: str,
    waiting: list[queries.ParkedBasket],
    batch: dict[str, Any] | None,
    note: Mapping[str, Any],
    abroad: list[list[Any]],
) -> None:
    with writing(till, actor) as writer:
        if writer.seen([closing_id]):
            return
        if fetch(
            "SELECT r.id FROM register_receipt r LEFT JOIN register_receipt_signature s ON s.receipt_id = r.id "
            "WHERE r.register_id = %s AND r.number > %s AND s.receipt_id IS NULL LIMIT 1",
            [till.register_id, head(till).closed_number],
        ):
            raise RegisterError("busy", "Ein Bon wird gerade noch signiert.", "Gleich noch einmal abschließen.")
        writer.open_period()
        writer.flush()
        report = x_report(till)
        if report.expected_cents != kept:
            raise RegisterError("busy", "Gerade wurde noch verkauft.", "Noch einmal zählen und abschließen.")
        closing = {
            "z_number": writer.z_number,
            "opened_at": report.opened_at,
            "expected_cents": expected,
            "counted_cents": counted,
            "kept_cents": kept,
            "last_number": report.totals.last_number or head(till).closed_number,
        }
        sums = {
            **asdict(report.totals),
            "counts": sorted((int(value), int(pieces)) for value, pieces in counts.items() if pieces),
            "difference_cents": counted - expected if counted is not None else 0,
            "reason": reason,
            "line_voids": report.line_voids,
            "drawer_openings": report.drawer_openings,
            "cash_counts": report.cash_counts,
            "outages": report.outages,
            "unsigned": report.unsigned,
            "carried": [basket.label or basket.id for basket in waiting],
            "batch": batch,
            "foreign": abroad,
            "master": frozen.freeze(till.shop_id, till.register_id, report.business_day),
        }
        writer.append("day_closed", {"closing": closing, "totals": sums, **note}, closing_id)
        writer.flush()
        till.closed(closing_id)


def find_closing(closing_id: str) -> Closing | None:
    """Return a closing, or None."""
    rows = fetch("SELECT * FROM register_closing WHERE id = %s", [closing_id])
    return _closing(rows[0]) if rows else None


def closings(till: Till, limit: int = 50) -> list[Closing]:
    """Return the register's closings, newest first."""
    sql = "SELECT * FROM register_closing WHERE register_id = %s ORDER BY z_number DESC LIMIT %s"
    return [_closing(row) for row in fetch(sql, [till.register_id, limit])]


def closings_after(register_id: str, z_number: int, limit: int) -> list[Closing]:
    """Return the closings of a register behind a Z number, oldest first."""
    sql = "SELECT * FROM register_closing WHERE register_id = %s AND z_number > %s ORDER BY z_number LIMIT %s"
    return [_closing(row) for row in fetch(sql, [register_id, z_number, limit])]


def all_closings(register_id: str) -> list[Closing]:
    """Return all closings of a register, oldest first."""
    return [
        _closing(row)
        for row in fetch("SELECT * FROM register_closing WHERE register_id = %s ORDER BY z_number", [register_id])
    ]


def _closing(row: dict[str, Any]) -> Closing:
    data = json.loads(row["totals"])
    names = ClosingTotals.__dataclass_fields__
    sums = {name: _tuples(data[name]) for name in names if name != "vat" and name in data}
    sums["vat"] = tuple(VatSum(**vat) for vat in data["vat"])
    return Closing(
        id=row["id"],
        z_number=row["z_number"],
        business_day=row["business_day"],
        opened_at=row["opened_at"],
        closed_at=row["closed_at"],
        person_name=row["person_name"],
        totals=ClosingTotals(**sums),
        expected_cents=row["expected_cents"],
        counted_cents=row["counted_cents"],
        difference_cents=data["difference_cents"],
        kept_cents=row["kept_cents"],
        counts=_tuples(data["counts"]),
        reason=data["reason"],
        line_voids=_tuples(data["line_voids"]),
        drawer_openings=data["drawer_openings"],
        cash_counts=data.get("cash_counts", 0),
        outages=data["outages"],
        unsigned=data["unsigned"],
        carried=_tuples(data["carried"]),
        batch=data.get("batch"),
        master=data["master"],
        foreign=_tuples(data.get("foreign", [])),
    )


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value
