"""What the facts of card payments do to the rows (see `projection`)."""

from __future__ import annotations

from smartecr.register.journal import Entry, part
from smartecr.register.rows import Change, Insert, Operation, Put, Row, row_of


def _begun(entry: Entry, body: Row) -> list[Operation]:
    payment = {
        **body["payment"],
        "register_id": entry.register_id,
        "state": "sent",
        "began_at": entry.at,
        "person_id": entry.actor_id,
        "person_name": entry.actor_name,
        "intent": part(body["payment"]["intent"]),
    }
    return [
        Insert("register_card_payment", row_of("register_card_payment", payment)),
        Change("register_card_terminal", (payment["terminal_id"],), {"open_payment": payment["id"]}),
    ]


def _noted(_entry: Entry, body: Row) -> list[Operation]:
    return [Change("register_card_payment", (body["payment"],), {"state": body["state"]})]


def _given_up(_entry: Entry, body: Row) -> list[Operation]:
    columns = {"state": "cancelling", "decided_by": body["by"]}
    return [Change("register_card_payment", (body["payment"],), columns)]


def _result(_entry: Entry, body: Row) -> list[Operation]:
    columns = {"state": "result", "result": part(body["result"])}
    return [Change("register_card_payment", (body["payment"],), columns)]


def _receipt(_entry: Entry, body: Row) -> list[Operation]:
    receipt = {
        "payment_id": body["payment"],
        "position": body["position"],
        "type": body["type"],
        "lines": part(body["lines"]),
        "signature": body["signature"],
    }
    return [Insert("register_card_receipt", row_of("register_card_receipt", receipt))]


def _finished(_entry: Entry, body: Row) -> list[Operation]:
    result = {"result": part(body["result"])} if body["result"] is not None else {}
    decided = {"decided_by": body["by"], "reason": body["reason"]} if body["by"] else {}
    columns = {"state": body["state"], **decided, **result}
    return [
        Change("register_card_payment", (body["payment"],), columns),
        Change("register_card_terminal", (body["terminal"],), {"open_payment": "", **_known(body)}),
    ]


def _seen(entry: Entry, body: Row) -> list[Operation]:
    terminal = {"id": body["terminal"], "register_id": entry.register_id}
    return [Insert("register_card_terminal", row_of("register_card_terminal", terminal))]


def _learned(_entry: Entry, body: Row) -> list[Operation]:
    return [Change("register_card_terminal", (body["terminal"],), _known(body))]


def _known(body: Row) -> Row:
    baseline = "" if body["baseline"] is None else part(body["baseline"])
    return {"baseline": baseline, "total_cents": body["total"]}


def _batch(entry: Entry, body: Row) -> list[Operation]:
    batch = {
        "id": entry.id,
        "register_id": entry.register_id,
        "terminal_id": body["terminal"],
        "at": entry.at,
        "total_cents": body["batch"]["total"],
        "data": part(body["batch"]),
    }
    return [
        Insert("register_card_batch", row_of("register_card_batch", batch)),
        Change("register_card_terminal", (body["terminal"],), {"total_cents": 0}),
    ]


def _settings(entry: Entry, body: Row) -> list[Operation]:
    settings = {**body["settings"], "id": entry.shop_id}
    return [Put("register_payment_settings", row_of("register_payment_settings", settings))]


HANDLERS = {
    "card_begun": _begun,
    "card_noted": _noted,
    "card_given_up": _given_up,
    "card_result": _result,
    "card_receipt": _receipt,
    "card_finished": _finished,
    "terminal_seen": _seen,
    "terminal_learned": _learned,
    "batch_closed": _batch,
    "payment_settings_saved": _settings,
}
