"""The driver of fiskaly SIGN DE v2, a TSE in the maker's data centre."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import BinaryIO, Self
from uuid import uuid4

import httpx

from smartecr.tse import selection as selections
from smartecr.tse.api import (
    ALL,
    Capability,
    ExportReceipt,
    Finished,
    Found,
    Selection,
    Started,
    TseInfo,
    Updated,
)
from smartecr.tse.credentials import CredentialRules, NewCredentials, Role, Secret
from smartecr.tse.drivers import archive, limits
from smartecr.tse.drivers.fiskaly import description, exports, values
from smartecr.tse.drivers.fiskaly.clients import Clients
from smartecr.tse.drivers.fiskaly.service import BASE_URL, Service, speaking
from smartecr.tse.drivers.fiskaly.values import Fields, Logged
from smartecr.tse.errors import (
    TseAlreadyInitialized,
    TseClientUnknown,
    TseDecommissioned,
    TseError,
    TseInvalidParameter,
    TseNotAuthorized,
    TseNotSupported,
    TseTransactionUnknown,
    TseUnfinishedTransactions,
)

MOST_DATA = 32 * 1024
_LARGEST_EXPORT = 16 << 30
#: seconds for one answer; a new TSS takes its time
_TIMEOUT = httpx.Timeout(8.0)
_DEPLOYMENT = 120.0
_LEAST_PIN = 6
#: how far back the last transaction of a client is looked for at first
_LOOK_BACK = 64
_PAGE = 100
_MOST_PAGES = 100


class FiskalyTse:
    """The TSS ``tss_id`` behind ``service``; implements ``smartecr.tse.api.Tse``.

    It has one user: both roles are the administrator of the TSS. The PUK is the one shown when the TSS was made. A
    transaction's revisions count from 1; a request is repeated with the same revision, so it is never signed twice.
    """

    kind = "fiskaly"
    capabilities = (
        Capability.INITIALIZE
        | Capability.PIN_MANAGEMENT
        | Capability.DEREGISTER
        | Capability.UPDATE
        | Capability.FILTER
        | Capability.LAST_TRANSACTION
        | Capability.DECOMMISSION
    )
    credential_rules = CredentialRules(pin_length=_LEAST_PIN, puk_length=10, given_puks=True, time_admin=False)

    def __init__(
        self,
        service: Service,
        tss_id: str,
        *,
        largest_export: int = _LARGEST_EXPORT,
        clock: Callable[[], float] = time.time,
        new_id: Callable[[], str] = lambda: str(uuid4()),
    ) -> None:
        if not values.is_identifier(tss_id):
            raise TseInvalidParameter("the id of the TSS")
        self._service = service
        self._tss = f"/tss/{tss_id}"
        self._largest_export = largest_export
        self._clock = clock
        self._new_id = new_id
        self._clients = Clients(service, self._tss, new_id)
        #: transaction number -> id and revision, of those this program has begun
        self._known: dict[int, tuple[str, int, str]] = {}
        try:
            with speaking():
                description.lifecycle(service.get(self._tss))
        except BaseException:
            service.close()
            raise

    @classmethod
    def at(cls, tss_id: str, api_key: str, api_secret: Secret, base_url: str = BASE_URL) -> Self:
        """Open a TSS over the Internet; certificates of the service are verified."""
        return cls(Service(httpx.Client(timeout=_TIMEOUT), base_url, api_key, api_secret), tss_id)

    def close(self) -> None:
        """Release the connections."""
        self._service.close()

    def info(self) -> TseInfo:
        """Tell state, identity, certificates, limits and stocks."""
        with speaking():
            tss = self._service.get(self._tss)
            return description.describe(tss, self._clients.registered())

    # ---- life

    def initialize(self, credentials: NewCredentials, client_id: str) -> None:
        """Deploy a TSS just made, set the administrator's PIN by its PUK, put it into operation."""
        limits.check_client_id(client_id)
        _check_pin(credentials.admin_pin)
        with speaking():
            state = self._state()
            if state == "INITIALIZED" and self._clients.registered():
                raise TseAlreadyInitialized(state)
            if state in ("DISABLED", "DELETED"):
                raise TseDecommissioned(state)
            if state == "CREATED":
                self._deploy()
            if state != "INITIALIZED":
                self._set_pin(credentials.admin_puk, credentials.admin_pin)
            self.authenticate_user(Role.ADMIN, credentials.admin_pin)
            try:
                if state != "INITIALIZED":
                    self._service.patch(self._tss, {"state": "INITIALIZED"})
                self._clients.register(client_id)
            finally:
                self._leave()

    def decommission(self) -> None:
        """End the TSS's life for good."""
        with speaking():
            self._refuse_open(self._active())
            self._service.patch(self._tss, {"state": "DISABLED"})

    # ---- users

    def authenticate_user(self, role: Role, pin: Secret) -> None:  # noqa: ARG002 - there is one user
        """Log the administrator in; the service does not tell how many tries are left."""
        with speaking():
            self._service.once("POST", f"{self._tss}/admin/auth", {"admin_pin": _plain(pin)})

    def log_out(self, role: Role) -> None:  # noqa: ARG002 - there is one user
        """Log the administrator out; harmless when not logged in."""
        try:
            with speaking():
                self._service.once("POST", f"{self._tss}/admin/logout", {})
        except TseNotAuthorized:
            return

    def unblock_user(self, role: Role, puk: Secret, new_pin: Secret) -> None:  # noqa: ARG002 - there is one user
        """Set a new PIN by the PUK."""
        _check_pin(new_pin)
        with speaking():
            self._set_pin(puk, new_pin)

    def change_pin(self, role: Role, old: Secret, new: Secret) -> None:  # noqa: ARG002
        """Not on this device: a new PIN is set by the PUK."""
        raise TseNotSupported("a new PIN is set by the PUK")

    def change_puk(self, role: Role, old: Secret, new: Secret) -> None:  # noqa: ARG002
        """Not on this device."""
        raise TseNotSupported("the PUK is the service's")

    # ---- housekeeping

    def run_self_test(self, client_id: str) -> None:  # noqa: ARG002
        """The service tests itself."""
        raise TseNotSupported("the service tests itself")

    def update_time(self, unix: int) -> None:  # noqa: ARG002
        """The service has a time of its own."""
        raise TseNotSupported("the service has a time of its own")

    # ---- clients

    def register_client(self, client_id: str) -> None:
        """Register a client."""
        limits.check_client_id(client_id)
        with speaking():
            self._clients.register(client_id)

    def deregister_client(self, client_id: str) -> None:
        """Remove a client that has no open transaction."""
        limits.check_client_id(client_id)
        with speaking():
            self._refuse_open([one for one in self._active() if one.get("client_serial_number") == client_id])
            self._clients.deregister(client_id)

    # ---- transactions

    def start_transaction(self, client_id: str, process_data: bytes = b"", process_type: str = "") -> Started:
        """Open a transaction under an id made here."""
        limits.check_process(process_data, process_type, MOST_DATA)
        with speaking():
            client = self._clients.id_of(client_id)
            if not client:
                raise TseClientUnknown(client_id)
            transaction_id = self._new_id()
            body: Fields = {"state": "ACTIVE", "client_id": client}
            if process_data or process_type:
                body["schema"] = values.raw_schema(process_data, process_type)
            answer = self._service.put(f"{self._tss}/tx/{transaction_id}", body, {"tx_revision": 1})
            number = values.number(answer, "number")
            logged = values.logged(answer)
            self._known[number] = (transaction_id, _revision(answer), client_id)
            return Started(transaction_number=number, **logged._asdict())

    def update_transaction(
        self, client_id: str, transaction_number: int, process_data: bytes, process_type: str
    ) -> Updated | None:
        """Add data to an open transaction; signed at once."""
        logged = self._go_on("ACTIVE", client_id, transaction_number, process_data, process_type)
        return Updated(**logged._asdict())

    def finish_transaction(
        self, client_id: str, transaction_number: int, process_data: bytes, process_type: str
    ) -> Finished:
        """Sign the transaction's content and close it."""
        logged = self._go_on("FINISHED", client_id, transaction_number, process_data, process_type)
        return Finished(**logged._asdict())

    def find_transaction(self, transaction_number: int) -> Found:
        """Read back what the service stored: whether there is such a transaction, then its messages."""
        if transaction_number < 1:
            return Found(state="unknown")
        try:
            with speaking():
                self._service.get(f"{self._tss}/tx/{transaction_number}")
        except TseTransactionUnknown:
            return Found(state="unknown")
        with speaking(), self._fetch(Selection(transactions=(transaction_number, transaction_number))) as content:
            return selections.find(content, transaction_number)

    def last_transaction(self, client_id: str = "") -> Found:
        """Read back the transaction (of a client) with the highest number."""
        with speaking():
            highest = values.number(self._service.get(self._tss), "transaction_counter")
        if not client_id:
            return self.find_transaction(highest)
        span = _LOOK_BACK
        while highest > 0:
            chosen = Selection(transactions=(max(1, highest - span + 1), highest), client_id=client_id)
            with speaking(), self._fetch(chosen) as content:
                found = selections.last(content, client_id)
            if found.state != "unknown":
                return found
            highest -= span
            span *= 8
        return Found(state="unknown")

    def open_transactions(self) -> list[int]:
        """Tell the numbers of the open transactions, ascending."""
        with speaking():
            return sorted(values.number(one, "number") for one in self._active())

    # ---- export

    def export(self, sink: BinaryIO, selection: Selection = ALL) -> ExportReceipt:
        """Write stored log messages, all certificates and info.csv."""
        with speaking(), self._fetch(selection) as content:
            return archive.deliver(content, sink, selection, int(self._clock()))

    def delete_stored_data(self, receipt: ExportReceipt) -> None:  # noqa: ARG002
        """The service keeps everything."""
        raise TseNotSupported("the service keeps everything")

    # ---- inside

    def _go_on(self, state: str, client_id: str, number: int, process_data: bytes, process_type: str) -> Logged:
        """Make the next revision of a transaction. An outcome unknown forgets what was known: it is looked up then."""
        limits.check_process(process_data, process_type, MOST_DATA)
        with speaking():
            known = self._known.pop(number) if number in self._known else self._look_up(number)
            transaction_id, revision, owner = known
            if owner != client_id:
                raise TseTransactionUnknown(f"number {number} of {client_id!r} is not open")
            body: Fields = {
                "state": state,
                "client_id": self._clients.id_of(client_id),
                "schema": values.raw_schema(process_data, process_type),
            }
            path = f"{self._tss}/tx/{transaction_id}"
            answer = self._service.put(path, body, {"tx_revision": revision + 1})
            logged = values.logged(answer)
            if values.number(answer, "number") != number:
                raise values.ValuesError("the answer is about another transaction")
            if state == "ACTIVE":
                self._known[number] = (transaction_id, _revision(answer), owner)
            return logged

    def _look_up(self, number: int) -> tuple[str, int, str]:
        """Ask for an open transaction by its number. Raises TseTransactionUnknown."""
        if number < 1:
            raise TseTransactionUnknown(f"number {number}")
        answer = self._service.get(f"{self._tss}/tx/{number}")
        if answer.get("state") != "ACTIVE":
            raise TseTransactionUnknown(f"number {number} is not open")
        return values.identifier(answer), _revision(answer), values.text(answer, "client_serial_number")

    def _active(self) -> list[Fields]:
        """List the open transactions, page by page, as long as a page brings new ones."""
        found: dict[int, Fields] = {}
        for page in range(_MOST_PAGES):
            wanted: dict[str, str | int] = {"states[]": "ACTIVE", "limit": _PAGE, "offset": page * _PAGE}
            entries = values.entries(self._service.get(f"{self._tss}/tx", wanted))
            before = len(found)
            found |= {values.number(one, "number"): one for one in entries}
            if len(entries) < _PAGE or len(found) == before:
                break
        return list(found.values())

    def _fetch(self, selection: Selection) -> AbstractContextManager[BinaryIO]:
        wanted = exports.parameters(selection, self._clients.id_of)
        return exports.fetch(self._service, self._tss, self._new_id(), wanted, self._largest_export)

    def _state(self) -> str:
        return values.text(self._service.get(self._tss), "state")

    def _deploy(self) -> None:
        """Have the TSS deployed; that takes half a minute and more."""
        deadline = self._service.deadline(_DEPLOYMENT)
        answer = self._service.patch(self._tss, {"state": "UNINITIALIZED"})
        while values.text(answer, "state") == "CREATED":
            deadline.left()
            self._service.wait(2.0)
            answer = self._service.get(self._tss)

    def _set_pin(self, puk: Secret, pin: Secret) -> None:
        body: Fields = {"admin_puk": _plain(puk), "new_admin_pin": _plain(pin)}
        self._service.once("PATCH", f"{self._tss}/admin", body)

    def _leave(self) -> None:
        try:
            self.log_out(Role.ADMIN)
        except TseError:
            return

    def _refuse_open(self, transactions: list[Fields]) -> None:
        if transactions:
            raise TseUnfinishedTransactions(f"{len(transactions)} are open")


def _revision(answer: Fields) -> int:
    revision = values.optional_number(answer, "latest_revision")
    return values.number(answer, "revision") if revision is None else revision


def _plain(secret: Secret) -> str:
    try:
        return secret.reveal().decode("ascii")
    except UnicodeDecodeError:
        raise TseInvalidParameter("PIN or PUK has other characters than digits and letters") from None


def _check_pin(pin: Secret) -> None:
    if len(pin.reveal()) < _LEAST_PIN:
        raise TseInvalidParameter(f"a PIN has {_LEAST_PIN} characters at least")
