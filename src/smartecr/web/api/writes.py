"""Writing once: the answer to a write is kept with what it did, in one transaction, under the caller's key.

The same key with the same request is answered as before; with another request it is refused. Two that race are one:
the second waits for the first and gets its answer. A refusal did nothing and uses no key up.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import timedelta
from typing import Annotated, Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from ninja import Header

from smartecr.core.records import dataclass
from smartecr.register.ledger import WRITE_LOCK, beside
from smartecr.register.till import instant
from smartecr.sql import fetch, transaction, write
from smartecr.web.api.access import token_of
from smartecr.web.api.problems import ProblemError
from smartecr.web.ports import till

KEPT = timedelta(days=7)
"""How long an answer is given again."""

Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=64,
        pattern=r"^[!-~]+$",
        description="A text of your own, a new one for every write: the same request with the same key is carried out "
        "once and answered alike for seven days.",
    ),
]
"""The header every write carries."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a write answers: `data` becomes JSON; without personal data, because answers are kept."""

    data: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deed:
    """A write: `act` is at most one use case that writes, `unless` runs first in its transaction and may refuse.

    `answer` runs last in it and reads the rows as they stand then.
    """

    act: Callable[[], object]
    answer: Callable[[], Answer]
    unless: Callable[[], None] = lambda: None


class _KnownError(Exception):
    """This key was used before."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        super().__init__(row["key"])
        self.row = row


def respond(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Return `data` as JSON."""
    body = b"" if status == 204 else orjson.dumps(data)
    return HttpResponse(body, content_type="application/json", status=status, headers=dict(headers or {}))


def once(request: HttpRequest, key: str, prepare: Callable[[], Deed]) -> HttpResponse:
    """Prepare and carry out a deed unless this key was used before, and answer.

    Raises ProblemError("key_reused") and what the deed raises.
    """
    fingerprint = _fingerprint(request)
    given: list[Answer] = []
    if (known := _find(request, key)) is not None:
        return _again(known, fingerprint)
    try:
        deed = prepare()

        def first() -> None:
            if (known := _find(request, key)) is not None:
                raise _KnownError(known)
            deed.unless()

        def last() -> None:
            given.append(deed.answer())
            _keep(request, key, fingerprint, given[0])

        with beside(first, last):
            deed.act()
        if not given:  # nothing had to change
            with WRITE_LOCK, transaction(synced=True):
                first()
                last()
    except _KnownError as error:
        return _again(error.row, fingerprint)
    except Exception:
        # what this request asked for may have been refused because its twin had done it
        if (known := _find(request, key)) is not None:
            return _again(known, fingerprint)
        raise
    return respond(given[0].data, given[0].status, given[0].headers)


def _find(request: HttpRequest, key: str) -> dict[str, Any] | None:
    rows = fetch("SELECT * FROM api_answer WHERE token_id = %s AND key = %s", [token_of(request).id, key])
    return rows[0] if rows and rows[0]["at"] >= _oldest() else None


def _oldest() -> str:
    return instant(till().clock() - KEPT)


def _keep(request: HttpRequest, key: str, fingerprint: str, answer: Answer) -> None:
    write("DELETE FROM api_answer WHERE at < %s", [_oldest()])
    row = {
        "token_id": token_of(request).id,
        "key": key,
        "fingerprint": fingerprint,
        "at": till().now(),
        "status": answer.status,
        "headers": json.dumps(dict(answer.headers)),
        "body": orjson.dumps(answer.data).decode(),
    }
    marks = ", ".join(["%s"] * len(row))
    write(f"INSERT INTO api_answer ({', '.join(row)}) VALUES ({marks})", list(row.values()))  # noqa: S608 our columns


def _fingerprint(request: HttpRequest) -> str:
    said = [request.method, request.get_full_path(), request.headers.get("If-Match", ""), request.body.decode("latin1")]
    return salted_hmac("smartecr.web.api.writes", json.dumps(said), algorithm="sha256").hexdigest()


def _again(row: Mapping[str, Any], fingerprint: str) -> HttpResponse:
    if row["fingerprint"] != fingerprint:
        raise ProblemError("key_reused", _("Es wurde nichts geändert. Für eine neue Anfrage einen neuen Text wählen."))
    headers = {**json.loads(row["headers"]), "Idempotency-Replayed": "true"}
    return respond(orjson.loads(row["body"]), row["status"], headers)
