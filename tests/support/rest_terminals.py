"""SumUp and Stripe as they speak HTTP on loopback: a reader, a bank, and faults, behind the makers' real SDKs."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from smartecr.terminal.twinhttp import TwinHttpServer

KEY, READER, MERCHANT = "sk_test_smartecr", "rdr-1", "M1"
What = Literal["lost", "mute", "500"]
Answer = tuple[int, dict[str, Any]]


class Dropped(Exception):  # noqa: N818 - cut on purpose
    """Cut the connection without an answer."""


@dataclass
class Payment:
    """What the maker knows of one payment."""

    id: str
    ours: str
    cents: int
    created: int
    state: str = "new"  # new, asked, paid, failed, canceled
    refunds: list[tuple[str, int]] = field(default_factory=list)


class Maker:
    """What both makers share. ``hand`` is what a guest does when the reader asks: "tap", "decline" or nothing yet."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.payments: dict[str, Payment] = {}
        self.hand: Literal["tap", "decline", ""] = "tap"
        self.online = True
        self.faults: list[tuple[str, What, int]] = []
        self.calls: list[str] = []
        self.key = KEY
        self._lock = threading.Lock()

    @property
    def net(self) -> int:
        paid = sum(one.cents for one in self.payments.values() if one.state == "paid")
        return paid - sum(cents for one in self.payments.values() for _, cents in one.refunds)

    def act(self) -> None:
        """Let the guest's hand reach a reader that asks."""
        for one in self.payments.values():
            if one.state == "asked" and self.hand:
                one.state = "paid" if self.hand == "tap" else "failed"

    def fault(self, call: str) -> str:
        for number, (wanted, what, times) in enumerate(self.faults):
            if wanted in call and times > 0:
                self.faults[number] = (wanted, what, times - 1)
                return what
        return ""

    def call(self, method: str, path: str, fields: dict[str, Any], key: str, again: str) -> Answer:
        with self._lock:
            name = f"{method} {path}"
            self.calls.append(name)
            what = self.fault(name)
            if what == "lost":
                raise Dropped
            if what == "500":
                return 500, self.error("api_error", "")
            answer = self.handle(method, path, fields, again) if key == self.key else (401, self.error("auth", ""))
            if what == "mute":
                raise Dropped
            return answer

    def handle(self, method: str, path: str, fields: dict[str, Any], again: str) -> Answer:
        raise NotImplementedError

    def error(self, kind: str, code: str) -> dict[str, Any]:
        raise NotImplementedError

    @property
    def charges_begun(self) -> int:
        raise NotImplementedError


class Stripe(Maker):
    """Stripe Terminal, server driven."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(clock)
        self.seen: dict[str, Answer] = {}
        self.current = ""

    def error(self, kind: str, code: str) -> dict[str, Any]:
        return {"error": {"type": kind, "code": code or None, "message": code}}

    @property
    def charges_begun(self) -> int:
        return sum(1 for call in self.calls if call.endswith("/process_payment_intent"))

    def handle(self, method: str, path: str, fields: dict[str, Any], again: str) -> Answer:
        if again and again in self.seen:
            return self.seen[again]
        answer = self._handle(method, path.split("/")[2:], fields)
        if again and answer[0] == 200:
            self.seen[again] = answer
        return answer

    def _handle(self, method: str, parts: list[str], fields: dict[str, Any]) -> Answer:
        match method, parts:
            case "POST", ["payment_intents"]:
                assert fields["allowed_payment_method_types[0]"] == "card_present"
                name = f"pi_{len(self.payments) + 1}"
                one = Payment(name, fields["metadata[smartecr]"], int(fields["amount"]), int(self.clock()))
                self.payments[name] = one
                return 200, self._intent(one)
            case "GET", ["payment_intents"]:
                low, high = int(fields["created[gte]"]), int(fields["created[lte]"])
                found = [self._intent(one) for one in self.payments.values() if low <= one.created <= high]
                return 200, {"object": "list", "data": found, "has_more": False, "url": "/v1/payment_intents"}
            case "GET", ["payment_intents", name]:
                return 200, self._intent(self.payments[name])
            case "POST", ["payment_intents", name, "cancel"]:
                one = self.payments[name]
                if one.state == "paid":
                    return 400, self.error("invalid_request_error", "payment_intent_unexpected_state")
                one.state = "canceled"
                return 200, self._intent(one)
            case "POST", ["refunds"]:
                one = self.payments[fields["payment_intent"]]
                cents = int(fields.get("amount", one.cents))
                if sum(back for _, back in one.refunds) + cents > one.cents:
                    return 400, self.error("invalid_request_error", "charge_already_refunded")
                one.refunds.append((fields["metadata[smartecr]"], cents))
                return 200, self._refund(one, len(one.refunds) - 1)
            case "GET", ["refunds"]:
                one = self.payments[fields["payment_intent"]]
                data = [self._refund(one, number) for number in range(len(one.refunds))]
                return 200, {"object": "list", "data": data, "has_more": False, "url": "/v1/refunds"}
            case _, ["terminal", "readers", reader, *rest] if reader == READER:
                return self._reader(rest, fields)
        return 404, self.error("invalid_request_error", "resource_missing")

    def _reader(self, rest: list[str], fields: dict[str, Any]) -> Answer:
        if rest == ["process_payment_intent"]:
            if not self.online:
                return 400, self.error("invalid_request_error", "terminal_reader_offline")
            if self.current and self.payments[self.current].state == "asked":
                return 400, self.error("invalid_request_error", "terminal_reader_busy")
            self.current = fields["payment_intent"]
            self.payments[self.current].state = "asked"
        elif rest == ["cancel_action"] and self.current and self.payments[self.current].state == "asked":
            self.payments[self.current].state = "failed"
        return 200, self._told()

    def _told(self) -> dict[str, Any]:
        action = None
        if self.current:
            state = self.payments[self.current].state
            word = {"asked": "in_progress", "paid": "succeeded"}.get(state, "failed")
            action = {
                "type": "process_payment_intent",
                "status": word,
                "failure_code": "card_declined" if state == "failed" and self.hand == "decline" else None,
                "process_payment_intent": {"payment_intent": self.current},
            }
        status = "online" if self.online else "offline"
        return {"id": READER, "object": "terminal.reader", "status": status, "action": action,
                "device_type": "bbpos_wisepos_e", "serial_number": "W1"}  # fmt: skip

    def _intent(self, one: Payment) -> dict[str, Any]:
        status = {"paid": "succeeded", "canceled": "canceled"}.get(one.state, "requires_payment_method")
        charge = None
        if one.state == "paid":
            present = {"brand": "visa", "last4": "4242", "read_method": "contactless_emv",
                       "wallet": {"type": "apple_pay"}}  # fmt: skip
            charge = {"id": f"ch_{one.id}", "object": "charge", "payment_method_details": {"card_present": present}}
        return {
            "id": one.id, "object": "payment_intent", "amount": one.cents, "status": status, "created": one.created,
            "amount_received": one.cents if one.state == "paid" else 0, "metadata": {"smartecr": one.ours},
            "latest_charge": charge, "cancellation_reason": None,
        }  # fmt: skip

    def _refund(self, one: Payment, number: int) -> dict[str, Any]:
        ours, cents = one.refunds[number]
        return {"id": f"re_{one.id}_{number}", "object": "refund", "amount": cents, "status": "succeeded",
                "metadata": {"smartecr": ours}, "failure_reason": None}  # fmt: skip


class Sumup(Maker):
    """SumUp's cloud API for Solo."""

    def error(self, kind: str, code: str) -> dict[str, Any]:
        return {"title": kind, "detail": code, "status": 0, "type": "about:blank"}

    @property
    def charges_begun(self) -> int:
        return sum(1 for call in self.calls if call.endswith("/checkout"))

    def handle(self, method: str, path: str, fields: dict[str, Any], again: str) -> Answer:
        reader = f"/v0.1/merchants/{MERCHANT}/readers/{READER}"
        if path == f"{reader}/checkout":
            return self._checkout(fields)
        if path == f"{reader}/terminate":
            for one in self.payments.values():
                if one.state == "asked":
                    one.state = "canceled"
            return 202, {}
        if path == f"{reader}/status":
            return 200, {"data": {"status": "ONLINE" if self.online else "OFFLINE"}}
        if path == f"/v2.1/merchants/{MERCHANT}/transactions":
            return self._transaction(fields)
        if path.endswith("/refunds"):
            one = self.payments[path.split("/")[-2]]
            if one.refunds:
                return 409, self.error("conflict", "refunded")
            one.refunds.append(("", one.cents))
            return 201, {}
        return 404, self.error("not found", path)

    def _checkout(self, fields: dict[str, Any]) -> Answer:
        if not self.online:
            return 422, {"errors": {"detail": "reader offline"}}
        name = f"tx-{len(self.payments) + 1}"
        amount = fields["total_amount"]
        assert (amount["currency"], amount["minor_unit"]) == ("EUR", 2)
        ours = fields["affiliate"]["foreign_transaction_id"]
        self.payments[name] = Payment(name, ours, amount["value"], int(self.clock()), "asked")
        return 201, {"data": {"client_transaction_id": f"c-{name}"}}

    def _transaction(self, fields: dict[str, Any]) -> Answer:
        ours, name = fields.get("foreign_transaction_id"), fields.get("id")
        for one in self.payments.values():
            if one.ours == ours or one.id == name:
                status = {"asked": "PENDING", "paid": "SUCCESSFUL", "failed": "FAILED", "canceled": "CANCELLED"}
                word = "REFUNDED" if one.refunds else status[one.state]
                return 200, {"id": one.id, "status": word, "amount": one.cents / 100, "entry_mode": "APPLE_PAY",
                             "auth_code": "053201", "card": {"last_4_digits": "3456", "type": "VISA"}}  # fmt: skip
        return 404, {"error_code": "NOT_FOUND", "message": "Resource not found"}


class MakerServer:
    """A maker on a loopback port."""

    def __init__(self, maker: Maker) -> None:
        self.maker = maker
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.maker = maker
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(TwinHttpServer):
    maker: Maker

    def handle_error(self, request: object, client_address: object) -> None:
        pass


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 5.0
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def do_GET(self) -> None:
        self._answer("GET", dict(parse_qsl(urlsplit(self.path).query)))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        form = "urlencoded" in self.headers.get("Content-Type", "")
        self._answer("POST", dict(parse_qsl(body.decode())) if form or not body else json.loads(body))

    def _answer(self, method: str, fields: dict[str, Any]) -> None:
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        again = self.headers.get("Idempotency-Key", "")
        try:
            status, answer = self.server.maker.call(method, urlsplit(self.path).path, fields, key, again)
        except Dropped:
            self.close_connection = True
            return
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header(
            "Content-Type", "application/problem+json" if status >= 400 and "title" in answer else "application/json"
        )
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        pass
