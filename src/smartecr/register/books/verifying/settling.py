"""Rows that may change, as one stretch leaves them: what the books have just so is only counted, the rest handed on.

So a card payment that began and ended within a stretch costs the whole proof no memory. A row that a later stretch
changes is another one in the books by then: it is handed on, and held until it is what they say (see `standing`).
"""

from __future__ import annotations

from collections.abc import Iterator

from smartecr.register.books.verifying.reading import BLOCK, Fact, Key, Read, Step, digest, place, rows_at
from smartecr.register.rows import Change, Delete, Insert, Operation, Put, tables

_COMES_AND_GOES = frozenset({"customers_token"})
"""Tables whose rows may be inserted again after they were deleted; others are inserted once, or put."""


class Settling:
    """Takes the operations of a stretch on rows that may change, in their order."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._left: dict[str, dict[Key, tuple[Fact, Operation]]] = {}

    def take(self, fact: Fact, operation: Operation) -> None:
        """Take an operation of a fact in. Raises KeyError or ValueError when it does not fit what came before."""
        name = operation.table
        left = self._left.setdefault(name, {})
        if isinstance(operation, Change):
            known = left.get(operation.key)
            if known is None:
                left[operation.key] = fact, operation
            elif isinstance(known[1], Delete):
                raise KeyError(operation.key)
            else:
                known[1].columns.update(operation.columns)
            return
        key = tables()[name].key
        if isinstance(operation, Delete):
            if key != (operation.column,):
                raise ValueError(f"rows of {name} are deleted by their key")
            left[operation.value,] = fact, operation
            return
        columns = operation.columns
        left[tuple([columns[part] for part in key])] = fact, operation
        if isinstance(operation, Insert) and name not in _COMES_AND_GOES:
            self._read.made[name] += 1

    def end(self) -> None:
        """Compare what the stretch leaves with the books, and hand on what is not there yet."""
        for name, left in self._left.items():
            self._read.steps += self._compared(name, left)

    def _compared(self, name: str, left: dict[Key, tuple[Fact, Operation]]) -> Iterator[Step]:
        whole = []
        for key, (fact, what) in left.items():
            if isinstance(what, Change | Delete):
                yield Step(place(fact), what)
                continue
            whole.append((key, fact, what))
            if isinstance(what, Put) or name in _COMES_AND_GOES:
                self._read.put.setdefault(name, set()).add(digest(key))
        for start in range(0, len(whole), BLOCK):
            part = whole[start : start + BLOCK]
            books = rows_at(name, [key for key, _, _ in part])
            yield from [
                Step(place(fact), what) for key, fact, what in part if books.get(key) != tuple(what.columns.values())
            ]
