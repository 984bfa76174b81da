"""The interface for other programmes: who holds a key, who is told what happened, what came of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from smartecr.core import ids
from smartecr.register.books import inorder
from smartecr.register.errors import RegisterError
from smartecr.register.outside import interface, webhooks
from smartecr.register.outside.webhooks import Event, Webhook
from smartecr.sql import select
from smartecr.staff.rights import Right
from smartecr.web import meanwhile
from smartecr.web.hooks import running, states
from smartecr.web.hooks.target import TargetError, check, resolve
from smartecr.web.meanwhile import Fields
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of
from smartecr.web.till.forms import count_of
from smartecr.web.till.screen import local
from smartecr.web.till.words import said

SCOPE_WORDS = {
    "catalog:read": gettext_lazy("Artikel lesen"),
    "catalog:write": gettext_lazy("Artikel und Preise ändern"),
    "receipts:read": gettext_lazy("Bons lesen"),
    "closings:read": gettext_lazy("Abschlüsse lesen"),
    "figures:read": gettext_lazy("Auswertungen lesen"),
    "customers:read": gettext_lazy("Kunden lesen (personenbezogen)"),
    "customers:write": gettext_lazy("Kunden anlegen, ändern und löschen"),
    "stock:read": gettext_lazy("Lager lesen"),
    "stock:write": gettext_lazy("Lager buchen"),
}
EVENT_WORDS = {
    "receipt.issued": gettext_lazy("Ein Bon ist ausgestellt"),
    "closing.made": gettext_lazy("Ein Tag ist abgeschlossen"),
    "article.changed": gettext_lazy("Artikel haben sich geändert"),
    "customer.changed": gettext_lazy("Ein Kunde hat sich geändert"),
    "stock.low": gettext_lazy("Ein Artikel geht zur Neige"),
    "test": gettext_lazy("Probe"),
}
ERRORS = {
    "timeout": gettext_lazy("keine Antwort in 10 Sekunden"),
    "tls": gettext_lazy("Zertifikat nicht in Ordnung"),
    "connection": gettext_lazy("keine Verbindung"),
    "name": gettext_lazy("Name unbekannt oder kein Netz"),
    "address": gettext_lazy("Adresse nicht erlaubt"),
}
STOPPED = {
    "gone": gettext_lazy("Das Ziel will nichts mehr hören (410)."),
    "tries": gettext_lazy("Das Ziel hat fünf Tage lang nicht geantwortet."),
}
SECTION = "interface"


@require_safe
@office_only(Right.STAFF)
def page(request: HttpRequest) -> HttpResponse:
    """Show the keys, the receivers, and the forms for new ones."""
    return _page(request)


def _page(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    register = till()
    now, uses = register.now(), dict(select("SELECT token_id, at FROM api_token_use"))
    shown = [
        {
            "token": one,
            "stands": one.stands(now),
            "was": meanwhile.as_shown(_ended(one)),
            "scopes": [SCOPE_WORDS.get(scope, scope) for scope in one.scopes],
            "created": local(one.created_at),
            "until": local(one.until),
            "used": local(uses[one.id]) if one.id in uses else None,
        }
        for one in interface.tokens(register.shop_id)
    ]
    context = {
        **frame(request, SECTION),
        "tokens": sorted(shown, key=lambda one: not one["stands"]),
        "hooks": [_told(one) for one in webhooks.standing(register)],
        "scopes": [(scope, SCOPE_WORDS[scope]) for scope in interface.SCOPES],
        "events": [(event, EVENT_WORDS[event]) for event in webhooks.EVENTS],
        "days": interface.DAYS,
        "new_id": register.new_id(),
        "address": f"{request.scheme}://{request.get_host()}/api/v1",
        "typed": {},
        **more,
    }
    return render(request, "office/interface/page.html", context, status=status)


@require_POST
@office_only(Right.STAFF)
def issue(request: HttpRequest) -> HttpResponse:
    """Issue a key; its text is on this answer and never again."""
    post = request.POST
    token_id, days = post.get("id", ""), post.get("days", "")
    if not ids.is_id(token_id) or _known(interface.find, token_id):
        return redirect("office:interface")
    name, scopes = post.get("name", ""), post.getlist("scope")
    try:
        token, text = interface.issue(till(), actor_of(request), token_id, name, scopes, count_of(days))
    except RegisterError as error:
        typed = {"name": name, "scopes": scopes}
        return _page(request, 422, wrong=said(error.message), next_step=said(error.next_step), typed=typed)
    return _page(request, issued=token, text=text)


@require_POST
@office_only(Right.STAFF)
def revoke(request: HttpRequest, token_id: str) -> HttpResponse:
    """End a key at once."""
    token = _known(interface.find, token_id)
    if not token:
        raise Http404(token_id)
    end = partial(interface.revoke, till(), actor_of(request), token_id)
    typed = meanwhile.press(request.POST, lambda: _ended(interface.find(token_id)), end)
    if typed.crossed:
        return _page(request, 422, wrong=typed.problem({"ended": token.name}, lambda _name, _at: _("widerrufen")))
    return redirect("office:interface")


def _ended(token: interface.Token) -> Fields:
    return {"ended": token.revoked_at}


@require_POST
@office_only(Right.STAFF)
def add(request: HttpRequest) -> HttpResponse:
    """Have a receiver told from now on; its secret is on the page that follows."""
    post = request.POST
    hook_id, address = post.get("id", ""), post.get("address", "").strip()
    if not ids.is_id(hook_id) or _known(webhooks.find, hook_id):
        return redirect("office:interface")
    name, events = post.get("name", ""), post.getlist("event")
    typed = {"hook": name, "address": address, "events": events}
    try:
        check(address, running.messenger(till()).allowed, resolve)
        hook = webhooks.add(till(), actor_of(request), hook_id, name, address, events)
    except TargetError as error:
        return _page(request, 422, hook_wrong=said(error.message), typed=typed)
    except OSError:
        sentence = _("Diesen Namen kennt das Netz nicht. Die Adresse prüfen, oder ob die Kasse im Netz ist.")
        return _page(request, 422, hook_wrong=sentence, typed=typed)
    except RegisterError as error:
        return _page(request, 422, hook_wrong=f"{said(error.message)} {said(error.next_step)}".strip(), typed=typed)
    running.start(till())
    return _hook_page(request, hook, secret=webhooks.shown_secret(running.messenger(till()).key, hook))


@require_http_methods(["GET", "HEAD"])
@office_only(Right.STAFF)
def hook(request: HttpRequest, hook_id: str) -> HttpResponse:
    """Show a receiver with what it was sent."""
    return _hook_page(request, _hook(hook_id))


@require_POST
@office_only(Right.STAFF)
def change(request: HttpRequest, hook_id: str, what: str) -> HttpResponse:
    """Do something about a receiver: "rotate" its secret, "resume" where it stood, "skip" to now, "remove", "test"."""
    found, register, actor = _known(webhooks.find, hook_id), till(), actor_of(request)
    acts: dict[str, Callable[[], object]] = {
        "rotate": lambda: webhooks.rotate(register, actor, hook_id),
        "resume": lambda: states.resume(register, found),
        "skip": lambda: states.resume(register, found, skip_to=inorder.last_entry(register)),
        "remove": lambda: webhooks.remove(register, actor, hook_id),
        "test": lambda: _try(found),
    }
    if found is None or what not in acts:
        raise Http404(hook_id)
    if found.removed_at:
        return _page(request, 422, hook_wrong=_("Dieses Ziel ist inzwischen entfernt."))
    typed = meanwhile.press(request.POST, lambda: _standing(webhooks.find(hook_id)), acts[what])
    found = webhooks.find(hook_id)
    if typed.crossed:
        words = {"secret": _("Geheimnis"), "stopped": _("Senden")}
        return _hook_page(request, found, 422, wrong=typed.problem(words, _standing_told))
    if what == "rotate":
        return _hook_page(request, found, secret=webhooks.shown_secret(running.messenger(register).key, found))
    if what in ("resume", "skip"):
        running.start(register)
        running.wake()
    return redirect("office:interface") if found.removed_at else redirect("office:webhook", hook_id)


def _try(hook: Webhook) -> None:
    register = till()
    event = Event(id=register.new_id(), seq=0, type="test", at=register.now(), data={})
    states.note(register, hook, running.messenger(register).attempt(hook, event))


def _standing(hook: Webhook) -> Fields:
    return {"secret": str(hook.generation), "stopped": states.of(hook).stopped}


def _standing_told(name: str, value: str) -> str:
    return _("neu") if name == "secret" else str(STOPPED.get(value, value)) if value else _("läuft wieder")


def _hook(hook_id: str) -> Webhook:
    found = _known(webhooks.find, hook_id)
    if found is None or found.removed_at:
        raise Http404(hook_id)
    return found  # type: ignore[no-any-return]


def _known(find: Any, key: str) -> Any:
    try:
        return find(key)
    except RegisterError:
        return None


def _hook_page(request: HttpRequest, found: Webhook, status: int = 200, **more: Any) -> HttpResponse:
    log = [
        {
            **row,
            "when": local(row["at"]),
            "event": EVENT_WORDS.get(row["event_type"], row["event_type"]),
            "answer": _answer(row["status"], row["error"]),
            "good": 200 <= row["status"] < 300,
        }
        for row in states.log(found.id, 50)
    ]
    was = meanwhile.as_shown(_standing(found))
    context = {**frame(request, SECTION), **_told(found), "log": log, "was": was, **more}
    return render(request, "office/interface/hook.html", context, status=status)


def _answer(status: int, error: str) -> str:
    if 300 <= status < 400:
        return _("{status}: Umleitungen zählen nicht").format(status=status)
    return str(status) if status else str(ERRORS.get(error, error))


def _told(one: Webhook) -> dict[str, Any]:
    """Return a receiver with how it stands: "bad" stopped, "warn" tried again, "ok"."""
    state = states.of(one)
    return {
        "hook": one,
        "events": [EVENT_WORDS.get(event, event) for event in one.events],
        "state": "bad" if state.stopped else "warn" if state.attempts else "ok",
        "stopped": STOPPED.get(state.stopped, ""),
        "attempts": state.attempts,
        "next": local(state.next_at) if state.next_at else None,
    }
