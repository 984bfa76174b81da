"""Where the search index lies: one interface, on SQLite with FTS5, on PostgreSQL with a GIN index over tsvector.

catalog_search        one row an article: its words as one text, and all its terms (words, number, codes)
catalog_search_terms  SQLite only: the FTS5 index over the terms
catalog_search_word   the dictionary of words, by trigram; the trigram "" lists every word once
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from django.db import connection
from django.db.backends.utils import CursorWrapper

from smartecr.catalog import words
from smartecr.core.records import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """What the index keeps of one article: `name` is its words, blank between them; `terms` all it is found by."""

    article_id: str
    name: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to look for: a whole term, or the beginning of one."""

    text: str
    prefix: bool


Query = Sequence[Sequence[Term]]
"""All of these, each by any of its terms."""

Hit = tuple[str, str]
"""Article id and name of a document."""


_ENOUGH = 4000
_FEW = 3000
"""Documents that are looked at one by one; more are left to the index."""


class Backend(Protocol):
    """What differs between the databases."""

    def put(self, cursor: CursorWrapper, documents: Sequence[Document]) -> None:
        """Write documents, replacing those of the same articles."""

    def drop(self, cursor: CursorWrapper, article_ids: Sequence[str]) -> None:
        """Remove the documents of articles."""

    def clear(self, cursor: CursorWrapper) -> None:
        """Remove all documents."""

    def match(self, cursor: CursorWrapper, query: Query, limit: int) -> list[Hit]:
        """Return up to `limit` documents that answer `query`."""


class Sqlite:
    """FTS5 with external content: the terms stand once, in catalog_search, and the index beside them.

    What was read for a number is kept for the next, wider question of the same search.
    """

    def __init__(self) -> None:
        self._numbered: dict[str, list[tuple[str, str, str]] | None] = {}

    def put(self, cursor: CursorWrapper, documents: Sequence[Document]) -> None:
        """Write documents, replacing those of the same articles."""
        self.drop(cursor, [document.article_id for document in documents])
        cursor.execute("SELECT COALESCE(MAX(doc), 0) FROM catalog_search")
        first = cursor.fetchone()[0] + 1
        rows = [(first + place, one.article_id, one.name, " ".join(one.terms)) for place, one in enumerate(documents)]
        cursor.executemany("INSERT INTO catalog_search (doc, article_id, name, terms) VALUES (%s, %s, %s, %s)", rows)
        terms = [(doc, text) for doc, _id, _name, text in rows]
        cursor.executemany("INSERT INTO catalog_search_terms (rowid, terms) VALUES (%s, %s)", terms)

    def drop(self, cursor: CursorWrapper, article_ids: Sequence[str]) -> None:
        """Remove the documents of articles; FTS5 has to be told the old terms."""
        sql = f"SELECT doc, terms FROM catalog_search WHERE article_id IN ({_marks(article_ids)})"  # noqa: S608
        cursor.execute(sql, list(article_ids))
        old = cursor.fetchall()
        cursor.executemany(
            "INSERT INTO catalog_search_terms (catalog_search_terms, rowid, terms) VALUES ('delete', %s, %s)", old
        )
        cursor.executemany("DELETE FROM catalog_search WHERE doc = %s", [(doc,) for doc, _terms in old])

    def clear(self, cursor: CursorWrapper) -> None:
        """Remove all documents."""
        cursor.execute("INSERT INTO catalog_search_terms (catalog_search_terms) VALUES ('delete-all')")
        cursor.execute("DELETE FROM catalog_search")

    def match(self, cursor: CursorWrapper, query: Query, limit: int) -> list[Hit]:
        """Return up to `limit` documents that answer `query`."""
        found = self._by_number(cursor, query, limit)
        if found is not None:
            return found
        cursor.execute(
            "SELECT s.article_id, s.name FROM catalog_search_terms t JOIN catalog_search s ON s.doc = t.rowid "
            "WHERE t.catalog_search_terms MATCH %s LIMIT %s",
            [" AND ".join(map(_any_of, query)), limit],
        )
        return list(cursor.fetchall())

    def _by_number(self, cursor: CursorWrapper, query: Query, limit: int) -> list[Hit] | None:
        """Answer words beside a rare number by looking at the few documents with that number; None without one.

        FTS5 would walk through all documents of the words, which are many, to where the number is.
        """
        numbers = [terms for terms in query if all(term.text.isdecimal() for term in terms)]
        if not numbers or len(numbers) == len(query):
            return None
        matching = " AND ".join(map(_any_of, numbers))
        if matching not in self._numbered:
            self._numbered[matching] = self._with_number(cursor, matching)
        documents = self._numbered[matching]
        if documents is None:
            return None
        wanted = [_begins(terms) for terms in query if terms not in numbers]
        hits = ((key, name) for key, name, terms in documents if all(one(f" {terms} ") for one in wanted))
        return list(itertools.islice(hits, limit))

    def _with_number(self, cursor: CursorWrapper, matching: str) -> list[tuple[str, str, str]] | None:
        """Return id, name and terms of the documents that match, None when they are not few."""
        cursor.execute(
            "SELECT COUNT(*) FROM (SELECT 1 FROM catalog_search_terms WHERE catalog_search_terms MATCH %s LIMIT %s)",
            [matching, _FEW],
        )
        if cursor.fetchone()[0] == _FEW:
            return None
        cursor.execute(
            "SELECT s.article_id, s.name, s.terms FROM catalog_search_terms t JOIN catalog_search s ON s.doc = t.rowid "
            "WHERE t.catalog_search_terms MATCH %s",
            [matching],
        )
        return list(cursor.fetchall())


def _any_of(terms: Sequence[Term]) -> str:
    return "(" + " OR ".join(f'"{term.text}"{"*" if term.prefix else ""}' for term in terms) + ")"


def _begins(terms: Sequence[Term]) -> Callable[[str], object]:
    """Return a test whether one of `terms` stands in a text of terms with blanks around each."""
    return re.compile("|".join(f" {term.text}{'' if term.prefix else ' '}" for term in terms)).search


class Postgresql:
    """A tsvector of the terms with a GIN index; the words are folded here, so no text search configuration is used."""

    def put(self, cursor: CursorWrapper, documents: Sequence[Document]) -> None:
        """Write documents, replacing those of the same articles."""
        cursor.executemany(
            "INSERT INTO catalog_search (article_id, name, terms) VALUES (%s, %s, array_to_tsvector(%s::text[])) "
            "ON CONFLICT (article_id) DO UPDATE SET name = excluded.name, terms = excluded.terms",
            [(one.article_id, one.name, list(one.terms)) for one in documents],
        )

    def drop(self, cursor: CursorWrapper, article_ids: Sequence[str]) -> None:
        """Remove the documents of articles."""
        sql = f"DELETE FROM catalog_search WHERE article_id IN ({_marks(article_ids)})"  # noqa: S608
        cursor.execute(sql, list(article_ids))

    def clear(self, cursor: CursorWrapper) -> None:
        """Remove all documents."""
        cursor.execute("TRUNCATE catalog_search")

    def match(self, cursor: CursorWrapper, query: Query, limit: int) -> list[Hit]:
        """Return up to `limit` documents that answer `query`."""
        text = " & ".join(
            "(" + " | ".join(f"'{term.text}'{':*' if term.prefix else ''}" for term in terms) + ")" for terms in query
        )
        cursor.execute("SELECT article_id, name FROM catalog_search WHERE terms @@ %s::tsquery LIMIT %s", [text, limit])
        return list(cursor.fetchall())


def backend() -> Backend:
    """Return the index of the database in use."""
    return Postgresql() if connection.vendor == "postgresql" else Sqlite()


def named(cursor: CursorWrapper, beginning: str, limit: int) -> list[Hit]:
    """Return up to `limit` documents whose name begins so, shortest beginnings of the alphabet first."""
    cursor.execute(
        "SELECT article_id, name FROM catalog_search WHERE name >= %s AND name < %s ORDER BY name LIMIT %s",
        [beginning, beginning + "\U0010ffff", limit],
    )
    return list(cursor.fetchall())


def learn(cursor: CursorWrapper, new: Iterable[str]) -> None:
    """Add words to the dictionary."""
    candidates = sorted(new)
    if not candidates:
        return
    fresh = set(candidates) - known(cursor, candidates)
    rows = [(gram, word) for word in sorted(fresh) for gram in ("", *sorted(words.grams(word)))]
    cursor.executemany("INSERT INTO catalog_search_word (gram, word) VALUES (%s, %s) ON CONFLICT DO NOTHING", rows)


def known(cursor: CursorWrapper, candidates: Sequence[str]) -> set[str]:
    """Return those of `candidates` that are in the dictionary."""
    sql = f"SELECT word FROM catalog_search_word WHERE gram = '' AND word IN ({_marks(candidates)})"  # noqa: S608
    cursor.execute(sql, list(candidates))
    return {row[0] for row in cursor.fetchall()}


def beginning(cursor: CursorWrapper, start: str, limit: int) -> list[str]:
    """Return up to `limit` dictionary words that begin so, in the order of the alphabet."""
    cursor.execute(
        "SELECT word FROM catalog_search_word WHERE gram = '' AND word >= %s AND word < %s ORDER BY word LIMIT %s",
        [start, start + "\U0010ffff", limit],
    )
    return [row[0] for row in cursor.fetchall()]


def containing(cursor: CursorWrapper, part: str, limit: int) -> list[str]:
    """Return up to `limit` dictionary words that have `part` (three letters or more) somewhere, shortest first."""
    gram = rarest(cursor, words.inner_grams(part), 1)
    cursor.execute(
        "SELECT word FROM catalog_search_word WHERE gram = %s AND word LIKE %s ORDER BY LENGTH(word), word LIMIT %s",
        [*gram, f"%{part}%", limit],
    )
    return [row[0] for row in cursor.fetchall()]


def similar(cursor: CursorWrapper, word: str, slips: int, limit: int) -> list[str]:
    """Return up to `limit` dictionary words that share trigrams with `word`, most shared first.

    A slip spoils at most three trigrams, so of any 3 × `slips` + 1 of them a word that near still has one.
    """
    grams = rarest(cursor, words.grams(word), 3 * slips + 1)
    cursor.execute(
        f"SELECT word FROM catalog_search_word WHERE gram IN ({_marks(grams)}) "  # noqa: S608
        "GROUP BY word ORDER BY COUNT(*) DESC, LENGTH(word), word LIMIT %s",
        [*grams, limit],
    )
    return [row[0] for row in cursor.fetchall()]


def rarest(cursor: CursorWrapper, grams: Iterable[str], count: int) -> list[str]:
    """Return the `count` trigrams that the fewest words have; beyond `_ENOUGH` words they count as equal."""
    listed = sorted(grams)
    if len(listed) <= count:
        return listed
    one = f"SELECT COUNT(*) FROM (SELECT 1 FROM catalog_search_word WHERE gram = %s LIMIT {_ENOUGH}) found"  # noqa: S608
    cursor.execute(" UNION ALL ".join(f"SELECT %s, ({one})" for _ in listed), [gram for gram in listed for _ in "ab"])
    return [gram for gram, _words in sorted(cursor.fetchall(), key=lambda row: (row[1], row[0]))][:count]


def forget(cursor: CursorWrapper) -> None:
    """Empty the dictionary."""
    cursor.execute("DELETE FROM catalog_search_word")


def _marks(values: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(values))
