"""The cash count between two closings: count, hold against the books, keep the protocol."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_noop as marked
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from smartecr.core.cash import DENOMINATIONS
from smartecr.register import queries
from smartecr.register.cashdesk import counting, foreign
from smartecr.register.errors import RegisterError
from smartecr.register.paper import printing
from smartecr.staff.actor import Actor
from smartecr.web.ports import till
from smartecr.web.till import cash, paper
from smartecr.web.till.access import actor_of, attempt, staff_only
from smartecr.web.till.forms import reason_of
from smartecr.web.till.screen import frame, local, shop_of

OCCASIONS = (marked("Zwischendurch"), marked("Schichtwechsel"), marked("Kassen-Nachschau"))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def count(request: HttpRequest) -> HttpResponse:
    """Ask for the pieces in the drawer (GET), write the count down (POST)."""
    if request.method == "POST":
        return attempt(request, "", lambda _approver: _write(request))
    register = till()
    blind = shop_of(register).blind_count
    context = {
        **frame(request),
        "section": "cash",
        "expected": None if blind else queries.cash_stock(register),
        "count_id": register.new_id(),
        "count_columns": cash.count_columns(),
        "occasions": OCCASIONS,
        "foreign_stocks": foreign.stocks(register),
    }
    return render(request, "till/count.html", context)


def _write(request: HttpRequest) -> HttpResponse:
    """Keep the count; a difference is shown once before it is kept with its reason."""
    post = request.POST
    counts = {value: cash.count_of(post.get(f"count-{value}", "")) for value in DENOMINATIONS}
    reason = reason_of(post.get("choice", ""), post.get("reason", ""))
    occasion = post.get("occasion", OCCASIONS[0])
    abroad = cash.foreign_of(post)
    try:
        done = counting.count(
            till(), actor_of(request), post.get("count", ""), counts, occasion, reason, abroad, cash.seen_in(post)
        )
    except RegisterError as error:
        if error.code == "difference":
            return cash.ask_difference(request, counts, abroad)
        raise
    response = HttpResponse(status=204)
    response.headers["HX-Redirect"] = reverse("counted", args=[done.id])
    return response


@require_safe
@staff_only
def counted(request: HttpRequest, count_id: str) -> HttpResponse:
    """Show a count with its protocol as paper."""
    try:
        done = counting.find(count_id)
    except RegisterError as error:
        raise Http404(count_id) from error
    context = {
        **frame(request),
        "section": "cash",
        "count": done,
        "document": counting.document(done),
        "at": local(done.at),
        "has_printer": till().printer is not None,
    }
    return render(request, "till/counted.html", context)


@require_POST
@staff_only
def print_count(request: HttpRequest, count_id: str) -> HttpResponse:
    """Print the protocol of a count."""

    def act(_approver: Actor | None) -> HttpResponse:
        printing.print_count(till(), actor_of(request), count_id)
        return render(request, "till/_printing.html", {"copy": False, "report": True, **paper.problem(till().printer)})

    return attempt(request, "", act)
