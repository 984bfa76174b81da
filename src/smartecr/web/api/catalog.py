"""Groups, articles, codes and prices: read, and changed through the same use case as the office."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from django.db.models import BooleanField
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Path, Query, Router

from smartecr.catalog import rows
from smartecr.catalog.lookup import by_code
from smartecr.catalog.models import Article, Group
from smartecr.catalog.rows import Row
from smartecr.catalog.search import MAX_TEXT, search
from smartecr.core import ids
from smartecr.core.content import per_unit
from smartecr.register.rows import tables
from smartecr.register.shop import masterdata
from smartecr.register.shop.pricedates import catalogue_alone
from smartecr.sql import fetch
from smartecr.web.api import etags, schemas
from smartecr.web.api.access import Bearer, token_of
from smartecr.web.api.etags import IfMatch, etag
from smartecr.web.api.paging import Cursor, Limit, after, page
from smartecr.web.api.problems import ProblemError
from smartecr.web.api.replies import reads, writes
from smartecr.web.api.writes import Answer, Deed, Key, once, respond
from smartecr.web.ports import till

router = Router(tags=["catalog"])
READ, WRITE = Bearer("catalog:read"), Bearer("catalog:write")

_FLAGS = frozenset(
    field.attname for model in (Group, Article) for field in model._meta.concrete_fields
    if isinstance(field, BooleanField)
)  # fmt: skip
Active = Annotated[Literal["yes", "no", "all"], Query(description="Those in use, those retired, or all.")]

Search = Annotated[
    str, Query(max_length=MAX_TEXT, description="Name (slips forgiven), number or code, as at the till.")
]
Code = Annotated[str, Path(description="A code as it stands on the package, or an article number.")]
_DEEPEST = 1000


@router.get("/groups", auth=READ, response=reads(schemas.paged(schemas.Group)), summary="List product groups")
def list_groups(request: HttpRequest, active: Active = "yes", cursor: Cursor = "", limit: Limit = 50) -> HttpResponse:
    """List the product groups by id."""
    found = _listed(rows.GROUP, cursor, limit, active, {})
    return page(found, limit, lambda row: str(row["id"]), lambda row: row)


@router.get("/groups/{group_id}", auth=READ, response=reads(schemas.Group, 304), summary="Read a product group")
def read_group(request: HttpRequest, group_id: schemas.Key) -> HttpResponse:
    """Return a product group with its ETag."""
    group = _one(rows.GROUP, group_id)
    return etags.read(request, group, etag(group))


@router.post("/groups", auth=WRITE, response=writes(schemas.Group, status=201), summary="Make a product group")
def make_group(request: HttpRequest, body: schemas.GroupNew, key: Key) -> HttpResponse:
    """Make a product group."""

    def prepare() -> Deed:
        group_id = till().new_id()
        row = rows.group_row({**body.model_dump(exclude_unset=True), "id": group_id})
        return Deed(lambda: _save(request, [row]), lambda: _group(group_id, 201))

    return once(request, key, prepare)


@router.patch("/groups/{group_id}", auth=WRITE, response=writes(schemas.Group, 412, 428), summary="Change it")
def change_group(
    request: HttpRequest, group_id: schemas.Key, body: schemas.GroupFields, key: Key, if_match: IfMatch = ""
) -> HttpResponse:
    """Change what is named of a product group, nothing else; `active` false retires it."""
    etags.needed(if_match)

    def prepare() -> Deed:
        old = _one(rows.GROUP, group_id)
        guard = etags.unless_changed(
            if_match, etag(old), lambda: etag(_held(lambda key: _one(rows.GROUP, key), group_id))
        )
        row = rows.group_row(body.model_dump(exclude_unset=True), old)
        changed = [] if row["columns"] == old else [row]
        return Deed(lambda: _save(request, changed), lambda: _group(group_id), guard)

    return once(request, key, prepare)


@router.get("/articles", auth=READ, response=reads(schemas.paged(schemas.Article)), summary="List articles")
def list_articles(
    request: HttpRequest,
    active: Active = "yes",
    group_id: Annotated[str, Query(max_length=32, description="Only those of a group.")] = "",
    number: Annotated[str, Query(max_length=30, description="Only the one with this number.")] = "",
    q: Search = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> HttpResponse:
    """List the articles by id, or those `q` finds, best first."""
    if q.strip():
        if group_id or number or active != "yes":
            sentence = _("Gesucht wird nur in allen Artikeln, die verkauft werden: ohne andere Angaben.")
            raise ProblemError("invalid", sentence, [("?q", sentence)])
        return _searched(request, q.replace("\x00", ""), cursor, limit)
    found = _listed(rows.ARTICLE, cursor, limit, active, {"group_id": group_id, "number": number})
    codes = codes_of([row["id"] for row in found])
    return page(found, limit, lambda row: str(row["id"]), lambda row: _shown(request, row, codes[row["id"]]))


@router.get("/articles/{article_id}", auth=READ, response=reads(schemas.Article, 304), summary="Read an article")
def read_article(request: HttpRequest, article_id: schemas.Key) -> HttpResponse:
    """Return an article with its prices, codes and ETag."""
    article = _article(article_id)
    return etags.read(request, _shown(request, *article), etag(article))


@router.get("/barcodes/{code}", auth=READ, response=reads(schemas.Found), summary="Find an article by a code")
def find_barcode(request: HttpRequest, code: Code) -> HttpResponse:
    """Return the article a scanned code stands for, and how much of it."""
    found = by_code(code[:48]) if "\x00" not in code else None
    if found is None:
        raise ProblemError("not_found")
    article, quantity = found
    shown = _shown(request, *_article(article.id))
    return respond({"article": shown, "quantity": quantity})


@router.post("/articles", auth=WRITE, response=writes(schemas.Article, status=201), summary="Make an article")
def make_article(request: HttpRequest, body: schemas.ArticleNew, key: Key) -> HttpResponse:
    """Make an article; without VAT keys it has those of its group."""

    def prepare() -> Deed:
        article_id = till().new_id()
        values = body.model_dump(exclude_unset=True)
        codes = values.pop("barcodes", [])
        group = _find(rows.GROUP, values["group_id"])
        keys = {"vat_key_in": 1, "vat_key_out": 1} if group is None else group
        row = rows.article_row({**values, "prices": level_prices(values), "id": article_id}, group=keys)
        wanted = [row, *code_rows(article_id, {}, codes)]
        return Deed(lambda: _save(request, wanted), lambda: _answer(request, article_id, 201))

    return once(request, key, prepare)


@router.patch("/articles/{article_id}", auth=WRITE, response=writes(schemas.Article, 412, 428), summary="Change it")
def change_article(
    request: HttpRequest, article_id: schemas.Key, body: schemas.ArticleFields, key: Key, if_match: IfMatch = ""
) -> HttpResponse:
    """Change what is named of an article, nothing else; `active` false retires it: what was sold is never deleted."""
    etags.needed(if_match)

    def prepare() -> Deed:
        old, present = _article(article_id)
        guard = etags.unless_changed(if_match, etag((old, present)), lambda: etag(_held(_article, article_id)))
        values = body.model_dump(exclude_unset=True)
        codes = values.pop("barcodes", None)
        if "prices" in values:
            values["prices"] = level_prices(values)
        row = rows.article_row(values, old)
        changed = [] if row["columns"] == old else [row]
        if codes is not None:
            changed += code_rows(article_id, present, codes)
        return Deed(lambda: _save(request, changed), lambda: _answer(request, article_id), guard)

    return once(request, key, prepare)


def _held(read: Callable[[str], Any], key: str) -> Any:
    """Read what nobody changes any more before this transaction ends."""
    catalogue_alone()
    return read(key)


def _save(request: HttpRequest, changed: list[Row]) -> None:
    if changed:
        masterdata.save_articles(till(), token_of(request).actor, changed)


def _group(group_id: str, status: int = 200) -> Answer:
    group = _one(rows.GROUP, group_id)
    return Answer(group, status, _headers("groups", group_id, etag(group), status))


def _answer(request: HttpRequest, article_id: str, status: int = 200) -> Answer:
    article = _article(article_id)
    return Answer(_shown(request, *article), status, _headers("articles", article_id, etag(article), status))


def _headers(kind: str, key: str, version: str, status: int) -> dict[str, str]:
    location = {"Location": f"/api/v1/{kind}/{key}"} if status == 201 else {}
    return {"ETag": version, **location}


def _searched(request: HttpRequest, text: str, cursor: str, limit: int) -> HttpResponse:
    """Answer with a page of what the search finds; its cursor is a place in the order of fitness."""
    begin = int(after(cursor, lambda key: key.isdecimal() and len(key) < 5 and int(key) <= _DEEPEST) or 0)
    ids_found = [article.id for article in search(text, begin + limit + 1)][begin:]
    by_id = {row["id"]: row for row in (plain(rows.ARTICLE, row) for row in _by_ids(ids_found))}
    codes = codes_of(ids_found)
    found = [by_id[key] for key in ids_found if key in by_id]
    deeper = begin + limit <= _DEEPEST
    return page(
        found if deeper else found[:limit],
        limit,
        lambda _row: str(begin + limit),
        lambda row: _shown(request, row, codes[row["id"]]),
    )


def _by_ids(keys: Sequence[str]) -> list[dict[str, Any]]:
    marks = ", ".join(["%s"] * len(keys))
    return fetch(f"SELECT * FROM {rows.ARTICLE} WHERE id IN ({marks})", list(keys)) if keys else []  # noqa: S608


def _find(table: str, key: str) -> dict[str, Any] | None:
    found = fetch(f"SELECT * FROM {table} WHERE id = %s", [key])  # noqa: S608 our tables
    return plain(table, found[0]) if found else None


def _one(table: str, key: str) -> dict[str, Any]:
    found = _find(table, key)
    if found is None:
        raise ProblemError("not_found")
    return found


def plain(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a row as the journal keeps them: SQLite has 1 and 0 for true and false."""
    columns = tables()[table].defaults
    return {name: bool(row[name]) if name in _FLAGS else row[name] for name in columns}


def _listed(table: str, cursor: str, limit: int, active: str, equal: Mapping[str, str]) -> list[dict[str, Any]]:
    where, arguments = ["id > %s"], [after(cursor, ids.is_id)]
    for name, value in equal.items():
        if value:
            where.append(f"{name} = %s")
            arguments.append(value.replace("\x00", ""))
    if active != "all":
        where.append("active" if active == "yes" else "NOT active")
    sql = f"SELECT * FROM {table} WHERE {' AND '.join(where)} ORDER BY id LIMIT {limit + 1}"  # noqa: S608 our names
    return [plain(table, row) for row in fetch(sql, arguments)]


def _article(article_id: str) -> tuple[dict[str, Any], dict[str, int]]:
    return _one(rows.ARTICLE, article_id), codes_of([article_id])[article_id]


def codes_of(article_ids: Iterable[str]) -> dict[str, dict[str, int]]:
    """Return quantities by code, by article."""
    found: dict[str, dict[str, int]] = {key: {} for key in article_ids}
    marks = ", ".join(["%s"] * len(found))
    sql = f"SELECT code, article_id, quantity FROM catalog_barcode WHERE article_id IN ({marks}) ORDER BY code"  # noqa: S608
    for row in fetch(sql, list(found)) if found else ():
        found[row["article_id"]][row["code"]] = row["quantity"]
    return found


def code_rows(article_id: str, present: Mapping[str, int], wanted: list[dict[str, Any]]) -> list[Row]:
    new = [rows.barcode_row(one["code"], article_id, one.get("quantity", 1000)) for one in wanted]
    kept = {row["key"] for row in new}
    gone = [rows.without_barcode(code) for code in present if code not in kept]
    return gone + [row for row in new if row["columns"] and present.get(row["key"]) != row["columns"]["quantity"]]


def _unit_price(row: Mapping[str, Any]) -> dict[str, Any] | None:
    cents = json.loads(row["offers"]).get("1", row["price_cents"])
    found = None if row["open_price"] else per_unit(cents, row["content"], row["content_unit"])
    return {"cents": found[0], "unit": found[1]} if found else None


def level_prices(values: Mapping[str, Any]) -> str:
    return rows.prices_text({int(level): cents for level, cents in values.get("prices", {}).items()})


def _shown(request: HttpRequest, row: Mapping[str, Any], codes: Mapping[str, int]) -> dict[str, Any]:
    """Return an article as others see it; what it costs the shop, only who may write."""
    return {
        **row,
        "prices": json.loads(row["prices"]),
        "offers": json.loads(row["offers"]),
        "unit_price": _unit_price(row),
        "cost_cents": row["cost_cents"] if token_of(request).may("catalog:write") else None,
        "picture": f"/pictures/{row['picture']}" if row["picture"] else "",
        "barcodes": [{"code": code, "quantity": quantity} for code, quantity in codes.items()],
    }
