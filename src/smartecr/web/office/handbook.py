"""The handbook in the office, read without a network."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from smartecr.staff.rights import Right
from smartecr.web.office import handbookpages, pagewords
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.office.handbookpages import CONTENTS


@require_safe
@office_only(Right.X_REPORT)
def page(request: HttpRequest, name: str = CONTENTS) -> HttpResponse:
    """Show one page, or what pages there are."""
    titles = handbookpages.titles()
    if not titles or name not in {*titles, CONTENTS}:
        raise Http404(name)
    title, body = pagewords.page(handbookpages.text_of(name), _address)
    context = {**frame(request, "handbook"), "title": title, "body": body, "contents": name == CONTENTS}
    return render(request, "office/handbook.html", context)


def _address(target: str) -> str:
    """Return where a link leads: another page of the handbook, else "", for what lies outside of it."""
    name = target.removesuffix(".md")
    return reverse("office:handbook-page", args=[name]) if name in handbookpages.titles() else ""
