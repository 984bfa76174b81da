"""gdpdu-01-09-2004.dtd: what index.xml may hold (Beschreibungsstandard für die Datenträgerüberlassung).

The declarations are a fixed interface and stand here once: the file of an export and the check of anybody's index.xml
are made from them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final
from xml.etree.ElementTree import Element

FILE: Final = "gdpdu-01-09-2004.dtd"

_TEXT = "(#PCDATA)"
_EMPTY = "EMPTY"
_KIND = "(Numeric | AlphaNumeric | Date)"
_SIZED_KIND = "(Numeric | (AlphaNumeric, MaxLength?) | Date)"

DECLARATIONS: Final[dict[str, str]] = {
    "DataSet": "(Extension*, Version, DataSupplier?, Command*, Media+, Command*)",
    "Extension": "(Name, URL)",
    "DataSupplier": "(Name, Location, Comment)",
    "Media": "(Name, Command*, Table*, Command*, AcceptNoTables?)",
    "Table": (
        "(URL, Name?, Description?, Validity?, (ANSI | Macintosh | OEM | UTF16 | UTF7 | UTF8)?, "
        "(DecimalSymbol, DigitGroupingSymbol)?, SkipNumBytes?, Range?, Epoch?, (VariableLength | FixedLength))"
    ),
    "Validity": "(Range, Format?)",
    "Range": "(From, (To | Length)?)",
    "FixedRange": "(From, (To | Length))",
    "VariableLength": (
        "(ColumnDelimiter?, RecordDelimiter?, TextEncapsulator?, "
        "((VariablePrimaryKey+, VariableColumn*) | (VariableColumn+)), ForeignKey*)"
    ),
    "VariableColumn": f"(Name, Description?, {_SIZED_KIND}, Map*)",
    "VariablePrimaryKey": f"(Name, Description?, {_SIZED_KIND}, Map*)",
    "FixedLength": ("((Length | RecordDelimiter)?, ((FixedPrimaryKey+, FixedColumn*) | (FixedColumn+)), ForeignKey*)"),
    "FixedColumn": f"(Name, Description?, {_KIND}, Map*, FixedRange)",
    "FixedPrimaryKey": f"(Name, Description?, {_KIND}, Map*, FixedRange)",
    "ForeignKey": "(Name+, References, Alias*)",
    "Alias": "(From, To)",
    "Map": "(Description?, From, To)",
    "Numeric": "((ImpliedAccuracy | Accuracy)?)",
    "Date": "(Format?)",
    **dict.fromkeys(("AlphaNumeric", "ANSI", "Macintosh", "OEM", "UTF16", "UTF7", "UTF8"), _EMPTY),
    **dict.fromkeys(
        (
            "AcceptNoTables",
            "Accuracy",
            "ColumnDelimiter",
            "Command",
            "Comment",
            "DecimalSymbol",
            "Description",
            "DigitGroupingSymbol",
            "Epoch",
            "Format",
            "From",
            "ImpliedAccuracy",
            "Length",
            "Location",
            "MaxLength",
            "Name",
            "RecordDelimiter",
            "References",
            "SkipNumBytes",
            "TextEncapsulator",
            "To",
            "URL",
            "Version",
        ),
        _TEXT,
    ),
}
"""Element -> content model."""


def text() -> str:
    """Return the text of the DTD file."""
    lines = [f"<!ELEMENT {name} {model}>" for name, model in DECLARATIONS.items()]
    return "\r\n".join(['<?xml version="1.0" encoding="UTF-8"?>', *lines, ""])


def violations(root: Element) -> Iterator[tuple[str, str]]:
    """Yield (path of the element, what is wrong in German) for all that the DTD does not allow below `root`."""
    if root.tag != "DataSet":
        yield root.tag, "Das äußerste Element muss DataSet sein."
    pending = [(root, str(root.tag))]
    while pending:
        element, path = pending.pop()
        problem = _problem(element)
        if problem:
            yield path, problem
        pending += [(child, f"{path}/{child.tag}") for child in reversed(element)]


def _problem(element: Element) -> str:
    model = DECLARATIONS.get(element.tag)
    if model is None:
        return "Dieses Element ist nicht vorgesehen."
    if element.attrib:
        return "Attribute sind nicht vorgesehen."
    children = [child.tag for child in element]
    if model == _TEXT:
        return "Hier darf nur Text stehen." if children else ""
    if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
        return "Hier darf kein Text stehen."
    if not _pattern(element.tag).fullmatch("".join(f"{name}," for name in children)):
        return f"Erwartet wird {model}."
    return ""


@cache
def _pattern(name: str) -> re.Pattern[str]:
    """Turn a content model into a pattern over the children's names, each followed by a comma."""
    model = DECLARATIONS[name]
    if model == _EMPTY:
        return re.compile("")
    groups = model.replace(",", "").replace("(", "(?:")
    return re.compile(re.sub(r"[A-Za-z]\w*", r"(?:\g<0>,)", groups).replace(" ", ""))
