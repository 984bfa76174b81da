"""Paying by transfer: the guest scans a GiroCode, a person sees the money arrive and says so.

The code is a filled-in form and nothing more: no answer comes to the register. Who may confirm is the shop's setting.
"""

from __future__ import annotations

from smartecr.core.receipt import Payment
from smartecr.register import cardbooks, paying, paymentsettings, queries
from smartecr.register.errors import RegisterError
from smartecr.register.queries import ReceiptState
from smartecr.register.rights import require
from smartecr.register.till import Till
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right
from smartecr.terminal.qr import shown


def code(till: Till, cents: int, number: int) -> str:
    """Return the text of the GiroCode for an amount; `number` is the receipt's. Raises RegisterError("transfer")."""
    settings = _allowed(till)
    day = queries.business_day(till)
    try:
        return shown.girocode(settings.account, cents, f"Bon {number} vom {day[8:]}.{day[5:7]}.{day[:4]}")
    except shown.CodeError as error:
        raise RegisterError("transfer", error.message, "Anders bezahlen.") from None


def confirm(
    till: Till, actor: Actor, basket_id: str, receipt_id: str, expected_cents: int, approver: Actor | None = None
) -> ReceiptState:
    """Issue the receipt of a basket paid by transfer: somebody saw the money on the account.

    Raises RegisterError: "transfer" (none are taken), the missing right, and as `paying.pay`.
    """
    if _allowed(till).transfer == "manager":
        require(actor, approver, Right.CASH_MOVE)
    means = Payment(kind="Unbar", cents=expected_cents, name=cardbooks.TRANSFER)
    return paying.pay(till, actor, basket_id, receipt_id, [means], expected_cents=expected_cents)


def _allowed(till: Till) -> paymentsettings.Settings:
    settings = paymentsettings.of(till)
    if not settings.transfer:
        raise RegisterError("transfer", "Überweisungen nimmt dieser Laden nicht an.", "Bar oder mit Karte bezahlen.")
    return settings
