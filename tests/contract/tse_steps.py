"""Steps the contract's tests share: put into operation, log in, sell, export with a second opinion."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

from contract.tse_bench import Bench
from smartecr.tse.api import (
    ALL,
    Capability,
    ExportReceipt,
    Finished,
    Lifecycle,
    Role,
    Selection,
    Started,
    Tse,
)
from support import independent_tse
from support.independent_tse import Message

CLIENT = "SECR-0123456789"
OTHER = "SECR-B"
DATA = b"Beleg^27.86_0.00_0.00_0.00_0.00^27.86:Bar"
TYPE = "Kassenbeleg-V1"


def commission(bench: Bench, tse: Tse) -> None:
    """Do what the guided page does with a factory-new device."""
    if tse.info().state is Lifecycle.UNINITIALIZED:
        tse.initialize(bench.credentials(tse.credential_rules), CLIENT)
    heal(bench, tse)


def heal(bench: Bench, tse: Tse) -> None:
    """Do what a device wants after power-up: self test, then the time."""
    if Capability.SELF_TEST in tse.capabilities:
        tse.run_self_test(CLIENT)
    if Capability.SET_TIME in tse.capabilities:
        with logged_in(bench, tse, Role.TIME_ADMIN):
            tse.update_time(int(bench.clock.now))


@contextmanager
def logged_in(bench: Bench, tse: Tse, role: Role) -> Iterator[None]:
    """Be logged in for a while."""
    tse.authenticate_user(role, bench.credentials(tse.credential_rules).pin(role))
    yield
    tse.log_out(role)


def sell(tse: Tse, client_id: str = CLIENT, data: bytes = DATA) -> tuple[Started, Finished]:
    """Start and finish a transaction."""
    started = tse.start_transaction(client_id)
    return started, tse.finish_transaction(client_id, started.transaction_number, data, TYPE)


def export(tse: Tse, selection: Selection = ALL) -> tuple[ExportReceipt, list[Message]]:
    """Export and have it all checked by the second opinion; the messages in order of their counters."""
    sink = io.BytesIO()
    receipt = tse.export(sink, selection)
    archive = sink.getvalue()
    assert receipt.size == len(archive)
    assert receipt.sha256 == sha256(archive).hexdigest()
    messages = independent_tse.check_export(archive)
    counters = [message.counter for message in messages]
    assert (receipt.messages, receipt.first_counter, receipt.last_counter) == (
        len(counters),
        min(counters),
        max(counters),
    )
    assert {message.serial.hex() for message in messages} == {tse.info().serial}
    return receipt, messages


def transactions(messages: list[Message]) -> list[tuple[str, int]]:
    """Reduce messages to operation and number of the transactions among them."""
    return [(message.operation[:6], message.number) for message in messages if message.kind == "transaction"]


def last_signature(messages: list[Message]) -> bytes:
    """Give the signature of the last transaction's message; log-ins may come behind it."""
    return next(message.signature for message in reversed(messages) if message.kind == "transaction")
