"""Who may see a page of the office."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from smartecr.staff.rights import Right, allows
from smartecr.web.ports import till
from smartecr.web.security import refuse_nul
from smartecr.web.till.access import View, actor_of, is_fragment
from smartecr.web.till.screen import shop_of

P = ParamSpec("P")


def office_only(right: Right) -> Callable[[View[P]], View[P]]:
    """Let only people with `right` in. Nobody logged in: the log-in, then back; somebody without it: a word why."""

    def wrap(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if getattr(request, "actor", None) is None:
                if is_fragment(request):
                    return HttpResponse(status=401)
                return redirect(f"{reverse('login')}?{urlencode({'next': request.get_full_path()})}")
            if not allows(actor_of(request).role, right):
                return _closed(request)
            refuse_nul(request)
            return view(request, *args, **kwargs)

        return cast("View[P]", guarded)

    return wrap


def done(request: HttpRequest, name: str, *arguments: str) -> HttpResponse:
    """Lead to a page after a form was carried out; where a script sent it, the browser goes there, not the script."""
    if not is_fragment(request):
        return redirect(name, *arguments)
    response = HttpResponse(status=204)
    response.headers["HX-Redirect"] = reverse(name, args=arguments)
    return response


def _closed(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    partly = allows(actor.role, Right.X_REPORT)  # who is shown the way in at the till
    context = {"shop": shop_of(till()), "actor": actor, "back": request.get_full_path(), "partly": partly}
    return render(request, "office/closed.html", context, status=403)
