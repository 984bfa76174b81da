"""Bücher prüfen: one page, green or red, with the reason. The check runs beside the selling."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from smartecr.register.books import bookproof
from smartecr.staff.rights import Right
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of, is_fragment
from smartecr.web.till.screen import local


@require_safe
@office_only(Right.X_REPORT)
def books(request: HttpRequest) -> HttpResponse:
    """Show how the last proof ended, or how far the one under way is (a fragment asks again)."""
    if is_fragment(request):
        return render(request, "office/books/_proof.html", _context())
    return render(request, "office/books/books.html", {**frame(request, "books"), **_context()})


@require_POST
@office_only(Right.X_REPORT)
def prove(request: HttpRequest) -> HttpResponse:
    """Begin a proof; the answer asks how far it is."""
    bookproof.PROOF.start(till(), actor_of(request))
    return render(request, "office/books/_proof.html", _context())


def _context() -> dict[str, Any]:
    """Return what the page shows; whether it runs comes first: a proof may end meanwhile."""
    running = bookproof.PROOF.running
    last = bookproof.last(till().register_id)
    return {"proof": bookproof.PROOF, "running": running, "last": last, "at": local(last.at) if last else None}
