"""Notes and coins as drawings: own shapes in the colours of the euro's pieces, sized by what lies in the hand."""

from __future__ import annotations

from functools import lru_cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from smartecr.core.cash import NOTES, pieces
from smartecr.core.money import format_cents
from smartecr.core.records import dataclass

MOST_DRAWN = 14
"""From this many pieces on, equal ones are drawn once with their number."""

NOTE_SIZE = (132, 68)
COIN_SIZES = {200: 68, 100: 62, 50: 64, 20: 60, 10: 60, 5: 56, 2: 52, 1: 48}
"""Diameters in pixels; the order of the real ones, kept far enough apart to be told from each other."""


@dataclass(frozen=True, slots=True)
class Pile:
    """Money to hand out: its drawing and what it is in words ("1 Schein, 4 Münzen")."""

    drawing: SafeString
    words: str


def pile(cents: int) -> Pile:
    """Return the fewest notes and coins for `cents` (not negative), drawn in a row."""
    parts = pieces(cents)
    notes = sum(count for value, count in parts if value in NOTES)
    coins = sum(count for value, count in parts if value not in NOTES)
    words = []
    if notes:
        words.append(ngettext("{count} Schein", "{count} Scheine", notes).format(count=notes))
    if coins:
        words.append(ngettext("{count} Münze", "{count} Münzen", coins).format(count=coins))
    if notes + coins > MOST_DRAWN:
        drawn = [(piece(value), count) for value, count in parts]
    else:
        drawn = [(piece(value), 1) for value, count in parts for _repeat in range(count)]
    rows = (
        (drawing, format_html('<span class="times">× {}</span>', count) if count > 1 else "")
        for drawing, count in drawn
    )
    return Pile(drawing=format_html_join("", '<span class="piece">{}{}</span>', rows), words=", ".join(words))


@lru_cache(maxsize=32)
def piece(value: int) -> SafeString:
    """Return the drawing of one note or coin of `value` cents; hidden from screen readers, the words say it."""
    return _note(value) if value in NOTES else _coin(value)


def _note(value: int) -> SafeString:
    width, height = NOTE_SIZE
    return format_html(
        '<svg class="money note-{face}" width="{w}" height="{h}" viewBox="0 0 {w} {h}" aria-hidden="true">'
        '<rect class="money-ground" x="1" y="1" width="{iw}" height="{ih}" rx="4"/>'
        '<circle class="money-ring" cx="94" cy="34" r="21"/>'
        '<text class="money-figure money-figure-note" x="11" y="57">{face}</text></svg>',
        face=value // 100,
        w=width,
        h=height,
        iw=width - 2,
        ih=height - 2,
    )


def _coin(value: int) -> SafeString:
    size = COIN_SIZES[value]
    middle = size / 2
    core = format_html('<circle class="money-core" cx="{0}" cy="{0}" r="{1}"/>', middle, round(size * 0.29, 1))
    return format_html(
        '<svg class="money coin-{value}" width="{size}" height="{size}" viewBox="0 0 {size} {size}" aria-hidden="true">'
        '<circle class="money-ground" cx="{middle}" cy="{middle}" r="{radius}"/>{core}'
        '<text class="money-figure" x="{middle}" y="{base}" text-anchor="middle">{face}</text></svg>',
        value=value,
        size=size,
        middle=middle,
        radius=middle - 1,
        core=core if value >= 100 else "",
        base=middle + 7,
        face=value // 100 if value >= 100 else value,
    )


def name(value: int) -> str:
    """Return what a piece is called: "50 €", "20 ct"."""
    return f"{value // 100} €" if value >= 100 else _("{cents} ct").format(cents=value)


def worth(value: int, count: int) -> str:
    """Return what `count` pieces are worth as "1.234,56"."""
    return format_cents(value * count)
