"""Papers of the books: posting batches and cash book for the adviser, the notification for the tax office."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from smartecr.core.errors import CoreError
from smartecr.fiscal import notification
from smartecr.fiscal.datev.accounts import CHARTS, KEYS, WORDS, Chart
from smartecr.register import bookkeeping, cashbook, notice, options, procedure, procedurepaper
from smartecr.register.errors import RegisterError
from smartecr.register.models import Register
from smartecr.register.till import ZONE
from smartecr.staff.rights import Right
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of
from smartecr.web.till.words import said

NUMBERS = ("consultant", "client", "length", "year_begins")
SAID = ("maker", "model", "bsi_id", "tse_kind", "acquired", "since", "tse_since")


@require_http_methods(["GET", "HEAD", "POST"])
@office_only(Right.STAFF)
def papers(request: HttpRequest) -> HttpResponse:
    """Show what adviser and tax office get, and keep what is agreed with them (POST with `form`)."""
    register = till()
    wrong = ""
    if request.method == "POST":
        form = request.POST.get("form", "")
        try:
            _keep(request, form)
            return redirect(f"{request.path}?saved={form}")
        except (RegisterError, CoreError) as error:
            wrong = said(error.message)
    agreed, current = options.read(register.shop_id, "datev"), notice.current(register.shop_id)
    chart = Chart(name=str(agreed.get("chart") or CHARTS[0]))
    today = register.clock().astimezone(ZONE).date()
    context = {
        **frame(request, "books"),
        "agreed": agreed,
        "charts": CHARTS,
        "accounts": [(key, WORDS.get(key, key), chart.proposed(key), agreed.get(f"account.{key}", "")) for key in KEYS],
        "notice": current,
        "systems": [notification.rows(system) for system in current.systems],
        "missing": notification.missing(current),
        "said": options.read(register.shop_id, "notice"),
        "kinds": notification.TSE_KINDS.items(),
        "entry_id": register.new_id(),
        "today": today.isoformat(),
        "first": today.replace(day=1).isoformat(),
        "saved": request.GET.get("saved", ""),
        "wrong": wrong,
    }
    return render(request, "office/books/papers.html", context)


def _keep(request: HttpRequest, form: str) -> None:
    post, register, actor = request.POST, till(), actor_of(request)
    if form == "datev":
        data: dict[str, Any] = {name: _number(post.get(name, "")) for name in NUMBERS}
        data["chart"] = post.get("chart", CHARTS[0])
        data |= {f"account.{key}": post[f"account.{key}"].strip() for key in KEYS if post.get(f"account.{key}")}
        data = {name: value for name, value in data.items() if value}
        bookkeeping.check(data)
        options.save(register, actor, "datev", data)
    elif form == "notice":
        found = {name: post.get(name, "").strip() for name in SAID}
        options.save(register, actor, "notice", {name: value for name, value in found.items() if value})
    elif form == "sent":
        notice.sent(register, actor, post.get("entry", ""), post.get("day", ""), post.get("ticket", ""))


def _number(text: str) -> int:
    text = text.strip()
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise RegisterError("number", _("Eine Nummer ist unlesbar."))
    return int(text)


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
        return HttpResponse(f"{said(error.message)} {said(error.next_step)}", status=422, content_type="text/plain")
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
