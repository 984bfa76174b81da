"""The address of the interface. What answers is loaded at the first request: no page of the till needs it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt  # a token is no cookie: no browser sends it by itself
def gate(request: HttpRequest, rest: str) -> HttpResponse:
    """Answer a programme in the language it asks for (`Accept-Language`), German by default."""
    from smartecr.web.api.answering import answer

    language = translation.get_language_from_request(request)
    with translation.override(language):
        response = answer(request, rest)
    response.headers["Content-Language"] = language
    return response
