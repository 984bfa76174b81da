"""Who asks: the token in the `Authorization` header, its scope, its rate, when it was used last."""

from __future__ import annotations

import time
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from smartecr.register.ledger import WRITE_LOCK
from smartecr.register.outside import interface
from smartecr.register.outside.interface import Token
from smartecr.register.till import Till
from smartecr.sql import transaction, write
from smartecr.web.api.limits import Limiter
from smartecr.web.api.problems import ProblemError
from smartecr.web.ports import till

_JSON = ("application/json", "application/merge-patch+json")

RATE, BURST = 10.0, 120
"""Requests a second in the long run, and at once."""

limiter = Limiter(RATE, BURST, time.monotonic)
_noted: dict[str, str] = {}


class Bearer:
    """Lets a request in whose token is for `scope`; the token becomes `request.auth`. Raises ProblemError."""

    openapi_security_schema = {"type": "http", "scheme": "bearer"}

    def __init__(self, scope: str) -> None:
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Token:
        """Return the token."""
        register = till()
        scheme, _blank, text = request.headers.get("Authorization", "").partition(" ")
        token = interface.by_text(register, text.strip()) if scheme.lower() == "bearer" else None
        wait = limiter.take(token.id if token else f"address/{request.META.get('REMOTE_ADDR', '')}")
        if wait:
            raise ProblemError(
                "too_many", _("Bitte langsamer; nichts ist verloren."), headers={"Retry-After": str(wait)}
            )
        if token is None:
            raise ProblemError(
                "token",
                _("Einen Schlüssel stellt der Inhaber im Büro unter „Schnittstelle“ aus."),
                headers={"WWW-Authenticate": 'Bearer realm="smartECR"'},
            )
        if not token.may(self.scope):
            challenge = f'Bearer realm="smartECR", error="insufficient_scope", scope="{self.scope}"'
            detail = _("Er braucht den Bereich {scope}.").format(scope=self.scope)
            raise ProblemError("scope", detail, headers={"WWW-Authenticate": challenge})
        _note(register, token)
        _refuse_unknown(request)
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise ProblemError("too_large", _("In Teilen schicken: höchstens 500 Artikel oder 2,5 MB auf einmal."))
        if request.method in ("POST", "PUT", "PATCH") and request.content_type not in _JSON:
            raise ProblemError("media_type")
        return token


def _refuse_unknown(request: HttpRequest) -> None:
    """Refuse a parameter nobody reads: mistyped, it would widen what is asked for."""
    unknown = sorted(set(request.GET) - cast("Any", request).parameters)
    if unknown:
        sentence = _("Diese Angabe gibt es nicht.")
        raise ProblemError("invalid", sentence, [(f"?{name[:40]}", sentence) for name in unknown[:10]])


def token_of(request: HttpRequest) -> Token:
    """Return the token of a request that `Bearer` let in."""
    return cast("Token", cast("Any", request).auth)


def _note(register: Till, token: Token) -> None:
    """Write down, at most once a minute, that a token was used."""
    now = register.now()
    if _noted.get(token.id, "")[:16] == now[:16]:
        return
    with WRITE_LOCK, transaction(synced=False):
        sql = "INSERT INTO api_token_use (token_id, at) VALUES (%s, %s) ON CONFLICT (token_id) DO UPDATE SET at = %s"
        write(sql, [token.id, now, now])
    register.unsynced()
    _noted[token.id] = now
