"""The sheets of the card terminal and of what the shop decided about payments."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from smartecr.register.cashless import paymentsettings, terminalcare
from smartecr.register.cashless.paymentsettings import Settings
from smartecr.staff.rights import Right
from smartecr.terminal.api import Capability
from smartecr.web import meanwhile
from smartecr.web.meanwhile import Fields
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
        ("", _("Nicht anbieten")),
        ("TrinkgeldAN", _("Ja, für das Personal (ohne Umsatzsteuer)")),
        ("TrinkgeldAG", _("Ja, für den Betrieb (Umsatz)")),
    )
    confirms = (
        ("", _("Nein")),
        ("manager", _("Ja, die Leitung bestätigt den Eingang")),
        ("anyone", _("Ja, wer kassiert, bestätigt den Eingang")),
    )
    now = paymentsettings.of(till())
    return {"settings": now, "was": meanwhile.as_shown(_fields(now)), "kinds": kinds, "confirms": confirms}


def _fields(now: Settings) -> Fields:
    """Return the fields of the sheet, which calls those of the account without "account_"."""
    names = {"account_name": "account", "account_iban": "iban", "account_bic": "bic"}
    return {names.get(name, name): text for name, text in asdict(now).items()}


def _words() -> dict[str, str]:
    return {
        "tips": _("Trinkgeld"), "transfer": _("Überweisung"), "account": _("Kontoinhaber"), "iban": "IBAN",
        "bic": "BIC", "code": _("QR-Code eines Zahlungsdienstes"), "code_title": _("Name des Zahlungsdienstes"),
        "code_scheme": _("Kennung des Dienstes (GUID)"), "code_account": _("Händlernummer dort"),
        "code_category": _("Branche (MCC, vier Ziffern)"), "code_name": _("Name des Geschäfts im Code"),
        "code_city": _("Ort im Code"),
    }  # fmt: skip


def _told(name: str, value: str) -> str:
    """Return a choice of the sheet in words, a text as it is."""
    words = {
        "": _("Nein"), "TrinkgeldAN": _("für das Personal"), "TrinkgeldAG": _("für den Betrieb"),
        "manager": _("die Leitung bestätigt"), "anyone": _("wer kassiert, bestätigt"),
    }  # fmt: skip
    return words.get(value, value) if name in ("tips", "transfer", "code") else value


@require_POST
@staff_only
def settings(request: HttpRequest) -> HttpResponse:
    """Keep what the shop decided about tips, transfers and codes it shows."""

    def keep(approver: Any) -> HttpResponse:
        def save(fields: Fields) -> None:
            said = {name: " ".join(str(text).split()) for name, text in fields.items()}
            account, iban, bic = (said.pop(name) for name in ("account", "iban", "bic"))
            account_of = {"account_name": account, "account_iban": "".join(iban.split()).upper()}
            chosen = Settings(**said, **account_of, account_bic=bic.upper())
            paymentsettings.save(till(), actor_of(request), chosen, approver)

        typed = meanwhile.take(request.POST, lambda: _fields(paymentsettings.of(till())), save)
        if typed.crossed:
            return meanwhile.refused(request, typed, typed.problem(_words(), _told))
        response = HttpResponse(status=204)
        response.headers["HX-Trigger"] = "done"
        return response

    return attempt(request, Right.DEVICES, keep)
