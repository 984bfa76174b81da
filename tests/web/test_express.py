"""The short way for taps answers as Django's own handler does: same status, same headers, same refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client

from smartecr.web.express import VIEWS, Express
from support.shop import ESPRESSO

if TYPE_CHECKING:
    from smartecr.register.till import Till

AtTill = Callable[..., Client]
ADDRESS = "/till/commands"
TOKEN = "t" * 32


def ask(app: Any, client: Client, **changed: str) -> tuple[str, dict[str, str], bytes]:
    """Send one tap to a WSGI application with the client's session; return status, headers and body."""
    body = changed.pop("body", json.dumps({"commands": [{"id": "b" * 32, "do": "article", "article": ESPRESSO}]}))
    cookies = {name: morsel.value for name, morsel in client.cookies.items()} | {"csrftoken": TOKEN}
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": ADDRESS, "QUERY_STRING": "", "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "127.0.0.1", "HTTP_X_CSRFTOKEN": TOKEN,
        "HTTP_HX_REQUEST": "true", "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body.encode())),
        "wsgi.input": BytesIO(body.encode()), "wsgi.url_scheme": "http", **changed,
    }  # fmt: skip
    answer: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]]) -> None:
        answer.update(status=status, headers=dict(headers))

    for signal in (request_started, request_finished):  # they would close the test's own connection
        signal.disconnect(close_old_connections)
    result = b"".join(app(environ, start))
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
    return answer["status"], answer["headers"], result


CASES: dict[str, tuple[dict[str, str], str]] = {
    "a tap": ({}, "200 OK"),
    "no commands": ({"body": "[1]"}, "400 Bad Request"),
    "another host": ({"HTTP_HOST": "evil.example"}, "400 Bad Request"),
    "another origin": ({"HTTP_ORIGIN": "http://evil.example"}, "403 Forbidden"),
    "no token": ({"HTTP_X_CSRFTOKEN": ""}, "403 Forbidden"),
    "another token": ({"HTTP_X_CSRFTOKEN": "u" * 32}, "403 Forbidden"),
    "nobody there": ({"HTTP_COOKIE": f"csrftoken={TOKEN}"}, "401 Unauthorized"),
    "a forged session": ({"HTTP_COOKIE": f"csrftoken={TOKEN}; sessionid=e30:1:x"}, "401 Unauthorized"),
    "only to read": ({"REQUEST_METHOD": "GET"}, "405 Method Not Allowed"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_short_way_answers_as_the_long_one(at_till: AtTill, till: Till, case: str) -> None:
    changed, status = CASES[case]
    client = at_till()
    short = ask(Express(), client, **changed)
    long = ask(WSGIHandler(), client, **changed)
    assert short[0] == long[0] == status
    # only the body's content differs where the second request is the same tap again
    without = {"Content-Length"}
    assert {k: v for k, v in short[1].items() if k not in without} == {
        k: v for k, v in long[1].items() if k not in without
    }
    assert short[1]["Content-Security-Policy"]
    assert (b'data-ok="1"' in short[2]) == (b'data-ok="1"' in long[2]) == (status == "200 OK")


def test_every_other_address_is_djangos(at_till: AtTill) -> None:
    client = at_till()
    status, headers, page = ask(Express(), client, REQUEST_METHOD="GET", PATH_INFO="/")
    assert status == "200 OK" and b'id="ticket"' in page and headers["Content-Security-Policy"]


def test_a_failing_view_is_told_as_an_error_with_all_headers(at_till: AtTill, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError

    client = at_till()
    monkeypatch.setattr("smartecr.register.sale.selling.run", broken)
    status, headers, page = ask(Express(), client)
    assert status.startswith("500") and headers["Content-Security-Policy"] and b"schiefgegangen" in page


def test_the_short_way_leads_to_the_addresses_of_the_long_one() -> None:
    from django.urls import resolve

    for address, view in VIEWS.items():
        found = resolve(address).func
        assert f"{found.__module__}.{found.__name__}" == view
