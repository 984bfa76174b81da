"""Invoices over receipts: one number after the other, no second turnover, taken back with their receipt."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection

from smartecr.core.errors import CoreError
from smartecr.fiscal.dsfinvk import validator, writer
from smartecr.fiscal.einvoice import cii
from smartecr.register import queries
from smartecr.register.books import closing, exporting, verify
from smartecr.register.errors import RegisterError
from smartecr.register.invoice import invoicepaper, invoices, invoicing
from smartecr.register.invoice.invoices import Stored
from smartecr.register.paper import receipts
from smartecr.register.queries import ReceiptState
from smartecr.register.sale import paying, refunding, selling
from smartecr.register.shop import masterdata, options
from smartecr.register.till import Till
from smartecr.server.cmdline.command_dsfinvk import check_signature
from smartecr.sql import select
from support import schematron
from support.dsfinvkbooks import taken_apart
from support.shop import CASHIER, ESPRESSO, MANAGER, OWNER, ROLL, command, pay_cash, ring
from support.tampering import unguard

ROTH = {
    "name": "Kanzlei Roth GmbH", "street": "Hauptstraße 5", "postcode": "20095", "city": "Hamburg",
    "vat_id": "DE 136 695 976", "mail": "rechnung@roth.example", "leitweg": "991-03730-19",
}  # fmt: skip
CONTACT = {"contact": "Christine", "phone": "+49 30 123456", "mail": "laden@morgenrot.example"}


def sold(till: Till) -> ReceiptState:
    ring(till, ROLL, ESPRESSO)
    return pay_cash(till)


def made(till: Till, receipt: ReceiptState) -> Stored:
    return invoicing.issue(till, CASHIER, till.new_id(), receipt.id, ROTH)


def test_an_invoice_names_its_receipt_and_sells_nothing(till: Till) -> None:
    options.save(till, OWNER, "invoices", CONTACT)
    receipt = sold(till)
    stock, before = queries.cash_stock(till), closing.x_report(till).totals
    invoice = made(till, receipt)
    assert invoice.number.endswith("-00001")
    assert invoice.gross_cents == receipt.total_cents
    assert invoice.invoice.due_cents == 0
    after = closing.x_report(till).totals
    assert (after.businesscases, after.payments, after.turnover_cents) == (
        before.businesscases, before.payments, before.turnover_cents,
    )  # fmt: skip
    assert after.other_receipts == (("AVRechnung", 1),)
    assert queries.cash_stock(till) == stock
    assert invoices.standing(receipt.id) == invoice
    own = queries.receipt(invoice.id)
    assert own.signed
    assert own.process_data.startswith("AVRechnung^2.40_3.20_0.00_0.00_0.00^")
    assert own.reason == f"Rechnung {invoice.number}"
    assert f"zu Bon {receipt.number}" in receipts.document(invoice.id).reference
    assert schematron.broken(invoicing.xrechnung(invoice), schematron.kosit(), warnings=True) == set()
    assert verify.examine().findings == []


def test_there_is_one_invoice_a_receipt_and_numbers_have_no_gap(till: Till) -> None:
    receipts_sold = [sold(till) for _ in range(3)]
    numbers = [made(till, receipt).number for receipt in receipts_sold]
    assert [number[-5:] for number in numbers] == ["00001", "00002", "00003"]
    with pytest.raises(RegisterError, match="schon die Rechnung"):
        made(till, receipts_sold[0])
    with pytest.raises(CoreError, match="Prüfziffer"):
        invoicing.issue(till, CASHIER, till.new_id(), sold(till).id, {**ROTH, "vat_id": "DE136695977"})
    assert len(invoices.newest(till.shop_id)) == 3
    assert invoices.newest(till.shop_id, "roth")[0].number == numbers[-1]


def test_the_same_request_again_is_the_same_invoice(till: Till) -> None:
    receipt, invoice_id = sold(till), till.new_id()
    first = invoicing.issue(till, CASHIER, invoice_id, receipt.id, ROTH)
    assert invoicing.issue(till, CASHIER, invoice_id, receipt.id, ROTH) == first


def test_a_refund_takes_the_invoice_back(till: Till) -> None:
    receipt = sold(till)
    invoice = made(till, receipt)
    refunding.refund(till, MANAGER, till.new_id(), receipt.id, "Ware zurück")
    assert invoices.standing(receipt.id) is None
    back = invoices.of_receipt(receipt.id)[-1]
    assert (back.kind, back.gross_cents, back.refers_id) == ("384", -receipt.total_cents, invoice.id)
    assert back.number.endswith("-00002")
    assert schematron.broken(cii.write(back.invoice), schematron.cen()) == set()
    assert verify.examine().findings == []


def test_a_part_taken_back_corrects_the_invoice(till: Till) -> None:
    receipt = sold(till)
    made(till, receipt)
    roll = next(line.line_id for line in receipt.content.lines if line.article_number == "2")
    refunding.refund_lines(till, MANAGER, till.new_id(), receipt.id, {roll: 1000}, "zu hart")
    standing = invoices.standing(receipt.id)
    assert standing is not None
    back = invoices.of_receipt(receipt.id)[-1]
    assert (back.gross_cents, back.invoice.paid_cents) == (-320, -320)
    assert verify.examine().findings == []


def test_an_invoice_after_a_part_went_back_is_over_the_rest(till: Till) -> None:
    receipt = sold(till)
    roll = next(line.line_id for line in receipt.content.lines if line.article_number == "2")
    refunding.refund_lines(till, MANAGER, till.new_id(), receipt.id, {roll: 1000}, "zu hart")
    invoice = made(till, receipt)
    assert (invoice.gross_cents, invoice.invoice.due_cents) == (240, 0)
    assert schematron.broken(cii.write(invoice.invoice), schematron.cen()) == set()
    assert verify.examine().findings == []


def test_a_wrong_buyer_is_put_right_by_another_invoice(till: Till) -> None:
    receipt = sold(till)
    first = made(till, receipt)
    back = invoicing.cancel(till, MANAGER, till.new_id(), first.id, "falscher Name")
    assert back.invoice.refers is not None
    assert back.invoice.refers.number == first.number
    assert queries.receipt(receipt.id).refunded_by == ""
    second = made(till, receipt)
    assert second.number.endswith("-00003")
    with pytest.raises(RegisterError, match="schon zurückgenommen"):
        invoicing.cancel(till, MANAGER, till.new_id(), first.id, "noch einmal")
    assert verify.examine().findings == []


def test_what_hangs_on_a_receipt_besides_is_no_part_of_it(till: Till) -> None:
    ring(till, ROLL)
    (outcome,) = selling.run(till, MANAGER, [command(till, "on_account", name="Kanzlei Roth")])
    assert outcome.ok
    state = queries.current(till)
    receipt = paying.pay(till, CASHIER, state.id, till.new_id(), [])
    invoice = made(till, receipt)
    assert (invoice.invoice.paid_cents, invoice.invoice.due_cents) == (0, 320)
    assert invoice.invoice.due_day > invoice.invoice.day
    assert schematron.broken(cii.write(invoice.invoice), schematron.cen()) == set()


def test_no_invoice_where_there_is_nothing_to_write_one_about(till: Till) -> None:
    receipt = sold(till)
    mirror = refunding.refund(till, MANAGER, till.new_id(), receipt.id, "falsch")
    for one in (receipt.id, mirror.id, till.new_id()):
        with pytest.raises(RegisterError):
            invoicing.issue(till, CASHIER, till.new_id(), one, ROTH)


def test_small_invoices_need_no_buyer_and_large_ones_do(till: Till) -> None:
    small = invoicing.issue(till, CASHIER, till.new_id(), sold(till).id, {})
    assert small.invoice.buyer is None
    assert b"factur-x" not in invoicepaper.pdf(small)
    with pytest.raises(RegisterError, match="Name und Anschrift des Kunden"):
        invoicing.xrechnung(small)
    (outcome,) = selling.run(till, CASHIER, [command(till, "article", article=ROLL, quantity=100_000)])
    assert outcome.ok
    large = pay_cash(till)
    with pytest.raises(CoreError, match="Über 250 €"):
        invoicing.issue(till, CASHIER, till.new_id(), large.id, {})


def test_printed_again_it_is_the_same_even_after_a_move(till: Till) -> None:
    invoice = made(till, sold(till))
    before = invoicepaper.pdf(invoice)
    masterdata.save_shop(till, OWNER, {"street": "Neue Straße 9", "name": "Abendrot"})
    again = invoices.find(invoice.id)
    assert again is not None
    assert invoicepaper.pdf(again) == before


def test_the_pdf_is_a_zugferd_invoice(till: Till) -> None:
    import pikepdf
    from facturx import get_facturx_xml_from_pdf  # a reading by others

    invoice = made(till, sold(till))
    data = invoicepaper.pdf(invoice)
    with pikepdf.open(io.BytesIO(data)) as document:
        root = document.Root
        (attached,) = root.AF
        assert str(attached.AFRelationship) == "/Alternative"
        assert str(attached.EF.F.Subtype) == "/text/xml"
        assert bytes(attached.EF.F.read_bytes()) == cii.write(invoice.invoice)
        (intent,) = root.OutputIntents
        assert bytes(intent.DestOutputProfile.read_bytes())[36:40] == b"acsp"  # an ICC profile
        assert bool(root.MarkInfo.Marked)
        with document.open_metadata() as xmp:
            assert xmp["pdfaid:part"] == "3"
            assert xmp["pdfaid:conformance"] == "A"
            fx = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"
            assert xmp[f"{fx}ConformanceLevel"] == "EN 16931"
            assert xmp[f"{fx}DocumentFileName"] == "factur-x.xml"
        assert b"Factur-X PDFA Extension Schema" in root.Metadata.read_bytes()
        assert document.check_pdf_syntax() == []
    name, xml = get_facturx_xml_from_pdf(data, check_xsd=True)
    assert (name, xml) == ("factur-x.xml", cii.write(invoice.invoice))


def test_the_books_know_every_invoice(till: Till, tmp_path: Path) -> None:
    receipt = sold(till)
    invoice = made(till, receipt)
    other = sold(till)
    made(till, other)
    refunding.refund(till, MANAGER, till.new_id(), other.id, "falsch")
    closing.close_day(till, MANAGER, till.new_id(), None)
    path = tmp_path / "x.zip"
    writer.write(path, exporting.books(exporting.chosen()), at=datetime(2026, 11, 30, tzinfo=UTC))
    verdict = validator.validate(path, signatures=check_signature)
    assert verdict.errors == 0, verdict.findings
    header, *rows = taken_apart(path)[0]["transactions.csv"]
    made_known = [dict(zip(header, row, strict=True)) for row in rows if "AVRechnung" in row]
    assert [row["KUNDE_NAME"] for row in made_known] == ["Kanzlei Roth GmbH"] * 2
    assert made_known[0]["BON_NOTIZ"] == f"Rechnung {invoice.number}"
    header, *rows = taken_apart(path)[0]["references.csv"]
    named = [dict(zip(header, row, strict=True)) for row in rows]
    assert (named[0]["BON_ID"], named[0]["REF_BON_ID"], named[0]["POS_ZEILE"]) == (
        str(queries.receipt(invoice.id).number), str(receipt.number), "",
    )  # fmt: skip


@pytest.mark.parametrize("column", ["gross_cents", "number", "buyer", "data", "refers_id", "position"])
def test_a_changed_invoice_is_found(till: Till, column: str) -> None:
    made(till, sold(till))
    (value,) = select(f"SELECT {column} FROM register_invoice")[0]
    other = value + 1 if isinstance(value, int) else "{}" if column == "data" else f"{value}x"
    unguard()
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE register_invoice SET {column} = %s", [other])
    assert any("register_invoice" in finding for finding in verify.examine().findings)


def test_an_invoice_that_outlives_its_receipt_is_found(till: Till) -> None:
    receipt = sold(till)
    made(till, receipt)
    refunding.refund(till, MANAGER, till.new_id(), receipt.id, "falsch")
    unguard()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM register_invoice WHERE kind = '384'")
    assert any("ihr Bon ist storniert" in finding for finding in verify.examine().findings)
