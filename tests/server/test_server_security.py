"""Every answer carries the headers; cookies are secure under https and work on loopback without."""

from __future__ import annotations

import re

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from smartecr.web import assets
from smartecr.web.security import CONTENT_SECURITY_POLICY, HEADERS, ONE_DAY, ONE_YEAR, SecurityHeadersMiddleware


def answer(path: str = "/", *, status: int = 200, secure: bool = False, **headers: str) -> HttpResponse:
    def view(_request: HttpRequest) -> HttpResponse:
        response = HttpResponse("x", status=status, headers=headers)
        response.set_cookie("sessionid", "x")
        return response

    response = SecurityHeadersMiddleware(view)(RequestFactory().get(path, secure=secure))
    assert isinstance(response, HttpResponse)
    return response


@pytest.mark.parametrize("status", [200, 302, 404, 500])
def test_all_headers_stand_on_every_answer(status: int) -> None:
    response = answer(status=status)
    assert {name: response.headers[name] for name in HEADERS} == HEADERS


def test_the_policy_allows_nothing_inline_and_nothing_foreign() -> None:
    directives = dict(part.split(" ", 1) for part in CONTENT_SECURITY_POLICY.split("; "))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == "'self'"
    assert not re.search(r"unsafe|https?:|\*|nonce", CONTENT_SECURITY_POLICY)


@pytest.mark.parametrize(
    ("path", "status", "expected"),
    [
        ("/static/web/till.css?v=0123456789ab", 200, ONE_YEAR),
        ("/static/web/till.css?v=0123456789ab", 304, ONE_YEAR),
        ("/static/web/till.css?v=0123456789ab", 404, "no-cache"),
        ("/static/web/till.css?v=", 200, "no-cache"),
        ("/static/web/till.css", 200, "no-cache"),
        ("/static/fonts/inter/Inter-Bold.woff2", 200, ONE_DAY),
        ("/static/fonts/inter/Inter-None.woff2", 404, "no-cache"),
        ("/till/?v=1", 200, "no-store"),
    ],
)
def test_only_versioned_static_files_may_stay(path: str, status: int, expected: str) -> None:
    assert answer(path, status=status).headers["Cache-Control"] == expected


def test_a_view_may_decide_about_its_own_page() -> None:
    assert answer("/", **{"Cache-Control": "private, max-age=60"}).headers["Cache-Control"] == "private, max-age=60"


@pytest.mark.parametrize("secure", [True, False])
def test_cookies_are_secure_exactly_under_https(secure: bool) -> None:
    assert bool(answer(secure=secure).cookies["sessionid"]["secure"]) is secure


def test_a_static_address_changes_with_the_content() -> None:
    assets.version.cache_clear()
    address = assets.VersionedStorage().url("django_htmx/htmx-2.min.js")
    assert re.fullmatch(r"/static/django_htmx/htmx-2\.min\.js\?v=[0-9a-f]{12}", address)


def test_an_unknown_file_has_no_version() -> None:
    assert assets.VersionedStorage().url("nowhere/x.js") == "/static/nowhere/x.js"


def test_a_foreign_name_for_this_machine_is_refused() -> None:
    def view(_request: HttpRequest) -> HttpResponse:
        raise AssertionError("the view must not be reached")

    response = SecurityHeadersMiddleware(view)(RequestFactory().get("/", headers={"host": "evil.example"}))
    assert response.status_code == 400
    assert {name: response.headers[name] for name in HEADERS} == HEADERS
