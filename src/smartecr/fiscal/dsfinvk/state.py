"""What the validator remembers between blocks: a few sums a closing, and 16 to 24 bytes a Vorgang and transaction."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import field
from typing import Final

from smartecr.core.records import dataclass
from smartecr.fiscal.dsfinvk.blocks import ClosingKey, Rows
from smartecr.fiscal.dsfinvk.schema import Table

_AT_ONCE: Final = 500_000
MOST_VOUCHERS: Final = 500_000
MOST_REFERENCES: Final = 500_000
MOST_SPANS: Final = 16


class Seen:
    """Which keys were seen and in which row, as 16 bytes each (a hash of 64 bits and a row number)."""

    def __init__(self) -> None:
        self._hashes = array("q")
        self._rows = array("q")

    def add(self, keys: Iterable[object], rows: Iterable[int]) -> None:
        """Remember keys with their rows."""
        self._hashes.extend(map(hash, keys))
        self._rows.extend(rows)

    def extend(self, later: Seen) -> None:
        """Add what another has seen, in this process or in one forked from it: elsewhere the hashes are others."""
        self._hashes.extend(later._hashes)
        self._rows.extend(later._rows)

    def repeated(self) -> Iterator[int]:
        """Yield the rows of keys that had been seen in an earlier row; only a part of the keys is held at a time."""
        parts = 1 + len(self._hashes) // _AT_ONCE
        for part in range(parts):
            seen: set[int] = set()
            twice: set[int] = set()
            for number in self._hashes:
                if number % parts == part:
                    (twice if number in seen else seen).add(number)
            if twice:
                found = zip(self._rows, self._hashes, strict=True)
                seen.clear()
                for row, number in sorted(pair for pair in found if pair[1] in twice):
                    if number in seen:
                        yield row
                    seen.add(number)

    def missing(self, keys: Iterable[object]) -> list[bool]:
        """Return for each key whether it was never seen."""
        wanted = list(map(hash, keys))
        known = set(wanted).intersection(self._hashes) if wanted else set()
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

    `first_id` and `last_id` are None unless all are numbers; `counters` by TSE serial: (counter, time) first and last,
    a row; `spans`: its transactions without a gap, first and last (at most `MOST_SPANS`).
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
    spans: dict[str, list[tuple[int, int]]]


@dataclass(slots=True)
class State:
    """Everything remembered over the whole export; `vouchers` are [sold, redeemed] by number."""

    receipts: Seen = field(default_factory=Seen)
    places: Seen = field(default_factory=Seen)
    printed: Seen = field(default_factory=Seen)
    transactions: Seen = field(default_factory=Seen)
    counters: Seen = field(default_factory=Seen)
    references: list[tuple[int, str, str, str]] = field(default_factory=list)
    vouchers: dict[str, list[int]] = field(default_factory=dict)
    closings: list[Summary] = field(default_factory=list)
    receipts_read: int = 0

    def extend(self, later: State) -> None:
        """Add what the blocks that follow have come to."""
        for mine, other in (
            (self.receipts, later.receipts),
            (self.places, later.places),
            (self.printed, later.printed),
            (self.transactions, later.transactions),
            (self.counters, later.counters),
        ):
            mine.extend(other)
        self.references += later.references[: MOST_REFERENCES - len(self.references)]
        for voucher, (sold, redeemed) in later.vouchers.items():
            if len(self.vouchers) < MOST_VOUCHERS:
                balance = self.vouchers.setdefault(voucher, [0, 0])
                balance[0] += sold
                balance[1] += redeemed
        self.closings += later.closings
        self.receipts_read += later.receipts_read
