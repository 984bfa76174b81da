"""Growing a register's file: a real sale is copied with new ids, numbers and days until there are millions of lines.

Every hot table grows as by real sales, the journal with a chain that holds; every 500 receipts a period is closed by a
fact with the sums of its receipts, so that all of it can be exported and proved. What the proof rightly misses: the
TSE's log does not grow with it, and signatures are those of the sale copied.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bench import books

if TYPE_CHECKING:
    from smartecr.core.closing import ClosingEntry
    from smartecr.register.journal import Entry
    from smartecr.register.till import Till

RECEIPTS_A_DAY = 500
_CHUNK = 2000
_APART_MS = 86_400_000 // RECEIPTS_A_DAY
_ID = re.compile(r"\b[0-9a-f]{32}\b")
_COUNTS = ("receipt_line", "receipt", "journal")
_COUNTED = ("seq", "number", "z_number", "tse_number", "tse_counter")
"""Columns whose integers differ from sale to sale."""


@dataclass(frozen=True, slots=True)
class _Copy:
    """A row to be copied: values, of which texts are patterns and some integers the names of slots."""

    insert: str
    values: tuple[Any, ...]
    patterns: tuple[bool, ...]

    def fill(self, slots: dict[str, Any]) -> tuple[Any, ...]:
        """Return the row with this sale's slots."""
        return tuple(
            (value % slots if isinstance(value, str) else slots[value[0]]) if pattern else value
            for value, pattern in zip(self.values, self.patterns, strict=True)
        )


class _Sale:
    """The sale that is copied: rows of all tables it left, and the ids that are its own."""

    def __init__(self, database: sqlite3.Connection, till: Till, first_seq: int) -> None:
        self.ids: dict[str, str] = {}
        self._fixed = {till.register_id, till.shop_id, books.PERSON}
        for table in ("catalog_article", "catalog_group"):
            self._fixed |= {row[0] for row in database.execute(f"SELECT id FROM {table}")}
        journal = "SELECT * FROM register_journal WHERE register_id = ? AND seq >= ? ORDER BY seq"
        receipt = "SELECT * FROM register_receipt WHERE register_id = ? ORDER BY number DESC LIMIT 1"
        self._row = dict(_dicts(database, receipt, [till.register_id])[0])
        self.number = int(self._row["number"])
        children = [
            (table, row)
            for table in _tables_with(database, "receipt_id")
            for row in _dicts(database, f"SELECT * FROM {table} WHERE receipt_id = ?", [self._row["id"]])
        ]
        found = [
            (name, value) for row in (self._row, *(row for _table, row in children)) for name, value in row.items()
        ]
        self._counted = {name: value for name, value in found if name in _COUNTED}
        entries = _dicts(database, journal, [till.register_id, first_seq])
        kept = [row for row in entries if row["kind"] not in ("period_opened", "tse_seen")]
        self.journal = [self._copy("register_journal", row) for row in kept]
        self.columns = list(kept[0])
        self.rows = [self._copy("register_receipt", self._row)]
        self.rows += [self._copy(table, row) for table, row in children]

    def _copy(self, table: str, row: dict[str, Any]) -> _Copy:
        insert = f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})"
        values = [self._pattern(name, value) for name, value in row.items()]
        return _Copy(insert, tuple(values), tuple(isinstance(value, str | list) for value in values))

    def _pattern(self, column: str, value: Any) -> Any:
        if isinstance(value, int) and column in _COUNTED:
            return [column]
        if not isinstance(value, str):
            return value
        text = value.replace("%", "%%")
        text = _ID.sub(lambda found: found[0] if found[0] in self._fixed else f"%({self._slot(found[0])})s", text)
        text = text.replace(self._row["token"], "%(token)s").replace(self._row["business_day"], "%(day)s")
        for name, number in self._counted.items():
            text = re.sub(rf'"{name}":{number}(?=[,}}])', f'"{name}":%({name})d', text)
        return text

    def _slot(self, key: str) -> str:
        return self.ids.setdefault(key, f"id{len(self.ids)}")


def grow(till: Till, seller: books.Seller, lines: int) -> dict[str, int]:
    """Fill the till's file up to about `lines` receipt lines; return what lies in it then."""
    from smartecr.register.books import closing

    seller.sell()
    closing.close_day(till, books.owner(), till.new_id(), None)
    seller.sell()
    first_seq = _next_seq(till)
    seller.sell()
    standing = [closing.entry_of(*booked) for booked in closing.open_receipts(till)]
    with seller.aside() as file:
        database = sqlite3.connect(file, isolation_level=None)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-500000"):
            database.execute(f"PRAGMA {pragma}").fetchall()
        sale = _Sale(database, till, first_seq)
        _copy_all(database, till, sale, standing, max(1, lines // books.LINES))
        counts = {name: _one(database, f"SELECT count(*) FROM register_{name}") for name in _COUNTS}
        database.execute("PRAGMA journal_mode=WAL").fetchall()
        database.close()
        os.sync()
        return {**counts, "file_mb": file.stat().st_size // 1_000_000}


def _next_seq(till: Till) -> int:
    from smartecr.sql import fetch

    sql = "SELECT max(seq) + 1 AS seq FROM register_journal WHERE register_id = %s"
    return int(fetch(sql, [till.register_id])[0]["seq"])


def _copy_all(
    database: sqlite3.Connection, till: Till, sale: _Sale, standing: Sequence[ClosingEntry], receipts: int
) -> None:
    head = database.execute(
        "SELECT seq, hash FROM register_journal WHERE register_id = ? ORDER BY seq DESC LIMIT 1", [till.register_id]
    ).fetchone()
    chain, calendar = _Chain(sale, *head), _Calendar(sale.number + receipts)
    periods = _Periods(database, till, standing, chain, calendar)
    for begin in range(0, receipts, _CHUNK):
        database.execute("BEGIN")
        numbers = range(sale.number + 1 + begin, sale.number + 1 + min(begin + _CHUNK, receipts))
        batches: dict[str, list[tuple[Any, ...]]] = {}
        for slots in _slots(sale, numbers, calendar):
            periods.add(slots)
            for insert, row in chain.copies(slots):
                batches.setdefault(insert, []).append(row)
            for copy in sale.rows:
                batches.setdefault(copy.insert, []).append(copy.fill(slots))
        for insert, rows in batches.items():
            database.executemany(insert, rows)
        database.execute("COMMIT")
        if begin % (50 * _CHUNK) == 0 and begin:
            print(f"  {begin:,} of {receipts:,} receipts", file=sys.stderr, flush=True)
    chain.seal(database, till.register_id)


class _Calendar:
    """Which receipt was when: so many a day that the last one was a moment ago."""

    def __init__(self, last: int) -> None:
        self.last_z = _z_of(last)
        self._first_day = datetime.now(UTC).date() - timedelta(days=self.last_z - 1)
        self._first_ms = int(time.time() * 1000) - (last + 1) * _APART_MS

    def day(self, z: int) -> str:
        """Return the business day of a period."""
        return (self._first_day + timedelta(days=z - 1)).isoformat()

    def stamp(self, number: int) -> int:
        """Return the milliseconds since 1970 of a receipt."""
        return self._first_ms + number * _APART_MS


def _z_of(number: int) -> int:
    """Return the period of a receipt; the first one is over when copying begins."""
    return 2 + number // RECEIPTS_A_DAY


def _slots(sale: _Sale, numbers: range, calendar: _Calendar) -> Iterator[dict[str, Any]]:
    """Yield what differs in each copy; ids rise with time as real ones do."""
    for number in numbers:
        z, stamp = _z_of(number), calendar.stamp(number)
        random = os.urandom(12 * len(sale.ids)).hex()
        yield {
            "number": number,
            "tse_number": number,
            "tse_counter": 2 * number,
            "z_number": z,
            "day": calendar.day(z),
            "token": random[:24],
            **{
                slot: f"{stamp + place:012x}7000{random[24 * place + 8 : 24 * place + 24]}"
                for place, slot in enumerate(sale.ids.values())
            },
        }


class _Chain:
    """The journal's end while copies are appended."""

    def __init__(self, sale: _Sale, seq: int, head: str) -> None:
        self._sale, self._seq, self._head = sale, seq, head

    def copies(self, slots: dict[str, Any]) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Yield the journal rows of one copied sale, chained to those before."""
        from smartecr.register.journal import Entry, digest

        for copy in self._sale.journal:
            self._seq += 1
            slots["seq"] = self._seq
            row = dict(zip(self._sale.columns, copy.fill(slots), strict=True))
            entry = Entry(**{**row, "previous": self._head, "hash": ""})
            row["previous"], row["hash"] = self._head, digest(entry)
            self._head = row["hash"]
            yield copy.insert, tuple(row.values())

    def append(self, entry: Entry) -> Entry:
        """Return an entry as the next one."""
        from smartecr.register.journal import digest

        self._seq += 1
        entry = entry._replace(seq=self._seq, previous=self._head)
        self._head = digest(entry)
        return entry._replace(hash=self._head)

    def seal(self, database: sqlite3.Connection, register_id: str) -> None:
        """Note where the journal ends now, as the register does with every commit."""
        from smartecr.register import chainend

        sql = "INSERT OR REPLACE INTO register_chain_end (register_id, seq, hash, key, seal) VALUES (?, ?, ?, ?, ?)"
        database.execute(sql, chainend.row(register_id, self._seq, self._head))


class _Periods:
    """Closes a period and opens the next one where a copy begins it, as the register's own facts do; the last stays."""

    def __init__(
        self,
        database: sqlite3.Connection,
        till: Till,
        standing: Sequence[ClosingEntry],
        chain: _Chain,
        calendar: _Calendar,
    ) -> None:
        self._database, self._till, self._chain, self._calendar = database, till, chain, calendar
        (self._real,) = _dicts(database, "SELECT * FROM register_closing WHERE register_id = ?", [till.register_id])
        (period,) = _dicts(
            database, "SELECT * FROM register_period WHERE register_id = ? AND closed_at = ''", [till.register_id]
        )
        self._z: int = period["z_number"]
        self._opened_at, self._day = period["opened_at"], period["business_day"]
        self._sale = standing[-1]
        self._begin(standing)

    def _begin(self, entries: Iterable[ClosingEntry] = ()) -> None:
        from smartecr.core.closing import Sums

        self._sums = Sums()
        for entry in entries:
            self._sums.add(entry)

    def add(self, slots: dict[str, Any]) -> None:
        """Count a copy, in a period of its own if it begins one."""
        if slots["z_number"] != self._z:
            self._turn(slots["z_number"])
        self._sums.add(self._sale._replace(number=slots["number"]))

    def _turn(self, z: int) -> None:
        totals = self._sums.totals()
        cash = totals.cash_cents
        closing = {"z_number": self._z, "opened_at": self._opened_at, "expected_cents": cash, "counted_cents": None}
        closing |= {"kept_cents": cash, "last_number": totals.last_number}
        self._write("day_closed", {"closing": closing, "totals": json.loads(self._real["totals"]) | totals.kept()})
        self._z, self._day = z, self._calendar.day(z)
        self._opened_at = self._write("period_opened", {"z_number": z})
        self._begin()

    def _write(self, kind: str, body: dict[str, Any]) -> str:
        """Append a fact of the period, have its rows made, and return its instant."""
        from smartecr.register.journal import Entry, canonical
        from smartecr.register.projection import project
        from smartecr.register.rows import Change, Insert

        entry = self._chain.append(
            Entry(
                register_id=self._till.register_id, seq=0, id=f"{2 * self._z + (kind == 'day_closed'):032x}",
                shop_id=self._till.shop_id, kind=kind, business_day=self._day, at=self._day + self._opened_at[10:],
                actor_id=books.PERSON, actor_name=self._real["person_name"], body=canonical(body), previous="", hash="",
            )
        )  # fmt: skip
        _insert(self._database, "register_journal", entry._asdict())
        for operation in project(entry, body):
            if isinstance(operation, Insert):
                _insert(self._database, operation.table, operation.columns)
            elif isinstance(operation, Change):
                closed = "UPDATE register_period SET closed_at = ? WHERE register_id = ? AND z_number = ?"
                self._database.execute(closed, [*operation.columns.values(), *operation.key])
        return entry.at


def _insert(database: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    marks = ", ".join("?" * len(row))
    database.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", [*row.values()])


def _tables_with(database: sqlite3.Connection, column: str) -> list[str]:
    sql = (
        "SELECT t.name FROM sqlite_master t JOIN pragma_table_info(t.name) c ON c.name = ? "
        "WHERE t.type = 'table' AND t.name LIKE 'register_%' ORDER BY t.name"
    )
    return [row[0] for row in database.execute(sql, [column])]


def _dicts(database: sqlite3.Connection, sql: str, arguments: list[Any]) -> list[dict[str, Any]]:
    cursor = database.execute(sql, arguments)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _one(database: sqlite3.Connection, sql: str, *arguments: Any) -> int:
    return int(database.execute(sql, arguments).fetchone()[0])
