"""A business letter on A4 with a table of amounts: invoices, and what takes them back. Drawn by `letter.typ`.

The address stands in the window of a DIN 5008 envelope (form B). With an `Attachment` it is PDF/A-3a, which may carry
the same invoice for machines; else PDF/A-2a.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from smartecr.core.records import dataclass
from smartecr.printer.pdf import typesetting
from smartecr.printer.wrap import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file in the PDF: `relationship` is its AFRelationship ("alternative": it says the same as the page)."""

    name: str
    text: str
    relationship: str
    about: str
    mime: str = "text/xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What stands on it, all of it text: `facts` are (label, value), the last columns of `rows` are amounts.

    `head` names the columns of `rows`, `sums` are (label, amount, whether it is the total), `footer` columns of lines.
    """

    title: str
    mark: str
    sender: str
    logo: tuple[str, str]
    address: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    opening: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sums: tuple[tuple[str, str, bool], ...]
    taxes: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    footer: tuple[tuple[str, ...], ...]


def render(letter: Letter, at: datetime, attachment: Attachment | None = None) -> bytes:
    """Return the letter as PDF/A; the same letter and date (aware) give the same bytes."""
    data = {**_plain(asdict(letter)), "attachment": asdict(attachment) if attachment is not None else None}
    return typesetting.pdf("letter.typ", data, at, "a-2a" if attachment is None else "a-3a")


def picture(letter: Letter, at: datetime) -> bytes:
    """Return its first page as PNG."""
    return typesetting.png("letter.typ", {**_plain(asdict(letter)), "attachment": None}, at)


def _plain(value: object) -> dict[str, object]:
    cleaned = _clean(value)
    assert isinstance(cleaned, dict), "a letter is a dict"
    return cleaned


def _clean(value: object) -> object:
    """Every text on one line and printable."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, dict):
        return {name: _clean(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(one) for one in value]
    return value
