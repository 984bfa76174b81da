"""fiskaly's HTTP: what is asked, what is repeated, what is kept secret, over a mock transport and a real port."""

from __future__ import annotations

import datetime as dt
import io
import json
import logging
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from http.server import HTTPServer
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.tse_bench import Clock
from contract.tse_benches.fiskaly import FiskalyBench
from contract.tse_steps import CLIENT, DATA, TYPE, commission, export, logged_in, sell, transactions
from smartecr.tse.credentials import Role, Secret
from smartecr.tse.drivers.fiskaly import FiskalyTse, errors, values
from smartecr.tse.drivers.fiskaly.errors import ServiceError
from smartecr.tse.drivers.fiskaly.service import Service
from smartecr.tse.errors import (
    TseAuthenticationFailed,
    TseBusy,
    TseConnectionLost,
    TseDecommissioned,
    TseError,
    TseExportFailed,
    TseInternalError,
    TseInvalidParameter,
    TseNotAuthorized,
    TseProtocolError,
    TseTimeout,
    TseTransactionUnknown,
    TseUnplugged,
)
from support import fiskaly_service
from support.fiskaly_service import KEY, SECRET, TSS, HttpServer

BASE = "https://kassensichv.test/api/v2"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[FiskalyBench]:
    with closing(FiskalyBench(tmp_path, Clock())) as made:
        yield made


@pytest.fixture
def tse(bench: FiskalyBench) -> Iterator[FiskalyTse]:
    """The driver on a TSS in operation."""
    with closing(bench.open()) as opened:
        commission(bench, opened)
        yield opened


def service(transport: httpx.BaseTransport, bench: FiskalyBench, secret: str = SECRET) -> Service:
    waiting = bench.waiting
    http = httpx.Client(transport=transport)
    return Service(http, BASE, KEY, Secret(secret), monotonic=waiting, sleep=waiting.sleep)


def answering(bench: FiskalyBench, answer: Callable[[httpx.Request], httpx.Response]) -> FiskalyTse:
    """Open the driver on a service that lets it in and then answers like this."""

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/auth"):
            return httpx.Response(200, json={"access_token": "t", "access_token_expires_in": 3600})
        if request.method == "GET" and request.url.path.endswith(TSS):
            return httpx.Response(200, json={"state": "INITIALIZED"})
        if request.method == "GET" and request.url.path.endswith("/client"):
            return httpx.Response(200, json={"data": [{"_id": "c1", "serial_number": CLIENT}]})
        return answer(request)

    return FiskalyTse(service(httpx.MockTransport(respond), bench), TSS, largest_export=20_000)


def test_what_is_asked(bench: FiskalyBench) -> None:
    asked: list[tuple[str, str, object]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer t"
        asked.append((request.method, request.url.raw_path.decode(), json.loads(request.content)))
        signed = {
            "number": 7,
            "latest_revision": len(asked),
            "log": {"timestamp": 1614834367, "timestamp_format": "unixTime"},
            "signature": {"value": "AQID", "counter": "42"},
        }
        return httpx.Response(200, json=signed)

    tse = answering(bench, answer)
    started = tse.start_transaction(CLIENT)
    assert (started.transaction_number, started.log_time, started.signature_counter) == (7, 1614834367, 42)
    assert started.signature == b"\x01\x02\x03"
    tse.finish_transaction(CLIENT, 7, b"Beleg", "Kassenbeleg-V1")
    tse.close()
    (first, second) = asked
    path = first[1].removesuffix("?tx_revision=1")
    assert path.startswith(f"/api/v2/tss/{TSS}/tx/")
    assert first == ("PUT", f"{path}?tx_revision=1", {"state": "ACTIVE", "client_id": "c1"})
    schema = {"raw": {"process_type": "Kassenbeleg-V1", "process_data": "QmVsZWc="}}
    body = {"state": "FINISHED", "client_id": "c1", "schema": schema}
    assert second == ("PUT", f"{path}?tx_revision=2", body)


def test_a_token_is_renewed_before_it_runs_out(bench: FiskalyBench, tse: FiskalyTse) -> None:
    tokens = len(bench.service.tokens)
    bench.waiting.now += 0.89 * 3600
    sell(tse)
    assert len(bench.service.tokens) == tokens
    bench.waiting.now += 0.02 * 3600
    sell(tse)
    assert len(bench.service.tokens) == tokens + 1


def test_a_token_the_service_forgot_is_renewed_once(bench: FiskalyBench, tse: FiskalyTse) -> None:
    bench.service.tokens.clear()
    sell(tse)
    bench.service.asked.clear()
    with pytest.raises(TseNotAuthorized) as caught:
        tse.register_client("SECR-B")
    assert caught.value.role is Role.ADMIN
    assert bench.service.asked.count(("POST", "/auth")) == 1


def test_a_new_token_ends_the_administrators_log_in(bench: FiskalyBench, tse: FiskalyTse) -> None:
    tse.authenticate_user(Role.ADMIN, bench.credentials(tse.credential_rules).admin_pin)
    bench.service.tokens.clear()
    with pytest.raises(TseNotAuthorized):
        tse.register_client("SECR-B")


@pytest.mark.parametrize("plan", ["429", "503", "cut", "drop", "conflict"])
@pytest.mark.parametrize("times", [1, 3])
def test_what_passes_is_repeated_and_signed_once(bench: FiskalyBench, tse: FiskalyTse, plan: str, times: int) -> None:
    bench.service.plan = [plan] * times
    before = bench.waiting.now
    started = tse.start_transaction(CLIENT)
    number = started.transaction_number
    assert not bench.service.plan
    assert bench.waiting.now - before >= (2 * times if plan == "429" else 0.25)
    bench.service.plan = [plan] * times
    finished = tse.finish_transaction(CLIENT, number, DATA, TYPE)
    _, messages = export(tse)
    assert transactions(messages) == [("StartT", number), ("Finish", number)]
    assert messages[-1].signature == finished.signature


@pytest.mark.parametrize(
    ("plan", "error"), [("429", TseBusy), ("503", TseBusy), ("cut", TseConnectionLost), ("conflict", TseBusy)]
)
def test_patience_ends(bench: FiskalyBench, tse: FiskalyTse, plan: str, error: type[TseError]) -> None:
    bench.service.plan = [plan] * 100
    before = bench.waiting.now
    with pytest.raises(error):
        tse.start_transaction(CLIENT)
    assert bench.waiting.now - before <= 8.0
    assert len(bench.service.plan) >= 95


def test_a_service_that_wants_a_long_pause_is_busy_at_once(bench: FiskalyBench, tse: FiskalyTse) -> None:
    bench.service.busy = True
    before = bench.waiting.now
    with pytest.raises(TseBusy):
        tse.start_transaction(CLIENT)
    assert bench.waiting.now == before


def test_a_finish_of_unknown_outcome_is_looked_up_before_it_is_repeated(bench: FiskalyBench, tse: FiskalyTse) -> None:
    number = tse.start_transaction(CLIENT).transaction_number
    bench.service.plan = ["drop"] + ["cut"] * 10
    with pytest.raises(TseConnectionLost) as caught:
        tse.finish_transaction(CLIENT, number, DATA, TYPE)
    assert caught.value.outcome_unknown
    bench.service.plan = []
    with pytest.raises(TseTransactionUnknown):
        tse.finish_transaction(CLIENT, number, DATA, TYPE)
    found = tse.find_transaction(number)
    assert (found.state, found.process_data) == ("finished", DATA)
    _, messages = export(tse)
    assert transactions(messages) == [("StartT", number), ("Finish", number)]


def test_more_open_transactions_than_a_page_holds(bench: FiskalyBench, tse: FiskalyTse) -> None:
    numbers = [tse.start_transaction(CLIENT).transaction_number for _ in range(105)]
    assert tse.open_transactions() == numbers


def test_a_client_removed_comes_back(bench: FiskalyBench, tse: FiskalyTse) -> None:
    with logged_in(bench, tse, Role.ADMIN):
        tse.register_client("SECR-B")
        tse.deregister_client("SECR-B")
        tse.register_client("SECR-B")
    sell(tse, "SECR-B")
    assert len(bench.service.clients) == 2


@pytest.mark.parametrize("state", ["ERROR", "CANCELLED", "EXPIRED", "DELETED"])
def test_an_export_that_fails(bench: FiskalyBench, tse: FiskalyTse, state: str) -> None:
    bench.service.end_state = state
    with pytest.raises(TseExportFailed):
        tse.export(io.BytesIO())


def test_an_export_that_is_never_made(bench: FiskalyBench, tse: FiskalyTse) -> None:
    bench.service.end_state = "WORKING"
    before = bench.waiting.now
    with pytest.raises(TseTimeout):
        tse.export(io.BytesIO())
    assert bench.waiting.now - before < 2000


class Endless(httpx.SyncByteStream):
    """Bytes without an end."""

    def __init__(self, piece: bytes) -> None:
        self.piece = piece
        self.given = 0

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.given += len(self.piece)
            yield self.piece


def test_answers_without_an_end(bench: FiskalyBench) -> None:
    stream = Endless(b'{"a":' * 1000)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/file") or "/tx/" in request.url.path:
            return httpx.Response(200, stream=stream)
        return httpx.Response(200, json={"state": "COMPLETED"})

    tse = answering(bench, answer)
    with pytest.raises(TseProtocolError):
        tse.start_transaction(CLIENT)
    assert stream.given < 6 << 20
    with pytest.raises(TseExportFailed):
        tse.export(io.BytesIO())
    tse.close()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = ("state", "number", "log", "signature", "_id", "data", "timestamp", "counter", "value", "revision", "code")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(100, 599),
    st.binary(max_size=60) | st.dictionaries(st.sampled_from(NAMES), JSON).map(lambda told: json.dumps(told).encode()),
    st.sampled_from(["", "2", "-1", "Wed, 21 Oct 2026 07:28:00 GMT", "9" * 30, "²"]),
)
def test_any_answer_ends_in_an_error_of_ours(bench: FiskalyBench, status: int, content: bytes, after: str) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=content, headers={"Retry-After": after.encode()})

    before = bench.waiting.now
    tse = answering(bench, answer)
    for call in (
        lambda: tse.start_transaction(CLIENT),
        lambda: tse.finish_transaction(CLIENT, 1, DATA, TYPE),
        lambda: tse.find_transaction(1),
        tse.open_transactions,
        tse.info,
        lambda: tse.export(io.BytesIO()),
        lambda: tse.authenticate_user(Role.ADMIN, Secret("123456")),
    ):
        with suppress(TseError):
            call()
    tse.close()
    assert bench.waiting.now - before < 8000


def test_no_secret_shows_itself(bench: FiskalyBench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    seen = []
    tse = bench.open()
    commission(bench, tse)
    pin = bench.credentials(tse.credential_rules).admin_pin.reveal().decode()
    token = next(iter(bench.service.tokens))
    assert isinstance(tse, FiskalyTse)
    seen += [repr(tse), repr(tse._service), str(vars(tse)), str(vars(tse._service))]
    sell(tse)
    tse.close()
    for wrong in ("wrong-secret-1", SECRET):
        bench.service.tries = 0
        try:
            opened = FiskalyTse(service(bench.transport, bench, wrong), TSS)
            opened.authenticate_user(Role.ADMIN, Secret(pin))
        except TseError as error:
            seen += [str(error), repr(error), error.detail, str(error.__context__), str(error.__cause__)]
    assert len(seen) == 14
    text = "\n".join([*seen, caplog.text])
    for secret in (KEY, SECRET, "wrong-secret-1", pin, fiskaly_service.PUK, token):
        assert secret not in text


def test_a_wrong_key_is_told(bench: FiskalyBench) -> None:
    with pytest.raises(TseAuthenticationFailed):
        FiskalyTse(service(bench.transport, bench, "wrong"), TSS)


def test_an_id_that_leads_elsewhere_is_refused(bench: FiskalyBench) -> None:
    for tss in ("", "../auth", "a/b", "x" * 41):
        with pytest.raises(TseInvalidParameter):
            FiskalyTse(service(bench.transport, bench), tss)


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (503, "E_TSS_LOCKED", TseBusy),
        (500, "", TseConnectionLost),
        (429, "", TseBusy),
        (400, "E_TSS_DISABLED", TseDecommissioned),
        (400, "E_SOMETHING", TseInvalidParameter),
        (404, "E_EXPORT_NOT_FOUND", TseExportFailed),
        (418, "", TseInternalError),
    ],
)
def test_errors(status: int, code: str, error: type[TseError]) -> None:
    assert type(errors.translate(ServiceError(status, code))) is error


def test_numbers_come_as_text_too() -> None:
    assert values.number({"n": "42"}, "n") == values.number({"n": 42}, "n") == 42
    for wrong in (True, -1, 1.5, "", "4x", "²", None, "9" * 21):
        with pytest.raises(values.ValuesError):
            values.number({"n": wrong}, "n")


def test_a_day_over_http(bench: FiskalyBench) -> None:
    with closing(HttpServer(bench.service)) as server:
        waiting = bench.waiting
        http = httpx.Client(timeout=5.0)
        way = Service(http, server.url, KEY, Secret(SECRET), sleep=waiting.sleep)
        with closing(FiskalyTse(way, TSS, clock=bench.clock)) as tse:
            commission(bench, tse)
            bench.service.plan = ["drop"]
            started, _ = sell(tse)
            _, messages = export(tse)
            assert transactions(messages) == [("StartT", 1), ("Finish", 1)]
            assert started.transaction_number == 1
            bench.service.garbage = b"\xff"
            with pytest.raises(TseProtocolError):
                tse.info()
    with pytest.raises(TseUnplugged):
        FiskalyTse.at(TSS, KEY, Secret(SECRET), server.url)


def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    asked: list[bytes] = []
    with HTTPServer(("127.0.0.1", 0), lambda *_: asked.append(b"")) as server:  # type: ignore[arg-type]
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        with pytest.raises(TseUnplugged):
            FiskalyTse.at(TSS, KEY, Secret(SECRET), f"https://127.0.0.1:{server.server_port}")
        thread.join()
    assert not asked


def self_signed(folder: Path) -> Path:
    """Make a certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "server.pem"
    path.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    return path
