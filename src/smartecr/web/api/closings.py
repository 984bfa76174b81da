"""The open period (X) and the closings (Z). What single people sold is not told."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from smartecr.core.closing import ClosingTotals
from smartecr.register.books import closing
from smartecr.web.api import etags, schemas
from smartecr.web.api import recordschemas as records
from smartecr.web.api.access import Bearer
from smartecr.web.api.paging import Cursor, Limit, after, page
from smartecr.web.api.problems import ProblemError
from smartecr.web.api.replies import reads
from smartecr.web.api.writes import respond
from smartecr.web.ports import till

router = Router(tags=["closings"])
READ = Bearer("closings:read")
First = Annotated[str, Query(pattern=rf"^$|{schemas.DAY}", description="From this business day on (2026-11-23).")]
Last = Annotated[str, Query(pattern=rf"^$|{schemas.DAY}", description="Up to this business day, included.")]

_BUSINESS = tuple(records.Business.model_fields)
_SUMS = (
    "turnover_cents", "receipts", "first_number", "last_number", "voids_count", "voids_cents", "discounts_count",
    "discounts_cents", "deposit_cents",
)  # fmt: skip


@router.get("/current", auth=READ, response=reads(records.XReport), summary="Read the open period")
def current(request: HttpRequest) -> HttpResponse:
    """Return the open period so far (X report)."""
    report = closing.x_report(till())
    return respond(
        {
            "z_number": report.z_number,
            "business_day": report.business_day,
            "opened_at": report.opened_at,
            "at": report.at,
            "expected_cents": report.expected_cents,
            "unsigned": report.unsigned,
            "totals": _totals(report.totals),
        }
    )


@router.get("", auth=READ, response=reads(schemas.paged(records.Closing)), summary="List closings")
def list_closings(
    request: HttpRequest, first: First = "", last: Last = "", cursor: Cursor = "", limit: Limit = 50
) -> HttpResponse:
    """List the closings of this register by Z number, of all or some business days."""
    begin = int(after(cursor, lambda key: key.isdecimal() and len(key) < 10) or 0)
    found = closing.closings_after(till().register_id, begin, limit + 1, first=first, last=last)
    return page(found, limit, lambda one: str(one.z_number), shown)


@router.get("/{closing_id}", auth=READ, response=reads(records.Closing, 304), summary="Read a closing")
def read_closing(request: HttpRequest, closing_id: schemas.Key) -> HttpResponse:
    """Return a closing."""
    found = closing.find_closing(closing_id)
    if found is None:
        raise ProblemError("not_found")
    told = shown(found)
    return etags.read(request, told, etags.etag(told))


def shown(one: closing.Closing) -> dict[str, Any]:
    """Return a closing as others see it."""
    names = (
        "id", "z_number", "business_day", "opened_at", "closed_at", "expected_cents", "counted_cents",
        "difference_cents", "kept_cents", "unsigned",
    )  # fmt: skip
    return {**{name: getattr(one, name) for name in names}, "totals": _totals(one.totals)}


def _totals(sums: ClosingTotals) -> dict[str, Any]:
    return {
        **{name: getattr(sums, name) for name in _SUMS},
        "businesscases": [dict(zip(_BUSINESS, case, strict=True)) for case in sums.businesscases],
        "vat": [row._asdict() for row in sums.vat],
        "payments": [{"kind": kind, "name": name, "cents": cents} for kind, name, cents in sums.payments],
    }
