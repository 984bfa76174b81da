"""What a table of DSFinV-K is made of: columns with kind, size and obligation, and the key they begin with."""

from __future__ import annotations

from enum import Enum

from smartecr.core.records import dataclass


class Kind(Enum):
    """What the value of a column is; numbers name the unit of the integer that stands for it in the program."""

    TEXT = "text"
    LONG_TEXT = "text that may hold line breaks"
    FLAG = "0 or 1"
    WHOLE = "whole number"
    MONEY = "cents"
    QUANTITY = "thousandths"
    RATE = "basis points"

    @property
    def numeric(self) -> bool:
        """Return whether index.xml declares the column as a number."""
        return self in _NUMBERS


_NUMBERS = frozenset({Kind.WHOLE, Kind.MONEY, Kind.QUANTITY, Kind.RATE})


class Level(Enum):
    """What a row belongs to: the key columns that come first in every table."""

    CLOSING = 3
    RECEIPT = 4
    LINE = 5


@dataclass(frozen=True, slots=True)
class Column:
    """A column: ``size`` is the greatest length of a text or the decimals of a number; ``must`` marks obligation."""

    name: str
    kind: Kind
    size: int
    must: bool
    description: str


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A file of the export, one object each; ``once`` says exactly one row a closing.

    ``unique`` are the columns behind the key that no two rows of a closing share.
    """

    file: str
    name: str
    level: Level
    description: str
    columns: tuple[Column, ...]
    unique: tuple[str, ...] = ()
    once: bool = False

    def place(self, column: str) -> int:
        """Return the place of a column, counted from 0. Raises KeyError."""
        for place, one in enumerate(self.columns):
            if one.name == column:
                return place
        raise KeyError(column)
