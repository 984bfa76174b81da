"""The device's own small web server: its page, a stream of its state, and what hands do. Loopback only.

It is no part of the register: another port, another process or thread, no shared file. A strict Content-Security-Policy
lets nothing foreign and nothing inline run; requests with a foreign Host or Origin are refused.
"""

from __future__ import annotations

import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

from smartecr.terminal.twinhttp import TwinHttpServer
from smartecr.terminal.zvt.virtual.sight import act, snapshot
from smartecr.terminal.zvt.virtual.terminal import VirtualTerminal

_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
    "/tokens.css": ("tokens.css", "text/css; charset=utf-8"),
    "/device.css": ("device.css", "text/css; charset=utf-8"),
    "/panel.css": ("panel.css", "text/css; charset=utf-8"),
    "/device.js": ("device.js", "text/javascript; charset=utf-8"),
}
_FONTS = frozenset({"Inter-Regular.woff2", "Inter-Medium.woff2", "Inter-SemiBold.woff2"})
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_LONGEST_BODY = 1024
_KEEP_ALIVE = 15.0
_PATIENCE = 10.0


class PageServer:
    """Serves the page of one terminal until ``close``. ``fonts`` is a folder with Inter, None for the system's font.

    ``listen`` raises OSError when the port is taken.
    """

    def __init__(self, terminal: VirtualTerminal, fonts: Path | None = None) -> None:
        self.terminal = terminal
        self.fonts = fonts
        self.closing = threading.Event()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def listen(self, port: int = 0) -> str:
        """Serve on loopback and return the page's address."""
        self._server = _Server(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, name="zvt-page", daemon=True)
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def close(self) -> None:
        """Stop; open streams end."""
        self.closing.set()
        self.terminal.front.changed()
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()


class _Server(TwinHttpServer):
    daemon_threads = False

    def __init__(self, address: tuple[str, int], page: PageServer) -> None:
        super().__init__(address, _Handler)
        self.page = page

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay quiet about browsers that hang up."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _PATIENCE

    def do_GET(self) -> None:
        """Send a file of the page, a font, or the stream."""
        path = urlsplit(self.path).path
        if not self._is_ours():
            self._refuse(HTTPStatus.FORBIDDEN)
        elif path == "/events":
            self._stream()
        elif path in _FILES:
            name, kind = _FILES[path]
            self._send(resources.files(f"{__package__}.page").joinpath(name).read_bytes(), kind)
        else:
            self._send_font(path.removeprefix("/fonts/"))

    def do_POST(self) -> None:
        """Do what hands do, and tell whether it had an effect."""
        size = self.headers.get("Content-Length", "")
        json_body = self.headers.get_content_type() == "application/json"
        if not self._is_ours() or not json_body or urlsplit(self.path).path != "/do":
            self._refuse(HTTPStatus.FORBIDDEN)
            return
        if not size.isdigit() or int(size) > _LONGEST_BODY:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        try:
            values = json.loads(self.rfile.read(int(size)))
            effect = act(self.server.page.terminal, values.pop("do"), values)
        except (ValueError, KeyError, AttributeError, TypeError):
            self._refuse(HTTPStatus.BAD_REQUEST)
            return
        self._send(json.dumps({"effect": effect}).encode(), "application/json")

    def _is_ours(self) -> bool:
        """Whether browser and page are on this machine: a foreign page may let its name point at loopback."""
        port = self.server.server_address[1]
        ours = {f"127.0.0.1:{port}", f"localhost:{port}"}
        origin = self.headers.get("Origin")
        return self.headers.get("Host") in ours and (origin is None or origin.removeprefix("http://") in ours)

    def _stream(self) -> None:
        page = self.server.page
        front = page.terminal.front
        self._head("text/event-stream; charset=utf-8")
        version = -1
        while not page.closing.is_set():
            newer = front.wait_newer(version, _KEEP_ALIVE)
            if newer == version:
                self.wfile.write(b":\n\n")
                continue
            version = newer
            self.wfile.write(b"data: " + json.dumps(snapshot(page.terminal)).encode() + b"\n\n")

    def _send_font(self, name: str) -> None:
        fonts = self.server.page.fonts
        if fonts is None or name not in _FONTS or not (fonts / name).is_file():
            self._refuse(HTTPStatus.NOT_FOUND)
        else:
            self._send((fonts / name).read_bytes(), "font/woff2")

    def _send(self, body: bytes, kind: str) -> None:
        self._head(kind, len(body))
        self.wfile.write(body)

    def _refuse(self, status: HTTPStatus) -> None:
        self._head("text/plain; charset=utf-8", 0, status)

    def _head(self, kind: str, size: int | None = None, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send_response(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        if size is not None:
            self.send_header("Content-Length", str(size))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name the base class gives it
        """Write nothing: a log of requests would hold what was typed."""
