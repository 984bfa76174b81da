"""One keep-alive connection to a local server with little of our own in between, and a till session on it."""

from __future__ import annotations

import json
import re
import secrets
import socket
import time
from typing import Any
from urllib.parse import urlencode

from bench import books


class Connection:
    """Sends requests and reads whole answers. Raises OSError when the server is not there (yet)."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self.origin = f"http://127.0.0.1:{port}"

    def ask(self, method: str, path: str, headers: str = "", body: bytes = b"") -> tuple[int, str, bytes]:
        """Return status, head and body of the answer. `headers` are whole lines, each ending in CRLF."""
        length = f"Content-Length: {len(body)}\r\n" if method == "POST" else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.origin[7:]}\r\n{headers}{length}\r\n"
        self._socket.sendall(head.encode() + body)
        return self._answer()

    def _answer(self) -> tuple[int, str, bytes]:
        head = self._until(b"\r\n\r\n").decode("latin-1")
        lower = head.lower()
        if "transfer-encoding: chunked" in lower:
            body = b""
            while size := int(self._until(b"\r\n"), 16):
                body += self._exactly(size + 2)[:-2]
            self._until(b"\r\n")
        else:
            found = re.search(r"content-length: (\d+)", lower)
            body = self._exactly(int(found[1])) if found else b""
        return int(head.split(" ", 2)[1]), head, body

    def _until(self, end: bytes) -> bytes:
        while (place := self._buffer.find(end)) < 0:
            self._more()
        found, self._buffer = self._buffer[:place], self._buffer[place + len(end) :]
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._more()
        found, self._buffer = self._buffer[:size], self._buffer[size:]
        return found

    def _more(self) -> None:
        data = self._socket.recv(1 << 16)
        if not data:
            raise ConnectionError("the server closed the connection")
        self._buffer += data

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


def connect(port: int, patience: float = 60.0) -> Connection:
    """Return a connection to a server that is just starting. Raises TimeoutError."""
    end = time.perf_counter() + patience
    while time.perf_counter() < end:
        try:
            return Connection(port)
        except OSError:
            time.sleep(0.002)
    raise TimeoutError(f"nothing listens on port {port}")


_BROWSER = (
    "Connection: keep-alive\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: de-DE,de;q=0.9\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n"
    "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n"
)
"""What Chromium sends along with a script's request."""


class Cashier:
    """Somebody logged in at the till, whose requests look like the page's. `cookies` come from an earlier log-in."""

    def __init__(self, port: int, cookies: dict[str, str] | None = None) -> None:
        self._connection = connect(port)
        self.cookies = dict(cookies or {})
        if not cookies:
            self._log_in()
        token = self.cookies["csrftoken"]
        head = f"HX-Request: true\r\nX-CSRFToken: {token}\r\nOrigin: {self._connection.origin}\r\n"
        self._head = f"{_BROWSER}{head}Referer: {self._connection.origin}/\r\nCookie: {self._cookie_line()}\r\n"

    def _cookie_line(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _log_in(self) -> None:
        _status, head, page = self._connection.ask("GET", "/login", _BROWSER)
        self._keep(head)
        token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token is not None, page[:500]
        fields = {"csrfmiddlewaretoken": token[1].decode(), "person": books.PERSON, "pin": books.PIN}
        form = f"{_BROWSER}Content-Type: application/x-www-form-urlencoded\r\nCookie: {self._cookie_line()}\r\n"
        status, head, page = self._connection.ask("POST", "/login", form, urlencode(fields).encode())
        assert status == 302, (status, page[:2000])
        self._keep(head)

    def _keep(self, head: str) -> None:
        for name, value in re.findall(r"(?im)^set-cookie: ([^=]+)=([^;\r\n]*)", head):
            self.cookies[name] = value

    def get(self, path: str) -> bytes:
        """Return a page or part of one. Raises AssertionError unless it is there."""
        status, _head, body = self._connection.ask("GET", path, self._head)
        assert status == 200, (path, status, body[:500])
        return body

    def send(self, *commands: dict[str, Any]) -> bytes:
        """Send a batch of commands as the page does, return the ticket. Raises AssertionError when one was refused."""
        whole = [{"id": new_id(), **command} for command in commands]
        body = json.dumps({"commands": whole}).encode()
        status, _head, answer = self._connection.ask(
            "POST", "/till/commands", self._head + "Content-Type: application/json\r\n", body
        )
        assert status == 200 and answer.count(b'data-ok="1"') == len(whole), (status, answer[-1500:])
        return answer

    def scan(self, number: int) -> bytes:
        """Scan the article with this number."""
        return self.send({"do": "scan", "code": books.code(number), "quantity": 1000})

    def pay(self, ticket: bytes) -> None:
        """Pay what the ticket says in cash, exactly."""
        found = {
            name: re.search(rf'data-{name}="([^"]*)"'.encode(), ticket)[1].decode()  # type: ignore[index]
            for name in ("basket", "total")
        }
        fields = {
            "basket": found["basket"], "receipt": new_id(), "expected": found["total"], "tendered": found["total"],
            "stay": "1",
        }  # fmt: skip
        form = self._head + "Content-Type: application/x-www-form-urlencoded\r\n"
        status, head, body = self._connection.ask("POST", "/till/pay", form, urlencode(fields).encode())
        assert status == 200 and "x-signed: 1" in head.lower(), (status, body[:1000])

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def new_id() -> str:
    """Return a fresh id as the page makes them."""
    return f"{int(time.time() * 1000):012x}{secrets.token_hex(10)}"
