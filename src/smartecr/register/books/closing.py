"""X report and Z closing (DSFinV-K 1.11, GoBD): totals of the period, count, difference, frozen and numbered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from smartecr.core.cash import count_total
from smartecr.core.closing import ClosingEntry, ClosingTotals, entry, totals
from smartecr.core.kinds import CASH
from smartecr.core.payment import HOME
from smartecr.core.quantity import line_cents
from smartecr.core.receipt import ReceiptContent
from smartecr.core.records import dataclass
from smartecr.core.totals import VatSum
from smartecr.register import booked, queries
from smartecr.register.booked import Booked
from smartecr.register.books import frozen, procedure
from smartecr.register.cashdesk import cash, counting, foreign
from smartecr.register.cashless import cardbatches, cashparts
from smartecr.register.errors import RegisterError
from smartecr.register.head import head
from smartecr.register.ledger import writing
from smartecr.register.rights import require
from smartecr.register.sale import training
from smartecr.register.sale.baskets import load_aside, load_open
from smartecr.register.sale.returns import takes_back
from smartecr.register.till import ZONE, Till, moment
from smartecr.sql import fetch, select
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
    return _report(till, open_receipts(till), foreign.stocks(till))


def _report(till: Till, receipts: list[Booked], abroad: Sequence[foreign.Stock] = ()) -> Report:
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
        totals=totals(map(_entry, receipts)),
        expected_cents=head(till).float_to_carry + _euros(receipts),
        line_voids=_line_voids(till) if rows else (0, 0),
        drawer_openings=_count("register_drawer_opening", till, opened_at),
        cash_counts=_count("register_cash_count", till, opened_at),
        outages=_count("register_outage", till, opened_at, "began_at"),
        unsigned=sum(1 for receipt in receipts if receipt.outage),
        open_baskets=tuple(open_baskets(till)),
        foreign=tuple(abroad),
    )


def open_receipts(till: Till) -> list[Booked]:
    """Return the receipts of the open period, in the order of their numbers."""
    return booked.between(till.register_id, head(till).closed_number, booked.ENDLESS)


def _euros(receipts: list[Booked]) -> int:
    """Return what the receipts put into the drawer, as `queries.cash_stock` adds it up."""
    return sum(
        paid.cents
        for receipt in receipts
        for paid in receipt.content.payments
        if paid.kind == CASH and paid.currency == HOME
    )


def entry_of(row: Mapping[str, Any], content: ReceiptContent) -> ClosingEntry:
    """Return a row of register_receipt with its content as it goes into a closing. Raises ClosingError."""
    refund = bool(row["reference_id"]) or takes_back(content)
    person = row["person_id"], row["person_name"]
    return entry(row["number"], content, refund, person, _local_hour(row["recorded_at"][:13]))


def _entry(receipt: Booked) -> ClosingEntry:
    refund = bool(receipt.reference_id) or takes_back(receipt.content)
    person = receipt.person_id, receipt.person_name
    return ClosingEntry(receipt.number, receipt.content, refund, person, _local_hour(receipt.at[:13]))


@lru_cache(maxsize=256)
def _local_hour(begin: str) -> int:
    """Return the local hour of "2026-11-23T17" (UTC): the zone is whole hours away from UTC all year."""
    return moment(f"{begin}:00:00Z").astimezone(ZONE).hour


def _line_voids(till: Till) -> tuple[int, int]:
    """Count and cents of lines voided before payment in the open period (BFH X R 23-24/21: voids stay visible)."""
    rows = select(
        "SELECT body FROM register_journal WHERE register_id = %s AND kind = 'line_voided' AND seq > "
        "(SELECT max(seq) FROM register_journal WHERE register_id = %s AND kind = 'period_opened')",
        [till.register_id, till.register_id],
    )
    lines = [json.loads(body)["line"] for (body,) in rows]
    return len(lines), sum(line_cents(line["unit_cents"], line["quantity"]) for line in lines)


def _count(table: str, till: Till, since: str, column: str = "at") -> int:
    if not since:
        return 0
    sql = f"SELECT count(*) AS n FROM {table} WHERE register_id = %s AND {column} >= %s"  # noqa: S608 constants
    return int(fetch(sql, [till.register_id, since])[0]["n"])


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
    expected_cents: int | None = None,
) -> Closing:
    """Close the period: count, book the difference, move cash out, freeze the totals under the next Z number.

    `counts` are pieces by denomination in cents (None: not counted). A difference needs a `reason`, given for what the
    books said then (`expected_cents`): RegisterError("difference") when they say something else by now. `kept_cents`
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
    counted = count_total(dict(counts)) if counts is not None else None
    said = counted, kept_cents, reason, foreign_counts, expected_cents
    drawer = _drawer(till, *said)  # before the terminal closes its batch for nothing
    batch = cardbatches.close(till)
    expected, difference, kept, differences = drawer if batch is None else _drawer(till, *said)
    abroad = cash.empty_foreign(till, actor, differences, reason.strip())
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


def _drawer(
    till: Till,
    counted: int | None,
    kept_cents: int | None,
    reason: str,
    foreign_counts: Mapping[str, int] | None,
    expected_cents: int | None,
) -> tuple[int, int, int, list[tuple[foreign.Stock, int, int]]]:
    """Return what should lie in the drawer, what is missing of it or too much, what stays, and foreign notes alike.

    Raises RegisterError for what needs a reason, or cannot be.
    """
    expected = queries.cash_stock(till)
    difference = counted - expected if counted is not None else 0
    kept = (counted if counted is not None else expected) if kept_cents is None else kept_cents
    if difference:
        counting.as_seen(expected, expected_cents)
    _check(expected + difference, difference, kept, reason)
    differences = foreign.differences(till, foreign_counts)
    if any(differs for _, differs, _ in differences) and not reason.strip():
        raise RegisterError("foreign", "Gezählte und errechnete fremde Scheine weichen ab.", "Einen Grund angeben.")
    return expected, difference, kept, differences


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
        writer.open_period()
        writer.flush()
        receipts = open_receipts(till)
        if any(receipt.outage is None for receipt in receipts):
            raise RegisterError("busy", "Ein Bon wird gerade noch signiert.", "Gleich noch einmal abschließen.")
        report = _report(till, receipts)
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
            **report.totals.kept(),
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
        till.closed(closing_id, receipts)


def find_closing(closing_id: str) -> Closing | None:
    """Return a closing, or None."""
    rows = fetch("SELECT * FROM register_closing WHERE id = %s", [closing_id])
    return _closing(rows[0]) if rows else None


def closings(till: Till, limit: int = 50, *, day: str = "", below: int = 0) -> list[Closing]:
    """Return the register's closings, newest first; of one business day, or with a Z number below `below`."""
    where, values = "register_id = %s", list[str | int]([till.register_id])
    if day:
        where, values = f"{where} AND business_day = %s", [*values, day]
    if below:
        where, values = f"{where} AND z_number < %s", [*values, below]
    sql = f"SELECT * FROM register_closing WHERE {where} ORDER BY z_number DESC LIMIT {limit:d}"  # noqa: S608 own words
    return [_closing(row) for row in fetch(sql, values)]


def closings_after(register_id: str, z_number: int, limit: int, *, first: str = "", last: str = "") -> list[Closing]:
    """Return the closings of a register behind a Z number, oldest first; of the business days `first` to `last`."""
    sql = (
        "SELECT * FROM register_closing WHERE register_id = %s AND z_number > %s AND business_day >= %s "
        "AND business_day <= %s ORDER BY z_number LIMIT %s"
    )
    return [_closing(row) for row in fetch(sql, [register_id, z_number, first, last or "9999", limit])]


def every(register_id: str) -> Iterator[Closing]:
    """Yield all closings of a register, oldest first, each read when it is asked for."""
    numbers = "SELECT id FROM register_closing WHERE register_id = %s ORDER BY z_number"
    for (closing_id,) in select(numbers, [register_id]):
        yield from map(_closing, fetch("SELECT * FROM register_closing WHERE id = %s", [closing_id]))


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
