"""The stock in the office: what lies there, what to order, goods in, breakage and own use, an article's movements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from smartecr.catalog import stockbook
from smartecr.catalog.models import Article, Barcode, Group
from smartecr.catalog.stockbook import Stock
from smartecr.core import ids, moments
from smartecr.core.errors import CoreError
from smartecr.core.quantity import parse_quantity
from smartecr.core.records import dataclass
from smartecr.register.errors import RegisterError
from smartecr.register.shop import stock as booking
from smartecr.register.shop.stockfacts import COUNT, GOODS_IN, OWN_USE, SALE, WASTE
from smartecr.staff.rights import Right
from smartecr.web.office.access import done, office_only
from smartecr.web.office.frame import frame
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of, refusal
from smartecr.web.till.screen import local
from smartecr.web.till.words import said

SECTION = "stock"
WORDS = {
    SALE: gettext_lazy("Verkauf"),
    GOODS_IN: gettext_lazy("Wareneingang"),
    WASTE: gettext_lazy("Bruch und Verderb"),
    OWN_USE: gettext_lazy("Entnommen"),
    COUNT: gettext_lazy("Zählung"),
}
REASONS = {
    GOODS_IN: (),
    WASTE: (gettext_lazy("Bruch"), gettext_lazy("Verderb"), gettext_lazy("Abgelaufen"), gettext_lazy("Diebstahl")),
    OWN_USE: (gettext_lazy("Eigenverbrauch"), gettext_lazy("Verkostung"), gettext_lazy("Werbung")),
}


@dataclass(slots=True)
class Field:
    """One article of a form for quantities: what lies there, what was typed, the sentence of what was refused."""

    stock: Stock
    codes: str
    typed: str = ""
    wrong: str = ""


@require_safe
@office_only(Right.CATALOG)
def stock(request: HttpRequest) -> HttpResponse:
    """List what lies there; `?show=` order, short or negative narrows it, `?at=` shows the evening of a day."""
    show, day = request.GET.get("show", ""), request.GET.get("at", "").strip()
    wrong, at = "", ""
    try:
        at = moments.read(day, through=True) if day else ""
    except CoreError as error:
        wrong = said(error.message)
    every = stockbook.stocks(request.GET.get("group", ""), at)
    chosen = {
        "order": [one for one in every if one.order],
        "negative": [one for one in every if one.negative],
    }.get(show, every)
    context = {
        **frame(request, SECTION),
        "stocks": chosen,
        "all": len(every),
        "orders": sum(1 for one in every if one.order),
        "negatives": sum(1 for one in every if one.negative),
        "show": show,
        "day": day,
        "wrong": wrong,
        "group": request.GET.get("group", ""),
        "groups": groups(),
    }
    return render(request, "office/stock/list.html", context)


def groups() -> list[Group]:
    """Return the groups with an article whose stock is kept."""
    return list(Group.objects.filter(articles__stocked=True, articles__active=True).distinct())


@require_http_methods(["GET", "HEAD", "POST"])
@office_only(Right.CATALOG)
def book(request: HttpRequest, kind: str) -> HttpResponse:
    """Book what came (in) or went (waste, own), many articles in one form, all or nothing."""
    if kind not in REASONS:
        raise Http404(kind)
    problem, fields = "", fields_of(request.GET.get("group", ""))
    if request.method == "POST":
        quantities = read(request.POST, fields, least=1)
        note = request.POST.get("note", "").strip() or request.POST.get("reason", "")
        if not any(field.wrong for field in fields):
            try:
                booking.move(till(), actor_of(request), entry_of(request), kind, quantities, note)
                return redirect(f"{request.path}?saved={len(quantities)}&group={request.GET.get('group', '')}")
            except RegisterError as error:
                problem = f"{said(error.message)} {said(error.next_step)}".strip()
    context = {
        **frame(request, SECTION),
        "kind": kind,
        "word": WORDS[kind],
        "reasons": REASONS[kind],
        "fields": fields,
        "groups": groups(),
        "group": request.GET.get("group", ""),
        "entry": till().new_id(),
        "problem": problem,
        "wrong": any(field.wrong for field in fields),
        "saved": request.GET.get("saved", ""),
        "note": request.POST.get("note", ""),
    }
    return render(request, "office/stock/book.html", context, status=422 if problem or context["wrong"] else 200)


def fields_of(group: str) -> list[Field]:
    """Return the empty fields of a group's articles, or of all."""
    kept = stockbook.stocks(group)
    codes: dict[str, list[str]] = {}
    for code, key in Barcode.objects.filter(article__stocked=True).values_list("code", "article_id"):
        codes.setdefault(key, []).append(code)
    return [Field(one, " ".join([one.article.number, *codes.get(one.article.id, ())])) for one in kept]


def read(post: Mapping[str, Any], fields: list[Field], least: int) -> dict[str, int]:
    """Return the quantities typed, by article id; what is refused gets its sentence. `least` thousandths are needed."""
    found: dict[str, int] = {}
    for field in fields:
        field.typed = str(post.get(f"quantity-{field.stock.article.id}", "")).strip()
        if not field.typed:
            continue
        try:
            quantity = parse_quantity(field.typed)
        except CoreError as error:
            field.wrong = said(error.message)
            continue
        if quantity < least:
            field.wrong = _("Hier gehört eine Menge über null hin.") if least else _("Weniger als nichts liegt nie da.")
            continue
        found[field.stock.article.id] = quantity
    return found


def entry_of(request: HttpRequest) -> str:
    """Return the id made with the form, so that sending it twice books once."""
    wanted = str(request.POST.get("entry", ""))
    return wanted if ids.is_id(wanted) else till().new_id()


@require_safe
@office_only(Right.CATALOG)
def article(request: HttpRequest, article_id: str) -> HttpResponse:
    """Show the movements of an article, newest first, with what lay there after each."""
    found = Article.objects.filter(id=article_id).select_related("group").first()
    if found is None:
        raise Http404(article_id)
    lying = stockbook.balances([article_id]).get(article_id, 0)
    booked = booking.moves(article_id)
    sources = {one.source_id for one in booked}
    moves = [
        (one, local(one.at), WORDS.get(one.kind, one.kind), booking.reversal_of(one.source_id, article_id) in sources)
        for one in booked
    ]
    context = {
        **frame(request, SECTION),
        "stock": stockbook.stock_of(found, lying),
        "moves": moves,
        "reversible": tuple(booking.SIGNS),
    }
    return render(request, "office/stock/article.html", context)


@require_POST
@office_only(Right.CATALOG)
def back(request: HttpRequest, article_id: str, source_id: str) -> HttpResponse:
    """Book the opposite of one movement that a person booked."""
    try:
        booking.reverse(till(), actor_of(request), source_id, article_id)
    except RegisterError as error:
        return refusal(request, f"{said(error.message)} {said(error.next_step)}".strip())
    return done(request, "office:stock-article", article_id)
