"""A receiver of webhooks: takes what comes, answers as told, checks signatures as standard-webhooks 1.0 says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from smartecr.terminal.twinhttp import TwinHttpServer


@dataclass
class Receiver:
    """What arrived, in order; `answer` gives the status of the next reply, `heard` is called before it is given."""

    port: int = 0
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answer: Callable[[], int] = lambda: 204
    heard: Callable[[str], None] = lambda _event_id: None
    redirect: str = ""

    @property
    def address(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        """Return the ids of what arrived."""
        return [headers["webhook-id"] for headers, _body in self.requests]

    @property
    def events(self) -> list[dict[str, Any]]:
        """Return the bodies of what arrived."""
        return [json.loads(body) for _headers, body in self.requests]


def signed_by(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Tell whether one of the signatures is by `secret` ("whsec_…")."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{right}" in headers["webhook-signature"].split()


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Run a receiver on loopback."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.requests.append((headers, body))
            receiver.heard(headers["webhook-id"])
            self.send_response(receiver.answer())
            if receiver.redirect:
                self.send_header("Location", receiver.redirect)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = TwinHttpServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a sender that was killed in the middle
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
