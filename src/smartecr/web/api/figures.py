"""Figures of days gone by and of the running one: the insights' rollups, equal to the books to the cent."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from smartecr.insights import asking
from smartecr.insights.asking import ArticleRow, Live, Sums
from smartecr.insights.measure import side_of
from smartecr.insights.spans import LONGEST, Span
from smartecr.web.api import recordschemas as records
from smartecr.web.api import schemas
from smartecr.web.api.access import Bearer
from smartecr.web.api.problems import ProblemError
from smartecr.web.api.replies import reads
from smartecr.web.api.writes import respond

router = Router(tags=["figures"])
READ = Bearer("figures:read")

First = Annotated[str, Query(pattern=schemas.DAY, description="First business day.")]
Last = Annotated[str, Query(pattern=schemas.DAY, description="Last business day, included.")]


@router.get("", auth=READ, response=reads(records.Stretch), summary="Read the figures of a stretch of days")
def read_figures(request: HttpRequest, first: First, last: Last) -> HttpResponse:
    """Return revenue, receipts, discounts, VAT and means of payment of a stretch of business days."""
    span, live = _span(first, last), Live()
    days, hours = asking.hours(live, span, "day"), asking.hours(live, span, "hour")
    return respond(
        {
            "first": first,
            "last": last,
            "total": _sums(asking.hours(live, span, "all").get("", Sums())),
            "days": [{"business_day": day, **_sums(days[day])} for day in sorted(days)],
            "hours": [{"hour": hour, **_sums(hours[hour])} for hour in sorted(hours)],
            "vat": [dict(zip(records.Vat.model_fields, row, strict=True)) for row in asking.vat(live, span)],
            "payments": [
                {"kind": kind, "name": name, "count": count, "cents": cents}
                for (kind, name), (count, cents) in sorted(asking.means(live, span).items())
            ],
        }
    )


@router.get("/articles", auth=READ, response=reads(records.Articles), summary="Read what was sold")
def read_articles(
    request: HttpRequest,
    first: First,
    last: Last,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many at most.")] = 100,
) -> HttpResponse:
    """Return what was sold in a stretch of business days, most revenue first."""
    sold: dict[tuple[str, str], ArticleRow] = {}
    for row in asking.articles(Live(), _span(first, last)):
        if side_of(row.gv_typ) != "revenue":
            continue
        known = sold.setdefault((row.article_id, row.group_id), row)
        if known is not row:
            for name in ("quantity", "amount_cents", "discount_cents"):
                setattr(known, name, getattr(known, name) + getattr(row, name))
    ranked = sorted(sold.values(), key=lambda row: (-row.revenue_cents, row.article_id, row.group_id))
    names = tuple(records.ArticleFigures.model_fields)
    items = [{name: getattr(row, name) for name in names} for row in ranked[:limit]]
    return respond({"first": first, "last": last, "items": items})


def _span(first: str, last: str) -> Span:
    try:
        span = Span(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError:
        sentence = _("Diesen Tag gibt es nicht.")
        raise ProblemError("invalid", sentence, [("?first", sentence)]) from None
    if not 1 <= span.days <= LONGEST:
        sentence = _("Der erste Tag liegt vor dem letzten, und höchstens zehn Jahre davor.")
        raise ProblemError("invalid", sentence, [("?last", sentence)])
    return span


def _sums(sums: Sums) -> dict[str, Any]:
    return {name: getattr(sums, name) for name in records.Figures.model_fields}
