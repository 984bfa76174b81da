"""Finding articles by what somebody types: parts of names, misspelt or not, umlauts either way, numbers and codes.

Looked for in this order, until there are enough: an exact number or code; names that begin as typed; every typed word
at the beginning of some term; the same with words that contain it or are a slip or two away; all but one of the words.
What is found is ordered by how well each typed word fits. The index is kept by `index` and `remove`, which the
register calls where it writes catalogue rows.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from smartecr.catalog import codes, lookup, searchindex, words
from smartecr.catalog.models import Article, Barcode
from smartecr.catalog.searchindex import Document, Hit, Term

MAX_TEXT = 100
_MAX_WORDS = 5
_CHUNK = 500
_POOL = 3
_RELATIVES = 60


def search(text: str, limit: int = 20) -> list[Article]:
    """Return up to `limit` active articles for `text`, best first, their groups and deposit articles loaded."""
    asked = words.typed(text[:MAX_TEXT])[:_MAX_WORDS]
    if not asked or limit < 1:
        return []
    exact = lookup.by_code(text)
    with connection.cursor() as cursor:
        wanted = [_Word(spellings) for spellings in asked]
        hits = _collect(cursor, wanted, limit)
    ranked = sorted(hits, key=lambda key: (_fit(wanted, hits[key]), len(hits[key]), hits[key], key))
    ids = dict.fromkeys(([exact[0].id] if exact else []) + ranked)
    found = lookup.by_ids(list(ids)[:limit])
    return [article for article in found if article.active]


def index(article_ids: Iterable[str]) -> None:
    """Bring the index in line with these articles as they stand; inactive and unknown ones leave it."""
    backend = searchindex.backend()
    with transaction.atomic(), connection.cursor() as cursor:
        for chunk in _chunks(article_ids):
            documents = _documents(chunk)
            gone = set(chunk) - {document.article_id for document in documents}
            if gone:
                backend.drop(cursor, sorted(gone))
            if documents:
                backend.put(cursor, documents)
                searchindex.learn(cursor, {word for one in documents for word in _vocabulary(one)})


def remove(article_ids: Iterable[str]) -> None:
    """Take articles out of the index."""
    with transaction.atomic(), connection.cursor() as cursor:
        for chunk in _chunks(article_ids):
            searchindex.backend().drop(cursor, chunk)


def rebuild(progress: Callable[[int, int], None] | None = None) -> int:
    """Make the index anew from the catalogue and return the number of articles; `progress(done, total)`."""
    backend = searchindex.backend()
    with transaction.atomic(), connection.cursor() as cursor:
        backend.clear(cursor)
        searchindex.forget(cursor)
        ids = list(Article.objects.filter(active=True).order_by("id").values_list("id", flat=True))
        learnt: set[str] = set()
        for place, chunk in enumerate(_chunks(ids)):
            documents = _documents(chunk)
            backend.put(cursor, documents)
            new = {word for one in documents for word in _vocabulary(one)} - learnt
            searchindex.learn(cursor, new)
            learnt |= new
            if progress:
                progress(min((place + 1) * _CHUNK, len(ids)), len(ids))
    return len(ids)


@dataclass(slots=True)
class _Word:
    """One typed word; `relatives` are dictionary words that contain it or are near it, with how badly they fit."""

    spellings: tuple[str, ...]
    relatives: dict[str, float] = field(default_factory=dict)

    def terms(self) -> list[Term]:
        """Return what to look for: the beginnings of terms, and the relatives."""
        return [
            *(Term(spelling, prefix=True) for spelling in self.spellings),
            *(Term(word, prefix=False) for word in self.relatives),
        ]

    def fit(self, word: str) -> float:
        """Return how badly a word of a name answers this one: 0 is letter for letter, 4 is not at all."""
        if word in self.spellings:
            return 0.0
        return 0.5 if word.startswith(self.spellings) else self.relatives.get(word, 4.0)


def _collect(cursor: CursorWrapper, wanted: Sequence[_Word], limit: int) -> dict[str, str]:
    """Return names by article id, from the surest step on until there are enough."""
    backend = searchindex.backend()
    hits: dict[str, str] = {}
    for beginning in itertools.islice(itertools.product(*(word.spellings for word in wanted)), 4):
        hits |= searchindex.named(cursor, " ".join(beginning), limit)
    if len(hits) >= limit:
        return hits
    hits |= backend.match(cursor, [word.terms() for word in wanted], limit * _POOL)
    if len(hits) >= limit:
        return hits
    for word in wanted:
        word.relatives = _relatives(cursor, word.spellings)
    if any(word.relatives for word in wanted):
        hits |= backend.match(cursor, [word.terms() for word in wanted], limit * _POOL)
    return hits or dict(_with_fewer_words(cursor, [word.terms() for word in wanted], limit * _POOL))


def _with_fewer_words(cursor: CursorWrapper, query: searchindex.Query, limit: int) -> list[Hit]:
    """Return what answers all but one of the words, else all but two, and so on."""
    for size in range(len(query) - 1, 0, -1):
        found: list[Hit] = []
        for some in itertools.combinations(query, size):
            found += searchindex.backend().match(cursor, some, limit)
        if found:
            return found
    return []


def _relatives(cursor: CursorWrapper, spellings: Sequence[str]) -> dict[str, float]:
    """Return the dictionary words that contain a spelling (cost 1) or are some slips away (1 and one a slip)."""
    found: dict[str, float] = {}
    for spelling in spellings:
        if len(spelling) < 3 or spelling.isdecimal():
            continue
        found |= dict.fromkeys(searchindex.containing(cursor, spelling, _RELATIVES), 1.0)
        for word, slips in _misspelt(cursor, spelling):
            found.setdefault(word, 1.0 + slips)
    return found


def _misspelt(cursor: CursorWrapper, spelling: str) -> Iterator[tuple[str, int]]:
    """Yield dictionary words somebody may have meant, with the slips; none for a word that is one itself."""
    if searchindex.known(cursor, [spelling]):
        return
    if len(spelling) < 5:
        yield from ((word, 1) for word in searchindex.known(cursor, sorted(words.slips(spelling))))
        return
    limit = words.tolerance(spelling)
    for word in searchindex.similar(cursor, spelling, limit, _RELATIVES):
        slips = words.distance(spelling, word, limit)
        if slips <= limit:
            yield word, slips
        elif words.distance(spelling, word, 1, inside=True) <= 1:
            yield word, limit + 1


def _fit(wanted: Sequence[_Word], name: str) -> float:
    """Return how badly a name answers what was typed; earlier words of the name count a little more."""
    named = name.split()
    return sum(min((one.fit(word) + place * 0.05 for place, word in enumerate(named)), default=4.0) for one in wanted)


def _documents(article_ids: Sequence[str]) -> list[Document]:
    """Return the documents of the active ones among these articles."""
    numbers: dict[str, list[str]] = {}
    for code, key in Barcode.objects.filter(article_id__in=article_ids).values_list("code", "article_id"):
        numbers.setdefault(key, []).append(code)
    found = Article.objects.filter(id__in=article_ids, active=True).order_by("id").values_list("id", "number", "name")
    return [_document(key, number, name, numbers.get(key, [])) for key, number, name in found]


def _document(article_id: str, number: str, name: str, barcodes: Sequence[str]) -> Document:
    named = words.words(name)
    coded = [*words.words(number), words.code(number)]
    for code in barcodes:
        coded += [words.code(code), words.code(code).lstrip("0")] if codes.looks_like_gtin(code) else words.words(code)
    return Document(article_id, " ".join(named), tuple(dict.fromkeys(term for term in (*named, *coded) if term)))


def _vocabulary(document: Document) -> list[str]:
    return [word for word in document.name.split() if len(word) > 1 and not word.isdecimal()]


def _chunks(values: Iterable[str]) -> Iterator[list[str]]:
    ordered = list(dict.fromkeys(values))
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]
