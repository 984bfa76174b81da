"""Who is at this screen: the person in the signed session cookie becomes `request.actor`, in their language.

A session ends by itself when the person is made inactive or gets another role, name or PIN.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.utils import translation
from django.utils.crypto import constant_time_compare, salted_hmac

from smartecr.sql import select
from smartecr.staff.actor import Actor

_PERSON = "person"
_STAMP = "stamp"

Row = tuple[str, str, str, str, str]


class StaffMiddleware:
    """Sets `request.actor` (Actor or None) and activates the person's language, German when nobody is logged in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = _person_of(request)
        request.actor = Actor(*person[:3]) if person else None  # type: ignore[attr-defined]
        language = person[3] if person else settings.LANGUAGE_CODE
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


def log_in(request: HttpRequest, actor: Actor) -> None:
    """Make `actor` the person at this screen, with a fresh session and CSRF token."""
    row = _row(actor.person_id)
    request.session.flush()
    if row is not None:
        request.session[_PERSON] = actor.person_id
        request.session[_STAMP] = _stamp(row)
        rotate_token(request)
    request.actor = actor if row is not None else None  # type: ignore[attr-defined]


def log_out(request: HttpRequest) -> None:
    """Leave nobody at this screen."""
    request.session.flush()
    request.actor = None  # type: ignore[attr-defined]


def _person_of(request: HttpRequest) -> Row | None:
    person_id: Any = request.session.get(_PERSON)
    if not isinstance(person_id, str):
        return None
    row = _row(person_id)
    if row is None or not constant_time_compare(_stamp(row), str(request.session.get(_STAMP))):
        request.session.flush()
        return None
    return row


def _row(person_id: str) -> Row | None:
    sql = "SELECT id, name, role, language, pin_hash FROM staff_person WHERE id = %s AND active"
    rows: list[Any] = select(sql, [person_id])
    return rows[0] if rows else None


@lru_cache(maxsize=256)
def _stamp(row: Row) -> str:
    person_id, name, role, _language, pin_hash = row
    return salted_hmac("smartecr.web.session", "\n".join((person_id, name, role, pin_hash))).hexdigest()[:32]
