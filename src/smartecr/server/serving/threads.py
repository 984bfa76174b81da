"""Django behind the event loop: a WSGI application run in a few long-lived threads, a request to a thread (PEP 3333).

The body is collected first, and an answer that fits into one piece comes back in one, so a request changes threads
once there and once back. What is longer is fetched piece by piece as the client takes it.
"""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from io import BytesIO
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

BODY_LIMIT = 16 * 1024 * 1024
PIECE = 256 * 1024
_TOO_LARGE = "Die Anfrage ist zu groß.".encode()

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Any]


class Crew:
    """A few long-lived threads that work for one event loop, which alone calls `run` and `close`.

    The thread that has just finished is the first to work again: its database connection knows the newest pages, and
    a register that does one thing after the other keeps one thread warm. The standard executor takes them in turn and
    makes a lock for every call.
    """

    def __init__(self, count: int) -> None:
        self._inboxes: list[SimpleQueue[_Order | None]] = [SimpleQueue() for _ in range(count)]
        self._idle = list(self._inboxes)
        self._waiting: deque[_Order] = deque()
        threads = [
            threading.Thread(target=_work, args=(inbox,), name=f"web-{number}", daemon=True)
            for number, inbox in enumerate(self._inboxes)
        ]
        for thread in threads:
            thread.start()
        # at the end of the process what is under way is still finished
        weakref.finalize(self, _end, self._inboxes, threads)

    def run(self, call: Callable[[], Any]) -> asyncio.Future[Any]:
        """Have `call` made in a thread, in a copy of the caller's context; nobody else waits for it."""
        loop = asyncio.get_running_loop()
        order = _Order(loop, loop.create_future(), contextvars.copy_context(), call, self._done)
        if self._idle:
            self._idle.pop().put(order)
        else:
            self._waiting.append(order)
        return order.future

    def close(self) -> None:
        """Give up what waits, and let the threads end with what they are doing."""
        while self._waiting:
            self._waiting.popleft().future.cancel()
        for inbox in self._inboxes:
            inbox.put(None)

    def _done(self, inbox: SimpleQueue[_Order | None], order: _Order, result: Any, error: BaseException | None) -> None:
        if self._waiting:
            inbox.put(self._waiting.popleft())
        else:
            self._idle.append(inbox)
        if order.future.cancelled():
            return
        if error is not None:
            order.future.set_exception(error)
        else:
            order.future.set_result(result)


class _Order(NamedTuple):
    """A call on its way through a thread; `done` is called in the loop with what became of it."""

    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    context: contextvars.Context
    call: Callable[[], Any]
    done: Callable[..., None]


def _work(inbox: SimpleQueue[_Order | None]) -> None:
    while (order := inbox.get()) is not None:
        result, error = None, None
        try:
            result = order.context.run(order.call)
        except BaseException as raised:  # noqa: BLE001 it is raised again where the result is awaited
            error = raised
        if not order.loop.is_closed():
            order.loop.call_soon_threadsafe(order.done, inbox, order, result, error)
        del order, result, error


def _end(inboxes: Sequence[SimpleQueue[_Order | None]], threads: Sequence[threading.Thread]) -> None:
    for inbox in inboxes:
        inbox.put(None)
    for thread in threads:
        if thread is not threading.current_thread():  # the last one may have dropped the crew itself
            thread.join()


class Threads:
    """ASGI application over `wsgi` in `count` threads. Bodies over `limit` bytes are answered with 413.

    A page that vanishes in the middle of its POST leaves no half order behind, and a slow sender holds no thread.
    """

    def __init__(self, wsgi: Wsgi, count: int, limit: int = BODY_LIMIT) -> None:
        self.crew = Crew(count)
        self._wsgi = wsgi
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        body = await self._body(receive)
        if body is None:
            return
        if len(body) > self._limit:
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(_TOO_LARGE))]
            await send({"type": "http.response.start", "status": 413, "headers": headers})
            await send({"type": "http.response.body", "body": _TOO_LARGE})
            return
        answer = _Answer(self._wsgi, environ(scope, body))
        first = await self.crew.run(answer.begin)
        try:
            await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
            piece = first
            while not answer.over:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                piece = await self.crew.run(answer.next_piece)
            await send({"type": "http.response.body", "body": piece})
        finally:
            if not answer.closed:
                await self.crew.run(answer.close)

    async def _body(self, receive: Receive) -> bytes | None:
        """Return the whole body, at most a little more than the limit; None when the client is gone."""
        parts: list[bytes] = []
        size, more = 0, True
        while more and size <= self._limit:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            more = message.get("more_body", False)
        return b"".join(parts)


class _Answer:
    """One request's run through the application. Its methods are called in a worker thread, one at a time."""

    def __init__(self, wsgi: Wsgi, request: dict[str, Any]) -> None:
        self._wsgi = wsgi
        self._request = request
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.over = False
        self.closed = False
        self._written: list[bytes] = []
        self._result: Any = None
        self._pieces: Iterator[bytes] = iter(())

    def begin(self) -> bytes:
        """Run the application and return the first piece of its answer."""
        try:
            self._result = self._wsgi(self._request, self._start)
            self._pieces = iter(self._result)
            return self.next_piece()
        except BaseException:
            self.close()
            raise

    def next_piece(self) -> bytes:
        """Return the next bytes, about PIECE of them; sets `over` when they are the last, and lets go of the answer."""
        parts, self._written = self._written, []
        size = sum(map(len, parts))
        while size < PIECE:
            part = next(self._pieces, None)
            if part is None:
                self.over = True
                self.close()
                break
            parts.append(part)
            size += len(part)
        return b"".join(parts)

    def close(self) -> None:
        """Tell the application that its answer is no longer wanted."""
        self.closed = True
        close = getattr(self._result, "close", None)
        if close is not None:
            close()

    def _start(self, status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Callable[[bytes], None]:
        self.status = int(status.split(" ", 1)[0])
        self.headers = [
            (name.strip().lower().encode("latin1"), value.strip().encode("latin1")) for name, value in headers
        ]
        return self._written.append


def environ(scope: Scope, body: bytes) -> dict[str, Any]:
    """Return the WSGI environment of an ASGI HTTP scope (PEP 3333: text is bytes read as Latin-1)."""
    host, port = scope.get("server") or ("localhost", 80)
    found: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin1"),
        "QUERY_STRING": scope["query_string"].decode("latin1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 0),
        "REMOTE_ADDR": (scope.get("client") or ("",))[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        name = _variable(raw_name)
        value = raw_value.decode("latin1")
        if name in found:
            value = f"{found[name]}{'; ' if name == 'HTTP_COOKIE' else ','}{value}"
        found[name] = value
    found["CONTENT_LENGTH"] = str(len(body))
    return found


@lru_cache(maxsize=256)
def _variable(header: bytes) -> str:
    """Return the name of a header in the environment."""
    name = header.decode("latin1").upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
