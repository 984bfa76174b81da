"""What the provider knows: codes its phones show, charges by the merchant's id, and the money that really moved.

Codes of the provider's sandbox behave as published there; codes of our own phone wait for the person who holds it.
"""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from smartecr.core.records import dataclass
from smartecr.terminal.zvt.virtual.store import Store

__all__ = ["Answer", "Charged", "Dropped", "Fault", "WalletService"]

State = Literal["PROCESSING", "APPROVED", "DECLINED", "CANCELLED", "REFUNDED"]
Answer = tuple[int, dict[str, Any]]

#: codes of the public sandbox: the error they bring, "" for approved, seconds until they are
SANDBOX: dict[str, tuple[str, float]] = {
    "98802222100100123456": ("", 0),
    "98802222999900301000": ("", 5),
    "98888888888888888888": ("INVALID_BARCODE", 0),
    "98804444000000402006": ("INVALID_STATE", 0),
    "98804444000000402007": ("LIMIT_EXCEEDED", 0),
    "98802222999900500500": ("SYSTEM_FAILURE", 0),
}
#: charged, and the answer never comes (the sandbox takes 15 s, longer than any client waits)
MUTE = "98802222999900315000"
#: how codes of the two schemes begin, and how many digits they have
BLUECODE, ALIPAY_PLUS = ("988", 20), ("281010", 24)
TTL_MS = 60_000
CHECK_MS = 1_000


class Dropped(Exception):  # noqa: N818 - not an error: the connection is cut on purpose
    """Cut the connection without an answer."""


@dataclass(slots=True)
class Charged:
    """One charge by the merchant's id. Of a code only its last four digits are kept."""

    cents: int
    state: State
    reference: str
    tail: str = ""
    ready_at: float = 0.0
    refunded: int = 0
    refunds: str = ""


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next call of ``path``: ``lost`` never arrives, ``mute`` arrives and is not answered,
    ``503`` is refused, ``late`` arrives only with the call after it."""

    path: str
    what: Literal["lost", "mute", "503", "late"]
    times: int = 1


class WalletService:
    """Thread-safe. ``state`` is a file that survives a kill; ``hold`` leaves charges of our phone to its holder.

    ``shows`` is how the phone's codes begin, and how many digits they have. ``published`` are codes of the provider's
    sandbox that behave like those of ``SANDBOX`` and ``MUTE``.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        draw: random.Random,
        state: Path | None = None,
        *,
        shows: tuple[str, int] = BLUECODE,
        published: Mapping[str, str] | None = None,
    ) -> None:
        self._clock = clock
        self._draw = draw
        self._shows = shows
        self._published = published or {}
        self._store = Store(state)
        self._lock = threading.Lock()
        self.charges = {name: Charged(**value) for name, value in self._store.named("charge:").items()}
        self.calls: list[str] = []
        self.faults: deque[Fault] = deque()
        self.hold = False
        self.cancel_wins = True
        self._late: deque[tuple[str, dict[str, Any]]] = deque()
        self.code = ""
        self.asked = ""
        self.fresh()

    # ---- the phone

    def fresh(self) -> str:
        """Have the phone show a new code, good for one payment."""
        start, digits = self._shows
        self.code = start + "".join(str(self._draw.randrange(10)) for _ in range(digits - len(start)))
        self.asked = ""
        return self.code

    def answer(self, *, yes: bool) -> bool:
        """Confirm or refuse on the phone; False when it is not asked."""
        with self._lock:
            charge = self.charges.get(self.asked)
            if charge is None or charge.state != "PROCESSING":
                return False
            self._set(self.asked, charge, "APPROVED" if yes else "DECLINED")
            return True

    @property
    def asking(self) -> Charged | None:
        """The charge the phone's holder is asked to confirm."""
        charge = self.charges.get(self.asked)
        return charge if charge is not None and charge.state == "PROCESSING" else None

    @property
    def net_cents(self) -> int:
        """What really moved."""
        self._ripen()
        return sum(one.cents - one.refunded for one in self.charges.values() if one.state == "APPROVED")

    # ---- the merchant's calls

    def call(self, path: str, body: dict[str, Any]) -> Answer:
        """Answer a call. Raises Dropped where the connection is cut."""
        with self._lock:
            self.calls.append(path)
            fault = self._fault(path)
            late, self._late = self._late, deque()
            for one in late:
                self._handle(*one)
            if fault == "503":
                return 503, {"result": "ERROR", "error_code": "SERVICE_UNAVAILABLE"}
            if fault == "late":
                self._late.append((path, body))
            if fault in ("lost", "late"):
                raise Dropped
            answer = self._handle(path, body)
            if fault == "mute":
                raise Dropped
            return answer

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()

    # ---- inside

    def _fault(self, path: str) -> str:
        for fault in self.faults:
            if fault.path == path and fault.times > 0:
                fault.times -= 1
                return fault.what
        return ""

    def _handle(self, path: str, body: dict[str, Any]) -> Answer:
        self._ripen()
        handlers = {
            "/payment": self._payment,
            "/status": self._status,
            "/cancel": self._cancel,
            "/refund": self._refund,
        }
        handler = handlers.get(path)
        if handler is not None:
            return handler(body)
        return (200, {"result": "OK"}) if path == "/heartbeat" else (404, {})

    def _ripen(self) -> None:
        for name, charge in self.charges.items():
            if charge.state == "PROCESSING" and charge.ready_at and self._clock() >= charge.ready_at:
                self._set(name, charge, "APPROVED")

    def _payment(self, body: dict[str, Any]) -> Answer:
        name, code, cents = str(body["merchant_tx_id"]), str(body["barcode"]), int(body["requested_amount"])
        code = self._published.get(code, code)
        if name in self.charges:
            return _error("MERCHANT_TX_ID_NOT_UNIQUE")
        known = ("" if code in (self.code, MUTE) else "INVALID_BARCODE", 0)
        error, seconds = SANDBOX.get(code, known)
        if error:
            return (500, {}) if error == "SYSTEM_FAILURE" else _error(error, state="DECLINED")
        ours = code == self.code
        waits = seconds > 0 or (ours and self.hold)
        charge = Charged(
            cents=cents,
            state="PROCESSING" if waits else "APPROVED",
            reference=f"bc{self._draw.getrandbits(48):012x}",
            tail=code[-4:],
            ready_at=self._clock() + seconds if seconds else 0.0,
        )
        if ours:
            self.fresh()
            self.asked = name
        self._set(name, charge, charge.state)
        if code == MUTE:
            raise Dropped
        return self._told(charge)

    def _status(self, body: dict[str, Any]) -> Answer:
        charge = self.charges.get(str(body["merchant_tx_id"]))
        return self._told(charge) if charge is not None else _error("TRANSACTION_NOT_FOUND", status=404)

    def _cancel(self, body: dict[str, Any]) -> Answer:
        name = str(body["merchant_tx_id"])
        charge = self.charges.get(name)
        if charge is None and body.get("known_only"):
            return _error("TRANSACTION_NOT_FOUND", status=404)
        if charge is None:  # a request may still be on its way: it will find its id taken
            self._set(name, Charged(0, "CANCELLED", ""), "CANCELLED")
            return 200, {"result": "OK"}
        if charge.state == "APPROVED" and not self.cancel_wins:
            return _error("INVALID_STATE", state="APPROVED")
        if charge.state != "REFUNDED":
            self._set(name, charge, "CANCELLED")
        return 200, {"result": "OK"}

    def _refund(self, body: dict[str, Any]) -> Answer:
        found = next((n for n, one in self.charges.items() if one.reference == body["acquirer_tx_id"]), "")
        if not found:
            return _error("TRANSACTION_NOT_FOUND", status=404)
        charge, cents = self.charges[found], int(body["amount"])
        if body.get("refund_id") and body["refund_id"] in charge.refunds.split():
            return 200, {"result": "OK"}
        if charge.state != "APPROVED" or charge.refunded + cents > charge.cents:
            return _error("AMOUNT_TOO_HIGH")
        charge.refunded += cents
        charge.refunds = f"{charge.refunds} {body.get('refund_id', '')}".strip()
        self._set(found, charge, "REFUNDED" if charge.refunded == charge.cents else "APPROVED")
        return 200, {"result": "OK"}

    def _set(self, name: str, charge: Charged, state: State) -> None:
        charge.state = state
        self._store.put({f"charge:{name}": asdict(charge)})
        self.charges[name] = charge

    def _told(self, charge: Charged) -> Answer:
        payment = {
            "state": charge.state,
            "acquirer_tx_id": charge.reference,
            "total_amount": charge.cents,
            "consumer_tip_amount": 0,
        }
        if charge.state == "PROCESSING":
            return 200, {"result": "PROCESSING", "status": {"check_status_in": CHECK_MS, "ttl": TTL_MS}}
        if charge.state == "DECLINED":
            return 200, {"result": "ERROR", "error_code": "CANCELLED_BY_USER", "payment": payment}
        return 200, {"result": "OK", "payment": payment}


def _error(code: str, *, state: str = "", status: int = 200) -> Answer:
    payment = {"payment": {"state": state, "code": code}} if state else {}
    return status, {"result": "ERROR", "error_code": code, **payment}
