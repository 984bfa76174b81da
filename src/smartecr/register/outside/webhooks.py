"""Who is told what happened: addresses of other programmes, and the events the journal holds for them.

Nothing is queued: an event is a fact of the journal, its id is the fact's, and what was told so far is a place in the
journal. So a sale writes nothing more, and nothing that is in the books can be missed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson

from smartecr.catalog import stockbook
from smartecr.catalog.models import Article
from smartecr.core.kinds import RECEIPT
from smartecr.core.records import dataclass
from smartecr.register import queries
from smartecr.register.books import inorder
from smartecr.register.errors import RegisterError
from smartecr.register.ledger import writing
from smartecr.register.paper.receipts import is_cash_movement
from smartecr.register.rights import require
from smartecr.register.rows import Row
from smartecr.register.till import Till, moment
from smartecr.sql import fetch
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right

EVENTS: dict[str, tuple[str, ...]] = {
    "receipt.issued": ("receipt_secured",),
    "closing.made": ("day_closed",),
    "article.changed": ("rows_saved", "prices_turned"),
    "customer.changed": ("customer_saved", "customer_erased"),
    "stock.low": ("receipt_recorded", "stock_moved", "stock_counted"),
}
"""Events with the kinds of facts they come from."""

OVERLAP = timedelta(hours=24)
"""So long a secret still signs beside the one that replaced it."""

_KINDS = {kind: event for event, kinds in EVENTS.items() for kind in kinds}
_ADDRESS_LENGTH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address with the events it is told of, from journal entry `since` on; `removed_at` is "" while it stands."""

    id: str
    name: str
    address: str
    events: tuple[str, ...]
    generation: int
    rotated_at: str
    since: int
    created_at: str
    removed_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened: `id` and `seq` are its fact's, `at` UTC journal text, `data` without personal data."""

    id: str
    seq: int
    type: str
    at: str
    data: dict[str, Any]


def add(till: Till, actor: Actor, webhook_id: str, name: str, address: str, events: Sequence[str]) -> Webhook:
    """Have an address told of events from now on. Whether it may be reached is the caller's to check.

    Raises RegisterError: "name", "address", "events", and RightError.
    """
    note = require(actor, None, Right.STAFF)
    name = " ".join(name.split())
    if not 0 < len(name) <= 40 or not name.isprintable():
        raise RegisterError("name", "Das Ziel braucht einen Namen bis 40 Zeichen.", "Zum Beispiel: Buchhaltung")
    if not 0 < len(address) <= _ADDRESS_LENGTH:
        raise RegisterError("address", "Die Adresse fehlt oder ist zu lang.", "Zum Beispiel: https://example.org/kasse")
    wanted = [event for event in EVENTS if event in events]
    if not wanted or len(wanted) != len(set(events)):
        raise RegisterError("events", "Wovon soll das Ziel erfahren?", "Mindestens ein Ereignis wählen.")
    with writing(till, actor) as writer:
        webhook = {"id": webhook_id, "name": name, "address": address, "events": " ".join(wanted)}
        writer.append("webhook_added", {"webhook": webhook, **note})
    return find(webhook_id)


def rotate(till: Till, actor: Actor, webhook_id: str) -> Webhook:
    """Give an address a new secret; the one before still signs too for `OVERLAP`. Raises RegisterError, RightError."""
    note = require(actor, None, Right.STAFF)
    with writing(till, actor) as writer:
        generation = find(webhook_id).generation + 1
        writer.append("webhook_rotated", {"webhook": webhook_id, "generation": generation, **note})
    return find(webhook_id)


def remove(till: Till, actor: Actor, webhook_id: str) -> None:
    """Tell an address nothing more. Raises RegisterError, RightError."""
    note = require(actor, None, Right.STAFF)
    with writing(till, actor) as writer:
        if not find(webhook_id).removed_at:
            writer.append("webhook_removed", {"webhook": webhook_id, **note})


def find(webhook_id: str) -> Webhook:
    """Return an address, standing or not. Raises RegisterError("unknown")."""
    rows = fetch("SELECT * FROM register_webhook WHERE id = %s", [webhook_id])
    if not rows:
        raise RegisterError("unknown", "Dieses Ziel gibt es nicht.")
    return _webhook(rows[0])


def standing(till: Till) -> list[Webhook]:
    """Return the addresses this register tells, oldest first."""
    sql = "SELECT * FROM register_webhook WHERE register_id = %s AND removed_at = '' ORDER BY created_at, id"
    return [_webhook(row) for row in fetch(sql, [till.register_id])]


def secret_of(key: str, webhook: Webhook, generation: int) -> bytes:
    """Return the secret of a generation: drawn from the shop's key, so that it is kept nowhere."""
    return hmac.new(key.encode(), f"webhook/{webhook.id}/{generation}".encode(), hashlib.sha256).digest()


def secrets_now(key: str, webhook: Webhook, till: Till) -> list[bytes]:
    """Return the secrets that sign now, newest first."""
    generations = [webhook.generation]
    if webhook.rotated_at and till.clock() < moment(webhook.rotated_at) + OVERLAP:
        generations.append(webhook.generation - 1)
    return [secret_of(key, webhook, generation) for generation in generations]


def shown_secret(key: str, webhook: Webhook) -> str:
    """Return the present secret as receivers are given it ("whsec_…", standard-webhooks)."""
    return "whsec_" + base64.b64encode(secret_of(key, webhook, webhook.generation)).decode()


def events_after(till: Till, seq: int, wanted: Sequence[str], entries: int = 500) -> tuple[list[Event], int]:
    """Return the wanted events among the next journal entries, in order, and the entry they go up to."""
    end = min(inorder.last_entry(till), seq + entries)
    if end <= seq:
        return [], seq
    kinds = [kind for event in wanted for kind in EVENTS[event]]
    sql = (
        "SELECT id, seq, kind, at, body FROM register_journal WHERE register_id = %s AND seq > %s AND seq <= %s "  # noqa: S608 marks only
        f"AND kind IN ({', '.join(['%s'] * len(kinds))}) ORDER BY seq"
    )
    found = fetch(sql, [till.register_id, seq, end, *kinds])
    told = ((row, _TELLING[_KINDS[row["kind"]]](orjson.loads(row["body"]), row)) for row in found)
    events = [
        Event(id=row["id"], seq=row["seq"], type=_KINDS[row["kind"]], at=row["at"], data=data)
        for row, data in told
        if data is not None
    ]
    return events, end


def _receipt(body: Row, _row: Row) -> dict[str, Any] | None:
    found = queries.find_receipt(body["receipt"])
    if found is None or found.type != RECEIPT:
        return None
    return {
        "id": found.id, "number": found.number, "business_day": found.business_day, "at": found.at,
        "total_cents": found.total_cents, "refund": bool(found.reference_id),
        "cash_movement": is_cash_movement(found.content),
    }  # fmt: skip


def _closing(body: Row, row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "z_number": body["closing"]["z_number"],
        "turnover_cents": body["totals"]["turnover_cents"],
        "receipts": body["totals"]["receipts"],
    }


def _articles(body: Row, _row: Row) -> dict[str, Any]:
    """Return which articles and groups a fact changed; codes and dated prices change the article they belong to."""
    articles: dict[str, None] = {}
    groups: dict[str, None] = {}
    for row in body["rows"]:
        if row["table"] == "catalog_group":
            groups[row["key"]] = None
        elif row["table"] == "catalog_article":
            articles[row["key"]] = None
        else:
            for columns in (row["columns"], row.get("old")):
                if columns and columns.get("article_id"):
                    articles[columns["article_id"]] = None
    return {"articles": list(articles), "groups": list(groups)}


def _customer(body: Row, row: Row) -> dict[str, Any]:
    if row["kind"] == "customer_erased":
        return {"id": body["customer"], "erased": True}
    return {"id": body["customer"]["id"], "erased": False}


def _low(body: Row, row: Row) -> dict[str, Any] | None:
    """Return the articles of which a fact left no more than the least that should lie there, and more did before."""
    moved = {one[0]: one[1] for one in body.get("stock", ())}
    if row["kind"] == "stock_moved":
        moved = dict(body["rows"])
    elif row["kind"] == "stock_counted":
        moved = {article: counted - expected for article, expected, counted, _cost in body["rows"]}
    gone = {article: quantity for article, quantity in moved.items() if quantity < 0}
    if not gone:
        return None
    after = stockbook.balances(gone, row["at"])
    least = dict(Article.objects.filter(id__in=list(gone), stocked=True).values_list("id", "stock_min"))
    low = [
        {"id": article, "quantity": after[article], "stock_min": limit}
        for article, limit in sorted(least.items())
        if limit is not None and after[article] <= limit < after[article] - gone[article]
    ]
    return {"articles": low} if low else None


_TELLING = {
    "receipt.issued": _receipt,
    "closing.made": _closing,
    "article.changed": _articles,
    "customer.changed": _customer,
    "stock.low": _low,
}


def _webhook(row: Row) -> Webhook:
    names = (name for name in Webhook.__dataclass_fields__ if name != "events")
    return Webhook(events=tuple(row["events"].split()), **{name: row[name] for name in names})
