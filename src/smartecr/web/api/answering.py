"""How a request below /api/v1/ finds its operation."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import Resolver404, URLResolver
from django.urls.resolvers import RegexPattern
from django.utils.cache import patch_vary_headers

from smartecr.web.api.openapi import description
from smartecr.web.api.problems import ProblemError
from smartecr.web.api.v1 import api


@cache
def _addresses() -> URLResolver:
    return URLResolver(RegexPattern(r""), api.urls[0])


@cache
def _parameters(route: str, method: str) -> frozenset[str]:
    """Return the names of the parameters an operation takes."""
    operations = description()["paths"].get("/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route), {})
    return frozenset(one["name"] for one in operations.get(method, {}).get("parameters", ()) if one["in"] == "query")


def answer(request: HttpRequest, rest: str) -> HttpResponse:
    """Answer a request for `rest`, the address below /api/v1/."""
    try:
        found = _addresses().resolve(rest)
    except Resolver404:
        return ProblemError("not_found").answer(request)
    cast("Any", request).parameters = _parameters(found.route, str(request.method).lower())
    response: HttpResponse = found.func(request, *found.args, **found.kwargs)
    if isinstance(response, HttpResponseNotAllowed):
        return ProblemError("method", headers={"Allow": response.headers["Allow"]}).answer(request)
    patch_vary_headers(response, ["Authorization", "Accept-Language"])
    return response
