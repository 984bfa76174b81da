"""A fiscal printer with a TSE in it, as it speaks ePOS-Device XML: a shell around the virtual TSE.

It has a parser of its own, so that driver and host cannot misread the same way.
"""

from __future__ import annotations

import hashlib
import io
import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from re import DOTALL, search
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from smartecr.tse.api import ALL, Lifecycle, Selection
from smartecr.tse.credentials import NewCredentials, Role, Secret
from smartecr.tse.errors import (
    TseAuthenticationFailed,
    TseBusy,
    TseCertificateExpired,
    TseClientUnknown,
    TseConnectionLost,
    TseDecommissioned,
    TseError,
    TseInvalidParameter,
    TseNoData,
    TseNotAuthorized,
    TseNotInitialized,
    TsePinBlocked,
    TsePukBlocked,
    TseSelfTestFailed,
    TseSelfTestRequired,
    TseSignaturesExhausted,
    TseStorageFull,
    TseTimeNotSet,
    TseTooManyClients,
    TseTooManyTransactions,
    TseTransactionUnknown,
    TseUnexportedData,
    TseUnfinishedTransactions,
    TseUnplugged,
)
from smartecr.tse.virtual import VirtualTse
from support.lines import CutError

ADMIN = "Administrator"
HOST_ID = "EPSON0123456789"
NAMES: dict[type[TseError], str] = {
    TseAuthenticationFailed: "TSE1_ERROR_AUTHENTICATION_FAILED",
    TsePinBlocked: "TSE1_ERROR_PIN_BLOCKED",
    TsePukBlocked: "TSE1_ERROR_PIN_BLOCKED",
    TseCertificateExpired: "TSE1_ERROR_CERTIFICATE_EXPIRED",
    TseClientUnknown: "TSE1_ERROR_CLIENT_NOT_REGISTERED",
    TseDecommissioned: "TSE1_ERROR_TSE_DECOMMISSIONED",
    TseNotInitialized: "TSE1_ERROR_TSE_NOT_INITIALIZED",
    TseInvalidParameter: "JSON_ERROR_INVALID_PARAMETER_RANGE",
    TseNoData: "TSE1_ERROR_EXPORT_NO_DATA_AVAILABLE",
    TseSelfTestFailed: "TSE1_ERROR_SELF_TEST_FAILED_CSP",
    TseSelfTestRequired: "TSE1_ERROR_WRONG_STATE_NEEDS_SELF_TEST",
    TseSignaturesExhausted: "TSE1_ERROR_TRANSACTION_SIGNATURES_EXCEEDED",
    TseStorageFull: "TSE1_ERROR_STORE_FULL",
    TseTimeNotSet: "TSE1_ERROR_NO_TIME_SET",
    TseTooManyClients: "TSE1_ERROR_MAX_REGISTERED_CLIENTS_REACHED",
    TseTooManyTransactions: "TSE1_ERROR_MAX_PARALLEL_TRANSACTIONS",
    TseTransactionUnknown: "TSE1_ERROR_TRANSACTION_NOT_STARTED",
    TseUnexportedData: "TSE1_ERROR_EXPORT_UNACKNOWLEDGED_DATA",
    TseUnfinishedTransactions: "TSE1_ERROR_TSE_HAS_UNFINISHED_TRANSACTIONS",
}


class RefusedError(Exception):
    """The host says no, by this name."""


class Host:
    """The printer. ``busy``, ``mute``, ``garbage`` are faults of the wire; ``requests`` counts functions."""

    def __init__(self, core: Callable[[], VirtualTse], chunk: int = 3000) -> None:
        self._core = core
        self.chunk = chunk
        self.secret = b"EPSONKEY"
        self.busy = self.mute = False
        self.garbage: bytes | None = None
        self.owner: Conversation | None = None
        self.requests: list[str] = []
        self.users: set[str] = set()
        self.challenges: dict[str, str] = {}
        self.export: io.BytesIO | None = None
        self.receipt: Any = None
        self.whole = False
        self._serial = 0

    @property
    def core(self) -> VirtualTse:
        return self._core()

    def connect(self) -> Conversation:
        """Answer a call. Raises TseUnplugged."""
        if self.core.faults.unplugged:
            raise TseUnplugged("no printer")
        return Conversation(self)

    def released(self) -> None:
        """Nobody has the device open any more; an export under way sticks."""
        self.owner = None

    def run(self, function: str, fields: dict[str, Any]) -> dict[str, Any]:
        """Run a function of the TSE."""
        self.requests.append(function)
        handler = getattr(self, f"_{function}", None)
        if handler is None:
            raise RefusedError("JSON_ERROR_UNEXPECTED_FUNCTION")
        return handler(**fields) or {}

    # ---- information

    def _GetStorageInfo(self) -> dict[str, Any]:  # noqa: N802
        info = self.core.info()
        new = info.state is Lifecycle.UNINITIALIZED
        told: dict[str, Any] = {
            "vendorType": "TSE1",
            "tseCapacity": (info.storage_total or 0) // 512,
            "tseCurrentSize": (info.storage_used or 0) // 512,
            "tseInitializationState": info.state.name,
            "hasValidTime": bool(info.has_valid_time),
            "hasPassedSelfTest": bool(info.has_passed_self_test),
            "timeUntilNextSelfTest": info.self_test_in,
            "startedTransactions": info.open_transactions,
            "maxStartedTransactions": info.max_open_transactions,
            "createdSignatures": info.signature_counter,
            "remainingSignatures": info.signatures_remaining,
            "maxSignatures": info.max_signatures,
            "registeredClients": len(info.clients or ()),
            "maxRegisteredClients": info.max_clients,
            "certificateExpirationDate": iso(info.certificate_expires or 0),
            "serialNumber": "" if new else b64(bytes.fromhex(info.serial)),
            "tsePublicKey": "" if new else b64(info.public_key),
            "signatureAlgorithm": info.algorithm,
            "tseDescription": "BSI-K-TR-0412",
            "softwareVersion": 65536,
            "cdcId": "0123",
        }
        return {"tseInformation": told, "smartInformation": {"tseHealth": "PASS"}}

    def _GetLogMessageCertificate(self) -> dict[str, Any]:  # noqa: N802
        chain = (x509.load_der_x509_certificate(one) for one in self.core.info().certificates)
        return {"logMessageCertificate": b64(b"".join(one.public_bytes(Encoding.PEM) for one in chain))}

    # ---- life

    def _SetUp(self, puk: str, adminPin: str, timeAdminPin: str) -> None:  # noqa: N802, N803
        if self.core.info().state is not Lifecycle.UNINITIALIZED:
            raise RefusedError("OTHER_ERROR_TSE_ALREADY_SET_UP")
        secrets = NewCredentials(
            admin_pin=Secret(adminPin),
            admin_puk=Secret(puk),
            time_admin_pin=Secret(timeAdminPin),
            time_admin_puk=Secret(puk),
        )
        self.core.initialize(secrets, HOST_ID)

    def _RunTSESelfTest(self) -> None:  # noqa: N802
        if HOST_ID not in (self.core.info().clients or ()):
            raise RefusedError("TSE1_ERROR_CLIENT_NOT_REGISTERED")
        self.core.run_self_test(HOST_ID)

    def _SetUpForPrinter(self) -> None:  # noqa: N802
        self._admin()
        self.core.register_client(HOST_ID)

    def _DisableSecureElement(self) -> None:  # noqa: N802
        self._admin()
        self.core.decommission()

    # ---- users

    def _GetChallenge(self, userId: str) -> dict[str, Any]:  # noqa: N802, N803
        self._serial += 1
        self.challenges[userId] = f"challenge-{self._serial}"
        return {"challenge": self.challenges[userId]}

    def _check(self, user: str, answer: str) -> None:
        """See that the challenge was answered with the shared secret; it counts once."""
        challenge = self.challenges.pop(user, "")
        right = b64(hashlib.sha256(challenge.encode() + self.secret).digest())
        if not challenge or answer != right:
            raise RefusedError("OTHER_ERROR_HOST_AUTHENTICATION_FAILED")

    def _AuthenticateUserForAdmin(self, userId: str, pin: str, hash: str) -> dict[str, Any]:  # noqa: A002, N802, N803
        self._check(userId, hash)
        if userId != ADMIN:
            raise RefusedError("OTHER_ERROR_INVALID_ADMIN_USER_ID")
        self.core.authenticate_user(Role.ADMIN, Secret(pin))
        self.users.add(ADMIN)
        return {"remainingRetries": 3}

    def _AuthenticateUserForTimeAdmin(self, clientId: str, pin: str, hash: str) -> dict[str, Any]:  # noqa: A002, N802, N803
        self._check(clientId, hash)
        if clientId != "TimeAdmin" and clientId not in (self.core.info().clients or ()):
            raise RefusedError("TSE1_ERROR_CLIENT_NOT_REGISTERED")
        self.core.authenticate_user(Role.TIME_ADMIN, Secret(pin))
        self.users.add(clientId)
        return {"remainingRetries": 3}

    def _LogOutForAdmin(self) -> None:  # noqa: N802
        self._admin()
        self.users.discard(ADMIN)
        self.core.log_out(Role.ADMIN)

    def _LogOutForTimeAdmin(self, clientId: str) -> None:  # noqa: N802, N803
        self._client(clientId)
        self.users.discard(clientId)
        if not self.users - {ADMIN}:
            self.core.log_out(Role.TIME_ADMIN)

    def _AuthenticateHost(self, userId: str, hash: str) -> None:  # noqa: A002, N802, N803
        self._check(userId, hash)
        self.users.add("host")

    def _DeauthenticateHost(self, userId: str) -> None:  # noqa: N802, N803
        self.users.discard("host")

    def _UnblockUserForAdmin(self, userId: str, puk: str, newPin: str) -> None:  # noqa: N802, N803
        self._unblock(Role.ADMIN, puk, newPin)

    def _UnblockUserForTimeAdmin(self, userId: str, puk: str, newPin: str) -> None:  # noqa: N802, N803
        self._unblock(Role.TIME_ADMIN, puk, newPin)

    def _unblock(self, role: Role, puk: str, pin: str) -> None:
        if "host" not in self.users:
            raise RefusedError("OTHER_ERROR_UNAUTHENTICATED_HOST")
        self.core.unblock_user(role, Secret(puk), Secret(pin))

    def _UpdateTime(self, userId: str, newDateTime: str, useTimeSync: bool) -> None:  # noqa: N802, N803
        if userId == ADMIN:
            self._admin()
        else:
            self._client(userId)
        self.core.update_time(unix(newDateTime))

    # ---- clients

    def _RegisterClient(self, clientId: str) -> None:  # noqa: N802, N803
        self._admin()
        self.core.register_client(clientId)

    def _DeregisterClient(self, clientId: str) -> None:  # noqa: N802, N803
        self._admin()
        self.core.deregister_client(clientId)

    def _GetRegisteredClientList(self) -> dict[str, Any]:  # noqa: N802
        self._admin()
        return {"registeredClientIdList": list(self.core.info().clients or ())}

    # ---- transactions

    def _StartTransaction(self, clientId: str, processData: str, processType: str, additionalData: str) -> Any:  # noqa: N802, N803
        self._client(clientId)
        return self._signed(self.core.start_transaction(clientId, b64decode(processData), processType))

    def _UpdateTransaction(  # noqa: N802
        self,
        clientId: str,  # noqa: N803
        transactionNumber: int,  # noqa: N803
        processData: str,  # noqa: N803
        processType: str,  # noqa: N803
        additionalData: str,  # noqa: N803
    ) -> Any:
        self._client(clientId)
        return self._signed(
            self.core.update_transaction(clientId, transactionNumber, b64decode(processData), processType)
        )

    def _FinishTransaction(  # noqa: N802
        self,
        clientId: str,  # noqa: N803
        transactionNumber: int,  # noqa: N803
        processData: str,  # noqa: N803
        processType: str,  # noqa: N803
        additionalData: str,  # noqa: N803
    ) -> Any:
        self._client(clientId)
        return self._signed(
            self.core.finish_transaction(clientId, transactionNumber, b64decode(processData), processType)
        )

    def _GetStartedTransactionList(self, clientId: str) -> dict[str, Any]:  # noqa: N802, N803
        numbers = self.core.open_transactions()
        mine = [number for number in numbers if clientId in ("", self.core.find_transaction(number).client_id)]
        return {"startedTransactionNumberList": mine}

    def _GetLastTransactionResponse(self, clientId: str) -> Any:  # noqa: N802, N803
        found = self.core.last_transaction(clientId)
        if found.start is None:
            raise RefusedError("TSE1_ERROR_NO_LAST_TRANSACTION")
        return {**self._signed(found.finish or found.start), "transactionNumber": found.start.transaction_number}

    def _signed(self, answer: Any) -> dict[str, Any]:
        told = {
            "logTime": iso(answer.log_time),
            "signatureCounter": answer.signature_counter,
            "signature": b64(answer.signature),
        }
        if hasattr(answer, "transaction_number"):
            told["transactionNumber"] = answer.transaction_number
            told["serialNumber"] = b64(bytes.fromhex(self.core.info().serial))
        return told

    # ---- export

    def _ArchiveExport(self, clientId: str = "") -> Any:  # noqa: N802, N803
        return self._begin(Selection(client_id=clientId or None))

    def _ExportFilteredByTransactionNumber(self, clientId: str, transactionNumber: int) -> Any:  # noqa: N802, N803
        numbers = (transactionNumber, transactionNumber)
        return self._begin(Selection(client_id=clientId or None, transactions=numbers))

    def _ExportFilteredByTransactionNumberInterval(  # noqa: N802
        self,
        clientId: str,  # noqa: N803
        startTransactionNumber: int,  # noqa: N803
        endTransactionNumber: int,  # noqa: N803
    ) -> Any:
        numbers = (startTransactionNumber, endTransactionNumber)
        return self._begin(Selection(client_id=clientId or None, transactions=numbers))

    def _ExportFilteredByPeriodOfTime(self, clientId: str, startDate: str, endDate: str) -> Any:  # noqa: N802, N803
        return self._begin(Selection(client_id=clientId or None, begin=unix(startDate), end=unix(endDate)))

    def _begin(self, selection: Selection) -> dict[str, Any]:
        self._admin()
        if self.export is not None:
            raise RefusedError("OTHER_ERROR_CURRENTLY_EXPORTING")
        if not self.core.info().has_valid_time:
            raise RefusedError("OTHER_ERROR_NO_TIME_SET_BEFORE_EXPORT")
        content = io.BytesIO()
        self.receipt = self.core.export(content, selection)
        self.whole = selection == ALL
        self.export = io.BytesIO(content.getvalue())
        return {"tarExportSize": len(content.getvalue())}

    def _GetExportData(self) -> dict[str, Any]:  # noqa: N802
        if self.export is None:
            raise RefusedError("OTHER_ERROR_NO_EXPORT_STARTED")
        chunk = self.export.read(self.chunk)
        rest = len(self.export.getbuffer()) - self.export.tell()
        return {"exportData": b64(chunk), "exportStatus": "EXPORT_INCOMPLETE" if rest else "EXPORT_COMPLETE"}

    def _FinalizeExport(self, deleteData: bool) -> None:  # noqa: N802, N803
        if self.export is None:
            raise RefusedError("OTHER_ERROR_NO_EXPORT_STARTED")
        if self.export.read(1):
            raise RefusedError("OTHER_ERROR_ALL_DATA_NOT_EXPORTED_YET")
        if deleteData:
            self._admin()
            if not self.whole:
                raise RefusedError("JSON_ERROR_INVALID_PARAMETER")
            self.core.delete_stored_data(self.receipt)
        self.export = None

    def _CancelExport(self) -> None:  # noqa: N802
        self.export = None

    def _admin(self) -> None:
        if ADMIN not in self.users:
            raise RefusedError("OTHER_ERROR_UNAUTHENTICATED_ADMIN_USER")

    def _client(self, user: str) -> None:
        if user not in self.users:
            raise RefusedError("OTHER_ERROR_UNAUTHENTICATED_TIME_ADMIN_USER")


class Conversation:
    """One connection to the printer."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._buffer = b""

    def greeting(self) -> bytes:
        if self.host.garbage is not None:
            return self.host.garbage
        said = "<connect><data><client_id>sock1</client_id><protocol_version>1.0</protocol_version></data></connect>"
        return b"" if self.host.mute else said.encode() + b"\x00"

    def feed(self, data: bytes) -> bytes:
        *requests, self._buffer = (self._buffer + data).split(b"\x00")
        return b"".join(self._answer(request.decode()) for request in requests)

    def end(self) -> None:
        if self.host.owner is self:
            self.host.released()

    def _answer(self, request: str) -> bytes:
        host = self.host
        if host.mute:
            return b""
        if host.garbage is not None:
            return host.garbage
        device = inside(request, "device_id")
        if request.startswith("<open_device>"):
            assert inside(request, "type") == "type_storage"
            code = "DEVICE_NOT_FOUND" if device != "local_TSE" else "OK"
            if host.busy or host.owner not in (None, self):
                code = "DEVICE_IN_USE"
            if code == "OK":
                host.owner = self
            return f"<open_device><device_id>{device}</device_id><code>{code}</code></open_device>\0".encode()
        if request.startswith("<close_device>"):
            code = "OK" if host.owner is self else "DEVICE_NOT_OPEN"
            self.end()
            return f"<close_device><device_id>{device}</device_id><code>{code}</code></close_device>\0".encode()
        if host.busy:
            return enveloped(device, "ERROR_DEVICE_BUSY", "")
        if host.owner is not self:
            return enveloped(device, "DEVICE_NOT_OPEN", "")
        assert inside(request, "type") == "operate"
        assert int(inside(request, "timeout")) > 0
        return enveloped(device, "SUCCESS", json.dumps(self._run(json.loads(inside(request, "requestdata")))))

    def _run(self, asked: dict[str, Any]) -> dict[str, Any]:
        function = asked["function"]
        common = function == "GetStorageInfo"
        assert asked["storage"] == {"type": "COMMON" if common else "TSE", "vendor": "" if common else "TSE1"}
        assert asked["compress"] == {"required": False, "type": ""}
        told: dict[str, Any] = {"result": "EXECUTION_OK", "function": function, "error": {}, "output": {}}
        try:
            told["output"] = self.host.run(function, asked["input"])
        except RefusedError as refusal:
            told["result"] = str(refusal)
        except (TseConnectionLost, TseUnplugged):
            raise CutError from None
        except TseBusy:
            told["result"] = "TSE1_ERROR_NOT_ALLOWED_EXPORT_IN_PROGRESS"
        except TseNotAuthorized as error:
            who = "TIME_ADMIN" if error.role is Role.TIME_ADMIN else "ADMIN"
            self.host.users.clear()
            told["result"] = f"OTHER_ERROR_UNAUTHENTICATED_{who}_USER"
        except TseAuthenticationFailed as error:
            told |= {"result": NAMES[TseAuthenticationFailed], "output": {"remainingRetries": error.remaining}}
        except TseError as error:
            told["result"] = NAMES[type(error)]
        return told


def enveloped(device: str, code: str, result: str) -> bytes:
    """Make the host's answer to a request."""
    success = "true" if code == "SUCCESS" else "false"
    escaped = result.replace("&", "&amp;").replace("<", "&lt;")
    return (
        f"<device_data><device_id>{device}</device_id><success>{success}</success><code>{code}</code>"
        f"<data><resultdata>{escaped}</resultdata></data></device_data>\0"
    ).encode()


def inside(request: str, element: str) -> str:
    """Give the unescaped text of the first element of that name."""
    match = search(f"<{element}>(.*?)</{element}>", request, DOTALL)
    return unescape(match[1]) if match else ""


def b64(data: bytes) -> str:
    return b64encode(data).decode()


def iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def unix(text: str) -> int:
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
