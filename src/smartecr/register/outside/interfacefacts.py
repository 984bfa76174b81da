"""What facts about the interface for others do to the rows (see `projection`)."""

from __future__ import annotations

from smartecr.register.journal import Entry
from smartecr.register.rows import Change, Insert, Operation, Row, row_of


def _token_issued(entry: Entry, body: Row) -> list[Operation]:
    token = {**body["token"], "shop_id": entry.shop_id, "created_at": entry.at, "created_by": entry.actor_name}
    return [Insert("register_api_token", row_of("register_api_token", token))]


def _token_revoked(entry: Entry, body: Row) -> list[Operation]:
    return [Change("register_api_token", (body["token"],), {"revoked_at": entry.at})]


def _webhook_added(entry: Entry, body: Row) -> list[Operation]:
    webhook = {
        **body["webhook"], "shop_id": entry.shop_id, "register_id": entry.register_id, "since": entry.seq,
        "created_at": entry.at,
    }  # fmt: skip
    return [Insert("register_webhook", row_of("register_webhook", webhook))]


def _webhook_rotated(entry: Entry, body: Row) -> list[Operation]:
    columns = {"generation": body["generation"], "rotated_at": entry.at}
    return [Change("register_webhook", (body["webhook"],), columns)]


def _webhook_removed(entry: Entry, body: Row) -> list[Operation]:
    return [Change("register_webhook", (body["webhook"],), {"removed_at": entry.at})]


HANDLERS = {
    "token_issued": _token_issued,
    "token_revoked": _token_revoked,
    "webhook_added": _webhook_added,
    "webhook_rotated": _webhook_rotated,
    "webhook_removed": _webhook_removed,
}
