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


class Recent(dict[K, V]):
    """The newest `most` entries, in the order they first came; threads may share it."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: K, value: V) -> None:
        """Keep an entry and let go of the oldest beyond `most`."""
        super().__setitem__(key, value)
        for old in list(self)[: -self._most]:
            self.pop(old, None)
