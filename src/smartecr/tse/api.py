"""The one interface every TSE offers: real drivers and the virtual twin alike.

Names follow BSI TR-03151. Times are unix seconds (UTC, int), numbers are ints, binary values are
bytes; hex, base64 and ISO times stay outside. A device is used by one thread at a time
(``smartecr.tse.service`` sees to that). All methods raise ``smartecr.tse.errors.TseError``.
"""

from dataclasses import dataclass
from typing import BinaryIO, Literal, Protocol

from smartecr.tse.errors import (
    TseBusy,
    TseCertificateExpired,
    TseClientUnknown,
    TseConnectionLost,
    TseDamaged,
    TseError,
    TseInternalError,
    TseInvalidParameter,
    TseRefused,
    TseStateError,
    TseStorageFull,
    TseTimeNotSet,
    TseTimeout,
    TseTooManyTransactions,
    TseTransactionUnknown,
    TseTransportError,
    TseUnavailable,
    TseUnplugged,
)

__all__ = [
    "ExportReceipt",
    "Finished",
    "Found",
    "Started",
    "Tse",
    "TseBusy",
    "TseCertificateExpired",
    "TseClientUnknown",
    "TseConnectionLost",
    "TseDamaged",
    "TseError",
    "TseInfo",
    "TseInternalError",
    "TseInvalidParameter",
    "TseRefused",
    "TseStateError",
    "TseStorageFull",
    "TseTimeNotSet",
    "TseTimeout",
    "TseTooManyTransactions",
    "TseTransactionUnknown",
    "TseTransportError",
    "TseUnavailable",
    "TseUnplugged",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TseInfo:
    """What a device says about itself; cheap to ask, no log-in needed.

    ``serial`` is 64 lower-case hex digits: SHA-256 of ``public_key``, the uncompressed point
    04‖X‖Y (TR-03153). ``algorithm`` and ``time_format`` are spelled as on receipts
    (``ecdsa-plain-SHA256``, ``unixTime``). ``certificates`` are DER, leaf first, root last.
    ``certificate_expires`` is the leaf's end in unix seconds. ``is_test`` is true for a device whose
    signatures must not be used for real business.
    """

    serial: str
    algorithm: str
    time_format: str
    public_key: bytes
    certificates: tuple[bytes, ...]
    certificate_expires: int
    description: str
    is_test: bool
    signature_counter: int
    clients: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """Answer to a started transaction: the number the device gave and the signed start."""

    transaction_number: int
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

    ``unknown``: the number was never given out. ``open``: started, not finished (``start`` is set).
    ``finished``: both are set, ``process_data`` and ``process_type`` are those of the finish.
    """

    state: Literal["open", "finished", "unknown"]
    start: Started | None = None
    finish: Finished | None = None
    client_id: str = ""
    process_data: bytes = b""
    process_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReceipt:
    """What an export wrote: ``messages`` with counters ``first_counter``…``last_counter``, ``size`` bytes."""

    messages: int
    first_counter: int
    last_counter: int
    size: int
    sha256: str


class Tse(Protocol):
    """A technical security device (Technische Sicherheitseinrichtung, § 146a AO)."""

    def info(self) -> TseInfo:
        """Tell identity, certificates, counter and clients."""
        ...

    def check_ready(self) -> None:
        """Raise the error a signing would meet now, as far as the device can tell without signing."""
        ...

    def start_transaction(self, client_id: str, process_data: bytes = b"", process_type: str = "") -> Started:
        """Open a transaction; for Kassenbeleg-V1 data and type stay empty (DSFinV-K Anhang I)."""
        ...

    def finish_transaction(
        self, client_id: str, transaction_number: int, process_data: bytes, process_type: str
    ) -> Finished:
        """Sign the transaction's content and close it. A second finish raises TseTransactionUnknown."""
        ...

    def find_transaction(self, transaction_number: int) -> Found:
        """Read back what the device stored; never raises for an unknown number."""
        ...

    def open_transactions(self) -> list[int]:
        """Tell the numbers of the transactions started and not finished, ascending."""
        ...

    def register_client(self, client_id: str) -> None:
        """Register a register's serial number; does nothing when it is registered already."""
        ...

    def update_time(self, unix: int) -> None:
        """Set the device's clock (UTC)."""
        ...

    def export(self, sink: BinaryIO) -> ExportReceipt:
        """Write all stored log messages and certificates as a TAR archive (TR-03153) into ``sink``."""
        ...

    def close(self) -> None:
        """Release the device; harmless when closed already."""
        ...
