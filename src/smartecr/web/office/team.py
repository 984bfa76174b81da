"""The people of the shop: hired, changed, given a new PIN, sent off the log-in screen."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from smartecr.register import history, staffing
from smartecr.staff.errors import StaffError
from smartecr.staff.models import Person
from smartecr.staff.rights import Right, allows
from smartecr.web.office.access import office_only
from smartecr.web.office.changes import told
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
    who = Person.objects.filter(id=person_id).first()
    if person_id and who is None:
        raise Http404(person_id)
    fields: dict[str, Any] = {"name": "", "role": "cashier", "language": "de", "active": True}
    if who is not None:
        fields = {name: getattr(who, name) for name in fields}
    if request.method != "POST":
        return _page(request, who, fields, {})
    post = request.POST
    fields |= {"name": post.get("name", ""), "role": post.get("role", ""), "language": post.get("language", "")}
    try:
        if who is None:
            _same_twice(request)
            wanted = post.get("id", "") if len(post.get("id", "")) == 32 else till().new_id()
            staffing.hire(till(), actor_of(request), wanted, pin=post.get("pin", ""),
                          **{name: fields[name] for name in ("name", "role", "language")})  # fmt: skip
        else:
            fields["active"] = "active" in post
            staffing.change(till(), actor_of(request), who.id, **fields)
    except StaffError as error:
        return _page(request, who, fields, {error.field or "active": error.message})
    return redirect("office:team")


def _same_twice(request: HttpRequest) -> None:
    if request.POST.get("pin", "") != request.POST.get("pin_again", ""):
        raise StaffError("pin", _("Die beiden PINs sind verschieden."), "pin")


@require_POST
@office_only(Right.STAFF)
def pin(request: HttpRequest, person_id: str) -> HttpResponse:
    """Give somebody a new PIN."""
    who = Person.objects.filter(id=person_id).first()
    if who is None:
        raise Http404(person_id)
    fields = {name: getattr(who, name) for name in ("name", "role", "language", "active")}
    try:
        _same_twice(request)
        staffing.set_pin(till(), actor_of(request), who.id, request.POST.get("pin", ""))
    except StaffError as error:
        return _page(request, who, fields, {"pin": error.message})
    return redirect(f"{request.path.removesuffix('/pin')}?pin=1")


def _page(request: HttpRequest, who: Person | None, fields: dict[str, Any], wrong: dict[str, str]) -> HttpResponse:
    context = {
        **frame(request, SECTION),
        "person": who,
        "new_id": till().new_id(),
        "fields": fields,
        "wrong": wrong,
        "roles": [(key, word, ABOUT[key]) for key, word in ROLES.items()],
        "languages": LANGUAGES,
        "new_pin": "pin" in request.GET,
        "changes": [told(one) for one in history.changes(till(), text=who.id, facts=8)] if who else [],
    }
    return render(request, "office/team/person.html", context, status=422 if wrong else 200)
