"""The shell around Django: live events and the health address are async, everything else is WSGI in a few threads.

Django stays synchronous because under ASGI its database connections pile up or are reopened for each request
(docs/adr/0001). Six long-lived threads each keep one connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from smartecr.server.serving.live import Hub
from smartecr.server.serving.threads import Threads, Wsgi

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

THREADS = 6
HEALTH_SECONDS = 3.0

Health = Callable[[], tuple[bool, dict[str, object]]]

_BESIDE = frozenset({"/live", "/health"})


def application(wsgi: Wsgi, hub: Hub, health: Health, threads: int = THREADS) -> ASGIApp:
    """Return the ASGI application: `/live` (server-sent events), `/health` (JSON), all else `wsgi`."""
    workers = Threads(wsgi, threads)

    @cache
    def beside() -> ASGIApp:
        from smartecr.server.serving import beside  # a start that waits for its first tap needs no streams

        return beside.application(hub, health, workers.crew, HEALTH_SECONDS)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(hub, workers, receive, send)
        elif scope["path"] in _BESIDE:
            await beside()(scope, receive, send)
        else:
            await workers(scope, receive, send)

    return answer


async def _live(hub: Hub, workers: Threads, receive: Receive, send: Send) -> None:
    """Follow the server from its start to its end (ASGI lifespan)."""
    await receive()
    hub.attach(asyncio.get_running_loop())
    await send({"type": "lifespan.startup.complete"})
    await receive()
    workers.crew.close()
    await send({"type": "lifespan.shutdown.complete"})
