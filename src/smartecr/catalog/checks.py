"""What a batch of rows must keep with the rows already there: numbers and codes are unique, what is named exists.

Nothing is written. The database holds the same rules as constraints; here they get a sentence and a field.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from smartecr.catalog import dated
from smartecr.catalog.errors import CatalogError
from smartecr.catalog.models import Article, Barcode, Group
from smartecr.catalog.rows import ARTICLE, BARCODE, GROUP, PRICE, Row
from smartecr.core.kinds import DEPOSIT

_CHUNK = 500


def verify(rows: Sequence[Row]) -> None:
    """Raise CatalogError for the first row that does not fit beside the others and the catalogue as it stands."""
    groups = {row["key"] for row in rows if row["table"] == GROUP}
    articles = {row["key"]: row["columns"] for row in rows if row["table"] == ARTICLE and row["columns"]}
    codes = [row["columns"] for row in rows if row["table"] == BARCODE and row["columns"]]
    _keys_once(rows)
    _groups_exist({columns["group_id"] for columns in articles.values()} - groups)
    _numbers_unique(articles)
    _deposits_fit(articles)
    _codes_free(codes, {row["key"] for row in rows if row["table"] == BARCODE and row["columns"] is None})
    prices = [row for row in rows if row["table"] == PRICE]
    named = {columns["article_id"] for columns in [*codes, *(row["columns"] for row in prices if row["columns"])]}
    _articles_exist(named - set(articles))
    if prices:
        dated.verify(prices)


def _keys_once(rows: Sequence[Row]) -> None:
    seen: set[tuple[str, str]] = set()
    for row in rows:
        if row["table"] not in (GROUP, ARTICLE, BARCODE, PRICE):
            raise CatalogError("table", _("Das sind keine Stammdaten."))
        key = (row["table"], row["key"])
        if key in seen and row["columns"] is not None:
            raise CatalogError("twice", _("{key} kommt zweimal vor.").format(key=row["key"]), "key")
        if row["columns"] is None and row["table"] not in (BARCODE, PRICE):
            raise CatalogError("keep", _("Gruppen und Artikel bleiben, sie werden nur stillgelegt."), "active")
        if row["columns"] is not None:
            seen.add(key)


def _groups_exist(wanted: set[str]) -> None:
    for chunk in _chunks(wanted):
        known = set(Group.objects.filter(id__in=chunk).values_list("id", flat=True))
        if set(chunk) - known:
            raise CatalogError("unknown_group", _("Diese Warengruppe gibt es nicht."), "group_id")


def _numbers_unique(articles: dict[str, dict[str, Any]]) -> None:
    holders: dict[str, str] = {}
    for key, columns in articles.items():
        if holders.setdefault(columns["number"], key) != key:
            raise _number_taken(columns["number"])
    for chunk in _chunks(holders):
        for number, key in Article.objects.filter(number__in=chunk).values_list("number", "id"):
            moved = key in articles and articles[key]["number"] != number
            if key != holders[number] and not moved:
                raise _number_taken(number)


def _number_taken(number: str) -> CatalogError:
    return CatalogError(
        "number_taken", _("Die Artikelnummer {number} ist schon vergeben.").format(number=number), "number"
    )


def _deposits_fit(articles: dict[str, dict[str, Any]]) -> None:
    wanted = {columns["deposit_article_id"] for columns in articles.values()} - {None}
    kinds = {key: columns["gv_typ"] for key, columns in articles.items() if key in wanted}
    for chunk in _chunks(wanted - set(kinds)):
        kinds |= dict(Article.objects.filter(id__in=chunk).values_list("id", "gv_typ"))
    if any(kinds.get(key) != DEPOSIT for key in wanted):
        raise CatalogError("deposit", _("Der Pfandartikel muss ein Artikel der Art Pfand sein."), "deposit_article_id")
    turned = [key for key, columns in articles.items() if columns["gv_typ"] != DEPOSIT]
    for chunk in _chunks(turned):
        users = Article.objects.filter(deposit_article_id__in=chunk).values_list("id", "deposit_article_id")
        for user, deposit in users:
            if user not in articles or articles[user]["deposit_article_id"] == deposit:
                raise CatalogError("deposit", _("Andere Artikel nehmen diesen als Pfand."), "gv_typ")


def _codes_free(codes: list[dict[str, Any]], going: set[str]) -> None:
    holders = {columns["code"]: columns["article_id"] for columns in codes if columns["code"] not in going}
    for chunk in _chunks(holders):
        found = Barcode.objects.filter(code__in=chunk).values_list("code", "article_id", "article__name")
        for code, article_id, name in found:
            if holders[code] != article_id:
                text = _("Der Code {code} gehört schon zu {name}.").format(code=code, name=name.replace("\u00ad", ""))
                raise CatalogError("code_taken", text, "code")


def _articles_exist(wanted: set[str]) -> None:
    for chunk in _chunks(wanted):
        if set(chunk) - set(Article.objects.filter(id__in=chunk).values_list("id", flat=True)):
            raise CatalogError("unknown_article", _("Diesen Artikel gibt es nicht."), "article_id")


def _chunks(values: Iterable[str]) -> Iterator[list[str]]:
    ordered = sorted(values)
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]
