"""Invoices against their receipts: numbers without gaps, the same amounts, and none that outlives its receipt."""

from __future__ import annotations

import json

from smartecr.core.vat import NOT_TAXABLE
from smartecr.fiscal.einvoice import model
from smartecr.register.books.verifying.verdict import Verdict
from smartecr.register.rows import Row
from smartecr.sql import fetch, select

_STANDING = (
    "SELECT i.number FROM register_invoice i JOIN register_receipt b ON b.reference_id = i.receipt_id "
    "AND NOT (b.reference_id = '') AND b.type = 'Beleg' WHERE i.kind = %s AND i.gross_cents + (SELECT "
    "coalesce(sum(c.gross_cents), 0) FROM register_invoice c WHERE c.refers_id = i.id) <> 0"
)


def check(verdict: Verdict) -> None:
    """Check every invoice; each is held against the Vorgang it came with."""
    last: dict[str, int] = {}
    for (invoice_id,) in select("SELECT id FROM register_invoice ORDER BY register_id, position"):
        (row,) = fetch("SELECT * FROM register_invoice WHERE id = %s", [invoice_id])
        if row["position"] != last.get(row["register_id"], 0) + 1:
            verdict.findings.append(f"Rechnung {row['number']}: davor fehlt eine Nummer")
        last[row["register_id"]] = row["position"]
        problem = _problem(row)
        if problem:
            verdict.findings.append(f"Rechnung {row['number']}: {problem}")
    for (number,) in select(_STANDING, [model.INVOICE]):
        verdict.findings.append(f"Rechnung {number}: ihr Bon ist storniert, sie nicht")


def _problem(row: Row) -> str:
    try:
        invoice = model.from_json(json.loads(row["data"]))
    except (KeyError, TypeError, ValueError):
        return "unlesbar"
    if (invoice.number, invoice.kind, invoice.gross_cents) != (row["number"], row["kind"], row["gross_cents"]):
        return "was gedruckt wird, ist nicht, was in den Büchern steht"
    sql = "SELECT vat_key, gross_cents, net_cents, tax_cents FROM register_receipt_vat WHERE receipt_id = %s"
    booked = {key: amounts for key, *amounts in select(sql, [row["id"]]) if key != NOT_TAXABLE}
    said = {rate.vat_key: [rate.gross_cents, rate.net_cents, rate.tax_cents] for rate in invoice.rates}
    if booked != said:
        return "ihre Umsatzsteuer ist nicht die ihres Vorgangs"
    if any(
        sum(line.net_cents for line in invoice.lines if line.vat_key == rate.vat_key) != rate.net_cents
        for rate in invoice.rates
    ):
        return "ihre Zeilen ergeben nicht ihre Summe"
    return ""
