"""Who may see the auditor's pages: whoever came in with a code that still holds. The till stays closed to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from smartecr.register import queries
from smartecr.register.books import auditing
from smartecr.register.books.auditing import Access
from smartecr.register.till import Till
from smartecr.web.ports import till
from smartecr.web.till.screen import local, shop_of

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

KEY = "audit"
_REGISTER = "audit_register"
PAGES = (
    ("receipts", "Belege", "receipt-text"),
    ("closings", "Abschlüsse", "moon"),
    ("cash", "Kasse", "drawer"),
    ("past", "Zeitmaschine", "calendar-clock"),
    ("master", "Stammdaten", "history"),
    ("tse", "TSE", "shield-check"),
    ("documents", "Dokumente", "file-text"),
    ("handover", "Übergabe", "download"),
)
"""The auditor's sections: address, word, icon. German only: the tax office's language."""


def audit_only(view: View[P]) -> View[P]:
    """Let only an auditor in whose time is not over; all others go to the door. What is looked at is written down."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        access = auditing.standing(till(), str(request.session.get(KEY, "")))
        if access is None:
            request.session.pop(KEY, None)
            return redirect("audit:door")
        request.access = access  # type: ignore[attr-defined]
        if request.method == "GET":
            auditing.looked(till(), access, request.get_full_path())
        return view(request, *args, **kwargs)

    return cast("View[P]", guarded)


def access_of(request: HttpRequest) -> Access:
    """Return the way in of this request; only for views behind `audit_only`."""
    return cast("Access", request.access)  # type: ignore[attr-defined]


def seen(request: HttpRequest) -> Till:
    """Return the register an auditor looks at: this one, or another of the shop chosen by `?register=`, kept meanwhile.

    The other one is looked at from outside, through the books alone: nothing this process remembers is of it.
    """
    own = till()
    wanted = request.GET.get("register") or request.session.get(_REGISTER, own.register_id)
    if wanted == own.register_id or wanted not in dict(queries.registers(own.shop_id)):
        request.session.pop(_REGISTER, None)
        return own
    request.session[_REGISTER] = wanted
    return replace(own, register_id=wanted, memory=None)


def frame(request: HttpRequest, page: str) -> dict[str, Any]:
    """Return the context of `audit/_page.html`."""
    access = access_of(request)
    return {
        "registers": queries.registers(till().shop_id),
        "register_id": seen(request).register_id,
        "shop": shop_of(till()),
        "access": access,
        "until": local(access.until),
        "pages": [(f"audit:{key}", key, word, icon) for key, word, icon in PAGES],
        "page": page,
    }
