"""Articles and product groups in the office: found, looked at, changed one by one or many in a table."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from smartecr.catalog import pictures, stockbook
from smartecr.catalog.csvcells import VAT_WORDS
from smartecr.catalog.errors import CatalogError
from smartecr.catalog.models import Article, Group
from smartecr.catalog.search import search
from smartecr.core import ids, vat
from smartecr.core.errors import CoreError
from smartecr.register.books import history
from smartecr.register.shop import masterdata
from smartecr.register.till import ZONE
from smartecr.staff.rights import Right
from smartecr.web import meanwhile
from smartecr.web.meanwhile import Fields
from smartecr.web.office import articleform as form
from smartecr.web.office import priceform, pricetable
from smartecr.web.office.access import office_only
from smartecr.web.office.changes import FIELDS, told
from smartecr.web.office.frame import frame
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of, is_fragment

SHOWN = 100
HUES = (58, 128, 92, 28, 355, 225, 305, 178, 0, 45, 75, 105, 150, 195, 210, 240, 255, 270, 285, 330)
ICONS = ("coffee", "leaf", "croissant", "egg-fried", "cake-slice", "cup-soda", "wine", "beer", "utensils", "salad",
         "pizza", "soup", "sandwich", "ice-cream-cone", "fish", "beef", "apple", "carrot", "shopping-bag", "book",
         "gift", "shirt", "flower-2", "milk", "candy", "wheat", "tag")  # fmt: skip
KINDS = (
    ("Umsatz", gettext_lazy("Ware oder Leistung")),
    ("Pfand", gettext_lazy("Pfand")),
    ("PfandRueckzahlung", gettext_lazy("Pfandrückgabe")),
)
WORDS = {**FIELDS, "price": FIELDS["price_cents"], "cost": FIELDS["cost_cents"], "codes": gettext_lazy("Strichcodes"),
         **dict.fromkeys((f"price_{level}" for level in form.LEVELS), FIELDS["prices"])}  # fmt: skip
SECTION = "articles"


@require_safe
@office_only(Right.CATALOG)
def articles(request: HttpRequest) -> HttpResponse:
    """List the articles: of `?group=`, or found by `?q=` (name, number, code, typos forgiven), `?gone` the retired."""
    text, group = request.GET.get("q", "").strip(), request.GET.get("group", "")
    gone = "gone" in request.GET
    if text and not gone:
        found = search(text, SHOWN)
    else:
        rows = Article.objects.filter(active=not gone).select_related("group").order_by("group__position", "position")
        if text:
            rows = rows.filter(Q(name__icontains=text) | Q(number=text))
        found = list((rows.filter(group_id=group) if group else rows)[: SHOWN + 1])
    kept = [one.id for one in found[:SHOWN] if one.stocked]
    lying = stockbook.balances(kept) if kept else {}
    context = {
        "shown": [(one, _stock(one, lying)) for one in found[:SHOWN]],
        "found": found[:SHOWN], "more": len(found) > SHOWN, "text": text, "group": group, "gone": gone,
        "limit": SHOWN,
    }  # fmt: skip
    if is_fragment(request):
        return render(request, "office/articles/_rows.html", context)
    context |= {"groups": _groups(), "count": Article.objects.filter(active=True).count()}
    return render(request, "office/articles/list.html", {**frame(request, SECTION), **context})


def _stock(article: Article, lying: dict[str, int]) -> stockbook.Stock | None:
    return stockbook.stock_of(article, lying.get(article.id, 0)) if article.stocked else None


def _groups() -> list[Any]:
    counted = Count("articles", filter=Q(articles__active=True))
    return list(Group.objects.filter(active=True).annotate(count=counted))


@require_http_methods(["GET", "HEAD", "POST"])
@office_only(Right.CATALOG)
def article(request: HttpRequest, article_id: str = "") -> HttpResponse:
    """Show the form of an article (or an empty one), take it over (POST)."""
    old = _article(article_id)
    if article_id and old is None:
        raise Http404(article_id)
    if request.method != "POST":
        fields = form.article_fields(old, request.GET.get("group", ""))
        if not old and request.GET.get("code"):
            fields["codes"] = request.GET["code"]
        return article_page(request, old, fields, {})
    post, new_id = request.POST.copy(), article_id or _fresh(request, Article)
    wrong: dict[str, str] = {}
    _picture(request, post, wrong)

    def now() -> Fields:
        return form.article_fields(_article(article_id))

    def save(fields: Fields) -> None:
        present = _article(article_id)
        reading = form.read_article(fields, present)
        rows = form.article_rows(reading, present, new_id) if not reading.wrong else []
        wrong.update(reading.wrong)
        if rows and not wrong:
            masterdata.save_articles(till(), actor_of(request), rows)

    typed = meanwhile.take(post, now, save, CatalogError, matter="catalogue")
    if typed.refusal:
        wrong[{"code": "codes"}.get(typed.refusal.field, typed.refusal.field)] = typed.refusal.message
    crossed = typed.problem(WORDS, form.told)
    if wrong or crossed:
        return article_page(request, _article(article_id), typed.fields, wrong, crossed=crossed)
    if "again" in post:
        return redirect(f"{request.path}?group={typed.fields['group_id']}&saved=1")
    return redirect("office:articles" if not article_id else request.path + "?saved=1")


def _article(article_id: str) -> Article | None:
    return Article.objects.filter(id=article_id).select_related("group").first()


def _fresh(request: HttpRequest, table: type[Article | Group]) -> str:
    """Return the id of a new row, made with its form so that sending it twice makes one."""
    wanted = request.POST.get("id", "")
    return wanted if ids.is_id(wanted) and not table.objects.filter(id=wanted).exists() else till().new_id()


def _picture(request: HttpRequest, post: QueryDict, wrong: dict[str, str]) -> None:
    """Put the name of the picture into the form: one just chosen, none, or one chosen before that is kept already."""
    file, folder = request.FILES.get("picture_file"), settings.DATA / "pictures"
    kept = post.pop("picture", [""])[-1]
    try:
        if file is not None:
            post["picture"] = pictures.store(file.read(pictures.LARGEST_FILE + 1), folder)
        elif "picture_gone" in post:
            post["picture"] = ""
        elif kept and pictures.load(kept, folder) is not None:
            post["picture"] = kept
    except CatalogError as error:
        wrong["picture"] = error.message


def article_page(
    request: HttpRequest, old: Article | None, fields: dict[str, Any], wrong: dict[str, str], **more: Any
) -> HttpResponse:
    """Return the page of an article; `more` is what its other panels say ("dated_wrong", "typed")."""
    context = {
        **frame(request, SECTION),
        "article": old,
        "new_id": till().new_id(),
        "was": meanwhile.as_shown(form.article_fields(old)) if old else "",
        "fields": fields,
        "wrong": wrong,
        "saved": "saved" in request.GET and not wrong,
        "groups": Group.objects.filter(Q(active=True) | Q(id=old.group_id if old else "")),
        "deposits": Article.objects.filter(gv_typ="Pfand", active=True),
        "kinds": KINDS,
        "vat_keys": _vat_keys(),
        "levels": [(level, fields.get(f"price_{level}", "")) for level in form.LEVELS],
        "icons": ICONS,
        "changes": [told(one) for one in history.changes(till(), text=old.id, facts=8)] if old else [],
        "per_unit": _per_unit(old) if old else "",
        "dated": priceform.listed(old, till().now()) if old else [],
        **more,
    }
    status = 422 if wrong or more.get("crossed") or more.get("dated_wrong") else 200
    return render(request, "office/articles/article.html", context, status=status)


def _per_unit(article: Article) -> str:
    """Return the unit price under the content: it follows from what was saved."""
    text = article.unit_price_text(article.price_now)
    return _("Grundpreis: {text}").format(text=text) if text else ""


def _vat_keys() -> list[tuple[int, str, str]]:
    """Return the VAT keys to choose from, each with its rate of today and its name."""
    today = till().clock().astimezone(ZONE).date()
    return [(key, vat.label(key, vat.rate_on(key, today)), vat.name(key)) for key in VAT_WORDS]


@require_http_methods(["GET", "HEAD", "POST"])
@office_only(Right.CATALOG)
def table(request: HttpRequest) -> HttpResponse:
    """Change names, prices and what is sold out of a group's articles in one table, all or nothing."""
    group = request.GET.get("group", "") or (first.id if (first := Group.objects.filter(active=True).first()) else "")
    kept = list(Article.objects.filter(group_id=group, active=True))
    posted = request.method == "POST"
    reading = pricetable.read(request.POST, kept, till().new_id) if posted else pricetable.shown(kept)
    percent = request.POST.get("percent", "").strip()
    if posted and ("suggest" in request.POST or (percent and not any(line.new_price for line in reading.lines))):
        try:
            pricetable.raised(reading, percent, request.POST.get("step", ""))
        except (CoreError, CatalogError) as error:
            reading.problem = error.message
    elif posted and not reading.wrong and not reading.problem:
        try:
            if reading.changed:
                masterdata.save_articles(till(), actor_of(request), reading.changed)
            return redirect(f"{request.path}?group={group}&saved={len(reading.changed)}")
        except CatalogError as error:
            reading.problem = error.message
    context = {
        **frame(request, SECTION),
        "groups": _groups(),
        "group": group,
        "lines": reading.lines,
        "problem": reading.problem,
        "saved": request.GET.get("saved", ""),
        "wrong": bool(reading.wrong),
        "typed": request.POST,
    }
    return render(
        request, "office/articles/table.html", context, status=422 if reading.wrong or reading.problem else 200
    )


@require_safe
@office_only(Right.CATALOG)
def groups(request: HttpRequest) -> HttpResponse:
    """List the product groups, retired ones last."""
    counted = Group.objects.annotate(count=Count("articles", filter=Q(articles__active=True)))
    context = {
        **frame(request, SECTION),
        "groups": counted.order_by("-active", "position", "id"),
        "vat_words": VAT_WORDS,
    }
    return render(request, "office/articles/groups.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@office_only(Right.CATALOG)
def group(request: HttpRequest, group_id: str = "") -> HttpResponse:
    """Show the form of a product group (or an empty one), take it over (POST)."""
    old = Group.objects.filter(id=group_id).first()
    if group_id and old is None:
        raise Http404(group_id)
    place, new_id = Group.objects.count() + 1, group_id or _fresh(request, Group)
    wrong: dict[str, str] = {}

    def now() -> Fields:
        return form.group_fields(Group.objects.filter(id=group_id).first(), place, HUES[place % len(HUES)])

    def save(fields: Fields) -> None:
        reading = form.read_group(fields)
        rows = form.group_rows(reading, Group.objects.filter(id=group_id).first(), new_id) if not reading.wrong else []
        wrong.update(reading.wrong)
        if rows and not wrong:
            masterdata.save_articles(till(), actor_of(request), rows)

    fields, crossed = now(), ""
    if request.method == "POST":
        typed = meanwhile.take(request.POST, now, save, matter="catalogue")
        fields, crossed = typed.fields, typed.problem(FIELDS, form.told)
        if not wrong and not crossed:
            return redirect("office:groups")
    context = {
        **frame(request, SECTION),
        "group": old,
        "new_id": till().new_id(),
        "was": meanwhile.as_shown(now()) if old else "",
        "crossed": crossed,
        "fields": fields,
        "wrong": wrong,
        "hues": HUES,
        "icons": ICONS,
        "vat_keys": _vat_keys(),
    }
    return render(request, "office/articles/group.html", context, status=422 if wrong or crossed else 200)


@require_safe
def picture(_request: HttpRequest, name: str) -> HttpResponse:
    """Return an article's picture; it never changes under its name. Guests see it too."""
    data = pictures.load(name, settings.DATA / "pictures")
    if data is None:
        raise Http404(_("Dieses Bild gibt es nicht."))
    response = HttpResponse(data, content_type="image/webp")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
