"""Things told apart by identity. A shop sells the same few hundred lines all day: whoever reads them makes each once,
and whoever adds them up counts first and looks at each once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def occurrences(things: Sequence[T]) -> Iterator[tuple[T, int]]:
    """Yield each thing, in the order it is first met, and how many times it is there; equal ones may be different."""
    known = dict(zip(map(id, things), things, strict=True))
    for place, times in Counter(map(id, things)).items():
        yield known[place], times
