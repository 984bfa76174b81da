"""One line a request: method, path, status, time. Never the query string, never a token in the path."""

from __future__ import annotations

import logging
import re
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger("smartecr.request")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,}")


def safe_path(path: str) -> str:
    """Return `path` with everything that looks like a token or an id replaced by "…"."""
    if path.startswith("/static/"):
        return path
    return "/".join("…" if _TOKEN.fullmatch(part) else part for part in path.split("/"))


class RequestLog:
    """ASGI middleware that logs each answered request; streams are logged when they end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and log it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0
        begin = time.perf_counter()

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            took = round((time.perf_counter() - begin) * 1000, 1)
            fields = {"method": scope["method"], "path": safe_path(scope["path"]), "status": status, "ms": took}
            _log.info("request", extra=fields)
