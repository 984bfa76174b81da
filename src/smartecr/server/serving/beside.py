"""What the event loop answers itself, beside Django: live events and health. Loaded with the first of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from smartecr.server.serving.live import Hub, stream
from smartecr.server.serving.threads import Crew

PULSE_SECONDS = 15.0

Health = Callable[[], tuple[bool, dict[str, object]]]

_LIVE_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"}


def application(hub: Hub, health: Health, crew: Crew, patience: float) -> Starlette:
    """Return the ASGI application of `/live` (server-sent events) and `/health` (JSON).

    `health` runs in one of the threads of `crew`, so an answer also proves that they are not all stuck; it is waited
    for `patience` seconds.
    """

    async def live(request: Request) -> Response:
        events = stream(hub, _seen(request), PULSE_SECONDS)
        return StreamingResponse(events, media_type="text/event-stream", headers=_LIVE_HEADERS)

    async def healthy(_request: Request) -> Response:
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        try:
            async with asyncio.timeout(patience):
                good, report = await crew.run(health)
        except TimeoutError:
            good, report = False, {"threads": "busy"}
        return JSONResponse(report, 200 if good else 503, headers)

    return Starlette(routes=[Route("/live", live, methods=["GET"]), Route("/health", healthy, methods=["GET"])])


def _seen(request: Request) -> int:
    """Return the last version the page saw: the browser repeats it by itself when it reconnects."""
    text = request.headers.get("last-event-id") or request.query_params.get("since", "")
    return int(text) if text.isascii() and text.isdigit() else 0
