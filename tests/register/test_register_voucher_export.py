"""Vouchers as the tax office and the guest read them: DSFinV-K, closing, receipt, the paper of the voucher."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from smartecr.fiscal.dsfinvk import validator, writer
from smartecr.printer import text
from smartecr.register import models, queries
from smartecr.register.books import closing, exporting
from smartecr.register.paper import receipts, voucherpaper
from smartecr.register.regulars import vouchers as books
from smartecr.register.sale import refunding, selling
from smartecr.register.shop import masterdata
from smartecr.register.till import Till
from smartecr.server.cmdline.command_dsfinvk import check_signature
from support.dsfinvkbooks import taken_apart
from support.shop import BREAD, CASHIER, COFFEE, ESPRESSO, MANAGER, OWNER, ROLL, article_row, command, pay_cash, ring

GIFT, BREAD_GIFT = f"{0xB0:032x}", f"{0xB1:032x}"


def stock(till: Till) -> None:
    multi = {"gv_typ": "MehrzweckgutscheinKauf", "vat_key_in": 5, "vat_key_out": 5}
    single = {"gv_typ": "EinzweckgutscheinKauf", "vat_key_in": 2, "vat_key_out": 2}
    rows = [
        article_row(GIFT, "20", "Gutschein 20 €", COFFEE, 2000, **multi),
        article_row(BREAD_GIFT, "21", "Brot\u00adgutschein", BREAD, 1000, **single),
    ]
    masterdata.save_articles(till, OWNER, rows)


def day(till: Till) -> tuple[books.Voucher, books.Voucher, closing.Closing]:
    """Both kinds sold, redeemed in part, one redemption cancelled, one voucher laid down and taken off again."""
    stock(till)
    ring(till, GIFT, BREAD_GIFT)
    multi, single = sorted(books.sold_with(pay_cash(till).id), key=lambda one: one.vat_key, reverse=True)
    ring(till, ESPRESSO, ROLL)
    for voucher in (multi, single):
        assert selling.run(till, CASHIER, [command(till, "scan", code=voucher.code)])[0].ok
    paid = pay_cash(till)
    ring(till, ROLL)
    (laid,) = selling.run(till, CASHIER, [command(till, "scan", code=multi.code)])
    assert selling.run(till, CASHIER, [command(till, "void", line=laid.line_id)])[0].ok
    pay_cash(till)
    refunding.refund(till, MANAGER, till.new_id(), paid.id, "Falsch getippt")
    ring(till, ESPRESSO)
    assert selling.run(till, CASHIER, [command(till, "scan", code=multi.code)])[0].ok
    pay_cash(till)
    return multi, single, closing.close_day(till, MANAGER, till.new_id(), None, kept_cents=0)


def test_the_export_names_every_voucher_and_the_validator_finds_nothing(till: Till, tmp_path: Path) -> None:
    multi, single, _done = day(till)
    path = tmp_path / "books.zip"
    writer.write(path, exporting.books(exporting.chosen()), at=datetime(2026, 11, 30, tzinfo=UTC))
    verdict = validator.validate(path, signatures=check_signature)
    assert [str(finding) for finding in verdict.findings if finding.severity == "error"] == []
    assert not [finding for finding in verdict.findings if finding.code.startswith(("voucher", "case"))]
    header, *rows = taken_apart(path)[0]["lines.csv"]
    lines = [dict(zip(header, row, strict=True)) for row in rows]
    found = [
        (one["GV_TYP"], one["GUTSCHEIN_NR"], one["P_STORNO"]) for one in lines if "gutschein" in one["GV_TYP"].lower()
    ]
    assert found == [
        ("MehrzweckgutscheinKauf", multi.number, "0"),
        ("EinzweckgutscheinKauf", single.number, "0"),
        ("MehrzweckgutscheinEinloesung", multi.number, "0"),
        ("EinzweckgutscheinEinloesung", single.number, "0"),
        ("MehrzweckgutscheinEinloesung", multi.number, "1"),
        ("MehrzweckgutscheinEinloesung", multi.number, "0"),
        ("EinzweckgutscheinEinloesung", single.number, "0"),
        ("MehrzweckgutscheinEinloesung", multi.number, "0"),
    ]
    export = path.read_bytes()
    assert multi.secret.encode() not in export
    assert all(multi.secret not in cell for table in taken_apart(path)[0].values() for row in table for cell in row)


def test_the_closing_counts_vouchers_by_their_kind(till: Till) -> None:
    _multi, _single, done = day(till)
    cases = {(kind, key): gross for kind, _name, key, _rate, gross, _net, _tax in done.totals.businesscases}
    assert cases["MehrzweckgutscheinKauf", 5] == 2000
    assert cases["MehrzweckgutscheinEinloesung", 5] == -240
    assert cases["EinzweckgutscheinKauf", 2] == 1000
    assert cases["EinzweckgutscheinEinloesung", 2] == 0
    assert cases["Umsatz", 2] == 320
    assert cases["Geldtransit", 5] == -3320, "what was paid in cash is carried away"
    assert sum(cases.values()) == done.totals.payments_cents == 0


def test_receipt_and_voucher_say_number_last_day_and_what_stays(till: Till) -> None:
    stock(till)
    ring(till, GIFT)
    sale = pay_cash(till)
    (voucher,) = books.sold_with(sale.id)
    ring(till, ESPRESSO)
    assert selling.run(till, CASHIER, [command(till, "scan", code=voucher.code)])[0].ok
    paid = pay_cash(till)
    named = f"{voucher.number[:4]}-{voucher.number[4:]}"
    sold = " ".join(text.render(receipts.document(sale.id), 48).split())
    assert f"(Nr. {named}," in sold
    assert "gültig bis 31.12.2029)" in sold
    assert voucher.secret not in sold
    redeemed = " ".join(text.render(receipts.document(paid.id), 48).split())
    assert f"Gutschein {named} (Rest 17,60 €)" in redeemed
    assert queries.receipt(paid.id).total_cents == 0
    paper = voucherpaper.document(voucher, models.Shop.objects.get(id=till.shop_id))
    printed = text.render(paper, 42)
    assert "20,00" in printed
    assert "31.12.2029" in printed
    assert voucher.code.removeprefix("GS:") in printed
