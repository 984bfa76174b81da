"""Labels in the office: chosen from the articles, as sheets of A4 or from the receipt printer; in-store codes."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from smartecr.catalog import dated
from smartecr.catalog.errors import CatalogError
from smartecr.catalog.models import Article, Barcode, Group
from smartecr.core import moments
from smartecr.printer.pdf import labels as sheets
from smartecr.register.errors import RegisterError
from smartecr.register.paper import printing
from smartecr.register.shop import labels as making
from smartecr.register.till import ZONE
from smartecr.staff.rights import Right
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of
from smartecr.web.till.forms import count_of
from smartecr.web.till.words import said

SECTION = "labels"
MOST = 520
"""Labels at once: eight small sheets."""
MOST_PAPER = 40
SIZES = (
    ("shelf", gettext_lazy("Regal groß, 105 × 42 mm, 14 je Blatt")),
    ("medium", gettext_lazy("Regal, 70 × 37 mm, 24 je Blatt")),
    ("small", gettext_lazy("Ware, 38 × 21 mm, 65 je Blatt")),
    ("paper", gettext_lazy("Bondrucker, ein Streifen je Etikett")),
)


@require_http_methods(["GET", "HEAD", "POST"])
@office_only(Right.CATALOG)
def labels(request: HttpRequest) -> HttpResponse:
    """Show articles to choose from; make their labels (POST): a PDF, or strips from the receipt printer."""
    if request.method != "POST":
        return _page(request)
    wanted = [(key.removeprefix("copies-"), _whole(str(value), 0, 99)) for key, value in request.POST.items()
              if key.startswith("copies-")]  # fmt: skip
    keys = [key for key, copies in wanted for _copy in range(copies)]
    size, at = request.POST.get("size", "medium"), request.POST.get("at", "") or till().now()
    if not keys:
        return _page(request, _("Noch kein Etikett gewählt: bei mindestens einem Artikel eine Zahl eintragen."))
    most = MOST_PAPER if size == "paper" else MOST
    if len(keys) > most:
        return _page(request, _("Das sind {count} Etiketten. Höchstens {most} auf einmal.").format(
            count=len(keys), most=most))  # fmt: skip
    once = list(dict.fromkeys(keys))
    made = dict(zip(once, making.of(once, at), strict=True))
    chosen = [made[key] for key in keys]
    if size == "paper":
        try:
            printing.print_labels(till(), chosen)
        except RegisterError as error:
            return _page(request, f"{said(error.message)} {said(error.next_step)}".strip())
        return redirect(f"{request.path}?printed={len(chosen)}")
    sheet = sheets.SHEETS.get(size, sheets.SHEETS["medium"])
    first = min(_whole(request.POST.get("first", "1"), 1, 99), sheet.places)
    response = HttpResponse(sheets.render(chosen, sheet, till().clock().astimezone(ZONE), first))
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = 'inline; filename="etiketten.pdf"'
    return response


def _whole(text: str, least: int, most: int) -> int:
    return min(max(count_of(text, least), least), most)


@require_POST
@office_only(Right.CATALOG)
def codes(request: HttpRequest) -> HttpResponse:
    """Give every article of the group (or all) that has no barcode an in-store EAN."""
    group = request.POST.get("group", "")
    chosen = Article.objects.filter(active=True, **({"group_id": group} if group else {}))
    try:
        count = making.give_codes(till(), actor_of(request), list(chosen.values_list("id", flat=True)))
    except CatalogError as error:
        return _page(request, error.message)
    return redirect(f"{request.path.removesuffix('/codes')}?group={group}&coded={count}")


def _page(request: HttpRequest, problem: str = "") -> HttpResponse:
    group, only = request.GET.get("group", request.POST.get("group", "")), request.GET.get("only", "")
    articles = Article.objects.filter(active=True, gv_typ="Umsatz").select_related("group")
    if request.GET.get("article"):
        articles = articles.filter(id=request.GET["article"])
    elif group:
        articles = articles.filter(group_id=group)
    planned = dated.planned()
    if only == "planned":
        articles = articles.filter(id__in={one.article_id for one in planned})
    found = list(articles.order_by("group__position", "group_id", "position", "id")[:MOST])
    coded = set(Barcode.objects.filter(article_id__in=[one.id for one in found]).values_list("article_id", flat=True))
    begins = sorted({one.begins for one in planned if not one.begun})
    context: dict[str, Any] = {
        **frame(request, SECTION),
        "articles": [(one, one.id in coded, request.POST.get(f"copies-{one.id}", "")) for one in found],
        "bare": sum(1 for one in found if one.id not in coded),
        "groups": Group.objects.filter(active=True),
        "group": group,
        "only": only,
        "one": request.GET.get("article", ""),
        "sizes": SIZES,
        "moments": [(begin, moments.write(begin)) for begin in begins],
        "problem": problem,
        "printed": request.GET.get("printed", ""),
        "coded": request.GET.get("coded", ""),
    }
    return render(request, "office/labels.html", context, status=422 if problem else 200)
