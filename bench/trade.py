"""Years of trade in a register's tables: many articles, hours, people, discounts and cancellations, written directly.

`grow` copies one sale; questions about figures need variety instead. Only what figures are made of is written:
receipts with lines, VAT and payments, periods with their closings, voids and drawer openings in the journal. The chain
of that journal does not hold, and signatures are a dash: a receipt without any would be completed at the next start.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smartecr.register.till import Till

RECEIPTS_A_DAY = 1400
CUSTOMERS, WITH_CARD = 3000, 0.12
"""Customers with a card, and the share of receipts it lies on."""

PEOPLE = tuple((f"{number:032x}", name) for number, name in enumerate(("Christine", "Jana", "Murat", "Vera"), 1))
HOURS = {7: 13, 8: 22, 9: 19, 10: 12, 11: 9, 12: 12, 13: 10, 14: 10, 15: 14, 16: 11, 17: 7, 18: 3}
_SIZES = (1, 2, 3, 4, 8), (25, 30, 25, 15, 5)


@dataclass(slots=True)
class _Tables:
    """Rows of a day on their way into the file, by table."""

    database: sqlite3.Connection
    rows: dict[str, list[tuple[Any, ...]]]

    def add(self, table: str, **columns: Any) -> None:
        """Take a row of a table of the register in; what it leaves out is as the table has it by default."""
        self.put(f"register_{table}", {**self._defaults(f"register_{table}"), **columns})

    def put(self, table: str, row: dict[str, Any]) -> None:
        """Take a whole row of any table in."""
        sql = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"
        self.rows.setdefault(sql, []).append(tuple(row.values()))

    @staticmethod
    def _defaults(table: str) -> dict[str, Any]:
        from smartecr.register.rows import tables

        known = tables().get(table)
        return known.defaults if known else {}

    def write(self) -> None:
        """Write all rows as one commit."""
        self.database.execute("BEGIN")
        for sql, rows in self.rows.items():
            self.database.executemany(sql, rows)
        self.database.execute("COMMIT")
        self.rows = {}


class Trade:
    """Writes days up to today, the last one open, until there are about `lines` lines. Returns the lines written."""

    def __init__(self, file: str, till: Till, seed: int = 24) -> None:
        self.till, self.random = till, random.Random(seed)
        self.database = sqlite3.connect(file, isolation_level=None)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-500000"):
            self.database.execute(f"PRAGMA {pragma}").fetchall()
        found = self.database.execute(
            "SELECT a.id, a.name, a.price_cents, a.vat_key_in, g.id, g.name FROM catalog_article a "
            "JOIN catalog_group g ON g.id = a.group_id ORDER BY a.number LIMIT 300"
        ).fetchall()
        self.articles = [row for row in found if row[2] > 0]
        self.weights = [1 / (1 + place) ** 0.7 for place in range(len(self.articles))]
        newest = "SELECT max(seq) FROM register_journal WHERE register_id = ?"
        self.seq = self.database.execute(newest, [till.register_id]).fetchone()[0] or 0
        self.number = self.count = 0
        self.tables = _Tables(self.database, {})

    def make(self, lines: int, today: date) -> int:
        """Write the days; see the class."""
        days = max(2, round(lines / (RECEIPTS_A_DAY * 2.6)))
        self._customers(today - timedelta(days=days))
        for z_number, day in enumerate((today - timedelta(days=days - 1 - place) for place in range(days)), 1):
            self._day(day, z_number, last=day == today)
            self.tables.write()
        self.database.execute("PRAGMA journal_mode=WAL").fetchall()
        self.database.close()
        return self.count

    def _customers(self, since: date) -> None:
        """Write those who have a card."""
        for number in range(CUSTOMERS):
            key = f"{number:031x}d"
            self.tables.put("customers_customer", {
                "id": key, "number": f"{number:08d}", "secret": "0" * 12, "group_id": "", "since": since.isoformat(),
                "digest": "0" * 64,
            })  # fmt: skip
            self.tables.put("customers_person", {
                "customer_id": key, "key": "", "name": f"Kundin {number}", "phone": "", "mail": "", "birthday": "",
                "note": "", "folded": f" kundin {number}", "digits": "",
            })  # fmt: skip

    def _day(self, day: date, z_number: int, *, last: bool) -> None:
        opened = f"{day}T05:30:00.000Z"
        self.tables.add(
            "period", register_id=self.till.register_id, z_number=z_number, business_day=day.isoformat(),
            opened_at=opened, closed_at="" if last else f"{day}T19:00:00.000Z",
        )  # fmt: skip
        for at in self._times(day):
            self._receipt(day, z_number, at)
        if not last:
            closing = f"{z_number:031x}c"
            self._entry(closing, "day_closed", day, f"{day}T19:00:00.000Z", {})
            self.tables.add(
                "closing", id=closing, shop_id=self.till.shop_id, register_id=self.till.register_id, z_number=z_number,
                business_day=day.isoformat(), opened_at=opened, closed_at=f"{day}T19:00:00.000Z",
                person_name="Christine", expected_cents=20000, counted_cents=None, kept_cents=20000,
                last_number=self.number, totals=_TOTALS,
            )  # fmt: skip

    def _times(self, day: date) -> Iterator[str]:
        count = round(RECEIPTS_A_DAY * (1.4 if day.weekday() >= 5 else 1.0) * self.random.uniform(0.8, 1.1))
        hours = sorted(self.random.choices(list(HOURS), list(HOURS.values()), k=count))
        for hour in hours:
            moment = datetime(day.year, day.month, day.day, hour - 1, tzinfo=UTC)
            moment += timedelta(seconds=self.random.randrange(3600))
            yield moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _receipt(self, day: date, z_number: int, at: str) -> None:
        draw = self.random.random
        self.number += 1
        key = f"{self.number:032x}"
        person = PEOPLE[self.number * 7 % len(PEOPLE)] if draw() < 0.2 else PEOPLE[int(at[11:13]) // 4 % len(PEOPLE)]
        back = f"{self.number - 1:032x}" if draw() < 0.003 else ""
        sign = -1 if back else 1
        gross: dict[int, int] = {}
        (size,) = self.random.choices(*_SIZES)
        position = 0
        for article in self.random.choices(self.articles, self.weights, k=size):
            position += 1
            self._line(key, position, article, sign, gross, None)
            if draw() < 0.02:
                position += 1
                self._line(key, position, article, sign, gross, position - 1)
        for vat_key, cents in gross.items():
            rate = {1: 1900, 2: 700}[vat_key]
            net = round(cents * 10_000 / (10_000 + rate))
            self.tables.add("receipt_vat", receipt_id=key, vat_key=vat_key, rate_bp=rate, gross_cents=cents,
                            net_cents=net, tax_cents=cents - net)  # fmt: skip
        total = sum(gross.values())
        kind = "Bar" if draw() < 0.5 else "ECKarte"
        self.tables.add("receipt_payment", receipt_id=key, position=1, kind=kind, name="", currency="EUR", cents=total)
        self.tables.add(
            "receipt", id=key, shop_id=self.till.shop_id, register_id=self.till.register_id, number=self.number,
            type="Beleg", z_number=z_number, business_day=day.isoformat(), started_at=at, recorded_at=at,
            person_id=person[0], person_name=person[1], total_cents=total, tendered_cents=None, drawer=kind == "Bar",
            basket_id="", reference_id=back, reason="Falsch gebongt" if back else "", token=f"{self.number:024x}",
            process_data="Beleg^0.00_0.00_0.00_0.00_0.00^0.00:Bar", tse_serial="", tse_number=0, tse_start=0,
        )  # fmt: skip
        self.tables.add("receipt_signature", receipt_id=key, at=at, signature="-")
        if draw() < WITH_CARD:
            customer = f"{int(draw() ** 2 * CUSTOMERS):031x}d"
            self.tables.put("customers_visit", {"receipt_id": key, "customer_id": customer})
        if draw() < 0.02:
            self._entry(f"{self.number:031x}e", "line_voided", day, at, {
                "basket": key, "line": {"unit_cents": 350, "quantity": 1000, "text": "Kaffee"}}, person)  # fmt: skip

    def _line(
        self, key: str, position: int, article: tuple[Any, ...], sign: int, gross: dict[int, int], parent: int | None
    ) -> None:
        article_id, name, price, vat_key, group_id, group_name = article
        cents = -sign * price // 10 if parent else sign * price
        gross[vat_key] = gross.get(vat_key, 0) + cents
        self.count += 1
        self.tables.add(
            "receipt_line", receipt_id=key, position=position, line_id="", text="Rabatt" if parent else name,
            gv_typ="Rabatt" if parent else "Umsatz", gv_name="", quantity=1000 * sign, unit_cents=abs(cents),
            amount_cents=cents, vat_key=vat_key, article_id="" if parent else article_id, article_number="", gtin="",
            group_id=group_id, group_name=group_name, unit="", in_house=self.random.random() < 0.5,
            parent_position=parent, reason="",
        )  # fmt: skip

    def _entry(
        self, key: str, kind: str, day: date, at: str, body: dict[str, Any], person: tuple[str, str] = PEOPLE[0]
    ) -> None:
        self.seq += 1
        self.tables.add(
            "journal", register_id=self.till.register_id, seq=self.seq, id=key, shop_id=self.till.shop_id, kind=kind,
            business_day=day.isoformat(), at=at, actor_id=person[0], actor_name=person[1], body=json.dumps(body),
            previous="", hash=f"{self.seq:064x}",
        )  # fmt: skip


_TOTALS = json.dumps(
    {
        "businesscases": [], "payments": [], "vat": [], "cash_cents": 0, "payments_cents": 0, "turnover_cents": 0,
        "receipts": 0, "other_receipts": [], "first_number": None, "last_number": None, "voids_count": 0,
        "voids_cents": 0, "discounts_cents": 0, "deposit_cents": 0, "groups": [], "counts": [], "difference_cents": 0,
        "reason": "", "line_voids": [0, 0], "drawer_openings": 0, "outages": 0, "unsigned": 0, "carried": [],
        "batch": None, "master": {},
    }
)  # fmt: skip
