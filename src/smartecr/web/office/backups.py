"""Backups in the office: how they stand, the key for the safe, taking one now, bringing one back for a try."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from smartecr.register.shop import masterdata
from smartecr.register.till import ZONE
from smartecr.staff.rights import Right, allows
from smartecr.web import meanwhile
from smartecr.web.meanwhile import Fields
from smartecr.web.office.access import office_only
from smartecr.web.office.backupport import BackupRefusedError, BackupState
from smartecr.web.office.frame import frame
from smartecr.web.ports import backups as desk
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of, is_fragment
from smartecr.web.till.forms import count_of
from smartecr.web.till.words import said

SECTION = "backups"
FRESH = timedelta(days=3)
DRILL_DUE = timedelta(days=100)
SHOWN = 8
_OWNER_ONLY = frozenset({"key", "confirm", "target"})


@require_safe
@office_only(Right.DEVICES)
def backups(request: HttpRequest) -> HttpResponse:
    """Show the state; as a fragment only what changes while something is under way, then the page anew."""
    if not is_fragment(request):
        return _page(request)
    context = _context(request)
    response = render(request, "office/backups/_state.html", context)
    if not context["state"].busy:  # now there is something to bring back, and a key that may be tapped again
        response.headers["HX-Refresh"] = "true"
    return response


@require_POST
@office_only(Right.DEVICES)
def act(request: HttpRequest, do: str) -> HttpResponse:
    """Do what a key says: `do` is key, confirm, target (these for the owner), take or drill."""
    post, register, actor = request.POST, till(), actor_of(request)
    if do in _OWNER_ONLY and not allows(actor.role, Right.STAFF):
        return _page(request, wrong=_("Den Schlüssel und den Ordner bestimmt die Geschäftsführung."))
    try:
        if do == "key":
            return _key(request, desk().offer_key())
        if do == "confirm":
            typed = meanwhile.pressed(post, _kept_key())
            if typed.crossed:
                return _page(request, typed.problem({"key": _("Schlüssel")}, lambda _name, _key: _("neu angelegt")))
            desk().confirm_key(post.get("end", ""))
            masterdata.note(register, actor, "backup_key_made", {})
        elif do == "target":
            return _target(request)
        elif do == "take":
            desk().take()
        elif do == "drill":
            desk().drill(post.get("name", ""), post.get("key", ""))
            masterdata.note(register, actor, "backup_drilled", {"name": post.get("name", "")})
    except BackupRefusedError as error:
        if do == "confirm":
            return _key(request, "", said(str(error)))
        return _page(request, wrong=said(str(error)))
    return redirect("office:backups")


def _plan() -> Fields:
    """Return the fields of the form that says where backups go each day, and how many stay there (0: all)."""
    state = desk().state()
    return {"target": state.target, "keep": str(state.keep) if state.target else "30"}


def _kept_key() -> Fields:
    return {"key": desk().state().recipient}


def _target(request: HttpRequest) -> HttpResponse:
    typed = meanwhile.read(request.POST, _plan())
    wrong, target, keep = "", str(typed.fields["target"]), str(typed.fields["keep"])
    try:
        if not typed.crossed:
            count = count_of(keep, -1)
            if count < 0:
                raise BackupRefusedError("„Behalten“ ist eine Zahl, 0 für alle.")
            desk().set_target(target, count)
            masterdata.note(till(), actor_of(request), "backup_target_set", {"target": target, "keep": keep})
    except BackupRefusedError as error:
        wrong = said(str(error))
    wrong = wrong or typed.problem({"target": _("Ordner"), "keep": _("Behalten")})
    return _page(request, wrong, typed.fields) if wrong else redirect("office:backups")


def _key(request: HttpRequest, secret: str, wrong: str = "") -> HttpResponse:
    """Show a key, this once: no copy of the page is kept anywhere."""
    parts = [secret[start : start + 8] for start in range(0, len(secret), 8)]
    context = {**frame(request, SECTION), "secret": secret, "parts": parts, "wrong": wrong,
               "was": request.POST.get("was", "") if wrong else meanwhile.as_shown(_kept_key())}  # fmt: skip
    response = render(request, "office/backups/key.html", context, status=422 if wrong else 200)
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(request: HttpRequest, wrong: str = "", plan: Fields | None = None) -> HttpResponse:
    now = _plan()
    context = {**frame(request, SECTION), **_context(request), "wrong": wrong, "plan": plan or now,
               "was": meanwhile.as_shown(now)}  # fmt: skip
    return render(request, "office/backups/page.html", context, status=422 if wrong else 200)


def _context(request: HttpRequest) -> dict[str, Any]:
    state = desk().state()
    now = till().clock()
    level, word, then = _verdict(state, now)
    drill = state.drill
    return {
        "state": state,
        "level": level,
        "word": word,
        "then": then,
        "last_at": state.last.at.astimezone(ZONE) if state.last else None,
        "drill_at": drill.at.astimezone(ZONE) if drill else None,
        "drill_due": bool(state.files) and (drill is None or now - drill.at > DRILL_DUE or not drill.holds),
        "files": [(one, one.at.astimezone(ZONE), size_of(one.size)) for one in state.files[:SHOWN]],
        "more": max(len(state.files) - SHOWN, 0),
        "owner": allows(actor_of(request).role, Right.STAFF),
    }


def _verdict(state: BackupState, now: Any) -> tuple[str, str, str]:
    """Return "good", "warn" or "bad", what stands, and what to do."""
    if not state.has_key:
        return "bad", _("Es wird noch nicht gesichert."), _("Zuerst den Schlüssel anlegen und in den Tresor legen.")
    if state.failed:
        return "bad", _("Die letzte Sicherung ist nicht gelungen."), said(state.failed)
    if state.last is None:
        return "warn", _("Noch keine Sicherung."), _("Jetzt die erste anlegen.")
    if not state.target:
        return "warn", _("Gesichert wird nur von Hand."), _("Einen Ordner nennen, dann geschieht es jeden Tag.")
    if now - state.last.at > FRESH:
        return "bad", _("Die letzte Sicherung ist alt."), _("Prüfen, ob der Stick steckt, und jetzt eine anlegen.")
    if state.same_disk:
        then = _("Besser auf einen Stick oder ein Netzlaufwerk: Was die Kasse trifft, trifft dort beides.")
        return "warn", _("Die Sicherung liegt auf demselben Datenträger."), then
    return "good", _("Alles ist gesichert."), ""


def size_of(count: int) -> str:
    """Return a number of bytes as people say it."""
    if count < 1_000_000:
        return f"{max(count // 1000, 1)}\u00a0KB"
    return f"{count / 1_000_000:.1f}\u00a0MB".replace(".", ",")
