"""Articles as a CSV file: written for spreadsheets, read all or nothing with every error named by line and column.

The file: UTF-8 (a BOM is welcome; Windows-1252 and UTF-16 are understood), semicolons (or tabs or commas), one line an
article, headings as in `csvcells.columns`. Articles are recognised by their number; a column that is missing changes
nothing; articles that are missing stay as they are. Groups are found by name, new ones are made.
"""

from __future__ import annotations

import csv
import io
import itertools
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from smartecr.catalog import csvcells, csvdates
from smartecr.catalog.csvbooks import Books, Plan
from smartecr.catalog.csvcells import Column
from smartecr.catalog.errors import CatalogError
from smartecr.catalog.models import Article, Barcode, Price
from smartecr.catalog.rows import LEVELS, Row
from smartecr.core import ids, moments
from smartecr.core.errors import CoreError
from smartecr.core.records import dataclass

MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 200_000
MAX_PROBLEMS = 100
_DELIMITERS = ";\t,"
_HEADINGS = 20_000
WHOLE_LINE = "alle"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where: line of the file from 1, heading of the column (or "alle")."""

    line: int
    column: str
    message: str


class CsvError(Exception):
    """The file was refused as a whole. `problems` are the first hundred in the file's order, `total` counts all."""

    def __init__(self, problems: list[Problem]) -> None:
        ordered = sorted(problems, key=lambda problem: problem.line)
        self.total = len(ordered)
        self.problems = ordered[:MAX_PROBLEMS]
        if self.total > MAX_PROBLEMS:
            more = _("und {count} weitere").format(count=self.total - MAX_PROBLEMS)
            self.problems.append(Problem(ordered[MAX_PROBLEMS].line, WHOLE_LINE, f"… {more}"))
        super().__init__(f"{self.total} problems")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file would change: `rows` for the journal, numbers of articles, and remarks that stop nothing."""

    rows: list[Row]
    created: int
    changed: int
    unchanged: int
    notices: list[str]


def export_articles() -> str:
    """Return all articles as the text of a CSV file, with a BOM so that spreadsheets read it as UTF-8."""
    articles = Article.objects.select_related("group", "deposit_article")
    ordered = list(articles.order_by("group__position", "group_id", "position", "number"))
    codes: dict[str, dict[str, int]] = {}
    for code, article_id, quantity in Barcode.objects.values_list("code", "article_id", "quantity"):
        codes.setdefault(article_id, {})[code] = quantity
    levels = {level for article in ordered for level in article.level_prices}
    unused = {f"price {level}" for level in LEVELS if level not in levels}
    planned: dict[str, list[csvdates.Dated]] = {}
    for price in Price.objects.filter(ended=False).values():
        planned.setdefault(price["article_id"], []).append(csvdates.of(price))
    if not planned:
        unused.add("dated")
    if not any(article.stocked for article in ordered):
        unused |= {"stocked", "stock_min", "stock_full"}
    if all(article.content is None for article in ordered):
        unused.add("content")
    columns = [column for column in csvcells.columns(timezone.localdate()) if column.field not in unused]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([column.heading for column in columns])
    for article in ordered:
        dates = planned.get(article.id, [])
        values = (dates if column.field == "dated" else _value(article, column.field, codes) for column in columns)
        writer.writerow([column.write(value) for column, value in zip(columns, values, strict=True)])
    return "\ufeff" + out.getvalue()


def _value(article: Article, field: str, codes: dict[str, dict[str, int]]) -> Any:
    if field == "group":
        return article.group.name
    if field == "codes":
        return codes.get(article.id, {})
    if field == "deposit":
        return article.deposit_article.number if article.deposit_article else ""
    if field == "content":
        return article.content_text
    if field.startswith("price "):
        return article.level_prices.get(int(field[6:]))
    return getattr(article, field)


def read_articles(data: bytes, new_id: Callable[[], str] | None = None) -> list[Row]:
    """Return the rows a file changes (see `read`). Raises CsvError."""
    return read(data, new_id).rows


def read(data: bytes, new_id: Callable[[], str] | None = None, day: date | None = None, now: str = "") -> Reading:
    """Return what a file would change in the catalogue; nothing is written.

    `new_id` makes ids of new groups and articles, `day` says which VAT rates "19 %" means (default today), `now` (UTC
    text, default the clock) which prices are still to come. Raises CsvError with every problem found.
    """
    text, notices = _decode(data)
    records = _records(text)
    columns = _headings(*_first(records), day or timezone.localdate())
    problems: list[Problem] = []
    plan = Plan(Books(), new_id or _new_id, now or moments.utc(timezone.now()))
    for number, texts in _lines(records, len(columns), problems):
        values, wrong = _values(texts, columns)
        refused = {field for field, _message in wrong}
        wrong += [one for one in plan.take(number, values) if one[0] not in refused]
        problems += [Problem(number, _heading(columns, field), message) for field, message in wrong]
    problems += [Problem(number, _heading(columns, field), message) for number, field, message in plan.conclude()]
    if problems:
        raise CsvError(problems)
    rows = plan.rows()
    return Reading(rows, plan.created, plan.changed, plan.unchanged, notices)


def _new_id() -> str:
    return ids.new_id(time.time_ns() // 1_000_000, secrets.token_bytes(ids.RANDOM_BYTES))


def _refuse(message: str, line: int = 1) -> CsvError:
    return CsvError([Problem(line, WHOLE_LINE, message)])


def _decode(data: bytes) -> tuple[str, list[str]]:
    """Return the text of the file and remarks on it."""
    if len(data) > MAX_BYTES:
        raise _refuse(_("Die Datei ist größer als {size} MB.").format(size=MAX_BYTES // 2**20))
    utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")  # Excel's "Unicode-Text"
    try:
        return data.decode("utf-16" if utf16 else "utf-8-sig"), []
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _refuse(_("Die Datei enthält unlesbare Zeichen. Bitte als „CSV UTF-8“ speichern."), line) from None
    return text, [_("Die Datei war nicht in UTF-8 gespeichert und wurde als Windows-Text gelesen: Umlaute prüfen.")]


def _records(text: str) -> Iterator[tuple[int, list[str] | str]]:
    """Yield the line each record begins on, and its cells, or a message where the file cannot be read any further."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    while True:
        number = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield number, _("Die Anführungszeichen gehen nicht auf, oder eine Zelle ist zu lang.")
            return
        yield number, record


def _delimiter(text: str) -> str:
    """Return what separates the cells: named by "sep=", else what the line of the headings has most of."""
    line = next((line for line in text[:_HEADINGS].splitlines() if line.strip(";\t, ")), "")
    named = line[4:5] if line.lower().startswith("sep=") else ""
    return named if named in _DELIMITERS and named else max(_DELIMITERS, key=line.count)


def _first(records: Iterator[tuple[int, list[str] | str]]) -> tuple[int, list[str]]:
    """Return the line of the headings, and these; a line "sep=;" that Excel writes before them is passed over."""
    for number, cells in records:
        if isinstance(cells, str):
            raise _refuse(cells, number)
        if any(cell.strip() for cell in cells) and not cells[0].lower().startswith("sep="):
            return number, cells
    raise _refuse(_("Die Datei ist leer."))


def _lines(
    records: Iterator[tuple[int, list[str] | str]], width: int, problems: list[Problem]
) -> Iterator[tuple[int, list[str]]]:
    """Yield line and texts of each article; what is wrong with the shape of the file goes to `problems`."""
    count = 0
    for number, cells in records:
        if isinstance(cells, str):
            problems.append(Problem(number, WHOLE_LINE, cells))
            return
        texts = [csvcells.unguard(cell) for cell in cells]
        if any(texts[width:]):
            message = _("Die Zeile hat mehr Zellen als die {count} Überschriften.").format(count=width)
            problems.append(Problem(number, WHOLE_LINE, message))
        elif any(texts):
            count += 1
            if count > MAX_ROWS:
                message = _("Mehr als {count} Artikel sind zu viel.").format(count=MAX_ROWS)
                problems.append(Problem(number, WHOLE_LINE, message))
                return
            yield number, texts


def _headings(line: int, cells: list[str], day: date) -> dict[str, Column]:
    """Return the columns of the file by field. Raises CsvError for headings that are unknown, double or missing."""
    known = {column.heading.casefold(): column for column in csvcells.columns(day)}
    known |= {alias: known[heading.casefold()] for alias, heading in csvcells.ALIASES.items()}
    found: dict[str, Column] = {}
    problems: list[Problem] = []
    texts = [csvcells.unguard(cell) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    for text in texts:
        column = known.get(" ".join(text.split()).casefold())
        if column is None:
            problems.append(Problem(line, text[:40] or WHOLE_LINE, _("Diese Überschrift ist unbekannt.")))
        elif column.field in found:
            problems.append(Problem(line, column.heading, _("Diese Überschrift kommt zweimal vor.")))
        else:
            found[column.field] = column
    if "number" not in found and not problems:
        problems.append(Problem(line, "Nummer", _("Die Spalte Nummer fehlt.")))
    if problems:
        raise CsvError(problems)
    return found


def _heading(columns: dict[str, Column], field: str) -> str:
    column = columns.get(field) or columns.get(
        {"prices": "price_cents", "group_id": "group", "deposit_article_id": "deposit"}.get(field, "")
    )
    if column is None and field == "group":  # what a new article needs and the file has not
        return _("Warengruppe")
    return column.heading if column else WHOLE_LINE


def _values(texts: list[str], columns: dict[str, Column]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return what the cells of a line say by field, and what is wrong with them; cells may be left off at the end."""
    values: dict[str, Any] = {}
    wrong: list[tuple[str, str]] = []
    padded = itertools.chain(texts, itertools.repeat(""))
    for (field, column), text in zip(columns.items(), padded, strict=False):
        if not text:
            if column.empty is not ...:
                values[field] = column.empty
            continue
        try:
            values[field] = column.read(text)
        except (CatalogError, CoreError) as error:
            wrong.append((field, error.message))
    return values, wrong
