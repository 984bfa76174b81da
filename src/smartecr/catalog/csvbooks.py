"""A CSV file against the books: which rows it makes, and what does not fit between its lines and the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from smartecr.catalog import csvdates, rows
from smartecr.catalog.csvdates import Dated
from smartecr.catalog.errors import CatalogError
from smartecr.catalog.models import Article, Barcode, Group, Price
from smartecr.catalog.rows import Row
from smartecr.core.kinds import DEPOSIT

Wrong = tuple[str, str]
"""Field and message."""

_HUE, _HUE_STEP = 84, 47


class Books:
    """The catalogue as it stands, in dicts: read once a file."""

    def __init__(self) -> None:
        self.articles: dict[str, dict[str, Any]] = {row["number"]: dict(row) for row in Article.objects.values()}
        self.numbers = {row["id"]: number for number, row in self.articles.items()}
        self.groups: dict[str, dict[str, Any]] = {row["id"]: dict(row) for row in Group.objects.values()}
        self.codes: dict[str, tuple[str, int]] = {}
        self.codes_of: dict[str, dict[str, int]] = {}
        for code, article_id, quantity in Barcode.objects.values_list("code", "article_id", "quantity"):
            self.codes[code] = (article_id, quantity)
            self.codes_of.setdefault(article_id, {})[code] = quantity
        self.dated: dict[str, list[dict[str, Any]]] = {}
        for price in Price.objects.values():
            self.dated.setdefault(price["article_id"], []).append(dict(price))


class Plan:
    """Takes the lines of a file one by one, then concludes; afterwards `rows` are what the journal gets."""

    def __init__(self, books: Books, new_id: Callable[[], str], now: str) -> None:
        self.created = self.changed = self.unchanged = 0
        self._books = books
        self._new_id = new_id
        self._now = now
        self._groups: dict[str, Row] = {}
        self._by_name = {str(row["name"]): key for key, row in reversed(books.groups.items())}
        self._by_fold = {name.casefold(): key for name, key in reversed(self._by_name.items())}
        self._lines: dict[str, int] = {}
        self._code_lines: dict[str, int] = {}
        self._articles: dict[str, dict[str, Any]] = {}
        self._deposits: dict[str, str] = {}
        self._codes: dict[str, dict[str, int]] = {}
        self._dated: dict[str, list[Row]] = {}

    def take(self, line: int, values: Mapping[str, Any]) -> list[Wrong]:
        """Take the values of a line; return what is wrong with them, each by field and message."""
        number = values.get("number")
        if number is None:
            return [("number", _("Die Nummer fehlt."))]
        if number in self._lines:
            text = _("Die Nummer {number} steht schon in Zeile {line}.")
            return [("number", text.format(number=number, line=self._lines[number]))]
        self._lines[number] = line
        old = self._books.articles.get(number)
        wrong = self._missing(values) if old is None else []
        group_id, problem = self._group(values, old)
        wrong += problem
        if not group_id:
            return wrong
        columns, refused = self._article(values, old, group_id)
        wrong += refused
        if columns is not None:
            self._articles[number] = columns
            if "deposit" in values:
                self._deposits[number] = values["deposit"] or ""
            if "codes" in values:
                self._codes[number] = values["codes"]
            wrong += self._dates(number, columns, values.get("dated"))
        wrong += self._double_codes(line, values.get("codes", {}))
        return wrong

    def conclude(self) -> Iterator[tuple[int, str, str]]:
        """Settle what lines say of each other; yield line, field and message of what does not fit."""
        yield from self._settle_deposits()
        yield from self._settle_codes()

    def rows(self) -> list[Row]:
        """Return the rows to be written: groups, deposit articles first of all articles, codes that go, codes."""
        changed: list[Row] = []
        for number, columns in self._articles.items():
            old = self._books.articles.get(number)
            codes = self._codes.get(number)
            recoded = codes is not None and codes != self._books.codes_of.get(columns["id"], {})
            if old is None:
                self.created += 1
            elif old != columns or recoded or self._dated.get(number):
                self.changed += 1
            else:
                self.unchanged += 1
            if old != columns:
                changed.append(Row(table=rows.ARTICLE, key=columns["id"], columns=columns))
        changed.sort(key=lambda row: (row["columns"] or {})["deposit_article_id"] is not None)
        dates = [row for rows_of_one in self._dated.values() for row in rows_of_one]
        return [*self._groups.values(), *changed, *self._code_rows(), *dates]

    def _dates(self, number: str, columns: Mapping[str, Any], wanted: Sequence[Dated] | None) -> list[Wrong]:
        if wanted is None:
            return []
        kept, fresh = self._books.dated.get(columns["id"], []), iter(self._new_id, None)
        try:
            self._dated[number] = csvdates.changed(wanted, kept, columns, fresh, self._now)
        except CatalogError as error:
            return [("dated", error.message)]
        return []

    def _missing(self, values: Mapping[str, Any]) -> list[Wrong]:
        text = _("Ein neuer Artikel braucht diese Angabe.")
        wrong = [(field, text) for field in ("name", "group") if not values.get(field)]
        if "price_cents" not in values and not values.get("open_price"):
            wrong.append(("price_cents", text))
        return wrong

    def _group(self, values: Mapping[str, Any], old: Mapping[str, Any] | None) -> tuple[str, list[Wrong]]:
        """Return the id of the group named, or of the old one; a new name makes a new group."""
        name = values.get("group")
        if not name:
            return (old["group_id"], []) if old else ("", [])
        name = rows.tidy(name)
        if old and self._books.groups[old["group_id"]]["name"] == name:
            return old["group_id"], []
        known = self._by_name.get(name) or self._by_fold.get(name.casefold())
        if known:
            return known, []
        place = 1 + max((row["position"] for row in self._books.groups.values()), default=0) + len(self._groups)
        group = {"id": self._new_id(), "name": name, "position": place, "hue": (_HUE + _HUE_STEP * place) % 360}
        group |= {key: values[key] for key in ("vat_key_in", "vat_key_out") if key in values}
        try:
            row = rows.group_row(group)
        except CatalogError as error:
            return "", [("group", error.message)]
        self._groups[row["key"]] = row
        columns = row["columns"] or {}
        self._by_name[columns["name"]] = self._by_fold[columns["name"].casefold()] = row["key"]
        return row["key"], []

    def _article(
        self, values: Mapping[str, Any], old: Mapping[str, Any] | None, group_id: str
    ) -> tuple[dict[str, Any] | None, list[Wrong]]:
        """Return the columns of the article, or None; a refused field is named and left out to look at the others."""
        special = {"group", "codes", "deposit", "dated"}
        wanted = {key: value for key, value in values.items() if key not in special and not key.startswith("price ")}
        levels = {int(key[6:]): cents for key, cents in values.items() if key.startswith("price ")}
        if levels:
            kept = Article(prices=old["prices"]).level_prices if old else {}
            merged = {**kept, **levels}
            wanted["prices"] = {level: cents for level, cents in merged.items() if cents is not None}
        wanted |= {"id": old["id"] if old else self._new_id(), "group_id": group_id}
        if "deposit" in values:
            wanted["deposit_article_id"] = None
        if "content" in values:
            wanted["content"], wanted["content_unit"] = values["content"] or (None, "")
        made = self._groups.get(group_id)
        group = made["columns"] if made else self._books.groups[group_id]
        wrong: list[Wrong] = []
        while True:
            try:
                return rows.article_row(wanted, old, group)["columns"], wrong
            except CatalogError as error:
                if error.code == "missing":
                    return None, wrong
                if (error.field, error.message) not in wrong:
                    wrong.append((error.field, error.message))
                if error.field not in wanted or error.field in ("id", "number", "group_id", "name"):
                    return None, wrong
                del wanted[error.field]
                if error.field == "content":
                    del wanted["content_unit"]

    def _double_codes(self, line: int, codes: Mapping[str, int]) -> list[Wrong]:
        wrong = []
        for code in codes:
            first = self._code_lines.setdefault(code, line)
            if first != line:
                wrong.append(("codes", _("Der Code {code} steht schon in Zeile {line}.").format(code=code, line=first)))
        return wrong

    def _settle_deposits(self) -> Iterator[tuple[int, str, str]]:
        for number, deposit in self._deposits.items():
            article = self._articles[number]
            target = self._articles.get(deposit) or self._books.articles.get(deposit)
            if not deposit or (deposit in self._lines and deposit not in self._articles):
                continue
            if target is None:
                text = _("Den Pfandartikel {number} gibt es nicht.").format(number=deposit)
                yield self._lines[number], "deposit", text
            elif target["gv_typ"] != DEPOSIT or article["gv_typ"] == DEPOSIT:
                text = _("Der Artikel {number} ist kein Pfand für diesen Artikel.").format(number=deposit)
                yield self._lines[number], "deposit", text
            else:
                article["deposit_article_id"] = target["id"]
        kinds = {row["id"]: row["gv_typ"] for row in self._articles.values()}
        for number, row in {**self._books.articles, **self._articles}.items():
            wanted = row["deposit_article_id"]
            if number not in self._deposits and kinds.get(wanted, DEPOSIT) != DEPOSIT:
                line = self._lines[self._books.numbers[wanted]]
                yield line, "gv_typ", _("Der Artikel {number} nimmt diesen als Pfand.").format(number=number)

    def _settle_codes(self) -> Iterator[tuple[int, str, str]]:
        for number, codes in self._codes.items():
            for code in codes:
                holder = self._books.numbers.get(self._books.codes.get(code, ("", 0))[0], number)
                keeps = holder not in self._codes or code in self._codes[holder]
                if holder != number and keeps and self._code_lines[code] == self._lines[number]:
                    text = _("Der Code {code} gehört schon zum Artikel {number}.").format(code=code, number=holder)
                    yield self._lines[number], "codes", text

    def _code_rows(self) -> Iterator[Row]:
        gone: list[Row] = []
        put: list[Row] = []
        for number, codes in self._codes.items():
            key = self._articles[number]["id"]
            old = self._books.codes_of.get(key, {})
            gone += [rows.without_barcode(code) for code in old if code not in codes]
            put += [rows.barcode_row(code, key, count) for code, count in codes.items() if old.get(code) != count]
        yield from gone
        yield from put
