"""The time machine: how a register stood at any past moment, rebuilt from the journal alone.

A closing that took no open basket along leaves exactly what its own fact says: the cash kept, the last number, nothing
on the screen. From the newest such closing before the moment on, the facts are projected anew, in memory; of master
data, people and outages, which go back further, the few facts are found by an index. Nothing is stored for this, so
nothing can contradict the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from smartecr.core.closing import ClosingTotals, totals
from smartecr.core.kinds import CASH, RECEIPT
from smartecr.core.payment import HOME
from smartecr.core.records import dataclass
from smartecr.printer import names
from smartecr.register import queries, receiptcontents
from smartecr.register.books.closing import entry_of
from smartecr.register.errors import RegisterError
from smartecr.register.head import Head, Newest
from smartecr.register.journal import LASTING, Entry
from smartecr.register.projection import project
from smartecr.register.rows import CATALOG, Change, Delete, Operation, Row, tables
from smartecr.register.sale.baskets import whole
from smartecr.sql import fetch, select

_COLUMNS = (
    "SELECT register_id, seq, id, shop_id, kind, business_day, at, actor_id, actor_name, body, previous, hash "
    "FROM register_journal WHERE register_id = %s "
)
_PROJECTED = [kind for kind in LASTING if kind not in ("period_opened", "day_closed", "logged_in", "logged_out")]
_PARTS = ("register_receipt_line", "register_receipt_vat", "register_receipt_payment")
_OF_THE_DAY = ("register_basket", "register_basket_line", "register_receipt", *_PARTS)


@dataclass(frozen=True, slots=True)
class Price:
    """What an article cost: `cents` at the base level, `prices` and `offers` by level as the row holds them (JSON)."""

    number: str
    name: str
    cents: int
    prices: str
    offers: str
    active: bool

    @property
    def charged(self) -> int:
        """Return the cents a guest pays at the base level."""
        return int(orjson.loads(self.offers).get("1", self.cents))


@dataclass(frozen=True, slots=True)
class Held:
    """A basket that was open: its `state` ("open" on the screen, "parked", "paying") and how lists show it."""

    state: str
    basket: queries.ParkedBasket


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A register as it stood after `entry`, at the instant `at` (UTC text).

    `head` is what the register knew of itself, `drawer_cents` what should have lain in the drawer, `totals` those of
    the period so far (as the X report would have said), `prices` the articles by id, `people` who had logged in and
    not out: (name, since). `outage` is the reason of the TSE outage going on and `outage_since` its beginning.
    """

    register_id: str
    register_name: str
    at: str
    entry: Entry
    head: Head
    drawer_cents: int
    totals: ClosingTotals
    baskets: tuple[Held, ...]
    prices: Mapping[str, Price]
    people: tuple[tuple[str, str], ...]
    outage: str
    outage_since: str


class _UnknownRowError(LookupError):
    """A fact changes a row that earlier facts have made."""


class _Rows:
    """Some tables in memory; operations on others are passed over."""

    def __init__(self, names: Iterable[str]) -> None:
        self.tables: dict[str, dict[tuple[Any, ...], Row]] = {name: {} for name in names}

    def apply(self, operations: Iterable[Operation]) -> None:
        """Carry operations out. Raises _UnknownRowError."""
        for operation in operations:
            rows = self.tables.get(operation.table)
            if rows is None:
                continue
            if isinstance(operation, Delete):
                column, value = operation.column, operation.value
                for key in [key for key, row in rows.items() if row[column] == value]:
                    del rows[key]
            elif isinstance(operation, Change):
                if operation.key not in rows:
                    raise _UnknownRowError(operation.table)
                rows[operation.key] = {**rows[operation.key], **operation.columns}
            else:
                rows[tuple(operation.columns[part] for part in tables()[operation.table].key)] = operation.columns

    def of(self, name: str, **wanted: Any) -> list[Row]:
        """Return the rows of a table with these values."""
        return [row for row in self.tables[name].values() if all(row[key] == value for key, value in wanted.items())]


def entry_before(register_id: str, at: str) -> int:
    """Return the number of the newest entry of a register's journal not later than `at` (UTC text), 0 for none.

    Found by halving: where the clock was put back, one of several such entries.
    """
    end = "(SELECT seq FROM register_journal WHERE register_id = %s ORDER BY seq {way} LIMIT 1)"
    first, last = select(f"SELECT {end.format(way='')}, {end.format(way='DESC')}", [register_id] * 2)[0]
    low, high = (first or 1) - 1, last or 0
    while low < high:
        middle = (low + high + 1) // 2
        row = select("SELECT at FROM register_journal WHERE register_id = %s AND seq = %s", [register_id, middle])
        if row and row[0][0] <= at:
            low = middle
        else:
            high = middle - 1
    return low


def rebuild(register_id: str, at: str) -> Past:
    """Return the register as it stood at an instant (UTC text). Raises RegisterError("before") when there was none."""
    return _rebuild(register_id, entry_before(register_id, at), at)


def following(found: Past) -> int:
    """Return the number of the entry behind a moment's, 0 when it is the newest."""
    sql = "SELECT min(seq) FROM register_journal WHERE register_id = %s AND seq > %s"
    return select(sql, [found.register_id, found.entry.seq])[0][0] or 0


def rebuild_after(register_id: str, seq: int) -> Past:
    """Return the register as it stood right after an entry of its journal. Raises RegisterError("before")."""
    return _rebuild(register_id, seq, "")


def _rebuild(register_id: str, seq: int, at: str) -> Past:
    found = list(_entries(register_id, "AND seq = %s", [seq]))
    if not found:
        raise RegisterError("before", "Vor diesem Zeitpunkt gab es hier noch keine Kasse.", "Später suchen.")
    entry = found[0]
    try:
        return _stood(entry, at or entry.at)
    except (KeyError, TypeError, ValueError) as error:
        raise RegisterError(
            "unreadable", "Das Journal ist dort nicht lesbar.", "Unter Bücher prüfen steht, welcher Eintrag es ist."
        ) from error


def _stood(entry: Entry, at: str) -> Past:
    register_id = entry.register_id
    lasting, day = _lasting(entry, at), _day(entry)
    newest = _newest(entry, lasting, day)
    head = newest.at(at)
    rows = [row for row in day.of("register_receipt") if row["number"] > newest.closed_number]
    rows.sort(key=lambda row: int(row["number"]))
    parts = {name: [tuple(row.values()) for _, row in sorted(day.tables[name].items())] for name in _PARTS}
    contents = receiptcontents.assembled(rows, parts)
    payments = [payment for content in contents.values() for payment in content.payments]
    outages = lasting.of("register_outage", register_id=register_id, ended_at="")
    return Past(
        register_id=register_id,
        register_name=next((row["name"] for row in lasting.of("register_register", id=register_id)), ""),
        at=at,
        entry=entry,
        head=head,
        drawer_cents=sum(one.cents for one in payments if one.kind == CASH and one.currency == HOME)
        + head.float_to_carry,
        totals=totals(entry_of(row, contents[row["id"]]) for row in rows),
        baskets=tuple(_baskets(day, head.business_day)),
        prices={row["id"]: _price(row) for row in lasting.of("catalog_article")},
        people=_people(entry),
        outage=outages[0]["reason"] if outages else "",
        outage_since=outages[0]["began_at"] if outages else "",
    )


def _entries(register_id: str, where: str, arguments: Sequence[Any]) -> Iterator[Entry]:
    for row in fetch(f"{_COLUMNS}{where}", [register_id, *arguments]):
        yield Entry(**row)


def _of_kinds(entry: Entry, kinds: Sequence[str], seq: int, register_id: str = "") -> list[Entry]:
    """Return the facts of lasting kinds up to a number of a journal, in the order of their numbers.

    One query a kind: asked for several at once, SQLite would rather read the whole journal than the index.
    """
    found = [
        one
        for kind in kinds
        for one in _entries(register_id or entry.register_id, f"AND kind = '{kind}' AND seq <= %s ORDER BY seq", [seq])
    ]
    return sorted(found, key=lambda one: one.seq)


def _newest_of(entry: Entry, kind: str, before: int) -> Entry | None:
    """Return the newest fact of a lasting kind below a number, None for none."""
    where = f"AND kind = '{kind}' AND seq < %s ORDER BY seq DESC LIMIT 1"
    return next(_entries(entry.register_id, where, [before]), None)


def _registers() -> Iterator[str]:
    """Yield the registers that have a journal, hopping from one to the next along its index."""
    found = ""
    while rows := select("SELECT min(register_id) FROM register_journal WHERE register_id > %s", [found]):
        found = rows[0][0] or ""
        if not found:
            return
        yield found


def _lasting(entry: Entry, at: str) -> _Rows:
    """Return shop, registers, catalogue and outages as all registers' facts up to the moment have made them."""
    found: list[Entry] = []
    for register_id in _registers():
        seq = entry.seq if register_id == entry.register_id else entry_before(register_id, at)
        found += _of_kinds(entry, _PROJECTED, seq, register_id)
    rows = _Rows(("register_shop", "register_register", "register_outage", *CATALOG))
    for one in sorted(found, key=lambda one: (one.at, one.register_id, one.seq)):
        rows.apply(project(one, one.data()))
    return rows


def _day(entry: Entry) -> _Rows:
    """Return baskets and receipts since a closing that left no open basket, or since the beginning.

    A basket without anything on it may outlive a closing unnamed: when a fact changes one that is not known, it was
    opened before, and the closing before that one is tried.
    """
    below = entry.seq + 1
    while True:
        closing = _newest_of(entry, "day_closed", below)
        below = closing.seq if closing is not None else 0
        if closing is not None and closing.data()["totals"]["carried"]:
            continue
        rows = _Rows(_OF_THE_DAY)
        try:
            for one in _entries(entry.register_id, "AND seq > %s AND seq <= %s ORDER BY seq", [below, entry.seq]):
                if one.kind not in LASTING:
                    rows.apply(project(one, one.data()))
        except _UnknownRowError:
            if closing is None:
                raise ValueError("a basket that was never opened") from None
            continue
        return rows


def _newest(entry: Entry, lasting: _Rows, day: _Rows) -> Newest:
    """Return what `head` would have read then."""
    period = _newest_of(entry, "period_opened", entry.seq + 1)
    closing = _newest_of(entry, "day_closed", entry.seq + 1)
    closed = closing.data()["closing"] if closing is not None else {"last_number": 0, "kept_cents": 0}
    is_closed = closing is not None and period is not None and closing.seq > period.seq
    receipts = day.of("register_receipt")
    register = lasting.of("register_register", id=entry.register_id)
    shop = lasting.of("register_shop", id=entry.shop_id)
    outages = lasting.of("register_outage", register_id=entry.register_id, ended_at="")
    return Newest(
        seq=entry.seq,
        hash=entry.hash,
        z_number=period.data()["z_number"] if period is not None else 0,
        business_day=period.business_day if period is not None else "",
        opened_at=period.at if period is not None else "",
        closed_at=closing.at if is_closed and closing is not None else "",
        receipt_number=max((row["number"] for row in receipts), default=closed["last_number"]),
        closed_number=closed["last_number"],
        kept_cents=closed["kept_cents"],
        sold_number=max((row["number"] for row in receipts if row["type"] == RECEIPT), default=0),
        outage_id=outages[0]["id"] if outages else "",
        cutoff_hour=shop[0]["cutoff_hour"] if shop else 0,
        training=bool(register and register[0]["training"]),
    )


def _baskets(day: _Rows, business_day: str) -> Iterator[Held]:
    """Yield the baskets that something was on, oldest first."""
    rows = sorted(day.of("register_basket"), key=lambda row: (row["opened_at"], row["id"]))
    for row in rows:
        lines = sorted(day.of("register_basket_line", basket_id=row["id"]), key=lambda line: int(line["position"]))
        stored = whole(row, lines)
        if any(not line.voided for line in stored.basket.lines):
            yield Held(row["state"], queries.aside(stored, row["label"], business_day))


def _price(row: Row) -> Price:
    return Price(row["number"], row["name"], row["price_cents"], row["prices"], row["offers"], bool(row["active"]))


def _people(entry: Entry) -> tuple[tuple[str, str], ...]:
    """Return who logged in and not out again, (name, since), the latest last."""
    there: dict[str, tuple[str, str]] = {}
    for one in _of_kinds(entry, ("logged_in", "logged_out"), entry.seq):
        there.pop(one.actor_id, None)
        if one.kind == "logged_in":
            there[one.actor_id] = one.actor_name, one.at
    return tuple(there.values())


@dataclass(frozen=True, slots=True)
class Difference:
    """What is not the same at two moments: `what` is a key (see `differences`), `name` whom or what it is about.

    `before` and `after` are cents, numbers, texts or, where there was or is nothing, None.
    """

    what: str
    name: str
    before: int | str | None
    after: int | str | None


def differences(first: Past, then: Past) -> list[Difference]:
    """Return what differs between two moments.

    Keys: drawer, turnover (cents); z_number, receipt_number; business_day; training, outage (texts); payment (cents by
    means), basket (cents by label), price (cents by article; only what a guest pays, offers included), person (since).
    """
    found = [
        Difference(what, "", before, after)
        for what, before, after in zip(_FIGURES, _figures(first), _figures(then), strict=True)
    ]
    for what, listed in (("payment", _paid), ("basket", _open), ("price", _charged), ("person", _there)):
        old, new = listed(first), listed(then)
        found += [Difference(what, key[1], old.get(key), new.get(key)) for key in {**old, **new}]
    return [one for one in found if one.before != one.after]


_FIGURES = ("drawer", "turnover", "z_number", "receipt_number", "business_day", "training", "outage")
_Listed = dict[tuple[str, str], int | str]


def _figures(past: Past) -> tuple[int | str, ...]:
    head = past.head
    return (
        past.drawer_cents, past.totals.turnover_cents, head.z_number, head.receipt_number, head.business_day,
        "ja" if head.training else "nein", past.outage,
    )  # fmt: skip


def _paid(past: Past) -> _Listed:
    return {(f"{kind} {name}", names.payment(kind, name)): cents for kind, name, cents in past.totals.payments if cents}


def _open(past: Past) -> _Listed:
    return {(held.basket.id, held.basket.label): held.basket.total_cents for held in past.baskets}


def _charged(past: Past) -> _Listed:
    return {(key, price.name): price.charged for key, price in past.prices.items() if price.active}


def _there(past: Past) -> _Listed:
    return {(name, name): since for name, since in past.people}
