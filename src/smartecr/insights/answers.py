"""What the rollups answered, kept in memory until they change.

Rollups change with a closing, when missing periods are caught up, and when all are made anew; each of these writes
another `models.State`. An answer belongs to the state it was read in, so it can be given again as long as that stands.
"""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from smartecr.sql import select, write

T = TypeVar("T")

_MOST = 128
"""Answers kept; those asked for longest ago go first."""

_CHANGED = "INSERT INTO insights_state (id, token) VALUES (1, %s) ON CONFLICT (id) DO UPDATE SET token = excluded.token"

_held: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
_lock = threading.Lock()


def changed() -> None:
    """Say, within the transaction that changes them, that the rollups are other ones from now on."""
    write(_CHANGED, [uuid.uuid4().hex])


def rows(sql: str, arguments: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Return the rows of a question to the rollups. They are shared: nobody changes them."""
    return kept((sql, *arguments), lambda: select(sql, arguments))


def kept(question: tuple[Any, ...], answer: Callable[[], T]) -> T:
    """Return the answer to a question about rollups alone, found out once a state."""
    token = select("SELECT token FROM insights_state")
    if not token:
        return answer()
    key = (token[0][0], *question)
    with _lock:
        if key in _held:
            _held.move_to_end(key)
            return cast("T", _held[key])
    found = answer()
    with _lock:
        _held[key] = found
        while len(_held) > _MOST:
            _held.popitem(last=False)
    return found
