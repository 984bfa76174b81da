"""Network TSEs under the service: it heals what they ask for and looks before it repeats."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from contract.tse_bench import Bench, Clock, Fault
from contract.tse_benches.diebold import DieboldBench
from contract.tse_benches.epson import EpsonBench
from contract.tse_benches.fiskaly import FiskalyBench
from contract.tse_steps import CLIENT, DATA, TYPE, commission, export, transactions
from smartecr.tse.credentials import Role, Secret
from smartecr.tse.service import TseService


@pytest.fixture(params=[EpsonBench, DieboldBench, FiskalyBench])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """A device in operation."""
    with closing(request.param(tmp_path, Clock())) as made:
        made.curve = "secp256r1"
        with closing(made.open()) as tse:
            commission(made, tse)
        yield made


def test_a_finish_lost_on_the_way_back_is_found_by_the_service(bench: Bench) -> None:
    with closing(bench.open()) as tse:
        rules = tse.credential_rules

    def pin_of(role: Role) -> Secret | None:
        return bench.credentials(rules).pin(role) if role is Role.TIME_ADMIN else None

    with closing(TseService(bench.open, bench.clock, clients=(CLIENT,), pin_of=pin_of, timeout=20.0)) as service:
        number = service.start(CLIENT).result(20).transaction_number
        bench.set(Fault.ONCE_LOST_AFTER)
        finished = service.finish(CLIENT, number, DATA.decode(), TYPE).result(20)
        found = service.find(number).result(20)
        assert (found.state, found.process_data, found.finish) == ("finished", DATA, finished)
        second = service.start(CLIENT).result(20).transaction_number
        service.finish(CLIENT, second, DATA.decode(), TYPE).result(20)
    with closing(bench.open()) as tse:
        _, messages = export(tse)
    sale = [("StartT", number), ("Finish", number), ("StartT", second), ("Finish", second)]
    assert transactions(messages) == sale
