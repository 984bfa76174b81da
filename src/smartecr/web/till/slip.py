"""A slip of paper beside the money: the lines of an open basket or of a receipt, for reading only."""

from __future__ import annotations

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from smartecr.core.kinds import CASH, DEPOSIT_KINDS, REDEMPTIONS, TRAINING
from smartecr.core.money import format_cents
from smartecr.core.quantity import ONE, format_quantity
from smartecr.core.receipt import ReceiptContent, ReceiptLine
from smartecr.core.records import dataclass
from smartecr.register.queries import BasketState, ReceiptState
from smartecr.web.till.ticket import Row, lines_of, vat_texts


@dataclass(frozen=True, slots=True)
class SlipLine:
    """A line: `count` is "2" or "" where nothing is counted; `rows` are its discounts, deposits, weights."""

    count: str
    text: str
    note: str
    cents: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Slip:
    """Heading, lines, VAT and total. `foot` are (word, cents) below the total, the last one strong."""

    title: str
    head: str
    lines: tuple[SlipLine, ...]
    vat: tuple[str, ...]
    total_cents: int
    foot: tuple[tuple[str, int], ...] = ()


def of_basket(state: BasketState, *, practice: bool = False) -> Slip:
    """Return the slip of the open basket; one rung up for practice says so above all."""
    drawn = lines_of(state.priced, state.basket.in_house)
    lines = [SlipLine(one.count, one.text, one.note, one.cents, one.rows) for one in drawn]
    discount = state.priced.discount
    if discount is not None:
        lines.append(SlipLine("", discount.text, "", state.priced.discount_cents, ()))
    return Slip(
        title=_("Übung") if practice else state.label or _("Sofortverkauf"),
        head=_head(state.number, state.basket.in_house),
        lines=tuple(lines),
        vat=vat_texts(state.priced.vat, get_language() or ""),
        total_cents=state.priced.total_cents,
    )


def _head(number: int, in_house: bool | None) -> str:
    bon = _("Bon {number}").format(number=number)
    if in_house is None:
        return bon
    return f"{bon} · {_('Im Haus') if in_house else _('Außer Haus')}"


def of_receipt(receipt: ReceiptState) -> Slip:
    """Return the slip of a receipt, with what was given and given back below the total."""
    places = {line.in_house for line in receipt.content.lines if line.in_house is not None}
    in_house = None if not places else places != {False}
    return Slip(
        title=_title(receipt),
        head=_head(receipt.number, in_house),
        lines=tuple(_lines(receipt.content, in_house)),
        vat=vat_texts(receipt.content.vat, get_language() or ""),
        total_cents=receipt.total_cents,
        foot=_foot(receipt),
    )


def _title(receipt: ReceiptState) -> str:
    if receipt.content.type == TRAINING:
        return _("Übung")
    if receipt.reference_id:
        return _("Storno")
    return _("Rücknahme") if takes_back(receipt) else receipt.label or _("Sofortverkauf")


def takes_back(receipt: ReceiptState) -> bool:
    """Tell whether a receipt takes another one back, whole or in part."""
    if receipt.reference_id or receipt.total_cents >= 0:
        return bool(receipt.reference_id)
    from smartecr.register.sale import returns  # loaded when money goes back

    return bool(returns.part_of(receipt))


def _lines(content: ReceiptContent, in_house: bool | None) -> list[SlipLine]:
    children: dict[int, list[ReceiptLine]] = {}
    for line in content.lines:
        if line.parent_position is not None:
            children.setdefault(line.parent_position, []).append(line)
    return [
        _line(line, children.get(line.position, []), in_house) for line in content.lines if line.parent_position is None
    ]


def _line(line: ReceiptLine, children: list[ReceiptLine], in_house: bool | None) -> SlipLine:
    rows = [Row(f"+ {one.text}" if one.gv_typ in DEPOSIT_KINDS else one.text, one.amount_cents) for one in children]
    weighed = bool(line.unit) or line.quantity % ONE != 0
    if weighed:
        unit = f" {line.unit}" if line.unit else ""
        rows.insert(0, Row(f"{format_quantity(line.quantity)}{unit} × {format_cents(line.unit_cents)}", None))
    differs = line.in_house is not None and in_house and not line.in_house
    counted = bool(line.line_id) and not weighed and line.gv_typ not in REDEMPTIONS
    return SlipLine(
        count=format_quantity(line.quantity) if counted else "",
        text=line.text,
        note=_("außer Haus") if differs else "",
        cents=line.amount_cents,
        rows=tuple(rows),
    )


def _foot(receipt: ReceiptState) -> tuple[tuple[str, int], ...]:
    """Return what paid: what cash was given, and every other means by its name."""
    rows = []
    for payment in receipt.content.payments:
        if payment.kind != CASH:
            rows.append((payment.name or payment.kind, payment.cents))
        elif receipt.tendered_cents is None:
            rows.append((_("Bar"), payment.cents))
    if receipt.tendered_cents is not None:
        abroad = [one for one in receipt.content.payments if one.foreign_cents is not None]
        notes = [f"{_('Bar')} {one.currency} {format_cents(one.foreign_cents or 0)}" for one in abroad]
        rows.append((", ".join(notes) or _("Bar gegeben"), receipt.tendered_cents))
    if receipt.change_cents:
        rows.append((_("Rückgeld"), -receipt.change_cents))
    return tuple(rows)
