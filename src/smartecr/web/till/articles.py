"""Articles as a CSV file: out for a spreadsheet, and in again, all rows or none."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from smartecr.catalog import csvfile
from smartecr.catalog.errors import CatalogError
from smartecr.catalog.models import Article, Group
from smartecr.register.shop import masterdata
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of, attempt, staff_only
from smartecr.web.till.screen import frame

LARGEST = 16 * 1024 * 1024


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def articles(request: HttpRequest) -> HttpResponse:
    """Show how many articles there are (GET), take over those of a file (POST)."""
    if request.method == "POST":
        return attempt(request, Right.CATALOG, lambda approver: _take_over(request, approver))
    context = {
        **frame(request),
        "section": "articles",
        "articles": Article.objects.filter(active=True).count(),
        "groups": Group.objects.filter(active=True).count(),
    }
    return render(request, "till/articles.html", context)


def _take_over(request: HttpRequest, approver: Actor | None) -> HttpResponse:
    file = request.FILES.get("file")
    if file is None or file.size is None or not file.size:
        return _answer(request, problem=_("Erst eine Datei wählen."))
    if file.size > LARGEST:
        return _answer(request, problem=_("Diese Datei ist zu groß."))
    try:
        reading = csvfile.read(file.read())
        masterdata.save_articles(till(), actor_of(request), reading.rows, approver)
    except csvfile.CsvError as error:
        return _answer(request, problems=error.problems)
    except CatalogError as error:
        return _answer(request, problem=error.message)
    return _answer(request, reading=reading)


def _answer(request: HttpRequest, **context: object) -> HttpResponse:
    return render(request, "till/_import.html", context)


@require_safe
@staff_only
def articles_file(_request: HttpRequest) -> HttpResponse:
    """Return all articles as a CSV file."""
    response = HttpResponse(csvfile.export_articles(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="artikel.csv"'
    return response
