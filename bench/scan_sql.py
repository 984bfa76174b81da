"""The statements of real scan requests: recorded from ours, replayed by the bare server that is its floor.

A sale's five scans are recorded through all of Django's middleware. The replay runs the same statements with fresh
ids and journal numbers against a copy of the database, in the same transactions, with the same durability.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from pathlib import Path
from typing import Any

from bench import books

_SCANS = books.LINES
_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"

Recorded = list[dict[str, Any]]
"""One dict a scan: "statements" [[sql, many, parameters]], "page" the answer's text."""


def record() -> Recorded:
    """Scan five articles in this process and return what was asked of the database for each."""
    from django.db import connection
    from django.test import Client

    from smartecr.server import wiring

    client = Client(HTTP_HOST="127.0.0.1")
    client.post("/login", {"person": books.PERSON, "pin": books.PIN})
    found: Recorded = []
    for number in range(1, _SCANS + 1):
        statements: list[list[Any]] = []

        def note(execute: Any, sql: str, parameters: Any, many: bool, context: Any, into: Any = statements) -> Any:
            rows = [list(row) for row in parameters] if many else list(parameters or [])
            into.append([sql, many, rows])
            return execute(sql, rows, many, context)

        order = {"commands": [{"id": f"5c{number:030x}", "do": "scan", "code": books.code(number), "quantity": 1000}]}
        time.sleep(0.1)  # the start asked for with the first line is then answered, as at a till
        with connection.execute_wrapper(note):
            answer = client.post("/till/commands", json.dumps(order), content_type="application/json")
        assert b'data-ok="1"' in answer.content, answer.content[-1000:]
        found.append({"statements": _with_commit(statements), "page": answer.content.decode()})
    wiring.close()
    return found


def _with_commit(statements: list[list[Any]]) -> list[list[Any]]:
    """Add the commit, which Django does not send through its wrappers, behind the last write."""
    last = max(place for place, one in enumerate(statements) if not one[0].lstrip().upper().startswith("SELECT"))
    return [*statements[: last + 1], ["COMMIT", False, []], *statements[last + 1 :]]


class Replay:
    """Runs the recorded scans again and again; every five the basket is emptied, untimed."""

    def __init__(self, file: str) -> None:
        recorded: Recorded = json.loads(Path(f"{file}.json").read_text(encoding="utf-8"))
        own = _own_ids(recorded)
        self._scans = [_Scan(one, own) for one in recorded]
        self._database = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._database.executescript(_PRAGMAS)
        self._clear()
        self._count = 0

    def scan(self) -> bytes:
        """Run the next scan and return the page it answered with."""
        turn = self._count % len(self._scans)
        scan = self._scans[turn]
        scan.run(self._database, 1 + self._count // len(self._scans))
        self._count += 1
        if turn == len(self._scans) - 1:
            self._clear()
        return scan.page

    def _clear(self) -> None:
        self._database.execute("DELETE FROM register_basket_line")
        self._database.execute("DELETE FROM register_basket")


class _Scan:
    """One recorded scan. Ids it made are made anew in each round; ids it found in the books stay."""

    def __init__(self, recorded: dict[str, Any], own: set[str]) -> None:
        self.page: bytes = recorded["page"].encode()
        self._own = own
        self._statements = [
            (sql.replace("%s", "?"), many, rows, _places(sql, "seq")) for sql, many, rows in recorded["statements"]
        ]

    def run(self, database: sqlite3.Connection, round_: int) -> None:
        """Run the statements with ids and journal numbers of a round of their own."""
        for sql, many, rows, places in self._statements:
            if many:
                database.executemany(sql, [self._fresh(row, round_, places) for row in rows])
            else:
                database.execute(sql, self._fresh(rows, round_, places)).fetchall()

    def _fresh(self, row: list[Any], round_: int, places: tuple[int, int]) -> list[Any]:
        values: list[Any] = [f"{round_:08x}{value[8:]}" if value in self._own else value for value in row]
        first, stride = places
        if stride:
            for place in range(first, len(values), stride):
                values[place] += round_ * 100_000
        return values


def _own_ids(recorded: Recorded) -> set[str]:
    """Return the ids of all rows the scans inserted."""
    found: set[str] = set()
    for scan in recorded:
        for sql, many, rows in scan["statements"]:
            first, stride = _places(sql, "id")
            for row in (rows if many else [rows]) if stride else []:
                found.update(row[first::stride])
    return found


def _places(sql: str, column: str) -> tuple[int, int]:
    """Return where an insert's parameters hold `column` and how many columns it has; (0, 0) when they do not."""
    found = re.match(r"INSERT INTO register_\w+ \(([^)]+)\)", sql)
    names = [name.strip() for name in found[1].split(",")] if found else []
    return (names.index(column), len(names)) if column in names else (0, 0)
