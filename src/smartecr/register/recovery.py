"""After a cut: bring every receipt that was decided to its end, exactly once, and tidy the TSE.

What a cut can leave behind, and what becomes of it:

- an open basket: stays open;
- a receipt without signature: the TSE is asked what became of the transaction. Finished with the same data: that
  signature is taken. Still open: finished now. Unknown or no TSE: issued as outage;
- an emptied basket on its way out: ended as AVBelegabbruch;
- an open TSE transaction nobody owns: finished as AVBelegabbruch, with a receipt row of that type.
"""

from __future__ import annotations

from typing import Any

from smartecr.core.receipt import ReceiptContent
from smartecr.register import securing
from smartecr.register.baskets import load
from smartecr.register.ledger import fetch, writing
from smartecr.register.till import Till
from smartecr.staff.actor import Actor
from smartecr.tse.api import TseError

SYSTEM = Actor("", "smartECR", "owner")


def recover(till: Till) -> int:
    """Complete what a cut left behind; return how many receipts were completed. Safe to repeat."""
    cut = fetch(
        "SELECT r.* FROM register_receipt r LEFT JOIN register_receipt_signature s ON s.receipt_id = r.id "
        "WHERE r.register_id = %s AND s.receipt_id IS NULL ORDER BY r.number",
        [till.register_id],
    )
    for row in cut:
        _complete(till, row)
    for row in fetch(
        "SELECT b.id FROM register_basket b WHERE b.register_id = %s AND b.state = 'paying' "
        "AND NOT EXISTS (SELECT 1 FROM register_receipt r WHERE r.basket_id = b.id)",
        [till.register_id],
    ):
        basket = load(row["id"])
        if basket is not None:
            securing.abort(till, SYSTEM, basket)
    tidy(till)
    return len(cut)


def _complete(till: Till, row: dict[str, Any]) -> None:
    if not row["tse_number"]:
        securing.secure(till, SYSTEM, row["id"], outage="TSE ausgefallen")
        return
    try:
        found = till.tse.find(row["tse_number"]).result()
    except TseError as error:
        securing.secure(till, SYSTEM, row["id"], outage=securing.outage_text(error))
        return
    if found.state == "finished" and found.process_data == row["process_data"].encode():
        securing.secure(till, SYSTEM, row["id"], found=found.finish)
    elif found.state == "open":
        securing.secure(till, SYSTEM, row["id"])
    else:
        securing.secure(till, SYSTEM, row["id"], outage="TSE kennt die Transaktion nicht")


def tidy(till: Till) -> int:
    """End the TSE's open transactions that no basket and no receipt under way owns; return how many."""
    owned = {
        int(row["tse_number"])
        for row in fetch(
            "SELECT tse_number FROM register_basket WHERE register_id = %s AND tse_number > 0 "
            "UNION SELECT r.tse_number FROM register_receipt r "
            "LEFT JOIN register_receipt_signature s ON s.receipt_id = r.id "
            "WHERE r.register_id = %s AND s.receipt_id IS NULL",
            [till.register_id, till.register_id],
        )
    }
    owned |= {
        future.result().transaction_number
        for future in list(till.starts.values())
        if future.done() and future.exception() is None
    }
    if any(not future.done() for future in list(till.starts.values())):
        return 0
    try:
        orphans = [number for number in till.tse.open_transactions().result() if number not in owned]
        for number in orphans:
            _end_orphan(till, number)
    except TseError:
        return 0
    return len(orphans)


def _end_orphan(till: Till, number: int) -> None:
    found = till.tse.find(number).result()
    if found.start is None:
        return
    start = securing.Start(serial=till.tse.info().serial, number=number, at=found.start.log_time)
    content = ReceiptContent(type=securing.ABORT, lines=(), vat=(), payments=(), total_cents=0)
    draft = securing.Draft(
        id=till.new_id(), content=content, started_at=till.now(), reason="TSE-Transaktion ohne Bon beendet"
    )
    with writing(till, SYSTEM) as writer:
        securing.record(till, writer, draft, start)
    securing.secure(till, SYSTEM, draft.id)
