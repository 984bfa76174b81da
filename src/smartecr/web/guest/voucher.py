"""The voucher on a phone: its code for the camera at the till, and what lies on it now."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from smartecr.core.kinds import VOUCHER_SALES
from smartecr.register.errors import RegisterError
from smartecr.register.regulars import vouchers
from smartecr.web.ports import till
from smartecr.web.receipt import qr
from smartecr.web.receipt.views import private
from smartecr.web.till.screen import local, shop_of
from smartecr.web.till.voucher import shown_voucher


@require_safe
def page(request: HttpRequest, code: str) -> HttpResponse:
    """Show the voucher with this code; anything else is 404 and does not say how near it was."""
    with translation.override(translation.get_language_from_request(request)):
        shop = shop_of(till())
        try:
            found = vouchers.by_code(code)
        except RegisterError:
            return private(render(request, "guest/missing.html", {"shop": shop}, status=404))
        moves = [
            {"at": f"{local(row['at']):%d.%m.%Y}", "cents": row["cents"], "sold": row["gv_typ"] in VOUCHER_SALES}
            for row in vouchers.history(found.number)
        ]
        context = {
            **shown_voucher(found),
            "shop": shop,
            "qr": qr.svg(found.code, _("QR-Code des Gutscheins")),
            "typed": found.code.removeprefix("GS:"),
            "moves": moves,
        }
        return private(render(request, "guest/voucher.html", context))
