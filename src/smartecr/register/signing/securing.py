"""The TSE's part in every receipt: start with the first line, finish with the payment, outages written down.

Order of things (so that a cut at any point leaves exactly one receipt):

1. the TSE start, asked for with the first line without waiting, is awaited before the receipt is decided;
2. `receipt_recorded`: the whole receipt with number, process data and transaction is committed, the basket is gone;
3. the TSE finishes the transaction;
4. `receipt_secured`: signature, or the reason of the outage, is committed.

One commit a sale waits for the disk: the second step. A signature lost to a power cut is read back from the TSE.
A cut between 2 and 4 is completed by `recovery`, which asks the TSE what became of the transaction.
A TSE that is absent, failing or slower than the service's limit never stops a sale (AEAO zu § 146a Nr. 1.14).
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from smartecr.core.kinds import ABORT, ORDER, RECEIPT
from smartecr.core.receipt import ReceiptContent
from smartecr.core.records import dataclass
from smartecr.fiscal.process_data import process_type, signed_text
from smartecr.register.cashdesk import drawer
from smartecr.register.errors import RegisterError, checked_id
from smartecr.register.ledger import Writer, writing
from smartecr.register.projection import receipt_row, signature_row
from smartecr.register.rows import Row
from smartecr.register.sale.baskets import OpenBasket, changed, line_data
from smartecr.register.sale.contents import content_rows
from smartecr.register.shop import shelf
from smartecr.register.signing import address, underway
from smartecr.register.till import Till
from smartecr.sql import fetch
from smartecr.staff.actor import Actor
from smartecr.tse.api import Finished, Started, TseError, TseUnavailable
from smartecr.tse.breaker import ServiceState

if TYPE_CHECKING:
    from smartecr.fiscal.einvoice.model import Invoice

SYSTEM = Actor("", "smartECR", "owner")
"""Acts where no person does: recovery, set-up, the command line."""

_PATIENCE = 30
"""Seconds to wait for the same receipt under way in another request: more than two time limits of the TSE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A started TSE transaction, or `outage`: why there is none. `at` is the TSE's time in unix seconds."""

    serial: str = ""
    number: int = 0
    at: int = 0
    outage: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A receipt about to be recorded; `note` goes into the journal entry beside it.

    It is made out to `customer` (JSON) and belongs to `label`, those of its basket unless given. `invoice` is the
    invoice it makes known, with the ids of its receipt and of the invoice it takes back; `returned_id` the receipt of
    which it takes back a part.
    """

    id: str
    content: ReceiptContent
    started_at: str
    basket: OpenBasket | None = None
    reference_id: str = ""
    reason: str = ""
    tendered_cents: int | None = None
    opens_drawer: bool = False
    note: Mapping[str, Any] | None = None
    customer: str = ""
    label: str = ""
    invoice: tuple[Invoice, str, str] | None = None
    returned_id: str = ""


def ask_start(till: Till, basket: OpenBasket) -> None:
    """Ask the TSE to start the basket's transaction unless it was asked and has not failed; returns at once."""
    if basket.row["tse_number"] or not basket.basket.lines:
        return
    known = till.starts.get(basket.id)
    if known is None or (known.done() and known.exception() is not None):
        begin(till, basket.id)


def begin(till: Till, basket_id: str) -> None:
    """Ask the TSE to start the transaction of a basket that gets its first line; returns at once."""
    till.starts[basket_id] = till.tse.start(till.serial, basket_id)


def note_start(till: Till, writer: Writer, basket: OpenBasket) -> OpenBasket:
    """Write down a start that has been answered meanwhile, in passing with another fact; return the basket with it."""
    future = till.starts.get(basket.id)
    if future is None or not future.done() or future.exception() is not None or basket.row["tse_number"]:
        return basket
    start = _started(till, future)
    return changed(writer, basket, {"tse_serial": start.serial, "tse_number": start.number, "tse_start": start.at})


def wait_start(till: Till, basket: OpenBasket | None) -> Start:
    """Return the basket's TSE start (or a new one without basket), waiting as long as the service does."""
    if basket is not None and basket.row["tse_number"]:
        row = basket.row
        return Start(serial=row["tse_serial"], number=row["tse_number"], at=row["tse_start"])
    if basket is None:
        return _started(till, till.tse.start(till.serial))
    ask_start(till, basket)
    future = till.starts.get(basket.id) or till.tse.start(till.serial, basket.id)
    return _started(till, future)


def _started(till: Till, future: Future[Started]) -> Start:
    try:
        answer = future.result()
        return Start(serial=till.tse.info().serial, number=answer.transaction_number, at=answer.log_time)
    except TseError as error:
        return Start(outage=outage_text(error))


def outage_text(error: TseError) -> str:
    """Return the reason of an outage as the journal and the export name it (at most 200 characters)."""
    cause = error.cause if isinstance(error, TseUnavailable) and error.cause else error
    return f"TSE ausgefallen: {cause.reason}"[:200]


def issue(till: Till, actor: Actor, draft: Draft) -> tuple[Row, Row]:
    """Record a receipt and have it signed; return the rows of the issued receipt and of its signature.

    Raises RegisterError when the draft's basket was paid or changed meanwhile; nothing is recorded then.
    """
    said = said_by(till, draft)  # while the TSE may still sign the start
    start = wait_start(till, draft.basket)
    done = till.securing.setdefault(draft.id, threading.Event())
    try:
        with writing(till, actor) as writer:
            receipt, end = record(till, writer, draft, start, said)
        if draft.opens_drawer:
            till.kick()
        if draft.basket is not None:
            till.starts.pop(draft.basket.id, None)
        return receipt, secure(till, actor, receipt, outage=start.outage, end=end)
    finally:
        done.set()
        till.securing.pop(draft.id, None)


def known(till: Till, receipt_id: str) -> str | None:
    """Return the basket id ("" without one) of a receipt recorded before, None for a new id; RegisterError("id").

    One that is being signed in another request is waited for; one that was cut off is brought to its end.
    """
    under_way = till.securing.get(checked_id(receipt_id))
    if under_way is not None:
        under_way.wait(_PATIENCE)
    rows = fetch("SELECT * FROM register_receipt WHERE id = %s", [receipt_id])
    if not rows:
        return None
    if not fetch("SELECT receipt_id FROM register_receipt_signature WHERE receipt_id = %s", [receipt_id]):
        complete(till, rows[0])
    return str(rows[0]["basket_id"])


def said_by(till: Till, draft: Draft) -> dict[str, Any]:
    """Return what the fact of a receipt says that depends neither on its number nor on the TSE."""
    row: Mapping[str, Any] = draft.basket.row if draft.basket else {}
    receipt = {
        "id": draft.id,
        "type": draft.content.type,
        "started_at": draft.started_at,
        "total_cents": draft.content.total_cents,
        "tendered_cents": draft.tendered_cents,
        "drawer": draft.opens_drawer,
        "basket_id": draft.basket.id if draft.basket else "",
        "reference_id": draft.reference_id,
        "reason": draft.reason,
        "token": address.made(draft.id, till.random_bytes),
        "process_data": signed_text(draft.content),
        "customer": draft.customer or row.get("customer", ""),
        "label": draft.label or row.get("label", ""),
    }
    return {"receipt": receipt, **content_rows(draft.content), **(draft.note or {})}


def record(till: Till, writer: Writer, draft: Draft, start: Start, said: Mapping[str, Any]) -> tuple[Row, str]:
    """Append the decided receipt with its number; return its row and the end of the chain it makes.

    `said` is what `said_by` returns of the draft. The writer's commit makes it durable.
    """
    if draft.basket is not None:
        _unchanged(writer, draft.basket)
    drawer.covers(till, writer.actor, draft.content.payments)
    writer.open_period()
    if draft.basket is not None and till.stations:
        from smartecr.register.sale import stations  # loaded where a shop has some

        stations.rest(till, writer, draft.basket, label=draft.label, given_up=draft.content.type == ABORT)
    row: Mapping[str, Any] = draft.basket.row if draft.basket else {}
    receipt = {
        **said["receipt"],
        "number": writer.head.receipt_number + 1,
        "z_number": writer.z_number,
        "tse_serial": start.serial,
        "tse_number": start.number,
        "tse_start": start.at,
    }
    body: dict[str, Any] = {**said, "receipt": receipt, "outage": start.outage, **shelf.taken(till, draft.content)}
    if row.get("guest") or draft.reference_id or draft.returned_id or draft.invoice or _has_vouchers(draft.content):
        from smartecr.register.sale import besides

        body |= besides.of(writer, draft, row)
        if "invoice" in body:
            receipt["reason"] = f"{draft.reason} {body['invoice']['number']}"
    if draft.basket is not None and draft.content.type != ORDER:
        ordered = draft.basket.ordered
        voided = [line_data(line) for line in draft.basket.basket.lines if line.voided and line.id not in ordered]
        body |= {"voided": voided} if voided else {}
    entry = writer.append("receipt_recorded", body)
    if draft.basket is not None and draft.basket.row["state"] == "open" and draft.content.type != ORDER:
        writer.leaves(None)
    return receipt_row(entry, receipt), entry.hash


def _has_vouchers(content: ReceiptContent) -> bool:
    return content.type == RECEIPT and any(line.voucher for line in content.lines)


def _unchanged(writer: Writer, basket: OpenBasket) -> None:
    if writer.basket[0] is basket:
        return
    rows = fetch("SELECT state, version FROM register_basket WHERE id = %s", [basket.id])
    if not rows or rows[0]["state"] != basket.row["state"]:
        raise RegisterError("paid", "Dieser Bon ist schon bezahlt.", "Der nächste Artikel beginnt den nächsten Bon.")
    if rows[0]["version"] != basket.row["version"]:
        raise RegisterError("changed", "Der Bon hat sich gerade geändert.", "Summe ansehen und noch einmal bezahlen.")


def secure(till: Till, actor: Actor, row: Row, found: Finished | None = None, outage: str = "", end: str = "") -> Row:
    """Have a recorded receipt (its `row`) signed, write the result down and return the signature's row.

    `found` is a signature the TSE is known to have made already, `outage` the reason why it was never asked, `end` the
    end of the chain when the receipt was recorded: while it is that, nobody can have written its signature.
    """
    finished = found
    if finished is None and not outage:
        finished, outage = _finish(till, row)
    if finished is None:
        signature: dict[str, Any] = {"outage": outage}
    else:
        signature = {
            "tse_serial": row["tse_serial"],
            "tse_number": row["tse_number"],
            "tse_start": row["tse_start"],
            "tse_end": finished.log_time,
            "tse_counter": finished.signature_counter,
            "signature": base64.b64encode(finished.signature).decode(),
        }
    with writing(till, actor, synced=finished is None) as writer:
        if writer.head.hash != end:
            written = fetch("SELECT * FROM register_receipt_signature WHERE receipt_id = %s", [row["id"]])
            if written:
                return written[0]
        if finished is not None:
            note_tse(till, writer, row["tse_serial"])
        note_state(writer, outage)
        entry = writer.append("receipt_secured", {"receipt": row["id"], "signature": signature})
    till.publish("basket")
    till.publish("receipt")
    return signature_row(entry, row["id"], signature)


def _finish(till: Till, row: Row) -> tuple[Finished | None, str]:
    if not row["tse_number"]:
        return None, "TSE ausgefallen"
    try:
        data = row["process_data"].encode()
        kind = process_type(row["type"])
        return till.tse.finish(till.serial, row["tse_number"], data, kind, row["id"]).result(), ""
    except TseError as error:
        return None, outage_text(error)


def complete(till: Till, row: Row) -> None:
    """Bring a recorded receipt to its end after a cut, asking the TSE what became of its transaction."""
    if not row["tse_number"]:
        secure(till, SYSTEM, row, outage="TSE ausgefallen")
        return
    try:
        found = till.tse.find(row["tse_number"]).result()
    except TseError as error:
        secure(till, SYSTEM, row, outage=outage_text(error))
        return
    if found.state == "finished" and found.process_data == row["process_data"].encode():
        secure(till, SYSTEM, row, found=found.finish)
    elif found.state == "open":
        secure(till, SYSTEM, row)
    else:
        secure(till, SYSTEM, row, outage="TSE kennt die Transaktion nicht")


def note_tse(till: Till, writer: Writer, serial: str) -> None:
    """Write down the TSE that signs, once a device."""
    if serial in till.noted_tse:
        return
    if fetch("SELECT serial FROM register_tse WHERE serial = %s", [serial]):
        till.noted_tse.add(serial)
        return
    info = till.tse.info()
    if info.serial != serial:
        return
    tse = {
        "serial": info.serial,
        "algorithm": info.algorithm,
        "time_format": info.time_format,
        "public_key": base64.b64encode(info.public_key).decode(),
        "certificates": "\n".join(base64.b64encode(one).decode() for one in info.certificates),
        "description": info.description,
        "is_test": info.is_test,
    }
    told = {"certification_id": info.certification_id} if info.certification_id else {}
    writer.append("tse_seen", {"tse": tse, **({"told": told} if told else {})})


def note_state(writer: Writer, outage: str) -> None:
    """Begin an outage with its reason, or end the one that is open when `outage` is empty."""
    if outage and not writer.head.outage_id:
        writer.append("outage_began", {"began_at": writer.at, "reason": outage})
    elif not outage and writer.head.outage_id:
        writer.append("outage_ended", {"outage": writer.head.outage_id})


def follow(till: Till, state: ServiceState) -> None:
    """Note in the journal that the TSE has failed or is back; then end what its outage left open."""
    with writing(till, SYSTEM) as writer:
        note_state(writer, f"TSE ausgefallen: {state.reason}" if state.level == "bad" else "")
        for late in till.tse.late_results():
            body = {"kind": late.kind, "tse_number": late.transaction_number, "reference": late.reference}
            writer.append("tse_late", body)
    till.publish("status")
    if state.level != "bad":
        tidy(till)


def abort(till: Till, actor: Actor, basket: OpenBasket, reason: str = "") -> None:
    """End an emptied basket: its TSE transaction is finished as AVBelegabbruch, with a receipt row of that type."""
    content = ReceiptContent(type=ABORT, lines=(), vat=(), payments=(), total_cents=0)
    opened = basket.row["opened_at"]
    draft = Draft(id=till.new_id(), content=content, started_at=opened, basket=basket, reason=reason)
    issue(till, actor, draft)


def tidy(till: Till) -> int:
    """End this register's open transactions at the TSE that no basket and no receipt under way owns; return how many.

    Those of other registers at the same TSE are theirs to end.
    """
    owned = underway.transactions(till.register_id) | {
        future.result().transaction_number
        for future in list(till.starts.values())
        if future.done() and future.exception() is None
    }
    if any(not future.done() for future in list(till.starts.values())):
        return 0
    try:
        strangers = till.tse.strangers(owned).result()
        for stranger in strangers:
            _end_stranger(till, stranger.start)
    except TseError:
        return 0
    return len(strangers)


def _end_stranger(till: Till, started: Started) -> None:
    start = Start(serial=till.tse.info().serial, number=started.transaction_number, at=started.log_time)
    content = ReceiptContent(type=ABORT, lines=(), vat=(), payments=(), total_cents=0)
    draft = Draft(id=till.new_id(), content=content, started_at=till.now(), reason="TSE-Transaktion ohne Bon beendet")
    with writing(till, SYSTEM) as writer:
        row, _end = record(till, writer, draft, start, said_by(till, draft))
    secure(till, SYSTEM, row)
