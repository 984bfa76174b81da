"""The display's page and its picture of the moment. Read-only, without log-in on the device itself."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from smartecr.register import models, queries, standing
from smartecr.register.cashless import cardbooks, cashparts
from smartecr.register.cashless.carddesk import desks
from smartecr.register.cashless.transfers import CodeKind
from smartecr.register.sale import items
from smartecr.register.till import ZONE, Till, moment
from smartecr.terminal.doubt import State
from smartecr.web.display import pictures, speech
from smartecr.web.display.messages import MESSAGES
from smartecr.web.display.screen import CODE_SECONDS, Card, Screen, at_terminal, compose
from smartecr.web.ports import till
from smartecr.web.receipt import qr
from smartecr.web.till import money
from smartecr.web.till.screen import shop_of

_SHOWN_SECONDS = 600

LANGUAGES = ("de", "en")
"""The languages a guest can switch between; the first one returns after each sale."""


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the display; its script keeps the picture up to date."""
    return _answer(request, "display/page.html")


@require_safe
def state(request: HttpRequest) -> HttpResponse:
    """Return the picture of the moment in the language `?lang=` ("de" or "en")."""
    return _answer(request, "display/screen.html")


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """Return one of the shop's own pictures."""
    found = pictures.read(settings.DATA, name) if _may_see(request) else None
    if found is None:
        raise Http404(name)
    response = HttpResponse(found[0], content_type=found[1])
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def _may_see(request: HttpRequest) -> bool:
    return _is_local(request) or bool(getattr(request, "actor", None))


def _answer(request: HttpRequest, template: str) -> HttpResponse:
    if not _may_see(request):
        return HttpResponseForbidden(
            "Die Kundenanzeige läuft am Gerät selbst. Von anderswo bitte zuerst anmelden.\n",
            content_type="text/plain; charset=utf-8",
        )
    language = request.GET.get("lang", "")
    language = language if language in LANGUAGES else LANGUAGES[0]
    with translation.override(language):
        response = render(request, template, _context(request, till(), language))
    response.headers["Content-Language"] = language
    return response


def present(register: Till) -> Screen:
    """Return what guests see now, on whatever display."""
    receipt = queries.last_receipt(register)
    issued = None
    if receipt is not None:
        signed_at = models.ReceiptSignature.objects.values_list("at", flat=True).get(receipt_id=receipt.id)
        issued = moment(signed_at)
    now = register.clock().astimezone(ZONE)
    basket = queries.current(register)
    if any(not line.voided for line in basket.basket.lines):
        register.message = ""  # somebody sells again
    names = pictures.names(settings.DATA)
    card = _card(register)
    if card is None and not basket.basket.lines:
        served = receipt if issued is not None and (now - issued).total_seconds() < CODE_SECONDS else None
        card = _rest(register, served)
    unit_prices = items.unit_prices(register, basket.basket.lines)
    return compose(
        basket, receipt, issued, now, card, pictures=names, message=register.message, unit_prices=unit_prices
    )


def _rest(register: Till, served: queries.ReceiptState | None) -> Card | None:
    """Return what is still due of a basket paid in part, unless a guest who came later has just been `served`."""
    due, opened = cashparts.partly_paid(register)
    if not due or (served is not None and served.started_at > opened):
        return None
    return Card(cents=due, step="rest")


def _context(request: HttpRequest, register: Till, language: str) -> dict[str, object]:
    screen = present(register)
    return {
        "screen": screen,
        "shop": shop_of(register),
        "language": language,
        "other": next(code for code in LANGUAGES if code != language),
        "speech": speech.sentence(screen),
        "message": _(MESSAGES[screen.message]) if screen.message else "",
        "training": standing.status(register).training,
        "takes_cards": register.cards is not None,
        "takes_codes": register.codes is not None,
        "code": _code(request, screen),
        "shown_code": qr.svg(screen.card.text, _("Code zum Bezahlen mit der App"))
        if screen.card is not None and screen.card.step == "transfer"
        else "",
        "pile": money.pile(screen.paid.change_cents) if screen.paid and screen.name == "change" else None,
    }


def _card(register: Till) -> Card | None:
    """Return the payment at a terminal, or one that is not clear yet."""
    for at in desks(register):
        by_code = at.wallet is not None
        if at.under_way is not None:
            way = at.under_way
            return at_terminal(way.amount, at.news.get(way.id, ()), kind=way.kind, by_code=by_code)
        open_one = cardbooks.open_payment(at.terminal_id) if at.service.state.level == "doubt" else None
        if open_one is not None and open_one.state is not State.CANCELLING:
            return Card(cents=open_one.asked_cents, step="wait", kind=open_one.kind, by_code=by_code)
        waits = at.expected(register.clock().timestamp())
        if waits:
            return Card(cents=waits, step="show", by_code=True)
    code = register.shown_code
    if code is not None and register.clock().timestamp() - code.since < _SHOWN_SECONDS:
        title = code.title if code.kind is CodeKind.MERCHANT else ""
        return Card(cents=code.cents, step="transfer", text=code.text, title=title, reference=code.reference)
    return None


def _code(request: HttpRequest, screen: Screen) -> str:
    """Return the QR code of the digital receipt's address as the guest's phone must reach it."""
    if screen.paid is None or screen.name == "change":
        return ""
    path = reverse("receipt:page", args=[screen.paid.token])
    base = settings.PUBLIC_ADDRESS.rstrip("/")
    return qr.svg(base + path if base else request.build_absolute_uri(path), _("QR-Code Ihres Bons"))


def _is_local(request: HttpRequest) -> bool:
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
