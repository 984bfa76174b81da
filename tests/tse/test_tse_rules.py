"""Pure rules about a device: whether it is ready, what is due, how long it lasts, what an export contains."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartecr.tse import selection
from smartecr.tse.api import ALL, Lifecycle, Role, Selection, TseInfo
from smartecr.tse.errors import (
    TseCertificateExpired,
    TseDeactivated,
    TseDecommissioned,
    TseError,
    TseExportFailed,
    TseNoData,
    TseNotInitialized,
    TseSelfTestRequired,
    TseSignaturesExhausted,
    TseStorageFull,
    TseTimeNotSet,
    TseTooManyRecords,
)
from smartecr.tse.gauge import DAY, Gauge, Reading, gauge
from smartecr.tse.housekeeping import due
from smartecr.tse.readiness import ensure_ready
from smartecr.tse.resolution import strangers
from smartecr.tse.virtual import VirtualTse, open_demo, pin_of
from support import independent_tse

NOW = 1_795_454_560
INFO = TseInfo(
    serial="ab" * 32,
    algorithm="ecdsa-plain-SHA256",
    time_format="unixTime",
    public_key=b"",
    certificates=(),
    description="TEST",
    is_test=True,
    state=Lifecycle.INITIALIZED,
)
HOUR = 3600

# ---- ready


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"state": Lifecycle.UNINITIALIZED}, TseNotInitialized),
        ({"state": Lifecycle.DEACTIVATED}, TseDeactivated),
        ({"state": Lifecycle.DECOMMISSIONED, "certificate_expires": 1}, TseDecommissioned),
        ({"certificate_expires": NOW - 1, "has_valid_time": False}, TseCertificateExpired),
        ({"signatures_remaining": 0}, TseSignaturesExhausted),
        ({"storage_used": 5, "storage_total": 5}, TseStorageFull),
        ({"has_passed_self_test": False, "has_valid_time": False}, TseSelfTestRequired),
        ({"self_test_in": 0}, TseSelfTestRequired),
        ({"has_valid_time": False}, TseTimeNotSet),
        ({"time_sync_in": 0}, TseTimeNotSet),
    ],
)
def test_what_keeps_it_from_signing(changes: dict[str, object], error: type[TseError]) -> None:
    with pytest.raises(error):
        ensure_ready(replace(INFO, **changes), NOW)  # type: ignore[arg-type]


def test_what_it_does_not_say_is_taken_as_well() -> None:
    ensure_ready(INFO, NOW)
    ensure_ready(replace(INFO, certificate_expires=NOW, storage_used=4, storage_total=5), NOW)


# ---- due


@pytest.mark.parametrize(
    ("self_test_in", "closed", "task"),
    [
        (3600, False, "self_test"),
        (3601, False, None),
        (16 * HOUR, True, "self_test"),
        (16 * HOUR + 1, True, None),
        (5 * HOUR, None, "self_test"),
        (5 * HOUR + 1, None, None),
        (None, True, None),
    ],
)
def test_when_the_self_test_is_due(self_test_in: int | None, closed: bool | None, task: str | None) -> None:
    assert due(replace(INFO, self_test_in=self_test_in), closed) == task


@pytest.mark.parametrize(
    ("left", "interval", "task"), [(360, 1800, "time"), (361, 1800, None), (None, 1800, None), (0, None, None)]
)
def test_when_the_time_is_due(left: int | None, interval: int | None, task: str | None) -> None:
    assert due(replace(INFO, time_sync_in=left, time_sync_interval=interval), False) == task
    assert due(replace(INFO, time_sync_in=left, time_sync_interval=interval, self_test_in=0), False) == "self_test"


# ---- strangers


def test_strangers_are_those_nobody_knows() -> None:
    assert strangers([9, 3, 5], {5, 77}) == [3, 9]
    assert strangers([], {1}) == []


# ---- the gauge


def falling(days: int, per_day: int, left: int) -> list[Reading]:
    """Readings of so many days until now, with a pace and what is left now."""
    return [
        Reading(at=NOW - ago * DAY, signatures_remaining=left + ago * per_day, storage_free=None)
        for ago in range(days, -1, -1)
    ]


def test_the_gauge_knows_when_signatures_run_out() -> None:
    read = gauge(falling(14, 1000, 100_000), NOW + 400 * DAY, NOW)
    assert (read.signature_days, read.certificate_days, read.storage_days, read.step) == (100, 400, None, None)
    assert read.text == ""


@pytest.mark.parametrize(
    ("days", "step", "text"),
    [
        (91, None, ""),
        (90, 90, "Das Zertifikat der TSE läuft in 90 Tagen ab. Rechtzeitig eine neue TSE beschaffen."),
        (31, 90, "Das Zertifikat der TSE läuft in 31 Tagen ab. Rechtzeitig eine neue TSE beschaffen."),
        (30, 30, "Das Zertifikat der TSE läuft in 30 Tagen ab. Rechtzeitig eine neue TSE beschaffen."),
        (7, 7, "Das Zertifikat der TSE läuft in 7 Tagen ab. Rechtzeitig eine neue TSE beschaffen."),
        (1, 7, "Das Zertifikat der TSE läuft in einem Tag ab. Rechtzeitig eine neue TSE beschaffen."),
        (0, 0, "Das Zertifikat der TSE läuft jetzt ab. Rechtzeitig eine neue TSE beschaffen."),
        (-5, 0, "Das Zertifikat der TSE läuft jetzt ab. Rechtzeitig eine neue TSE beschaffen."),
    ],
)
def test_the_steps(days: int, step: int | None, text: str) -> None:
    read = gauge([], NOW + days * DAY, NOW)
    assert (read.step, read.text, read.certificate_days) == (step, text, max(0, days))


def test_storage_in_weeks_and_what_is_scarcest_speaks() -> None:
    history = [
        Reading(at=NOW - ago * DAY, signatures_remaining=10**6 + ago, storage_free=(20 + ago) * 5_000)
        for ago in range(30, -1, -1)
    ]
    read = gauge(history, NOW + 60 * DAY, NOW)
    assert (read.storage_days, read.step) == (20, 30)
    assert read.text == ("Der Speicher der TSE ist in 20 Tagen voll. Rechtzeitig eine neue TSE beschaffen.")


def test_a_deletion_begins_the_history_anew() -> None:
    readings = [
        Reading(at=NOW - 40 * DAY, signatures_remaining=None, storage_free=100),
        Reading(at=NOW - 20 * DAY, signatures_remaining=None, storage_free=10),
        Reading(at=NOW - 10 * DAY, signatures_remaining=None, storage_free=1000),
        Reading(at=NOW, signatures_remaining=None, storage_free=900),
    ]
    assert gauge(readings, None, NOW).storage_days == 90


def test_too_little_history_says_nothing() -> None:
    nothing = Gauge(storage_days=None, signature_days=None, certificate_days=None)
    assert gauge([], None, NOW) == nothing
    assert gauge(falling(0, 5, 10), None, NOW) == nothing
    assert gauge(falling(9, 0, 10), None, NOW) == nothing
    short = [replace(reading, at=NOW - (NOW - reading.at) // 100) for reading in falling(9, 5, 10)]
    assert gauge(short, None, NOW) == nothing


def test_an_empty_stock_is_told_without_history() -> None:
    read = gauge(falling(0, 0, 0), NOW + 400 * DAY, NOW)
    assert (read.signature_days, read.step) == (0, 0)
    assert read.text.startswith("Die Signaturen der TSE sind jetzt aufgebraucht.")


def test_a_reading_from_what_the_device_says() -> None:
    info = replace(INFO, storage_used=3, storage_total=10, signatures_remaining=7)
    assert Reading.of(info, NOW) == Reading(at=NOW, signatures_remaining=7, storage_free=7)
    assert Reading.of(INFO, NOW) == Reading(at=NOW, signatures_remaining=None, storage_free=None)


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.none() | st.integers(0, 10**9)), max_size=8),
    st.none() | st.integers(0, 2**33),
)
def test_the_gauge_takes_any_history(points: list[tuple[int, int | None]], expires: int | None) -> None:
    history = [
        Reading(at=at, signatures_remaining=stock, storage_free=stock)
        for at, stock in sorted(points, key=lambda p: p[0])
    ]
    read = gauge(history, expires, 10**6)
    assert all(days is None or days >= 0 for days in (read.storage_days, read.signature_days, read.certificate_days))
    assert bool(read.text) == (read.step is not None)


# ---- selections on the host


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualTse]:
    """A device with some life: two clients, interleaved transactions, log-ins between."""
    moments = iter(range(NOW, NOW + 10_000, 7))
    tse = open_demo(tmp_path_factory.mktemp("sold"), lambda: next(moments), "A")
    tse.authenticate_user(Role.ADMIN, pin_of(Role.ADMIN))
    tse.register_client("B")
    for client_id in "ABBA":
        tse.start_transaction(client_id)
    tse.log_out(Role.ADMIN)
    for number, client_id in ((2, "B"), (1, "A"), (3, "B")):
        tse.update_transaction(client_id, number, b"x", "Bestellung-V1")
        tse.finish_transaction(client_id, number, b"y", "Bestellung-V1")
    yield tse
    tse.close()


def exported(tse: VirtualTse, chosen: Selection = ALL) -> bytes:
    sink = io.BytesIO()
    tse.export(sink, chosen)
    return sink.getvalue()


spans = st.tuples(st.integers(0, 6), st.integers(0, 6))


@settings(max_examples=80)
@given(
    after=st.none() | st.integers(0, 25),
    begin=st.none() | st.integers(NOW, NOW + 900),
    length=st.none() | st.integers(0, 900),
    numbers=st.none() | spans,
    client_id=st.none() | st.sampled_from(["A", "B", "C"]),
    most=st.none() | st.integers(1, 25),
)
def test_the_host_filters_as_the_device_does(
    sold: VirtualTse,
    after: int | None,
    begin: int | None,
    length: int | None,
    numbers: tuple[int, int] | None,
    client_id: str | None,
    most: int | None,
) -> None:
    end = None if length is None else (begin or NOW) + length
    chosen = Selection(after_counter=after, begin=begin, end=end, transactions=numbers, client_id=client_id, most=most)
    answers = []
    for export in (
        lambda sink: sold.export(sink, chosen),
        lambda sink: selection.select(io.BytesIO(exported(sold)), sink, chosen, NOW),
    ):
        sink = io.BytesIO()
        try:
            export(sink)
            answers.append([message.counter for message in independent_tse.check_export(sink.getvalue())])
        except (TseNoData, TseTooManyRecords) as error:
            answers.append([error.code])
    assert answers[0] == answers[1]


def test_a_transaction_is_found_in_an_archive_as_by_the_device(sold: VirtualTse) -> None:
    archive = io.BytesIO(exported(sold))
    for number in range(6):
        assert selection.find(archive, number) == sold.find_transaction(number)


@pytest.mark.parametrize("rubbish", [b"", b"\x00" * 1024, b"rubbish" * 200])
def test_an_archive_that_is_none_is_told(rubbish: bytes) -> None:
    with pytest.raises((TseExportFailed, TseNoData)):
        selection.select(io.BytesIO(rubbish), io.BytesIO(), Selection(after_counter=1), NOW)


def test_a_damaged_log_in_an_archive_is_told(sold: VirtualTse) -> None:
    archive = exported(sold).replace(
        bytes.fromhex("020102060904007f00070307"), bytes.fromhex("020109060904007f00070307")
    )
    with pytest.raises(TseExportFailed):
        selection.find(io.BytesIO(archive), 1)
