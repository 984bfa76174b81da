"""The heart of a virtual TSE: decides whether and at what time a message may be signed, signs it, stores it."""

from base64 import b64encode
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec

from smartecr.tse import der, log_message
from smartecr.tse.api import Lifecycle
from smartecr.tse.errors import (
    TseBusy,
    TseCertificateExpired,
    TseConnectionLost,
    TseDeactivated,
    TseDecommissioned,
    TseNotInitialized,
    TseSelfTestRequired,
    TseSignaturesExhausted,
    TseStorageFull,
    TseTimeNotSet,
    TseUnplugged,
)
from smartecr.tse.virtual.events import Event
from smartecr.tse.virtual.faults import ControlFile, Faults
from smartecr.tse.virtual.identity import Identity
from smartecr.tse.virtual.limits import Limits
from smartecr.tse.virtual.state import State, private
from smartecr.tse.virtual.store import KIND_SYSTEM, Record, Store

#: seconds the clock may step back before the device asks for ``update_time``
BACKWARDS = 60
_CHECKPOINT_EVERY = 4096
#: bytes kept free to finish what was started when new transactions find the storage full, and, as many again,
#: for log-ins, deletion and the end of life
_RESERVE = 256 << 10


class Recorder:
    """Owns key, store and state of an open device. Not thread-safe: the device holds its lock around it."""

    def __init__(
        self,
        identity: Identity,
        store: Store,
        faults: Faults,
        limits: Limits,
        clock: Callable[[], float],
    ) -> None:
        self.identity = identity
        self.store = store
        self.state = State()
        self.faults = faults
        self.limits = limits
        self._control = ControlFile(store.folder)
        self._clock = clock
        self._offset = 0.0
        self.tested = clock()
        self._encoder = log_message.Encoder(identity.serial, identity.algorithm)
        self._ecdsa = ec.ECDSA(identity.algorithm.hash)
        self._sign = identity.key.sign
        self._unsaved = 0
        self._good_until = 0
        self._storage_end = limits.storage - _RESERVE
        self._start_end = self._storage_end - _RESERVE
        self._control.refresh(faults)

    def replay(self) -> None:
        """Read the stored records. Raises TseDamaged when they contradict themselves."""
        self.state = State()
        self.store.replay(
            lambda content: self.state.load(content),
            lambda at, record: self.state.apply(at, record, self.store.note_finished),
        )
        self._unsaved = 0
        self._look_ahead()

    def _look_ahead(self) -> None:
        """Note until when (device's clock) nothing but a fault can hinder signing: looked at for every message."""
        spans = [span for span in (self.time_sync_in, self.self_test_in) if span is not None]
        self._good_until = min([self.identity.expires, *(self.now + span for span in spans)])
        if self.state.lifecycle is not Lifecycle.INITIALIZED:
            self._good_until = 0

    # ---- what the device is able to

    def reach(self) -> None:
        """Be late, occupied or absent if told so: the first thing of every operation."""
        self._control.refresh(self.faults)
        faults = self.faults
        if faults.latency > 0:
            faults.sleep(faults.latency)
        if faults.unplugged:
            raise TseUnplugged("fault on command")
        if self.store.closed:
            raise TseUnplugged("the device is closed")
        if faults.busy:
            raise TseBusy("fault on command")

    def alive(self) -> None:
        """Raise unless the device is in operation (locked counts as well)."""
        lifecycle = self.state.lifecycle
        if lifecycle is Lifecycle.UNINITIALIZED:
            raise TseNotInitialized(self.serial)
        if lifecycle is Lifecycle.DECOMMISSIONED:
            raise TseDecommissioned(self.serial)

    def able(self) -> None:
        """Raise what forbids signing anything but log-ins, deletion and the end of life."""
        self.alive()
        if self.expired:
            raise TseCertificateExpired(self.serial)
        if self.signatures_left <= 0:
            raise TseSignaturesExhausted(self.serial)
        if self.faults.storage_full or self.store.end >= self._storage_end:
            raise TseStorageFull(f"{self.store.end} bytes")

    def ready_time(self) -> int:
        """Tell the time for the next transaction log, or why none can be signed."""
        now = self.now
        if now >= self._good_until or now < self.state.log_time or self.faults.hinder_signing:
            self._find_hindrance()
            return self.log_time
        if self.store.end >= self._storage_end or self.state.signature_counter >= self.limits.max_signatures:
            self._find_hindrance()
        return now

    def _find_hindrance(self) -> None:
        """Raise what keeps transactions from being signed, if anything does."""
        self.able()
        if self.state.lifecycle is Lifecycle.DEACTIVATED:
            raise TseDeactivated(self.serial)
        if self.self_test_in == 0:
            raise TseSelfTestRequired(self.serial)
        if not self.has_valid_time:
            raise TseTimeNotSet(f"clock {self.now}, last message {self.state.log_time}, set {self.state.time_set}")

    @property
    def serial(self) -> str:
        """The serial number, hex."""
        return self.identity.serial.hex()

    @property
    def now(self) -> int:
        """The device's own clock, unix seconds."""
        return int(self._clock() + self._offset)

    @property
    def log_time(self) -> int:
        """The time of the next message: never before the last one's, which stands in while the time is unknown."""
        if self.faults.time_lost or self.now < self.state.log_time:
            return self.state.log_time
        return self.now

    @property
    def has_valid_time(self) -> bool:
        """Whether the clock was set, lately enough, and has not stepped back."""
        lost = self.faults.time_lost or self.state.log_time - self.now > BACKWARDS
        return not lost and self.time_sync_in != 0

    @property
    def time_sync_in(self) -> int | None:
        """Seconds until the time must have been set again."""
        interval = self.limits.time_sync_interval
        return None if interval is None else max(0, self.state.time_set + interval - self.now)

    @property
    def self_test_in(self) -> int | None:
        """Seconds until the next self test must have been made."""
        if self.faults.self_test_due:
            return 0
        interval = self.limits.self_test_interval
        return None if interval is None else max(0, int(self.tested + interval - self._clock()))

    @property
    def expired(self) -> bool:
        """Whether the certificate's time is over."""
        return self.faults.certificate_expired or self.now > self.identity.expires

    @property
    def signatures_left(self) -> int:
        """How many messages may still be signed."""
        return 0 if self.faults.signatures_exhausted else self.limits.max_signatures - self.state.signature_counter

    @property
    def storage_left(self) -> int:
        """Bytes left for new transactions."""
        return 0 if self.faults.storage_full else max(0, self._start_end - self.store.end)

    def set_clock(self, unix: int) -> None:
        """Go by this time from now on."""
        self._offset = unix - self._clock()
        self.faults.time_lost = False
        self._look_ahead()

    def tested_now(self) -> None:
        """Count the span to the next self test from now."""
        self.tested = self._clock()
        self.faults.self_test_due = False
        self._look_ahead()

    # ---- signing and storing

    def transaction(
        self,
        kind: int,
        operation: str,
        client_id: str,
        number: int,
        process_data: bytes,
        process_type: str,
        *,
        gathered: bool = False,
    ) -> tuple[int, Record, bytes]:
        """Sign and store one transaction log; return its offset, the record and the raw signature.

        ``gathered`` data came in several pieces: TR-03151 encodes them with indefinite length.
        """
        now = self.ready_time()
        if self.faults.strikes("lose_before_signing"):
            raise TseConnectionLost("fault on command: before signing")
        counter = self.state.signature_counter + 1
        signed = self._encoder.transaction(
            operation, client_id, process_data, process_type, number, counter, now, indefinite=gathered
        )
        signature = der.plain_ecdsa(self._sign(signed, self._ecdsa), self.identity.half)
        record = Record(kind, counter, number, now, log_message.assemble(signed, signature))
        offset = self.store.append(record)
        self.state.signature_counter = counter
        self.state.log_time = now
        self._unsaved += 1
        return offset, record, signature

    def answer(self) -> None:
        """Everything is stored: save the state from time to time, lose the answer if told so."""
        if self._unsaved >= _CHECKPOINT_EVERY:
            self.save()
        if self.faults.strikes("lose_after_signing"):
            raise TseConnectionLost("fault on command: after signing")

    def close(self) -> None:
        """Save the state, note what has become of the faults set from outside, release the folder."""
        if not self.store.closed:
            self.save()
            self._control.settle(self.faults)
        self.store.close()

    def save(self) -> None:
        """Write a checkpoint when there is something new."""
        if self._unsaved and not self.store.closed:
            self.store.checkpoint(self.state.dump())
            self._unsaved = 0

    def system(self, *events: Event, at: int, audit: bytes = b"", keep: object = None) -> None:
        """Sign and store what happened, in one write; ``audit`` follows, ``keep`` (private JSON) goes first."""
        counter = self.state.signature_counter
        records = [] if keep is None else [private(keep, counter, at)]
        for operation, data in events:
            counter += 1
            records.append(self._record(self._encoder.system(operation, data, counter, at), counter, at))
        if audit:
            counter += 1
            records.append(self._record(self._encoder.audit(audit, counter, at), counter, at))
        offset = self.store.append(*records)
        for record in records:
            self.state.apply(offset, record, self.store.note_finished)
        self._unsaved += len(records)
        self._look_ahead()

    def keep_pending(self, number: int, data: bytes, process_type: str, since: int) -> None:
        """Store data of an open transaction that is signed later."""
        content = {"pending": [number, b64encode(data).decode(), process_type, since]}
        self.store.append(private(content, self.state.signature_counter, self.state.log_time))
        self.state.note_pending(number, data, process_type, since)

    def overdue_updates(self) -> list[int]:
        """Tell the open transactions whose gathered data must be signed now (MAX_PROTECTION_DELAY)."""
        latest = self.now - self.limits.protection_delay
        return [number for number, one in self.state.open.items() if one.pending and one.pending_since <= latest]

    def rewrite(self, records: list[Record], event: Event) -> None:
        """Keep only these records and tell so in the log, whole or not at all."""
        counter, at = self.state.signature_counter + 1, self.log_time
        told = self._record(self._encoder.system(*event, counter, at), counter, at)
        self.store.rewrite([*records, told])
        self.replay()

    def first_records(self, *events: Event, at: int) -> list[Record]:
        """Sign the first messages of a device that has no store yet."""
        return [
            self._record(self._encoder.system(operation, data, counter, at), counter, at)
            for counter, (operation, data) in enumerate(events, start=1)
        ]

    def _record(self, signed: bytes, counter: int, at: int) -> Record:
        signature = der.plain_ecdsa(self._sign(signed, self._ecdsa), self.identity.half)
        return Record(KIND_SYSTEM, counter, 0, at, log_message.assemble(signed, signature))
