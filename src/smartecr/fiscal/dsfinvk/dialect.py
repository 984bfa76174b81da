"""CSV as DSFinV-K prescribes it: semicolon, CRLF, decimal comma, UTF-8; every text in quotes, no number is.

Most values of an export repeat, and neighbouring ones repeat together: `Remembered` keeps what was formatted (bounded),
so that a group of columns costs one look-up. What is never the same twice is formatted as it comes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from smartecr.fiscal.dsfinvk.schema import Column, Kind, Table

END: Final = "\r\n"
Value = str | int | bool | None

_KEPT_CENTS = 10_000
_HUNDREDTHS = [f",{part:02d}" for part in range(100)]
_UNITS = {Kind.MONEY: 2, Kind.RATE: 2, Kind.QUANTITY: 3, Kind.WHOLE: 0}
_BREAKS = str.maketrans({"\r": " ", "\n": " ", "\0": None})


class ValueRefusedError(ValueError):
    """A value does not fit its column and is not cut silently; `table` and `column` name the place, German text."""

    def __init__(self, table: str, column: str, reason: str) -> None:
        super().__init__(table, column, reason)
        self.table = table
        self.column = column
        self.reason = reason

    def __str__(self) -> str:
        """Return the place and the reason."""
        return f"{self.table}, {self.column}: {self.reason}"


class Columns:
    """Neighbouring columns of a table, from `first` to `last` (by name; "": to the end)."""

    def __init__(self, table: Table, first: str, last: str = "") -> None:
        end = table.place(last) + 1 if last else None
        self._forms = [_form(table, column) for column in table.columns[table.place(first) : end]]

    def text(self, values: Sequence[Value]) -> str:
        """Return one value a column formatted and joined by semicolons. Raises ValueRefusedError."""
        return ";".join([form(value) for form, value in zip(self._forms, values, strict=True)])


def column(table: Table, name: str) -> Callable[[Value], str]:
    """Return what formats the values of one column; it raises ValueRefusedError."""
    return _form(table, table.columns[table.place(name)])


def _form(table: Table, column: Column) -> Callable[[Value], str]:
    return _number(table, column) if column.kind.numeric else _text(table, column)


def _number(table: Table, column: Column) -> Callable[[Value], str]:
    decimals = _UNITS[column.kind]

    def number(value: Value) -> str:
        if isinstance(value, int):
            return decimal(value, decimals)
        if value is None and not column.must:
            return ""
        raise ValueRefusedError(table.file, column.name, "Hier muss eine Zahl stehen.")

    return number


def _text(table: Table, column: Column) -> Callable[[Value], str]:
    size, must, breaks = column.size, column.must, column.kind is Kind.LONG_TEXT

    def text(value: Value) -> str:
        if isinstance(value, str) and 0 < len(value) <= size and '"' not in value and value.isprintable():
            return f'"{value}"'
        if value == "" and not must:
            return '""'
        if not isinstance(value, str):
            value = "" if value is None else str(int(value))
        if not breaks and not value.isprintable():
            value = value.translate(_BREAKS)
        if len(value) > size:
            reason = f"{len(value)} Zeichen sind mehr als die erlaubten {size}."
            raise ValueRefusedError(table.file, column.name, reason)
        if must and not value:
            raise ValueRefusedError(table.file, column.name, "Der Wert fehlt.")
        return f'"{value}"' if '"' not in value else '"{}"'.format(value.replace('"', '""'))

    return text


def decimal(value: int, decimals: int) -> str:
    """Write an integer of ``10 ** -decimals`` (0, 2 or 3) with a comma: ``decimal(-1205, 2)`` is ``"-12,05"``."""
    if value < 0:
        return "-" + decimal(-value, decimals)
    if decimals == 2:
        return f"{value // 100},{value % 100:02d}"
    if decimals == 3:
        return f"{value // 1000},{value % 1000:03d}"
    return str(int(value))


class Cents(dict[int, str]):
    """Cents with a comma by their number, what most numbers of an export are; those below 100 € are kept."""

    def __missing__(self, value: int) -> str:
        """Write an amount that is not kept yet."""
        if value < 0:
            return decimal(value, 2)
        text = f"{value // 100}{_HUNDREDTHS[value % 100]}"
        if value < _KEPT_CENTS:
            self[value] = text
        return text


def header(table: Table) -> str:
    """Return the first line of a table's file, with its end."""
    return ";".join(column.name for column in table.columns) + END
