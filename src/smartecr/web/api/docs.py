"""The interface describes itself: as OpenAPI for programmes, as a page of our own for people; both work offline."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe


@require_safe
def description(_request: HttpRequest) -> HttpResponse:
    """Return the OpenAPI description. It holds no secret, so it needs no token."""
    from smartecr.web.api.openapi import description as described

    return JsonResponse(described())


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the description as a page."""
    from smartecr.web.api.openapi import for_people

    with translation.override(translation.get_language_from_request(request)):
        return render(request, "api/docs.html", for_people())
