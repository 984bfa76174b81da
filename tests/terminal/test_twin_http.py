"""The twins' HTTP ends when it is told to, not when it next looks at the clock."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler

from smartecr.terminal.twinhttp import TwinHttpServer

PATIENCE = 30


def test_it_ends_without_a_look_at_the_clock() -> None:
    server = TwinHttpServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    serving = threading.Thread(target=server.serve_forever, args=(10 * PATIENCE,), daemon=True)
    serving.start()
    ending = threading.Thread(target=server.shutdown, daemon=True)
    ending.start()
    ending.join(PATIENCE)
    assert not ending.is_alive()
    serving.join(PATIENCE)
    assert not serving.is_alive()
    server.server_close()
