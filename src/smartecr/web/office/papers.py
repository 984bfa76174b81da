"""Papers of the books: posting batches and cash book for the adviser, the notification for the tax office."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from smartecr.core.errors import CoreError
from smartecr.fiscal import notification
from smartecr.fiscal.datev.accounts import CHARTS, KEYS, WORDS, Chart
from smartecr.register import queries
from smartecr.register.books import bookkeeping, notice, procedure, tsesaid
from smartecr.register.books.tsesaid import Sayings
from smartecr.register.cashdesk import cashbook
from smartecr.register.errors import RegisterError
from smartecr.register.models import Register
from smartecr.register.paper import procedurepaper
from smartecr.register.shop import options
from smartecr.register.signing import tselife
from smartecr.register.till import ZONE
from smartecr.staff.rights import Right
from smartecr.web import meanwhile
from smartecr.web.meanwhile import Fields
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of
from smartecr.web.till.forms import whole_of
from smartecr.web.till.words import said

NUMBERS = ("consultant", "client", "length", "year_begins")
SAID = ("maker", "model", "bsi_id", "tse_kind", "acquired", "since", "tse_since")


@require_http_methods(["GET", "HEAD", "POST"])
@office_only(Right.STAFF)
def papers(request: HttpRequest) -> HttpResponse:
    """Show what adviser and tax office get, and keep what is agreed with them (POST with `form`)."""
    if request.method != "POST":
        return _page(request)
    register, actor, post = till(), actor_of(request), request.POST
    form, wrong, shown = post.get("form", ""), "", {}
    if form == "sent":
        try:
            notice.sent(register, actor, post.get("entry", ""), post.get("day", ""), post.get("ticket", ""))
        except (RegisterError, CoreError) as error:
            wrong = meanwhile.why(error)
    elif form in _FORMS:
        now, options_of = _FORMS[form]
        typed = meanwhile.take(
            post, now, lambda fields: options.save(register, actor, form, options_of(fields)), RegisterError, CoreError
        )
        wrong, shown = typed.wrong(_words()), {form: typed.fields}
    return _page(request, wrong, shown=shown) if wrong else redirect(f"{request.path}?saved={form}")


def _page(
    request: HttpRequest, wrong: str = "", refused: str = "", shown: Mapping[str, Fields] | None = None
) -> HttpResponse:
    """Show the page with what was not kept, or was not given out; `shown` are the fields of a form that came back."""
    register = till()
    now = {form: fields() for form, (fields, _options) in _FORMS.items()}
    agreed, told = ({**now, **(shown or {})}[form] for form in ("datev", "notice"))
    current, chart = notice.current(register.shop_id), Chart(name=str(now["datev"]["chart"]))
    today = register.clock().astimezone(ZONE).date()
    context = {
        **frame(request, "books", "steuerberater"),
        "agreed": agreed,
        "was": {form: meanwhile.as_shown(fields) for form, fields in now.items()},
        "charts": CHARTS,
        "accounts": [(key, WORDS.get(key, key), chart.proposed(key), agreed[f"account.{key}"]) for key in KEYS],
        "notice": current,
        "systems": [notification.rows(system) for system in current.systems],
        "missing": [said(gap) for gap in notification.missing(current)],
        "said": told,
        "registers": queries.registers(register.shop_id),
        "register_id": register.register_id,
        "tse_serial": tselife.in_service(register.register_id),
        "kinds": notification.TSE_KINDS.items(),
        "entry_id": register.new_id(),
        "today": today.isoformat(),
        "first": request.GET.get("first", today.replace(day=1).isoformat()),
        "last": request.GET.get("last", today.isoformat()),
        "saved": request.GET.get("saved", ""),
        "wrong": wrong,
        "refused": refused,
    }
    return render(request, "office/books/papers.html", context, status=422 if wrong or refused else 200)


def _adviser_fields() -> Fields:
    kept = {"length": 4, "year_begins": 1, "chart": CHARTS[0], **options.read(till().shop_id, "datev")}
    return {name: str(kept.get(name, "")) for name in (*NUMBERS, "chart", *(f"account.{key}" for key in KEYS))}


def _adviser_options(fields: Fields) -> dict[str, Any]:
    data = {name: whole_of(str(text)) if name in NUMBERS else text for name, text in fields.items()}
    data = {name: value for name, value in data.items() if value}
    bookkeeping.check(data)
    return data


def _notice_fields() -> Fields:
    register = till()
    kept = notice.said_of(options.read(register.shop_id, "notice"), register.register_id)
    serial = tselife.in_service(register.register_id)
    kept |= Sayings(register.shop_id).typed(register.register_id, serial) if serial else {}
    return {name: str(kept.get(name, "")) for name in SAID}


def _notice_options(fields: Fields) -> dict[str, Any]:
    typed = str(fields["bsi_id"])
    number = notification.certificate(typed)
    if typed and not number:
        text = _("„{text}“ ist keine Zertifikatsnummer.").format(text=typed)
        raise RegisterError("bsi_id", text, _("So sieht sie aus: BSI-K-TR-0412-2024."))
    today = till().clock().astimezone(ZONE).date().isoformat()
    for name in ("acquired", "since", "tse_since"):
        if _day(str(fields[name])) > today:
            raise RegisterError("day", _("{field}: Dieser Tag kommt erst noch.").format(field=_words()[name]))
    if "" < _day(str(fields["since"])) < _day(str(fields["acquired"])):
        raise RegisterError("day", _("Angeschafft am: Dieser Tag liegt nach der Inbetriebnahme."))
    return _said_here({**fields, "bsi_id": number})


def _said_here(fields: Fields) -> dict[str, Any]:
    """Return what is said of the shop's registers and TSEs, with these fields for this register and its TSE.

    Of an only register it is said without its id. What was typed of other devices stays theirs.
    """
    register = till()
    serial, alone = tselife.in_service(register.register_id), len(queries.registers(register.shop_id)) < 2
    kept = options.read(register.shop_id, "notice")
    was = _notice_fields()
    for name, text in fields.items():
        device = bool(serial) and name in tsesaid.NAMES
        key = f"{name}.{serial}" if device else name if alone else f"{name}.{register.register_id}"
        kept[key] = text
        if not text and (not was[name] if device else alone):
            del kept[key]
    return kept


_FORMS = {"datev": (_adviser_fields, _adviser_options), "notice": (_notice_fields, _notice_options)}
"""The forms that overwrite options of the same name: their fields as of now, and what is kept of fields."""


def _words() -> dict[str, str]:
    return {
        "consultant": _("Beraternummer"), "client": _("Mandantennummer"), "length": _("Stellen der Sachkonten"),
        "year_begins": _("Wirtschaftsjahr ab Monat"), "chart": _("Kontenrahmen"),
        **{f"account.{key}": str(WORDS.get(key, key)) for key in KEYS},
        "maker": _("Hersteller der Kasse"), "model": _("Modell"), "acquired": _("Angeschafft am"),
        "since": _("In Betrieb seit"), "bsi_id": _("Zertifikat BSI-K-TR-"), "tse_since": _("TSE in Betrieb seit"),
        "tse_kind": _("Bauart der TSE"),
    }  # fmt: skip


@require_safe
@office_only(Right.STAFF)
def adviser_file(request: HttpRequest) -> HttpResponse:
    """Give the posting batches and cash books of `?first=` to `?last=` as a ZIP; a refusal comes back to the page."""
    register = till()
    first, last = _day(request.GET.get("first", "")), _day(request.GET.get("last", ""))
    try:
        agreed = bookkeeping.adviser(register.shop_id)
        months = list(bookkeeping.months(register.shop_id, agreed, first, last))
        if not months:
            raise RegisterError("empty", _("In diesem Zeitraum gibt es keinen Kassenabschluss."))
    except RegisterError as error:
        return _page(request, refused=f"{said(error.message)} {said(error.next_step)}")
    made = register.clock().astimezone(ZONE)

    def files() -> Iterator[tuple[str, bytes]]:
        for month in months:
            yield f"EXTF_Kasse_{month.first:%Y-%m}.csv", bookkeeping.batch(month, agreed, made)
        for one in Register.objects.filter(shop_id=register.shop_id).order_by("id"):
            for key, lines in bookkeeping.cash_lines(cashbook.entries(one.id, first, last)).items():
                yield f"Kassenbuch_{one.id[-6:]}_{key}.csv", bookkeeping.cash_csv(lines)
        yield "Protokoll.txt", bookkeeping.protocol(months, agreed).encode()

    return _zip(files(), f"datev-{made:%Y-%m-%d}.zip")


@require_safe
@office_only(Right.STAFF)
def procedure_file(_request: HttpRequest) -> HttpResponse:
    """Give the procedure document as it holds now, as PDF/A."""
    version = procedure.current(till())
    response = HttpResponse(procedurepaper.pdf(version), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="Verfahrensdokumentation-{version.number}.pdf"'
    return response


@require_safe
@office_only(Right.STAFF)
def notice_file(_request: HttpRequest) -> HttpResponse:
    """Give the notification as XML and sheet in a ZIP."""
    current = notice.current(till().shop_id)
    files = (
        ("Mitteilung_146a.xml", notification.xml(current)),
        ("Mitteilung_146a.txt", notification.sheet(current).encode()),
    )
    return _zip(iter(files), "mitteilung-146a.zip")


def _zip(files: Iterator[tuple[str, bytes]], name: str) -> HttpResponse:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in files:
            archive.writestr(member, data)
    response = HttpResponse(memory.getvalue(), content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _day(text: str) -> str:
    """Return a day as the books write it, "" for anything else."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""
