"""Template filters and tags of the screens; built into every template by the settings.

Amounts are cents, quantities thousandths; what comes out is German typography ("27,86", "0,275", "−1,29").
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import template
from django.utils.safestring import SafeString

from smartecr.core.money import format_cents, round_half_up
from smartecr.core.quantity import format_quantity
from smartecr.printer.document import Block
from smartecr.web import icons

register = template.Library()

DESIGN_HUES = (58, 128, 92, 28, 355, 225, 305, 178)
"""The hues of the design; every other one is drawn by its nearest step of fifteen degrees."""

SOFT_HYPHEN = "\u00ad"
LINE_LETTERS = 10
"""Letters of a tile's name that fit one line at its ordinary size."""

_MEASURE = re.compile(r"(\d) (kg|g|l|ml|cl|cm|St|Stück)\b")
_PIECES = re.compile("[^ \u00ad-]+[ \u00ad-]?")


@register.filter
def cents(amount: int) -> str:
    """Return cents as "1.234,56", with a true minus sign."""
    return format_cents(amount)


@register.filter
def notes(amount: int) -> str:
    """Return cents without ",00": what stands on a note or a key ("50", "27,86")."""
    return format_cents(amount).removesuffix(",00")


@register.filter
def whole(amount: int) -> str:
    """Return cents as whole euros ("1.234"), for a list that says how much rather than what exactly."""
    return format_cents(round_half_up(amount, 100) * 100).removesuffix(",00")


@register.filter
def positive(amount: int) -> int:
    """Return the amount without its sign, where a word says the direction."""
    return abs(amount)


@register.filter
def negative(amount: int) -> int:
    """Return the amount with its sign turned."""
    return -amount


@register.filter
def german(day: str) -> str:
    """Return a day kept as text as people write it: "31.12.2029"."""
    return f"{date.fromisoformat(day):%d.%m.%Y}"


@register.filter
def quantity(thousandths: int) -> str:
    """Return thousandths as "2" or "0,275"."""
    return format_quantity(thousandths)


@register.filter
def percent(basis_points: int) -> str:
    """Return basis points as "7" or "10,7"."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole},{rest:02d}".rstrip("0") if rest else str(whole)


@register.filter
def plain(text: str) -> str:
    """Return text without soft hyphens, for places where lines do not break."""
    return text.replace(SOFT_HYPHEN, "")


@register.filter
def tile_name(name: str) -> str:
    """Return the name with its measure kept together: "250 g" does not break."""
    return _MEASURE.sub("\\1\u00a0\\2", name)


@register.filter
def is_long(name: str) -> bool:
    """Tell whether a tile's name needs more than two lines and so the smaller size."""
    lines, room = 1, LINE_LETTERS
    for part in _PIECES.findall(tile_name(name)):
        if len(part.rstrip(f" {SOFT_HYPHEN}")) > room and room < LINE_LETTERS:
            lines, room = lines + 1, LINE_LETTERS
        room -= len(part.rstrip(SOFT_HYPHEN))
    return lines > 2


@register.filter
def hue(degrees: int) -> str:
    """Return the class that tints by hue; inline styles are forbidden by the content security policy."""
    if degrees in DESIGN_HUES:
        return f"h-{degrees}"
    return f"h-{round(degrees / 15) * 15 % 360}"


@register.simple_tag
def icon(name: str, size: int = 24) -> SafeString:
    """Draw an icon by its lucide name or one of our own."""
    return icons.icon(name, size)


@register.simple_tag
def block_kind(block: Block) -> str:
    """Return the name of a block's kind ("Row", "Total"), so that a template can draw each kind its own way."""
    return type(block).__name__


@register.simple_tag(takes_context=True)
def theme(context: dict[str, Any]) -> str:
    """Return the theme this device was set to ("light", "dark"), "" when it follows the system."""
    request = context.get("request")
    chosen = request.COOKIES.get("theme", "") if request is not None else ""
    return chosen if chosen in ("light", "dark") else ""
