"""The ticket as HTML. It is drawn with every tap, and a template engine takes longer for it than the whole sale.

Lines are drawn once and remembered: a tap changes one line of a long ticket, the others are looked up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from smartecr.core.money import format_cents
from smartecr.web.icons import icon

if TYPE_CHECKING:
    from smartecr.web.till.ticket import Ticket, TicketLine


@lru_cache(maxsize=8192)
def line(drawn: TicketLine, newest: bool) -> str:
    """Return a line; `drawn` holds its words in the language of whoever sees it."""
    age = f' data-age="{drawn.age}"' if drawn.age else ""
    note = f" <small>{escape(drawn.note)}</small>" if drawn.note else ""
    rows = "".join(
        f'<span class="n2">{escape(row.text)}</span>'
        f'<span class="a2">{"" if row.cents is None else format_cents(row.cents)}</span>'
        for row in drawn.rows
    )
    return (
        f'<li id="l-{drawn.id}" class="{"newest" if newest else ""}" data-article="{escape(drawn.article_id)}"'
        f' data-quantity="{drawn.quantity}" data-unit-cents="{drawn.unit_cents}" data-cents="{drawn.cents}"{age}'
        f' data-in-house="{drawn.in_house:d}"{" data-plain" if drawn.plain else ""}>'
        f'<button type="button" class="line" aria-pressed="false">'
        f'<span class="q">{f"{drawn.count} ×" if drawn.count else ""}</span>'
        f'<span class="n">{escape(drawn.text.replace(_SOFT_HYPHEN, ""))}{note}</span>'
        f'<span class="a">{format_cents(drawn.cents)}</span>{rows}</button></li>'
    )


_SOFT_HYPHEN = "\u00ad"


def discount(text: str, cents: int) -> str:
    """Return the line of a discount on the whole basket."""
    return (
        '<li id="l-discount" class="basket-discount"><button type="button" class="line" data-act="discount">'
        f'<span class="q"></span><span class="n">{escape(text)}</span>'
        f'<span class="a">{format_cents(cents)}</span></button></li>'
    )


def _below(sign: str, words: str) -> str:
    return f'<span class="ticket-guest">{icon(sign, 18)}{escape(words)}</span>' if words else ""


def ticket(
    drawn: Ticket, stamp: str, unsent: int, last: Mapping[str, Any] | None, guest: str = "", *, part: str = ""
) -> SafeString:
    """Return the whole ticket; `unsent` changes wait for the kitchen, an empty one speaks of the `last` receipt.

    `guest` is whose card lies on it, "" for nobody's; `part` says that it came off another one, "" for any other.
    """
    words = _words(drawn.language)
    lines = "".join(drawn.lines) or render_to_string("till/_empty.html", {"last": last})
    vat = "".join(f"<span>{escape(text)}</span>" for text in drawn.vat)
    return mark_safe(  # noqa: S308 - all that comes from outside is escaped
        f'<section class="ticket" id="ticket" aria-label="{words["bon"]}" data-stamp="{stamp}"'
        f' data-basket="{drawn.basket_id}" data-total="{drawn.total_cents}" data-in-house="{drawn.in_house:d}"'
        f' data-discount="{drawn.discounted:d}" data-count="{drawn.count}" data-parked="{drawn.parked}"'
        f' data-unsent="{unsent}"'
        f" data-counts='{escape(drawn.counts_json)}' data-gist=\"{escape(drawn.gist)}\">"
        f'<div class="ticket-paper"><header class="ticket-head" data-part="head">'
        f"<h2>{escape(drawn.label)}</h2><span>· {escape(drawn.number)}</span>"
        f" <span>{escape(drawn.size)}</span>{_below('split', part)}{_below('user-check', guest)}</header>"
        f'<ol class="lines" id="lines" tabindex="-1">{lines}</ol>'
        f'<div class="entry" id="entry" hidden><strong role="status"></strong><span></span>'
        f'<button type="button" class="entry-back" data-act="entry-back" aria-label="{words["back"]}">'
        f"{icon('backspace', 22)}</button></div>"
        f'<footer class="sums" data-part="sums"><p class="vat">{vat}</p>'
        f'<p class="total"><span class="total-word">{words["sum"]}</span>'
        f'<strong class="total-amount">{format_cents(drawn.total_cents)} €</strong></p></footer></div></section>'
    )


@cache
def _words(_language: str) -> dict[str, str]:
    words = {"bon": gettext("Bon"), "back": gettext("Letzte Ziffer löschen"), "sum": gettext("Summe")}
    return {name: escape(word) for name, word in words.items()}


def outcomes(found: Iterable[Mapping[str, Any]]) -> str:
    """Return one item a command: what became of it, and its sentence if it was refused."""
    items = "".join(
        f'<li data-id="{escape(one["id"])}" data-ok="{one["ok"]:d}" data-code="{escape(one["code"])}"'
        f' data-line="{escape(one["line"])}" data-about="{escape(one["about"])}" data-right="{escape(one["right"])}">'
        f"{escape(one['message'])}</li>"
        for one in found
    )
    return f'<ul id="outcomes">{items}</ul>'
