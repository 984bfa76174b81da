"""Customers in the office: found, changed, given a new card, told what is known, forgotten."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from smartecr.core import ids
from smartecr.core.vouchers import shown
from smartecr.customers import people
from smartecr.customers.consent import TEXTS
from smartecr.customers.errors import CardError
from smartecr.register import queries
from smartecr.register.errors import RegisterError
from smartecr.register.paper import guestpaper
from smartecr.register.regulars import guests, vouchers
from smartecr.register.till import ZONE
from smartecr.sql import fetch
from smartecr.staff.rights import Right
from smartecr.web import meanwhile
from smartecr.web.meanwhile import Fields
from smartecr.web.office.access import done, office_only
from smartecr.web.office.frame import frame
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of, is_fragment, refusal
from smartecr.web.till.guest import FIELDS, collected, handout
from smartecr.web.till.screen import local
from smartecr.web.till.words import said

SHOWN = 60


@require_safe
@office_only(Right.CUSTOMERS)
def customers(request: HttpRequest) -> HttpResponse:
    """List customers; `?q=` is a name, a number, a telephone number."""
    return _page(request)


def _page(request: HttpRequest, wrong: str = "") -> HttpResponse:
    text = request.GET.get("q", "").strip()
    found = [{"guest": one, "number": shown(one.number)} for one in guests.search(text, SHOWN)]
    context = {"found": found, "text": text}
    if is_fragment(request):
        return render(request, "office/customers/_rows.html", context)
    register = till()
    late = [(one, vouchers.german(last)) for one, last in guests.overdue(queries.business_day(register))]
    more = {"late": late, "was_late": meanwhile.as_shown(_late()), "wrong": wrong, "groups": guests.groups(),
            "new_id": register.new_id(), "levels": range(1, 10)}  # fmt: skip
    page = {**frame(request, "customers"), **context, **more}
    return render(request, "office/customers/list.html", page, status=422 if wrong else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@office_only(Right.CUSTOMERS)
def customer(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Show a customer (GET); keep what was changed (POST)."""
    guest = _guest(customer_id)
    if request.method == "POST":

        def save(fields: Fields) -> None:
            values = {field: str(fields[field]) for field in FIELDS}
            guests.save(till(), actor_of(request), customer_id, values, str(fields["group"]))

        typed = meanwhile.take(request.POST, lambda: _fields(_guest(customer_id)), save, CardError, RegisterError)
        problem = typed.wrong(_words(), _told)
        if problem:
            return meanwhile.refused(request, typed, problem)
        return render(request, "office/customers/_one.html", {**_detail(_guest(customer_id)), "saved": True})
    if is_fragment(request):
        return render(request, "office/customers/_one.html", _detail(guest))
    return render(request, "office/customers/one.html", {**frame(request, "customers"), **_detail(guest)})


def _guest(customer_id: str) -> guests.Guest:
    guest = guests.find(customer_id)
    if guest is None:
        raise Http404(customer_id)
    return guest


def _fields(guest: guests.Guest) -> Fields:
    return {**_values(guest), "group": guest.group_id}


def _values(guest: guests.Guest) -> Fields:
    return {**{field: getattr(guest, field) for field in FIELDS}, "birthday": people.written(guest.birthday)}


def _words() -> dict[str, str]:
    return {"name": _("Name"), "phone": _("Telefon"), "mail": _("E-Mail"), "birthday": _("Geburtstag"),
            "note": _("Notiz"), "group": _("Gruppe")}  # fmt: skip


def _told(name: str, value: str) -> str:
    if name == "group":
        return next((one["name"] for one in guests.groups() if one["id"] == value), value)
    return value


def _detail(guest: guests.Guest) -> dict[str, Any]:
    sql = "SELECT version, given, at, person_name FROM customers_consent WHERE customer_id = %s ORDER BY at"
    return {
        "guest": guest,
        "number": shown(guest.number),
        "since": vouchers.german(guest.since),
        "was": meanwhile.as_shown(_fields(guest)),
        "was_card": meanwhile.as_shown(_card(guest)),
        "guest_values": _values(guest),
        "groups": guests.groups(),
        **collected(guest),
        "receipts": [{**row, "day": f"{local(row['at']):%d.%m.%Y %H:%M}"} for row in guests.history(guest.id, 20)],
        "consents": [
            {**row, "day": f"{local(row['at']):%d.%m.%Y %H:%M}", "text": TEXTS.get(row["version"], "")}
            for row in fetch(sql, [guest.id])
        ],
    }


@require_POST
@office_only(Right.CUSTOMERS)
def new_card(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Issue the card anew and show it."""
    issue = partial(guests.new_card, till(), actor_of(request), customer_id)
    typed = meanwhile.press(request.POST, lambda: _card(_guest(customer_id)), issue, RegisterError)
    problem = typed.wrong({"card": _("Karte")}, lambda _name, _value: _("neu ausgegeben"))
    if problem:
        return meanwhile.refused(request, typed, problem, "was-card")
    return render(request, "office/customers/_card.html", handout(request, _guest(customer_id)))


def _card(guest: guests.Guest) -> Fields:
    return {"card": meanwhile.mark(guest.secret)}


@require_safe
@office_only(Right.CUSTOMERS)
def report(_request: HttpRequest, customer_id: str) -> HttpResponse:
    """Give out everything known of a person, as a file that machines read too (Art. 15, 20 DSGVO)."""
    guest = _guest(customer_id)
    body = json.dumps(guests.report(customer_id), ensure_ascii=False, indent=1)
    response = HttpResponse(body, content_type="application/json; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="kunde-{guest.number}.json"'
    return response


@require_safe
@office_only(Right.CUSTOMERS)
def report_paper(_request: HttpRequest, customer_id: str) -> HttpResponse:
    """Give out the same to be read: in plain words, on paper (Art. 12 (1) DSGVO)."""
    guest = _guest(customer_id)
    pdf = guestpaper.render(customer_id, till().clock().astimezone(ZONE))
    response = HttpResponse(pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="auskunft-{guest.number}.pdf"'
    return response


@require_POST
@office_only(Right.CUSTOMERS)
def erase_overdue(request: HttpRequest) -> HttpResponse:
    """Forget all whose time is up; the page asks twice, `sure` says that it did."""
    if request.POST.get("sure") != "1":
        return HttpResponse(status=400)
    typed = meanwhile.press(request.POST, _late, lambda: guests.erase_overdue(till(), actor_of(request)))
    if typed.crossed:
        return _page(request, _("Die Liste ist inzwischen eine andere. Es wurde niemand gelöscht."))
    return redirect("office:customers")


def _late() -> Fields:
    return {"late": meanwhile.mark(*(one.id for one, _last in guests.overdue(queries.business_day(till()))))}


@require_POST
@office_only(Right.CUSTOMERS)
def erase(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Forget somebody; the page asks twice, `sure` says that it did."""
    if request.POST.get("sure") != "1":
        return HttpResponse(status=400)
    if not _guest(customer_id).secret:
        return refusal(request, _("Diese Daten sind inzwischen gelöscht."))
    erase = partial(guests.erase, till(), actor_of(request), customer_id)
    typed = meanwhile.press(request.POST, lambda: _fields(_guest(customer_id)), erase)
    if typed.crossed:
        return meanwhile.refused(request, typed, typed.problem(_words(), _told), "was-erase")
    return done(request, "office:customers")


@require_POST
@office_only(Right.CUSTOMERS)
def group(request: HttpRequest) -> HttpResponse:
    """Keep a group of customers."""
    post = request.POST
    level = post.get("level", "")
    if not ids.is_id(post.get("id", "")) or not level.isdecimal() or len(level) > 1:
        return HttpResponse(status=400)
    try:
        guests.save_group(till(), actor_of(request), post["id"], post.get("name", ""), int(level))
    except CardError as error:
        return refusal(request, said(error.message), said(error.next_step))
    return done(request, "office:customers")
