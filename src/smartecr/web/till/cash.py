"""The drawer: opening float, pay-in, pay-out, the report in between and the closing of the day."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as marked
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from smartecr.core.cash import DENOMINATIONS, NOTES
from smartecr.core.currency import CURRENCIES
from smartecr.core.kinds import TIPS
from smartecr.core.money import format_cents
from smartecr.core.records import dataclass
from smartecr.register import queries, standing
from smartecr.register.books import closing
from smartecr.register.cashdesk import cash, counting, foreign, tipsout
from smartecr.register.errors import RegisterError
from smartecr.register.paper import reportpaper
from smartecr.register.rights import require
from smartecr.staff import people
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right
from smartecr.web.ports import till
from smartecr.web.till import money
from smartecr.web.till.access import actor_of, attempt, staff_only
from smartecr.web.till.forms import amount_of, reason_of
from smartecr.web.till.screen import frame, local, shop_of


@dataclass(frozen=True, slots=True)
class Movement:
    """A kind of cash movement a person can book: address, words, DSFinV-K kind, direction (+1 in, −1 out), reasons."""

    key: str
    word: Any
    ask: Any
    gv_typ: str
    sign: int
    icon: str
    reasons: tuple[Any, ...]


MOVEMENTS = (
    Movement("float", gettext_lazy("Anfangsbestand"), gettext_lazy("Wie viel Wechselgeld liegt in der Lade?"),
             "Anfangsbestand", 1, "coins", ()),
    Movement("in", gettext_lazy("Einzahlung"), gettext_lazy("Wie viel Geld kommt in die Lade?"), "Einzahlung", 1,
             "arrow-down-to-line", (marked("Rückgabe Vorschuss"), marked("Erstattung Lieferant"))),
    Movement("transit", gettext_lazy("Vom Tresor"), gettext_lazy("Wie viel Geld kommt aus dem Tresor?"), "Geldtransit",
             1, "vault", (marked("Wechselgeld"), marked("Von der Bank"))),
    Movement("out", gettext_lazy("Auszahlung"), gettext_lazy("Wie viel Geld geht aus der Lade?"), "Auszahlung", -1,
             "arrow-up-from-line", (marked("Einkauf"), marked("Porto"), marked("Lieferant bar"))),
    Movement("safe", gettext_lazy("In den Tresor"), gettext_lazy("Wie viel Geld kommt in den Tresor?"), "Geldtransit",
             -1, "vault", (marked("Abschöpfung"), marked("Zur Bank"))),
    Movement("wage", gettext_lazy("Lohnvorschuss"), gettext_lazy("Wie viel Lohn wird ausgezahlt?"), "Lohnzahlung",
             -1, "banknote", (marked("Vorschuss"), marked("Aushilfe"))),
    Movement("owner-in", gettext_lazy("Privateinlage"), gettext_lazy("Wie viel legt der Inhaber ein?"),
             "Privateinlage", 1, "wallet", (marked("Wechselgeld"),)),
    Movement("owner-out", gettext_lazy("Privatentnahme"), gettext_lazy("Wie viel entnimmt der Inhaber?"),
             "Privatentnahme", -1, "hand-coins", (marked("Privat"),)),
    Movement("tips", gettext_lazy("Trinkgeld auszahlen"), gettext_lazy("Wie viel Trinkgeld geht aus der Lade?"), TIPS,
             -1, "heart-handshake", ()),
    Movement("tips-back", gettext_lazy("Trinkgeld zurück"), gettext_lazy("Wie viel Trinkgeld kommt zurück?"), TIPS, 1,
             "undo-2", ()),
)  # fmt: skip
BY_KEY = {movement.key: movement for movement in MOVEMENTS}
_CENTS = re.compile(r"-?\d{1,12}", re.ASCII)
DIFFERENCES = (marked("Wechselgeld verzählt"), marked("Trinkgeld in der Lade"), marked("Ungeklärt"))


@require_safe
@staff_only
def overview(request: HttpRequest) -> HttpResponse:
    """Show the day so far and what can be done with the drawer."""
    register = till()
    status = standing.status(register)
    hidden = {"float"} if cash.has_float(register) else set()
    tips = tipsout.standing(register)
    hidden |= {"tips"} if tips.owed <= 0 else set()
    hidden |= {"tips-back"} if tips.paid_out <= 0 else set()
    shown = [one for one in MOVEMENTS if one.key not in hidden]
    context = {
        **frame(request),
        "section": "cash",
        "status": status,
        "opened": local(status.opened_at) if status.opened_at else None,
        "movements": shown,
        "z_number": status.z_number,
        "counts": [(one, local(one.at)) for one in counting.counts_of(register.register_id, 3)],
        "closings": [closing_row(one) for one in closing.closings(register, 5)],
        "open_baskets": closing.open_baskets(register),
        "foreign_stocks": foreign.stocks(register),
    }
    return render(request, "till/cash.html", context)


def closing_row(done: closing.Closing) -> dict[str, Any]:
    """Return what a list says of a closing."""
    return {
        "id": done.id,
        "z_number": done.z_number,
        "day": f"{date.fromisoformat(done.business_day):%d.%m.%Y}",
        "person_name": done.person_name,
        "difference_cents": done.difference_cents,
        "turnover_cents": done.totals.earned_cents,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def move(request: HttpRequest, kind: str) -> HttpResponse:
    """Ask for amount and reason of a movement (GET), book it (POST)."""
    movement = BY_KEY.get(kind)
    if movement is None:
        raise Http404(kind)
    if request.method != "POST":
        context = {"movement": movement, "receipt_id": till().new_id(), "reasons": movement.reasons}
        if movement.gv_typ == TIPS:
            tips = tipsout.standing(till())
            most = tips.owed if movement.sign < 0 else tips.paid_out
            context |= {"reasons": [person.name for person in people.working()], "tips": max(most, 0)}
        return render(request, "till/sheets/move.html", context)

    def act(approver: Actor | None) -> HttpResponse:
        amount = amount_of(request.POST.get("amount", ""))
        reason = reason_of(request.POST.get("choice", ""), request.POST.get("reason", ""))
        key, cents = request.POST.get("receipt", ""), movement.sign * amount
        if movement.gv_typ == TIPS:
            tipsout.pay_out(till(), actor_of(request), key, -cents, reason, approver)
        else:
            cash.move(till(), actor_of(request), key, movement.gv_typ, cents, reason, approver)
        response = HttpResponse(status=204)
        response.headers["HX-Redirect"] = reverse("cash")
        return response

    return attempt(request, Right.CASH_MOVE, act)


@require_POST
@staff_only
def x_report(request: HttpRequest) -> HttpResponse:
    """Show the report in between; may be asked for any number of times."""

    def act(approver: Actor | None) -> HttpResponse:
        actor = actor_of(request)
        require(actor, approver, Right.X_REPORT)
        register = till()
        document = reportpaper.x_document(register, closing.x_report(register), actor.name)
        return render(request, "till/sheets/report.html", {"document": document})

    return attempt(request, Right.X_REPORT, act)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def close(request: HttpRequest) -> HttpResponse:
    """Count the drawer (GET) and close the day (POST)."""
    register = till()
    if request.method != "POST":
        shop = shop_of(register)
        context = {
            **frame(request),
            "blind": shop.blind_count,
            "expected": None if shop.blind_count else queries.cash_stock(register),
            "status": standing.status(register),
            "z_number": standing.status(register).z_number,
            "closing_id": register.new_id(),
            "open_baskets": closing.open_baskets(register),
            "day": date.fromisoformat(queries.business_day(register)),
            "count_columns": count_columns(),
            "foreign_stocks": foreign.stocks(register),
        }
        return render(request, "till/close.html", context)
    return attempt(request, Right.CLOSE_DAY, lambda approver: _close(request, approver))


def count_columns() -> list[tuple[list[tuple[int, str, SafeString]], str]]:
    """Return what can be counted in columns: notes, large coins, small coins, each with its heading."""
    coins = [value for value in DENOMINATIONS if value not in NOTES]
    columns = ((NOTES, _("Scheine")), (coins, _("Münzen")))
    return [([(value, money.name(value), money.piece(value)) for value in values], title) for values, title in columns]


def _close(request: HttpRequest, approver: Actor | None) -> HttpResponse:
    """Close with the counts of the form; a difference is shown once before it is booked with its reason."""
    post = request.POST
    register = till()
    counts = {value: count_of(post.get(f"count-{value}", "")) for value in DENOMINATIONS}
    counted = None if "uncounted" in post else counts
    reason = reason_of(post.get("choice", ""), post.get("reason", ""))
    kept = amount_of(post["kept"]) if post.get("kept", "").strip() else None
    abroad = foreign_of(post)
    try:
        done = closing.close_day(
            register, actor_of(request), post.get("closing", ""), counted, reason, approver,
            carry="carry" in post, kept_cents=kept, foreign_counts=abroad, expected_cents=seen_in(post),
        )  # fmt: skip
    except RegisterError as error:
        if error.code == "difference" and counted is not None:
            return ask_difference(request, counted, abroad)
        if error.code == "foreign":
            return ask_difference(request, counted, abroad)
        raise
    response = HttpResponse(status=204)
    response.headers["HX-Redirect"] = reverse("closing", args=[done.id])
    return response


def foreign_of(post: QueryDict) -> dict[str, int] | None:
    """Return what was counted of foreign notes, None when nothing was. Raises RegisterError, MoneyError.

    Whoever counts one currency and leaves another empty has not counted that: it stays as the books say.
    """
    typed = {one: post.get(f"foreign-{one}", "") for one in CURRENCIES}
    counted = {one: amount_of(text) for one, text in typed.items() if text.strip()}
    if not counted:
        return None
    return {one.currency: one.foreign_cents for one in foreign.stocks(till())} | counted


def seen_in(post: QueryDict) -> int | None:
    """Return what the books said, in cents, when a reason for the difference was asked; None before that."""
    text = post.get("seen", "")
    return int(text) if _CENTS.fullmatch(text) else None


def count_of(text: str) -> int:
    """Return how many pieces a field says. Raises RegisterError("count")."""
    text = text.strip()
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 5:
        raise RegisterError("count", _("Eine Anzahl ist unlesbar."), _("Nur Ziffern eintippen."))
    return int(text)


def ask_difference(
    request: HttpRequest, counts: dict[int, int] | None, abroad: dict[str, int] | None = None
) -> HttpResponse:
    """Answer with counted and expected cash, asking for a reason; `counts` None: euros were not counted."""
    expected = queries.cash_stock(till())
    counted = expected if counts is None else sum(value * count for value, count in counts.items())
    differs = foreign.differences(till(), abroad) if abroad else []
    context = {
        "counted": counted,
        "expected": expected,
        "difference": counted - expected,
        "moved": seen_in(request.POST) not in (None, expected),
        "size": format_cents(abs(counted - expected)),
        "abroad": [(one.currency, one.foreign_cents, one.foreign_cents + by) for one, by, _ in differs if by],
        "reasons": DIFFERENCES,
    }
    response = render(request, "till/_difference.html", context)
    response.headers["HX-Retarget"] = "#difference"
    response.headers["HX-Reswap"] = "innerHTML"
    return response


@require_safe
@staff_only
def closed(request: HttpRequest, closing_id: str) -> HttpResponse:
    """Show a closing: its number, what was counted, and the Z report as paper."""
    done = closing.find_closing(closing_id)
    if done is None:
        raise Http404(closing_id)
    context = {
        **frame(request),
        "closing": done,
        "document": reportpaper.z_document(done),
        "at": local(done.closed_at),
        "has_printer": till().printer is not None,
    }
    return render(request, "till/closed.html", context)
