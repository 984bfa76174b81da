"""Versions of what may be changed (RFC 9110, sections 8.8 and 13): who changes it must have seen it as it stands."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Annotated, Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Header

from smartecr.web.api.problems import ProblemError
from smartecr.web.api.writes import respond

IfMatch = Annotated[
    str,
    Header(
        alias="If-Match",
        max_length=200,
        description="The ETag you read: a change made meanwhile by somebody else is not overwritten (412). "
        '"*" changes whatever stands there now.',
    ),
]


def etag(data: Any) -> str:
    """Return the version of `data`."""
    return f'"{hashlib.sha256(orjson.dumps(data, option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]}"'


def read(request: HttpRequest, data: Any, version: str) -> HttpResponse:
    """Answer with `data`, or that it is still what the caller has (304)."""
    headers = {"ETag": version, "Cache-Control": "private, no-cache"}
    if _holds(request.headers.get("If-None-Match", ""), version):
        return HttpResponse(status=304, headers=headers)
    return respond(data, headers=headers)


def needed(if_match: str) -> None:
    """Refuse a change that does not say what it was based on, before its key is looked at. Raises ProblemError."""
    if not if_match:
        raise ProblemError("if_match", _("Erst lesen, dann den ETag der Antwort als If-Match mitschicken."))


def unless_changed(if_match: str, seen: str, now: Callable[[], str]) -> Callable[[], None]:
    """Return what refuses when the version is not the one asked for, or no longer the one just read.

    Raises ProblemError("changed").
    """
    again = _("Neu lesen und die Änderung noch einmal schicken. Es wurde nichts geändert.")
    if not _holds(if_match, seen):
        raise ProblemError("changed", again)

    def check() -> None:
        if now() != seen:
            raise ProblemError("changed", again)

    return check


def _holds(header: str, version: str) -> bool:
    parts = {part.strip().removeprefix("W/") for part in header.split(",")}
    return "*" in parts or version in parts
