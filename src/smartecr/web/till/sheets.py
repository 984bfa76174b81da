"""The sheets that rise over the till: options of a line, discount, parking, drawer, help, and everything else.

Their forms are commands: the page's script reads them, queues the command and closes the sheet.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as marked
from django.views.decorators.http import require_POST, require_safe

from smartecr.catalog import tiles
from smartecr.catalog.lookup import by_id
from smartecr.core.basket import Line
from smartecr.core.currency import ONE_RATE
from smartecr.core.lines import MAX_WISH
from smartecr.core.money import format_cents
from smartecr.core.parting import pieces_of
from smartecr.core.tips import FOR_OWNER, suggestions
from smartecr.register import queries
from smartecr.register.cashdesk import cash, foreign
from smartecr.register.cashless import tips
from smartecr.register.sale import stations, weighing, wishes
from smartecr.staff import people
from smartecr.staff.errors import StaffError
from smartecr.staff.rights import Right, allows
from smartecr.web.display.messages import MESSAGES
from smartecr.web.ports import till
from smartecr.web.till import apart, cases, guest, paper, scans, terminal, tse, voucher
from smartecr.web.till.access import actor_of, attempt, refusal, staff_only
from smartecr.web.till.forms import reason_of
from smartecr.web.till.pay import due_context
from smartecr.web.till.screen import local
from smartecr.web.till.words import said

WISHES = 14
PERCENTS = (500, 1000, 1500, 2000, 5000)
# A reason goes into the books and on receipts as it stands here; only the key that chooses it is translated.
DISCOUNT_REASONS = (marked("Treuerabatt"), marked("Personalrabatt"), marked("Mängelrabatt"), marked("Aktionsrabatt"))
PRICE_REASONS = (marked("Preis am Regal"), marked("Absprache"), marked("Zweite Wahl"))
DRAWER_REASONS = (marked("Geld wechseln"), marked("Kontrolle"), marked("Wechselgeld auffüllen"))

GUEST_WORDS = (("back", marked("Gleich zurück")), ("closed", marked("Geschlossen")), ("other", marked("Andere Kasse")))

Context = dict[str, Any]


@require_safe
@staff_only
def sheet(request: HttpRequest, name: str) -> HttpResponse:
    """Return the inside of sheet `name`; unknown ones are 404."""
    prepare = _SHEETS.get(name)
    if prepare is None:
        raise Http404(name)
    return render(request, f"till/sheets/{name}.html", prepare(request))


def _line(request: HttpRequest) -> Line:
    """Return the line `?line=` of the open basket, or 404."""
    wanted = request.GET.get("line", "")
    for line in queries.current(till()).basket.lines:
        if line.id == wanted and not line.voided:
            return line
    raise Http404(wanted)


def _discount(request: HttpRequest) -> Context:
    line = _line(request) if request.GET.get("line") else None
    state = queries.current(till())
    present = line.discount if line else state.basket.discount
    more = {"percents": PERCENTS, "reasons": DISCOUNT_REASONS}
    return {"line": line, "present": present, "basket_id": state.id, **more}


def _price(request: HttpRequest) -> Context:
    return {"line": _line(request), "reasons": PRICE_REASONS}


def _quantity(request: HttpRequest) -> Context:
    return {"line": _line(request)}


def _wish(request: HttpRequest) -> Context:
    line, lately = _line(request), wishes.lately(till(), 8)
    words = [*lately, *(word for word in wishes.USUAL if word not in lately)]
    return {"line": line, "words": words[:WISHES], "pieces": pieces_of(line), "most": MAX_WISH}


def _article(request: HttpRequest) -> Context:
    article = by_id(request.GET.get("article", ""))
    if article is None:
        raise Http404
    level = queries.current(till()).basket.price_level
    tile = tiles.tile(article, level)
    per_unit = "" if tile.open_price else article.unit_price_text(tile.price_cents)
    return {
        "tile": tile,
        "article": article,
        "per_unit": per_unit,
        "number": article.number,
        "more": (2, 3, 4, 5, 6, 8, 10, 12),
    }


def _park(_request: HttpRequest) -> Context:
    register = till()
    found = [
        {"basket": basket, "time": f"{local(basket.opened_at):%-H:%M}", "texts": ", ".join(basket.texts[:4])}
        for basket in queries.parked(register)
    ]
    state = queries.current(register)
    can_park = any(not line.voided for line in state.basket.lines)
    can_join = bool(found) if can_park else len(found) > 1
    return {
        "parked": found,
        "can_park": can_park,
        "can_join": can_join,
        "came_off": apart.rest_of(register, state.id) if can_park else None,
        "state": state,
        "receipt_id": register.new_id(),
    }


def _drawer(_request: HttpRequest) -> Context:
    return {"reasons": DRAWER_REASONS, "entry_id": till().new_id()}


def _more(request: HttpRequest) -> Context:
    state = queries.current(till())
    return {
        "actor": actor_of(request),
        "office": allows(actor_of(request).role, Right.X_REPORT),
        "in_house": state.basket.in_house,
        "many": apart.many(state),
        "has_stations": bool(stations.routes(till())),
        "has_terminal": till().cards is not None,
        "messages": [("", _("Begrüßung")), *((key, _(word)) for key, word in GUEST_WORDS)],
        "message": till().message,
        "theme": request.COOKIES.get("theme", "auto"),
        "languages": (("de", "Deutsch"), ("en", "English")),
    }


def _amount(request: HttpRequest) -> Context:
    """A typed price for an article without one, or a weight for one sold by weight."""
    wants = "weight" if request.GET.get("wants") == "weight" else "price"
    scale = {"weighs": weighing.allowed(till()), "why_not": said(weighing.WHY_NOT)} if till().scale is not None else {}
    return _article(request) | {"wants": wants, "scale": scale, "command_id": till().new_id()}


def _due(request: HttpRequest) -> int:
    context = due_context(till(), request.GET)
    if context is None:
        raise Http404
    return int(context["due"])


def _split(request: HttpRequest) -> Context:
    """Shares of what is due: a part of it goes to the terminal first."""
    due = _due(request)
    words = ((2, _("die Hälfte")), (3, _("ein Drittel")), (4, _("ein Viertel")), (5, _("ein Fünftel")))
    return {"due": due, "shares": [(word, cents) for parts, word in words if (cents := -(-due // parts)) > 0]}


def _tip(request: HttpRequest) -> Context:
    """A tip before the payment, on the part that is paid now."""
    context = due_context(till(), request.GET) or {}
    part = int(context.get("part", 0))
    offered = [
        (word if word != "auf" else _("auf {amount} €").format(amount=format_cents(part + cents)), cents)
        for word, cents in suggestions(part)
    ]
    return {"tips": offered, "owner": tips.kind_of(till()) == FOR_OWNER}


def _nothing(_request: HttpRequest) -> Context:
    return {}


def _foreign(request: HttpRequest) -> Context:
    """Notes of another currency: how many of them cover what is due."""
    rate = next((one for one in foreign.valid(till()) if one.currency == request.GET.get("currency", "")), None)
    if rate is None:
        raise Http404("no rate")
    due = int((due_context(till(), request.GET) or {}).get("in_cash", 0))
    return {"rate": rate, "due": due, "needed": -(-due * ONE_RATE // rate.rate)}


_SHEETS: dict[str, Callable[[HttpRequest], Context]] = {
    "account": cases.account_sheet,
    "advance": cases.advance_sheet,
    "amount": _amount,
    "apart": apart.sheet,
    "article": _article,
    "discount": _discount,
    "drawer": _drawer,
    "help": _nothing,
    "learn": scans.learn_sheet,
    "meal": cases.meal_sheet,
    "more": _more,
    "other": _nothing,
    "park": _park,
    "payments": terminal.settings_sheet,
    "printer": paper.queue,
    "price": _price,
    "quantity": _quantity,
    "scanned": scans.receipt_sheet,
    "search": _nothing,
    "split": _split,
    "tab": lambda _request: {"amounts": (2000, 5000, 10000, 20000)},
    "terminal": terminal.sheet,
    "tip": _tip,
    "training": cases.training_sheet,
    "tse": tse.sheet,
    "foreign": _foreign,
    "guest": guest.sheet,
    "voucher": voucher.sheet,
    "wish": _wish,
}


@require_POST
@staff_only
def open_drawer(request: HttpRequest) -> HttpResponse:
    """Open the drawer without a sale for `reason`; 204 tells the page to close the sheet."""

    def act(approver: Any) -> HttpResponse:
        reason = reason_of(request.POST.get("choice", ""), request.POST.get("reason", ""))
        cash.open_drawer(till(), actor_of(request), request.POST.get("entry", ""), reason, approver)
        response = HttpResponse(status=204)
        response.headers["HX-Trigger"] = "done"
        return response

    return attempt(request, Right.DRAWER_OPEN, act)


@require_POST
@staff_only
def guest_message(request: HttpRequest) -> HttpResponse:
    """Tell the guests something while the display rests ("": nothing); it goes with the next sale."""
    wanted = request.POST.get("message", "")
    if wanted and wanted not in MESSAGES:
        return HttpResponse(status=400)
    register = till()
    register.message = wanted
    register.publish("basket")
    response = HttpResponse(status=204)
    response.headers["HX-Trigger"] = "done"
    return response


@require_POST
@staff_only
def preferences(request: HttpRequest) -> HttpResponse:
    """Keep the language of whoever is at the screen, and reload."""
    try:
        people.change(actor_of(request).person_id, language=request.POST.get("language", ""))
    except StaffError as error:
        return HttpResponse(_(error.message), status=400)
    return redirect("till")


@require_POST
@staff_only
def weigh(request: HttpRequest, article_id: str) -> HttpResponse:
    """Weigh an article and put it on the ticket; 204 tells the page to close the sheet."""

    def act(_approver: Any) -> HttpResponse:
        outcome = weighing.weigh(till(), actor_of(request), article_id, request.POST.get("command", ""))
        if not outcome.ok:
            return refusal(request, outcome.message)
        response = HttpResponse(status=204)
        response.headers["HX-Trigger"] = "done"
        return response

    return attempt(request, "", act)
