"""Views of the pages of figures: the page, its tables as files, its choices kept under a name."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from smartecr.insights import paper
from smartecr.insights.letter import shop_words
from smartecr.insights.models import SavedView
from smartecr.insights.tables import as_csv, as_xlsx
from smartecr.staff.rights import Right, allows
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.office.insights import asked, chooser
from smartecr.web.office.insights_pages import PAGES, Entry
from smartecr.web.office.insights_parts import no_comparison
from smartecr.web.till.access import actor_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _entry(request: HttpRequest, name: str) -> Entry:
    if name not in _pages(request):
        raise Http404
    return PAGES[name]


def _pages(request: HttpRequest) -> dict[str, Entry]:
    """Return the pages this person may see."""
    role = actor_of(request).role
    return {name: entry for name, entry in PAGES.items() if allows(role, entry.right)}


def tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """Return name and word of the pages this person may see, for `_tabs.html`."""
    return [{"name": key, "word": one.word} for key, one in _pages(request).items()]


@require_safe
@office_only(Right.X_REPORT)
def first(request: HttpRequest) -> HttpResponse:
    """Show the first page of figures."""
    return page(request, next(iter(PAGES)))


@require_safe
@office_only(Right.X_REPORT)
def page(request: HttpRequest, name: str) -> HttpResponse:
    """Show a page of figures."""
    entry = _entry(request, name)
    ask = asked(request, entry.usual)
    made = entry.make(ask)
    views = SavedView.objects.filter(person_id=actor_of(request).person_id).order_by("name")
    context = {
        **frame(request, "insights"),
        **chooser(request, ask),
        "name": name,
        "word": entry.word,
        "page": made,
        "pages": tabs(request),
        "query": ask.query,
        "against": ask.against,
        "no_comparison": no_comparison(ask) if made.compares else "",
        "views": [
            {"view": view, "href": f"{reverse('office:figures', args=[view.page])}?{view.query}"} for view in views
        ],
    }
    return render(request, "office/insights/page.html", context)


@require_safe
@office_only(Right.X_REPORT)
def export(request: HttpRequest, name: str, key: str, kind: str) -> HttpResponse:
    """Hand out one table of a page as CSV or XLSX."""
    entry = _entry(request, name)
    ask = asked(request, entry.usual)
    table = next((one for one in entry.make(ask).tables() if one.key == key), None)
    if table is None or kind not in ("csv", "xlsx"):
        raise Http404
    if kind == "csv":
        answer = HttpResponse(as_csv(table), content_type="text/csv; charset=utf-8")
    else:
        answer = HttpResponse(as_xlsx(table, ask.now), content_type=XLSX)
    file = f"{name}-{key}-{ask.span.first.isoformat()}-{ask.span.last.isoformat()}.{kind}"
    answer["Content-Disposition"] = f'attachment; filename="{file}"'
    return answer


@require_safe
@office_only(Right.X_REPORT)
def paper_of(request: HttpRequest, name: str) -> HttpResponse:
    """Hand out a page as PDF: its drawings and tables, what it says, the stretch and what it is compared with."""
    entry = _entry(request, name)
    ask = asked(request, entry.usual)
    made = entry.make(ask)
    told = ("title", "sentence", "clear")
    found = [
        {key: one[key] for key in told} | {"usual": f"{one['when']} · {one['usual']}"} for one in made.findings or ()
    ]
    pdf = paper.page(
        title=str(entry.word),
        span=ask.words if made.chooses else "",
        shop=shop_words(),
        parts=[paper.Drawn(table=part.table, svg=part.wide, lead=part.lead) for part in made.parts],
        at=ask.now,
        lead=" ".join(filter(None, (made.lead, no_comparison(ask) if made.compares else ""))),
        found=found,
    )
    answer = HttpResponse(pdf, content_type="application/pdf")
    file = f"{name}-{ask.span.first.isoformat()}-{ask.span.last.isoformat()}.pdf"
    answer["Content-Disposition"] = f'attachment; filename="{file}"'
    return answer


@require_POST
@office_only(Right.X_REPORT)
def keep(request: HttpRequest, name: str) -> HttpResponse:
    """Keep the page with its choices under a name; the same name again replaces it."""
    entry = _entry(request, name)
    ask = asked(request, entry.usual)
    called = " ".join(request.POST.get("called", "").split())[:60] or f"{entry.word}, {ask.words}"[:60]
    SavedView.objects.update_or_create(
        person_id=actor_of(request).person_id, name=called, defaults={"page": name, "query": ask.query}
    )
    return redirect(f"{reverse('office:figures', args=[name])}?{ask.query}")


@require_POST
@office_only(Right.X_REPORT)
def forget(request: HttpRequest, view_id: int) -> HttpResponse:
    """Forget a kept view of this person."""
    view = SavedView.objects.filter(id=view_id, person_id=actor_of(request).person_id).first()
    if view is None:
        raise Http404(_("Diese Ansicht gibt es nicht mehr."))
    view.delete()
    return redirect(_address(view))


def _address(view: SavedView) -> str:
    return f"{reverse('office:figures', args=[view.page])}?{view.query}"
