"""The shell around Django: live events and the health address are async, everything else is WSGI in a few threads.

Django stays synchronous because under ASGI its database connections pile up or are reopened for each request
(docs/adr/0001). Six long-lived threads each keep one connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from smartecr.server.live import Hub, stream

THREADS = 6
PULSE_SECONDS = 15.0
HEALTH_SECONDS = 3.0
BODY_LIMIT = 16 * 1024 * 1024

Health = Callable[[], tuple[bool, dict[str, object]]]

_LIVE_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"}


class WholeBody:
    """Hands a request on only when its body has arrived completely.

    A page that vanishes in the middle of its POST must not leave half an order behind, and a slow sender must not
    hold one of the few threads. Bodies over `limit` bytes are answered with 413.
    """

    def __init__(self, app: ASGIApp, limit: int = BODY_LIMIT) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Collect the body, then call the wrapped application with it in one message."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._limit:
                await PlainTextResponse("Die Anfrage ist zu groß.", 413)(scope, receive, send)
                return
        whole: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def replay() -> Message:
            return whole.pop() if whole else await receive()

        await self._app(scope, replay, send)


def _seen(request: Request) -> int:
    """Return the last version the page saw: the browser repeats it by itself when it reconnects."""
    text = request.headers.get("last-event-id") or request.query_params.get("since", "")
    return int(text) if text.isascii() and text.isdigit() else 0


def application(wsgi: Callable[..., Any], hub: Hub, health: Health, threads: int = THREADS) -> Starlette:
    """Return the ASGI application: `/live` (server-sent events), `/health` (JSON), all else `wsgi`.

    `health` runs in one of the WSGI threads, so an answer also proves that they are not all stuck.
    """
    workers = WSGIMiddleware(wsgi, workers=threads)
    django = cast("ASGIApp", workers)

    async def live(request: Request) -> Response:
        events = stream(hub, _seen(request), PULSE_SECONDS)
        return StreamingResponse(events, media_type="text/event-stream", headers=_LIVE_HEADERS)

    async def healthy(_request: Request) -> Response:
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        try:
            async with asyncio.timeout(HEALTH_SECONDS):
                good, report = await asyncio.get_running_loop().run_in_executor(workers.executor, health)
        except TimeoutError:
            good, report = False, {"threads": "busy"}
        return JSONResponse(report, 200 if good else 503, headers)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        hub.attach(asyncio.get_running_loop())
        yield
        workers.executor.shutdown(wait=False, cancel_futures=True)

    routes = [
        Route("/live", live, methods=["GET"]),
        Route("/health", healthy, methods=["GET"]),
        Mount("/", app=WholeBody(django)),
    ]
    return Starlette(routes=routes, lifespan=lifespan)
