"""X and Z reports from the register's numbers to paper."""

from __future__ import annotations

from datetime import date
from typing import Any

from smartecr.printer import pdf, reports
from smartecr.printer.document import ReportDocument, Shop
from smartecr.register import models
from smartecr.register.books.closing import Closing, Report
from smartecr.register.paper.receipts import local, shop_head
from smartecr.register.till import Till


def x_document(till: Till, report: Report, person: str = "") -> ReportDocument:
    """Return the X report as a document; `person` is who asked for it."""
    register = models.Register.objects.get(id=till.register_id)
    return reports.document(
        reports.Report(
            title="X-Bericht",
            note="Zwischenstand, kein Abschluss",
            shop=shop_head(models.Shop.objects.get(id=till.shop_id)),
            register=register.name,
            register_serial=register.serial,
            business_day=date.fromisoformat(report.business_day),
            opened=local(report.opened_at) if report.opened_at else None,
            until=local(report.at),
            person=person,
            totals=report.totals,
            drawer=reports.Drawer(expected_cents=report.expected_cents),
            tse_serials=tuple(models.Tse.objects.order_by("serial").values_list("serial", flat=True)),
            line_voids=report.line_voids,
            drawer_openings=report.drawer_openings,
            cash_counts=report.cash_counts,
            outages=report.outages,
            unsigned=report.unsigned,
            open_baskets=tuple((one.label or "Ohne Namen", one.total_cents) for one in report.open_baskets),
            foreign=tuple((one.currency, one.foreign_cents, one.foreign_cents, one.cents) for one in report.foreign),
        )
    )


def z_document(closing: Closing) -> ReportDocument:
    """Return the Z report as a document, with shop, register and TSEs as they were at the closing."""
    master = closing.master
    return reports.document(
        reports.Report(
            title=f"Z-Bericht {closing.z_number}",
            shop=_shop(master["shop"]),
            register=master["register"].get("name", ""),
            register_serial=master["register"].get("serial", ""),
            business_day=date.fromisoformat(closing.business_day),
            opened=local(closing.opened_at) if closing.opened_at else None,
            until=local(closing.closed_at),
            person=closing.person_name,
            note=f"Mitgenommen: {', '.join(closing.carried)}" if closing.carried else "",
            totals=closing.totals,
            drawer=reports.Drawer(
                expected_cents=closing.expected_cents,
                counted_cents=closing.counted_cents,
                kept_cents=closing.kept_cents,
                counts=closing.counts,
                reason=closing.reason,
            ),
            tse_serials=tuple(tse["serial"] for tse in master["tse"]),
            line_voids=closing.line_voids,
            drawer_openings=closing.drawer_openings,
            cash_counts=closing.cash_counts,
            outages=closing.outages,
            unsigned=closing.unsigned,
            batch=_batch(closing.batch),
            foreign=closing.foreign,
            sign_here="Datum, Unterschrift",
        )
    )


def closing_pdf(closing: Closing) -> bytes:
    """Return the Z report as PDF/A on A4, dated by the closing: the same bytes whenever it is asked for."""
    return pdf.render(z_document(closing), local(closing.closed_at), "a4")


def _batch(batch: dict[str, Any] | None) -> reports.Batch | None:
    if batch is None:
        return None
    brands = tuple((str(brand), int(terminal), int(books)) for brand, terminal, books in batch["by_brand"])
    total, difference = batch["total_cents"], batch["difference_cents"]
    return reports.Batch(
        total_cents=total,
        difference_cents=difference,
        brands=brands,
        error=batch["error"],
        lines=tuple(reports.BatchLine(*line) for line in batch.get("lines", ())),
        strange=tuple(batch.get("strange", ())),
    )


def _shop(row: dict[str, object]) -> Shop:
    known = {field.name for field in models.Shop._meta.concrete_fields}
    return shop_head(models.Shop(**{name: value for name, value in row.items() if name in known}))
