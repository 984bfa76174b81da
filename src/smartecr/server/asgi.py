"""The application a server loads: the shell, Django inside, the request log around both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartecr.server.serving import health, shell
from smartecr.server.serving.live import Hub
from smartecr.server.serving.requestlog import RequestLog

if TYPE_CHECKING:
    from starlette.types import ASGIApp


def application(hub: Hub) -> ASGIApp:
    """Build the application over `hub`. Django must be set up before."""
    from smartecr.web.express import Express

    return RequestLog(shell.application(Express(), hub, health.report))
