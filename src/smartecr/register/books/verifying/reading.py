"""What reading a stretch gives, and how the rows of the books are found that its facts make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import field
from functools import cache
from hashlib import blake2b
from itertools import chain
from typing import Any, NamedTuple

from smartecr.core.records import dataclass
from smartecr.register import journalnames
from smartecr.register.books.verifying.verdict import Verdict
from smartecr.register.rows import Operation, tables
from smartecr.sql import select

Fact = tuple[Any, ...]
"""A row of the journal: the values of an `Entry`, which is only made of it where one is needed."""
Values = tuple[Any, ...]
Key = tuple[Any, ...]
Rows = dict[str, list[Values]]
"""Rows of the books by table, each in the order of its columns."""

BLOCK = 500
"""Receipts, or rows, compared at once."""

STREAMED = (
    "register_receipt", "register_receipt_line", "register_receipt_vat", "register_receipt_payment",
    "register_receipt_signature", "register_receipt_print", "register_drawer_opening",
    "catalog_stock_move",
)  # fmt: skip
"""Tables whose rows are written once and never changed, found by the first column of their key."""

BASKETS = ("register_basket", "register_basket_line")
"""Tables whose rows are gone when a receipt is issued."""


class Stretch(NamedTuple):
    """Which entries: those of a register behind number `after`, up to `until`."""

    register_id: str
    after: int
    until: int


class Held(NamedTuple):
    """The facts of a basket that was not finished yet."""

    basket_id: str
    facts: list[Fact]


class Place(NamedTuple):
    """Where in the journal a fact stands."""

    register_id: str
    seq: int
    kind: str


class Step(NamedTuple):
    """What a fact does to rows that may change, with the place to name when it cannot."""

    place: Place
    what: Operation | Held


@dataclass(slots=True)
class Read:
    """What a stretch gave.

    `seen` counts the rows met of the streamed tables. `made` counts the rows that other facts made once, `put` are the
    digests of keys of those that may be made again. `steps` is what is left to be done in order, `closed` the ids of
    the closings in it; `last` is (seq, hash, instant) of its last entry.
    """

    verdict: Verdict = field(default_factory=Verdict)
    seen: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STREAMED, 0))
    made: Counter[str] = field(default_factory=Counter)
    put: dict[str, set[bytes]] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    last: tuple[int, str, str] = (0, "", "")


@cache
def columns_of(name: str) -> tuple[str, ...]:
    """Return the columns of a table in their order."""
    return tuple(tables()[name].defaults)


def rows_at(name: str, keys: Sequence[Key]) -> dict[Key, Values]:
    """Return the rows of the books with these keys, a block of them."""
    key, columns = tables()[name].key, columns_of(name)
    places = [columns.index(part) for part in key]
    wanted = [sorted({one[place] for one in keys}) for place in range(len(key))]
    where = " AND ".join(f"{part} IN ({', '.join(['%s'] * len(v))})" for part, v in zip(key, wanted, strict=True))
    sql = f"SELECT {', '.join(columns)} FROM {name} WHERE {where}"  # noqa: S608 models' names
    rows = select(sql, [value for values in wanted for value in values])
    return {tuple([row[place] for place in places]): row for row in rows}


def total(name: str) -> int:
    """Return how many rows the books have in a table."""
    return int(select(f"SELECT count(*) FROM {name}")[0][0])  # noqa: S608 models' names


def digest(key: Key) -> bytes:
    """Return a short name of a key."""
    return blake2b(repr(key).encode(), digest_size=8).digest()


def place(row: Fact) -> Place:
    """Return where in the journal a fact stands."""
    return Place(row[0], row[1], row[4])


def named(row: Fact) -> str:
    """Return where in the journal a fact stands, as sentences name it."""
    return journalnames.entry(*place(row))


_PAGE = 250
_ENTRIES = (
    "SELECT register_id, seq, id, shop_id, kind, business_day, at, actor_id, actor_name, body, previous, hash "
    "FROM register_journal WHERE register_id = %s AND seq > %s AND seq <= %s ORDER BY seq LIMIT %s"
)


def pages(stretch: Stretch) -> Iterator[list[Fact]]:
    """Yield the entries of a stretch, many at once."""
    register_id, seq, until = stretch
    while page := select(_ENTRIES, [register_id, seq, until, _PAGE]):
        yield page
        seq = page[-1][1]


def entries(stretch: Stretch) -> Iterator[Fact]:
    """Yield the entries of a stretch."""
    return chain.from_iterable(pages(stretch))
