"""Prices with a date: planned for an article, taken away again or ended, as in the office."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from smartecr.catalog import rows
from smartecr.catalog.models import Article, Price
from smartecr.core import ids
from smartecr.register.shop import masterdata
from smartecr.register.till import instant
from smartecr.web.api import schemas
from smartecr.web.api.access import Bearer, token_of
from smartecr.web.api.paging import Cursor, Limit, after, page
from smartecr.web.api.problems import ProblemError
from smartecr.web.api.replies import reads, writes
from smartecr.web.api.writes import Answer, Deed, Key, once
from smartecr.web.ports import till

router = Router(tags=["catalog"])
READ, WRITE = Bearer("catalog:read"), Bearer("catalog:write")

_NAMES = tuple(schemas.DatedPrice.model_fields)


@router.get("", auth=READ, response=reads(schemas.paged(schemas.DatedPrice)), summary="List prices with a date")
def list_prices(request: HttpRequest, article_id: schemas.Key, cursor: Cursor = "", limit: Limit = 50) -> HttpResponse:
    """List an article's prices that begin or began by the clock, by id."""
    found = Price.objects.filter(article_id=_article(article_id).id, id__gt=after(cursor, ids.is_id)).order_by("id")
    return page(list(found[: limit + 1]), limit, lambda price: price.id, _shown)


@router.post("", auth=WRITE, response=writes(schemas.DatedPrice, status=201), summary="Plan a price")
def plan_price(request: HttpRequest, article_id: schemas.Key, body: schemas.DatedPriceNew, key: Key) -> HttpResponse:
    """Plan a price; one whose moment has come holds at once."""

    def prepare() -> Deed:
        article, price_id = _article(article_id), till().new_id()
        columns = {one.attname: getattr(article, one.attname) for one in article._meta.concrete_fields}
        times = {"begins": _moment("begins", body.begins), "ends": _moment("ends", body.ends) if body.ends else ""}
        row = rows.price_row({"id": price_id, "level": body.level, "cents": body.cents, **times}, columns)
        actor = token_of(request).actor
        location = {"Location": f"/api/v1/articles/{article_id}/prices"}
        return Deed(
            lambda: masterdata.save_articles(till(), actor, [row]),
            lambda: Answer(_shown(Price.objects.get(id=price_id)), 201, location),
        )

    return once(request, key, prepare)


@router.delete("/{price_id}", auth=WRITE, response=writes(schemas.Gone), summary="End a price")
def end_price(request: HttpRequest, article_id: schemas.Key, price_id: schemas.Key, key: Key) -> HttpResponse:
    """Take a planned price away, or end one that holds for a time."""

    def prepare() -> Deed:
        price = Price.objects.filter(id=price_id, article_id=article_id).first()
        if price is None:
            raise ProblemError("not_found")
        if price.begun and (price.ended or not price.ends):
            raise ProblemError("conflict", _("Dieser Preis hat schon begonnen und gilt, oder er ist vorbei."))
        actor = token_of(request).actor
        return Deed(lambda: masterdata.end_price(till(), actor, price_id), lambda: Answer({"id": price_id}))

    return once(request, key, prepare)


def _article(article_id: str) -> Article:
    article = Article.objects.filter(id=article_id).first()
    if article is None:
        raise ProblemError("not_found")
    return article


def _moment(field: str, text: str) -> str:
    try:
        return instant(datetime.fromisoformat(text))
    except ValueError:
        sentence = _("Diesen Zeitpunkt gibt es nicht.")
        raise ProblemError("invalid", sentence, [(f"/{field}", sentence)]) from None


def _shown(price: Price) -> dict[str, Any]:
    return {name: getattr(price, name) for name in _NAMES}
