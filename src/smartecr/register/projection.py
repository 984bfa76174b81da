"""From facts to rows: what each kind of journal entry does to the tables. Pure.

`project` is used when a fact is written and when the books are rebuilt, so both give the same rows.
"""

from __future__ import annotations

from collections.abc import Callable

from smartecr.core.kinds import ORDER
from smartecr.register.cashless import cardfacts
from smartecr.register.journal import Entry, part
from smartecr.register.outside import interfacefacts
from smartecr.register.regulars import guestfacts
from smartecr.register.rows import CATALOG, Change, Delete, Insert, Operation, Put, Row, row_of, tables
from smartecr.register.shop import stockfacts, timefacts


def project(entry: Entry, body: Row) -> list[Operation]:
    """Return what `entry` with its `body` does to the rows. Kinds without rows (log-ins, notes) do nothing."""
    handler = _HANDLERS.get(entry.kind)
    return handler(entry, body) if handler else []


def _shop_saved(_entry: Entry, body: Row) -> list[Operation]:
    return [Put("register_shop", row_of("register_shop", body["shop"]))]


def _register_saved(_entry: Entry, body: Row) -> list[Operation]:
    return [Put("register_register", row_of("register_register", body["register"]))]


def _options_saved(entry: Entry, body: Row) -> list[Operation]:
    columns = {"shop_id": entry.shop_id, "name": body["name"], "data": body["data"]}
    return [Put("register_options", row_of("register_options", columns))]


def _notice_sent(entry: Entry, body: Row) -> list[Operation]:
    columns = {**body["notice"], "id": entry.id, "shop_id": entry.shop_id, "at": entry.at}
    columns["person_name"] = entry.actor_name
    return [Insert("register_notice", row_of("register_notice", columns))]


def _audit_opened(entry: Entry, body: Row) -> list[Operation]:
    columns = {**body["access"], "id": entry.id, "shop_id": entry.shop_id, "opened_at": entry.at}
    columns["opened_by"] = entry.actor_name
    return [Insert("register_audit_access", row_of("register_audit_access", columns))]


def _audit_closed(entry: Entry, body: Row) -> list[Operation]:
    return [Change("register_audit_access", (body["access"],), {"closed_at": entry.at})]


def _training_changed(entry: Entry, body: Row) -> list[Operation]:
    return [Change("register_register", (entry.register_id,), {"training": body["on"]})]


def _tse_seen(_entry: Entry, body: Row) -> list[Operation]:
    return [Put("register_tse", row_of("register_tse", body["tse"]))]


def _tse_event(entry: Entry, body: Row) -> list[Operation]:
    event = {
        "id": entry.id,
        "register_id": entry.register_id,
        "seq": entry.seq,
        "at": entry.at,
        "kind": body["kind"],
        "serial": body["serial"],
        "person_name": entry.actor_name,
        "detail": part(body["detail"]),
    }
    return [Insert("register_tse_event", row_of("register_tse_event", event))]


def _rows_saved(_entry: Entry, body: Row) -> list[Operation]:
    operations: list[Operation] = []
    for change in body["rows"]:
        if change["table"] not in CATALOG:
            raise ValueError(f"{change['table']} is no master data")
        if change["columns"] is None:
            key = tables()[change["table"]].key[0]
            operations.append(Delete(change["table"], key, change["key"]))
        else:
            operations.append(Put(change["table"], row_of(change["table"], change["columns"])))
    return operations


def _prices_turned(_entry: Entry, body: Row) -> list[Operation]:
    return [Change(change["table"], (change["key"],), change["columns"]) for change in body["rows"]]


def _period_opened(entry: Entry, body: Row) -> list[Operation]:
    columns = {
        "register_id": entry.register_id,
        "z_number": body["z_number"],
        "business_day": entry.business_day,
        "opened_at": entry.at,
        "closed_at": "",
    }
    return [Insert("register_period", row_of("register_period", columns))]


def basket_row(entry: Entry, body: Row) -> Row:
    """Return the row of a basket opened by `entry`."""
    basket = {
        "id": body["basket"],
        "shop_id": entry.shop_id,
        "register_id": entry.register_id,
        "state": "open",
        "in_house": body["in_house"],
        "training": body.get("training", False),
        "opened_at": entry.at,
        "opened_by": entry.actor_name,
        "version": entry.seq,
    }
    return row_of("register_basket", basket)


def _basket_opened(entry: Entry, body: Row) -> list[Operation]:
    return [Insert("register_basket", basket_row(entry, body))]


def _basket_changed(entry: Entry, body: Row) -> list[Operation]:
    return [Change("register_basket", (body["basket"],), {**body["columns"], "version": entry.seq})]


def _line_set(entry: Entry, body: Row) -> list[Operation]:
    line = body["line"]
    columns = {
        "id": line["id"],
        "basket_id": body["basket"],
        "position": body["position"],
        "data": part(line),
    }
    newest = {"newest_line_id": body["newest"]} if "newest" in body else {}
    return [
        Put("register_basket_line", row_of("register_basket_line", columns)),
        Change("register_basket", (body["basket"],), {**newest, "version": entry.seq}),
    ]


def _basket_joined(entry: Entry, body: Row) -> list[Operation]:
    """Empty a basket whose lines went into another one; what kitchen and bar know of them goes with them.

    The change of the basket comes first: it makes whoever reads the journal in stretches take it up (see `walk`).
    """
    basket_id, into = body["basket"], body["into"]
    columns = {"basket_id": basket_id, "into_id": into, "register_id": entry.register_id, "label": body["label"]}
    operations: list[Operation] = [
        Change("register_basket", (basket_id,), {**body["columns"], "version": entry.seq}),
        Delete("register_basket_line", "basket_id", basket_id),
        Insert("register_joined_basket", row_of("register_joined_basket", columns)),
    ]
    for told in body["told"]:
        key = (basket_id, told["line_id"], told["station"])
        operations.append(Change("register_station_line", key, {"quantity": 0}))
    # where pieces became one line again with what they were taken off, both are known under its id from now on
    return operations + [_known(entry, into, row) for row in (body["now"] if "now" in body else body["told"])]


def _basket_parted(entry: Entry, body: Row) -> list[Operation]:
    """Take lines off a basket that go to one of their own; what kitchen and bar know of them is there already."""
    basket_id = body["basket"]
    columns = {"basket_id": body["into"], "from_id": basket_id, "register_id": entry.register_id}
    columns |= {"label": body["label"], "pieces": part(body["pieces"]) if body["pieces"] else ""}
    return [
        Change("register_basket", (basket_id,), {"version": entry.seq}),
        *(Delete("register_basket_line", "id", line_id) for line_id in body["gone"]),
        Insert("register_parted_basket", row_of("register_parted_basket", columns)),
        *(_known(entry, key, row) for key in (basket_id, body["into"]) for row in body["told"][key]),
    ]


def _known(entry: Entry, basket_id: str, row: Row) -> Operation:
    columns = {**row, "basket_id": basket_id, "register_id": entry.register_id}
    return Put("register_station_line", row_of("register_station_line", columns))


def _gone(basket_id: str) -> list[Operation]:
    return [
        Delete("register_basket_line", "basket_id", basket_id),
        Delete("register_basket", "id", basket_id),
    ]


def receipt_row(entry: Entry, receipt: Row) -> Row:
    """Return the row of a receipt recorded by `entry`."""
    columns = {
        **receipt,
        "shop_id": entry.shop_id,
        "register_id": entry.register_id,
        "business_day": entry.business_day,
        "recorded_at": entry.at,
        "person_id": entry.actor_id,
        "person_name": entry.actor_name,
    }
    return row_of("register_receipt", columns)


def signature_row(entry: Entry, receipt_id: str, signature: Row) -> Row:
    """Return the row of a signature written down by `entry`."""
    return row_of("register_receipt_signature", {**signature, "receipt_id": receipt_id, "at": entry.at})


def _receipt_recorded(entry: Entry, body: Row) -> list[Operation]:
    receipt = body["receipt"]
    key = receipt["id"]
    operations: list[Operation] = [Insert("register_receipt", receipt_row(entry, receipt))]
    for table in ("register_receipt_line", "register_receipt_vat", "register_receipt_payment"):
        operations += [Insert(table, row_of(table, {**row, "receipt_id": key})) for row in body[table[17:]]]
    operations += guestfacts.of_receipt(key, body)
    operations += stockfacts.of_receipt(entry, key, body)
    operations += _invoice(entry, body)
    if receipt.get("basket_id") and receipt["type"] != ORDER:
        operations += _gone(receipt["basket_id"])
    return operations


def _invoice(entry: Entry, body: Row) -> list[Operation]:
    """Return the row of the invoice a Vorgang makes known, or takes back."""
    if "invoice" not in body:
        return []
    columns = {
        **body["invoice"],
        "shop_id": entry.shop_id,
        "register_id": entry.register_id,
        "at": entry.at,
        "person_name": entry.actor_name,
        "data": part(body["invoice"]["data"]),
    }
    return [Insert("register_invoice", row_of("register_invoice", columns))]


def _receipt_secured(entry: Entry, body: Row) -> list[Operation]:
    return [Insert("register_receipt_signature", signature_row(entry, body["receipt"], body["signature"]))]


def _receipt_printed(entry: Entry, body: Row) -> list[Operation]:
    printed = {"receipt_id": body["receipt"], "at": entry.at}
    return [] if body["copy"] else [Insert("register_receipt_print", row_of("register_receipt_print", printed))]


def _slip_sent(entry: Entry, body: Row) -> list[Operation]:
    slip = body["slip"]
    same = {
        "basket_id": body["basket"],
        "register_id": entry.register_id,
        "station": slip["station"],
        "label": slip["label"],
        "number": slip["number"],
    }
    rows = [row_of("register_station_line", {**line, **same}) for line in body["lines"]]
    return [
        *(Put("register_station_line", row) for row in rows),
        Change("register_basket", (body["basket"],), {"version": entry.seq}),
    ]


def _tender_changed(_entry: Entry, body: Row) -> list[Operation]:
    tender = {"receipt_id": body["receipt"], "tendered_cents": body["tendered"]}
    return [Put("register_receipt_tender", row_of("register_receipt_tender", tender))]


def _drawer_opened(entry: Entry, body: Row) -> list[Operation]:
    opening = {
        "id": entry.id,
        "register_id": entry.register_id,
        "at": entry.at,
        "person_name": entry.actor_name,
        "reason": body["reason"],
    }
    return [Insert("register_drawer_opening", row_of("register_drawer_opening", opening))]


def _cash_counted(entry: Entry, body: Row) -> list[Operation]:
    count = {
        **body["count"],
        "id": entry.id,
        "register_id": entry.register_id,
        "at": entry.at,
        "person_name": entry.actor_name,
        "counts": part({name: body[name] for name in ("pieces", "foreign") if name in body}),
    }
    return [Insert("register_cash_count", row_of("register_cash_count", count))]


def _outage_began(entry: Entry, body: Row) -> list[Operation]:
    outage = {
        "id": entry.id,
        "register_id": entry.register_id,
        "began_at": body["began_at"],
        "ended_at": "",
        "reason": body["reason"],
    }
    return [Insert("register_outage", row_of("register_outage", outage))]


def _outage_ended(entry: Entry, body: Row) -> list[Operation]:
    return [Change("register_outage", (body["outage"],), {"ended_at": entry.at})]


def _day_closed(entry: Entry, body: Row) -> list[Operation]:
    closing = {
        **body["closing"],
        "id": entry.id,
        "shop_id": entry.shop_id,
        "register_id": entry.register_id,
        "business_day": entry.business_day,
        "closed_at": entry.at,
        "person_name": entry.actor_name,
        "totals": part(body["totals"]),
    }
    key = (entry.register_id, closing["z_number"])
    return [
        Insert("register_closing", row_of("register_closing", closing)),
        Change("register_period", key, {"closed_at": entry.at}),
    ]


_HANDLERS: dict[str, Callable[[Entry, Row], list[Operation]]] = {
    "shop_saved": _shop_saved,
    "register_saved": _register_saved,
    "options_saved": _options_saved,
    "audit_opened": _audit_opened,
    "audit_closed": _audit_closed,
    "notice_sent": _notice_sent,
    "training_changed": _training_changed,
    "tse_seen": _tse_seen,
    "tse_event": _tse_event,
    "rows_saved": _rows_saved,
    "prices_turned": _prices_turned,
    "period_opened": _period_opened,
    "basket_opened": _basket_opened,
    "basket_changed": _basket_changed,
    "basket_joined": _basket_joined,
    "basket_parted": _basket_parted,
    "line_added": _line_set,
    "line_changed": _line_set,
    "line_voided": _line_set,
    "receipt_recorded": _receipt_recorded,
    "receipt_secured": _receipt_secured,
    "receipt_printed": _receipt_printed,
    "slip_sent": _slip_sent,
    "tender_changed": _tender_changed,
    "drawer_opened": _drawer_opened,
    "cash_counted": _cash_counted,
    "outage_began": _outage_began,
    "outage_ended": _outage_ended,
    "day_closed": _day_closed,
    **cardfacts.HANDLERS,
    **guestfacts.HANDLERS,
    **interfacefacts.HANDLERS,
    **stockfacts.HANDLERS,
    **timefacts.HANDLERS,
}
