"""Prices with a date in the office: planned for an article, taken away again or ended."""

from __future__ import annotations

from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from smartecr.catalog import rows
from smartecr.catalog.errors import CatalogError
from smartecr.catalog.models import Article
from smartecr.core import ids, moments
from smartecr.core.errors import CoreError
from smartecr.core.money import parse_cents
from smartecr.register.shop import masterdata
from smartecr.staff.rights import Right
from smartecr.web import meanwhile
from smartecr.web.office import articleform as form
from smartecr.web.office import articles, priceform
from smartecr.web.office.access import done, office_only
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of, refusal
from smartecr.web.till.forms import count_of
from smartecr.web.till.words import said


@require_POST
@office_only(Right.CATALOG)
def add(request: HttpRequest, article_id: str) -> HttpResponse:
    """Plan a price; what cannot be is said beside what was typed."""
    article = _article(article_id)
    try:
        span = priceform.span(request.POST)
        typed = str(request.POST.get("cents", "")).strip()
        if not typed:
            raise CatalogError("missing", _("Der Preis fehlt."), "cents")
        wanted = str(request.POST.get("id", ""))
        values = {
            "id": wanted if ids.is_id(wanted) else till().new_id(),
            "level": count_of(request.POST.get("level", ""), 1),
            "cents": parse_cents(typed),
            **span._asdict(),
        }
        if not article.dated.filter(id=values["id"]).exists():  # sent twice makes one
            row = rows.price_row(values, form.columns_of(article))
            masterdata.save_articles(till(), actor_of(request), [row])
    except (CatalogError, CoreError) as error:
        more = {"dated_wrong": said(error.message), "typed": request.POST}
        return articles.article_page(request, article, form.article_fields(article), {}, **more)
    return redirect("office:article", article_id)


@require_POST
@office_only(Right.CATALOG)
def end(request: HttpRequest, article_id: str, price_id: str) -> HttpResponse:
    """Take a planned price away, end one that holds for a time."""
    _article(article_id)
    finish = partial(masterdata.end_price, till(), actor_of(request), price_id)
    typed = meanwhile.press(request.POST, lambda: priceform.ends(price_id), finish, CatalogError)
    problem = typed.wrong({"ends": _("Gilt bis")}, lambda _name, at: moments.write(at, through=True) if at else "")
    return refusal(request, problem) if problem else done(request, "office:article", article_id)


def _article(article_id: str) -> Article:
    found = Article.objects.filter(id=article_id).select_related("group").first()
    if found is None:
        raise Http404(article_id)
    return found
