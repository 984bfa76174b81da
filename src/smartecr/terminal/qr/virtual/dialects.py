"""How the twin speaks: Bluecode's merchant API, or Antom's payment API, which it signs and whose signatures it checks.

The book behind is one (``service``, in Bluecode's words); a dialect turns a request into a call of it and words the
answer. Each has its own kind of codes on the phone.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import quote, unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from smartecr.terminal.qr.virtual.service import WalletService

__all__ = ["BRANCH", "CLIENT", "PASSWORD", "USERNAME", "AntomDialect", "BluecodeDialect", "Dialect", "Worded"]

USERNAME, PASSWORD, BRANCH = "uebung", "uebung-geheim", "laden-1"
CLIENT = "UEBUNG_5Y0000000000000001"
"""Who may call, in the twin alone."""

Worded = tuple[int, bytes, dict[str, str]]
"""Status, body and further headers of an answer."""


class Dialect(Protocol):
    """A provider's HTTP over the twin's book."""

    @property
    def root(self) -> str:
        """The path below which the merchant's calls come."""
        ...

    def answer(self, service: WalletService, path: str, headers: Mapping[str, str], body: bytes) -> Worded:
        """Answer a call of ``path`` (below the root). Raises Dropped where the connection is cut."""
        ...


class BluecodeDialect:
    """Bluecode's merchant API, version 4: basic authentication, the branch in the body."""

    root = "/v4"

    def answer(self, service: WalletService, path: str, headers: Mapping[str, str], body: bytes) -> Worded:
        """As in Dialect."""
        if not _is_known(headers.get("Authorization", "")):
            return _json(401, {"result": "ERROR", "error_code": "UNAUTHORIZED"})
        asked = _object(body)
        if asked.get("branch_ext_id", BRANCH) != BRANCH:
            return _json(200, {"result": "ERROR", "error_code": "BRANCH_NOT_FOUND"})
        try:
            return _json(*service.call(path, asked))
        except (KeyError, ValueError, TypeError):
            return _json(400, {"result": "ERROR", "error_code": "INVALID_PARAMETER"})


class AntomDialect:
    """Antom's payment API, version 1. ``key`` is the service's private key, ``merchant`` the public one it knows.

    ``now`` is ISO time with zone, for its signatures.
    """

    root = "/ams/api/v1/payments"

    def __init__(self, key: rsa.RSAPrivateKey, merchant: rsa.RSAPublicKey, now: Callable[[], str]) -> None:
        self._key = key
        self._merchant = merchant
        self._now = now

    def answer(self, service: WalletService, path: str, headers: Mapping[str, str], body: bytes) -> Worded:
        """As in Dialect."""
        whole = self.root + path
        if headers.get("Client-Id") != CLIENT:
            return self._signed(whole, 200, _result("F", "CLIENT_INVALID"))
        if not self._is_signed(whole, headers, body):
            return self._signed(whole, 200, _result("F", "INVALID_SIGNATURE"))
        handlers = {
            "/pay": self._pay,
            "/inquiryPayment": self._inquiry,
            "/cancel": self._cancel,
            "/refund": self._refund,
        }
        handler = handlers.get(path)
        if handler is None:
            return self._signed(whole, 404, {})
        try:
            status, told = handler(service, _object(body))
        except (KeyError, ValueError, TypeError):
            status, told = 200, _result("F", "PARAM_ILLEGAL")
        return self._signed(whole, status, told)

    def _pay(self, service: WalletService, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        amount, scenario = asked["paymentAmount"], asked["paymentFactor"]["inStorePaymentScenario"]
        if amount["currency"] != "EUR" or amount != asked["order"]["orderAmount"] or scenario != "PaymentCode":
            return 200, _result("F", "PARAM_ILLEGAL")
        call = {
            "merchant_tx_id": asked["paymentRequestId"],
            "barcode": asked["paymentMethod"]["paymentMethodId"],
            "requested_amount": int(amount["value"]),
        }
        status, told = service.call("/payment", call)
        if told.get("error_code") == "MERCHANT_TX_ID_NOT_UNIQUE":
            status, told = service.call("/status", call)
        return _worded(status, told)

    def _inquiry(self, service: WalletService, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        call = {"merchant_tx_id": asked["paymentRequestId"]}
        if call["merchant_tx_id"] == "smartecr-greeting":
            status, _ = service.call("/heartbeat", call)
            return (status, {}) if status >= 500 else (200, _result("F", "ORDER_NOT_EXIST"))
        status, told = service.call("/status", call)
        if status >= 500:
            return status, {}
        if told.get("error_code") == "TRANSACTION_NOT_FOUND":
            return 200, _result("F", "ORDER_NOT_EXIST")
        payment = told.get("payment", {})
        states = {"APPROVED": "SUCCESS", "REFUNDED": "SUCCESS", "DECLINED": "FAIL", "CANCELLED": "CANCELLED"}
        standing = "PROCESSING" if told["result"] == "PROCESSING" else states[payment["state"]]
        code = "USER_CANCELLED" if standing == "FAIL" else "SUCCESS"
        amount = {"currency": "EUR", "value": str(payment.get("total_amount", 0))}
        refund = {"transactionType": "REFUND", "transactionStatus": "SUCCESS", "transactionAmount": amount}
        return 200, {
            **_result("S", "SUCCESS"),
            "paymentStatus": standing,
            "paymentResultCode": code,
            "paymentId": payment.get("acquirer_tx_id", ""),
            "paymentAmount": amount,
            "transactions": [refund] if payment.get("state") == "REFUNDED" else [],
        }

    def _cancel(self, service: WalletService, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        status, told = service.call("/cancel", {"merchant_tx_id": asked["paymentRequestId"], "known_only": True})
        if status >= 500:
            return status, {}
        if told.get("error_code") == "TRANSACTION_NOT_FOUND":
            return 200, _result("F", "ORDER_NOT_EXIST")
        return 200, _result("S", "SUCCESS") if told["result"] == "OK" else _result("F", "CANCEL_WINDOW_EXCEED")

    def _refund(self, service: WalletService, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        call = {"acquirer_tx_id": asked["paymentId"], "amount": int(asked["refundAmount"]["value"])}
        status, told = service.call("/refund", {**call, "refund_id": asked["refundRequestId"]})
        if status >= 500:
            return status, {}
        codes = {"TRANSACTION_NOT_FOUND": "ORDER_NOT_EXIST", "AMOUNT_TOO_HIGH": "REFUND_AMOUNT_EXCEED"}
        code = codes.get(told.get("error_code", ""), "")
        return 200, _result("F", code) if code else _result("S", "SUCCESS")

    def _is_signed(self, path: str, headers: Mapping[str, str], body: bytes) -> bool:
        parts = dict(one.strip().partition("=")[::2] for one in headers.get("Signature", "").split(","))
        if parts.get("algorithm") != "RSA256":
            return False
        text = f"POST {path}\n{CLIENT}.{headers.get('Request-Time', '')}.".encode() + body
        try:
            given = b64decode(unquote(parts.get("signature", "")), validate=True)
            self._merchant.verify(given, text, padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError):
            return False
        return True

    def _signed(self, path: str, status: int, told: dict[str, Any]) -> Worded:
        at, body = self._now(), json.dumps(told).encode()
        text = f"POST {path}\n{CLIENT}.{at}.".encode() + body
        given = quote(b64encode(self._key.sign(text, padding.PKCS1v15(), hashes.SHA256())), safe="")
        signature = f"algorithm=RSA256,keyVersion=1,signature={given}"
        return status, body, {"Client-Id": CLIENT, "Response-Time": at, "Signature": signature}


def _worded(status: int, told: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Word the answer to a payment."""
    if status >= 500:
        return status, {}
    payment = told.get("payment", {})
    known = {
        "paymentId": payment.get("acquirer_tx_id", ""),
        "paymentAmount": {"currency": "EUR", "value": str(payment.get("total_amount", 0))},
    }
    if told["result"] == "PROCESSING":
        return 200, _result("U", "PAYMENT_IN_PROCESS")
    if told["result"] == "OK" and payment.get("state") == "APPROVED":
        return 200, {**_result("S", "SUCCESS"), **known}
    codes = {
        "INVALID_BARCODE": "INVALID_PAYMENT_CODE",
        "LIMIT_EXCEEDED": "PAYMENT_AMOUNT_EXCEED_LIMIT",
        "INVALID_STATE": "RISK_REJECT",
    }
    return 200, _result("F", codes.get(told.get("error_code", ""), "ORDER_IS_CLOSED"))


def _result(status: str, code: str) -> dict[str, Any]:
    return {"result": {"resultStatus": status, "resultCode": code, "resultMessage": code.lower()}}


def _object(body: bytes) -> dict[str, Any]:
    found = json.loads(body)
    if not isinstance(found, dict):
        raise TypeError
    return found


def _json(status: int, told: object) -> Worded:
    return status, json.dumps(told).encode(), {}


def _is_known(given: str) -> bool:
    try:
        return b64decode(given.removeprefix("Basic "), validate=True) == f"{USERNAME}:{PASSWORD}".encode()
    except ValueError:
        return False
