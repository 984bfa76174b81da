"""The books as facts for DSFinV-K (§ 4 KassenSichV): closings in their order, each with its receipts, read as asked.

Closings and the receipts in them never change, so an export may run while the shop sells. Receipts are read in blocks;
memory does not grow with the period. BON_ID and BON_NR are the register's one gapless number.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from smartecr.core.kinds import INVOICE, NO_PAYMENT, ORDER, RECEIPT, moves_cash
from smartecr.core.quantity import line_cents
from smartecr.core.receipt import ReceiptContent
from smartecr.core.records import new_tuple
from smartecr.core.remembered import Remembered
from smartecr.core.vat import rate_on, split_gross
from smartecr.core.workers import WorkerLostError
from smartecr.fiscal.dsfinvk.parts import Part, parts
from smartecr.fiscal.dsfinvk.records import (
    Closing,
    Customer,
    Line,
    Payment,
    Receipt,
    Reference,
    TseTransaction,
    VatAmount,
)
from smartecr.fiscal.dsfinvk.sums import ClosingSums
from smartecr.fiscal.dsfinvk.writer import ExportError, Written, write_parts
from smartecr.fiscal.process_data import process_type
from smartecr.register.books.frozen import master_data
from smartecr.register.books.sharing import shared
from smartecr.register.journal import STRUCK
from smartecr.register.rows import Row
from smartecr.register.sale import together
from smartecr.register.sale.baskets import line_from
from smartecr.register.till import ZONE, moment
from smartecr.sql import fetch, packed, select

STRETCH = 2000
"""Receipts a process reads at once; as many wait in memory for each process and twice again."""

BLOCK = 500
"""Receipts read at once."""

_MOST_DATA = 1000
"""TSE_VORGANGSDATEN holds no more; a longer order is left out there (the column is optional) and stands in the TSE."""

_RECEIPTS = (
    "SELECT r.id, r.number, r.type, r.business_day, r.started_at, r.recorded_at, r.person_id, r.person_name, "
    "r.total_cents, r.reference_id, r.reason, r.label, r.customer, r.basket_id, "
    "r.tse_serial, r.tse_number, r.tse_start, r.process_data, "
    "s.outage, s.tse_serial, s.tse_end, s.tse_counter, s.signature "
    "FROM register_receipt r LEFT JOIN register_receipt_signature s ON s.receipt_id = r.id "
    "WHERE r.register_id = %s AND r.number > %s AND r.number <= %s ORDER BY r.number LIMIT %s"
)
_LINES = "p.reference_id, p.vat_key"
_SOLD = (
    "p.vat_key", "p.amount_cents", "p.text", "p.gv_typ", "p.quantity", "p.unit_cents", "p.article_number", "p.gtin",
    "p.group_id", "p.group_name", "p.unit", "p.gv_name", "p.in_house", "p.voucher",
)  # fmt: skip
_VAT = "p.rate_bp, p.vat_key, p.gross_cents, p.net_cents, p.tax_cents"
_PAYMENTS = "p.kind, p.cents, p.name, p.currency, p.foreign_cents"
_STRUCK = (
    "SELECT seq, body FROM register_journal WHERE register_id = %s AND seq > %s AND seq < %s "  # noqa: S608 constants
    f"AND kind = 'receipt_recorded' AND NOT (body = replace(body, '{STRUCK}', '')) ORDER BY seq LIMIT %s"
)
_NOBODY = Customer()

_Values = tuple[Any, ...]


def chosen(first: str = "", last: str = "") -> list[str]:
    """Return the ids of all closings whose business day lies from `first` to `last` ("2026-11-23"; "": no limit)."""
    sql = (
        "SELECT id FROM register_closing WHERE business_day >= %s AND business_day <= %s ORDER BY register_id, z_number"
    )
    return [row[0] for row in select(sql, [first, last or "9999-12-31"])]


def write(
    target: Path,
    closing_ids: Sequence[str],
    *,
    at: datetime,
    workers: int = 0,
    progress: Callable[[Written], None] | None = None,
) -> Written:
    """Write the export of these closings as `writer.write` does, and raise what it raises.

    `workers` other processes read and format where that pays (0: all in this one).
    """
    try:
        with shared(_parts_of, list(_stretches(closing_ids)), workers) as made:
            return write_parts(target, made, at=at, progress=progress)
    except WorkerLostError:
        raise ExportError(
            "Ein Prozess des Exports wurde beendet (zu wenig Speicher?). Noch einmal exportieren."
        ) from None


def _stretches(closing_ids: Sequence[str]) -> Iterator[list[str]]:
    """Yield the closings in pieces of about STRETCH receipts."""
    before: dict[str, int] = {}
    sizes = {}
    sql = "SELECT id, register_id, last_number FROM register_closing ORDER BY register_id, z_number"
    for closing_id, register_id, last in select(sql):
        sizes[closing_id] = last - before.get(register_id, 0)
        before[register_id] = last
    stretch, receipts = [], 0
    for closing_id in closing_ids:
        stretch.append(closing_id)
        receipts += sizes[closing_id]
        if receipts >= STRETCH:
            yield stretch
            stretch, receipts = [], 0
    if stretch:
        yield stretch


def _parts_of(closing_ids: Sequence[str]) -> Iterator[Part]:
    return parts(books(closing_ids))


def books(closing_ids: Sequence[str]) -> Iterator[tuple[Closing, Iterator[Receipt]]]:
    """Yield closings, each with its receipts in the order of their numbers; both are read when they are asked for."""
    lines = Remembered(_line)
    for closing_id in closing_ids:
        (row,) = fetch("SELECT * FROM register_closing WHERE id = %s", [closing_id])
        master, ids = master_data(row)
        booked = row["business_day"]
        same = moment(row["closed_at"]).astimezone(ZONE).date().isoformat() == booked
        created = _seconds(row["closed_at"])
        yield (
            Closing(number=row["z_number"], created=created, master=master, booking_day="" if same else booked),
            _receipts(row, ids, lines),
        )


def _receipts(closing: Row, tse_ids: Mapping[str, int], line_of: Mapping[tuple[int, str], Line]) -> Iterator[Receipt]:
    register_id, last = closing["register_id"], closing["last_number"]
    number, seq = _before(closing)
    struck = _struck(register_id, seq, _seq(closing["id"]))
    struck_id, struck_lines = next(struck, ("", []))
    while heads := select(_RECEIPTS, [register_id, number, last, BLOCK]):
        block = register_id, number, heads[-1][1]
        number = heads[-1][1]
        lines = _rows("line", "position", f"{_LINES}, {packed(_SOLD)}", block)
        vat, payments = _rows("vat", "vat_key", _VAT, block), _rows("payment", "position", _PAYMENTS, block)
        joint = together.parts({head[13] for head in heads if head[13]})
        originals = _originals({head[9] for head in heads} | {row[1] for rows in lines.values() for row in rows})
        for head in heads:
            sold, taxed = lines[head[1]], vat[head[1]]
            rates = {row[2]: row[1] for row in taxed}
            of_receipt = [line_of[rates[vat_key], rest] for _, _, vat_key, rest in sold]
            if head[0] == struck_id:
                of_receipt += _voided(struck_lines, head[3])
                struck_id, struck_lines = next(struck, ("", []))
            paid = [new_tuple(Payment, row[1:]) for row in payments[head[1]]]
            yield _receipt(head, sold, of_receipt, taxed, paid, tse_ids, originals, joint)


def _rows(part: str, order: str, columns: str, block: Sequence[Any]) -> defaultdict[int, list[_Values]]:
    """Return the rows of a part of receipts (register, behind a number, up to a number) by receipt number, in order."""
    sql = (
        f"SELECT r.number, {columns} FROM register_receipt r "  # noqa: S608 constants
        f"JOIN register_receipt_{part} p ON p.receipt_id = r.id "
        f"WHERE r.register_id = %s AND r.number > %s AND r.number <= %s ORDER BY r.number, p.{order}"
    )
    found: defaultdict[int, list[_Values]] = defaultdict(list)
    for row in select(sql, block):
        found[row[0]].append(row)
    return found


def _before(closing: Row) -> tuple[int, int]:
    """Return the last receipt number and the journal's last entry of the closing before."""
    rows = select(
        "SELECT last_number, id FROM register_closing WHERE register_id = %s AND z_number < %s "
        "ORDER BY z_number DESC LIMIT 1",
        [closing["register_id"], closing["z_number"]],
    )
    return (rows[0][0], _seq(rows[0][1])) if rows else (0, 0)


def _seq(entry_id: str) -> int:
    return int(select("SELECT seq FROM register_journal WHERE id = %s", [entry_id])[0][0])


def _struck(register_id: str, after: int, ending: int) -> Iterator[tuple[str, list[Row]]]:
    """Yield the receipts (id) before whose payment lines were struck out, with these, in the order of their numbers.

    Receipts are numbered as the journal records them, so both can be walked through side by side.
    """
    while rows := select(_STRUCK, [register_id, after, ending, BLOCK]):
        for _, body in rows:
            fact = orjson.loads(body)
            yield fact["receipt"]["id"], fact["voided"]
        after = rows[-1][0]


def _voided(lines: Sequence[Row], business_day: str) -> Iterator[Line]:
    day = date.fromisoformat(business_day)
    for data in lines:
        line = line_from(data)
        yield _struck_line(line, rate_on(line.vat_key, day))


def _originals(receipt_ids: set[str]) -> dict[str, Reference]:
    """Return references to receipts by their ids."""
    receipt_ids.discard("")
    if not receipt_ids:
        return {}
    marks = ", ".join(["%s"] * len(receipt_ids))
    sql = f"SELECT id, number, register_id, z_number, recorded_at FROM register_receipt WHERE id IN ({marks})"  # noqa: S608
    return {
        row["id"]: Reference(
            str(row["number"]),
            register_id=row["register_id"],
            closing=row["z_number"],
            ended=_seconds(row["recorded_at"]),
        )
        for row in fetch(sql, sorted(receipt_ids))
    }


def _references(head: _Values, sold: Sequence[_Values], originals: Mapping[str, Reference]) -> tuple[Reference, ...]:
    whole = originals.get(head[9])
    if head[2] == INVOICE and sold:
        whole = originals.get(sold[0][1])
        return (whole,) if whole is not None else ()
    found = [whole] if whole is not None else []
    found += [originals[row[1]]._replace(line=line) for line, row in enumerate(sold, 1) if row[1] in originals]
    return tuple(found)


def _receipt(
    head: _Values,
    sold: Sequence[_Values],
    lines: Sequence[Line],
    vat: Sequence[_Values],
    payments: Sequence[Payment],
    tse_ids: Mapping[str, int],
    originals: Mapping[str, Reference],
    joint: Mapping[str, Sequence[tuple[str, str]]],
) -> Receipt:
    """Return a Vorgang. An order has lines and VAT but moves nothing: its total is 0 (Anhang F, case 5).

    What ends the basket of several tables (`joint`) names each (ABRECHNUNGSKREIS), and so leads to all their orders.
    """
    (
        _, number, kind, _, started_at, recorded_at, person_id, person_name,
        total_cents, reference_id, reason, label, customer, basket_id, *secured
    ) = head  # fmt: skip
    return Receipt(
        str(number),
        number,
        _seconds(started_at),
        _seconds(recorded_at),
        person_id or person_name,  # what the register ends by itself has no person, and must name one
        person_name,
        0 if kind == ORDER else total_cents,
        tuple(lines),
        tuple([new_tuple(VatAmount, row[2:]) for row in vat]),
        _paid(kind, tuple(payments)),
        (_tse(kind, *secured, tse_ids=tse_ids),),
        kind,
        _references(head, sold, originals) if originals else (),
        _tables(label, joint[basket_id]) if basket_id in joint and kind != ORDER else (label,) if label else (),
        void=reference_id in originals,
        customer=Customer(**json.loads(customer)) if customer else _NOBODY,
        note=reason,
    )


def _tables(label: str, parts: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (label, *(name for _, name in parts)))))


def _paid(kind: str, payments: tuple[Payment, ...]) -> tuple[Payment, ...]:
    return (Payment(NO_PAYMENT, 0),) if not payments and kind in (RECEIPT, ORDER) else payments


def count(sums: ClosingSums, row: Row, content: ReceiptContent) -> None:
    """Add a receipt to the sums of its closing as the export does, without the rest of its rows."""
    amounts = [((line.gv_typ, line.gv_name, 0, line.vat_key), line.amount_cents) for line in content.lines]
    kind = row["type"]
    sums.count(str(row["number"]), kind, amounts, content.payments or _paid(kind, ()))


def _line(sold: tuple[int, str]) -> Line:
    """Return a line by its VAT rate and its columns of _SOLD, packed."""
    rate_bp, rest = sold
    (
        vat_key, cents, text, gv_typ, quantity, unit_cents, article_number, gtin, group_id, group_name, unit,
        gv_name, in_house, voucher,
    ) = orjson.loads(rest)  # fmt: skip
    sells = not moves_cash(gv_typ, gv_name)
    return Line(
        text,
        gv_typ,
        (VatAmount(vat_key, cents, *split_gross(cents, rate_bp)),),
        quantity if sells else None,
        unit_cents if sells else None,
        article_number,
        gtin,
        group_id,
        group_name,
        unit,
        gv_name,
        in_house,
        voucher=voucher,
    )


def _struck_line(line: Any, rate_bp: int) -> Line:
    """Return a line voided before the payment: it is shown and counts nowhere."""
    cents = line_cents(line.unit_cents, line.quantity)
    return Line(
        line.text.replace("\u00ad", ""),
        line.gv_typ,
        (VatAmount(line.vat_key, cents, *split_gross(cents, rate_bp)),),
        line.quantity,
        line.unit_cents,
        line.article_number,
        line.gtin,
        line.group_id,
        line.group_name,
        line.unit,
        in_house=line.in_house,
        voided=True,
        voucher=line.voucher,
    )


def _tse(
    kind: str,
    begun_by: str,
    number: int,
    start: int,
    process_data: str,
    outage: str | None,
    signed_by: str,
    end: int,
    counter: int,
    signature: str,
    *,
    tse_ids: Mapping[str, int],
) -> TseTransaction:
    """Return what the TSE answered; in an outage its reason, and the start where there was one."""
    if outage:
        known = tse_ids.get(begun_by)
        if known is None or not number:
            return TseTransaction(error=outage)
        return TseTransaction(known, number, start, error=outage)
    data = process_data if len(process_data) <= _MOST_DATA else ""
    return TseTransaction(tse_ids[signed_by], number, start, end, process_type(kind), counter, signature, data)


def _seconds(text: str) -> int:
    """Return journal text as unix seconds."""
    return _hour(text[:13]) + _OF_HOUR[text[14:19]]


_OF_HOUR = {f"{second // 60:02d}:{second % 60:02d}": second for second in range(3600)}
"""Seconds by minute and second."""


@lru_cache(maxsize=256)
def _hour(begin: str) -> int:
    return int(moment(f"{begin}:00:00Z").timestamp())
