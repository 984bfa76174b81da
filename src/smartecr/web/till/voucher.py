"""Vouchers at the till: what lies on one, the codes of those just sold, their paper."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from smartecr.catalog import lookup, tiles
from smartecr.core.kinds import VOUCHER_SALES
from smartecr.core.vouchers import shown
from smartecr.register import queries
from smartecr.register.errors import RegisterError
from smartecr.register.paper import printing
from smartecr.register.queries import ReceiptState, business_day
from smartecr.register.regulars import vouchers
from smartecr.register.regulars.vouchers import Voucher
from smartecr.sql import select
from smartecr.web.ports import till
from smartecr.web.receipt import qr
from smartecr.web.till import paper
from smartecr.web.till.access import actor_of, attempt, staff_only
from smartecr.web.till.words import said


def sells(receipt: ReceiptState) -> bool:
    """Tell whether a receipt sold vouchers."""
    return any(line.gv_typ in VOUCHER_SALES and line.amount_cents > 0 for line in receipt.content.lines)


def sheet(_request: HttpRequest) -> dict[str, Any]:
    """Return what the sheet of vouchers shows: those the shop sells, as tiles."""
    kinds = sorted(VOUCHER_SALES)
    sql = (
        f"SELECT id FROM catalog_article WHERE gv_typ IN ({', '.join(['%s'] * len(kinds))}) AND active "  # noqa: S608 marks
        "ORDER BY position, id LIMIT 12"
    )
    level = queries.current(till()).basket.price_level
    return {"tiles": [tiles.tile(one, level) for one in lookup.by_ids([row[0] for row in select(sql, kinds)])]}


def shown_voucher(voucher: Voucher) -> dict[str, Any]:
    """Return a voucher as pages show it."""
    return {
        "voucher": voucher,
        "number": shown(voucher.number),
        "expires": vouchers.german(voucher.expires_on),
        "expired": voucher.expires_on < business_day(till()),
    }


def address_of(request: HttpRequest, voucher: Voucher) -> str:
    """Return the address of the voucher's page, as a guest's phone must reach it."""
    path = reverse("guest:voucher", args=[voucher.code.removeprefix("GS:")])
    base = settings.PUBLIC_ADDRESS.rstrip("/")
    return base + path if base else request.build_absolute_uri(path)


@require_safe
@staff_only
def check(request: HttpRequest) -> HttpResponse:
    """Show what lies on the voucher with the code `?code=`, or why there is none."""
    try:
        found = vouchers.by_code(request.GET.get("code", ""))
    except RegisterError as error:
        context = {"message": said(error.message), "next_step": said(error.next_step)}
        return render(request, "till/_voucher.html", context)
    return render(request, "till/_voucher.html", shown_voucher(found))


@require_safe
@staff_only
def sold(request: HttpRequest, receipt_id: str) -> HttpResponse:
    """Show the vouchers a receipt sold, each with the code for the guest's phone."""
    found = vouchers.sold_with(receipt_id)
    if not found:
        raise Http404(receipt_id)
    cards = [
        {
            **shown_voucher(one),
            "address": address_of(request, one),
            "code": qr.svg(address_of(request, one), _("QR-Code des Gutscheins")),
        }
        for one in found
    ]
    return render(request, "till/_vouchers.html", {"cards": cards, "has_printer": till().printer is not None})


@require_POST
@staff_only
def print_voucher(request: HttpRequest, number: str) -> HttpResponse:
    """Print a voucher (again), and answer with what happens to it."""

    def act(_approver: Any) -> HttpResponse:
        printing.print_voucher(till(), actor_of(request), number)
        return render(request, "till/_printing.html", {"copy": False, **paper.problem(till().printer)})

    return attempt(request, "", act)
