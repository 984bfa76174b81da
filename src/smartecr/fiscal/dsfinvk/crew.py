"""The closings of an export judged by several processes, or here; what they came to comes in the order of the export.

Reading stays in one process, since a row's place is only known to who has read all before it. It costs a third.
"""

from __future__ import annotations

import marshal
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from smartecr.core.workers import Workers, loss_told, may_fork
from smartecr.fiscal.dsfinvk.blocks import Block, ClosingKey, Rows, alike, block_of, weight
from smartecr.fiscal.dsfinvk.findings import Findings
from smartecr.fiscal.dsfinvk.judge import Judge
from smartecr.fiscal.dsfinvk.rules_tse import SignatureCheck
from smartecr.fiscal.dsfinvk.state import State
from smartecr.fiscal.dsfinvk.tables import TABLES

_PIECE: Final = 4000
"""Rows (by their weight) that are handed over at once; closings are not torn."""
_BETWEEN: Final = "\x1f"
_MOST_AHEAD: Final = 100_000
"""Rows (by their weight) that wait or are being judged; a larger closing is alone."""

Result = tuple[State, Findings]


def judged(
    closings: Iterable[tuple[Block, int]], workers: int, most_findings: int, signatures: SignatureCheck | None
) -> Iterator[Result]:
    """Yield what closings (with their row) came to, several in one; `workers` processes share them (0: none).

    Raises OSError when a process was ended from outside.
    """
    pieces = _pieces(closings)
    if not workers or not may_fork():  # only forked ones share the keys' hashes
        judge = Judge(most_findings, signatures)
        for piece in pieces:
            for block, row in piece:
                judge.judge(block, row)
            yield judge.take()
        return
    with loss_told(), Workers(workers, _begin, most_findings, signatures) as others:
        yield from _shared(others, pieces, workers)


def _shared(others: Workers, pieces: Iterable[list[tuple[Block, int]]], workers: int) -> Iterator[Result]:
    asked: deque[int] = deque()
    ahead = 0
    for piece in pieces:
        packed = marshal.dumps([_packed(block, row) for block, row in piece])
        heavy = weight(sum(len(block) for block, _ in piece), len(packed))
        while asked and (ahead + heavy > _MOST_AHEAD or len(asked) > 2 * workers):
            ahead -= asked.popleft()
            yield others.take()
        others.ask(_judge, packed)
        asked.append(heavy)
        ahead += heavy
    while others:
        yield others.take()


def _pieces(closings: Iterable[tuple[Block, int]]) -> Iterator[list[tuple[Block, int]]]:
    piece: list[tuple[Block, int]] = []
    heavy = 0
    for block, row in closings:
        piece.append((block, row))
        heavy += weight(len(block), block.size)
        if heavy >= _PIECE:
            yield piece
            piece, heavy = [], 0
    if piece:
        yield piece


_Column = str | list[str] | tuple[str]
_Packed = tuple[ClosingKey, int, list[tuple[int, int, list[_Column], list[int]]]]
"""Key and row of a closing; of each table its place, how many rows, the columns behind the key, the rows' numbers."""


def _packed(block: Block, row: int) -> _Packed:
    """Return a block as what marshal writes quickly; numbers that count on are told by their first."""
    tables: list[tuple[int, int, list[_Column], list[int]]] = []
    for place, table in enumerate(TABLES):
        rows = block[table]
        if len(rows):
            numbers = list(rows.numbers[:1] if isinstance(rows.numbers, range) else rows.numbers)
            tables.append((place, len(rows), [_joined(column) for column in rows.columns[3:]], numbers))
    return block.key, row, tables


def _unpacked(packed: _Packed) -> tuple[Block, int]:
    key, row, tables = packed
    found = {}
    for place, count, columns, numbers in tables:
        table = TABLES[place]
        all_columns: list[Sequence[str]] = [[text] * count for text in key]
        all_columns += [_parted(column, count) for column in columns]
        begin = numbers[0]
        found[table] = Rows(table, all_columns, numbers if len(numbers) == count else range(begin, begin + count))
    return block_of(key, found), row


def _joined(column: Sequence[str]) -> _Column:
    """Return a column as one text, which costs a third of many; as it is when the text could not be cut again.

    Of values that are all the same one is enough.
    """
    if alike(column):
        return (column[0],)
    text = _BETWEEN.join(column)
    return text if text.count(_BETWEEN) == len(column) - 1 else list(column)


def _parted(column: _Column, count: int) -> list[str]:
    if isinstance(column, str):
        return column.split(_BETWEEN)
    return list(column) if len(column) == count else list(column) * count


def _judge(packed: bytes) -> Result:
    judge = _judges[0]
    for closing in marshal.loads(packed):  # noqa: S302 written by ourselves
        judge.judge(*_unpacked(closing))
    return judge.take()


_judges: list[Judge] = []


def _begin(most_findings: int, signatures: SignatureCheck | None) -> None:
    _judges.append(Judge(most_findings, signatures))
