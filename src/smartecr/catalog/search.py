"""Finding articles by what somebody types: parts of names, misspelt or not, umlauts either way, numbers and codes.

Looked for in this order, until there are enough: an exact number or code; names that begin as typed; every typed word
at the beginning of some term; the same with words that contain it or are a slip or two away; all but one of the words.
What is found is ordered by how well each typed word fits. The index is kept by `index` and `remove`, which the
register calls where it writes catalogue rows.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field
from functools import partial

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from smartecr.catalog import codes, lookup, searchindex, words
from smartecr.catalog.models import Article, Barcode
from smartecr.catalog.searchindex import Document, Term
from smartecr.core.records import dataclass

MAX_TEXT = 100
_MAX_WORDS = 5
_CHUNK = 500
_POOL = 2
_RELATIVES = 60
_SHORT = 3


def search(text: str, limit: int = 20) -> list[Article]:
    """Return up to `limit` active articles for `text`, best first, their groups and deposit articles loaded."""
    asked = words.typed(text[:MAX_TEXT])[:_MAX_WORDS]
    if not asked or limit < 1:
        return []
    exact = lookup.by_code(text)
    with connection.cursor() as cursor:
        wanted = [_Word(spellings, _beginnings(cursor, spellings)) for spellings in asked]
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
    """One typed word: the terms that begin so, and the dictionary words like it with how badly they fit."""

    spellings: tuple[str, ...]
    beginnings: list[Term]
    relatives: dict[str, float] = field(default_factory=dict)
    guessed: bool = False

    def terms(self) -> list[Term]:
        """Return what to look for."""
        return [*self.beginnings, *(Term(word, prefix=False) for word in self.relatives)]

    def fit(self, word: str) -> float:
        """Return how badly a word of a name answers this one: 0 is letter for letter, 4 is not at all."""
        if word in self.spellings:
            return 0.0
        return 0.5 if word.startswith(self.spellings) else self.relatives.get(word, 4.0)


def _collect(cursor: CursorWrapper, wanted: Sequence[_Word], limit: int) -> dict[str, str]:
    """Return names by article id, from the surest step on until there are enough."""
    hits: dict[str, str] = {}
    match = partial(_match, searchindex.backend(), cursor, limit)
    for beginning in itertools.islice(itertools.product(*(word.spellings for word in wanted)), 4):
        hits |= searchindex.named(cursor, " ".join(beginning), limit)
    if len(hits) >= limit:
        return hits
    first = _query(wanted)
    hits |= match(first)
    if len(hits) >= limit:
        return hits
    for word in wanted:
        word.relatives = _containing(cursor, word.spellings)
        if not word.terms():
            _guess(cursor, word)
    second = _query(wanted)
    hits |= match(second) if second != first else {}
    # Whole words that were found together are what was meant; a single one may still be a slip for another.
    if hits and (len(wanted) > 1 or len(hits) >= limit):
        return hits
    for word in wanted:
        _guess(cursor, word)
    third = _query(wanted)
    hits |= match(third) if third != second else {}
    return hits or _with_fewer_words(match, third)


def _query(wanted: Sequence[_Word]) -> list[list[Term]]:
    return [word.terms() for word in wanted]


def _beginnings(cursor: CursorWrapper, spellings: Sequence[str]) -> list[Term]:
    """Return the terms that begin like one of the spellings.

    A whole term is answered as a stream, the beginning of many terms only after all of them were merged: so longer
    beginnings are looked up in the dictionary first. Short ones have an index of their own, numbers are few.
    """
    found: dict[Term, None] = {}
    for spelling in spellings:
        terms = [Term(spelling, prefix=True)]
        if len(spelling) > _SHORT and spelling.isalpha():
            whole = searchindex.beginning(cursor, spelling, _RELATIVES + 1)
            if len(whole) <= _RELATIVES:
                terms = [Term(word, prefix=False) for word in whole]
        found |= dict.fromkeys(terms)
    return list(found)


def _match(
    index: searchindex.Backend, cursor: CursorWrapper, limit: int, query: Sequence[Sequence[Term]]
) -> dict[str, str]:
    """Return names by article id for `query`, some more than asked for, so that the best of them can come first."""
    if not all(query):
        return {}
    return dict(index.match(cursor, query, limit * _POOL))


def _with_fewer_words(
    match: Callable[[Sequence[Sequence[Term]]], dict[str, str]], query: Sequence[Sequence[Term]]
) -> dict[str, str]:
    """Return what answers all but one of the words, else all but two, and so on."""
    for size in range(len(query) - 1, 0, -1):
        found: dict[str, str] = {}
        for some in itertools.combinations(query, size):
            found |= match(some)
        if found:
            return found
    return {}


def _containing(cursor: CursorWrapper, spellings: Sequence[str]) -> dict[str, float]:
    """Return the dictionary words that contain a spelling, at cost 1."""
    long = [spelling for spelling in spellings if len(spelling) >= _SHORT and not spelling.isdecimal()]
    return {word: 1.0 for spelling in long for word in searchindex.containing(cursor, spelling, _RELATIVES)}


def _guess(cursor: CursorWrapper, word: _Word) -> None:
    """Add dictionary words somebody may have meant, at cost 1 and one more a slip; once a word."""
    if word.guessed:
        return
    word.guessed = True
    for spelling in word.spellings:
        if len(spelling) >= _SHORT and not spelling.isdecimal():
            for other, slips in _misspelt(cursor, spelling):
                word.relatives.setdefault(other, 1.0 + slips)


def _misspelt(cursor: CursorWrapper, spelling: str) -> Iterator[tuple[str, int]]:
    """Yield dictionary words somebody may have meant, with the slips; none for a word that is one itself."""
    if searchindex.known(cursor, [spelling]):
        return
    if len(spelling) < 5:
        yield from ((word, 1) for word in searchindex.known(cursor, sorted(words.slips(spelling))))
    if len(spelling) < 4:
        return
    limit = words.tolerance(spelling)
    for word in searchindex.similar(cursor, spelling, limit, _RELATIVES):
        slips = words.distance(spelling, word, limit)
        if slips <= limit:
            yield word, slips
        elif len(spelling) > 4 and words.distance(spelling, word, 1, inside=True) <= 1:
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
    joined = ["".join(words.words(part)) for part in name.split() if "-" in part]
    terms = [*named, *(word for word in joined if word.isalpha()), *words.words(number)]
    for code in barcodes:
        terms += words.words(code)
        if codes.looks_like_gtin(code):
            terms.append(code.lstrip("0"))
    return Document(article_id, " ".join(named), tuple(dict.fromkeys(terms)))


def _vocabulary(document: Document) -> list[str]:
    return [word for word in document.terms if len(word) > 1 and word.isalpha()]


def _chunks(values: Iterable[str]) -> Iterator[list[str]]:
    ordered = list(dict.fromkeys(values))
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]
