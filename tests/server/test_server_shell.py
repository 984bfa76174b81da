"""The shell: whole bodies only, few long-lived threads, a health address that tells the truth."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pytest

from smartecr.server.serving import shell
from smartecr.server.serving.live import Hub
from smartecr.server.serving.requestlog import RequestLog, safe_path
from smartecr.server.serving.threads import BODY_LIMIT, PIECE, Crew, Threads, environ

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def well() -> tuple[bool, dict[str, object]]:
    return True, {"database": "ok"}


def echo(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
    """Answer with the length of the body and the thread's name."""
    size = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(size)
    start("200 OK", [("Content-Type", "text/plain")])
    return [f"{len(body)} {threading.current_thread().name}".encode()]


class Client:
    """Speaks ASGI to an application, one request at a time or many at once."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def ask(self, path: str, *parts: bytes, method: str = "GET", gone: bool = False) -> tuple[int, bytes]:
        """Send a request with its body in `parts`; with `gone` the client vanishes before the last part."""
        headers = [(b"content-length", str(sum(map(len, parts))).encode())]
        waiting = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
        waiting.append({"type": "http.disconnect"} if gone else {"type": "http.request", "body": b""})
        answer: list[Any] = []

        async def receive() -> Any:
            if not waiting:
                await asyncio.sleep(3600)
            return waiting.pop(0)

        async def send(message: Any) -> None:
            answer.append(message)

        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": method,
            "path": path, "raw_path": path.encode(), "query_string": b"", "headers": headers, "scheme": "http",
            "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1), "root_path": "",
        }  # fmt: skip
        await self.app(scope, receive, send)
        if not answer:
            return 0, b""
        return answer[0]["status"], b"".join(message.get("body", b"") for message in answer[1:])


def run(scene: Callable[[Client], Any], wsgi: Wsgi = echo, health: shell.Health = well, **options: Any) -> Any:
    """Run `scene` with a client of a fresh shell."""

    async def play() -> Any:
        return await scene(Client(shell.application(wsgi, Hub(1), health, **options)))

    return asyncio.run(play())


def test_a_body_arrives_whole_and_in_order() -> None:
    seen: list[bytes] = []

    def keep(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        seen.append(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        start("204 No Content", [])
        return []

    assert run(lambda client: client.ask("/x", b"one", b"two", b"", b"three", method="POST"), keep)[0] == 204
    assert seen == [b"onetwothree"]


def test_half_a_request_is_no_request() -> None:
    calls: list[int] = []

    def count(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        calls.append(1)
        start("200 OK", [])
        return []

    assert run(lambda client: client.ask("/pay", b"amount=10", method="POST", gone=True), count) == (0, b"")
    assert calls == []


@pytest.mark.parametrize(("size", "status"), [(BODY_LIMIT, 200), (BODY_LIMIT + 1, 413)])
def test_a_body_has_a_limit(size: int, status: int) -> None:
    half = b"x" * (size // 2)
    answer = run(lambda client: client.ask("/x", half, half, b"x" * (size % 2), method="POST"))
    assert answer[0] == status


class Download:
    """A long answer in small parts that tells whether it was let go of."""

    def __init__(self, parts: int) -> None:
        self.left = parts
        self.taken = self.closed = 0

    def __iter__(self) -> Download:
        return self

    def __next__(self) -> bytes:
        if not self.left:
            raise StopIteration
        self.left -= 1
        self.taken += 1
        return bytes([self.taken % 256]) * 10_000

    def close(self) -> None:
        self.closed += 1


def answering(result: Any) -> Wsgi:
    def wsgi(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        start("200 OK", [("Content-Type", "text/plain")])
        return result

    return wsgi


def test_a_long_answer_comes_in_pieces() -> None:
    download, sent = Download(200), []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(ask_directly(answering(download), send))
    pieces = [message["body"] for message in sent[1:]]
    assert b"".join(pieces) == b"".join(bytes([n % 256]) * 10_000 for n in range(1, 201))
    assert len(pieces) > 5
    assert max(map(len, pieces)) < PIECE + 10_000
    assert [message.get("more_body", False) for message in sent[1:]] == [True] * (len(pieces) - 1) + [False]
    assert download.closed == 1


def test_an_answer_nobody_takes_is_let_go_of() -> None:
    download = Download(10_000)

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        asyncio.run(ask_directly(answering(download), send))
    assert download.closed == 1
    assert download.taken < 100


def test_an_application_that_fails_is_let_go_of() -> None:
    class Broken(Download):
        def __next__(self) -> bytes:
            raise LookupError

    download = Broken(1)

    async def send(message: Any) -> None:
        raise AssertionError(message)

    with pytest.raises(LookupError):
        asyncio.run(ask_directly(answering(download), send))
    assert download.closed == 1


async def ask_directly(wsgi: Wsgi, send: Callable[[Any], Any]) -> None:
    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [], "http_version": "1.1"}
    threads = Threads(wsgi, 1)
    try:
        await threads(scope, receive, send)
    finally:
        threads.crew.close()


def test_headers_become_the_environment() -> None:
    headers = [
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
        (b"x-two", b"1"),
        (b"x-two", b"\xe4"),
        (b"content-type", b"x/y"),
    ]
    scope = {
        "method": "POST", "path": "/Käse", "query_string": b"q=%20", "headers": headers, "http_version": "1.1",
        "server": ("127.0.0.1", 81), "client": ("127.0.0.9", 5), "scheme": "https",
    }  # fmt: skip
    made = environ(scope, b"four")
    assert (made["HTTP_COOKIE"], made["HTTP_X_TWO"]) == ("a=1; b=2", "1,\xe4")
    assert (made["CONTENT_TYPE"], made["CONTENT_LENGTH"]) == ("x/y", "4")
    assert made["PATH_INFO"].encode("latin1").decode() == "/Käse"
    assert (made["REMOTE_ADDR"], made["SERVER_PORT"], made["wsgi.url_scheme"]) == ("127.0.0.9", "81", "https")


def test_many_requests_share_few_threads() -> None:
    together = threading.Barrier(shell.THREADS)

    def slow(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        together.wait(60)
        return echo(environ, start)

    async def scene(client: Client) -> set[bytes]:
        answers = await asyncio.gather(*(client.ask("/x") for _ in range(7 * shell.THREADS)))
        return {body.split()[1] for _status, body in answers}

    assert len(run(scene, slow)) == shell.THREADS


def test_one_request_after_the_other_keeps_to_one_thread() -> None:
    async def scene(client: Client) -> set[bytes]:
        return {(await client.ask("/x"))[1].split()[1] for _ in range(10)}

    assert len(run(scene)) == 1


def test_what_waits_for_a_thread_is_given_up_when_the_server_stops() -> None:
    release, seen = threading.Event(), []

    def held(call: int) -> None:
        seen.append(call)
        assert release.wait(20)

    async def scene() -> list[bool]:
        crew = Crew(1)
        orders = [crew.run(partial(held, number)) for number in range(3)]
        crew.close()
        release.set()
        await orders[0]
        return [order.cancelled() for order in orders]

    assert asyncio.run(scene()) == [False, True, True]
    assert seen == [0]


def test_a_call_nobody_waits_for_any_more_frees_its_thread() -> None:
    release = threading.Event()

    async def scene() -> int:
        crew = Crew(1)
        first = crew.run(partial(release.wait, 20))
        first.cancel()
        second = crew.run(lambda: 7)
        release.set()
        try:
            return int(await second)
        finally:
            crew.close()

    assert asyncio.run(scene()) == 7


@pytest.mark.parametrize(("good", "status"), [(True, 200), (False, 503)])
def test_health_is_in_the_status(good: bool, status: int) -> None:
    answer, body = run(lambda client: client.ask("/health"), health=lambda: (good, {"database": "x"}))
    assert (answer, json.loads(body)) == (status, {"database": "x"})


def test_health_notices_stuck_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "HEALTH_SECONDS", 0.05)
    release = threading.Event()

    def stuck(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        release.wait(10)
        return echo(environ, start)

    async def scene(client: Client) -> int:
        requests = [asyncio.create_task(client.ask("/x")) for _ in range(2)]
        await asyncio.sleep(0.02)
        status, _body = await client.ask("/health")
        release.set()
        await asyncio.gather(*requests)
        return status

    assert run(scene, stuck, threads=2) == 503


@pytest.mark.parametrize(
    ("path", "safe"),
    [
        ("/", "/"),
        ("/till/pay", "/till/pay"),
        ("/receipt/Zk3mYv0Q1uYt9r4bXw/", "/receipt/…/"),
        ("/till/019ab2f0c5d57e10a0b1c2d3e4f50617/void", "/till/…/void"),
        ("/static/web/very-long-file-name-of-something.css", "/static/web/very-long-file-name-of-something.css"),
    ],
)
def test_paths_are_logged_without_tokens(path: str, safe: str) -> None:
    assert safe_path(path) == safe


def test_a_request_is_logged_with_its_status(caplog: pytest.LogCaptureFixture) -> None:
    async def play() -> None:
        await Client(RequestLog(shell.application(echo, Hub(1), well))).ask("/x")

    with caplog.at_level("INFO", "smartecr.request"):
        asyncio.run(play())
    record = caplog.records[-1]
    assert (record.__dict__["method"], record.__dict__["path"], record.__dict__["status"]) == ("GET", "/x", 200)
    assert record.__dict__["ms"] >= 0
