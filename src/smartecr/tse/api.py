"""The one interface every TSE offers: real drivers and the virtual twin alike.

Names follow BSI TR-03151. Times are unix seconds (UTC, int), numbers are ints, binary values are
bytes; hex, base64 and ISO times stay outside. What a device does not tell is None, never 0. All
methods raise ``smartecr.tse.errors.TseError`` and nothing else, within bounded time.

Adding a driver
---------------
1. A folder ``smartecr/tse/drivers/<kind>/`` with a class that has all members of ``Tse``. **Calling the
   class opens the device**: it takes transport and configuration, reaches the device and identifies
   it, or raises and leaves nothing open. It never initialises, never logs in, never tries a PIN or PUK
   by itself. ``close`` releases everything, twice as well; calls after it raise ``TseUnplugged``.
2. No threads, no queues, no repetition beyond what the wire protocol itself prescribes: a device is used
   by one thread at a time, and ``smartecr.tse.service`` heals (self test, time, log-in, reopening).
   Every wait has an end: no answer is ``TseTimeout``, a wire that broke during a call
   ``TseConnectionLost`` (both: outcome unknown), bytes that make no sense ``TseProtocolError``.
3. What the device cannot do is missing in ``capabilities`` and raises ``TseNotSupported``. ``export`` takes
   every selection all the same: pass the device's whole archive through
   ``smartecr.tse.selection.select`` where it has no filter of its own, and answer ``find_transaction``
   by ``smartecr.tse.selection.find`` on an export where the device has no look-up.
4. Errors of the wire become the leaves of ``smartecr.tse.errors`` with the device's code in ``detail``;
   secrets come as ``Secret`` and appear in no text.
5. A bench in ``tests/contract/tse_benches/<kind>.py``: the driver over an emulator of its wire. It passes
   the whole of ``tests/contract`` without a line changed there; what is special gets tests of its own.
"""

from collections.abc import Mapping
from dataclasses import field
from enum import Enum, Flag, auto
from typing import BinaryIO, Literal, Protocol

from smartecr.core.records import dataclass
from smartecr.tse.credentials import CredentialRules, NewCredentials, Role, Secret
from smartecr.tse.errors import TseError, TseUnavailable

__all__ = [
    "ALL",
    "Capability",
    "CredentialRules",
    "ExportReceipt",
    "Finished",
    "Found",
    "Lifecycle",
    "NewCredentials",
    "PinState",
    "Role",
    "Secret",
    "Selection",
    "Started",
    "Tse",
    "TseError",
    "TseInfo",
    "TseUnavailable",
    "Updated",
]


class Capability(Flag):
    """What not every device can do; the rest of ``Tse`` every device does."""

    INITIALIZE = auto()  # initialize, by this program
    PIN_MANAGEMENT = auto()  # change_pin, change_puk, unblock_user
    SELF_TEST = auto()  # run_self_test does something
    SET_TIME = auto()  # update_time does something (else the device has a time of its own)
    DEREGISTER = auto()  # deregister_client
    UPDATE = auto()  # update_transaction
    UNSIGNED_UPDATE = auto()  # updates may be gathered and signed later
    FILTER = auto()  # the device filters exports itself (else the host does)
    LAST_TRANSACTION = auto()  # last_transaction
    DELETE = auto()  # delete_stored_data
    DECOMMISSION = auto()  # decommission


class Lifecycle(Enum):
    """Where a device stands in its life; only ``INITIALIZED`` signs transactions."""

    UNINITIALIZED = "uninitialized"
    INITIALIZED = "initialized"
    DEACTIVATED = "deactivated"
    DECOMMISSIONED = "decommissioned"


@dataclass(frozen=True, slots=True, kw_only=True)
class PinState:
    """A user's PIN: still the maker's (``initial``), tries left before it is blocked, tries left of the PUK."""

    initial: bool | None = None
    tries: int | None = None
    puk_tries: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TseInfo:
    """What a device says about itself; cheap to ask, no log-in needed. None: it does not say.

    ``serial`` is 64 lower-case hex digits: SHA-256 of ``public_key``, the uncompressed point 04‖X‖Y
    (TR-03153). ``algorithm`` and ``time_format`` are spelled as on receipts (``ecdsa-plain-SHA256``,
    ``unixTime``). ``certificates`` are DER, leaf first, root last (empty: not readable yet).
    ``certificate_expires`` is the leaf's end in unix seconds. ``is_test`` is true for a device whose
    signatures must not be used for real business. ``signature_counter`` is that of the last message.
    ``open_transactions`` counts. Storage is bytes. ``self_test_in`` and ``time_sync_in`` are the seconds
    left until the device refuses to sign (0: it does so now, None: never or not told);
    ``time_sync_interval`` is the whole span between two settings of the time.
    """

    serial: str
    algorithm: str
    time_format: str
    public_key: bytes
    certificates: tuple[bytes, ...]
    description: str
    is_test: bool
    state: Lifecycle
    certificate_expires: int | None = None
    certification_id: str | None = None
    firmware: str | None = None
    signature_counter: int | None = None
    clients: tuple[str, ...] | None = None
    max_clients: int | None = None
    open_transactions: int | None = None
    max_open_transactions: int | None = None
    signatures_remaining: int | None = None
    max_signatures: int | None = None
    storage_used: int | None = None
    storage_total: int | None = None
    has_valid_time: bool | None = None
    has_passed_self_test: bool | None = None
    self_test_in: int | None = None
    time_sync_in: int | None = None
    time_sync_interval: int | None = None
    pins: Mapping[Role, PinState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """Answer to a started transaction: the number the device gave and the signed start."""

    transaction_number: int
    log_time: int
    signature_counter: int
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated:
    """Answer to a signed update."""

    log_time: int
    signature_counter: int
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Answer to a finished transaction. ``signature`` is raw r‖s as printed on the receipt."""

    log_time: int
    signature_counter: int
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the device itself stored about a transaction, to be asked after a crash or a time-out.

    ``unknown``: the number was never given out (or its messages were deleted). ``open``: started, not
    finished (``start`` is set). ``finished``: both are set, ``process_data`` and ``process_type`` are
    those of the finish.
    """

    state: Literal["open", "finished", "unknown"]
    start: Started | None = None
    finish: Finished | None = None
    client_id: str = ""
    process_data: bytes = b""
    process_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which messages an export contains (TR-03151 exportData); conditions together must all hold.

    ``after_counter``: signature counters above it. ``begin``/``end``: log time, both included.
    ``transactions``: first and last transaction number, both included; the export then also contains all
    system and audit messages between the smallest and the greatest counter of these transactions.
    ``client_id``: transactions of that client only. ``most``: more messages than that are refused.
    """

    after_counter: int | None = None
    begin: int | None = None
    end: int | None = None
    transactions: tuple[int, int] | None = None
    client_id: str | None = None
    most: int | None = None


ALL = Selection()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReceipt:
    """What an export wrote: ``messages`` with counters ``first_counter``…``last_counter``, ``size`` bytes."""

    messages: int
    first_counter: int
    last_counter: int
    size: int
    sha256: str


class Tse(Protocol):
    """A technical security device (Technische Sicherheitseinrichtung, § 146a AO), open."""

    @property
    def kind(self) -> str:
        """The driver's name, as in its folder: ``virtual``, ``cryptovision``, ``epson`` …"""
        ...

    @property
    def capabilities(self) -> Capability:
        """What this device can do beyond the necessary."""
        ...

    @property
    def credential_rules(self) -> CredentialRules:
        """What PINs and PUKs ``initialize`` takes."""
        ...

    def info(self) -> TseInfo:
        """Tell state, identity, certificates, limits and stocks."""
        ...

    def close(self) -> None:
        """Release the device; harmless when closed already."""
        ...

    # ---- life

    def initialize(self, credentials: NewCredentials, client_id: str) -> None:
        """Put a factory-new device into operation: set PINs and PUKs, register the client; nobody stays logged in.

        Self test and time are left to the caller. May be repeated with the same values after a cut.
        Raises TseAlreadyInitialized.
        """
        ...

    def decommission(self) -> None:
        """End the device's life for good; exports remain possible. Needs ADMIN and no open transaction."""
        ...

    # ---- users

    def authenticate_user(self, role: Role, pin: Secret) -> None:
        """Log a user in. Raises TseAuthenticationFailed (tells the tries left) or TsePinBlocked."""
        ...

    def log_out(self, role: Role) -> None:
        """Log a user out; does nothing when not logged in."""
        ...

    def unblock_user(self, role: Role, puk: Secret, new_pin: Secret) -> None:
        """Set a new PIN by the PUK. Raises TseAuthenticationFailed or TsePukBlocked."""
        ...

    def change_pin(self, role: Role, old: Secret, new: Secret) -> None:
        """Change a PIN. Raises TseAuthenticationFailed or TsePinBlocked."""
        ...

    def change_puk(self, role: Role, old: Secret, new: Secret) -> None:
        """Change a user's PUK. Raises TseAuthenticationFailed or TsePukBlocked."""
        ...

    # ---- housekeeping

    def run_self_test(self, client_id: str) -> None:
        """Test the device (may take a minute); the time is unknown afterwards on some. Raises TseSelfTestFailed."""
        ...

    def update_time(self, unix: int) -> None:
        """Set the device's clock (UTC). Needs ADMIN or TIME_ADMIN."""
        ...

    # ---- clients

    def register_client(self, client_id: str) -> None:
        """Register a register's serial number; does nothing when it is registered already. Needs ADMIN."""
        ...

    def deregister_client(self, client_id: str) -> None:
        """Remove a client that has no open transaction. Needs ADMIN."""
        ...

    # ---- transactions

    def start_transaction(self, client_id: str, process_data: bytes = b"", process_type: str = "") -> Started:
        """Open a transaction; for Kassenbeleg-V1 data and type stay empty (DSFinV-K Anhang I)."""
        ...

    def update_transaction(
        self, client_id: str, transaction_number: int, process_data: bytes, process_type: str
    ) -> Updated | None:
        """Add data to an open transaction; None when the device gathers updates and signs them later."""
        ...

    def finish_transaction(
        self, client_id: str, transaction_number: int, process_data: bytes, process_type: str
    ) -> Finished:
        """Sign the transaction's content and close it. A second finish raises TseTransactionUnknown."""
        ...

    def find_transaction(self, transaction_number: int) -> Found:
        """Read back what the device stored; never raises for an unknown number."""
        ...

    def last_transaction(self, client_id: str = "") -> Found:
        """Read back the transaction (of a client) with the highest number; ``unknown`` when there was none."""
        ...

    def open_transactions(self) -> list[int]:
        """Tell the numbers of the transactions started and not finished, ascending."""
        ...

    # ---- export

    def export(self, sink: BinaryIO, selection: Selection = ALL) -> ExportReceipt:
        """Write stored log messages, all certificates and info.csv as a TAR archive (TR-03153) into ``sink``.

        Raises TseNoData when nothing is selected, TseTooManyRecords beyond ``selection.most``, and whatever
        the sink raises; what a failed export has written is void, the device is well.
        """
        ...

    def delete_stored_data(self, receipt: ExportReceipt) -> None:
        """Delete what that export (of everything, the last one made) contained. Needs ADMIN.

        Raises TseUnexportedData when the receipt is not that of the last full export.
        """
        ...
