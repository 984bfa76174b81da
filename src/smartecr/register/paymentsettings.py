"""What a shop decided about payments: tips, and who may confirm that a transfer arrived."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from smartecr.core.tips import FOR_OWNER, FOR_STAFF
from smartecr.register.errors import RegisterError
from smartecr.register.ledger import writing
from smartecr.register.rights import require
from smartecr.register.till import Till
from smartecr.sql import fetch
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right
from smartecr.terminal.qr import shown

CONFIRM = ("", "manager", "anyone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """As in `cardmodels.PaymentSettings`."""

    tips: str = ""
    transfer: str = ""
    account_name: str = ""
    account_iban: str = ""
    account_bic: str = ""

    @property
    def account(self) -> shown.Account:
        """Return the account transfers go to."""
        return shown.Account(name=self.account_name, iban=self.account_iban, bic=self.account_bic)


def of(till: Till) -> Settings:
    """Return what the shop decided, the defaults where it has not."""
    rows = fetch("SELECT * FROM register_payment_settings WHERE id = %s", [till.shop_id])
    return Settings(**{name: rows[0][name] for name in Settings.__dataclass_fields__}) if rows else Settings()


def save(till: Till, actor: Actor, settings: Settings, approver: Actor | None = None) -> None:
    """Write down what the shop decided. Raises RegisterError("settings") for what cannot be, and for the right."""
    note: dict[str, Any] = require(actor, approver, Right.DEVICES)
    if settings.tips not in ("", FOR_STAFF, FOR_OWNER) or settings.transfer not in CONFIRM:
        raise RegisterError("settings", "Diese Einstellung gibt es nicht.", "Neu auswählen.")
    if settings.transfer:
        try:
            shown.girocode(settings.account, 1, "")
        except shown.CodeError as error:
            raise RegisterError("settings", error.message, "Das Konto prüfen.") from None
    with writing(till, actor) as writer:
        writer.append("payment_settings_saved", {"settings": asdict(settings), **note})
    till.publish("status")
