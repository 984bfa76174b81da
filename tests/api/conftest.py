"""What tests of the interface share: tokens, and a programme that asks with one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.http import HttpResponse

    from smartecr.register.till import Till

Programme = Callable[..., "HttpResponse"]


@pytest.fixture
def at_interface(till: Till, monkeypatch: pytest.MonkeyPatch) -> Till:
    """The till the interface answers for; nobody has asked it before."""
    from smartecr.server import wiring
    from smartecr.web.api import access

    monkeypatch.setattr(wiring, "till", lambda: till)
    monkeypatch.setattr(access, "_noted", {})
    monkeypatch.setattr(access, "limiter", access.Limiter(1e6, 10**6, lambda: 0.0))
    return till


@pytest.fixture
def token(at_interface: Till) -> Callable[..., str]:
    """Return a function that issues a token for scopes (all without any) and gives its text."""
    from smartecr.register.outside import interface
    from support.shop import OWNER

    def issue(*scopes: str, name: str = "Webshop", days: int = 30) -> str:
        wanted = scopes or interface.SCOPES
        return interface.issue(at_interface, OWNER, at_interface.new_id(), name, wanted, days)[1]

    return issue


@pytest.fixture
def ask(at_interface: Till, token: Callable[..., str], client: Any) -> Programme:
    """Return a function that asks as a programme: `ask("GET", "/articles", body=…, key=…, token=…, **headers)`."""
    texts: list[str] = []

    def asked(
        method: str, path: str, body: Any = None, *, key: str = "", token: str | None = None, **headers: str
    ) -> HttpResponse:
        if token is None:
            texts or texts.append(own())
            token = texts[0]
        sent = {"Authorization": f"Bearer {token}"} if token else {}
        if method != "GET":
            sent["Idempotency-Key"] = key or at_interface.new_id()
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = "" if body is None else json.dumps(body)
        kind = "application/json" if body is not None else "application/octet-stream"
        return client.generic(method, f"/api/v1{path}", data, content_type=kind, headers=sent)

    own = token
    return asked
