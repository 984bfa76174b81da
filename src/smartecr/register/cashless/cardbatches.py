"""The terminal's batch held against our books: sums by card scheme and, where they differ, payment by payment.

ZVT tells the sums of seven schemes and the first and last receipt number of a batch (BMP 60), not its payments. So a
payment of ours is found in it by the number the terminal gave it; a number between that none of ours bears is named:
a refused try, or a payment the books do not know.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from smartecr.register.cashless import cardbooks, carddesk
from smartecr.register.cashless.cardbooks import CardPayment
from smartecr.register.errors import RegisterError
from smartecr.register.till import Till
from smartecr.sql import fetch
from smartecr.terminal.api import BatchResult, Capability
from smartecr.terminal.doubt import effect_of
from smartecr.terminal.errors import TerminalError

_COLUMNS = {
    "Maestro": "Mastercard",
    "V PAY": "Visa",
    "Visa Electron": "Visa",
}
"""Under which scheme a terminal counts a product that has no column of its own in BMP 60."""
_LARGEST_NUMBER = 9_999
_MOST_NUMBERS = 500
_MOST_NAMED = 20


def close(till: Till) -> dict[str, Any] | None:
    """Close the terminal's batch (Kassenschnitt) and hold it against the books; None without a terminal.

    A terminal that cannot be asked keeps nobody from closing the day: the closing says so, and the batch waits.
    """
    if till.cards is None:
        return None
    terminal_id, before = till.cards.terminal_id, _last_closing(till)
    since = began(terminal_id, before)
    try:
        closed = end_of_day(till)
    except RegisterError as error:
        return {"error": error.message, "total_cents": None, "difference_cents": 0, "by_brand": []}
    if closed is None:
        return None
    return compare(terminal_id, since, _closed_since(terminal_id, before, closed))


def end_of_day(till: Till) -> BatchResult | None:
    """Close the terminal's batch; None for a terminal that has none. Raises RegisterError when it could not."""
    desk = till.cards
    if desk is None or Capability.END_OF_DAY not in desk.capabilities:
        return None
    carddesk.no_doubt(desk)
    try:
        return desk.service.end_of_day().result()
    except TerminalError as error:
        raise RegisterError("terminal", error.message, error.next_step) from error


def _last_closing(till: Till) -> str:
    """Return when the last period was closed (journal text, "" for none)."""
    sql = "SELECT closed_at FROM register_closing WHERE register_id = %s ORDER BY z_number DESC LIMIT 1"
    rows = fetch(sql, [till.register_id])
    return str(rows[0]["closed_at"]) if rows else ""


def began(terminal_id: str, at: str = "9") -> str:
    """Return when the batch began that was open at an instant, or is now (journal text, "" for the first)."""
    sql = "SELECT at FROM register_card_batch WHERE terminal_id = %s AND at <= %s ORDER BY at DESC LIMIT 1"
    rows = fetch(sql, [terminal_id, at])
    return str(rows[0]["at"]) if rows else ""


def _closed_since(terminal_id: str, at: str, last: BatchResult) -> BatchResult:
    """Return all batches closed after an instant as one, `last` among them.

    Somebody may close one at the terminal's sheet, or a closing that is then given up: what it said counts for the day.
    """
    sql = "SELECT data FROM register_card_batch WHERE terminal_id = %s AND at > %s ORDER BY at"
    found = [_read(json.loads(row["data"])) for row in fetch(sql, [terminal_id, at])] or [last]
    by_brand: dict[str, tuple[int, int]] = {}
    for batch in found:
        for brand, (count, cents) in batch.by_brand.items():
            before = by_brand.get(brand, (0, 0))
            by_brand[brand] = before[0] + count, before[1] + cents
    taken = [batch for batch in found if batch.last_receipt.strip("0")] or [last]
    return BatchResult(
        total=sum(batch.total for batch in found),
        by_brand=by_brand,
        first_receipt=taken[0].first_receipt,
        last_receipt=taken[-1].last_receipt,
        closed=True,
    )


def _read(data: dict[str, Any]) -> BatchResult:
    by_brand = {brand: (count, cents) for brand, (count, cents) in data["by_brand"].items()}
    return BatchResult(
        total=data["total"],
        by_brand=by_brand,
        first_receipt=data["first_receipt"],
        last_receipt=data["last_receipt"],
        closed=True,
    )


def compare(terminal_id: str, since: str, batch: BatchResult) -> dict[str, Any]:
    """Return a batch beside what our books have for it since an instant, as a closing keeps it.

    `by_brand` are [scheme, terminal, books] in cents. Where the sums differ, `lines` are our payments as [receipt
    number, trace, scheme, cents, number of our receipt (0: none), whether the batch has it (None: not told)], and
    `strange` the terminal's receipt numbers that none of them bears; both empty where the sums agree.
    """
    payments = cardbooks.completed_since(terminal_id, since)
    booked = _by_scheme(payments, batch)
    brands = sorted(set(booked) | set(batch.by_brand))
    difference = batch.total - sum(booked.values())
    lines = [_line(payment, batch) for payment in payments] if difference else []
    return {
        "error": "",
        "total_cents": batch.total,
        "difference_cents": difference,
        "by_brand": [[brand, batch.by_brand.get(brand, (0, 0))[1], booked.get(brand, 0)] for brand in brands],
        "lines": lines,
        "strange": _strange(lines, batch) if difference else [],
    }


def _by_scheme(payments: list[CardPayment], batch: BatchResult) -> dict[str, int]:
    sums: dict[str, int] = {}
    for payment in payments:
        scheme = payment.brand or "?"
        if scheme not in batch.by_brand:
            scheme = _COLUMNS.get(scheme, scheme)
        sums[scheme] = sums.get(scheme, 0) + effect_of(payment.kind, payment.cents)
    return sums


def _line(payment: CardPayment, batch: BatchResult) -> list[Any]:
    result = payment.result
    receipt_no = result.receipt_no if result is not None else ""
    rows = fetch("SELECT number FROM register_receipt WHERE id = %s", [payment.receipt_id])
    return [
        receipt_no,
        result.trace if result is not None else "",
        payment.brand,
        effect_of(payment.kind, payment.cents),
        int(rows[0]["number"]) if rows else 0,
        _within(receipt_no, batch),
    ]


def _within(receipt_no: str, batch: BatchResult) -> bool | None:
    first, last = batch.first_receipt, batch.last_receipt
    if not (receipt_no.isdecimal() and first.isdecimal() and last.isdecimal()):
        return None
    number, lower, upper = int(receipt_no), int(first), int(last)
    if lower == upper == 0:
        return False
    return lower <= number <= upper if lower <= upper else number >= lower or number <= upper


def _strange(lines: list[list[Any]], batch: BatchResult) -> list[str]:
    ours = {int(line[0]) for line in lines if line[0].isdecimal()}
    return [f"{number:04d}" for number in _numbers(batch) if number not in ours][:_MOST_NAMED]


def _numbers(batch: BatchResult) -> Iterator[int]:
    """Yield the receipt numbers of a batch; they start anew after 9999."""
    if not (batch.first_receipt.isdecimal() and batch.last_receipt.isdecimal()):
        return
    number, last = int(batch.first_receipt), int(batch.last_receipt)
    for _ in range(_MOST_NUMBERS):
        if number:
            yield number
        if number == last:
            return
        number = number % _LARGEST_NUMBER + 1
