"""Stock: goods in, breakage, own use and stock-taking, all of it facts; what receipts move is in `shelf`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from smartecr.catalog import stockbook
from smartecr.catalog.models import Article
from smartecr.core.records import dataclass
from smartecr.register.errors import RegisterError
from smartecr.register.ledger import Writer, writing
from smartecr.register.rights import require
from smartecr.register.shop.stockfacts import GOODS_IN, OWN_USE, WASTE
from smartecr.register.till import Till
from smartecr.sql import fetch
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right

SIGNS = {GOODS_IN: 1, WASTE: -1, OWN_USE: -1}
"""What a person books, and whether it adds or takes away."""

_LONGEST_NOTE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One movement with what lay there after it; `receipt_number` is 0 where no receipt made it."""

    source_id: str
    kind: str
    quantity: int
    after: int
    at: str
    person_name: str
    note: str
    receipt_number: int


def move(till: Till, actor: Actor, entry_id: str, kind: str, quantities: Mapping[str, int], note: str = "") -> None:
    """Book what came (GOODS_IN) or went (WASTE, OWN_USE): positive thousandths by article id, all or nothing.

    The same `entry_id` again does nothing. Raises RegisterError: "kind", "empty", "article" (its stock is not kept),
    "note" (what goes needs a reason), and for the right.
    """
    if kind not in SIGNS:
        raise RegisterError("kind", "Das lässt sich nicht buchen.")
    if SIGNS[kind] < 0 and not note.strip():
        raise RegisterError("note", "Der Grund fehlt.", "Bruch, Verderb oder wofür es genommen wurde.")
    rows = [[key, SIGNS[kind] * quantity] for key, quantity in quantities.items() if quantity]
    _book(till, actor, entry_id, kind, rows, note)


def reversal_of(source_id: str, article_id: str) -> str:
    """Return the id of the fact that takes a movement back: there is one at most."""
    return hashlib.sha256(f"{source_id} {article_id}".encode()).hexdigest()[:32]


def reverse(till: Till, actor: Actor, source_id: str, article_id: str) -> None:
    """Book the opposite of what a person booked, once.

    Raises RegisterError: "gone", "kind" (a receipt or a count), "reversed".
    """
    found = stockbook.move_of(source_id, article_id)
    if found is None:
        raise RegisterError("gone", "Diese Buchung gibt es nicht.")
    if found.kind not in SIGNS:
        text = "Was ein Bon oder eine Zählung bewegt hat, ändert nur ein neuer Bon oder eine neue Zählung."
        raise RegisterError("kind", text)
    note = f"Gegenbuchung: {found.note}".removesuffix(": ")[:_LONGEST_NOTE]
    if not _book(till, actor, reversal_of(source_id, article_id), found.kind, [[article_id, -found.quantity]], note):
        raise RegisterError("reversed", "Das ist schon gegengebucht.", "Die Seite neu laden.")


def _book(till: Till, actor: Actor, entry_id: str, kind: str, rows: list[list[Any]], note: str) -> bool:
    """Book unless it is booked already; tell whether it was booked now."""
    allowed = require(actor, None, Right.CATALOG)
    if not rows:
        raise RegisterError("empty", "Es ist noch keine Menge eingetragen.")
    with writing(till, actor) as writer:
        _known(rows)
        fresh = not writer.seen([entry_id])
        if fresh:
            body = {"kind": kind, "note": note.strip()[:_LONGEST_NOTE], "rows": rows, **allowed}
            writer.append("stock_moved", body, entry_id)
    till.publish("stock")
    return fresh


def _known(rows: list[list[Any]]) -> None:
    keys = {row[0] for row in rows}
    if Article.objects.filter(id__in=keys, stocked=True).count() != len(keys):
        raise RegisterError("article", "Für einen dieser Artikel wird kein Bestand geführt.", "Die Seite neu laden.")


def count(
    till: Till, actor: Actor, entry_id: str, seen: Mapping[str, int], counted: Mapping[str, int], note: str = ""
) -> dict[str, int]:
    """Write down what was `counted` (thousandths by article id) against what the counter had `seen` in the books.

    What moved since it was seen is not written: sold before or after counting, nobody knows. Returns those, with what
    the books say now; all others are written. Raises RegisterError: "empty", "article", and for the right.
    """
    allowed = require(actor, None, Right.CATALOG)
    if not counted:
        raise RegisterError("empty", "Es ist noch keine Menge eingetragen.")
    with writing(till, actor) as writer:
        _known([[key] for key in counted])
        if writer.seen([entry_id]):
            return {}
        return _write_count(writer, entry_id, seen, counted, {"note": note.strip()[:_LONGEST_NOTE], **allowed})


def _write_count(
    writer: Writer, entry_id: str, seen: Mapping[str, int], counted: Mapping[str, int], body: dict[str, Any]
) -> dict[str, int]:
    now = stockbook.balances(counted)
    moved = {key: now.get(key, 0) for key in counted if now.get(key, 0) != seen.get(key)}
    costs = dict(Article.objects.filter(id__in=list(counted)).values_list("id", "cost_cents"))
    rows = [[key, now.get(key, 0), quantity, costs[key]] for key, quantity in counted.items() if key not in moved]
    if rows:
        writer.append("stock_counted", {**body, "rows": rows}, entry_id)
    return moved


def moves(article_id: str, limit: int = 100) -> list[Move]:
    """Return the newest movements of an article, newest first, each with what lay there after it."""
    rows = fetch(
        "SELECT m.*, coalesce(r.number, 0) AS receipt_number FROM catalog_stock_move m "
        "LEFT JOIN register_receipt r ON r.id = m.source_id WHERE m.article_id = %s "
        "ORDER BY m.at DESC, m.source_id DESC LIMIT %s",
        [article_id, limit],
    )
    after = stockbook.balances([article_id]).get(article_id, 0)
    found = []
    for row in rows:
        found.append(
            Move(
                source_id=row["source_id"], kind=row["kind"], quantity=row["quantity"], after=after, at=row["at"],
                person_name=row["person_name"], note=row["note"], receipt_number=row["receipt_number"],
            )
        )  # fmt: skip
        after -= row["quantity"]
    return found
