"""Paying by a code the guest scans from our display: a GiroCode, or a payment service's merchant-presented EMVCo code.

The GiroCode is a filled-in form, the EMVCo code an order in the guest's app; neither tells the register anything.
A person sees the money arrive (on the account, in the service's app) and says so. Who may is the shop's setting.
"""

from __future__ import annotations

from enum import StrEnum

from smartecr.core.receipt import Payment
from smartecr.core.records import dataclass
from smartecr.register import queries
from smartecr.register.cashless import cardbooks, paymentsettings
from smartecr.register.errors import RegisterError
from smartecr.register.queries import ReceiptState
from smartecr.register.rights import require
from smartecr.register.sale import paying
from smartecr.register.till import Till
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right
from smartecr.terminal.qr import shown


class CodeKind(StrEnum):
    """What a code we show is."""

    GIROCODE = "girocode"
    MERCHANT = "merchant"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCode:
    """A code on the displays: its `text`, for how much, since when (unix seconds). `title` names the payment service,
    `reference` is what stands beside the money when it arrives."""

    kind: CodeKind
    text: str
    cents: int
    since: float
    title: str
    reference: str


def code(till: Till, kind: CodeKind, cents: int, number: int) -> ShownCode:
    """Return the code for an amount; `number` is the receipt's. Raises RegisterError("transfer")."""
    settings = _allowed(till, kind)
    day = queries.business_day(till)
    try:
        if kind is CodeKind.GIROCODE:
            title, reference = cardbooks.TRANSFER, f"Bon {number} vom {day[8:]}.{day[5:7]}.{day[:4]}"
            text = shown.girocode(settings.account, cents, reference)
        else:
            title, reference = settings.code_title, f"BON{number}-{day[2:4]}{day[5:7]}{day[8:]}"
            text = shown.merchant_code(settings.merchant, cents, reference)
    except shown.CodeError as error:
        raise RegisterError("transfer", error.message, "Anders bezahlen.") from None
    since = till.clock().timestamp()
    return ShownCode(kind=kind, text=text, cents=cents, since=since, title=title, reference=reference)


def confirm(
    till: Till,
    actor: Actor,
    kind: CodeKind,
    basket_id: str,
    receipt_id: str,
    expected_cents: int,
    approver: Actor | None = None,
) -> ReceiptState:
    """Issue the receipt of a basket paid by such a code: somebody saw the money.

    Raises RegisterError: "transfer" (none are taken), the missing right, and as `paying.pay`.
    """
    settings = _allowed(till, kind)
    if _who(settings, kind) == "manager":
        require(actor, approver, Right.CASH_MOVE, expected_cents)
    means = Payment(kind="Unbar", cents=expected_cents, name=cardbooks.TRANSFER)
    if kind is CodeKind.MERCHANT:
        name = cardbooks.shown_name(settings.code_title)
        means = Payment(kind="ElZahlungsdienstleister", cents=expected_cents, name=name)
    return paying.pay(till, actor, basket_id, receipt_id, [means], expected_cents=expected_cents)


def _who(settings: paymentsettings.Settings, kind: CodeKind) -> str:
    return settings.transfer if kind is CodeKind.GIROCODE else settings.code


def _allowed(till: Till, kind: CodeKind) -> paymentsettings.Settings:
    settings = paymentsettings.of(till)
    if not _who(settings, kind):
        what = "Überweisungen" if kind is CodeKind.GIROCODE else "Zahlungen mit QR-Code"
        raise RegisterError("transfer", f"{what} nimmt dieser Laden nicht an.", "Bar oder mit Karte bezahlen.")
    return settings
