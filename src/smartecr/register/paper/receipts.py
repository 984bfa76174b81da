"""From rows to paper: the document of an issued receipt, the same for printer, web page and text."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from datetime import datetime
from hmac import compare_digest

from smartecr.core.kinds import DISCOUNT, INVOICE, NO_PAYMENT, ORDER, REDEMPTIONS, moves_cash
from smartecr.core.kinds import RECEIPT as SALE
from smartecr.core.money import format_cents
from smartecr.core.quantity import ONE, format_quantity
from smartecr.core.receipt import Payment, ReceiptContent, ReceiptLine
from smartecr.core.records import dataclass
from smartecr.core.vat import label, letter
from smartecr.core.vouchers import shown
from smartecr.fiscal.process_data import process_type
from smartecr.printer import document as paper
from smartecr.printer import names
from smartecr.register import models, queries
from smartecr.register.cashdesk import foreign
from smartecr.register.cashless import means
from smartecr.register.errors import RegisterError
from smartecr.register.queries import ReceiptState
from smartecr.register.regulars import loyalty, vouchers
from smartecr.register.sale import returns, together
from smartecr.register.signing import address
from smartecr.register.till import ZONE, moment
from smartecr.tse import receipt_qr

COPY = "KOPIE"
TRAINING = "TRAINING"
TEST_TSE = "TEST-TSE, kein gültiger Beleg"
OUTAGE = "TSE ausgefallen"
"""The note AEAO zu § 146a Nr. 1.14 wants on a receipt the TSE did not sign; the reason stays in the journal."""

SUPPLY_DATE = "Leistungsdatum entspricht Rechnungsdatum"
TAKE_AWAY = "Außer Haus"


def by_token(token: str) -> str | None:
    """Return the id of the issued receipt with this public address, or None."""
    receipt_id = address.receipt_of(token)
    issued = models.ReceiptSignature.objects.filter(receipt_id=receipt_id).exists()
    row = models.Receipt.objects.filter(id=receipt_id).only("token").first() if issued else None
    return receipt_id if row is not None and compare_digest(row.token.encode(), token.encode()) else None


def document(
    receipt_id: str, copy: bool = False, entertainment: paper.Entertainment | None = None
) -> paper.ReceiptDocument:
    """Return the document of an issued receipt; `copy` marks it as a second print, a form may stand below it.

    Raises RegisterError("unknown") for an unknown id and ("not_issued") while the receipt is still being signed.
    """
    state = queries.receipt(receipt_id)
    if not state.issued:
        raise RegisterError("not_issued", "Dieser Bon wird gerade signiert.", "Einen Augenblick warten.")
    row = models.Receipt.objects.only("shop_id", "register_id").get(id=receipt_id)
    register = models.Register.objects.get(id=row.register_id)
    shop = models.Shop.objects.get(id=row.shop_id)
    tse = models.Tse.objects.filter(serial=state.tse_serial).first() if state.signed else None
    started, finished = _times(state)
    first_order = _first_order(state)
    in_cash = is_cash_movement(state.content)
    abroad = any(paid.foreign_cents is not None for paid in state.content.payments)
    return paper.ReceiptDocument(
        shop=shop_head(shop),
        title=_title(state, in_cash),
        number=state.number,
        register=register.name,
        register_serial=register.serial,
        person=state.person_name,
        issued=local(state.at),
        started=started,
        finished=finished,
        reference=_reference(state),
        items=tuple(_items(state, in_cash)),
        total_cents=state.total_cents,
        payments=tuple(
            paper.PaymentRow(name=_paid_by(paid, abroad=abroad), cents=paid.cents)
            for paid in state.content.payments
            if paid.kind != NO_PAYMENT
        ),
        given_cents=state.tendered_cents if state.change_cents and not abroad else None,
        change_cents=state.change_cents if state.change_cents and not abroad else None,
        vat=() if in_cash else _vat(state.content),
        tse=_tse_block(state, tse, first_order),
        outage="" if state.signed else OUTAGE,
        qr=_qr(state, register, tse),
        marks=tuple(_marks(state, copy, tse)),
        notes=tuple(_notes(state, shop, in_cash)),
        sign_here="Datum, Unterschrift" if in_cash else "",
        entertainment=entertainment,
    )


def _paid_by(paid: Payment, *, abroad: bool) -> str:
    """Return how a payment is called; beside foreign notes, negative euros are the change given for them."""
    if paid.foreign_cents is not None:
        return foreign.words(paid)
    return "Rückgeld in Euro" if abroad and paid.cents < 0 else names.payment(paid.kind, paid.name)


def is_cash_movement(content: ReceiptContent) -> bool:
    """Tell whether a receipt only moves cash (float, pay-in, pay-out): a voucher for the books, not for a guest."""
    return bool(content.lines) and all(moves_cash(line.gv_typ, line.gv_name) for line in content.lines)


def shop_head(shop: models.Shop) -> paper.Shop:
    """Return the shop as it stands on paper."""
    return paper.Shop(
        name=shop.name,
        owner=shop.owner,
        tagline=shop.tagline,
        address=tuple(line for line in (shop.street, f"{shop.postcode} {shop.city}".strip()) if line),
        tax_number=shop.tax_number,
        vat_id=shop.vat_id,
    )


def local(text: str) -> datetime:
    """Return journal text (UTC) as people read it on paper: in the zone of the shop."""
    return moment(text).astimezone(ZONE)


def _unix(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, ZONE)


def _times(state: ReceiptState) -> tuple[datetime, datetime]:
    """Start and end of the Vorgang: the TSE's log times, the register's own where the TSE failed."""
    if state.signed:
        return _unix(state.tse_start), _unix(state.tse_end)
    return local(state.started_at), local(state.at)


def _title(state: ReceiptState, in_cash: bool) -> str:
    if state.type != SALE:
        return names.vorgang(state.type)
    if in_cash:
        return "Kassenbeleg"
    if state.reason.startswith(means.TITLE):
        return means.TITLE
    if returns.part_of(state):
        return "Rücknahme"
    return "Storno" if state.reference_id else "Rechnung"


def _reference(state: ReceiptState) -> str:
    original_id = state.reference_id or returns.part_of(state)
    word = "Storno zu Rechnung" if state.reference_id else "Rücknahme zu Rechnung"
    if state.type == INVOICE:
        original_id, word = state.content.lines[0].reference_id, f"{state.reason} zu Bon"
    if not original_id:
        return ""
    original = queries.receipt(original_id)
    return f"{word} {original.number} vom {local(original.at):%d.%m.%Y}"


@dataclass(slots=True)
class _Group:
    line: ReceiptLine
    extras: list[ReceiptLine]


def _items(state: ReceiptState, in_cash: bool) -> Iterator[paper.Item]:
    """Yield the items, each with the discounts and deposits that hang on it, in the order of the lines."""
    groups: dict[int, _Group] = {}
    for line in state.content.lines:
        parent = groups.get(line.parent_position or 0)
        if parent is None:
            groups[line.position] = _Group(line, [])
        else:
            parent.extras.append(line)
            groups[line.position] = parent
    words = _voucher_words(state)
    mixed = len({line.in_house for line in state.content.lines if line.in_house is not None}) > 1
    for position, group in groups.items():
        if group.line.position == position:
            remark = state.reason if in_cash else "außer Haus" if mixed and group.line.in_house is False else ""
            remark = words.get(group.line.voucher, remark) if group.line.voucher else remark
            yield _item(group, remark)


def _voucher_words(state: ReceiptState) -> dict[str, str]:
    """Return what is said of each voucher on the receipt: its number and last day, or what stays on it."""
    numbers = {line.voucher: line.gv_typ in REDEMPTIONS for line in state.content.lines if line.voucher}
    left = vouchers.left_after(state.id, list(numbers))
    found = [vouchers.find(number) for number in numbers]
    return {
        one.number: f"Rest {format_cents(left[one.number])} €"
        if numbers[one.number]
        else f"Nr. {shown(one.number)}, gültig bis {vouchers.german(one.expires_on)}"
        for one in found
        if one is not None
    }


_PLAIN = REDEMPTIONS | {DISCOUNT}
"""Cases that sell and whose lines say no quantity all the same."""


def _item(group: _Group, remark: str) -> paper.Item:
    line = group.line
    counted = not moves_cash(line.gv_typ, line.gv_name) and line.gv_typ not in _PLAIN
    return paper.Item(
        text=line.text,
        cents=line.amount_cents,
        letter=letter(line.vat_key),
        quantity=line.quantity if counted else None,
        unit=line.unit,
        unit_cents=line.unit_cents,
        remark=remark,
        extras=tuple(
            paper.Extra(text=_extra_text(extra), cents=extra.amount_cents, letter=letter(extra.vat_key))
            for extra in group.extras
        ),
    )


def _extra_text(line: ReceiptLine) -> str:
    if line.gv_typ == DISCOUNT or abs(line.quantity) == ONE:
        return line.text
    return f"{line.text} {format_quantity(line.quantity)} × {format_cents(line.unit_cents)}"


def _vat(content: ReceiptContent) -> tuple[paper.VatRow, ...]:
    return tuple(
        paper.VatRow(
            letter=letter(row.vat_key),
            label=label(row.vat_key, row.rate_bp),
            gross_cents=row.gross_cents,
            net_cents=row.net_cents,
            tax_cents=row.tax_cents,
        )
        for row in content.vat
    )


def _first_order(state: ReceiptState) -> datetime | None:
    """Return when the first order of a receipt began, which it must tell where orders came before (DSFinV-K 2.7)."""
    if not state.basket_id or state.type == ORDER:
        return None
    baskets = [state.basket_id, *(key for key, _label in together.parts([state.basket_id]).get(state.basket_id, ()))]
    first = (
        models.Receipt.objects.filter(basket_id__in=baskets, type=ORDER)
        .order_by("number")
        .only("started_at", "tse_start")
        .first()
    )
    if first is None:
        return None
    return _unix(first.tse_start) if first.tse_start else local(first.started_at)


def _tse_block(state: ReceiptState, tse: models.Tse | None, first_order: datetime | None) -> paper.TseBlock | None:
    if not state.signed:
        return None
    return paper.TseBlock(
        serial=state.tse_serial,
        transaction_number=state.tse_number,
        signature_counter=state.tse_counter,
        started=_unix(state.tse_start),
        finished=_unix(state.tse_end),
        algorithm=tse.algorithm if tse else "",
        signature=state.tse_signature,
        first_order=first_order,
    )


def _marks(state: ReceiptState, copy: bool, tse: models.Tse | None) -> Iterator[str]:
    if copy:
        yield COPY
    if state.type == "AVTraining":
        yield TRAINING
    if tse is not None and tse.is_test:
        yield TEST_TSE


def _loyalty_words(state: ReceiptState) -> Iterator[str]:
    """Yield what was collected and spent with this receipt, and what lies on the card after it; no name."""
    names = None
    for account, amount, left in loyalty.explain(state.id):
        if account == loyalty.POINTS:
            yield f"Punkte: {amount:+d}, jetzt {left}"
        else:
            names = names or {rule.id: rule.name for rule, _active in loyalty.every()}
            yield f"{names.get(account, 'Stempel')}: {amount:+d} Stempel, jetzt {left}"


def _notes(state: ReceiptState, shop: models.Shop, in_cash: bool) -> Iterator[str]:
    if in_cash or state.type != SALE:
        return
    places = {line.in_house for line in state.content.lines if line.in_house is not None}
    if places == {False}:
        yield TAKE_AWAY
    yield SUPPLY_DATE
    yield from _loyalty_words(state)
    if shop.footer:
        yield shop.footer


def _qr(state: ReceiptState, register: models.Register, tse: models.Tse | None) -> str:
    if not state.signed or tse is None:
        return ""
    return receipt_qr.qr_text(
        client_id=register.serial,
        process_type=process_type(state.type),
        process_data=state.process_data,
        transaction_number=state.tse_number,
        signature_counter=state.tse_counter,
        start_time=state.tse_start,
        log_time=state.tse_end,
        algorithm=tse.algorithm,
        time_format=tse.time_format,
        signature=b64decode(state.tse_signature),
        public_key=b64decode(tse.public_key),
    )
