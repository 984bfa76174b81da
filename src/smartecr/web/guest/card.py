"""The customer card on a phone: its code for the camera, as a page, a picture, a pass, on the home screen."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING, Any

import segno
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from smartecr.core.vouchers import shown
from smartecr.register.errors import RegisterError
from smartecr.register.regulars import guests
from smartecr.register.regulars.guests import Guest
from smartecr.web.guest import appicon
from smartecr.web.ports import till
from smartecr.web.receipt import qr
from smartecr.web.receipt.views import private
from smartecr.web.till.guest import collected
from smartecr.web.till.screen import shop_of

if TYPE_CHECKING:
    from smartecr.web.guest.pkpass import Signer

_log = logging.getLogger(__name__)
_PAPER, _INK = "#f5f0e8", "#2a241f"


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
            "code": code,
            "wallet": _signer() is not None,
        }
        return private(render(request, "guest/card.html", context))


@require_safe
def manifest(request: HttpRequest, code: str) -> HttpResponse:
    """Return what lets a browser put the card on the home screen (W3C Web Application Manifest)."""
    _guest(code)
    address = reverse("guest:card", args=[code])
    with translation.override(translation.get_language_from_request(request)):
        shop = shop_of(till())
        described = {
            "name": _("Kundenkarte {shop}").format(shop=shop.name),
            "short_name": shop.name[:30],
            "lang": translation.get_language(),
            "id": address,
            "start_url": address,
            "scope": address,
            "display": "standalone",
            "background_color": _PAPER,
            "theme_color": _PAPER,
            "icons": [
                {"src": reverse("guest:icon", args=[size]), "sizes": f"{size}x{size}", "type": "image/png",
                 "purpose": purpose}
                for size in appicon.SIZES for purpose in ("any", "maskable")
            ],
        }  # fmt: skip
    return private(JsonResponse(described, content_type="application/manifest+json"))


@require_safe
def icon(_request: HttpRequest, size: int) -> HttpResponse:
    """Return the sign for a home screen."""
    if size not in appicon.SIZES:
        raise Http404(size)
    response = HttpResponse(appicon.png(size), content_type="image/png")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@require_safe
def picture(_request: HttpRequest, code: str) -> HttpResponse:
    """Return the code as a picture to be kept: it works without a network and without us."""
    guest = _guest(code)
    file = io.BytesIO()
    segno.make(guest.code, error="m", micro=False, boost_error=False).save(
        file, kind="png", scale=16, border=qr.QUIET_ZONE
    )
    response = HttpResponse(file.getvalue(), content_type="image/png")
    response.headers["Content-Disposition"] = f'attachment; filename="kundenkarte-{guest.number}.png"'
    return private(response)


@require_safe
def wallet(request: HttpRequest, code: str) -> HttpResponse:
    """Return the card for Apple Wallet, where the shop has a certificate for passes."""
    guest, signer = _guest(code), _signer()
    if signer is None:
        raise Http404(code)
    from smartecr.web.guest import pkpass

    with translation.override(translation.get_language_from_request(request)):
        response = HttpResponse(pkpass.build(signer, _pass(request, guest, code)), content_type=pkpass.MEDIA)
    response.headers["Content-Disposition"] = f'attachment; filename="kundenkarte-{guest.number}.pkpass"'
    return private(response)


def _pass(request: HttpRequest, guest: Guest, code: str) -> dict[str, Any]:
    """Return what stands on the pass: number and code, how to use it; no name, no balance."""
    shop, number = shop_of(till()), shown(guest.number)
    address = settings.PUBLIC_ADDRESS.rstrip("/") or f"{request.scheme}://{request.get_host()}"
    return {
        "serialNumber": guest.number,
        "organizationName": shop.name,
        "description": _("Kundenkarte {shop}").format(shop=shop.name),
        "logoText": shop.name,
        "backgroundColor": "rgb(245, 240, 232)",
        "foregroundColor": "rgb(42, 36, 31)",
        "labelColor": "rgb(92, 84, 75)",
        "barcodes": [
            {"format": "PKBarcodeFormatQR", "message": guest.code, "messageEncoding": "iso-8859-1", "altText": number}
        ],
        "storeCard": {
            "secondaryFields": [{"key": "number", "label": _("Nummer"), "value": number}],
            "backFields": [
                {
                    "key": "how",
                    "label": _("So geht es"),
                    "value": _(
                        "Vor dem Bezahlen an die Kamera der Kasse halten. Punkte und Stempel zeigt die Seite der Karte."
                    ),
                },
                {"key": "page", "label": _("Seite der Karte"), "value": address + reverse("guest:card", args=[code])},
            ],
        },
    }


def _guest(code: str) -> Guest:
    try:
        return guests.by_code(code)
    except RegisterError:
        raise Http404(code) from None


def _signer() -> Signer | None:
    """Return who signs passes, None where the shop has no certificate that can."""
    path = settings.DATA / "wallet" / "pass.pem"
    if not path.exists():
        return None
    from smartecr.web.guest import pkpass

    try:
        signer = pkpass.load(path)
    except pkpass.PassError as error:
        _log.warning("no passes", extra={"reason": str(error)})
        return None
    return signer if signer is not None and signer.holds(till().clock()) else None
