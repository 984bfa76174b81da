"""What a receiver is sent and how it knows that it comes from this till (standard-webhooks 1.0)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

import orjson

from smartecr.register.outside.webhooks import Event


def body_of(event: Event) -> bytes:
    """Return the body of an event: the same bytes whenever it is sent."""
    return orjson.dumps({"type": event.type, "timestamp": event.at, "data": event.data}, option=orjson.OPT_SORT_KEYS)


def headers_of(event: Event, body: bytes, seconds: int, secrets: Sequence[bytes]) -> dict[str, str]:
    """Return id, time of sending (unix seconds) and a signature by each secret."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "smartECR",
        "Webhook-Id": event.id,
        "Webhook-Timestamp": str(seconds),
        "Webhook-Signature": " ".join(sign(event.id, seconds, body, secret) for secret in secrets),
    }


def sign(event_id: str, seconds: int, body: bytes, secret: bytes) -> str:
    """Return "v1," and the HMAC-SHA-256 of id, time and body in base64."""
    signed = f"{event_id}.{seconds}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
