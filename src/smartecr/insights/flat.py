"""The values of flat dataclasses, without the deep copies `dataclasses.astuple` makes of each of them."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any


def astuple(row: Any) -> tuple[Any, ...]:
    """Return the values of a dataclass of at least two fields, none of which is a container, in their order."""
    kind: Any = type(row)
    values: tuple[Any, ...] = _values(kind)(row)
    return values


@cache
def _values(kind: Any) -> Any:
    return attrgetter(*(field.name for field in fields(kind)))
