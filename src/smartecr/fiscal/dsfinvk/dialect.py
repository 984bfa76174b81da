"""CSV as DSFinV-K prescribes it: semicolon, CRLF, decimal comma, UTF-8; every text in quotes, no number is.

A row is formatted column by column through dictionaries that remember what they have formatted, so that what repeats
(most of an export) costs one look-up. Columns alike share one; its memory is bounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import getitem
from typing import Final

from smartecr.fiscal.dsfinvk.schema import Column, Kind, Table

END: Final = "\r\n"
Value = str | int | bool | None

_REMEMBERED = 16_384
_UNITS = {Kind.MONEY: 2, Kind.RATE: 2, Kind.QUANTITY: 3, Kind.WHOLE: 0}
_BREAKS = str.maketrans({"\r": " ", "\n": " ", "\0": None})


class ValueRefusedError(ValueError):
    """A value does not fit its column and is not cut silently; `table` and `column` name the place, German text."""

    def __init__(self, table: str, column: str, reason: str) -> None:
        self.table = table
        self.column = column
        super().__init__(f"{table}, {column}: {reason}")


class _RefusedError(ValueError):
    """Why a value does not fit; the place is not known yet."""


class _Numbers(dict[Value, str]):
    """Integer in units of ``10 ** -decimals`` -> text."""

    def __init__(self, decimals: int, must: bool) -> None:
        super().__init__()
        self._decimals = decimals
        self._must = must

    def __missing__(self, value: Value) -> str:
        """Format a number not seen yet. Raises _RefusedError."""
        if len(self) >= _REMEMBERED:
            self.clear()
        if isinstance(value, int):
            text = decimal(value, self._decimals)
        elif value is None and not self._must:
            text = ""
        else:
            raise _RefusedError("Hier muss eine Zahl stehen.")
        self[value] = text
        return text


class _Texts(dict[Value, str]):
    """Text (or flag) -> text in quotes, on one line unless `breaks`."""

    def __init__(self, column: Column) -> None:
        super().__init__()
        self._size = column.size
        self._must = column.must
        self._breaks = column.kind is Kind.LONG_TEXT

    def __missing__(self, value: Value) -> str:
        """Format a text not seen yet. Raises _RefusedError."""
        if len(self) >= _REMEMBERED:
            self.clear()
        if not isinstance(value, str):
            value = "" if value is None else str(int(value))
        text = value if self._breaks or value.isprintable() else value.translate(_BREAKS)
        if len(text) > self._size:
            raise _RefusedError(f"{len(text)} Zeichen sind mehr als die erlaubten {self._size}.")
        if self._must and not text:
            raise _RefusedError("Der Wert fehlt.")
        text = self[value] = f'"{text}"' if '"' not in text else '"{}"'.format(text.replace('"', '""'))
        return text


class Dialect:
    """Formats rows of all tables; `formats` are shared between columns of the same kind, size and obligation."""

    def __init__(self) -> None:
        self._shared: dict[tuple[Kind, int, bool], dict[Value, str]] = {}

    def formats(self, table: Table) -> list[dict[Value, str]]:
        """Return what formats the columns of a table, one each."""
        return [self._format(column) for column in table.columns]

    def _format(self, column: Column) -> dict[Value, str]:
        size = 0 if column.kind.numeric else column.size
        key = (column.kind, size, column.must)
        if key not in self._shared:
            numeric = column.kind.numeric
            self._shared[key] = _Numbers(_UNITS[column.kind], column.must) if numeric else _Texts(column)
        return self._shared[key]


def join(formats: Sequence[dict[Value, str]], values: Sequence[Value]) -> str:
    """Return values formatted and joined; as many as there are formats."""
    return ";".join(map(getitem, formats, values))


def refused(
    table: Table, columns: Sequence[Column], formats: Sequence[dict[Value, str]], values: Sequence[Value]
) -> ValueRefusedError:
    """Return the error that names the column whose value `join` did not take."""
    for column, form, value in zip(columns, formats, values, strict=True):
        try:
            form[value]
        except _RefusedError as error:
            return ValueRefusedError(table.file, column.name, str(error))
    raise AssertionError("every value fits")


def decimal(value: int, decimals: int) -> str:
    """Write an integer of ``10 ** -decimals`` (0, 2 or 3) with a comma: ``decimal(-1205, 2)`` is ``"-12,05"``."""
    if value < 0:
        return "-" + decimal(-value, decimals)
    if decimals == 2:
        return f"{value // 100},{value % 100:02d}"
    if decimals == 3:
        return f"{value // 1000},{value % 1000:03d}"
    return str(value)


def header(table: Table) -> str:
    """Return the first line of a table's file, with its end."""
    return ";".join(column.name for column in table.columns) + END
