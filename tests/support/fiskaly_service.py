"""fiskaly SIGN DE v2 as it speaks HTTP: a shell around the virtual TSE, for a mock transport and a loopback port."""

from __future__ import annotations

import io
import json
import re
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from smartecr.terminal.twinhttp import TwinHttpServer
from smartecr.tse.api import Lifecycle, Selection
from smartecr.tse.credentials import Role
from smartecr.tse.errors import (
    TseClientUnknown,
    TseConnectionLost,
    TseDecommissioned,
    TseError,
    TseInvalidParameter,
    TseNoData,
    TseNotInitialized,
    TseTooManyTransactions,
    TseUnplugged,
)
from smartecr.tse.virtual import VirtualTse
from smartecr.tse.virtual.users import DEMO_CREDENTIALS

KEY = "test_key"
SECRET = "test-secret-of-the-api"
TSS = "8a3f6e0c-1111-4222-8333-444455556666"
PUK = "puk4567890"
NAMES: dict[type[TseError], tuple[int, str]] = {
    TseNotInitialized: (400, "E_TSS_NOT_INITIALIZED"),
    TseDecommissioned: (400, "E_TSS_DISABLED"),
    TseClientUnknown: (404, "E_CLIENT_NOT_FOUND"),
    TseInvalidParameter: (400, "E_FAILED_SCHEMA_VALIDATION"),
    TseTooManyTransactions: (400, "E_TX_LIMIT_REACHED"),
}


class HttpError(Exception):
    """Answer with this status and code."""

    def __init__(self, status: int, code: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.headers = status, code, headers or {}


class DroppedError(Exception):
    """Break the connection off without an answer."""


class Service:
    """The service with one TSS.

    ``plan`` holds what happens to the next requests of transactions, one entry each: ``429``, ``503``, ``cut``
    (before it works), ``drop`` (after it has worked), ``conflict``. ``offline``, ``busy``, ``garbage`` last.
    """

    def __init__(self, core: Callable[[], VirtualTse], clock: Callable[[], float]) -> None:
        self._core = core
        self._clock = clock
        self.offline = self.busy = False
        self.garbage: bytes | None = None
        self.plan: list[str] = []
        self.asked: list[tuple[str, str]] = []
        self.tokens: dict[str, set[str]] = {}
        self.token_life = 3600
        self.state = "CREATED"
        self.pin = ""
        self.puk = PUK
        self.tries = 3
        self.clients: dict[str, dict[str, str]] = {}
        self.transactions: dict[str, dict[str, Any]] = {}
        self.bodies: dict[tuple[str, int], dict[str, Any]] = {}
        self.exports: dict[str, dict[str, Any]] = {}
        self.working = 2
        self.end_state = "COMPLETED"
        self.env = "TEST"

    @property
    def core(self) -> VirtualTse:
        return self._core()

    def answer(self, method: str, target: str, headers: dict[str, str], content: bytes) -> tuple[int, dict, bytes]:
        """Answer a request. Raises DroppedError."""
        split = urlsplit(target)
        path = split.path.removeprefix("/api/v2")
        query = {name: values[0] for name, values in parse_qs(split.query).items()}
        self.asked.append((method, path))
        if self.offline:
            raise DroppedError
        if self.garbage is not None:
            return 200, {}, self.garbage
        try:
            return self._checked(method, path, query, headers, json.loads(content or b"{}"))
        except HttpError as error:
            told = {"status_code": error.status, "error": "Refused", "code": error.code, "message": "…"}
            return error.status, error.headers, json.dumps(told).encode()
        except TseConnectionLost:
            self.offline = True
            raise DroppedError from None
        except TseUnplugged:
            raise DroppedError from None
        except TseError as error:
            status, code = NAMES[type(error)]
            return status, {}, json.dumps({"status_code": status, "code": code}).encode()

    def _checked(self, method: str, path: str, query: dict, headers: dict, body: Any) -> tuple[int, dict, bytes]:
        if path == "/auth":
            return self._json(self._log_in(body))
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            raise HttpError(401, "E_UNAUTHORIZED")
        if self.busy:
            raise HttpError(429, "E_TOO_MANY_REQUESTS", {"Retry-After": "60"})
        self._tend()
        after = self._planned() if "/tx/" in path and method == "PUT" else ""
        for pattern, handler in ROUTES:
            match = re.fullmatch(pattern, f"{method} {path}")
            if match:
                result = handler(self, token, query, body, *match.groups())
                if after == "drop":
                    raise DroppedError
                return result if isinstance(result, tuple) else self._json(result)
        raise HttpError(404, "E_NOT_FOUND")

    def _tend(self) -> None:
        """Do for the TSE in the data centre what it needs: self test and time."""
        info = self.core.info()
        if info.state is Lifecycle.INITIALIZED and not (info.has_valid_time and info.has_passed_self_test):
            self.core.run_self_test("")
            self.core.authenticate_user(Role.TIME_ADMIN, DEMO_CREDENTIALS.time_admin_pin)
            self.core.update_time(int(self._clock()))
            self.core.log_out(Role.TIME_ADMIN)

    def _planned(self) -> str:
        """Do what is planned for this request before it works; tell what is to be done after."""
        what = self.plan.pop(0) if self.plan else ""
        if what == "cut":
            raise DroppedError
        if what == "429":
            raise HttpError(429, "E_TOO_MANY_REQUESTS", {"Retry-After": "2"})
        if what == "503":
            raise HttpError(503, "E_TSS_LOCKED")
        if what == "conflict":
            raise HttpError(409, "E_PENDING_TX_CONFLICT")
        return what

    @staticmethod
    def _json(result: Any) -> tuple[int, dict, bytes]:
        return 200, {"Content-Type": "application/json"}, json.dumps(result).encode()

    # ---- users

    def _log_in(self, body: Any) -> Any:
        if body != {"api_key": KEY, "api_secret": SECRET}:
            raise HttpError(401, "E_UNAUTHORIZED")
        token = f"token-{len(self.tokens) + 1}"
        self.tokens[token] = set()
        return {"access_token": token, "access_token_expires_in": self.token_life}

    def _admin(self, token: str) -> None:
        if "admin" not in self.tokens[token]:
            raise HttpError(401, "E_UNAUTHORIZED")

    def admin_auth(self, token: str, _query: Any, body: Any) -> Any:
        if self.tries == 0:
            raise HttpError(423, "E_ADMIN_PIN_BLOCKED")
        if body["admin_pin"] != self.pin or not self.pin:
            self.tries -= 1
            raise HttpError(401, "E_ADMIN_LOGIN_FAILED")
        self.tries = 3
        self.tokens[token].add("admin")
        if self.core.lifecycle is Lifecycle.INITIALIZED:
            self.core.authenticate_user(Role.ADMIN, DEMO_CREDENTIALS.admin_pin)
        return {}

    def admin_logout(self, token: str, _query: Any, _body: Any) -> Any:
        self._admin(token)
        self.tokens[token].clear()
        self.core.log_out(Role.ADMIN)
        return {}

    def admin_pin(self, _token: str, _query: Any, body: Any) -> Any:
        if body["admin_puk"] != self.puk:
            raise HttpError(401, "E_ADMIN_LOGIN_FAILED")
        assert len(body["new_admin_pin"]) >= 6
        self.pin, self.tries = body["new_admin_pin"], 3
        return {}

    # ---- TSS

    def tss(self, _token: str, _query: Any, _body: Any) -> Any:
        info = self.core.info()
        new = info.state is Lifecycle.UNINITIALIZED
        chain = b"".join(
            x509.load_der_x509_certificate(one).public_bytes(Encoding.PEM) for one in info.certificates
        ).decode()
        last = self.core.last_transaction().start
        told: dict[str, Any] = {"_id": TSS, "_type": "TSS", "_env": self.env, "state": self.state}
        return told | {
            "serial_number": "" if new else info.serial,
            "public_key": "" if new else b64encode(info.public_key).decode(),
            "certificate": "" if new else chain,
            "signature_counter": str(info.signature_counter),
            "signature_algorithm": info.algorithm,
            "signature_timestamp_format": info.time_format,
            "transaction_counter": str(last.transaction_number if last else 0),
            "transaction_data_encoding": "UTF-8",
            "max_number_active_transactions": info.max_open_transactions,
            "max_number_registered_clients": info.max_clients,
            "number_active_transactions": info.open_transactions,
        }

    def change_tss(self, token: str, query: Any, body: Any) -> Any:
        wanted = body["state"]
        if wanted == "UNINITIALIZED" and self.state == "CREATED":
            self.state = wanted
        elif wanted == "INITIALIZED" and self.state == "UNINITIALIZED":
            self._admin(token)
            self.core.initialize(DEMO_CREDENTIALS, "")
            self.core.authenticate_user(Role.ADMIN, DEMO_CREDENTIALS.admin_pin)
            self.state = wanted
        elif wanted == "DISABLED":
            self._admin(token)
            self.core.decommission()
            self.state = wanted
        else:
            raise HttpError(409, "E_TSS_CONFLICT")
        return self.tss(token, query, body)

    # ---- clients

    def list_clients(self, _token: str, query: Any, _body: Any) -> Any:
        return self._page(list(self.clients.values()), query)

    def put_client(self, token: str, _query: Any, body: Any, client: str) -> Any:
        self._admin(token)
        self.core.register_client(body["serial_number"])
        self.clients[client] = {"_id": client, "serial_number": body["serial_number"], "state": "REGISTERED"}
        return self.clients[client]

    def change_client(self, token: str, _query: Any, body: Any, client: str) -> Any:
        self._admin(token)
        serial = self.clients[client]["serial_number"]
        if body["state"] == "DEREGISTERED":
            self.core.deregister_client(serial)
        else:
            self.core.register_client(serial)
        self.clients[client]["state"] = body["state"]
        return self.clients[client]

    # ---- transactions

    def put_tx(self, _token: str, query: Any, body: Any, identifier: str) -> Any:
        revision = int(query["tx_revision"])
        known = self.transactions.get(identifier)
        if known and self.bodies.get((identifier, revision)) == body and revision == known["latest_revision"]:
            return known
        if revision != (known["latest_revision"] + 1 if known else 1):
            raise HttpError(409, "E_TX_UPSERT")
        client = self.clients.get(body["client_id"])
        if client is None:
            raise HttpError(404, "E_CLIENT_NOT_FOUND")
        if client["state"] == "DEREGISTERED":
            raise HttpError(400, "E_CLIENT_DEREGISTERED")
        serial = client["serial_number"]
        raw = body.get("schema", {}).get("raw", {"process_data": "", "process_type": ""})
        data, kind = b64decode(raw["process_data"]), raw["process_type"]
        if known is None:
            entry = {"_id": identifier, "client_id": body["client_id"], "client_serial_number": serial}
            call = lambda: self.core.start_transaction(serial, data, kind)  # noqa: E731
        else:
            if known["state"] != "ACTIVE" or known["client_id"] != body["client_id"]:
                raise HttpError(409, "E_TX_UPSERT")
            entry = known
            sign = self.core.finish_transaction if body["state"] == "FINISHED" else self.core.update_transaction
            call = lambda: sign(serial, known["number"], data, kind)  # noqa: E731
        before = self.core.info().signature_counter
        try:
            self._note(entry, call(), body, revision)
        except TseConnectionLost:
            self._recover(entry, before, body, revision)
            raise
        return entry

    def _note(self, entry: dict[str, Any], signed: Any, body: Any, revision: int) -> None:
        entry |= {"number": getattr(signed, "transaction_number", entry.get("number"))}
        entry |= {"state": body["state"], "revision": revision, "latest_revision": revision}
        entry["log"] = {"timestamp": signed.log_time, "timestamp_format": "unixTime"}
        entry["signature"] = {
            "value": b64encode(signed.signature).decode(),
            "counter": str(signed.signature_counter),
            "algorithm": self.core.info().algorithm,
        }
        self.transactions[entry["_id"]] = entry
        self.bodies[entry["_id"], revision] = body

    def _recover(self, entry: dict[str, Any], before: int | None, body: Any, revision: int) -> None:
        """The answer is lost on the way; what was signed stays known here."""
        if self.core.info().signature_counter != before:
            found = self.core.find_transaction(entry["number"]) if "number" in entry else self.core.last_transaction()
            self._note(entry, found.finish or found.start, body, revision)

    def get_tx(self, _token: str, _query: Any, _body: Any, wanted: str) -> Any:
        for identifier, entry in self.transactions.items():
            if wanted in (identifier, str(entry["number"])):
                return entry
        raise HttpError(404, "E_TX_NOT_FOUND")

    def list_tx(self, _token: str, query: Any, _body: Any) -> Any:
        wanted = query["states[]"]
        return self._page([one for one in self.transactions.values() if one["state"] == wanted], query)

    @staticmethod
    def _page(entries: list[Any], query: Any) -> Any:
        start = int(query["offset"])
        return {"data": entries[start : start + int(query["limit"])], "count": len(entries)}

    # ---- export

    def put_export(self, token: str, query: Any, body: Any, identifier: str) -> Any:
        self.exports.setdefault(identifier, {"query": query, "looks": 0})
        return self.get_export(token, query, body, identifier)

    def get_export(self, _token: str, _query: Any, _body: Any, identifier: str) -> Any:
        export = self.exports[identifier]
        export["looks"] += 1
        states = ["PENDING", "WORKING"][: self.working]
        state = states[export["looks"] - 1] if export["looks"] <= len(states) else self.end_state
        return {"_id": identifier, "state": state}

    def get_file(self, _token: str, _query: Any, _body: Any, identifier: str) -> Any:
        query = self.exports[identifier]["query"]
        number = {name: int(query[name]) for name in query if name != "client_id"}
        transactions = None
        if "start_transaction_number" in number:
            transactions = (number["start_transaction_number"], number["end_transaction_number"])
        client = self.clients[query["client_id"]]["serial_number"] if "client_id" in query else None
        selection = Selection(
            begin=number.get("start_date"), end=number.get("end_date"), transactions=transactions, client_id=client
        )
        content = io.BytesIO()
        try:
            self.core.export(content, selection)
        except TseNoData:
            return 200, {}, bytes(1024)
        return 200, {"Content-Type": "application/x-tar"}, content.getvalue()


ID = "([0-9a-f-]{36})"
ROUTES: list[tuple[str, Any]] = [
    (f"POST /tss/{TSS}/admin/auth", Service.admin_auth),
    (f"POST /tss/{TSS}/admin/logout", Service.admin_logout),
    (f"PATCH /tss/{TSS}/admin", Service.admin_pin),
    (f"GET /tss/{TSS}", Service.tss),
    (f"PATCH /tss/{TSS}", Service.change_tss),
    (f"GET /tss/{TSS}/client", Service.list_clients),
    (f"PUT /tss/{TSS}/client/{ID}", Service.put_client),
    (f"PATCH /tss/{TSS}/client/{ID}", Service.change_client),
    (f"PUT /tss/{TSS}/tx/{ID}", Service.put_tx),
    (f"GET /tss/{TSS}/tx/([0-9a-f-]+)", Service.get_tx),
    (f"GET /tss/{TSS}/tx", Service.list_tx),
    (f"PUT /tss/{TSS}/export/{ID}", Service.put_export),
    (f"GET /tss/{TSS}/export/{ID}", Service.get_export),
    (f"GET /tss/{TSS}/export/{ID}/file", Service.get_file),
]


class Transport(httpx.BaseTransport):
    """The way to the service without a network. ``mute`` never answers, ``unplugged`` nobody is there."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.mute = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.service.core.faults.unplugged:
            raise httpx.ConnectError("nobody there")
        if self.mute:
            raise httpx.ReadTimeout("no answer")
        try:
            status, headers, content = self.service.answer(
                request.method, request.url.raw_path.decode(), dict(request.headers), request.read()
            )
        except DroppedError:
            raise httpx.ReadError("reset") from None
        return httpx.Response(status, headers=headers, content=content, request=request)


class HttpServer:
    """The service on a port of its own at 127.0.0.1."""

    def __init__(self, service: Service) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                try:
                    status, told, body = service.answer(self.command, self.path, headers, content)
                except DroppedError:
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in told.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_PUT = do_PATCH = do_POST = answer  # noqa: N815

            def log_message(self, *_: Any) -> None:
                pass

        self._server = TwinHttpServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self.url = f"http://127.0.0.1:{self._server.server_port}/api/v2"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        """Stop and wait for the threads."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
