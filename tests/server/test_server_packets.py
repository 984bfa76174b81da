"""Answers leave in one piece: head and body of a small answer are one write, and closing loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import uvicorn

from smartecr.server.serving.packets import MOST_HEAD, Protocol

ASK = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
ASK_LAST = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


class Wire(asyncio.Transport):
    """Keeps what is written, each write for itself."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.closed, "written after the end"
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


async def hello(scope: Any, receive: Any, send: Any) -> None:
    head = [(b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": b"hello"})


async def slowly(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for part in (b"one", b"two"):
        await send({"type": "http.response.body", "body": part, "more_body": True})
        await asyncio.sleep(0)
    await send({"type": "http.response.body", "body": b""})


async def _talk(app: Callable[..., Any], *asked: bytes) -> Wire:
    config = uvicorn.Config(app, log_config=None, ws="none", lifespan="off")
    config.load()
    protocol = Protocol(config, uvicorn.server.ServerState(), {}, asyncio.get_running_loop())
    wire = Wire()
    protocol.connection_made(wire)
    for one in asked:
        protocol.data_received(one)
        for _ in range(20):
            await asyncio.sleep(0)
    if not wire.closed:
        protocol.timeout_keep_alive_handler()
    protocol.connection_lost(None)
    return wire


@pytest.mark.parametrize(
    ("app", "asked", "writes"),
    [(hello, [ASK], 1), (hello, [ASK, ASK], 2), (hello, [ASK + ASK], 2), (hello, [ASK_LAST], 1), (slowly, [ASK], 3)],
    ids=["one", "one after the other", "both at once", "the last", "in parts"],
)
def test_an_answer_is_one_write(app: Callable[..., Any], asked: list[bytes], writes: int) -> None:
    wire = asyncio.run(_talk(app, *asked))
    assert wire.closed
    assert len(wire.written) == writes
    whole = b"".join(wire.written)
    assert whole.count(b"HTTP/1.1 200") == b"".join(asked).count(b"GET")
    assert whole.endswith(b"hello" if app is hello else b"0\r\n\r\n")


@pytest.mark.parametrize(
    "begun", [b"GET /", b"GET / HTTP/1.1\r\nX-Long: ", b"GET / HTTP/1.1\r\n"], ids=["path", "one", "many"]
)
def test_a_head_that_does_not_end_is_refused(begun: bytes) -> None:
    more = b"X-More: 1\r\n" if begun.endswith(b"\n") else b"0123456789a"
    most = (MOST_HEAD - len(begun)) // len(more)
    within = asyncio.run(_talk(hello, begun, *[more] * most))
    assert within.written == []
    beyond = asyncio.run(_talk(hello, begun, *[more] * (most + 1)))
    assert beyond.closed
    assert b"".join(beyond.written).startswith(b"HTTP/1.1 400")


def test_a_long_body_is_no_long_head() -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (3 * MOST_HEAD)
    wire = asyncio.run(_talk(hello, head, *[bytes(MOST_HEAD)] * 3))
    assert b"".join(wire.written).startswith(b"HTTP/1.1 200")
