"""The invoices of the shop: found again, given out again, and what stands on each of them."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from smartecr.fiscal.einvoice import buyers, model
from smartecr.register.cashless import paymentsettings
from smartecr.register.errors import RegisterError
from smartecr.register.invoice import invoices
from smartecr.register.shop import options
from smartecr.staff.rights import Right, allows
from smartecr.web import meanwhile
from smartecr.web.meanwhile import Fields
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of, is_fragment
from smartecr.web.till.screen import local

SHOWN = 100
FIELDS = {"contact": 60, "phone": 30, "mail": 120, "days": 3, "exemption": 100}
_MAIL = re.compile(r"[^@\s]+@([^@.\s]+\.)+[^@.\s]+")


@require_http_methods(["GET", "HEAD", "POST"])
@office_only(Right.X_REPORT)
def invoices_page(request: HttpRequest) -> HttpResponse:
    """List the invoices, newest first (`?q=` is a part of number or buyer); keep what stands on them (POST)."""
    register, wrong, fields = till(), "", _fields()
    if request.method == "POST":
        typed = meanwhile.take(
            request.POST,
            _fields,
            lambda fields: options.save(register, actor_of(request), invoices.OPTIONS, _checked(fields)),
            RegisterError,
        )
        wrong, fields = typed.wrong(_words()), typed.fields
        if not wrong:
            return redirect(f"{request.path}?saved=1")
    text = request.GET.get("q", "").strip()
    context = {"found": [_row(one) for one in invoices.newest(register.shop_id, text, SHOWN)], "text": text,
               "limit": SHOWN}  # fmt: skip
    if is_fragment(request):
        return render(request, "office/books/_invoices.html", context)
    context |= {
        **frame(request, "books", "rechnungen"),
        "kept": fields,
        "was": meanwhile.as_shown(_fields()),
        "most": FIELDS,
        "may_change": allows(actor_of(request).role, Right.STAFF),
        "account": paymentsettings.of(register).account_iban,
        "saved": "saved" in request.GET,
        "wrong": wrong,
    }
    return render(request, "office/books/invoices.html", context, status=422 if wrong else 200)


def _row(one: invoices.Stored) -> dict[str, Any]:
    at = local(one.at)
    if one.kind == model.CORRECTION:
        state, word = "warn", _("Storno")
    elif one.open:
        state, word = "ok", _("gültig")
    else:
        state, word = "bad", _("zurückgenommen")
    xml = one.invoice.buyer is not None and not buyers.gaps(one.invoice)
    return {"one": one, "day": f"{at:%d.%m.%Y}", "state": state, "word": word, "xml": xml}


def _fields() -> Fields:
    kept = {"days": "14", **options.read(till().shop_id, invoices.OPTIONS)}
    return {name: str(kept.get(name, "")) for name in FIELDS}


def _words() -> dict[str, str]:
    return {"contact": _("Ansprechpartner"), "phone": _("Telefon"), "mail": _("E-Mail"),
            "days": _("Zahlungsziel in Tagen"), "exemption": _("Grund, wenn steuerfrei")}  # fmt: skip


def _checked(fields: Fields) -> dict[str, str]:
    found = {name: " ".join(str(text).split()) for name, text in fields.items()}
    if any(len(found[name]) > most or not found[name].isprintable() for name, most in FIELDS.items()):
        raise RegisterError("long", "Das ist zu lang.", "Kürzer fassen.")
    if found["mail"] and not _MAIL.fullmatch(found["mail"]):
        raise RegisterError("mail", "So sieht keine E-Mail-Adresse aus.")
    if found["phone"] and sum(sign.isdigit() for sign in found["phone"]) < 3:
        raise RegisterError("phone", "Eine Telefonnummer hat mindestens drei Ziffern.")
    if found["days"] and not (found["days"].isascii() and found["days"].isdigit()):
        raise RegisterError("days", "Das Zahlungsziel ist eine Zahl von Tagen.")
    if int(found["days"] or 0) > invoices.MOST_DAYS:
        text = _("Das Zahlungsziel ist höchstens {days} Tage.").format(days=invoices.MOST_DAYS)
        more = _("Ein längeres gilt nur, wenn es mit dem Kunden so vereinbart ist (§\N{NO-BREAK SPACE}271a BGB).")
        raise RegisterError("days", text, more)
    return {name: value for name, value in found.items() if value}
