"""The virtual TSE itself: the operations of ``smartecr.tse.api.Tse`` over key, state and store."""

import re
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric import ec

from smartecr.tse import der, export_names, log_message, logtime, tar
from smartecr.tse.api import ExportReceipt, Finished, Found, Lifecycle, Started, TseInfo
from smartecr.tse.errors import (
    TseCertificateExpired,
    TseClientUnknown,
    TseConnectionLost,
    TseDamaged,
    TseInvalidParameter,
    TseStorageFull,
    TseTimeNotSet,
    TseTooManyTransactions,
    TseTransactionUnknown,
    TseUnplugged,
)
from smartecr.tse.virtual import identity as identities
from smartecr.tse.virtual.faults import Faults
from smartecr.tse.virtual.state import OpenTransaction, State
from smartecr.tse.virtual.store import KIND_FINISH, KIND_START, KIND_SYSTEM, Record, Store

DESCRIPTION = "smartECR TEST-TSE - kein gueltiger Beleg"
MANUFACTURER = "smartECR"
VERSION = "1"

#: characters and length every known device accepts (the Diebold Nixdorf web service is the strictest)
_CLIENT_ID = re.compile(r"[A-Za-z0-9 ()+,\-.:?]{1,30}")
_PROCESS_TYPE = re.compile(r"[A-Za-z0-9 '()+,\-./:=?]{0,100}")
_MOST_DATA = 32 * 1024
_MOST_OPEN = 512
_CHECKPOINT_EVERY = 4096
#: seconds the clock may step back before the device asks for ``update_time``
_BACKWARDS = 60


class VirtualTse:
    """A software TSE in a folder (made at the first opening); implements ``smartecr.tse.api.Tse``.

    ``clock`` gives unix seconds UTC. ``curve`` counts only when the device is made: secp256r1,
    secp384r1, brainpoolP256r1 or brainpoolP384r1. Raises TseBusy when another process or another
    instance has the folder open, TseDamaged when its files contradict themselves.
    """

    def __init__(
        self, folder: Path, clock: Callable[[], float], curve: str = "secp256r1", faults: Faults | None = None
    ) -> None:
        self.faults = faults or Faults()
        if self.faults.unplugged:
            raise TseUnplugged("fault on command")
        self._clock = clock
        self._mutex = threading.Lock()
        self._offset = 0.0
        self._store = Store(Path(folder))
        weakref.finalize(self, self._store.close)
        try:
            self._open(curve)
        except BaseException:
            self._store.close()
            raise

    def _open(self, curve: str) -> None:
        new = not self._store.exists
        content = identities.create(curve, self._clock()) if new else self._store.identity()
        self._identity = identities.load(content)
        self._serial = self._identity.serial.hex()
        self._encoder = log_message.Encoder(self._identity.serial, self._identity.algorithm)
        self._ecdsa = ec.ECDSA(self._identity.algorithm.hash)
        self._sign = self._identity.key.sign
        self._state = State()
        if new:
            self._store.create(content, self._first_messages(int(self._clock())))
        self._store.replay(
            self._state.load, lambda at, record: self._state.apply(at, record, self._store.note_finished)
        )
        self._unsaved = 0

    def _first_messages(self, now: int) -> list[Record]:
        """Make the life before the first sale: audit on, administrator in, initialised, time set, out."""
        unix = der.integer(now)[2:]
        operations = (
            ("startAudit", b""),
            ("authenticateUser", _LOG_IN),
            ("initialize", der.tlv(0x81, DESCRIPTION.encode())),
            ("updateTime", der.tlv(0x81, unix) + der.tlv(0x82, unix)),
            ("logOut", _LOG_OUT),
        )
        return [self._system(name, data, counter, now) for counter, (name, data) in enumerate(operations, start=1)]

    def info(self) -> TseInfo:
        """Tell identity, certificates, counter and clients."""
        with self._mutex:
            self._reach()
            return TseInfo(
                serial=self._serial,
                algorithm=self._identity.algorithm.name,
                time_format=logtime.UNIX,
                public_key=self._identity.point,
                certificates=self._identity.certificates,
                certificate_expires=0 if self.faults.certificate_expired else self._identity.expires,
                description=DESCRIPTION,
                is_test=True,
                state=Lifecycle.INITIALIZED,
                signature_counter=self._state.signature_counter,
                clients=tuple(self._state.clients),
                storage_used=int(self.faults.storage_full),
                storage_total=1,
                has_valid_time=not self._time_lost(),
            )

    def check_ready(self) -> None:
        """Raise the error a signing would meet now."""
        with self._mutex:
            self._reach()
            self._ready_time()

    def start_transaction(self, client_id: str, process_data: bytes = b"", process_type: str = "") -> Started:
        """Open a transaction and sign its start."""
        with self._mutex:
            self._reach()
            if client_id not in self._state.clients:
                raise TseClientUnknown(client_id)
            _check_content(process_data, process_type)
            if len(self._state.open) >= _MOST_OPEN:
                raise TseTooManyTransactions(f"{_MOST_OPEN} are open")
            number = self._state.transaction_number + 1
            offset, record, signature = self._transaction(
                KIND_START, log_message.START, client_id, number, process_data, process_type
            )
            self._state.transaction_number = number
            self._state.open[number] = OpenTransaction(client_id, offset)
            self._answer()
            return Started(
                transaction_number=number,
                log_time=record.log_time,
                signature_counter=record.signature_counter,
                signature=signature,
            )

    def finish_transaction(
        self, client_id: str, transaction_number: int, process_data: bytes, process_type: str
    ) -> Finished:
        """Sign the transaction's content and close it."""
        with self._mutex:
            self._reach()
            started = self._state.open.get(transaction_number)
            if started is None or started.client_id != client_id:
                raise TseTransactionUnknown(f"number {transaction_number} of {client_id!r} is not open")
            _check_content(process_data, process_type)
            offset, record, signature = self._transaction(
                KIND_FINISH, log_message.FINISH, client_id, transaction_number, process_data, process_type
            )
            self._store.note_finished(transaction_number, started.offset, offset)
            del self._state.open[transaction_number]
            self._answer()
            return Finished(log_time=record.log_time, signature_counter=record.signature_counter, signature=signature)

    def find_transaction(self, transaction_number: int) -> Found:
        """Read back what is stored about a transaction."""
        with self._mutex:
            self._reach()
            opened = self._state.open.get(transaction_number)
            if opened is not None:
                message, start = self._read_start(opened.offset)
                return Found(state="open", start=start, client_id=message.client_id)
            if not 1 <= transaction_number <= self._state.transaction_number:
                return Found(state="unknown")
            start_offset, finish_offset = self._store.offsets(transaction_number)
            _, start = self._read_start(start_offset)
            finish = log_message.parse(self._store.read(finish_offset).message)
            if finish.transaction_number != transaction_number:
                raise TseDamaged(f"index of transaction {transaction_number} points elsewhere")
            return Found(
                state="finished",
                start=start,
                finish=Finished(
                    log_time=finish.log_time, signature_counter=finish.signature_counter, signature=finish.signature
                ),
                client_id=finish.client_id,
                process_data=finish.process_data,
                process_type=finish.process_type or "",
            )

    def open_transactions(self) -> list[int]:
        """Tell the numbers of the open transactions, ascending."""
        with self._mutex:
            self._reach()
            return sorted(self._state.open)

    def register_client(self, client_id: str) -> None:
        """Register a client: administrator in, client registered, out, in one write."""
        with self._mutex:
            self._reach()
            if client_id in self._state.clients:
                return
            if not _CLIENT_ID.fullmatch(client_id):
                raise TseInvalidParameter(f"client id {client_id!r}")
            now = self._ready_time()
            counter = self._state.signature_counter
            registration = der.tlv(0x81, client_id.encode())
            self._store_system(
                self._system("authenticateUser", _LOG_IN, counter + 1, now),
                self._system("registerClient", registration, counter + 2, now),
                self._system("logOut", _LOG_OUT, counter + 3, now),
            )

    def update_time(self, unix: int) -> None:
        """Set the clock; forwards or backwards, the message carries both times."""
        with self._mutex:
            self._reach()
            self._check_signing()
            known = 0 if self.faults.time_lost else int(self._clock() + self._offset)
            before = der.integer(max(known, self._state.log_time))[2:]
            data = der.tlv(0x81, before) + der.tlv(0x82, der.integer(unix)[2:])
            self._store_system(self._system("updateTime", data, self._state.signature_counter + 1, unix))
            self._offset = unix - self._clock()
            self.faults.time_lost = False

    def export(self, sink: BinaryIO) -> ExportReceipt:
        """Write everything: info.csv, certificates, then all messages in counter order."""
        with self._mutex:
            self._reach()
            writer = tar.ExportWriter(sink, mtime=int(self._clock() + self._offset))
            info = export_names.Info(description=DESCRIPTION, manufacturer=MANUFACTURER, version=VERSION)
            writer.add(export_names.INFO, export_names.write_info(info))
            for certificate in self._identity.certificates:
                writer.add_certificate(certificate)
            for _, record in self._store.records():
                writer.add_message(record.message)
            return writer.close()

    def close(self) -> None:
        """Save the state and release the folder."""
        with self._mutex:
            if self._unsaved and not self._store.closed:
                self._store.checkpoint(self._state.dump())
                self._unsaved = 0
            self._store.close()

    def _reach(self) -> None:
        """Be late or absent if told so."""
        if self.faults.latency > 0:
            self.faults.sleep(self.faults.latency)
        if self.faults.unplugged:
            raise TseUnplugged("fault on command")
        if self._store.closed:
            raise TseUnplugged("the device is closed")

    def _check_signing(self) -> None:
        if self.faults.storage_full:
            raise TseStorageFull("fault on command")
        if self.faults.certificate_expired or self._clock() + self._offset > self._identity.expires:
            raise TseCertificateExpired(f"serial {self._serial}")

    def _time_lost(self) -> bool:
        return self.faults.time_lost or self._state.log_time - int(self._clock() + self._offset) > _BACKWARDS

    def _ready_time(self) -> int:
        """Tell the time for the next message, or why none can be signed."""
        self._check_signing()
        if self.faults.time_lost:
            raise TseTimeNotSet("fault on command")
        now = int(self._clock() + self._offset)
        if now < self._state.log_time:
            if self._state.log_time - now > _BACKWARDS:
                raise TseTimeNotSet(f"clock stepped back by {self._state.log_time - now} s")
            now = self._state.log_time
        return now

    def _transaction(
        self, kind: int, operation: str, client_id: str, number: int, process_data: bytes, process_type: str
    ) -> tuple[int, Record, bytes]:
        """Sign and store one transaction log; return its offset, the record and the raw signature."""
        now = self._ready_time()
        if self.faults.lose_before_signing > 0:
            self.faults.lose_before_signing -= 1
            raise TseConnectionLost("fault on command: before signing")
        counter = self._state.signature_counter + 1
        signed = self._encoder.transaction(operation, client_id, process_data, process_type, number, counter, now)
        signature = der.plain_ecdsa(self._sign(signed, self._ecdsa), self._identity.half)
        record = Record(kind, counter, number, now, log_message.assemble(signed, signature))
        offset = self._store.append(record)
        self._state.signature_counter = counter
        self._state.log_time = now
        self._unsaved += 1
        return offset, record, signature

    def _answer(self) -> None:
        """Everything is stored: save the state from time to time, lose the answer if told so."""
        if self._unsaved >= _CHECKPOINT_EVERY:
            self._store.checkpoint(self._state.dump())
            self._unsaved = 0
        if self.faults.lose_after_signing > 0:
            self.faults.lose_after_signing -= 1
            raise TseConnectionLost("fault on command: after signing")

    def _system(self, operation: str, data: bytes, counter: int, now: int) -> Record:
        signed = self._encoder.system(operation, data, counter, now)
        signature = der.plain_ecdsa(self._sign(signed, self._ecdsa), self._identity.half)
        return Record(KIND_SYSTEM, counter, 0, now, log_message.assemble(signed, signature))

    def _store_system(self, *records: Record) -> None:
        offset = self._store.append(*records)
        for record in records:
            self._apply(offset, record)
        self._unsaved += len(records)

    def _apply(self, offset: int, record: Record) -> None:
        self._state.apply(offset, record, self._store.note_finished)

    def _read_start(self, offset: int) -> tuple[log_message.LogMessage, Started]:
        message = log_message.parse(self._store.read(offset).message)
        return message, Started(
            transaction_number=message.transaction_number,
            log_time=message.log_time,
            signature_counter=message.signature_counter,
            signature=message.signature,
        )


#: userId "admin", role 1, success (fiskaly and D-Trust write the same), and log-out by the user
_LOG_IN = der.tlv(0x81, b"admin") + b"\x82\x01\x01" + b"\x83\x01\xff"
_LOG_OUT = der.tlv(0x81, b"admin") + b"\x82\x01\x00"


def _check_content(process_data: bytes, process_type: str) -> None:
    if len(process_data) > _MOST_DATA:
        raise TseInvalidParameter(f"processData of {len(process_data)} bytes")
    if not _PROCESS_TYPE.fullmatch(process_type):
        raise TseInvalidParameter(f"processType {process_type!r}")
