"""A stretch of one register's journal read once: chain, time, and the rows its facts make compared with the books.

Rows that never change are compared here, in blocks; what changes (open baskets, master data, cards) is handed on in its
order and compared when the whole journal went by (see `standing`). The facts of a basket are only handed on when it is
still open at the end of the stretch: a finished one leaves none. Stretches know nothing of each other, so several
processes may read them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from smartecr.register.journal import Entry
from smartecr.register.projection import project
from smartecr.register.rows import Change, Delete, Insert, Operation, Put, tables
from smartecr.register.verifying.verdict import Verdict
from smartecr.sql import select

Fact = tuple[Any, ...]
Values = tuple[Any, ...]
Rows = dict[str, list[Values]]
"""Rows of the books by table, each in the order of its columns."""

BLOCK = 500
"""Receipts compared at once."""

STREAMED = (
    "register_receipt", "register_receipt_line", "register_receipt_vat", "register_receipt_payment",
    "register_receipt_signature", "register_receipt_print", "register_drawer_opening",
    "catalog_stock_move",
)  # fmt: skip
"""Tables whose rows are written once and never changed, found by the first column of their key."""

_BASKET_FACTS = frozenset({"basket_opened", "basket_changed", "line_added", "line_changed", "line_voided"})
_BASKET = '{"basket":"'
_PAGE = 2000
_ENTRIES = (
    "SELECT register_id, seq, id, shop_id, kind, business_day, at, actor_id, actor_name, body, previous, hash "
    "FROM register_journal WHERE register_id = %s AND seq > %s AND seq <= %s ORDER BY seq LIMIT %s"
)


class Stretch(NamedTuple):
    """Which entries: those of a register behind number `after`, up to `until`."""

    register_id: str
    after: int
    until: int


class Held(NamedTuple):
    """The facts of a basket that was not finished yet."""

    basket_id: str
    facts: list[Fact]


class Step(NamedTuple):
    """What a fact does to rows that may change, with the place to name when it cannot."""

    place: str
    what: Operation | Held


@dataclass(slots=True)
class Read:
    """What a stretch gave: findings, how many rows of the streamed tables were met, what is left to be done in order.

    `last` is (seq, hash, instant) of its last entry.
    """

    verdict: Verdict = field(default_factory=Verdict)
    seen: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STREAMED, 0))
    steps: list[Step] = field(default_factory=list)
    last: tuple[int, str, str] = (0, "", "")


class Walk:
    """Reads one stretch; `checked` is called with the books' rows of each block of receipts that was compared."""

    def __init__(self, checked: Callable[[Rows], None], read: Read) -> None:
        self._read = read
        self._checked = checked
        self._waiting: dict[str, dict[Any, Values]] = {name: {} for name in STREAMED}
        self._shapes = {name: _Shape(name) for name in STREAMED}
        self._baskets: dict[str, list[Fact]] = {}

    def run(self, stretch: Stretch, before: tuple[int, str, str]) -> None:
        """Read the stretch; `before` are seq, hash and instant of the entry before its first."""
        seq, head, at = before
        verdict = self._read.verdict
        findings, sha256, dumps = verdict.findings, hashlib.sha256, orjson.dumps
        for row in entries(stretch):
            kind = row[4]
            verdict.facts += 1
            if row[1] != seq + 1:
                findings.append(f"{_place(row)}: nach Eintrag {seq} fehlen Einträge")
            if row[10] != head:
                findings.append(f"{_place(row)}: die Kette ist hier gebrochen")
            if sha256(dumps((row[10], *row[:10]))).hexdigest() != row[11]:
                findings.append(f"{_place(row)}: der Eintrag wurde verändert")
            if row[6] < at:
                verdict.explained.append(f"{_place(row)}: die Uhr wurde zurückgestellt ({at} → {row[6]})")
            if kind == "chain_cut":
                findings.append(f"{_place(row)}: davor fehlten am Ende des Journals Einträge")
            seq, head, at = row[1], row[11], row[6]
            try:
                if kind in _BASKET_FACTS:
                    self._baskets.setdefault(_basket_of(row[9]), []).append(row)
                else:
                    self._fact(row)
            except (KeyError, TypeError, ValueError) as error:
                findings.append(f"{_place(row)}: unlesbar ({type(error).__name__})")
        self._flush()
        self._read.steps += [Step("", Held(*held)) for held in self._baskets.items()]
        self._read.last = seq, head, at

    def _fact(self, row: Fact) -> None:
        for operation in project(entry_of(row), orjson.loads(row[9])):
            shape = self._shapes.get(operation.table)
            if shape is None:
                self._hand_on(row, operation)
            elif isinstance(operation, Insert | Put):
                values = tuple(operation.columns.values())
                self._waiting[operation.table][shape.key(values)] = values
            else:
                raise ValueError(f"{operation.table} never changes")
        if len(self._waiting["register_receipt"]) >= BLOCK:
            self._flush()

    def _hand_on(self, row: Fact, operation: Operation) -> None:
        """Leave a step to be done in order, unless it ends a basket that began in this stretch and left nothing."""
        name = operation.table
        if isinstance(operation, Delete) and name in ("register_basket", "register_basket_line"):
            held = self._baskets.get(operation.value)
            if held and held[0][4] == "basket_opened":
                if name == "register_basket":
                    del self._baskets[operation.value]
                return
            if name == "register_basket":
                self._baskets.pop(operation.value, None)
        elif isinstance(operation, Change) and name == "register_basket":
            held = self._baskets.pop(operation.key[0], None)
            if held:
                self._read.steps.append(Step(_place(row), Held(operation.key[0], held)))
        self._read.steps.append(Step(_place(row), operation))

    def _flush(self) -> None:
        """Compare the rows that wait, a block at a time, and have the receipts among them checked."""
        rows = {name: list(self._compare(name)) for name in STREAMED}
        if rows["register_receipt"]:
            self._checked(rows)

    def _compare(self, name: str) -> Iterator[Values]:
        waiting, self._waiting[name] = self._waiting[name], {}
        shape, read = self._shapes[name], self._read
        first = sorted(waiting if shape.single else {key[0] for key in waiting})
        for start in range(0, len(first), BLOCK):
            part = first[start : start + BLOCK]
            rows = select(shape.sql(len(part)), part)
            read.verdict.rows += len(rows)
            read.seen[name] += len(rows)
            for row in rows:
                key = shape.key(row)
                wanted = waiting.pop(key, None)
                if wanted != row:
                    read.verdict.findings.append(
                        f"{name} {_written(key)}: steht nicht im Journal"
                        if wanted is None
                        else difference(name, key, shape.columns, wanted, row)
                    )
            yield from rows
        read.verdict.findings += [f"{name} {_written(key)}: fehlt" for key in waiting]


class _Shape:
    """How the rows of a streamed table are read and found."""

    def __init__(self, name: str) -> None:
        table = tables()[name]
        self.columns = tuple(table.defaults)
        self.single = len(table.key) == 1
        self.key = itemgetter(*(self.columns.index(part) for part in table.key))
        self._sql = f"SELECT {', '.join(self.columns)} FROM {name} WHERE {table.key[0]} IN "  # noqa: S608 models' names
        self._order = f" ORDER BY {', '.join(table.key)}"

    def sql(self, count: int) -> str:
        """Return the query for rows by the first column of their key, in the order of their keys."""
        return f"{self._sql}({', '.join(['%s'] * count)}){self._order}"


def difference(name: str, key: Any, columns: Sequence[str], wanted: Values, row: Values) -> str:
    """Return the sentence that names the columns in which a row is not what the journal says."""
    wrong = [column for column, want, have in zip(columns, wanted, row, strict=True) if want != have]
    return f"{name} {_written(key)}: {', '.join(wrong)} weicht vom Journal ab"


def _written(key: Any) -> str:
    return "/".join(map(str, key)) if isinstance(key, tuple) else str(key)


def _place(row: Fact) -> str:
    return f"Journal {row[0][-6:]}/{row[1]} ({row[4]})"


def _basket_of(body: str) -> str:
    """Return the basket of a fact; canonical JSON has it in front in all kinds known so far."""
    if body.startswith(_BASKET):
        return body[len(_BASKET) : body.index('"', len(_BASKET))]
    return str(orjson.loads(body)["basket"])


def entry_of(row: Fact) -> Entry:
    """Return a row of the journal as an entry."""
    return Entry(
        register_id=row[0], seq=row[1], id=row[2], shop_id=row[3], kind=row[4], business_day=row[5], at=row[6],
        actor_id=row[7], actor_name=row[8], body=row[9], previous=row[10], hash=row[11],
    )  # fmt: skip


def entries(stretch: Stretch) -> Iterator[Fact]:
    """Yield the entries of a stretch in pages."""
    register_id, seq, until = stretch
    while page := select(_ENTRIES, [register_id, seq, until, _PAGE]):
        yield from page
        seq = page[-1][1]


def unknown(name: str) -> Iterator[tuple[Any, ...]]:
    """Yield the keys of a streamed table that no fact of the journal makes (a second walk, when there are some)."""
    table = tables()[name]
    known: set[tuple[Any, ...]] = set()
    for register_id, last in select("SELECT register_id, max(seq) FROM register_journal GROUP BY register_id"):
        for row in entries(Stretch(register_id, -1, last)):
            if row[4] not in _BASKET_FACTS:
                known.update(_made(name, row))
    for row in select(f"SELECT {', '.join(table.key)} FROM {name}"):  # noqa: S608 models' names
        if tuple(row) not in known:
            yield tuple(row)


def _made(name: str, row: Fact) -> Iterator[tuple[Any, ...]]:
    try:
        operations = project(entry_of(row), orjson.loads(row[9]))
    except (KeyError, TypeError, ValueError):
        return
    for operation in operations:
        if operation.table == name and isinstance(operation, Insert | Put):
            yield tuple(operation.columns[part] for part in tables()[name].key)
