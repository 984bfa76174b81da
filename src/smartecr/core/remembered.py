"""What was made of something before: most of what passes through a day's books repeats."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Final, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MOST: Final = 8192


class Remembered(dict[K, V]):
    """What `make` made of each key; when it holds MOST it begins anew."""

    def __init__(self, make: Callable[[K], V]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: K) -> V:
        """Make and keep what is not there yet."""
        if len(self) >= MOST:
            self.clear()
        value = self[key] = self._make(key)
        return value
