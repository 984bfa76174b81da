"""Who may see a screen, whose approval a request carries, and how a refusal travels to the page.

A refusal that a manager's PIN would lift is answered with 403, the header `X-Right` and, where it is about an amount,
`X-About` (quoted as in an address); the page asks for the PIN and repeats the same request with `approver` and
`approver_pin`. Every other refusal is 422 with its sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from smartecr.core.errors import CoreError
from smartecr.register.errors import RegisterError
from smartecr.staff.actor import Actor
from smartecr.staff.errors import LoginError
from smartecr.web.ports import till
from smartecr.web.security import refuse_nul
from smartecr.web.till.words import said

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def actor_of(request: HttpRequest) -> Actor:
    """Return who is at this screen; only for views behind `staff_only`."""
    return cast("Actor", request.actor)  # type: ignore[attr-defined]


def staff_only(view: View[P]) -> View[P]:
    """Let only logged-in people in; a page goes to the log-in, a fragment is answered with 401."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if getattr(request, "actor", None) is not None:
            refuse_nul(request)
            return view(request, *args, **kwargs)
        if is_fragment(request):
            return HttpResponse(status=401)
        return redirect("login")

    return cast("View[P]", guarded)


def is_fragment(request: HttpRequest) -> bool:
    """Tell whether a script asks for a part of a page."""
    return "HX-Request" in request.headers


def approver_of(request: HttpRequest, right: str) -> Actor | None:
    """Return who approves by the PIN in this request, None when nobody does. Raises LoginError."""
    person = request.POST.get("approver", "")
    if not person or not right:
        return None
    from smartecr.staff.login import approve  # and with it what hashes PINs

    return approve(person, request.POST.get("approver_pin", ""), right, till().clock())


def attempt(request: HttpRequest, right: str, act: Callable[[Actor | None], HttpResponse]) -> HttpResponse:
    """Answer with `act`, given whoever approves `right` in this request, or with the refusal."""
    try:
        return act(approver_of(request, right))
    except LoginError as error:
        return wrong_pin(error, right)
    except RegisterError as error:
        if error.right:
            return wants_approval(error.right, error.about)
        return refusal(request, error.message, error.next_step, at_the_card=error.code == "doubt")
    except CoreError as error:
        return refusal(request, error.message)


def wants_approval(right: str, about: str = "") -> HttpResponse:
    """Answer that a manager's PIN is needed for `right`; `about` is the amount it is asked for, "" for none."""
    response = HttpResponse(status=403)
    response.headers["X-Right"] = right
    response.headers["X-About"] = quote(about)
    return response


def wrong_pin(error: LoginError, right: str) -> HttpResponse:
    """Answer that the approving PIN did not fit; the sentence is the body, `X-Wait` the seconds until the next try."""
    response = HttpResponse(error.message, content_type="text/plain; charset=utf-8", status=403)
    response.headers["X-Right"] = right
    response.headers["X-Pin"] = error.code
    response.headers["X-Wait"] = str(error.wait_seconds)
    return response


def refusal(request: HttpRequest, message: str, next_step: str = "", *, at_the_card: bool = False) -> HttpResponse:
    """Answer with the sentence of a refusal, as a strip on top of the sheet or page that asked.

    With `at_the_card` a key leads to the payment that is under way or not clear; the till opens with it.
    """
    context: dict[str, Any] = {"message": said(message), "next_step": said(next_step), "at_the_card": at_the_card}
    response = render(request, "till/_refusal.html", context, status=422)
    response.headers["HX-Retarget"] = request.headers.get("X-Problem", "#problem")
    response.headers["HX-Reswap"] = "innerHTML"
    return response
