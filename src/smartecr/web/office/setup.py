"""Setting up a new shop, step by step: owner, company, register, catalogue, devices.

Which step comes next follows from the books, so the guide goes on where it was left, on any screen. The first step is
open to whoever stands at the device itself; all others belong to the owner it made.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from smartecr.catalog import csvfile, samples
from smartecr.catalog.errors import CatalogError
from smartecr.catalog.models import Group
from smartecr.core import ids
from smartecr.core.records import dataclass
from smartecr.register import queries
from smartecr.register.models import Register, Shop
from smartecr.register.shop import masterdata, staffing
from smartecr.staff import people
from smartecr.staff.actor import Actor
from smartecr.staff.errors import StaffError
from smartecr.staff.rights import Right, allows
from smartecr.web import session
from smartecr.web.office.settings import GROUPS, read
from smartecr.web.ports import till
from smartecr.web.security import is_local
from smartecr.web.till.access import actor_of
from smartecr.web.till.articles import LARGEST
from smartecr.web.till.screen import health, shop_of

STEPS = (
    ("owner", gettext_lazy("Inhaber")),
    ("company", gettext_lazy("Laden")),
    ("register", gettext_lazy("Kasse")),
    ("catalogue", gettext_lazy("Artikel")),
    ("devices", gettext_lazy("Geräte")),
)
KINDS = (
    ("cafe", "coffee", gettext_lazy("Café")),
    ("bakery", "croissant", gettext_lazy("Bäckerei")),
    ("restaurant", "utensils", gettext_lazy("Restaurant")),
    ("shop", "shopping-bag", gettext_lazy("Laden")),
)
COMPANY = tuple(one for group in GROUPS if group.key in ("shop", "tax") for one in group.settings)

Wrong = dict[str, str]


@dataclass(slots=True)
class Answer:
    """What a step says to what was typed: `wrong` by field, and what the fields show again."""

    wrong: Wrong
    fields: dict[str, Any]


def next_step() -> str:
    """Return the key of the step that comes next as the books say."""
    if not people.working():
        return "owner"
    if not Shop.objects.filter(id=till().shop_id).exists():
        return "company"
    if not Register.objects.filter(id=till().register_id).exists():
        return "register"
    return "devices" if Group.objects.exists() else "catalogue"


@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """Show the step that comes next, take over what was typed in it (POST)."""
    step = next_step()
    if step == "owner":
        if not is_local(request):
            return _page(request, "away", Answer({}, {}), status=403)
    else:
        actor = getattr(request, "actor", None)
        if actor is None:
            return redirect("login")
        if not allows(actor.role, Right.STAFF):
            return _page(request, "waiting", Answer({}, {}), status=403)
    if request.method != "POST" or request.POST.get("step") != step:
        return _page(request, step, Answer({}, _blank(step)))
    answer = _TAKE[step](request)
    if answer.wrong:
        return _page(request, step, answer, status=422)
    return redirect("setup")


def _blank(step: str) -> dict[str, Any]:
    if step != "register":
        return {}
    taken = _others()
    return {"name": next(name for number in count(1) if (name := f"Kasse {number}") not in taken)}


def _others() -> list[str]:
    """Return the names of the shop's registers that are set up; this one is not."""
    return [name for _id, name in queries.registers(till().shop_id)]


def _owner(request: HttpRequest) -> Answer:
    post = request.POST
    fields = {"name": post.get("name", "")}
    if post.get("pin", "") != post.get("pin_again", ""):
        return Answer({"pin": _("Die beiden PINs sind verschieden.")}, fields)
    wanted = post.get("id", "")
    person_id = wanted if ids.is_id(wanted) else till().new_id()
    try:
        staffing.found(till(), person_id, name=fields["name"], pin=post.get("pin", ""))
    except StaffError as error:
        return Answer({error.field: error.message}, fields)
    made = people.working()[0]
    if made.id == person_id:
        session.log_in(request, Actor(made.id, made.name, made.role))
    return Answer({}, fields)


def _company(request: HttpRequest) -> Answer:
    values, wrong = read(COMPANY, request.POST)
    if not wrong:
        masterdata.save_shop(till(), actor_of(request), {"country": "DEU", **values})
    return Answer(wrong, values)


def _register(request: HttpRequest) -> Answer:
    name = " ".join(request.POST.get("name", "").split())
    if not 0 < len(name) <= 40 or not name.isprintable():
        return Answer({"name": _("Ein Name hat 1 bis 40 Zeichen.")}, {"name": name})
    if name in _others():
        return Answer({"name": _("So heißt schon eine andere Kasse dieses Ladens.")}, {"name": name})
    masterdata.save_register(till(), actor_of(request), name)
    return Answer({}, {})


def _catalogue(request: HttpRequest) -> Answer:
    """Take a sample or a CSV file over."""
    kind, file = request.POST.get("kind", ""), request.FILES.get("file")
    try:
        if file is not None and file.size:
            if file.size > LARGEST:
                return Answer({"file": _("Diese Datei ist zu groß.")}, {})
            rows = csvfile.read(file.read()).rows
        elif kind in samples.SAMPLES:
            rows = samples.sample(kind, till().new_id)
        else:
            return Answer({"file": _("Ein Beispiel wählen oder eine CSV-Datei.")}, {})
        masterdata.save_articles(till(), actor_of(request), rows)
    except csvfile.CsvError as error:
        first = error.problems[0]
        text = _("Zeile {line}, {column}: {message} Nichts wurde übernommen.")
        return Answer({"file": text.format(line=first.line, column=first.column, message=first.message)}, {})
    except CatalogError as error:
        return Answer({"file": error.message}, {})
    return Answer({}, {})


def _devices(_request: HttpRequest) -> Answer:
    return Answer({}, {})


_TAKE: dict[str, Callable[[HttpRequest], Answer]] = {
    "owner": _owner, "company": _company, "register": _register, "catalogue": _catalogue, "devices": _devices,
}  # fmt: skip


def _page(request: HttpRequest, step: str, answer: Answer, status: int = 200) -> HttpResponse:
    register = till()
    tse = register.tse.known
    keys = [key for key, _word in STEPS]
    place = keys.index(step if step in keys else next_step())
    context = {
        "shop": shop_of(register),
        "step": step,
        "steps": [
            (word, "done" if at < place else "now" if at == place else "") for at, (_k, word) in enumerate(STEPS)
        ],
        "fields": answer.fields,
        "wrong": answer.wrong,
        "focused": next(iter(answer.wrong), "name"),
        "new_id": register.new_id(),
        "company": [(one, answer.fields.get(one.column, ""), answer.wrong.get(one.column, "")) for one in COMPANY],
        "serial": register.serial,
        "others": _others() if step == "register" else [],
        "kinds": KINDS,
        "parts": health(register)["parts"] if step == "devices" else [],
        "practice": tse is not None and tse.is_test,
    }
    return render(request, "office/setup.html", context, status=status)
