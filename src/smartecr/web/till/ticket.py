"""The ticket as the screen shows it: plain values made from a priced basket (`drawing` makes HTML of them)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from typing import NamedTuple

import orjson
from django.utils.translation import get_language, gettext, ngettext

from smartecr.core.basket import Basket, Priced, PricedLine
from smartecr.core.money import format_cents, format_percent
from smartecr.core.quantity import ONE, format_quantity
from smartecr.core.records import dataclass
from smartecr.core.totals import VatSum
from smartecr.core.vouchers import shown
from smartecr.web.till import drawing


@dataclass(frozen=True, slots=True)
class Row:
    """A second row of a line: a discount, a deposit, a price that was changed. `cents` is None for words alone."""

    text: str
    cents: int | None


@dataclass(frozen=True, slots=True)
class TicketLine:
    """A line as drawn. `count` is "" for what is weighed; `plain` lines grow when their tile is tapped again."""

    id: str
    article_id: str
    count: str
    quantity: int
    unit_cents: int
    text: str
    note: str
    cents: int
    age: int
    in_house: bool
    plain: bool
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Ticket:
    """Everything the ticket shows; `counts_json` tells the tiles how many of each article are on it."""

    language: str
    basket_id: str
    label: str
    number: str
    size: str
    in_house: bool
    discounted: bool
    count: int
    lines: tuple[str, ...]
    vat: tuple[str, ...]
    total_cents: int
    counts_json: str
    parked: int
    gist: str


def lines_of(priced: Priced, in_house: bool) -> list[TicketLine]:
    """Return the lines to draw: voided ones are gone, deposits are rows of the line they hang on."""
    open_lines = [line for line in priced.lines if not line.line.voided]
    ids = {line.line.id for line in open_lines}
    children: dict[str, list[PricedLine]] = {}
    for line in open_lines:
        if line.line.parent_id in ids:
            children.setdefault(line.line.parent_id, []).append(line)
    return [
        _drawn(line, children.get(line.line.id, ()), in_house) for line in open_lines if line.line.parent_id not in ids
    ]


def _drawn(priced: PricedLine, children: Iterable[PricedLine], in_house: bool) -> TicketLine:
    line = priced.line
    rows = []
    weighed = bool(line.unit) or line.quantity % ONE != 0
    if weighed:
        unit = f" {line.unit}" if line.unit else ""
        rows.append(Row(f"{format_quantity(line.quantity)}{unit} × {format_cents(line.unit_cents)}", None))
    if line.list_cents is not None:
        rows.append(Row(line.price_note, None))
    if line.wish:
        rows.append(Row(f"› {line.wish}", None))
    if line.discount is not None:
        rows.append(Row(line.discount.text, priced.discount_cents))
    if line.limit_cents:
        rows.append(Row(gettext("bleiben {amount} €").format(amount=format_cents(line.left_cents)), None))
    elif line.voucher:
        rows.append(Row(gettext("Nr. {number}").format(number=shown(line.voucher)), None))
    rows += [Row(f"+ {child.line.text}", child.amount_cents) for child in children]
    return TicketLine(
        id=line.id,
        article_id=line.article_id,
        count="" if weighed or line.limit_cents else format_quantity(line.quantity),
        quantity=line.quantity,
        unit_cents=line.unit_cents,
        text=line.text,
        note=_place(line.in_house) if line.in_house != in_house else "",
        cents=priced.gross_cents,
        age=line.age,
        in_house=line.in_house,
        plain=not weighed
        and line.list_cents is None
        and (line.discount is None or bool(line.promotion))
        and not line.voucher
        and not line.wish,
        rows=tuple(rows),
    )


def _place(in_house: bool) -> str:
    return gettext("im Haus") if in_house else gettext("außer Haus")


def counts_of(lines: Iterable[TicketLine]) -> dict[str, str]:
    """Return how many of each article are on the ticket, as the tile's pill says it."""
    counts: dict[str, int] = {}
    for line in lines:
        if line.article_id:
            counts[line.article_id] = counts.get(line.article_id, 0) + (line.quantity if line.count else ONE)
    return {article: format_quantity(count) for article, count in counts.items()}


def make(*, priced: Priced, basket: Basket, newest_line_id: str, number: int, label: str, parked: int) -> Ticket:
    """Return the ticket of a priced basket; an empty `label` is a sale over the counter."""
    lines = lines_of(priced, basket.in_house)
    html = [drawing.line(line, line.id == newest_line_id) for line in lines]
    if priced.discount is not None and lines:
        html.append(drawing.discount(priced.discount.text, priced.discount_cents))
    language = get_language() or ""
    words = _words(language)
    place = words.in_house if basket.in_house else words.take_away
    count = _size(len(lines), language)
    return Ticket(
        language=language,
        basket_id=basket.id,
        label=label or words.over_the_counter,
        number=words.number.format(number=number),
        size=count if lines else words.empty,
        in_house=basket.in_house,
        discounted=priced.discount is not None,
        count=len(lines),
        lines=tuple(html),
        vat=vat_texts(priced.vat, language),
        total_cents=priced.total_cents,
        counts_json=orjson.dumps(counts_of(lines)).decode(),
        parked=parked,
        gist=f"{count} · {place}" if lines else place,
    )


class _Words(NamedTuple):
    """What stands on every ticket: looking it up in the catalogue takes longer than pricing the basket."""

    in_house: str
    take_away: str
    over_the_counter: str
    number: str
    empty: str
    contained: str
    vat: str


@cache
def _words(_language: str) -> _Words:
    """Return the words in the present language."""
    return _Words(
        in_house=gettext("Im Haus"),
        take_away=gettext("Außer Haus"),
        over_the_counter=gettext("Sofortverkauf"),
        number=gettext("Bon {number}"),
        empty=gettext("leer"),
        contained=gettext("darin"),
        vat=gettext("MwSt"),
    )


@lru_cache(maxsize=1024)
def _size(lines: int, _language: str) -> str:
    return ngettext("{count} Zeile", "{count} Zeilen", lines).format(count=lines)


def vat_texts(vat: Iterable[VatSum], language: str) -> tuple[str, ...]:
    """Return the row under the lines, smallest rate first: "darin 7 % MwSt 1,11", "19 % MwSt 1,73".

    `language` is the present one: asking for it costs as much as drawing a line.
    """
    taxed = sorted((one for one in vat if one.rate_bp), key=lambda one: one.rate_bp)
    words = _words(language)
    texts = [f"{format_percent(one.rate_bp)} {words.vat} {format_cents(one.tax_cents)}" for one in taxed]
    return (f"{words.contained} {texts[0]}", *texts[1:]) if texts else ()
