"""What the validator remembers between blocks: a few sums a closing, and 16 to 24 bytes a Vorgang and transaction."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from smartecr.fiscal.dsfinvk.blocks import ClosingKey, Rows
from smartecr.fiscal.dsfinvk.schema import Table
from smartecr.fiscal.dsfinvk.values import Numbers

_PARTS: Final = 64
MOST_VOUCHERS: Final = 500_000
MOST_REFERENCES: Final = 500_000


class Seen:
    """Which keys were seen and in which row, as 16 bytes each (a hash of 64 bits and a row number)."""

    def __init__(self) -> None:
        self._hashes = [array("q") for _ in range(_PARTS)]
        self._rows = [array("q") for _ in range(_PARTS)]

    def add(self, keys: Iterable[object], rows: Iterable[int]) -> None:
        """Remember keys with their rows."""
        for key, row in zip(keys, rows, strict=True):
            number = hash(key)
            part = number % _PARTS
            self._hashes[part].append(number)
            self._rows[part].append(row)

    def repeated(self) -> Iterator[int]:
        """Yield the rows of keys that had been seen in an earlier row."""
        for hashes, rows in zip(self._hashes, self._rows, strict=True):
            if len(set(hashes)) == len(hashes):
                continue
            first: dict[int, int] = {}
            for number, row in sorted(zip(hashes, rows, strict=True), key=lambda pair: pair[1]):
                if number in first:
                    yield row
                first.setdefault(number, row)

    def missing(self, keys: Iterable[object]) -> list[bool]:
        """Return for each key whether it was never seen."""
        wanted = [hash(key) for key in keys]
        parts = {number % _PARTS for number in wanted}
        known: set[int] = set()
        asked = set(wanted)
        for part in parts:
            known |= asked.intersection(self._hashes[part])
        return [number not in known for number in wanted]


@dataclass(slots=True)
class ClosingState:
    """What a closing's Vorgänge have come to so far; amounts in 1/100000, times in milliseconds UTC.

    `rates`, `serials`, `agencies`, `terminals` are its master data by key as written, `clients` the names its devices
    have at the TSE. `ids` are (BON_ID, row), `moves` (time, row, cash moved), `finished` by TSE serial (counter, time,
    transaction number, row).
    """

    key: ClosingKey
    row: int
    master: dict[Table, Rows]
    created: int | None
    currency: str
    rates: dict[str, int]
    serials: dict[str, str]
    agencies: frozenset[str]
    terminals: frozenset[str]
    cases: defaultdict[tuple[str, str, str, str], int] = field(default_factory=lambda: defaultdict(int))
    payments: defaultdict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    cash: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    ids: list[tuple[str, int]] = field(default_factory=list)
    moves: list[tuple[int, int, int]] = field(default_factory=list)
    opening_float: bool = False
    earliest: tuple[int, int] | None = None
    finished: defaultdict[str, list[tuple[int, int, int, int]]] = field(default_factory=lambda: defaultdict(list))
    unsecured: list[tuple[int, str]] = field(default_factory=list)
    undetermined: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What stays of a closing once it is finished, to be held against its neighbours.

    `first_id` and `last_id` are None unless all are numbers; `counters` by TSE serial: (counter, time) first and last.
    """

    register: str
    number: int
    row: int
    created: int | None
    first_id: int | None
    last_id: int | None
    id_row: int
    earliest: tuple[int, int] | None
    cash: int
    lowest: int
    lowest_row: int
    opening_float: bool
    counters: dict[str, tuple[int, int, int, int, int]]


@dataclass(slots=True)
class State:
    """Everything remembered over the whole export; `vouchers` are [sold, redeemed] by number."""

    numbers: Numbers = field(default_factory=Numbers)
    receipts: Seen = field(default_factory=Seen)
    places: Seen = field(default_factory=Seen)
    printed: Seen = field(default_factory=Seen)
    transactions: Seen = field(default_factory=Seen)
    counters: Seen = field(default_factory=Seen)
    references: list[tuple[int, str, str, str]] = field(default_factory=list)
    vouchers: dict[str, list[int]] = field(default_factory=dict)
    closings: list[Summary] = field(default_factory=list)
    receipts_read: int = 0
