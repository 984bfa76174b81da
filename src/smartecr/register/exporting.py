"""The books as facts for DSFinV-K (§ 4 KassenSichV): closings in their order, each with its receipts, read as asked.

Closings and the receipts in them never change, so an export may run while the shop sells. Receipts are read in blocks;
memory does not grow with the period. BON_ID and BON_NR are the register's one gapless number.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from smartecr.core.kinds import CASH_KINDS, INVOICE, NO_PAYMENT, ORDER, RECEIPT
from smartecr.core.quantity import line_cents
from smartecr.core.receipt import ReceiptContent, ReceiptLine
from smartecr.core.vat import rate_on, split_gross
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
from smartecr.fiscal.process_data import process_type
from smartecr.register import queries
from smartecr.register.baskets import line_from
from smartecr.register.frozen import master_data
from smartecr.register.rows import Row
from smartecr.register.till import ZONE, moment
from smartecr.sql import fetch, select

BLOCK = 500
"""Receipts read at once."""

_MOST_DATA = 1000
"""TSE_VORGANGSDATEN holds no more; a longer order is left out there (the column is optional) and stands in the TSE."""

_RECEIPTS = (
    "SELECT r.*, s.outage, s.tse_serial AS signed_by, s.tse_end, s.tse_counter, s.signature FROM register_receipt r "
    "LEFT JOIN register_receipt_signature s ON s.receipt_id = r.id "
    "WHERE r.register_id = %s AND r.number > %s AND r.number <= %s ORDER BY r.number LIMIT %s"
)
_VOIDED = (
    "SELECT body FROM register_journal WHERE register_id = %s AND seq > %s AND seq < %s "
    "AND kind = 'receipt_recorded' AND body LIKE %s ORDER BY seq"
)


def chosen(first: str = "", last: str = "") -> list[str]:
    """Return the ids of all closings whose business day lies from `first` to `last` ("2026-11-23"; "": no limit)."""
    sql = (
        "SELECT id FROM register_closing WHERE business_day >= %s AND business_day <= %s ORDER BY register_id, z_number"
    )
    return [row[0] for row in select(sql, [first, last or "9999-12-31"])]


def books(closing_ids: Sequence[str]) -> Iterator[tuple[Closing, Iterator[Receipt]]]:
    """Yield closings, each with its receipts in the order of their numbers; both are read when they are asked for."""
    for closing_id in closing_ids:
        (row,) = fetch("SELECT * FROM register_closing WHERE id = %s", [closing_id])
        master, ids = master_data(row)
        created = _seconds(row["closed_at"])
        booked = row["business_day"]
        same = moment(row["closed_at"]).astimezone(ZONE).date().isoformat() == booked
        yield (
            Closing(number=row["z_number"], created=created, master=master, booking_day="" if same else booked),
            _receipts(row, ids),
        )


def _receipts(closing: Row, tse_ids: Mapping[str, int]) -> Iterator[Receipt]:
    register_id, last = closing["register_id"], closing["last_number"]
    number, seq = _before(closing)
    ending = _seq(closing["id"])
    while rows := fetch(_RECEIPTS, [register_id, number, last, BLOCK]):
        number = rows[-1]["number"]
        contents = queries.contents(rows)
        originals = _originals(_referred(rows, contents))
        voided, seq = _voided(register_id, seq, ending, rows)
        for row in rows:
            content = contents[row["id"]]
            struck = [line_from(line) for line in voided.get(row["id"], ())]
            day = date.fromisoformat(row["business_day"])
            rates = {vat.vat_key: vat.rate_bp for vat in content.vat}
            lines = [_line(line, rates) for line in content.lines]
            lines += [_struck(line, rate_on(line.vat_key, day)) for line in struck]
            yield _receipt(row, content, tuple(lines), tse_ids, originals)


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


def _voided(register_id: str, after: int, ending: int, rows: Sequence[Row]) -> tuple[dict[str, list[Row]], int]:
    """Return the lines struck out before these receipts were decided, by receipt id, and the journal's place reached.

    Receipts are numbered as the journal records them, so both are walked through side by side.
    """
    found: dict[str, list[Row]] = {}
    if len(rows) == BLOCK:
        ending = _recorded(register_id, after, ending, rows[-1]["id"])
    for (body,) in select(_VOIDED, [register_id, after, ending, '%"voided":%']):
        data = json.loads(body)
        found[data["receipt"]["id"]] = data.get("voided", [])
    return found, ending - 1


def _recorded(register_id: str, after: int, ending: int, receipt_id: str) -> int:
    """Return the place behind the journal's entry of a receipt."""
    sql = (
        "SELECT seq FROM register_journal WHERE register_id = %s AND seq > %s AND seq < %s "
        "AND kind = 'receipt_recorded' AND body LIKE %s ORDER BY seq LIMIT 1"
    )
    rows = select(sql, [register_id, after, ending, f'%"id":"{receipt_id}"%'])
    return int(rows[0][0]) + 1 if rows else ending


def _referred(rows: Sequence[Row], contents: Mapping[str, ReceiptContent]) -> list[str]:
    """Return the ids of all receipts these go back to, as a whole or with a line."""
    ids = {row["reference_id"] for row in rows}
    ids.update(line.reference_id for content in contents.values() for line in content.lines)
    return sorted(ids - {""})


def _originals(receipt_ids: Sequence[str]) -> dict[str, Reference]:
    """Return references to receipts by their ids."""
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
        for row in fetch(sql, receipt_ids)
    }


def _references(row: Row, content: ReceiptContent, originals: Mapping[str, Reference]) -> tuple[Reference, ...]:
    whole = originals.get(row["reference_id"])
    if row["type"] == INVOICE and content.lines:
        whole = originals.get(content.lines[0].reference_id)
        return (whole,) if whole is not None else ()
    found = [whole] if whole is not None else []
    found += [
        originals[line.reference_id]._replace(line=line.position)
        for line in content.lines
        if line.reference_id in originals
    ]
    return tuple(found)


def _receipt(
    row: Row,
    content: ReceiptContent,
    lines: tuple[Line, ...],
    tse_ids: Mapping[str, int],
    originals: Mapping[str, Reference],
) -> Receipt:
    """Return a Vorgang. An order has lines and VAT but moves nothing: its total is 0 (Anhang F, case 5)."""
    payments = _payments(content)
    return Receipt(
        id=str(row["number"]),
        number=row["number"],
        start=_seconds(row["started_at"]),
        end=_seconds(row["recorded_at"]),
        operator_id=row["person_id"],
        operator_name=row["person_name"],
        total=0 if content.type == ORDER else row["total_cents"],
        lines=lines,
        vat=tuple(VatAmount(vat.vat_key, vat.gross_cents, vat.net_cents, vat.tax_cents) for vat in content.vat),
        payments=payments,
        tse=(_tse(row, tse_ids),),
        type=row["type"],
        references=_references(row, content, originals),
        groups=(row["label"],) if row["label"] else (),
        void=row["reference_id"] in originals,
        customer=Customer(**json.loads(row["customer"])) if row["customer"] else Customer(),
        note=row["reason"],
    )


def _payments(content: ReceiptContent) -> tuple[Payment, ...]:
    payments = tuple(
        Payment(paid.kind, paid.cents, paid.name, paid.currency, paid.foreign_cents) for paid in content.payments
    )
    if not payments and content.type in (RECEIPT, ORDER):
        return (Payment(NO_PAYMENT, 0),)
    return payments


def count(sums: ClosingSums, row: Row, content: ReceiptContent) -> None:
    """Add a receipt to the sums of its closing as the export does, without the rest of its rows."""
    amounts = ((line.gv_typ, line.gv_name, 0, line.vat_key, line.amount_cents) for line in content.lines)
    sums.count(str(row["number"]), row["type"], amounts, _payments(content))


def _line(line: ReceiptLine, rates: Mapping[int, int]) -> Line:
    sells = line.gv_typ not in CASH_KINDS
    amount = VatAmount(line.vat_key, line.amount_cents, *split_gross(line.amount_cents, rates[line.vat_key]))
    return Line(
        line.text,
        line.gv_typ,
        (amount,),
        line.quantity if sells else None,
        line.unit_cents if sells else None,
        line.article_number,
        line.gtin,
        line.group_id,
        line.group_name,
        line.unit,
        line.gv_name,
        line.in_house,
        voucher=line.voucher,
    )


def _struck(line: Any, rate_bp: int) -> Line:
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


def _tse(row: Row, tse_ids: Mapping[str, int]) -> TseTransaction:
    """Return what the TSE answered; in an outage its reason, and the start where there was one."""
    if row["outage"]:
        known = tse_ids.get(row["tse_serial"])
        if known is None or not row["tse_number"]:
            return TseTransaction(error=row["outage"])
        return TseTransaction(known, row["tse_number"], row["tse_start"], error=row["outage"])
    return TseTransaction(
        tse_ids[row["signed_by"]],
        row["tse_number"],
        row["tse_start"],
        row["tse_end"],
        process_type(row["type"]),
        row["tse_counter"],
        row["signature"],
        row["process_data"] if len(row["process_data"]) <= _MOST_DATA else "",
    )


def _seconds(text: str) -> int:
    return int(moment(text).timestamp())
