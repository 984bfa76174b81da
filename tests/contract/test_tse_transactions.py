"""Start, update, finish, and looking up what became of them; every signature proven by a second opinion."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from contract.tse_bench import Bench
from contract.tse_steps import CLIENT, DATA, OTHER, TYPE, commission, export, logged_in, sell, transactions
from smartecr.tse import receipt_qr
from smartecr.tse.api import Capability, Found, Role, Selection, Tse
from smartecr.tse.errors import (
    TseClientUnknown,
    TseError,
    TseInvalidParameter,
    TseNotSupported,
    TseTransactionUnknown,
)
from support import independent_tse


def test_a_sale(bench: Bench, tse: Tse) -> None:
    started = tse.start_transaction(CLIENT)
    bench.clock.now += 3
    finished = tse.finish_transaction(CLIENT, started.transaction_number, DATA, TYPE)
    assert finished.signature_counter > started.signature_counter
    assert finished.log_time == started.log_time + 3 == int(bench.clock.now)
    assert tse.info().signature_counter in (None, finished.signature_counter)
    assert tse.open_transactions() == []


def test_the_receipt_verifies_here_and_elsewhere(tse: Tse) -> None:
    info = tse.info()
    started, finished = sell(tse)
    text = receipt_qr.qr_text(
        client_id=CLIENT,
        process_type=TYPE,
        process_data=DATA.decode(),
        transaction_number=started.transaction_number,
        signature_counter=finished.signature_counter,
        start_time=started.log_time,
        log_time=finished.log_time,
        algorithm=info.algorithm,
        time_format=info.time_format,
        signature=finished.signature,
        public_key=info.public_key,
    )
    verdict = receipt_qr.verify(text)
    assert verdict.valid
    assert verdict.serial == info.serial
    independent_tse.verify_receipt(text)


def test_numbers_rise_by_one_also_when_transactions_interleave(tse: Tse) -> None:
    first, second, third = (tse.start_transaction(CLIENT).transaction_number for _ in range(3))
    assert (second, third) == (first + 1, first + 2)
    assert tse.open_transactions() == [first, second, third]
    tse.finish_transaction(CLIENT, second, DATA, TYPE)
    assert tse.open_transactions() == [first, third]
    assert tse.info().open_transactions in (None, 2)
    assert tse.start_transaction(CLIENT).transaction_number == third + 1


def test_what_happened_can_be_looked_up(tse: Tse) -> None:
    started = tse.start_transaction(CLIENT)
    number = started.transaction_number
    assert tse.find_transaction(number) == Found(state="open", start=started, client_id=CLIENT)
    finished = tse.finish_transaction(CLIENT, number, DATA, TYPE)
    found = tse.find_transaction(number)
    assert (found.state, found.start, found.finish) == ("finished", started, finished)
    assert (found.client_id, found.process_data, found.process_type) == (CLIENT, DATA, TYPE)


@pytest.mark.parametrize("number", [0, -1, 2, 10**9])
def test_what_never_happened_is_unknown(tse: Tse, number: int) -> None:
    tse.start_transaction(CLIENT)
    assert tse.find_transaction(number).state == "unknown"


def test_the_last_transaction_of_a_client(bench: Bench, tse: Tse) -> None:
    if Capability.LAST_TRANSACTION not in tse.capabilities:
        with pytest.raises(TseNotSupported):
            tse.last_transaction()
        return
    assert tse.last_transaction().state == "unknown"
    with logged_in(bench, tse, Role.ADMIN):
        tse.register_client(OTHER)
    started, finished = sell(tse)
    theirs = tse.start_transaction(OTHER)
    assert tse.last_transaction() == Found(state="open", start=theirs, client_id=OTHER)
    mine = tse.last_transaction(CLIENT)
    assert (mine.state, mine.start, mine.finish) == ("finished", started, finished)


def refused(tse: Tse, error: type[TseError], call: Callable[[], object]) -> None:
    """The call must be refused, nothing be signed for it, and the device be well afterwards."""
    _, before = export(tse)
    with pytest.raises(error) as caught:
        call()
    assert caught.value.message
    tse.start_transaction(CLIENT)
    _, after = export(tse)
    assert len(transactions(after)) == len(transactions(before)) + 1


def test_unknown_clients_are_refused(tse: Tse) -> None:
    refused(tse, TseClientUnknown, lambda: tse.start_transaction("SECR-9999999999"))


def test_a_second_finish_is_refused(tse: Tse) -> None:
    started, _ = sell(tse)
    number = started.transaction_number
    refused(tse, TseTransactionUnknown, lambda: tse.finish_transaction(CLIENT, number, DATA, TYPE))


def test_a_finish_without_start_is_refused(tse: Tse) -> None:
    refused(tse, TseTransactionUnknown, lambda: tse.finish_transaction(CLIENT, 77, DATA, TYPE))


def test_another_clients_transaction_cannot_be_finished(bench: Bench, tse: Tse) -> None:
    with logged_in(bench, tse, Role.ADMIN):
        tse.register_client(OTHER)
    number = tse.start_transaction(CLIENT).transaction_number
    refused(tse, TseTransactionUnknown, lambda: tse.finish_transaction(OTHER, number, DATA, TYPE))
    assert number in tse.open_transactions()


@pytest.mark.parametrize(("data", "kind"), [(b"x" * 100_000, TYPE), (DATA, "x" * 101), (DATA, "Beleg\n"), (DATA, "ä")])
def test_content_no_message_can_hold_is_refused(tse: Tse, data: bytes, kind: str) -> None:
    number = tse.start_transaction(CLIENT).transaction_number
    refused(tse, TseInvalidParameter, lambda: tse.finish_transaction(CLIENT, number, data, kind))


@pytest.mark.parametrize("data", [b"", b"\x00\xff" * 50, '2;"Eisbecher";3.99\r1;"Spätburgunder";4.00'.encode()])
def test_data_of_any_kind_is_signed_and_kept(tse: Tse, data: bytes) -> None:
    number = tse.start_transaction(CLIENT).transaction_number
    tse.finish_transaction(CLIENT, number, data, "SonstigerVorgang")
    assert tse.find_transaction(number).process_data == data
    export(tse)


def test_an_update_is_signed_in_the_end(tse: Tse) -> None:
    started = tse.start_transaction(CLIENT)
    number = started.transaction_number
    if Capability.UPDATE not in tse.capabilities:
        with pytest.raises(TseNotSupported):
            tse.update_transaction(CLIENT, number, b"one", "Bestellung-V1")
        return
    updated = tse.update_transaction(CLIENT, number, b"one", "Bestellung-V1")
    if Capability.UNSIGNED_UPDATE not in tse.capabilities:
        assert updated is not None
        assert updated.signature_counter > started.signature_counter
    tse.finish_transaction(CLIENT, number, b"two", "Bestellung-V1")
    _, messages = export(tse, Selection(transactions=(number, number)))
    said = b"".join(message.fields[2] for message in messages if message.kind == "transaction")
    assert said == b"onetwo"
    with pytest.raises(TseTransactionUnknown):
        tse.update_transaction(CLIENT, number, b"three", "Bestellung-V1")


def test_many_sales_are_counted_and_proven(bench: Bench, tse: Tse) -> None:
    answers = {}
    for _ in range(5):
        started = tse.start_transaction(CLIENT)
        bench.clock.now += 1.5
        finished = tse.finish_transaction(CLIENT, started.transaction_number, DATA, TYPE)
        answers |= {started.signature_counter: started, finished.signature_counter: finished}
    assert sorted(answers) == list(answers)
    _, messages = export(tse)
    for message in messages:
        if message.kind == "transaction":
            answer = answers.pop(message.counter)
            assert (message.signature, message.time) == (answer.signature, answer.log_time)
    assert answers == {}


def test_time_never_runs_backwards_by_itself(bench: Bench, tse: Tse) -> None:
    started = tse.start_transaction(CLIENT)
    bench.clock.now -= 5
    assert tse.start_transaction(CLIENT).log_time >= started.log_time


def test_it_remembers_after_being_closed(bench: Bench) -> None:
    with closing(bench.open()) as tse:
        commission(bench, tse)
        done, finished = sell(tse)
        left_open = tse.start_transaction(CLIENT)
        serial = tse.info().serial
    with closing(bench.open()) as tse:
        assert tse.info().serial == serial
        assert tse.open_transactions() == [left_open.transaction_number]
        assert tse.find_transaction(done.transaction_number).finish == finished
        late = tse.finish_transaction(CLIENT, left_open.transaction_number, DATA, TYPE)
        assert late.signature_counter > left_open.signature_counter
        assert tse.start_transaction(CLIENT).transaction_number == left_open.transaction_number + 1
        export(tse)
