"""Customers: enrolled with their consent, changed, told what is known of them, forgotten (DSGVO).

Answers to writes hold nothing personal, because answers are kept for a while (`writes`); reading gives the person.
"""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from smartecr.core import ids
from smartecr.customers.consent import CURRENT, TEXTS
from smartecr.customers.people import FIELDS
from smartecr.register.regulars import guests, loyalty
from smartecr.register.regulars.guests import Guest
from smartecr.web.api import etags, schemas
from smartecr.web.api.access import Bearer, token_of
from smartecr.web.api.etags import IfMatch, etag
from smartecr.web.api.paging import Cursor, Limit, after, page
from smartecr.web.api.problems import ProblemError
from smartecr.web.api.replies import reads, writes
from smartecr.web.api.writes import Answer, Deed, Key, once, respond
from smartecr.web.ports import till

router = Router(tags=["customers"])
READ, WRITE = Bearer("customers:read"), Bearer("customers:write")

Search = Annotated[str, Query(max_length=80, description="Name as it sounds, number, telephone: the best, no pages.")]


@router.get("", auth=READ, response=reads(schemas.paged(schemas.Customer)), summary="List or find customers")
def list_customers(
    request: HttpRequest,
    q: Search = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> HttpResponse:
    """List the customers by id, or find some; those who were forgotten are not there."""
    if q.strip():
        found = guests.search(q.replace("\x00", ""), limit)
        return page(found, limit, lambda guest: guest.id, shown)
    return page(guests.after(after(cursor, ids.is_id), limit + 1), limit, lambda guest: guest.id, shown)


@router.get("/consent", auth=READ, response=reads(schemas.Consent), summary="Read what customers agree to")
def read_consent(request: HttpRequest) -> HttpResponse:
    """Return the text a new customer must have agreed to, and its version."""
    return respond({"version": CURRENT, "text": TEXTS[CURRENT]})


@router.get("/{customer_id}", auth=READ, response=reads(schemas.Customer, 304), summary="Read a customer")
def read_customer(request: HttpRequest, customer_id: schemas.Key) -> HttpResponse:
    """Return a customer with the ETag."""
    guest = _known(customer_id)
    return etags.read(request, shown(guest), _version(guest))


@router.post("", auth=WRITE, response=writes(schemas.Card, status=201), summary="Enrol a customer")
def make_customer(request: HttpRequest, body: schemas.CustomerNew, key: Key) -> HttpResponse:
    """Enrol somebody who has agreed to the present text."""

    def prepare() -> Deed:
        values = body.model_dump()
        if values.pop("consent") != CURRENT:
            sentence = _("Dieser Text gilt nicht mehr. Den jetzigen lesen und die Person fragen.")
            raise ProblemError("invalid", sentence, [("/consent", sentence)])
        customer_id, group_id, actor = till().new_id(), _group(values), token_of(request).actor
        return Deed(
            lambda: guests.save(till(), actor, customer_id, values, group_id), lambda: _answer(customer_id, 201)
        )

    return once(request, key, prepare)


@router.patch("/{customer_id}", auth=WRITE, response=writes(schemas.Card, 412, 428), summary="Change it")
def change_customer(
    request: HttpRequest, customer_id: schemas.Key, body: schemas.CustomerFields, key: Key, if_match: IfMatch = ""
) -> HttpResponse:
    """Change what is named, nothing else."""
    etags.needed(if_match)

    def prepare() -> Deed:
        guest = _known(customer_id)
        guard = etags.unless_changed(if_match, _version(guest), lambda: _version(_known(customer_id)))
        sent = body.model_dump(exclude_unset=True)
        group_id = _group(sent) if "group_id" in sent else guest.group_id
        known = {field: getattr(guest, field) for field in FIELDS}
        values = {**known, **sent}

        def act() -> None:
            if values != known or group_id != guest.group_id:
                guests.save(till(), token_of(request).actor, customer_id, values, group_id)

        return Deed(act, lambda: _answer(customer_id), guard)

    return once(request, key, prepare)


@router.delete("/{customer_id}", auth=WRITE, response=writes(schemas.Card), summary="Forget a customer")
def forget_customer(request: HttpRequest, customer_id: schemas.Key, key: Key) -> HttpResponse:
    """Erase what is personal for ever (Art. 17 DSGVO); receipts stay, without the person."""

    def prepare() -> Deed:
        guest, actor = _known(customer_id), token_of(request).actor
        return Deed(lambda: guests.erase(till(), actor, guest.id), lambda: _answer(guest.id))

    return once(request, key, prepare)


@router.get("/{customer_id}/report", auth=READ, response=reads(dict[str, Any]), summary="Tell what is known")
def report(request: HttpRequest, customer_id: schemas.Key) -> HttpResponse:
    """Return everything the shop knows of a person (Art. 15 and 20 DSGVO)."""
    return respond(guests.report(_known(customer_id).id))


def shown(guest: Guest) -> dict[str, Any]:
    """Return a customer as others see it."""
    points = loyalty.accounts(guest.id).get(loyalty.POINTS, 0)
    return {**_card(guest), **{field: getattr(guest, field) for field in FIELDS}, "points": points}


def _card(guest: Guest) -> dict[str, Any]:
    return {
        "id": guest.id,
        "number": guest.number,
        "card": guest.code if guest.secret else "",
        "since": guest.since,
        "group_id": guest.group_id,
    }


def _version(guest: Guest) -> str:
    return etag([_card(guest), [getattr(guest, field) for field in FIELDS]])


def _known(customer_id: str) -> Guest:
    guest = guests.find(customer_id)
    if guest is None or not guest.secret:
        raise ProblemError("not_found")
    return guest


def _group(values: dict[str, Any]) -> str:
    group_id: str = values.pop("group_id", "")
    if group_id and group_id not in {row["id"] for row in guests.groups()}:
        sentence = _("Diese Kundengruppe gibt es nicht.")
        raise ProblemError("invalid", sentence, [("/group_id", sentence)])
    return group_id


def _answer(customer_id: str, status: int = 200) -> Answer:
    guest = guests.find(customer_id)
    if guest is None:
        raise ProblemError("not_found")
    location = {"Location": f"/api/v1/customers/{guest.id}"} if status == 201 else {}
    return Answer(_card(guest), status, {**({"ETag": _version(guest)} if guest.secret else {}), **location})
