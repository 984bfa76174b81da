"""What a shop decided about payments: tips, and who may confirm money that arrives by a code the guest scans."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from smartecr.core.records import dataclass
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
LONGEST = {
    "account_name": 70,
    "account_iban": 34,
    "account_bic": 11,
    "code_title": 24,
    "code_scheme": 32,
    "code_account": 35,
    "code_category": 4,
    "code_name": 25,
    "code_city": 15,
}
"""Letters that fit into what people write, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """As in `cardmodels.PaymentSettings`."""

    tips: str = ""
    transfer: str = ""
    account_name: str = ""
    account_iban: str = ""
    account_bic: str = ""
    code: str = ""
    code_title: str = ""
    code_scheme: str = ""
    code_account: str = ""
    code_category: str = ""
    code_name: str = ""
    code_city: str = ""

    @property
    def account(self) -> shown.Account:
        """Return the account transfers go to."""
        return shown.Account(name=self.account_name, iban=self.account_iban, bic=self.account_bic)

    @property
    def merchant(self) -> shown.Merchant:
        """Return who is paid by the payment service's code."""
        return shown.Merchant(
            scheme=self.code_scheme,
            account=self.code_account,
            category=self.code_category,
            name=self.code_name,
            city=self.code_city,
        )


def of(till: Till) -> Settings:
    """Return what the shop decided, the defaults where it has not."""
    rows = fetch("SELECT * FROM register_payment_settings WHERE id = %s", [till.shop_id])
    return Settings(**{name: rows[0][name] for name in Settings.__dataclass_fields__}) if rows else Settings()


def save(till: Till, actor: Actor, settings: Settings, approver: Actor | None = None) -> None:
    """Write down what the shop decided. Raises RegisterError("settings") for what cannot be, and for the right."""
    note: dict[str, Any] = require(actor, approver, Right.DEVICES)
    chosen = settings.transfer in CONFIRM and settings.code in CONFIRM
    if settings.tips not in ("", FOR_STAFF, FOR_OWNER) or not chosen:
        raise RegisterError("settings", "Diese Einstellung gibt es nicht.", "Neu auswählen.")
    if any(len(getattr(settings, name)) > size for name, size in LONGEST.items()):
        raise RegisterError("settings", "Eine Angabe ist zu lang.", "Kürzer schreiben.")
    try:
        if settings.transfer:
            shown.girocode(settings.account, 1, "")
        if settings.code:
            _service(settings)
    except shown.CodeError as error:
        raise RegisterError("settings", error.message, "Die Angaben prüfen und noch einmal übernehmen.") from None
    with writing(till, actor) as writer:
        writer.append("payment_settings_saved", {"settings": asdict(settings), **note})
    till.publish("status")


def _service(settings: Settings) -> None:
    if not settings.code_title.strip():
        raise shown.CodeError("Wie heißt der Zahlungsdienst? Der Name steht auf dem Bon.")
    shown.merchant_code(settings.merchant, 1)
