"""Many articles in one request, all or nothing: what a shop's own programme keeps, brought to the till.

Articles are recognised by their number: those that are there are changed in what is named, others are made. What does
not fit is named by its place in the list, every place at once, and then nothing was changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from smartecr.catalog import checks, rows
from smartecr.catalog.errors import CatalogError
from smartecr.catalog.rows import Row
from smartecr.register.shop import masterdata
from smartecr.sql import fetch
from smartecr.web.api import catalog, schemas
from smartecr.web.api.access import token_of
from smartecr.web.api.problems import ProblemError
from smartecr.web.api.replies import writes
from smartecr.web.api.writes import Answer, Deed, Key, once
from smartecr.web.ports import till
from smartecr.web.till.words import said

router = Router(tags=["catalog"])

_NAMED = 100
"""Errors told at once."""

Wrong = tuple[str, str]


class _Plan:
    """The rows a list of articles makes, article by article, and what is wrong with it."""

    def __init__(self, wanted: Sequence[schemas.ArticleSaved]) -> None:
        self.rows: list[list[Row]] = []
        self.answer: list[dict[str, Any]] = []
        self.wrong: list[Wrong] = []
        self._present = _by_number([one.number for one in wanted])
        self._codes = catalog.codes_of([row["id"] for row in self._present.values()])
        self._groups = {row["id"]: row for row in fetch("SELECT id, vat_key_in, vat_key_out FROM catalog_group")}
        self._seen: dict[str, int] = {}
        for place, one in enumerate(wanted):
            self.rows.append(self._take(place, one))

    def _take(self, place: int, one: schemas.ArticleSaved) -> list[Row]:
        values = one.model_dump(exclude_unset=True)
        codes = values.pop("barcodes", None)
        old = self._present.get(one.number)
        key = old["id"] if old else till().new_id()
        changed: list[Row] = []
        try:
            self._once(f"number {one.number}", place, "number", one.number)
            if "prices" in values:
                values["prices"] = catalog.level_prices(values)
            group = self._groups.get(values.get("group_id", ""), {"vat_key_in": 1, "vat_key_out": 1})
            row = rows.article_row({**values, "id": key}, old, group)
            changed = [] if row["columns"] == old else [row]
            if codes is not None:
                changed += catalog.code_rows(key, self._codes.get(key, {}), codes)
            for row in changed:
                if row["table"] == rows.BARCODE and row["columns"]:
                    self._once(f"code {row['key']}", place, "barcodes", row["key"])
        except CatalogError as error:
            self.wrong.append((_pointer(place, error.field), said(error.message)))
        result = "created" if old is None else "changed" if changed else "unchanged"
        self.answer.append({"number": one.number, "id": key, "result": result})
        return changed

    def _once(self, what: str, place: int, field: str, text: str) -> None:
        first = self._seen.setdefault(what, place)
        if first != place:
            sentence = _("{text} steht schon an Stelle {place}.").format(text=text, place=first)
            raise CatalogError("twice", sentence, field)


@router.post("/articles/bulk", auth=catalog.WRITE, response=writes(schemas.ArticlesSaved), summary="Save many")
def save_articles(request: HttpRequest, body: schemas.ArticlesBulk, key: Key) -> HttpResponse:
    """Make or change up to 500 articles by number, all or nothing; a refusal names every place that does not fit.

    What is left out of an article stays as it is; a new one needs `name` and `group_id`. No `If-Match`: what is named
    holds, whoever changed it last.
    """

    def prepare() -> Deed:
        plan = _Plan(body.articles)
        if plan.wrong:
            raise _refused(plan.wrong)
        changed = [row for one in plan.rows for row in one]
        actor = token_of(request).actor

        def act() -> None:
            try:
                if changed:
                    masterdata.save_articles(till(), actor, changed)
            except CatalogError as error:
                raise _refused(list(_found(plan)) or [("/articles", said(error.message))]) from None

        return Deed(act, lambda: Answer({"articles": plan.answer}))

    return once(request, key, prepare)


def _found(plan: _Plan) -> Iterator[Wrong]:
    """Yield what of the articles does not fit into the catalogue, each looked at alone."""
    for place, changed in enumerate(plan.rows):
        try:
            checks.verify(changed)
        except CatalogError as error:
            yield _pointer(place, error.field), said(error.message)


def _pointer(place: int, field: str) -> str:
    return f"/articles/{place}/{'barcodes' if field == 'code' else field}"


def _refused(wrong: Sequence[Wrong]) -> ProblemError:
    return ProblemError("invalid", _("Es wurde nichts geändert."), wrong[:_NAMED])


def _by_number(numbers: Sequence[str]) -> dict[str, dict[str, Any]]:
    marks = ", ".join(["%s"] * len(numbers))
    found = fetch(f"SELECT * FROM {rows.ARTICLE} WHERE number IN ({marks})", list(numbers))  # noqa: S608 marks only
    return {row["number"]: catalog.plain(rows.ARTICLE, row) for row in found}
