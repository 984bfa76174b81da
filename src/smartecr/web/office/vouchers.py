"""The vouchers of the shop: what is still open, what became of one, blocking one that was lost."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from smartecr.core.kinds import SINGLE_SALE, VOUCHER_SALES
from smartecr.register.errors import RegisterError
from smartecr.register.regulars import vouchers
from smartecr.staff.rights import Right
from smartecr.web import meanwhile
from smartecr.web.meanwhile import Fields
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of, attempt, is_fragment
from smartecr.web.till.forms import reason_of
from smartecr.web.till.screen import local
from smartecr.web.till.voucher import shown_voucher

SHOWN = 100


@require_safe
@office_only(Right.X_REPORT)
def vouchers_page(request: HttpRequest) -> HttpResponse:
    """List the vouchers, newest first; `?q=` is the beginning of a number or a whole code."""
    text = request.GET.get("q", "").strip()
    found = [_row(one) for one in vouchers.latest(SHOWN, text)]
    context = {"found": found, "text": text, "limit": SHOWN, "open": vouchers.open_sums()}
    if is_fragment(request):
        return render(request, "office/vouchers/_rows.html", context)
    return render(request, "office/vouchers/list.html", {**frame(request, "vouchers"), **context})


def _row(voucher: vouchers.Voucher) -> dict[str, Any]:
    shown = shown_voucher(voucher)
    if voucher.blocked:
        state, word = "bad", _("gesperrt")
    elif voucher.balance_cents <= 0:
        state, word = "ok", _("aufgebraucht")
    elif shown["expired"]:
        state, word = "warn", _("abgelaufen")
    else:
        state, word = "ok", _("offen")
    kind = _("Einzweck") if voucher.kind == SINGLE_SALE else _("Mehrzweck")
    return {**shown, "state": state, "word": word, "kind": kind, "sold": vouchers.german(voucher.sold_on)}


@require_safe
@office_only(Right.X_REPORT)
def voucher(request: HttpRequest, number: str) -> HttpResponse:
    """Show one voucher with everything that happened to it."""
    context = _detail(number)
    if is_fragment(request):
        return render(request, "office/vouchers/_one.html", context)
    return render(request, "office/vouchers/one.html", {**frame(request, "vouchers"), **context})


def _detail(number: str) -> dict[str, Any]:
    found = vouchers.find(number)
    if found is None:
        raise Http404(number)
    moves = [
        {**row, "day": f"{local(row['at']):%d.%m.%Y %H:%M}", "word": _word(row)} for row in vouchers.history(number)
    ]
    return {**_row(found), "moves": moves, "was": meanwhile.as_shown(_mark(number))}


def _mark(number: str) -> Fields:
    found = vouchers.find(number)
    return {"blocked": found.blocked if found else ""}


def _word(row: dict[str, Any]) -> str:
    if row["gv_typ"] in VOUCHER_SALES:
        return _("verkauft") if row["cents"] > 0 else _("zurückgenommen")
    return _("eingelöst") if row["cents"] < 0 else _("Einlösung storniert")


@require_POST
@office_only(Right.X_REPORT)
def mark(request: HttpRequest, number: str) -> HttpResponse:
    """Block a voucher with a reason, or free it (`free`), and show it anew."""

    def act(approver: Any) -> HttpResponse:
        reason = "" if "free" in request.POST else reason_of("", request.POST.get("reason", ""))
        if "free" not in request.POST and not reason:
            raise RegisterError("reason", _("Bitte sagen, warum."), _("Zum Beispiel: verloren gemeldet."))
        mark = partial(vouchers.mark, till(), actor_of(request), number, reason, approver)
        typed = meanwhile.press(request.POST, lambda: _mark(number), mark)
        if typed.crossed:
            words = {"blocked": _("Sperre")}
            return meanwhile.refused(request, typed, typed.problem(words, lambda _name, why: why or _("aufgehoben")))
        return render(request, "office/vouchers/_one.html", _detail(number))

    return attempt(request, Right.VOUCHERS, act)
