"""Work on the books shared by several processes, each with a connection of its own; what they make comes in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import TypeVar

from django.db import connection

from smartecr.core.workers import Workers
from smartecr.register.books.verifying import hands
from smartecr.sql import mapped

Item = TypeVar("Item")
Made = TypeVar("Made")

_WORTH_PROCESSES = 3
"""Fewer items are done before other processes would have started."""


@contextmanager
def shared(work: Callable[[Item], Iterable[Made]], items: Sequence[Item], workers: int) -> Iterator[Iterator[Made]]:
    """Yield all that `work` (a function of a module) makes of the items, in their order, as it is asked for.

    `workers` processes share the work where that pays (0: all in this one); they begin at once and are gone when the
    block ends. Others see only what is committed, so within a transaction everything is done here. What work raises is
    raised; a process that is ended from outside raises WorkerLostError.
    """
    if workers < 1 or len(items) < _WORTH_PROCESSES or _nobody_else_sees():
        with mapped():
            yield chain.from_iterable(map(work, items))
        return
    database = {key: connection.settings_dict[key] for key in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")}
    with Workers(workers, hands.begin, database) as others:
        coming = iter(items)
        for item in islice(coming, 2 * workers):
            others.ask(_mapped, work, item)
        yield _in_turn(others, work, coming)


def _in_turn(others: Workers, work: Callable[[Item], Iterable[Made]], coming: Iterator[Item]) -> Iterator[Made]:
    """Yield what others make, asking for one more of `coming` whenever one is taken, so that few wait in memory."""
    while others:
        made: list[Made] = others.take()
        for item in islice(coming, 1):
            others.ask(_mapped, work, item)
        for one in made:
            yield one
            others.hand_on()


def _nobody_else_sees() -> bool:
    name = str(connection.settings_dict["NAME"])
    return connection.in_atomic_block or (
        connection.vendor == "sqlite" and (":memory:" in name or "mode=memory" in name)
    )


def _mapped(work: Callable[[Item], Iterable[Made]], item: Item) -> list[Made]:
    with mapped():
        return list(work(item))
