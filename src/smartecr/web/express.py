"""A short way for taps and scans: the settings' own middleware around the view, without Django's machinery between.

What protects every other address protects these too, by the same classes in the same order: host names, headers,
session, CSRF, who is there. Left out are what serves files and what only reads htmx's headers, the look-up of the
address, the signals around a request, and a conversion of exceptions at every layer instead of at the innermost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict, parse_cookie
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.module_loading import import_string

from smartecr.sql import let_go

if TYPE_CHECKING:
    from django.core.handlers.wsgi import WSGIHandler

View = Callable[[HttpRequest], HttpResponse]

VIEWS = {"/till/commands": "smartecr.web.till.commands.commands"}
"""Views by address; they take nothing but the request."""
_USELESS = {"whitenoise.middleware.WhiteNoiseMiddleware", "django_htmx.middleware.HtmxMiddleware"}


class Express:
    """WSGI application: the short way for `VIEWS`, Django's handler for all else."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._handler: WSGIHandler | None = None
        self._express = {address: _guarded(import_string(name)) for address, name in VIEWS.items()}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        view = self._express.get(environ["PATH_INFO"])
        if view is None:
            return cast("Iterable[bytes]", self.django()(environ, start_response))
        let_go()
        response = view(Tap(environ))
        body = response.content
        response["Content-Length"] = str(len(body))
        cookies = [("Set-Cookie", cookie.output(header="")) for cookie in response.cookies.values()]
        start_response(f"{response.status_code} {response.reason_phrase}", [*response.items(), *cookies])
        return [body]

    def django(self) -> WSGIHandler:
        """Return Django's handler, made when first wanted: it looks at every static file, and no tap needs one."""
        from django.core.handlers.wsgi import WSGIHandler  # and with it Django's views and debug pages

        with self._lock:
            if self._handler is None:
                self._handler = WSGIHandler()
            return self._handler


class Tap(HttpRequest):
    """A request to one of `VIEWS`, as Django's handler for WSGI would make it of a body that is no form."""

    def __init__(self, environ: dict[str, Any]) -> None:
        super().__init__()
        self.META = environ
        self.method = environ["REQUEST_METHOD"].upper()
        self.path = self.path_info = environ["PATH_INFO"]
        self.GET = QueryDict(environ["QUERY_STRING"])
        self.COOKIES = parse_cookie(environ.get("HTTP_COOKIE", "").encode("latin1").decode(errors="replace"))
        self._stream = environ["wsgi.input"]
        self._read_started = False

    def _get_scheme(self) -> str:
        return str(self.META["wsgi.url_scheme"])


def _guarded(view: View) -> View:
    """Return a view within the settings' middleware."""
    csrf = CsrfViewMiddleware(view)

    def checked(request: HttpRequest) -> HttpResponse:
        try:
            return cast("HttpResponse | None", csrf.process_view(request, view, (), {})) or view(request)
        except Exception as error:  # noqa: BLE001 whatever it is, Django has an answer to it
            from django.core.handlers.exception import response_for_exception

            return response_for_exception(request, error)

    layer: Any = checked
    for name in reversed(settings.MIDDLEWARE):
        if name not in _USELESS:
            layer = import_string(name)(layer)
    return cast("View", layer)
