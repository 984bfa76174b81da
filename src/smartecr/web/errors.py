"""Pages for what goes wrong: what happened, what is safe, what to do; no technical words."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils.translation import gettext as _


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 Django names it
    """Answer an address that does not exist."""
    return _page(
        request, 404, _("Diese Seite gibt es nicht."), _("Vielleicht ist die Adresse alt. Die Bücher sind es nicht.")
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 Django names it
    """Answer what may not be seen."""
    return _page(request, 403, _("Das ist hier nicht erlaubt."), _("Ein Manager kann helfen."))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 Django names it
    """Answer what cannot be understood."""
    return _page(
        request, 400, _("Die Kasse versteht diese Anfrage nicht."), _("Die Seite neu laden; nichts ist verloren.")
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a fault of our own: the sale is in the books or was never taken."""
    return _page(
        request, 500, _("Da ist etwas schiefgegangen."),
        _("Gespeichertes ist sicher: Jeder Bon steht ganz oder gar nicht in den Büchern. Bitte noch einmal versuchen."),
    )  # fmt: skip


class KeysOnlyMiddleware:
    """Answers whoever opens as a page (reloads, types, finds in the history) what only takes what a key sends."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        opened = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
        if not isinstance(response, HttpResponseNotAllowed) or response.content or not opened:
            return response
        return _page(
            request, 405, _("Hier führt nur eine Taste her."),
            _("Zurückgehen und die Taste dort drücken. Nichts ist verloren."),
        )  # fmt: skip


def _page(request: HttpRequest, status: int, what: str, then: str) -> HttpResponse:
    return render(request, "web/error.html", {"status": status, "what": what, "then": then}, status=status)
