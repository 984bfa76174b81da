"""HTTP of the twins on loopback, which ends as soon as it is told to."""

from __future__ import annotations

import contextlib
import socket
from http.server import ThreadingHTTPServer


class TwinHttpServer(ThreadingHTTPServer):
    """Python's server, whose ``shutdown`` waits for no look at the clock."""

    daemon_threads = True

    def shutdown(self) -> None:
        """Stop ``serve_forever`` in another thread and wait for its end."""
        with contextlib.suppress(OSError):  # where it cannot be shut, the next look at the clock ends it
            self.socket.shutdown(socket.SHUT_RDWR)
        super().shutdown()
