"""English for whoever reads it: every text of the screens has one, and refusals are found again by their pattern."""

from __future__ import annotations

import ast
import errno
import io
import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils import translation
from django.utils.translation.template import templatize

import smartecr
from smartecr.core import oswords
from smartecr.web.till.words import SENTENCES, said

SOURCE = Path(smartecr.__file__).parent
KEYWORDS: dict[str, tuple[Any, ...] | None] = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "marked": None, "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
}  # fmt: skip
ROOMS = ("web", "staff", "catalog", "insights")


def texts() -> set[str]:
    """Return every German text of the rooms people read, from modules and templates."""
    found: set[str] = set()
    for room in ROOMS:
        for path in sorted((SOURCE / room).rglob("*")):
            if path.suffix == ".html":
                source = "\n".join(line.strip() for line in templatize(path.read_text("utf-8")).split("\n"))
            elif path.suffix == ".py":
                source = path.read_text("utf-8")
                found |= within_texts(source)
            else:
                continue
            for _line, message, _comments, context in extract("python", io.BytesIO(source.encode()), KEYWORDS):
                text = message if isinstance(message, str) else message[0]
                found.add(f"{context}: {text}" if context else text)
    return found


def within_texts(source: str) -> set[str]:
    """Return the texts asked for within f-strings, of which the extraction of Python 3.11 knows nothing."""
    found: set[str] = set()
    wholes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.JoinedStr)]
    for call in (node for whole in wholes for node in ast.walk(whole)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in KEYWORDS:
            found |= {one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return found


def test_every_text_has_an_english_one() -> None:
    catalogue = read_po(io.BytesIO((SOURCE / "locale/en/LC_MESSAGES/django.po").read_bytes()))
    known = set()
    for entry in catalogue:
        if entry.id and entry.string:
            text = entry.id if isinstance(entry.id, str) else entry.id[0]
            known.add(f"{entry.context}: {text}" if entry.context else text)
    asked = texts()
    assert len(asked) > 300
    assert asked - known == set()


def test_the_english_fills_the_same_gaps() -> None:
    catalogue = read_po(io.BytesIO((SOURCE / "locale/en/LC_MESSAGES/django.po").read_bytes()))
    gap = re.compile(r"%\(\w+\)s|\{\w+\}")
    for entry in catalogue:
        if isinstance(entry.id, str) and entry.id:
            assert set(gap.findall(entry.id)) == set(gap.findall(str(entry.string))), entry.id


@pytest.mark.parametrize(
    ("german", "english"),
    [
        ("", ""),
        ("Es ist kein Bon offen.", "No receipt is open."),
        ("Unbekannter Code 4099999999996", "Unknown code 4099999999996"),
        ("Ab 18. Ausweis gesehen?", "From 18. ID checked?"),
        ("Blumen hat einen festen Preis.", "Blumen has a fixed price."),
        ("Noch offen: Dame mit Hut, Tisch 3.", "Still open: Dame mit Hut, Tisch 3."),
        ("Ein Satz, den niemand kennt.", "Ein Satz, den niemand kennt."),
    ],
)
def test_refusals_are_said_in_english(german: str, english: str) -> None:
    with translation.override("en"):
        assert said(german) == english
    with translation.override("de"):
        assert said(german) == german


def test_sentences_with_gaps_have_one() -> None:
    assert all("{" in sentence for sentence in SENTENCES)


def test_reasons_of_the_system_are_said_in_english_within_their_sentence() -> None:
    with translation.override("en"):
        numbers = (None, -2, 99999, *errno.errorcode)
        german = [reason for number in numbers if re.search("[a-zäöü] ", reason := oswords.reason(OSError(number, "")))]
        assert len(german) > 15
        assert [reason for reason in german if said(reason) == reason] == []
        full = said("Der Datenträger der Kasse macht nicht mit (auf dem Datenträger ist kein Platz mehr).")
        assert full.endswith("(there is no space left on the disk).")
        assert said("Ein Kassenbuch.csv ist nicht lesbar (keine Berechtigung).").endswith(
            "cannot be read (no permission)."
        )
        assert said("TSE ausgefallen: Systemfehler EBADMSG").endswith("system error EBADMSG")
