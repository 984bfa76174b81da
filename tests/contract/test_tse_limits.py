"""A device with little room: its limits are told as what they are, and what makes room heals them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from contract.tse_bench import Bench
from contract.tse_steps import CLIENT, DATA, OTHER, TYPE, commission, logged_in, sell
from smartecr.tse.api import Capability, Role, Tse
from smartecr.tse.errors import TseTooManyClients, TseTooManyTransactions


@pytest.fixture
def small(bench: Bench) -> Iterator[Tse]:
    """A device for four clients (some drivers need one of their own) and three open transactions."""
    bench.limits = replace(bench.limits, max_clients=4, max_open=3)
    with closing(bench.open()) as opened:
        commission(bench, opened)
        yield opened


def test_open_transactions_are_limited(small: Tse) -> None:
    numbers = [small.start_transaction(CLIENT).transaction_number for _ in range(3)]
    assert small.info().max_open_transactions in (None, 3)
    with pytest.raises(TseTooManyTransactions):
        small.start_transaction(CLIENT)
    small.finish_transaction(CLIENT, numbers[1], DATA, TYPE)
    sell(small)


def test_clients_are_limited(bench: Bench, small: Tse) -> None:
    assert small.info().max_clients in (None, 4)
    with logged_in(bench, small, Role.ADMIN):
        small.register_client(OTHER)
        with pytest.raises(TseTooManyClients):
            for number in range(4):
                small.register_client(f"SECR-{number}")
        if Capability.DEREGISTER in small.capabilities:
            small.deregister_client(OTHER)
            small.register_client("SECR-LAST")
    sell(small)
