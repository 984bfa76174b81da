"""Headers every answer carries: nothing foreign is loaded, nothing inline runs, nobody frames us."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost, SuspiciousOperation
from django.http import HttpRequest, HttpResponseBadRequest, HttpResponseBase

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'; manifest-src 'self'"
)
PERMISSIONS_POLICY = (
    "accelerometer=(), camera=(self), display-capture=(), fullscreen=(self), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
)
WITH_FRAMES = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
"""For the pages that show others of ours inside."""

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": PERMISSIONS_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_UNKNOWN_HOST = "Diese Kasse ist unter einem anderen Namen zu erreichen (SMARTECR_HOSTS)."
ONE_YEAR = "public, max-age=31536000, immutable"
ONE_DAY = "public, max-age=86400"


def is_local(request: HttpRequest) -> bool:
    """Tell whether somebody stands at the device itself: the request came over loopback."""
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def refuse_nul(request: HttpRequest) -> None:
    """Raise SuspiciousOperation (400) for a NUL in address or form: nobody types one, and PostgreSQL keeps none."""
    sent = request.POST.lists() if request.method == "POST" else ()
    if (
        "\x00" in request.path
        or "%00" in request.META.get("QUERY_STRING", "")
        or any("\x00" in value for _name, values in sent for value in values)
    ):
        raise SuspiciousOperation("NUL")


class SecurityHeadersMiddleware:
    """Outermost middleware. Adds `HEADERS`, decides how long an answer may be kept, secures cookies under https."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request and complete the answer's headers; headers a view has set itself stay.

        A foreign host name is refused before anything else: a page elsewhere may have its name point at loopback.
        """
        try:
            request.get_host()
        except DisallowedHost:
            return self._complete(
                request, HttpResponseBadRequest(_UNKNOWN_HOST, content_type="text/plain; charset=utf-8")
            )
        return self._complete(request, self._get_response(request))

    def _complete(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.path_info.startswith(settings.STATIC_URL):
            response.headers["Cache-Control"] = _keep_static(request, response)
        else:
            response.headers.setdefault("Cache-Control", "no-store")
        if request.is_secure():
            # loopback is served over plain http, where a browser would drop a secure cookie
            for cookie in response.cookies.values():
                cookie["secure"] = True
        return response


def _keep_static(request: HttpRequest, response: HttpResponseBase) -> str:
    """Return how long a static file may be kept.

    One asked for by its content's version (`assets.VersionedStorage`) never changes. Fonts are named by style sheets
    without a version and change only with a wheel. All else is asked for again each time.
    """
    if response.status_code not in (200, 206, 304):
        return "no-cache"
    if request.GET.get("v"):
        return ONE_YEAR
    return ONE_DAY if request.path_info.startswith(f"{settings.STATIC_URL}fonts/") else "no-cache"
