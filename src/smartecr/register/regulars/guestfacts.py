"""What facts about guests do to the rows (see `projection`): customers, their groups, consent, visits, vouchers."""

from __future__ import annotations

from smartecr.register.journal import Entry
from smartecr.register.rows import Change, Delete, Insert, Operation, Put, Row, row_of


def of_receipt(receipt_id: str, body: Row) -> list[Operation]:
    """Return the rows a receipt adds: vouchers it sold, whose card lay on it."""
    operations: list[Operation] = [
        Insert("customers_voucher", row_of("customers_voucher", row)) for row in body.get("voucher", ())
    ]
    guest = body.get("guest", {})
    if guest.get("customer"):
        visit = {"receipt_id": receipt_id, "customer_id": guest["customer"]}
        operations.append(Insert("customers_visit", row_of("customers_visit", visit)))
    for account, amount in guest.get("entries", ()):
        entry = {"receipt_id": receipt_id, "account": account, "customer_id": guest["customer"], "amount": amount}
        operations.append(Insert("customers_entry", row_of("customers_entry", entry)))
    for shown in guest.get("counted", ()):
        token = {"receipt_id": shown, "counted_on": receipt_id}
        operations.append(Insert("customers_token", row_of("customers_token", token)))
    operations += [Delete("customers_token", "receipt_id", shown) for shown in guest.get("uncounted", ())]
    return operations


def _promotion_saved(_entry: Entry, body: Row) -> list[Operation]:
    return [Put("customers_promotion", row_of("customers_promotion", body["promotion"]))]


def _group_saved(_entry: Entry, body: Row) -> list[Operation]:
    return [Put("customers_group", row_of("customers_group", body["group"]))]


def _customer_saved(entry: Entry, body: Row) -> list[Operation]:
    operations: list[Operation] = [Put("customers_customer", row_of("customers_customer", body["customer"]))]
    if "consent" in body:
        operations.append(_consent(entry, body["customer"]["id"], body["consent"]))
    return operations


def _customer_erased(entry: Entry, body: Row) -> list[Operation]:
    gone = {"secret": "", "digest": "", "group_id": ""}
    operations: list[Operation] = [Change("customers_customer", (body["customer"],), gone)]
    if "consent" in body:
        operations.append(_consent(entry, body["customer"], body["consent"]))
    return operations


def _consent(entry: Entry, customer_id: str, consent: Row) -> Operation:
    columns = {**consent, "id": entry.id, "customer_id": customer_id, "at": entry.at, "person_name": entry.actor_name}
    return Insert("customers_consent", row_of("customers_consent", columns))


def _voucher_marked(entry: Entry, body: Row) -> list[Operation]:
    mark = {**body["mark"], "id": entry.id, "at": entry.at, "person_name": entry.actor_name}
    return [Insert("customers_voucher_mark", row_of("customers_voucher_mark", mark))]


HANDLERS = {
    "group_saved": _group_saved,
    "customer_saved": _customer_saved,
    "customer_erased": _customer_erased,
    "promotion_saved": _promotion_saved,
    "voucher_marked": _voucher_marked,
}
