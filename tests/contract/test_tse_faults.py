"""What goes wrong with a device: the right error, nothing lost, nothing twice, and well again afterwards."""

from __future__ import annotations

from contextlib import closing, suppress

import pytest

from contract.tse_bench import EXPECTED, Bench, Fault
from contract.tse_steps import (
    CLIENT,
    DATA,
    TYPE,
    commission,
    export,
    heal,
    last_signature,
    sell,
    transactions,
)
from smartecr.tse.api import Tse
from smartecr.tse.errors import TseError, TseStateError, TseTransportError
from smartecr.tse.readiness import ensure_ready

STATES = (
    Fault.TIME_LOST,
    Fault.SELF_TEST_DUE,
    Fault.STORAGE_FULL,
    Fault.SIGNATURES_EXHAUSTED,
    Fault.CERTIFICATE_EXPIRED,
)
WIRE = (Fault.UNPLUGGED, Fault.BUSY, Fault.MUTE, Fault.GARBLED)


def needs(bench: Bench, fault: Fault) -> None:
    if fault not in bench.faults:
        pytest.skip(f"{bench.name}: the wire cannot express {fault.name}")


def reopened(bench: Bench, tse: Tse) -> Tse:
    """Do what the service does after a lost connection."""
    tse.close()
    return bench.open()


@pytest.mark.parametrize("fault", STATES)
def test_a_state_that_forbids_signing(bench: Bench, tse: Tse, fault: Fault) -> None:
    needs(bench, fault)
    number = tse.start_transaction(CLIENT).transaction_number
    bench.set(fault)
    for call in (
        lambda: tse.start_transaction(CLIENT),
        lambda: tse.finish_transaction(CLIENT, number, DATA, TYPE),
    ):
        with pytest.raises(EXPECTED[fault]) as caught:
            call()
        assert isinstance(caught.value, TseStateError)
        assert not caught.value.outcome_unknown
    assert tse.open_transactions() == [number]
    bench.set(fault, False)
    heal(bench, tse)
    tse.finish_transaction(CLIENT, number, DATA, TYPE)
    _, messages = export(tse)
    assert transactions(messages) == [("StartT", number), ("Finish", number)]


@pytest.mark.parametrize("fault", [Fault.TIME_LOST, Fault.SELF_TEST_DUE, Fault.CERTIFICATE_EXPIRED])
def test_the_state_is_told_before_anything_is_signed(bench: Bench, tse: Tse, fault: Fault) -> None:
    needs(bench, fault)
    bench.set(fault)
    with pytest.raises(EXPECTED[fault]):
        ensure_ready(tse.info(), bench.clock.now)


@pytest.mark.parametrize("fault", WIRE)
def test_nobody_to_talk_to(bench: Bench, tse: Tse, fault: Fault) -> None:
    needs(bench, fault)
    started, _ = sell(tse)
    bench.set(fault)
    with pytest.raises(EXPECTED[fault]) as caught:
        tse.start_transaction(CLIENT)
    assert isinstance(caught.value, TseTransportError)
    with pytest.raises(TseTransportError):
        tse.info()
    tse.close()
    with pytest.raises(TseTransportError):
        bench.open().close()
    bench.set(fault, False)
    with closing(bench.open()) as again:
        with suppress(TseStateError):
            ensure_ready(again.info(), bench.clock.now)
        heal(bench, again)
        for number in again.open_transactions():
            again.finish_transaction(CLIENT, number, b"", "")
        later, _ = sell(again)
        assert later.transaction_number > started.transaction_number
        export(again)


def test_a_start_lost_on_the_way_there(bench: Bench, tse: Tse) -> None:
    needs(bench, Fault.ONCE_LOST_BEFORE)
    sell(tse)
    bench.set(Fault.ONCE_LOST_BEFORE)
    with pytest.raises(EXPECTED[Fault.ONCE_LOST_BEFORE]) as caught:
        tse.start_transaction(CLIENT)
    assert caught.value.outcome_unknown
    with closing(reopened(bench, tse)) as again:
        assert again.open_transactions() == []
        started, _ = sell(again)
        assert started.transaction_number == 2


def test_a_start_lost_on_the_way_back(bench: Bench, tse: Tse) -> None:
    needs(bench, Fault.ONCE_LOST_AFTER)
    sell(tse)
    bench.set(Fault.ONCE_LOST_AFTER)
    with pytest.raises(EXPECTED[Fault.ONCE_LOST_AFTER]) as caught:
        tse.start_transaction(CLIENT)
    assert caught.value.outcome_unknown
    with closing(reopened(bench, tse)) as again:
        assert again.open_transactions() == [2]
        assert again.find_transaction(2).state == "open"
        again.finish_transaction(CLIENT, 2, b"", "")
        export(again)


@pytest.mark.parametrize("fault", [Fault.ONCE_LOST_BEFORE, Fault.ONCE_LOST_AFTER])
def test_a_finish_that_was_lost_can_be_looked_up(bench: Bench, tse: Tse, fault: Fault) -> None:
    needs(bench, fault)
    number = tse.start_transaction(CLIENT).transaction_number
    bench.set(fault)
    with pytest.raises(EXPECTED[fault]) as caught:
        tse.finish_transaction(CLIENT, number, DATA, TYPE)
    assert caught.value.outcome_unknown
    with closing(reopened(bench, tse)) as again:
        found = again.find_transaction(number)
        if fault is Fault.ONCE_LOST_BEFORE:
            assert found.state == "open"
            finished = again.finish_transaction(CLIENT, number, DATA, TYPE)
        else:
            assert found.state == "finished"
            assert found.finish is not None
            finished = found.finish
        assert again.find_transaction(number).finish == finished
        _, messages = export(again)
        assert transactions(messages) == [("StartT", number), ("Finish", number)]
        assert last_signature(messages) == finished.signature


def test_the_current_fails_at_every_step_of_a_day(bench: Bench) -> None:
    """Between any request and its answer the device loses power; nothing is ever signed twice."""
    needs(bench, Fault.ONCE_LOST_AFTER)
    with closing(bench.open()) as tse:
        commission(bench, tse)
    begun = 0
    for fault in (Fault.ONCE_LOST_BEFORE, Fault.ONCE_LOST_AFTER) * 2:
        with closing(bench.open()) as tse:
            bench.set(fault)
            with suppress(TseError):
                sell(tse)
            begun += 1
        with closing(bench.open()) as tse:
            bench.set(fault, False)
            for number in tse.open_transactions():
                tse.finish_transaction(CLIENT, number, b"", "")
    with closing(bench.open()) as tse:
        sell(tse)
        _, messages = export(tse)
        said = transactions(messages)
        assert len(said) == len(set(said))
        starts = [number for operation, number in said if operation == "StartT"]
        assert starts == list(range(1, len(starts) + 1))
        assert len(starts) <= begun + 1
        assert sorted(number for operation, number in said if operation == "Finish") == starts
