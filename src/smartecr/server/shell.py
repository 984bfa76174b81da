"""The shell around Django: live events and the health address are async, everything else is WSGI in a few threads.

Django stays synchronous because under ASGI its database connections pile up or are reopened for each request
(docs/adr/0001). Six long-lived threads each keep one connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from smartecr.server.live import Hub, stream
from smartecr.server.threads import Threads, Wsgi

THREADS = 6
PULSE_SECONDS = 15.0
HEALTH_SECONDS = 3.0

Health = Callable[[], tuple[bool, dict[str, object]]]

_LIVE_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"}


def _seen(request: Request) -> int:
    """Return the last version the page saw: the browser repeats it by itself when it reconnects."""
    text = request.headers.get("last-event-id") or request.query_params.get("since", "")
    return int(text) if text.isascii() and text.isdigit() else 0


def application(wsgi: Wsgi, hub: Hub, health: Health, threads: int = THREADS) -> ASGIApp:
    """Return the ASGI application: `/live` (server-sent events), `/health` (JSON), all else `wsgi`.

    `health` runs in one of the WSGI threads, so an answer also proves that they are not all stuck.
    """
    workers = Threads(wsgi, threads)

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

    routes = [Route("/live", live, methods=["GET"]), Route("/health", healthy, methods=["GET"])]
    inner = Starlette(routes=routes, lifespan=lifespan)
    own = {route.path for route in routes}

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in own:
            await workers(scope, receive, send)
        else:
            await inner(scope, receive, send)

    return answer
