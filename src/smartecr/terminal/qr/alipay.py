"""Alipay+ through Antom's payment API, version 1, user-presented mode: JSON by POST, signed both ways with RSA-SHA256.

Sources: the public API description (pay, inquiryPayment, cancel, refund, request and response signatures) and the best
practice it gives: no result means to inquire every three seconds, then to cancel. ``paymentRequestId`` and
``refundRequestId`` make calls idempotent; a cancellation takes back what was paid meanwhile, until 00:15 (GMT+8)
of the next day. Amounts are cents as text.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, unquote

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from smartecr.core.records import dataclass
from smartecr.terminal.errors import NoAnswer, ProtocolBroken
from smartecr.terminal.qr.calls import FRESH, OTHER, money_of, not_known, object_of, post, unusable
from smartecr.terminal.qr.code import CustomerCode
from smartecr.terminal.qr.provider import Charge, Reply, Standing
from smartecr.terminal.qr.routing import Scheme

__all__ = ["LIVE", "SANDBOX", "Alipay", "KeyTextError", "Merchant", "private_key", "public_key", "signed_text"]

LIVE: Final = "https://open-de-global.alipay.com/ams/api/v1/payments"
SANDBOX: Final = "https://open-de-global.alipay.com/ams/sandbox/api/v1/payments"

_STANDINGS: Final = {
    "SUCCESS": Standing.APPROVED,
    "FAIL": Standing.DECLINED,
    "CANCELLED": Standing.CANCELLED,
    "PROCESSING": Standing.PENDING,
    "PENDING": Standing.PENDING,
}
_WORDS: Final = {
    "INVALID_CODE": ("Dieser Handy-Code gilt nicht (mehr).", FRESH),
    "INVALID_PAYMENT_CODE": ("Dieser Handy-Code gilt nicht (mehr).", FRESH),
    "EXPIRED_CODE": ("Dieser Handy-Code gilt nicht (mehr).", FRESH),
    "USER_BALANCE_NOT_ENOUGH": ("Das Guthaben in der App reicht nicht.", OTHER),
    "USER_PAYMENT_VERIFICATION_FAILED": ("Der Gast hat in der App nicht bestätigt.", FRESH),
    "USER_CANCELLED": ("Der Gast hat in der App abgelehnt.", FRESH),
    "PAYMENT_AMOUNT_EXCEED_LIMIT": ("Das Limit in der App reicht nicht.", OTHER),
    "USER_AMOUNT_EXCEED_LIMIT": ("Das Limit in der App reicht nicht.", OTHER),
    "ORDER_IS_CLOSED": ("Die Zeit zum Bezahlen ist abgelaufen.", FRESH),
}
_SETTINGS: Final = frozenset(
    {
        "INVALID_SIGNATURE",
        "KEY_NOT_FOUND",
        "ACCESS_DENIED",
        "CLIENT_INVALID",
        "MERCHANT_NOT_REGISTERED",
    }
)
_NOT_THERE: Final = "ORDER_NOT_EXIST"
_EVERY, _TTL = 3.0, 60.0
_SIGNATURE = re.compile(r"(?:^|[,\s])signature=([^,\s]+)", re.IGNORECASE)


class KeyTextError(ValueError):
    """A text that is no RSA key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """Who is paid, as the contract names it: ``client`` is the client id, ``store`` our number for this shop there.

    ``category`` is the merchant category code (ISO 18245). ``notify`` is where notifications go, "" where the contract
    says it: this register inquires.
    """

    client: str
    store: str
    name: str
    category: str
    notify: str = ""


class Alipay:
    """The contract of one merchant. ``key`` is our private key, ``theirs`` the service's; ``now`` local time."""

    name = "alipay"
    schemes = frozenset({Scheme.ALIPAY_PLUS, Scheme.ALIPAY})
    cancel_wins = True

    def __init__(
        self,
        http: httpx.Client,
        base_url: str,
        merchant: Merchant,
        key: rsa.RSAPrivateKey,
        theirs: rsa.RSAPublicKey,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._http = http
        self._base = base_url.rstrip("/")
        self._merchant = merchant
        self._key = key
        self._theirs = theirs
        self._now = now

    def charge(self, code: CustomerCode, charge: Charge) -> Reply:
        """Charge once: the same id again is the same payment there."""
        amount = {"currency": "EUR", "value": str(charge.cents)}
        merchant = self._merchant
        store = {"referenceStoreId": merchant.store, "storeName": merchant.name, "storeMCC": merchant.category}
        body = {
            "productCode": "IN_STORE_PAYMENT",
            "paymentRequestId": charge.id,
            "order": {
                "referenceOrderId": charge.id,
                "orderDescription": f"{merchant.name} {charge.slip}".strip(),
                "orderAmount": amount,
                "merchant": {
                    "referenceMerchantId": merchant.store,
                    "merchantName": merchant.name,
                    "merchantMCC": merchant.category,
                    "store": store,
                },
                "env": {"storeTerminalId": charge.terminal},
            },
            "paymentAmount": amount,
            "paymentMethod": {"paymentMethodType": "CONNECT_WALLET", "paymentMethodId": code.reveal()},
            "paymentFactor": {"inStorePaymentScenario": "PaymentCode"},
            **({"paymentNotifyUrl": merchant.notify} if merchant.notify else {}),
        }
        status, told = self._call("/pay", body, charges=True)
        standing = {"S": Standing.APPROVED, "U": Standing.PENDING}.get(status, Standing.DECLINED)
        return _reply(told, standing, _code(told))

    def tell(self, charge_id: str) -> Reply:
        """Return how a charge stands; one that was given back counts as cancelled."""
        status, told = self._call("/inquiryPayment", {"paymentRequestId": charge_id})
        if status != "S":
            if _code(told) == _NOT_THERE:
                return Reply(standing=Standing.UNKNOWN)
            raise NoAnswer(_code(told))
        if told.get("paymentStatus") == "SUCCESS" and (refund := _refund_status(told)):
            standing = Standing.PENDING if refund == "PROCESSING" else Standing.CANCELLED
            return _reply(told, standing, "")
        standing = _STANDINGS.get(str(told.get("paymentStatus")), Standing.UNKNOWN)
        return _reply(told, standing, str(told.get("paymentResultCode") or ""))

    def cancel(self, charge_id: str) -> Reply:
        """See to it that nothing is charged."""
        status, told = self._call("/cancel", {"paymentRequestId": charge_id})
        if status == "S":
            return _reply(told, Standing.CANCELLED, "")
        return Reply(standing=Standing.UNKNOWN, code=_code(told)[:40])

    def refund(self, refund_id: str, reference: str, cents: int) -> Reply:
        """Give money back: the same id again is the same refund there."""
        body = {
            "paymentId": reference,
            "refundRequestId": refund_id,
            "refundAmount": {"currency": "EUR", "value": str(cents)},
        }
        status, told = self._call("/refund", body, charges=True)
        return _reply(told, Standing.CANCELLED if status == "S" else Standing.DECLINED, _code(told))

    def greet(self) -> None:
        """Ask for a payment there is none of: the service answers who is known to it."""
        self.tell("smartecr-greeting")

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    # ---- inside

    def _call(self, path: str, body: dict[str, Any], *, charges: bool = False) -> tuple[str, dict[str, Any]]:
        """Ask once and return the result's status (S or F; U of a payment under way) with the whole answer."""
        url = httpx.URL(self._base + path)
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        at = self._now().isoformat(timespec="milliseconds")
        signature = self._key.sign(
            signed_text(url.path, self._merchant.client, at, text), padding.PKCS1v15(), hashes.SHA256()
        )
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "Client-Id": self._merchant.client,
            "Request-Time": at,
            "Signature": f"algorithm=RSA256, keyVersion=1, signature={quote(b64encode(signature), safe='')}",
        }
        answer = post(self._http, str(url), charges=charges, content=text.encode(), headers=headers)
        told = object_of(answer)
        result = told.get("result") if told is not None else None
        if told is None or not isinstance(result, dict) or result.get("resultStatus") not in ("S", "F", "U"):
            raise unusable(answer, charges=charges)
        status, code = str(result["resultStatus"]), _code(told)
        if status == "F" and code in _SETTINGS:
            raise not_known()
        if not self._is_theirs(answer, url.path):
            raise ProtocolBroken("the answer's signature is wrong", money=money_of(charges=charges))
        if status == "U" and not (path == "/pay" and code == "PAYMENT_IN_PROCESS"):
            raise NoAnswer(f"{path} {code}", money=money_of(charges=charges))
        return status, told

    def _is_theirs(self, answer: httpx.Response, path: str) -> bool:
        found = _SIGNATURE.search(answer.headers.get("Signature", ""))
        at = answer.headers.get("Response-Time", "")
        if found is None:
            return False
        try:
            self._theirs.verify(
                b64decode(unquote(found[1]), validate=True),
                signed_text(path, self._merchant.client, at, answer.content.decode()),
                padding.PKCS1v15(),
                hashes.SHA256(),
            )
        except (InvalidSignature, ValueError):
            return False
        return True


def signed_text(path: str, client: str, at: str, body: str) -> bytes:
    """Return what is signed of a request, and (with its own time) of an answer."""
    return f"POST {path}\n{client}.{at}.{body}".encode()


def private_key(text: str) -> rsa.RSAPrivateKey:
    """Read our key: PEM, or the base64 between its lines (PKCS#8). Raises KeyTextError."""
    try:
        key = serialization.load_der_private_key(_der(text), password=None)
    except (ValueError, TypeError):
        raise KeyTextError("no private key") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise KeyTextError("no RSA key")
    return key


def public_key(text: str) -> rsa.RSAPublicKey:
    """Read the service's key, as `private_key`."""
    try:
        key = serialization.load_der_public_key(_der(text))
    except (ValueError, TypeError):
        raise KeyTextError("no public key") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise KeyTextError("no RSA key")
    return key


def _der(text: str) -> bytes:
    return b64decode("".join(line.strip() for line in text.splitlines() if not line.startswith("-")), validate=True)


def _code(told: dict[str, Any]) -> str:
    return str(told["result"].get("resultCode") or "")


def _refund_status(told: dict[str, Any]) -> str:
    """Return how a refund of a payment stands ("" for none), out of the transactions an inquiry lists."""
    transactions = told.get("transactions")
    if not isinstance(transactions, list):
        return ""
    refunds = [one for one in transactions if isinstance(one, dict) and one.get("transactionType") == "REFUND"]
    states = {str(one.get("transactionStatus")) for one in refunds}
    return next((state for state in ("SUCCESS", "PROCESSING") if state in states), "")


def _reply(told: dict[str, Any], standing: Standing, code: str) -> Reply:
    reason, step = _WORDS.get(code, ("Die App hat die Zahlung abgelehnt.", OTHER))
    refused = standing is Standing.DECLINED
    return Reply(
        standing=standing,
        cents=_cents(told.get("paymentAmount")),
        reference=str(told.get("paymentId") or "")[:64],
        brand="Alipay+",
        code=code[:40],
        reason=reason if refused else "",
        next_step=step if refused else "",
        check_in=_EVERY,
        ttl=_TTL,
    )


def _cents(amount: object) -> int | None:
    if not isinstance(amount, dict) or amount.get("currency") != "EUR":
        return None
    value = str(amount.get("value"))
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 13 else None
