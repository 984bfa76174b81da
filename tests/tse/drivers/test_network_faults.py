"""Drivers on lines of bytes when the line fails: cut at every byte, slow, mad. Nothing is signed twice, all ends."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.tse_bench import Clock
from contract.tse_benches.diebold import DieboldBench
from contract.tse_benches.epson import EpsonBench
from contract.tse_steps import CLIENT, DATA, TYPE, commission, export, sell, transactions
from smartecr.tse.api import Role
from smartecr.tse.errors import (
    TseConnectionLost,
    TseError,
    TseExportFailed,
    TseProtocolError,
    TseTimeout,
    TseTransportError,
)
from support.lines import ChangingLine, CuttingLine, EndlessLine, MemoryLine

Maker = Any
PARTS = 5
MAKERS: dict[str, Maker] = {"epson": EpsonBench, "diebold": DieboldBench}


@pytest.fixture(params=MAKERS)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A device in operation."""
    with closing(MAKERS[request.param](tmp_path, Clock())) as made:
        made.curve = "secp256r1"
        with closing(made.open()) as tse:
            commission(made, tse)
        yield made


def connect_of(bench: Any) -> Any:
    return bench.host.connect if isinstance(bench, EpsonBench) else bench.device.connect


def places(bench: Any, direction: str, step: int) -> list[int]:
    """Tell where to cut a sale: around every edge of a message, and at every ``step``-th byte between (0: nowhere)."""
    line = CuttingLine(connect_of(bench), bench.waiting)
    with closing(bench.drive(line)) as tse:
        begin = line.received if direction == "answers" else line.sent
        sell(tse)
        end = line.received if direction == "answers" else line.sent
    chosen = set(range(begin, end, step)) if step else set()
    for edge in (begin, *line.edges[direction]):
        chosen |= {edge - 2, edge - 1, edge, edge + 1}
    return [place for place in sorted(chosen) if begin <= place < end]


def cut_sales(bench: Any, direction: str, where: list[int]) -> None:
    """Cut a sale at each of the places; in between everything open is closed by somebody who looks first."""
    assert where
    for place in where:
        tse = bench.drive(CuttingLine(connect_of(bench), bench.waiting, **{direction: place}))
        with pytest.raises((TseConnectionLost, TseTimeout)) as caught:
            sell(tse)
        assert caught.value.outcome_unknown
        tse.close()
        if place % 100 == 0 or place == where[-1]:
            finish_what_is_open(bench)
    with closing(bench.open()) as again:
        _, messages = export(again)
    said = transactions(messages)
    assert len(said) == len(set(said))
    starts = {number for operation, number in said if operation == "StartT"}
    assert starts == set(range(1, len(starts) + 1))
    assert {number for operation, number in said if operation == "Finish"} == starts
    assert len(starts) <= len(where) + 1


def finish_what_is_open(bench: Any) -> None:
    with closing(bench.open()) as again:
        for number in again.open_transactions():
            assert again.find_transaction(number).state == "open"
            again.finish_transaction(CLIENT, number, b"", "")


@pytest.mark.parametrize("direction", ["answers", "requests"])
def test_a_sale_cut_at_the_edges_of_messages(bench: Any, direction: str) -> None:
    cut_sales(bench, direction, places(bench, direction, 0))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("direction", ["answers", "requests"])
def test_a_sale_cut_everywhere(bench: Any, direction: str, part: int) -> None:
    """In parts, each with a device of its own, as what was cut is looked up in a log that grows with every cut."""
    cut_sales(bench, direction, places(bench, direction, 3 if isinstance(bench, EpsonBench) else 1)[part::PARTS])


def test_a_finish_cut_after_signing_is_found_and_not_repeated(bench: Any) -> None:
    with closing(bench.open()) as tse:
        number = tse.start_transaction(CLIENT).transaction_number
    line = CuttingLine(connect_of(bench), bench.waiting)
    tse = bench.drive(line)
    bench.core_faults.lose_after_signing = 1
    with pytest.raises(TseConnectionLost):
        tse.finish_transaction(CLIENT, number, DATA, TYPE)
    with pytest.raises(TseTransportError):
        tse.finish_transaction(CLIENT, number, DATA, TYPE)
    tse.close()
    with closing(bench.open()) as again:
        found = again.find_transaction(number)
        assert (found.state, found.process_data, found.process_type) == ("finished", DATA, TYPE)
        _, messages = export(again)
    assert transactions(messages) == [("StartT", number), ("Finish", number)]


def test_answers_byte_by_byte_are_answers(bench: Any) -> None:
    with closing(bench.drive(MemoryLine(connect_of(bench), bench.waiting, piece=1))) as tse:
        sell(tse)


def test_an_answer_that_trickles_is_too_late(bench: Any) -> None:
    waiting = bench.waiting
    line = EndlessLine(b"\x1b", waiting, pause=0.5) if isinstance(bench, DieboldBench) else None
    line = line or EndlessLine(b"<", waiting, pause=0.5)
    before = waiting.now
    with pytest.raises((TseTimeout, TseProtocolError)):
        bench.drive(line)
    assert waiting.now - before < 30
    assert line.closed


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("epson", b"x" * 65536),
        ("epson", b"<connect></connect>\x00" * 100),
        ("epson", b"<a>" * 20000 + b"\x00"),
        ("epson", b'<!DOCTYPE a [<!ENTITY b "cccccccc">]><a>&b;</a>\x00'),
        ("diebold", b"\x1b\x91000" + b"\x1b\x92" * 30000),
        ("diebold", b"\x1b\x91000\x1b\x99other\x1b\x9f" * 100),
        ("diebold", b"\x1b\x6b" + b"y" * 60000),
        ("diebold", b"\x1b\x91004\x1b\x921\x1b\x920\x1b\x9200\x1b\x9299999999999\x1b\x92"),
        ("diebold", b"\x15" * 100),
    ],
)
def test_endless_talk_ends(kind: str, said: bytes, tmp_path: Path) -> None:
    with closing(MAKERS[kind](tmp_path, Clock())) as made:
        line = EndlessLine(said, made.waiting, pause=0.05)
        before = made.waiting.now
        with pytest.raises((TseProtocolError, TseTimeout)):
            made.drive(line)
        assert made.waiting.now - before < 30
        assert line.closed


def test_an_export_without_an_end_ends(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.largest = 50_000
    if isinstance(bench, EpsonBench):
        endless = {"exportData": "QUJD" * 200, "exportStatus": "EXPORT_INCOMPLETE"}
        monkeypatch.setattr(bench.host, "_GetExportData", lambda: endless)
    else:
        monkeypatch.setattr(bench.device, "_004", lambda buffer, packet: (buffer, packet, "00", 300, b"A" * 300))
    with closing(bench.open()) as tse:
        with pytest.raises(TseExportFailed):
            tse.export(io.BytesIO())
        monkeypatch.undo()
        export(tse)
        sell(tse)


def test_an_export_that_stands_still_ends(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    if isinstance(bench, EpsonBench):
        monkeypatch.setattr(
            bench.host, "_GetExportData", lambda: {"exportData": "", "exportStatus": "EXPORT_INCOMPLETE"}
        )
    else:
        monkeypatch.setattr(bench.device, "_004", lambda buffer, packet: (buffer, packet, "00", 0, b""))
    with closing(bench.open()) as tse, pytest.raises(TseExportFailed):
        tse.export(io.BytesIO())


def changes() -> st.SearchStrategy[tuple[int, str, int, bytes]]:
    """One change to one piece of what the device says."""
    how = st.sampled_from(["flip", "insert", "drop", "cut", "replace", "twice"])
    return st.tuples(st.integers(0, 40), how, st.integers(0, 4000), st.binary(min_size=1, max_size=12))


def changed(data: bytes, how: str, place: int, junk: bytes) -> bytes:
    place %= len(data)
    if how == "flip":
        return data[:place] + bytes((data[place] ^ (junk[0] or 1),)) + data[place + 1 :]
    if how == "insert":
        return data[:place] + junk + data[place:]
    if how == "drop":
        return data[:place] + data[place + len(junk) :]
    if how == "cut":
        return data[:place]
    return junk if how == "replace" else data + data


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(changes(), min_size=1, max_size=3))
def test_changed_answers_end_in_an_error_of_ours(bench: Any, wanted: list[tuple[int, str, int, bytes]]) -> None:
    at = {piece: rest for piece, *rest in wanted}

    def change(count: int, data: bytes) -> bytes:
        return changed(data, *at[count]) if count in at else data

    before = bench.waiting.now
    if isinstance(bench, EpsonBench):
        bench.host.export = None
    with suppress(TseError), closing(bench.drive(ChangingLine(connect_of(bench), bench.waiting, change))) as tse:
        pin = bench.credentials(tse.credential_rules).pin(Role.TIME_ADMIN)
        for call in (
            tse.info,
            lambda: sell(tse),
            tse.open_transactions,
            lambda: tse.find_transaction(1),
            lambda: tse.export(io.BytesIO()),
            lambda: tse.authenticate_user(Role.TIME_ADMIN, pin),
        ):
            with suppress(TseError):
                call()
    assert bench.waiting.now - before < 900
