"""Bluecode's merchant API, version 4, over HTTPS: JSON by POST, basic authentication.

Sources: the public API description and the rules for clients it gives (10 s for a call; after a time-out ask for the
status, then cancel until it succeeds; ``MERCHANT_TX_ID_NOT_UNIQUE`` says that the first request did arrive).
"""

from __future__ import annotations

from typing import Any, Final

import httpx

from smartecr.terminal.errors import NoAnswer
from smartecr.terminal.qr.calls import FRESH, OTHER, money_of, not_known, object_of, post, unusable, whole
from smartecr.terminal.qr.code import CustomerCode
from smartecr.terminal.qr.provider import Charge, Reply, Standing
from smartecr.terminal.qr.routing import Scheme

__all__ = ["LIVE", "SANDBOX", "Bluecode"]

LIVE: Final = "https://merchant-api.bluecode.com/v4"
SANDBOX: Final = "https://merchant-api.bluecode.biz/v4"

_STANDINGS: Final = {
    "APPROVED": Standing.APPROVED,
    "DECLINED": Standing.DECLINED,
    "ERROR": Standing.DECLINED,
    "FAILURE": Standing.DECLINED,
    "CANCELLED": Standing.CANCELLED,
    "CANCELED": Standing.CANCELLED,
    "REFUNDED": Standing.CANCELLED,
    "REGISTERED": Standing.PENDING,
    "PROCESSING": Standing.PENDING,
}
_WORDS: Final = {
    "INVALID_BARCODE": ("Dieser Handy-Code gilt nicht (mehr).", FRESH),
    "ISSUER_NOT_SUPPORTED": ("Diese App wird hier nicht angenommen.", OTHER),
    "LIMIT_EXCEEDED": ("Das Limit in der App reicht nicht.", OTHER),
    "INSUFFICIENT_FUNDS": ("Die App hat die Zahlung abgelehnt.", OTHER),
    "FRAUD_DETECTED": ("Die App hat die Zahlung abgelehnt.", OTHER),
    "INVALID_STATE": ("Die App hat die Zahlung abgelehnt.", OTHER),
    "CANCELLED_BY_USER": ("Der Gast hat in der App abgelehnt.", FRESH),
    "AMOUNT_TOO_HIGH": ("Der Betrag ist dafür zu hoch.", OTHER),
}
_SETTINGS: Final = frozenset({"UNAUTHORIZED", "BRANCH_NOT_FOUND"})
_BUSY: Final = frozenset({"SERVICE_UNAVAILABLE", "SYSTEM_FAILURE"})


class Bluecode:
    """The contract of one branch (``branch`` is its external id). ``http`` brings time-outs and verification."""

    name = "bluecode"
    #: with scheme AUTO the service passes the codes of its partners on
    schemes = frozenset({Scheme.BLUECODE, Scheme.ALIPAY, Scheme.ALIPAY_PLUS})
    cancel_wins = True

    def __init__(self, http: httpx.Client, base_url: str, branch: str, username: str, password: str) -> None:
        self._http = http
        self._base = base_url.rstrip("/")
        self._branch = branch
        self._who = httpx.BasicAuth(username, password)

    def charge(self, code: CustomerCode, charge: Charge) -> Reply:
        """Charge once. An id that was used already is asked for instead."""
        reply = self._call(
            "/payment",
            {
                "merchant_tx_id": charge.id,
                "branch_ext_id": self._branch,
                "barcode": code.reveal(),
                "requested_amount": charge.cents,
                "currency": "EUR",
                "scheme": "AUTO",
                "slip": charge.slip,
                "terminal": charge.terminal,
                **({"tip_amount": charge.tip} if charge.tip else {}),
            },
            charges=True,
        )
        return self.tell(charge.id) if reply.code == "MERCHANT_TX_ID_NOT_UNIQUE" else reply

    def tell(self, charge_id: str) -> Reply:
        """Return how a charge stands."""
        return self._call("/status", {"merchant_tx_id": charge_id})

    def cancel(self, charge_id: str) -> Reply:
        """See to it that nothing is charged."""
        return self._call("/cancel", {"merchant_tx_id": charge_id}, worked=Standing.CANCELLED)

    def refund(self, _refund_id: str, reference: str, cents: int) -> Reply:
        """Give money back; the service takes no id of ours for it."""
        body = {"acquirer_tx_id": reference, "amount": cents, "reason": "Storno"}
        return self._call("/refund", body, charges=True, worked=Standing.CANCELLED)

    def greet(self) -> None:
        """Send the heartbeat the service asks for."""
        self._call("/heartbeat", {"event": "start", "branch_ext_id": self._branch})

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def _call(self, path: str, body: dict[str, Any], *, charges: bool = False, worked: Standing | None = None) -> Reply:
        """Ask once. ``charges``: money may have moved when no answer comes."""
        answer = post(self._http, self._base + path, charges=charges, json=body, auth=self._who)
        told = _told(answer)
        if told is None:
            raise unusable(answer, charges=charges)
        code = str(told.get("error_code") or (told.get("payment") or {}).get("code") or "")
        if code in _SETTINGS or answer.status_code in (401, 403):
            raise not_known()
        if code in _BUSY:
            raise NoAnswer(f"{path} {code}", money=money_of(charges=charges))
        return _reply(told, code, worked)


def _told(answer: httpx.Response) -> dict[str, Any] | None:
    """Return the answer where it says a result."""
    told = object_of(answer)
    if told is None or told.get("result") not in ("OK", "PROCESSING", "ERROR"):
        return None
    return told if all(isinstance(told.get(part) or {}, dict) for part in ("payment", "status")) else None


def _reply(told: dict[str, Any], code: str, worked: Standing | None) -> Reply:
    payment, status = told.get("payment") or {}, told.get("status") or {}
    if told["result"] == "ERROR":
        missing = code == "TRANSACTION_NOT_FOUND"
        standing = Standing.UNKNOWN if missing else _STANDINGS.get(str(payment.get("state")), Standing.DECLINED)
    elif told["result"] == "PROCESSING":
        standing = Standing.PENDING
    else:
        standing = worked or _STANDINGS.get(str(payment.get("state")), Standing.UNKNOWN)
    reason, step = _WORDS.get(code, ("Die App hat die Zahlung abgelehnt.", OTHER))
    refused = standing is Standing.DECLINED
    return Reply(
        standing=standing,
        cents=whole(payment.get("total_amount")),
        tip=whole(payment.get("consumer_tip_amount")) or 0,
        reference=str(payment.get("acquirer_tx_id") or "")[:64],
        brand="Bluecode",
        code=code[:40],
        reason=reason if refused else "",
        next_step=step if refused else "",
        check_in=(whole(status.get("check_status_in")) or 2000) / 1000,
        ttl=(whole(status.get("ttl")) or 60_000) / 1000,
    )
