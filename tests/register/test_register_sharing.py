"""Work shared among processes; what several of them do to an export: `tests/faults/test_export_by_many.py`."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from smartecr.register.books.sharing import shared

DONE: list[int] = []


def work(item: int) -> Iterator[tuple[int, int]]:
    DONE.append(item)
    for place in range(item):
        yield place, os.getpid()


@pytest.mark.django_db
@pytest.mark.parametrize("workers", [0, 2])
def test_within_a_transaction_nobody_else_is_asked(workers: int) -> None:
    DONE.clear()
    with shared(work, [2, 0, 3, 1], workers) as made:
        assert DONE == []
        first = next(made)
        assert DONE == [2]
        assert [first, *made] == [(place, os.getpid()) for place in (0, 1, 0, 1, 2, 0)]
    assert DONE == [2, 0, 3, 1]
