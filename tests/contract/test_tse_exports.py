"""Exports whole and filtered, and the deletion they allow."""

from __future__ import annotations

import io
from contextlib import closing

import pytest

from contract.tse_bench import Bench
from contract.tse_steps import (
    CLIENT,
    DATA,
    OTHER,
    TYPE,
    commission,
    export,
    last_signature,
    logged_in,
    sell,
    transactions,
)
from smartecr.tse import log_message, verify
from smartecr.tse.api import ALL, Capability, Role, Selection, Tse
from smartecr.tse.errors import (
    TseNoData,
    TseNotAuthorized,
    TseNotSupported,
    TseTooManyRecords,
    TseUnexportedData,
    TseUnfinishedTransactions,
)
from smartecr.tse.tar import ExportReader


@pytest.fixture
def sold(bench: Bench, tse: Tse) -> Tse:
    """A device with transactions 1, 2 of one client, 3 of another, one a minute, an open one at the end."""
    with logged_in(bench, tse, Role.ADMIN):
        tse.register_client(OTHER)
    for client_id in (CLIENT, CLIENT, OTHER):
        bench.clock.now += 60
        sell(tse, client_id)
    bench.clock.now += 60
    tse.start_transaction(CLIENT)
    return tse


def sale(number: int) -> list[tuple[str, int]]:
    return [("StartT", number), ("Finish", number)]


def test_everything(sold: Tse) -> None:
    receipt, messages = export(sold)
    assert transactions(messages) == [*sale(1), *sale(2), *sale(3), ("StartT", 4)]
    assert sold.info().signature_counter in (None, receipt.last_counter)


def test_every_message_passes_our_verifier(sold: Tse) -> None:
    sink = io.BytesIO()
    sold.export(sink)
    key = verify.load_key(sold.info().public_key)
    logs = [member.data for member in ExportReader(io.BytesIO(sink.getvalue())) if member.name.endswith(".log")]
    assert logs
    assert all(verify.check_message(log_message.parse(log), key).valid for log in logs)


def test_every_changed_byte_of_a_signed_part_is_found(tse: Tse) -> None:
    sell(tse)
    sink = io.BytesIO()
    tse.export(sink)
    key = verify.load_key(tse.info().public_key)
    logs = [member.data for member in ExportReader(io.BytesIO(sink.getvalue())) if "_Finish_" in member.name]
    last = logs[-1]
    assert verify.check_message(log_message.parse(last), key).valid
    for place in range(len(last)):
        changed = bytearray(last)
        changed[place] ^= 0x20
        try:
            message = log_message.parse(bytes(changed))
        except log_message.LogMessageError:
            continue
        assert not verify.check_message(message, key).valid, place


def test_since_a_counter(sold: Tse) -> None:
    _, everything = export(sold)
    middle = everything[len(everything) // 2].counter
    _, rest = export(sold, Selection(after_counter=middle))
    assert rest == [message for message in everything if message.counter > middle]


def test_a_span_of_time_both_ends_included(sold: Tse) -> None:
    _, everything = export(sold)
    second = [message.time for message in everything if message.number == 2]
    _, part = export(sold, Selection(begin=second[0], end=second[-1]))
    assert part == [message for message in everything if second[0] <= message.time <= second[-1]]
    assert transactions(part) == sale(2)


def test_a_span_of_transactions_with_the_system_messages_between(bench: Bench, sold: Tse) -> None:
    with logged_in(bench, sold, Role.TIME_ADMIN):
        pass
    sold.finish_transaction(CLIENT, 4, DATA, TYPE)
    _, everything = export(sold)
    for first, last in ((2, 3), (4, 4), (1, 4)):
        numbers = range(first, last + 1)
        _, part = export(sold, Selection(transactions=(first, last)))
        assert transactions(part) == [step for number in numbers for step in sale(number)]
        own = [message.counter for message in everything if message.number in numbers]
        assert part == [
            message
            for message in everything
            if message.counter in own or (message.kind != "transaction" and own[0] < message.counter < own[-1])
        ]


def test_one_client(sold: Tse) -> None:
    _, part = export(sold, Selection(client_id=OTHER))
    assert transactions(part) == sale(3)
    _, part = export(sold, Selection(client_id=CLIENT, transactions=(1, 3)))
    assert transactions(part) == [*sale(1), *sale(2)]


def test_nothing_and_too_much_are_told(sold: Tse) -> None:
    with pytest.raises(TseNoData):
        sold.export(io.BytesIO(), Selection(transactions=(77, 78)))
    with pytest.raises(TseNoData):
        sold.export(io.BytesIO(), Selection(client_id="SECR-9"))
    with pytest.raises(TseTooManyRecords):
        sold.export(io.BytesIO(), Selection(transactions=(1, 3), most=5))
    _, part = export(sold, Selection(transactions=(1, 3), most=6))
    assert len(part) == 6
    sell(sold)


def test_an_export_that_cannot_be_written_leaves_the_device_well(tse: Tse) -> None:
    class Full(io.BytesIO):
        def write(self, _data: object) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        tse.export(Full(), ALL)
    sell(tse)
    export(tse)


def test_deletion_takes_an_export_and_an_administrator(bench: Bench, tse: Tse) -> None:
    sell(tse)
    if Capability.DELETE not in tse.capabilities:
        receipt, _ = export(tse)
        with pytest.raises((TseNotSupported, TseNotAuthorized)):
            tse.delete_stored_data(receipt)
        return
    old, _ = export(tse)
    with pytest.raises(TseNotAuthorized):
        tse.delete_stored_data(old)
    started, _ = sell(tse)
    with logged_in(bench, tse, Role.ADMIN), pytest.raises(TseUnexportedData):
        tse.delete_stored_data(old)
    assert tse.find_transaction(started.transaction_number).state == "finished"
    with logged_in(bench, tse, Role.ADMIN):
        receipt, exported = export(tse)
        tse.delete_stored_data(receipt)
    _, rest = export(tse)
    assert transactions(rest) == []
    assert min(message.counter for message in rest) > max(message.counter for message in exported)
    assert tse.find_transaction(started.transaction_number).state == "unknown"


def test_after_a_deletion_counters_and_numbers_go_on(bench: Bench) -> None:
    with closing(bench.open()) as tse:
        commission(bench, tse)
        if Capability.DELETE not in tse.capabilities:
            pytest.skip(f"{bench.name} deletes nothing")
        started, finished = sell(tse)
        with logged_in(bench, tse, Role.ADMIN):
            receipt, _ = export(tse)
            tse.delete_stored_data(receipt)
        used = tse.info().storage_used
    with closing(bench.open()) as tse:
        assert tse.info().storage_used in (None, used)
        again, done = sell(tse)
        assert again.transaction_number == started.transaction_number + 1
        assert again.signature_counter > finished.signature_counter
        _, messages = export(tse)
        assert transactions(messages) == sale(again.transaction_number)
        assert last_signature(messages) == done.signature


def test_open_transactions_forbid_deletion(bench: Bench, tse: Tse) -> None:
    if Capability.DELETE not in tse.capabilities:
        pytest.skip(f"{bench.name} deletes nothing")
    number = tse.start_transaction(CLIENT).transaction_number
    with logged_in(bench, tse, Role.ADMIN):
        receipt, _ = export(tse)
        with pytest.raises((TseUnfinishedTransactions, TseUnexportedData)):
            tse.delete_stored_data(receipt)
    tse.finish_transaction(CLIENT, number, DATA, TYPE)
