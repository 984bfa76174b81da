"""The twin's HTTP on loopback: the provider's API in its dialect, and the page of the phone that shows codes."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from importlib import resources
from urllib.parse import urlsplit

import segno

from smartecr.terminal.qr.virtual.dialects import BluecodeDialect, Dialect
from smartecr.terminal.qr.virtual.service import Dropped, WalletService
from smartecr.terminal.twinhttp import TwinHttpServer

_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/phone.css": ("phone.css", "text/css; charset=utf-8"),
    "/phone.js": ("phone.js", "text/javascript; charset=utf-8"),
}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_LONGEST_BODY = 8192


class WalletServer:
    """Serves a service until ``close``. Raises OSError when the port is taken."""

    def __init__(self, service: WalletService, port: int = 0, dialect: Dialect | None = None) -> None:
        self.service = service
        self._dialect = dialect or BluecodeDialect()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.wallet = service
        self._server.dialect = self._dialect
        self._thread = threading.Thread(target=self._server.serve_forever, name="wallet-twin", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """The address of the phone's page."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    @property
    def api(self) -> str:
        """The address of the API."""
        return self.address.rstrip("/") + self._dialect.root

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.service.close()


class _Server(TwinHttpServer):
    wallet: WalletService
    dialect: Dialect

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay quiet about peers that hang up."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10.0
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def do_GET(self) -> None:
        """Send the phone's page, its code or its state."""
        path = urlsplit(self.path).path
        wallet = self.server.wallet
        if not self._is_ours():
            self._send(HTTPStatus.FORBIDDEN, b"", "text/plain")
        elif path in _FILES:
            name, kind = _FILES[path]
            self._send(HTTPStatus.OK, resources.files(f"{__package__}.page").joinpath(name).read_bytes(), kind)
        elif path == "/code.svg":
            picture = segno.make(wallet.code, error="m", micro=False).svg_inline(scale=6, border=2)
            svg = picture.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
            self._send(HTTPStatus.OK, svg.encode(), "image/svg+xml")
        elif path == "/state":
            asking = wallet.asking
            state = {"code": wallet.code, "asks": asking.cents if asking is not None else None}
            self._json(HTTPStatus.OK, state)
        else:
            self._send(HTTPStatus.NOT_FOUND, b"", "text/plain")

    def do_POST(self) -> None:
        """Answer a merchant, or do what the phone's holder taps."""
        path = urlsplit(self.path).path
        body, root = self._body(), f"{self.server.dialect.root}/"
        if body is None:
            self._send(HTTPStatus.BAD_REQUEST, b"", "text/plain")
        elif path.startswith(root):
            self._merchant("/" + path.removeprefix(root), body)
        elif path == "/answer" and self._is_ours():
            yes = json.loads(body).get("yes") is True
            self._json(HTTPStatus.OK, {"effect": self.server.wallet.answer(yes=yes)})
        elif path == "/fresh" and self._is_ours():
            self.server.wallet.fresh()
            self._json(HTTPStatus.OK, {"effect": True})
        else:
            self._send(HTTPStatus.FORBIDDEN, b"", "text/plain")

    def _merchant(self, path: str, body: bytes) -> None:
        try:
            status, answer, headers = self.server.dialect.answer(
                self.server.wallet, path, {name.title(): value for name, value in self.headers.items()}, body
            )
        except Dropped:
            self.close_connection = True
            return
        self._send(status, answer, "application/json", headers)

    def _body(self) -> bytes | None:
        """Return the body where it is a JSON object."""
        size = self.headers.get("Content-Length", "")
        if not size.isdigit() or int(size) > _LONGEST_BODY or self.headers.get_content_type() != "application/json":
            return None
        body = self.rfile.read(int(size))
        try:
            return body if isinstance(json.loads(body), dict) else None
        except ValueError:
            return None

    def _is_ours(self) -> bool:
        """Whether browser and page are on this machine."""
        port = self.server.server_address[1]
        ours = {f"127.0.0.1:{port}", f"localhost:{port}"}
        origin = self.headers.get("Origin")
        return self.headers.get("Host") in ours and (origin is None or origin.removeprefix("http://") in ours)

    def _json(self, status: int, body: object) -> None:
        self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str, more: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**_HEADERS, **(more or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name the base class gives it
        """Write nothing."""
