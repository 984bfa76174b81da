"""Stock: what lies there, what came and went, what was counted; by the same use cases as the office."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from smartecr.catalog import stockbook
from smartecr.catalog.models import Article
from smartecr.catalog.stockbook import Stock
from smartecr.core import ids
from smartecr.register.shop import stock
from smartecr.web.api import schemas
from smartecr.web.api.access import Bearer, token_of
from smartecr.web.api.paging import Cursor, Limit, after, page
from smartecr.web.api.replies import reads, writes
from smartecr.web.api.writes import Answer, Deed, Key, once
from smartecr.web.ports import till

router = Router(tags=["stock"])
READ, WRITE = Bearer("stock:read"), Bearer("stock:write")


@router.get("", auth=READ, response=reads(schemas.paged(schemas.Stock)), summary="List what lies there")
def list_stock(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> HttpResponse:
    """List the active articles whose stock is kept, by id."""
    kept = Article.objects.filter(stocked=True, active=True, id__gt=after(cursor, ids.is_id)).order_by("id")
    articles = list(kept[: limit + 1])
    lying = stockbook.balances([article.id for article in articles])
    found = [stockbook.stock_of(article, lying.get(article.id, 0)) for article in articles]
    return page(found, limit, lambda one: str(one.article.id), _shown)


@router.post("/moves", auth=WRITE, response=writes(schemas.StockAnswer, status=201), summary="Book what came or went")
def move_stock(request: HttpRequest, body: schemas.StockMove, key: Key) -> HttpResponse:
    """Book goods in, waste or own use, all or nothing; an article that comes twice is added up."""

    def prepare() -> Deed:
        move_id, quantities = till().new_id(), dict[str, int]()
        for row in body.rows:
            quantities[row.article_id] = quantities.get(row.article_id, 0) + row.quantity
        actor = token_of(request).actor
        return Deed(
            lambda: stock.move(till(), actor, move_id, body.kind, quantities, body.note),
            lambda: _answer(move_id, list(quantities), []),
        )

    return once(request, key, prepare)


@router.post("/counts", auth=WRITE, response=writes(schemas.StockAnswer, status=201), summary="Take stock")
def count_stock(request: HttpRequest, body: schemas.StockCount, key: Key) -> HttpResponse:
    """Write down what was counted; what moved since it was seen is not written and named in `moved`."""

    def prepare() -> Deed:
        count_id = till().new_id()
        seen = {row.article_id: row.seen for row in body.rows}
        counted = {row.article_id: row.counted for row in body.rows}
        actor = token_of(request).actor

        def answer() -> Answer:
            lying = stockbook.balances(counted)
            return _answer(count_id, list(counted), [one for one in counted if lying.get(one, 0) != counted[one]])

        return Deed(lambda: stock.count(till(), actor, count_id, seen, counted, body.note), answer)

    return once(request, key, prepare)


def _answer(entry_id: str, article_ids: Sequence[str], moved: Sequence[str]) -> Answer:
    lying = stockbook.balances(article_ids)
    rows = [{"article_id": key, "quantity": lying.get(key, 0)} for key in article_ids]
    return Answer({"id": entry_id, "rows": rows, "moved": list(moved)}, 201)


def _shown(one: Stock) -> dict[str, Any]:
    article = one.article
    return {
        "article_id": article.id,
        "number": article.number,
        "name": article.name,
        "unit": article.unit,
        "quantity": one.quantity,
        "stock_min": article.stock_min,
        "stock_full": article.stock_full,
        "order": one.order,
        "short": one.short,
    }
