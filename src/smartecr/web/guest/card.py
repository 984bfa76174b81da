"""The customer card on a phone: its code for the camera at the till."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from smartecr.core.vouchers import shown
from smartecr.register import guests
from smartecr.register.errors import RegisterError
from smartecr.web.ports import till
from smartecr.web.receipt import qr
from smartecr.web.receipt.views import private
from smartecr.web.till.guest import collected
from smartecr.web.till.screen import shop_of


@require_safe
def page(request: HttpRequest, code: str) -> HttpResponse:
    """Show the card with this code; an old one or none is 404. No name: a phone may be shown around."""
    with translation.override(translation.get_language_from_request(request)):
        shop = shop_of(till())
        try:
            guest = guests.by_code(code)
        except RegisterError:
            return private(render(request, "guest/missing.html", {"shop": shop}, status=404))
        context = {
            "shop": shop,
            "qr": qr.svg(guest.code, _("QR-Code der Kundenkarte")),
            "number": shown(guest.number),
            **collected(guest),
            "typed": guest.code.removeprefix("KD:"),
        }
        return private(render(request, "guest/card.html", context))
