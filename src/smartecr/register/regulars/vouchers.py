"""Vouchers in the books: sold, redeemed, given back.

The receipts are the ledger: what lies on a voucher is the sum of the receipt lines that bear its number. A voucher is
looked at with its row locked, both when it is laid on a basket and when the receipt is recorded, so no two tills spend
it twice; and it lies on one open basket at a time, so that no card is charged beside a voucher that is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from smartecr.core.kinds import SINGLE_SALE, VOUCHER_SALES
from smartecr.core.money import format_cents
from smartecr.core.receipt import ReceiptContent, ReceiptLine
from smartecr.core.records import dataclass
from smartecr.core.vouchers import expires_on, shown
from smartecr.customers import codes
from smartecr.customers.errors import CardError
from smartecr.register.errors import RegisterError
from smartecr.register.ledger import writing
from smartecr.register.rights import require
from smartecr.register.till import Till
from smartecr.sql import fetch, on_postgresql, select
from smartecr.staff.rights import Right

if TYPE_CHECKING:
    from smartecr.register.ledger import Writer
    from smartecr.staff.actor import Actor

UNKNOWN = "Diesen Gutschein gibt es hier nicht."


@dataclass(frozen=True, slots=True, kw_only=True)
class Voucher:
    """A voucher as it stands; days are text ("2029-12-31"), `balance_cents` is what may still be redeemed."""

    number: str
    secret: str
    kind: str
    name: str
    vat_key: int
    cents: int
    balance_cents: int
    receipt_id: str
    sold_on: str
    expires_on: str
    blocked: str

    @property
    def code(self) -> str:
        """Return the text of its QR code."""
        return codes.code(codes.VOUCHER, self.number, self.secret)


_SELECT = (
    "SELECT v.number, v.secret, v.kind, v.name, v.vat_key, v.cents, v.receipt_id, v.sold_on, v.expires_on, "
    "(SELECT coalesce(sum(l.amount_cents), 0) FROM register_receipt_line l "
    "JOIN register_receipt r ON r.id = l.receipt_id AND r.type = 'Beleg' "
    "WHERE l.voucher = v.number AND NOT (l.voucher = '')) AS balance_cents, "
    "(SELECT CASE WHEN m.blocked THEN m.reason ELSE '' END FROM customers_voucher_mark m WHERE m.number = v.number "
    "ORDER BY m.at DESC, m.id DESC LIMIT 1) AS blocked FROM customers_voucher v "
)


def find(number: str) -> Voucher | None:
    """Return the voucher with this number, or None."""
    found = _read("WHERE v.number = %s", [number])
    return found[0] if found else None


def sold_with(receipt_id: str) -> list[Voucher]:
    """Return the vouchers a receipt sold."""
    return _read("WHERE v.receipt_id = %s ORDER BY v.number", [receipt_id])


def latest(limit: int, text: str = "") -> list[Voucher]:
    """Return vouchers, newest first, those whose number begins with `text`."""
    start = "".join(character for character in text.upper() if character in codes.ALPHABET)
    return _read("WHERE v.number LIKE %s ORDER BY v.sold_on DESC, v.number LIMIT %s", [f"{start}%", limit])


def _read(where: str, arguments: Sequence[Any]) -> list[Voucher]:
    return [
        Voucher(**{**row, "balance_cents": int(row["balance_cents"]), "blocked": row["blocked"] or ""})
        for row in fetch(_SELECT + where, arguments)
    ]


def by_code(text: str) -> Voucher:
    """Return the voucher whose whole code this is. Raises RegisterError("code", "unknown")."""
    try:
        number, secret = codes.read(text, codes.VOUCHER)
    except CardError as error:
        raise RegisterError(error.code, error.message, error.next_step) from error
    found = find(number)
    if found is None or not codes.same(found.secret, secret):
        raise RegisterError("unknown", UNKNOWN, "Den Code noch einmal scannen.")
    return found


def usable(found: Voucher, business_day: str, basket_id: str) -> None:
    """Raise RegisterError unless the voucher may be redeemed for this basket today.

    "expired" after the last day (§§ 195, 199, 214 BGB: the shop may still accept it, by a right), "spent", "blocked",
    "elsewhere" when it lies on another open basket.
    """
    name = f"Gutschein {shown(found.number)}"
    if found.blocked:
        raise RegisterError("blocked", f"{name} ist gesperrt: {found.blocked}", "Im Büro nachsehen.")
    if found.balance_cents <= 0:
        raise RegisterError("spent", f"{name} ist aufgebraucht.")
    sql = (
        "SELECT l.data FROM register_basket_line l JOIN register_basket b ON b.id = l.basket_id "
        "WHERE l.data LIKE %s AND b.id <> %s AND b.state <> 'ending'"
    )
    for (data,) in select(sql, [f'%"voucher":"{found.number}"%', basket_id]):
        if '"voided":true' not in data:
            raise RegisterError("elsewhere", f"{name} liegt schon auf einem anderen Bon.", "Dort herunternehmen.")
    if business_day > found.expires_on:
        text = f"{name} galt bis {german(found.expires_on)}."
        raise RegisterError("expired", text, "Annehmen darf ihn, wer die Freigabe hat.")


def lock(numbers: Iterable[str]) -> None:
    """Keep other tills from these vouchers until the transaction ends. SQLite has one writer anyway."""
    wanted = sorted(set(numbers))
    if wanted and on_postgresql():
        marks = ", ".join(["%s"] * len(wanted))
        select(f"SELECT number FROM customers_voucher WHERE number IN ({marks}) ORDER BY number FOR UPDATE", wanted)  # noqa: S608


def fresh_number(till: Till) -> str:
    """Return a number no voucher has."""
    number, _secret = codes.fresh(till.random_bytes(codes.RANDOM_BYTES))
    return number if find(number) is None else fresh_number(till)


def take(writer: Writer, receipt_id: str, content: ReceiptContent) -> list[dict[str, Any]]:
    """Let a receipt move what lies on vouchers; return the rows of those it sells.

    Raises RegisterError when a voucher does not hold (any more) what is taken from it; nothing is recorded then.
    """
    lines = [line for line in content.lines if line.voucher]
    sold = {line.voucher: line for line in lines if line.gv_typ in VOUCHER_SALES and line.amount_cents > 0}
    lock(line.voucher for line in lines)
    _covered([line for line in lines if line.voucher not in sold])
    sold_on = day(writer.business_day)
    return [
        {
            "number": number,
            "secret": codes.fresh(writer.till.random_bytes(codes.RANDOM_BYTES))[1],
            "kind": line.gv_typ,
            "name": line.text[:120],
            "vat_key": line.vat_key,
            "cents": line.amount_cents,
            "receipt_id": receipt_id,
            "sold_on": writer.business_day,
            "expires_on": expires_on(sold_on).isoformat(),
        }
        for number, line in sold.items()
    ]


def covers(content: ReceiptContent) -> None:
    """Raise RegisterError unless the vouchers of a receipt to be cancelled still hold what it sold."""
    _covered([line for line in content.lines if line.voucher], sign=-1)


def _covered(lines: Sequence[ReceiptLine], sign: int = 1) -> None:
    for line in lines:
        cents = sign * line.amount_cents
        found = find(line.voucher)
        if found is None:
            raise RegisterError("unknown", UNKNOWN)
        if found.balance_cents + cents >= 0:
            continue
        name, left = f"Gutschein {shown(line.voucher)}", format_cents(found.balance_cents)
        if line.gv_typ in VOUCHER_SALES:
            text = f"Von {name} ist schon etwas eingelöst, es sind noch {left} € darauf."
            raise RegisterError("used", text, "Erst die Bons stornieren, die ihn eingelöst haben.")
        raise RegisterError("spent", f"Auf {name} sind nur noch {left} €.", "Gutschein vom Bon nehmen, neu scannen.")


def mark(till: Till, actor: Actor, number: str, reason: str, approver: Actor | None = None) -> None:
    """Block a voucher for `reason`, or free it again with an empty one. Raises RegisterError("unknown", "right")."""
    note = require(actor, approver, Right.VOUCHERS)
    if find(number) is None:
        raise RegisterError("unknown", UNKNOWN)
    with writing(till, actor) as writer:
        writer.append(
            "voucher_marked", {"mark": {"number": number, "blocked": bool(reason), "reason": reason[:200]}, **note}
        )


def open_sums() -> dict[str, int]:
    """Return what is still to be redeemed, in cents, by kind: "multi" and "single"."""
    sums = {"multi": 0, "single": 0}
    rows = select(
        "SELECT v.kind, sum(l.amount_cents) FROM customers_voucher v "
        "JOIN register_receipt_line l ON l.voucher = v.number AND NOT (l.voucher = '') "
        "JOIN register_receipt r ON r.id = l.receipt_id AND r.type = 'Beleg' GROUP BY v.kind"
    )
    for kind, cents in rows:
        sums["single" if kind == SINGLE_SALE else "multi"] = int(cents)
    return sums


def left_after(receipt_id: str, numbers: Sequence[str]) -> dict[str, int]:
    """Return what lay on vouchers when a receipt was issued."""
    if not numbers:
        return {}
    marks = ", ".join(["%s"] * len(numbers))
    sql = (
        "SELECT l.voucher, sum(l.amount_cents) FROM register_receipt_line l "  # noqa: S608 marks only
        "JOIN register_receipt r ON r.id = l.receipt_id JOIN register_receipt own ON own.id = %s "
        f"WHERE l.voucher IN ({marks}) AND NOT (l.voucher = '') "
        "AND r.type = 'Beleg' AND (r.recorded_at < own.recorded_at "
        "OR r.recorded_at = own.recorded_at AND (r.number <= own.number OR r.register_id <> own.register_id)) "
        "GROUP BY l.voucher"
    )
    return {number: int(cents) for number, cents in select(sql, [receipt_id, *numbers])}


def history(number: str) -> list[dict[str, Any]]:
    """Return what happened to a voucher, oldest first: receipt_id, receipt, at, gv_typ, cents."""
    return fetch(
        "SELECT r.id AS receipt_id, r.number AS receipt, r.recorded_at AS at, l.gv_typ, l.amount_cents AS cents "
        "FROM register_receipt_line l JOIN register_receipt r ON r.id = l.receipt_id "
        "WHERE l.voucher = %s AND NOT (l.voucher = '') AND r.type = 'Beleg' ORDER BY r.recorded_at, r.number",
        [number],
    )


def day(text: str) -> date:
    """Return a day kept as text."""
    return date.fromisoformat(text)


def german(text: str) -> str:
    """Return a day kept as text as people write it: "31.12.2029"."""
    return f"{day(text):%d.%m.%Y}"


def wrong() -> list[str]:
    """Return what does not hold between vouchers and receipts, as German sentences (see `verify`)."""
    off = (
        f"SELECT number, balance_cents FROM ({_SELECT}) AS every WHERE balance_cents < 0 OR balance_cents > cents "  # noqa: S608
        "ORDER BY number"
    )
    found = [f"Gutschein {shown(number)}: {format_cents(int(cents))} € liegen darauf" for number, cents in select(off)]
    orphans = select(
        "SELECT DISTINCT l.voucher FROM register_receipt_line l LEFT JOIN customers_voucher v ON v.number = l.voucher "
        "JOIN register_receipt r ON r.id = l.receipt_id AND r.type = 'Beleg' "
        "WHERE NOT (l.voucher = '') AND v.number IS NULL ORDER BY l.voucher"
    )
    return found + [f"Gutschein {shown(number)}: auf Bons, aber nie verkauft" for (number,) in orphans]
