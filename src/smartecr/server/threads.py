"""Django behind the event loop: a WSGI application run in a few long-lived threads, a request to a thread (PEP 3333).

The body is collected first, and an answer that fits into one piece comes back in one, so a request changes threads
once there and once back. What is longer is fetched piece by piece as the client takes it.
"""

from __future__ import annotations

import asyncio
import contextvars
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

BODY_LIMIT = 16 * 1024 * 1024
PIECE = 256 * 1024

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Any]


class Threads:
    """ASGI application over `wsgi` in `count` threads. Bodies over `limit` bytes are answered with 413.

    A page that vanishes in the middle of its POST leaves no half order behind, and a slow sender holds no thread.
    """

    def __init__(self, wsgi: Wsgi, count: int, limit: int = BODY_LIMIT) -> None:
        self.executor = ThreadPoolExecutor(count, thread_name_prefix="web")
        self._wsgi = wsgi
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        body = await self._body(receive)
        if body is None:
            return
        if len(body) > self._limit:
            await PlainTextResponse("Die Anfrage ist zu groß.", 413)(scope, receive, send)
            return
        answer = _Answer(self._wsgi, environ(scope, body))
        first = await self._run(answer.begin)
        try:
            await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
            piece = first
            while not answer.over:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                piece = await self._run(answer.next_piece)
            await send({"type": "http.response.body", "body": piece})
        finally:
            if not answer.closed:
                await self._run(answer.close)

    async def _run(self, call: Callable[[], Any]) -> Any:
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(self.executor, context.run, call)

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
        name = raw_name.decode("latin1").upper().replace("-", "_")
        if name not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            name = f"HTTP_{name}"
        value = raw_value.decode("latin1")
        if name in found:
            value = f"{found[name]}{'; ' if name == 'HTTP_COOKIE' else ','}{value}"
        found[name] = value
    found["CONTENT_LENGTH"] = str(len(body))
    return found
