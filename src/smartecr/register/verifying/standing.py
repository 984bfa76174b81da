"""The rows that may change, as the whole journal leaves them: applied step by step in order, compared at the end."""

from __future__ import annotations

from typing import Any

import orjson

from smartecr.register.projection import project
from smartecr.register.rows import Change, Delete, Operation, Row, tables
from smartecr.register.verifying.verdict import Verdict
from smartecr.register.verifying.walk import STREAMED, Fact, Held, Step, difference, entry_of
from smartecr.sql import select

Key = tuple[Any, ...]


class Standing:
    """Keeps the rows of all tables that are not streamed; the facts of open baskets are held back until they matter."""

    def __init__(self, verdict: Verdict) -> None:
        self._verdict = verdict
        self._kept: dict[str, dict[Any, dict[Key, Row]]] = {name: {} for name in tables() if name not in STREAMED}
        self._baskets: dict[str, list[Fact]] = {}

    def take(self, step: Step) -> None:
        """Apply a step; one that does not fit what came before is named."""
        if isinstance(step.what, Held):
            self._baskets.setdefault(step.what.basket_id, []).extend(step.what.facts)
            return
        try:
            self._take(step.what)
        except (KeyError, TypeError, ValueError) as error:
            self._verdict.findings.append(f"{step.place}: unlesbar ({type(error).__name__})")

    def compare(self) -> None:
        """Compare what is left of the journal with the books."""
        for basket_id in list(self._baskets):
            try:
                self._unfold(basket_id)
            except (KeyError, TypeError, ValueError) as error:
                self._verdict.findings.append(f"Vorgang {basket_id}: unlesbar ({type(error).__name__})")
        for name in self._kept:
            self._compare(name)

    def _take(self, operation: Operation) -> None:
        name = operation.table
        if isinstance(operation, Delete):
            self._delete(operation)
            return
        kept = self._kept[name]
        if isinstance(operation, Change):
            if name == "register_basket":
                self._unfold(operation.key[0])
            kept[operation.key[0]][operation.key].update(operation.columns)
            return
        key = tuple(operation.columns[part] for part in tables()[name].key)
        kept.setdefault(key[0], {})[key] = dict(operation.columns)

    def _delete(self, operation: Delete) -> None:
        name, value = operation.table, operation.value
        if name == "register_basket":
            self._baskets.pop(value, None)
        if operation.column == tables()[name].key[0]:
            self._kept[name].pop(value, None)
            return
        for group in self._kept[name].values():
            for key in [key for key, row in group.items() if row[operation.column] == value]:
                del group[key]

    def _unfold(self, basket_id: str) -> None:
        """Make the rows of a basket from the facts held back."""
        for row in self._baskets.pop(basket_id, ()):
            for operation in project(entry_of(row), orjson.loads(row[9])):
                self._take(operation)

    def _compare(self, name: str) -> None:
        table = tables()[name]
        expected = {key: row for group in self._kept[name].values() for key, row in group.items()}
        columns = tuple(table.defaults)
        places = [columns.index(part) for part in table.key]
        for row in select(f"SELECT {', '.join(columns)} FROM {name}"):  # noqa: S608 models' names
            self._verdict.rows += 1
            key = tuple(row[place] for place in places)
            wanted = expected.pop(key, None)
            if wanted is None:
                self._report(name, key, "steht nicht im Journal")
                continue
            values = tuple(wanted[column] for column in columns)
            if values != tuple(row):
                self._verdict.findings.append(difference(name, key, columns, values, row))
        for key in expected:
            self._report(name, key, "fehlt")

    def _report(self, name: str, key: Key, what: str) -> None:
        self._verdict.findings.append(f"{name} {'/'.join(map(str, key))}: {what}")
