"""The people of the shop: hired, changed, given a new PIN, sent off the log-in screen."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from smartecr.register.books import history
from smartecr.register.shop import staffing
from smartecr.staff.errors import StaffError
from smartecr.staff.models import Person
from smartecr.staff.rights import Right, allows
from smartecr.web import meanwhile
from smartecr.web.meanwhile import Fields
from smartecr.web.office.access import office_only
from smartecr.web.office.changes import FIELDS, told
from smartecr.web.office.frame import frame
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of
from smartecr.web.till.login import ROLES, WORDS

SECTION = "team"
LANGUAGES = (("de", "Deutsch"), ("en", "English"))
ABOUT = {
    "cashier": gettext_lazy("Verkauft und schließt den Tag ab; alles Weitere gibt die Leitung mit ihrer PIN frei."),
    "manager": gettext_lazy("Darf alles an der Kasse und im Büro, nur Personal und Laden nicht ändern."),
    "owner": gettext_lazy("Darf alles."),
}


@require_safe
@office_only(Right.STAFF)
def team(request: HttpRequest) -> HttpResponse:
    """List everybody, those at work first, and what each role may do."""
    people = Person.objects.order_by("-active", "position", "name")
    rights = [(word, [allows(role, right) for role in ROLES]) for right, word in WORDS.items()]
    context = {
        "people": [(one, ROLES.get(one.role, one.role)) for one in people],
        "roles": ROLES.values(),
        "rights": rights,
    }
    return render(request, "office/team/list.html", {**frame(request, SECTION), **context})


@require_http_methods(["GET", "HEAD", "POST"])
@office_only(Right.STAFF)
def person(request: HttpRequest, person_id: str = "") -> HttpResponse:
    """Show the form of somebody (or an empty one), take it over (POST)."""
    if person_id and not Person.objects.filter(id=person_id).exists():
        raise Http404(person_id)
    if request.method != "POST":
        return _page(request, person_id, _fields(person_id), {})
    post = request.POST
    wanted = post.get("id", "") if len(post.get("id", "")) == 32 else till().new_id()

    def save(fields: Fields) -> None:
        if person_id:
            staffing.change(till(), actor_of(request), person_id, **fields)
        else:
            _same_twice(request)
            said = {name: str(fields[name]) for name in ("name", "role", "language")}
            staffing.hire(till(), actor_of(request), wanted, pin=post.get("pin", ""), **said)

    typed = meanwhile.take(post, lambda: _fields(person_id), save, StaffError)
    wrong = {typed.refusal.field or "active": typed.refusal.message} if typed.refusal else {}
    crossed = typed.problem(FIELDS, _told)
    if wrong or crossed:
        return _page(request, person_id, typed.fields, wrong, crossed=crossed)
    return redirect("office:team")


def _fields(person_id: str) -> Fields:
    """Return the form's fields for somebody, or for somebody new."""
    who = Person.objects.filter(id=person_id).first()
    if who is None:
        return {"name": "", "role": "cashier", "language": "de", "active": True}
    return {"name": who.name, "role": who.role, "language": who.language, "active": who.active}


def _told(name: str, value: str) -> str:
    return str({**ROLES, **dict(LANGUAGES)}.get(value, value)) if name in ("role", "language") else value


def _same_twice(request: HttpRequest) -> None:
    if request.POST.get("pin", "") != request.POST.get("pin_again", ""):
        raise StaffError("pin", _("Die beiden PINs sind verschieden."), "pin")


@require_POST
@office_only(Right.STAFF)
def pin(request: HttpRequest, person_id: str) -> HttpResponse:
    """Give somebody a new PIN."""
    if not Person.objects.filter(id=person_id).exists():
        raise Http404(person_id)

    def save(fields: Fields) -> None:
        _same_twice(request)
        staffing.set_pin(till(), actor_of(request), person_id, str(fields["pin"]))

    typed = meanwhile.take(request.POST, lambda: _pin_mark(person_id), save, StaffError)
    wrong = typed.refusal.message if typed.refusal else ""
    if typed.crossed:
        wrong = _("Inzwischen wurde hier schon eine neue PIN gesetzt. Noch einmal setzen nimmt deine.")
    if wrong:
        return _page(request, person_id, _fields(person_id), {"pin": wrong})
    return redirect(f"{request.path.removesuffix('/pin')}?pin=1")


def _pin_mark(person_id: str) -> Fields:
    """Return what changes with somebody's PIN and tells nothing of it: the form shows none."""
    kept = Person.objects.get(id=person_id).pin_hash
    return {"pin": meanwhile.mark(kept)}


def _page(
    request: HttpRequest, person_id: str, fields: Fields, wrong: dict[str, str], crossed: str = ""
) -> HttpResponse:
    who = Person.objects.filter(id=person_id).first()
    context = {
        **frame(request, SECTION),
        "person": who,
        "new_id": till().new_id(),
        "was": meanwhile.as_shown(_fields(person_id)) if who else "",
        "was_pin": meanwhile.as_shown(_pin_mark(person_id)) if who else "",
        "crossed": crossed,
        "fields": fields,
        "wrong": wrong,
        "roles": [(key, word, ABOUT[key]) for key, word in ROLES.items()],
        "languages": LANGUAGES,
        "new_pin": "pin" in request.GET,
        "changes": [told(one) for one in history.changes(till(), text=who.id, facts=8)] if who else [],
    }
    return render(request, "office/team/person.html", context, status=422 if wrong or crossed else 200)
