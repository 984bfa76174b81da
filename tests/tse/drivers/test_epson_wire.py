"""Epson's wire against vectors written down apart from the code, and over a real TCP port."""

from __future__ import annotations

from base64 import b64encode
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.tse_bench import Clock
from contract.tse_benches.epson import EpsonBench
from contract.tse_steps import CLIENT, commission, export, logged_in, sell
from smartecr.tse.credentials import Role, Secret
from smartecr.tse.drivers.epson import EpsonTse, errors, frames, messages
from smartecr.tse.drivers.epson.errors import HostError
from smartecr.tse.drivers.epson.frames import Envelope, FrameError, Splitter
from smartecr.tse.drivers.epson.messages import MessageError
from smartecr.tse.drivers.line import TcpLine
from smartecr.tse.errors import (
    TseAuthenticationFailed,
    TseBusy,
    TseConnectionLost,
    TseError,
    TseInternalError,
    TseInvalidParameter,
    TseNotAuthorized,
    TseTimeNotSet,
    TseTimeout,
    TseUnplugged,
)
from support.lines import ChangingLine, MemoryLine, TcpDevice


def test_requests() -> None:
    assert frames.open_device("local_TSE") == (
        b"<open_device><device_id>local_TSE</device_id><data><type>type_storage</type></data></open_device>\x00"
    )
    assert frames.close_device("TSE_1") == b"<close_device><device_id>TSE_1</device_id></close_device>\x00"
    asked = messages.request("GetChallenge", {"userId": "Administrator"})
    assert asked == (
        '{"storage":{"type":"TSE","vendor":"TSE1"},"function":"GetChallenge",'
        '"input":{"userId":"Administrator"},"compress":{"required":false,"type":""}}'
    )
    assert frames.device_data("local_TSE", 10000, '{"a":"<&>"}') == (
        b"<device_data><device_id>local_TSE</device_id><data><type>operate</type><timeout>10000</timeout>"
        b"<requestdata>{&quot;a&quot;:&quot;&lt;&amp;&gt;&quot;}</requestdata></data></device_data>\x00"
    )
    assert '"storage":{"type":"COMMON","vendor":""}' in messages.request("GetStorageInfo", {}, "")


def test_the_answer_to_a_challenge() -> None:
    # sha256("challenge123EPSONKEY"), by coreutils
    assert messages.secret_hash("challenge123", b"EPSONKEY") == "FXjHJAwmTxfNiKJuQciUuWo774NRaHThMCFWdnlSxug="


def test_answers() -> None:
    said = (
        b'<device_data><device_id>local_TSE</device_id><success>true</success><code>SUCCESS</code><data id="1">'
        b"<resultdata>{&quot;result&quot;:&quot;EXECUTION_OK&quot;,&quot;function&quot;:&quot;F&quot;,"
        b"&quot;error&quot;:{},&quot;output&quot;:{&quot;n&quot;:7,&quot;t&quot;:&quot;2021-03-04T05:06:07Z&quot;}}"
        b"</resultdata></data></device_data>"
    )
    envelope = frames.read(said)
    assert (envelope.kind, envelope.code) == ("device_data", "SUCCESS")
    reply = messages.read(envelope.result)
    assert (reply.function, reply.result) == ("F", "EXECUTION_OK")
    assert messages.number(reply.output, "n") == 7
    assert messages.unix(reply.output, "t") == 1614834367
    assert frames.read(b"<open_device><code> OK </code></open_device>") == Envelope("open_device", "OK", "")


def test_messages_in_any_pieces() -> None:
    stream = b"<a/>\x00<bb/>\x00"
    for cut in range(len(stream) + 1):
        splitter = Splitter()
        found = []
        for piece in (stream[:cut], stream[cut:]):
            splitter.feed(piece)
            while (message := splitter.next()) is not None:
                found.append(message)
        assert found == [b"<a/>", b"<bb/>"]


@pytest.mark.parametrize("said", [b"", b"no", b"<a>", b"\xff\xfe", b"<?xml version='1.0' encoding='x-none'?><a/>"])
def test_what_is_no_message(said: bytes) -> None:
    with pytest.raises(FrameError):
        frames.read(said)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(said: bytes) -> None:
    try:
        envelope = frames.read(said)
    except FrameError:
        return
    assert envelope.kind


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(said: str) -> None:
    try:
        reply = messages.read(said)
    except MessageError:
        return
    assert reply.result is not None


def test_json_of_any_depth_or_size_is_refused() -> None:
    for said in ("[" * 100_000, '{"result":' + "9" * 10_000 + "}", "null", '{"result":null}'):
        with pytest.raises(MessageError):
            messages.read(said)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("DEVICE_IN_USE", TseBusy),
        ("DEVICE_NOT_FOUND", TseUnplugged),
        ("JSON_ERROR_INVALID_TIME_FORMAT", TseInvalidParameter),
        ("OTHER_ERROR_HOST_AUTHENTICATION_FAILED", TseAuthenticationFailed),
        ("OTHER_ERROR_NO_TIME_SET_BEFORE_EXPORT", TseTimeNotSet),
        ("TSE1_ERROR_NO_TIME_SET", TseTimeNotSet),
        ("TSE1_ERROR_SOMETHING_NEW", TseInternalError),
        ("", TseInternalError),
    ],
)
def test_errors(name: str, error: type[TseError]) -> None:
    assert type(errors.translate(HostError(name))) is error


def test_who_would_have_had_to_log_in() -> None:
    error = errors.translate(HostError("OTHER_ERROR_UNAUTHENTICATED_TIME_ADMIN_USER"))
    assert isinstance(error, TseNotAuthorized)
    assert error.role is Role.TIME_ADMIN


@pytest.fixture
def bench(tmp_path: Path) -> EpsonBench:
    made = EpsonBench(tmp_path, Clock())
    made.curve = "secp256r1"
    return made


@pytest.mark.parametrize("piece", [5, 1 << 20])
def test_a_day_over_tcp(bench: EpsonBench, piece: int) -> None:
    with closing(bench), closing(TcpDevice(bench.host.connect, piece)) as device:
        line = TcpLine("127.0.0.1", device.port)
        with closing(EpsonTse(line, bench._pin_of, clock=bench.clock)) as tse:
            commission(bench, tse)
            sell(tse)
            export(tse)
            with pytest.raises(TseBusy):
                EpsonTse(TcpLine("127.0.0.1", device.port), bench._pin_of)
        with closing(EpsonTse(TcpLine("127.0.0.1", device.port), bench._pin_of)) as again:
            assert again.open_transactions() == []


def test_nobody_listens() -> None:
    with pytest.raises(TseUnplugged):
        TcpLine("127.0.0.1", 9, timeout=0.5)


def test_a_client_is_logged_in_once_and_again_when_its_time_is_over(bench: EpsonBench) -> None:
    with closing(bench), closing(bench.open()) as tse:
        commission(bench, tse)
        bench.host.requests.clear()
        for _ in range(3):
            sell(tse)
        assert bench.host.requests.count("AuthenticateUserForTimeAdmin") == 1
        bench.host.users.clear()
        sell(tse)
        assert bench.host.requests.count("AuthenticateUserForTimeAdmin") == 2


def test_without_an_entrusted_pin_nothing_is_tried(bench: EpsonBench) -> None:
    with closing(bench):
        with closing(bench.open()) as tse:
            commission(bench, tse)
        bench.host.requests.clear()
        line = MemoryLine(bench.host.connect, bench.waiting)
        with closing(EpsonTse(line, clock=bench.clock, monotonic=bench.waiting)) as tse:
            with pytest.raises(TseNotAuthorized) as caught:
                tse.start_transaction(CLIENT)
            assert caught.value.role is Role.TIME_ADMIN
            with pytest.raises(TseNotAuthorized):
                tse.find_transaction(1)
        assert not [name for name in bench.host.requests if name.startswith("Authenticate")]


def test_a_wrong_entrusted_pin_is_tried_once(bench: EpsonBench) -> None:
    with closing(bench):
        with closing(bench.open()) as tse:
            commission(bench, tse)
        bench.host.requests.clear()
        line = MemoryLine(bench.host.connect, bench.waiting)
        with closing(EpsonTse(line, lambda _: Secret("00000"), clock=bench.clock, monotonic=bench.waiting)) as tse:
            with pytest.raises(TseAuthenticationFailed):
                tse.start_transaction(CLIENT)
            for _ in range(5):
                with pytest.raises(TseNotAuthorized):
                    tse.start_transaction(CLIENT)
        assert bench.host.requests.count("AuthenticateUserForTimeAdmin") == 1


def test_another_secret_than_the_hosts(bench: EpsonBench) -> None:
    bench.host.secret = b"OTHERKEY"
    with closing(bench), closing(bench.open()) as tse, pytest.raises(TseAuthenticationFailed):
        tse.authenticate_user(Role.ADMIN, Secret("12345"))


def test_an_export_is_finalised_and_never_left_behind(bench: EpsonBench) -> None:
    with closing(bench), closing(bench.open()) as tse:
        commission(bench, tse)
        bench.host.chunk = 3001  # chunks that end within four characters of base64 are padded one by one
        with logged_in(bench, tse, Role.ADMIN):
            export(tse)
        assert bench.host.export is None
        assert "CancelExport" not in bench.host.requests


def test_chunks_cut_anywhere_are_joined(bench: EpsonBench, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(bench), closing(bench.open()) as tse:
        commission(bench, tse)
        whole: list[str] = []

        def chunk() -> dict[str, str]:
            assert bench.host.export is not None
            if not whole:
                whole.append(b64encode(bench.host.export.read()).decode())
            part, whole[0] = whole[0][:1001], whole[0][1001:]
            return {"exportData": part, "exportStatus": "GOES_ON" if whole[0] else "EXPORT_COMPLETE"}

        monkeypatch.setattr(bench.host, "_GetExportData", chunk)
        export(tse)


def test_a_host_that_does_not_know_itself_is_made_known(bench: EpsonBench) -> None:
    with closing(bench), closing(bench.open()) as tse:
        commission(bench, tse)
        with logged_in(bench, tse, Role.ADMIN):
            tse.deregister_client("EPSON0123456789")
        tse.run_self_test(CLIENT)
        assert "SetUpForPrinter" in bench.host.requests
        sell(tse)


def test_an_answer_said_twice_is_not_taken_for_the_next(bench: EpsonBench) -> None:
    with closing(bench):
        with closing(bench.open()) as tse:
            commission(bench, tse)
        line = ChangingLine(bench.host.connect, bench.waiting, lambda _, said: said + said)
        with closing(bench.drive(line)) as tse:
            numbers = [tse.start_transaction(CLIENT).transaction_number for _ in range(3)]
        assert numbers == [1, 2, 3]


def test_an_answer_too_late_is_not_taken_for_the_next(bench: EpsonBench) -> None:
    """Answers carry no number, so after a wait in vain the line is given up."""
    with closing(bench):
        with closing(bench.open()) as tse:
            commission(bench, tse)
        late: list[bytes] = []

        def change(_: int, said: bytes) -> bytes:
            if b"transactionNumber" in said and not late:
                late.append(said)
                return b""
            return said

        tse = bench.drive(ChangingLine(bench.host.connect, bench.waiting, change))
        with pytest.raises(TseTimeout):
            tse.start_transaction(CLIENT)
        assert late
        with pytest.raises(TseUnplugged):
            tse.start_transaction(CLIENT)
        tse.close()
        with closing(bench.open()) as again:
            assert again.open_transactions() == [1]


def test_a_device_that_hangs_up(bench: EpsonBench) -> None:
    with closing(bench):
        device = TcpDevice(bench.host.connect)
        line = TcpLine("127.0.0.1", device.port)
        with closing(line):
            assert line.receive(5.0).startswith(b"<connect>")
            with pytest.raises(TseTimeout):
                line.receive(0.01)
            device.close()
            with pytest.raises(TseConnectionLost):
                line.receive(5.0)
        for call in (lambda: line.receive(1.0), lambda: line.send(b"x", 1.0)):
            with pytest.raises(TseUnplugged):
                call()


def test_who_is_logged_in_for_reading_configures_nothing(bench: EpsonBench) -> None:
    with closing(bench), closing(bench.open()) as tse:
        commission(bench, tse)
        export(tse)
        assert "Administrator" in bench.host.users
        for call in (
            lambda: tse.register_client("SECR-B"),
            lambda: tse.deregister_client(CLIENT),
            tse.decommission,
        ):
            with pytest.raises(TseNotAuthorized):
                call()
