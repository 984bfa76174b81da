"""Closings as the rows of an export, in parts of a few hundred receipts: memory stays the same for a day and ten years.

A part says nothing of the parts before it, so several processes may make them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from smartecr.fiscal.dsfinvk.clock import LocalClock
from smartecr.fiscal.dsfinvk.closing_rows import closing_rows
from smartecr.fiscal.dsfinvk.dialect import END, Columns
from smartecr.fiscal.dsfinvk.receipt_rows import ReceiptRows
from smartecr.fiscal.dsfinvk.records import Closing, Receipt
from smartecr.fiscal.dsfinvk.schema import Level, Table
from smartecr.fiscal.dsfinvk.sums import ClosingSums
from smartecr.fiscal.dsfinvk.tables import CASHPOINTCLOSING, TABLES

ZONE: Final = ZoneInfo("Europe/Berlin")
_RECEIPTS = 256
_AT_ONCE = 32
"""Receipts held as records: few enough that the garbage collector seldom sees one."""

Books = Iterable[tuple[Closing, Iterable[Receipt]]]
"""Closings in their order, each with its receipts in the order of their numbers."""


class Part(NamedTuple):
    """How many closings and receipts end here, and (file, rows, their bytes) of every table that has any."""

    closings: int
    receipts: int
    rows: list[tuple[str, int, bytes]]


def parts(books: Books, zone: ZoneInfo = ZONE) -> Iterator[Part]:
    """Yield the rows of all closings in their order. Raises ValueRefusedError when a value does not fit its column."""
    rows: dict[Table, list[str]] = {table: [] for table in TABLES}
    of_receipt = ReceiptRows(rows, zone)
    of_closing = {table: Columns(table, table.columns[Level.CLOSING.value].name) for table in TABLES}
    clock = LocalClock(zone)
    keys = Columns(CASHPOINTCLOSING, "Z_KASSE_ID", "Z_NR")
    closings = count = 0
    for closing, receipts in books:
        currency = closing.master.currency
        sums = ClosingSums(currency)
        key = keys.text((closing.master.register.id, clock.text(closing.created), closing.number)) + ";"
        coming = iter(receipts)
        while block := list(islice(coming, min(_AT_ONCE, _RECEIPTS - count))):
            sums.add(block)
            of_receipt.add(block, key, currency)
            count += len(block)
            if count == _RECEIPTS:
                yield Part(closings, count, _taken(rows))
                closings = count = 0
        for table, values in closing_rows(closing, sums):
            rows[table].append(f"{key}{of_closing[table].text(values)}{END}")
        closings += 1
    if closings:
        yield Part(closings, count, _taken(rows))


def _taken(rows: dict[Table, list[str]]) -> list[tuple[str, int, bytes]]:
    """Return the rows that wait and forget them."""
    taken = []
    for table, waiting in rows.items():
        if waiting:
            taken.append((table.file, len(waiting), "".join(waiting).encode()))
            waiting.clear()
    return taken
