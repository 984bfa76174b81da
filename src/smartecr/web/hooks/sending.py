"""One request to a receiver, to the very address that was checked; redirects are not followed."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

import httpx

from smartecr.web.hooks.reply import Reply
from smartecr.web.hooks.target import Target

SECONDS = 10.0
"""How long a receiver may take, from the first step to the last line of its head; who works longer answers first."""


@cache
def _authorities() -> ssl.SSLContext:
    """Return the usual authorities; reading them takes longer than a sale."""
    return ssl.create_default_context()


def post(target: Target, body: bytes, headers: dict[str, str], trust: ssl.SSLContext | None = None) -> Reply:
    """Send `body`; `trust` is who may certify receivers (default: the usual authorities). A failure is a reply."""
    ip = f"[{target.ip}]" if ":" in target.ip else target.ip
    late = threading.Event()
    try:
        with (
            httpx.Client(verify=trust or _authorities(), trust_env=False, timeout=SECONDS) as client,
            _in_time(late) as trace,
        ):
            request = client.build_request(
                "POST",
                f"{target.scheme}://{ip}:{target.port}{target.path}",
                content=body,
                headers={**headers, "Host": target.host},
                extensions={"sni_hostname": target.name, "trace": trace},
            )
            response = client.send(request, stream=True, follow_redirects=False)
            response.close()  # what it says is not read
            return Reply(response.status_code)
    except httpx.TimeoutException:
        return Reply(0, "timeout")
    except httpx.HTTPError as error:
        if late.is_set():
            return Reply(0, "timeout")
        return Reply(0, "tls" if "SSL" in str(error) or "certificate" in str(error).lower() else "connection")


@contextmanager
def _in_time(late: threading.Event) -> Iterator[Callable[[str, dict[str, Any]], None]]:
    """Cut a request that is not answered in time, and set `late`: one that says a little now and then, too.

    Yield what the request tells its steps: the connection made is the one that is cut.
    """
    made: list[socket.socket] = []

    def told(step: str, info: dict[str, Any]) -> None:
        if step == "connection.connect_tcp.complete":
            made.append(info["return_value"].get_extra_info("socket"))

    def cut() -> None:
        late.set()
        for one in made:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(SECONDS, cut)
    timer.daemon = True
    timer.start()
    try:
        yield told
    finally:
        timer.cancel()
