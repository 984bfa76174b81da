"""The sheets of the card terminal and of what the shop decided about payments."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from smartecr.register import paymentsettings, terminalcare
from smartecr.register.paymentsettings import Settings
from smartecr.staff.rights import Right
from smartecr.terminal.api import Capability
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of, attempt, staff_only
from smartecr.web.till.words import said


def sheet(_request: HttpRequest) -> dict[str, Any]:
    """How the terminal is, and what can be done with it."""
    desk = till().cards
    if desk is None:
        raise Http404
    state, able = desk.service.state, desk.capabilities
    return {
        "level": state.level,
        "message": said(state.message),
        "next_step": said(state.next_step),
        "has_totals": Capability.TOTALS in able,
        "has_repeat": Capability.REPEAT_RECEIPT in able,
        "has_care": Capability.END_OF_DAY in able,
    }


@require_POST
@staff_only
def act(request: HttpRequest, action: str) -> HttpResponse:
    """Ask the terminal something, or have it do something; the answer stands in the sheet."""

    def answer(approver: Any) -> HttpResponse:
        register = till()
        context: dict[str, Any] = {"action": action}
        if action == "status":
            status = terminalcare.status(register)
            context |= {"status": status, "message": said(status.message), "next_step": said(status.next_step)}
        elif action == "totals":
            context["batch"] = terminalcare.totals(register)
        elif action == "repeat":
            context["blocks"] = [block.text for block in terminalcare.last_receipt(register)]
        else:
            terminalcare.maintain(register, actor_of(request), action, approver)
        return render(request, "till/_terminal_answer.html", context)

    return attempt(request, Right.DEVICES if action in terminalcare.ACTIONS else "", answer)


def settings_sheet(_request: HttpRequest) -> dict[str, Any]:
    """What the shop decided about tips, transfers and codes it shows."""
    kinds = (
        ("", _("Nicht fragen")),
        ("TrinkgeldAN", _("Ja, für das Personal (ohne Umsatzsteuer)")),
        ("TrinkgeldAG", _("Ja, für den Betrieb (Umsatz)")),
    )
    confirms = (
        ("", _("Nein")),
        ("manager", _("Ja, die Leitung bestätigt den Eingang")),
        ("anyone", _("Ja, wer kassiert, bestätigt den Eingang")),
    )
    return {"settings": paymentsettings.of(till()), "kinds": kinds, "confirms": confirms}


@require_POST
@staff_only
def settings(request: HttpRequest) -> HttpResponse:
    """Keep what the shop decided about tips, transfers and codes it shows."""
    post = request.POST

    def keep(approver: Any) -> HttpResponse:
        iban = post.get("iban", "").strip()
        chosen = Settings(
            tips=post.get("tips", ""),
            transfer=post.get("transfer", ""),
            account_name=post.get("account", "").strip(),
            account_iban="".join(iban.split()).upper(),
            account_bic=post.get("bic", "").strip().upper(),
            code=post.get("code", ""),
            **{name: " ".join(post.get(name, "").split()) for name in paymentsettings.LONGEST if name[:5] == "code_"},
        )
        paymentsettings.save(till(), actor_of(request), chosen, approver)
        response = HttpResponse(status=204)
        response.headers["HX-Trigger"] = "done"
        return response

    return attempt(request, Right.DEVICES, keep)
