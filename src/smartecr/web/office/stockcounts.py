"""Stock-taking in the office: counting group by group, what differed, and both as files for the tax adviser."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from smartecr.catalog import stockbook
from smartecr.catalog.csvcells import guard
from smartecr.core.money import format_cents
from smartecr.core.quantity import format_quantity, line_cents
from smartecr.register.errors import RegisterError
from smartecr.register.shop import stock as booking
from smartecr.register.till import ZONE
from smartecr.staff.rights import Right
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.office.stock import SECTION, entry_of, fields_of, groups, read
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of
from smartecr.web.till.forms import count_of
from smartecr.web.till.screen import local
from smartecr.web.till.words import said


@require_http_methods(["GET", "HEAD", "POST"])
@office_only(Right.CATALOG)
def count(request: HttpRequest) -> HttpResponse:
    """Count a group: what was typed is written against what the page showed; what sold meanwhile is asked again."""
    group = request.GET.get("group", "")
    problem, fields, again = "", fields_of(group), False
    if request.method == "POST":
        typed = read(request.POST, fields, least=0)
        seen = {key: _whole(request.POST.get(f"seen-{key}", "")) for key in typed}
        if not any(field.wrong for field in fields):
            try:
                moved = booking.count(
                    till(), actor_of(request), entry_of(request), seen, typed, request.POST.get("note", "")
                )
                if not moved:
                    return redirect(f"{request.path}?saved={len(typed)}&group={group}")
                again = True
                for field in fields:
                    if field.stock.article.id in moved:
                        field.wrong = _("Inzwischen hat sich der Bestand bewegt. Bitte noch einmal zählen.")
                    else:
                        field.typed = ""
            except RegisterError as error:
                problem = f"{said(error.message)} {said(error.next_step)}".strip()
    context = {
        **frame(request, SECTION),
        "fields": fields,
        "groups": groups(),
        "group": group,
        "entry": till().new_id(),
        "problem": problem,
        "again": again,
        "wrong": any(field.wrong for field in fields),
        "saved": request.GET.get("saved", ""),
        "note": request.POST.get("note", ""),
    }
    return render(request, "office/stock/count.html", context, status=422 if problem or context["wrong"] else 200)


def _whole(text: str) -> int:
    return -count_of(text[1:]) if text.startswith("-") else count_of(text)


@require_safe
@office_only(Right.CATALOG)
def counts(request: HttpRequest) -> HttpResponse:
    """List the stock-takings."""
    found = [(one, local(one.at)) for one in stockbook.counts()]
    return render(request, "office/stock/counts.html", {**frame(request, SECTION), "counts": found})


@require_safe
@office_only(Right.CATALOG)
def count_file(_request: HttpRequest, count_id: str) -> HttpResponse:
    """Return a stock-taking as CSV: expected, counted, difference, and its worth at cost (§ 240 HGB)."""
    lines = stockbook.counted(count_id)
    if not lines:
        raise Http404(count_id)
    head = ["Nummer", "Name", "Warengruppe", "Einheit", "Soll", "Gezählt", "Differenz", "Einkauf netto", "Wert gezählt",
            "Wert Differenz"]  # fmt: skip
    rows = []
    for article, one in lines:
        gap, cost = one.counted - one.expected, one.cost_cents
        rows.append([
            guard(article.number, always=True), guard(article.name.replace("\u00ad", "")), guard(article.group.name),
            article.unit, _amount(one.expected), _amount(one.counted), _amount(gap),
            _cents(cost), _cents(None if cost is None else line_cents(cost, one.counted)),
            _cents(None if cost is None else line_cents(cost, gap)),
        ])  # fmt: skip
    day = f"{local(lines[0][1].at):%Y-%m-%d}"
    return _file(f"zaehlung-{day}.csv", head, rows)


@require_safe
@office_only(Right.CATALOG)
def order_file(_request: HttpRequest) -> HttpResponse:
    """Return what to order as CSV."""
    head = ["Nummer", "Name", "Warengruppe", "Bestand", "Mindestbestand", "Bestellen", "Einheit"]
    rows = [
        [
            guard(one.article.number, always=True), guard(one.article.name.replace("\u00ad", "")),
            guard(one.article.group.name), _amount(one.quantity), _amount(one.article.stock_min or 0),
            _amount(one.order), one.article.unit,
        ]
        for one in stockbook.stocks() if one.order
    ]  # fmt: skip
    day = f"{till().clock().astimezone(ZONE):%Y-%m-%d}"
    return _file(f"bestellung-{day}.csv", head, rows)


def _amount(quantity: int) -> str:
    return format_quantity(quantity).replace("−", "-")


def _cents(cents: int | None) -> str:
    return "" if cents is None else format_cents(cents, minus="-")


def _file(name: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> HttpResponse:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows(rows)
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
