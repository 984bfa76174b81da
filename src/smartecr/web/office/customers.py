"""Customers in the office: found, changed, given a new card, told what is known, forgotten."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from smartecr.core import ids
from smartecr.core.vouchers import shown
from smartecr.customers.consent import TEXTS
from smartecr.customers.errors import CardError
from smartecr.register import guestpaper, guests, queries, vouchers
from smartecr.register.errors import RegisterError
from smartecr.register.till import ZONE
from smartecr.sql import fetch
from smartecr.staff.rights import Right
from smartecr.web.office.access import office_only
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
    text = request.GET.get("q", "").strip()
    found = [{"guest": one, "number": shown(one.number)} for one in guests.search(text, SHOWN)]
    context = {"found": found, "text": text}
    if is_fragment(request):
        return render(request, "office/customers/_rows.html", context)
    register = till()
    late = [(one, vouchers.german(last)) for one, last in guests.overdue(queries.business_day(register))]
    more = {"late": late, "groups": guests.groups(), "new_id": register.new_id(), "levels": range(1, 10)}
    return render(request, "office/customers/list.html", {**frame(request, "customers"), **context, **more})


@require_http_methods(["GET", "HEAD", "POST"])
@office_only(Right.CUSTOMERS)
def customer(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Show a customer (GET); keep what was changed (POST)."""
    guest = _guest(customer_id)
    if request.method == "POST":
        values = {field: request.POST.get(field, "") for field in FIELDS}
        try:
            guest = guests.save(till(), actor_of(request), customer_id, values, request.POST.get("group", ""))
        except (CardError, RegisterError) as error:
            return refusal(request, said(error.message), said(error.next_step))
        return render(request, "office/customers/_one.html", {**_detail(guest), "saved": True})
    if is_fragment(request):
        return render(request, "office/customers/_one.html", _detail(guest))
    return render(request, "office/customers/one.html", {**frame(request, "customers"), **_detail(guest)})


def _guest(customer_id: str) -> guests.Guest:
    guest = guests.find(customer_id)
    if guest is None:
        raise Http404(customer_id)
    return guest


def _detail(guest: guests.Guest) -> dict[str, Any]:
    sql = "SELECT version, given, at, person_name FROM customers_consent WHERE customer_id = %s ORDER BY at"
    return {
        "guest": guest,
        "number": shown(guest.number),
        "since": vouchers.german(guest.since),
        "guest_values": {field: getattr(guest, field) for field in FIELDS},
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
    try:
        guest = guests.new_card(till(), actor_of(request), customer_id)
    except RegisterError as error:
        return refusal(request, said(error.message), said(error.next_step))
    return render(request, "office/customers/_card.html", handout(request, guest))


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
    guests.erase_overdue(till(), actor_of(request))
    response = HttpResponse(status=204)
    response.headers["HX-Redirect"] = redirect("office:customers").url
    return response


@require_POST
@office_only(Right.CUSTOMERS)
def erase(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Forget somebody; the page asks twice, `sure` says that it did."""
    if request.POST.get("sure") != "1":
        return HttpResponse(status=400)
    guests.erase(till(), actor_of(request), _guest(customer_id).id)
    response = HttpResponse(status=204)
    response.headers["HX-Redirect"] = redirect("office:customers").url
    return response


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
    response = HttpResponse(status=204)
    response.headers["HX-Redirect"] = redirect("office:customers").url
    return response
