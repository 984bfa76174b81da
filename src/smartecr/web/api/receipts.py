"""Receipts as issued: found by number, day or moment, read whole. Who served, and whom, is not told."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Query, Router

from smartecr.register import queries
from smartecr.register.books import inorder
from smartecr.register.paper.receipts import is_cash_movement
from smartecr.register.queries import ReceiptState
from smartecr.web.api import etags, schemas
from smartecr.web.api import recordschemas as records
from smartecr.web.api.access import Bearer
from smartecr.web.api.paging import Cursor, Limit, after, page
from smartecr.web.api.problems import ProblemError
from smartecr.web.api.replies import reads
from smartecr.web.ports import till

router = Router(tags=["receipts"])
READ = Bearer("receipts:read")

_LINE = records.Line.model_fields
_ALIKE = (
    "id", "number", "type", "z_number", "business_day", "started_at", "at", "total_cents", "tendered_cents",
    "change_cents", "reference_id", "refunded_by",
)  # fmt: skip
DayAsked = Annotated[str, Query(pattern=rf"^$|{schemas.DAY}", description="A business day (2026-11-23).")]
Moment = Annotated[str, Query(pattern=rf"^$|{schemas.INSTANT}", description="UTC, for example 2026-11-23T08:42:00Z.")]


@router.get("", auth=READ, response=reads(schemas.paged(records.Receipt)), summary="List receipts")
def list_receipts(
    request: HttpRequest,
    number: Annotated[int, Query(ge=0, le=2**53, description="Only the one with this number.")] = 0,
    day: DayAsked = "",
    since: Moment = "",
    before: Moment = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> HttpResponse:
    """List the issued receipts of this register by number; the last `next` can be asked again when more were issued."""
    begin = int(after(cursor, lambda key: key.isdecimal() and len(key) < 18) or 0)
    found = inorder.issued_receipts(
        till(), after=begin, limit=limit + 1, number=number, day=day, since=since.rstrip("Z"), before=before.rstrip("Z")
    )
    return page(found, limit, lambda state: str(state.number), shown)


@router.get("/{receipt_id}", auth=READ, response=reads(records.Receipt, 304), summary="Read a receipt")
def read_receipt(request: HttpRequest, receipt_id: schemas.Key) -> HttpResponse:
    """Return a receipt. One that is being signed this moment is not there yet."""
    state = queries.find_receipt(receipt_id)
    if state is None or not state.issued:
        raise ProblemError("not_found")
    told = shown(state)
    return etags.read(request, told, etags.etag(told))


def shown(state: ReceiptState) -> dict[str, Any]:
    """Return a receipt as others see it."""
    return {
        **{name: getattr(state, name) for name in _ALIKE},
        "cash_movement": is_cash_movement(state.content),
        "lines": [{name: getattr(line, name) for name in _LINE} for line in state.content.lines],
        "vat": [row._asdict() for row in state.content.vat],
        "payments": [{"kind": one.kind, "name": one.name, "cents": one.cents} for one in state.content.payments],
        "tse": {
            "signed": state.signed,
            "serial": state.tse_serial,
            "transaction_number": state.tse_number,
            "signature_counter": state.tse_counter,
            "started": state.tse_start,
            "finished": state.tse_end,
            "process_data": state.process_data,
            "signature": state.tse_signature,
        },
        "page": reverse("receipt:page", args=[state.token]),
    }
