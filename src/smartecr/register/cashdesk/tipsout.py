"""Tips for the staff that came with a receipt, and how they get it: in cash, out of the drawer (DSFinV-K TrinkgeldAN).

What came in and what is paid out are the same business case with two signs, told apart by its GV_NAME: the pay-out is a
receipt of its own, as every movement of cash, outside VAT and no turnover.
"""

from __future__ import annotations

from typing import NamedTuple

import orjson

from smartecr.core.kinds import PAID_OUT, TIPS
from smartecr.core.money import format_cents
from smartecr.core.receipt import Payment
from smartecr.register import queries
from smartecr.register.cashdesk import cash, drawer
from smartecr.register.errors import RegisterError
from smartecr.register.queries import ReceiptState
from smartecr.register.rights import require
from smartecr.register.sale import training
from smartecr.register.signing import securing
from smartecr.register.till import Till
from smartecr.sql import member, select
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right

_SINCE = (
    "SELECT min(r.business_day) FROM register_receipt_line l JOIN register_receipt r ON r.id = l.receipt_id "  # noqa: S608
    f"WHERE l.gv_name = '{PAID_OUT}' AND r.shop_id = %s"
)
_CLOSED = (
    "FROM register_closing WHERE register_id = %s AND z_number >= (SELECT z_number FROM register_period "
    "WHERE register_id = %s AND business_day >= %s ORDER BY z_number LIMIT 1)"
)
"""By the small rows of the periods: those of closings hold their sums and are many after years."""

_OPEN = (
    "SELECT sum(l.amount_cents), sum(CASE WHEN l.gv_name = %s THEN -l.amount_cents ELSE 0 END) "
    "FROM register_receipt r JOIN register_receipt_line l ON l.receipt_id = r.id "
    "WHERE r.register_id = %s AND r.number > COALESCE((SELECT last_number FROM register_closing "
    "WHERE register_id = %s ORDER BY z_number DESC LIMIT 1), 0) AND r.type = 'Beleg' AND l.gv_typ = %s"
)


class Tips(NamedTuple):
    """Cents of tips: `owed` to the shop's staff, `paid_out` at one till since its last closing."""

    owed: int
    paid_out: int


def standing(till: Till) -> Tips:
    """Return what of tips lies in the shop's books for its staff, and what this till paid out, less what came back.

    What is owed is counted from the day of the first such pay-out on, before that today's alone: how a shop gave tips
    out until then is not in these lines. Closed periods are counted by their closings.
    """
    first = select(_SINCE, [till.shop_id])[0][0] or queries.business_day(till)
    found = {register_id: _open(register_id) for register_id, _name in queries.registers(till.shop_id)}
    owed = sum(_closed(register_id, first) + came for register_id, (came, _went) in found.items())
    return Tips(owed, found[till.register_id][1])


def _closed(register_id: str, first: str) -> int:
    rows = select(
        f"SELECT {member('totals', 'businesscases')} {_CLOSED}",
        [register_id, register_id, first],
    )
    return sum(case[4] for (cases,) in rows for case in orjson.loads(cases) if case[0] == TIPS)


def _open(register_id: str) -> tuple[int, int]:
    came, went = select(_OPEN, [PAID_OUT, register_id, register_id, TIPS])[0]
    return int(came or 0), int(went or 0)  # PostgreSQL sums to decimals


def pay_out(
    till: Till, actor: Actor, receipt_id: str, cents: int, whom: str, approver: Actor | None = None
) -> ReceiptState:
    """Give `cents` of the tips to `whom` out of the drawer and return the receipt; the same call again books nothing.

    Less than nothing comes back: a pay-out since the last closing that was too much. Raises RegisterError: "amount"
    (nothing, or more than is there to pay out or to come back), "reason" (nobody named), "stock" (not in the drawer).
    """
    note = require(actor, approver, Right.CASH_MOVE, cents)
    if securing.known(till, receipt_id) is not None:
        return queries.receipt(receipt_id)
    training.refuse(till)
    if not whom.strip():
        raise RegisterError("reason", "Um wessen Trinkgeld geht es?", "Einen Namen wählen oder eintippen.")
    _check(till, cents)
    day = cash.carry_float(till, actor)
    drawer.covers(till, actor, [Payment(kind="Bar", cents=-cents)])
    text = "Trinkgeld ausgezahlt" if cents > 0 else "Trinkgeld zurück"
    draft = securing.Draft(
        id=receipt_id,
        content=cash.content(TIPS, -cents, text, day, gv_name=PAID_OUT),
        started_at=till.now(),
        reason=whom.strip()[:200],
        opens_drawer=True,
        note=note,
    )
    return queries.issued(draft.content, *securing.issue(till, actor, draft))


def _check(till: Till, cents: int) -> None:
    if cents < 0:
        out = standing(till).paid_out
        if -cents > out:
            next_step = f"Seit dem letzten Abschluss waren es {format_cents(out)} €."
            raise RegisterError("amount", "So viel Trinkgeld wurde nicht ausgezahlt.", next_step)
        return
    left = max(standing(till).owed, 0)
    if not 0 < cents <= left:
        next_step = f"Offen sind {format_cents(left)} €. Anderes Geld als Auszahlung buchen."
        raise RegisterError("amount", "Diesen Betrag gibt es nicht als Trinkgeld.", next_step)
