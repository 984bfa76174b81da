"""One batch of log messages: read, held against its name, its signature, its certificate and the house rules.

Runs in worker processes: takes and gives plain values only.
"""

import re
from collections import Counter
from dataclasses import field
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from smartecr.core.records import dataclass
from smartecr.tse import der, export_names, verify
from smartecr.tse.checking import content, records
from smartecr.tse.checking.findings import Finding, Findings, Place
from smartecr.tse.log_message import FINISH, START, UPDATE, LogMessage, LogMessageError
from smartecr.tse.log_reader import Reader
from smartecr.tse.tar import Entry

_STEPS = {START: records.START, UPDATE: records.UPDATE, FINISH: records.FINISH}
_EVENTS = {
    "updatetime": records.TIME,
    "initialize": records.INITIALIZE,
    "disablesecureelement": records.DISABLE,
    "registerclient": records.REGISTER,
    "deregisterclient": records.DEREGISTER,
}
_NAME = re.compile(
    r"(Unixt|Utc|Gent)_([0-9.]+Z?)_Sig-(\d+)_Log-(?:(Tra)_No-(\d+)_([A-Za-z]+)_Client-(.*?)|(Sys)_(.*?)|(Aud))(?:_Fc-\d+)?\.log",
    re.DOTALL,
)
_SIGNATURE_ENDS = {
    "mismatch": ("signature_invalid", "Die Signatur passt nicht: Die Nachricht wurde verändert oder ist nicht echt."),
    "malformed": ("signature_malformed", "Was als Signatur steht, kann keine Signatur dieses Schlüssels sein."),
    "unsupported": ("algorithm_unknown", "Das Signaturverfahren ist unbekannt; die Signatur ist nicht prüfbar."),
}
_LARGEST = 1 << 62
_HASHES_KEPT = 10_000


class Key(NamedTuple):
    """A device's key for workers: encoded point, first and last second of its certificate's validity."""

    point: bytes
    begin: int
    end: int


@dataclass(slots=True)
class Batch:
    """Neighbours in one archive: names, bytes of their headers, where their contents lie. ``file`` is the archive's
    number. Who checks a batch reads the contents itself: they are most of what there is.
    """

    file: int
    file_name: str
    path: Path
    names: list[str] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        """Take another member."""
        self.names.append(entry.name)
        self.offsets.append(entry.offset)
        self.starts.append(entry.start)
        self.ends.append(entry.start + entry.size)

    def contents(self) -> list[bytes]:
        """Read the contents; shorter ones when the file has changed meanwhile. Raises OSError when it has gone."""
        begin = self.starts[0]
        with self.path.open("rb") as stream:
            stream.seek(begin)
            data = stream.read(self.ends[-1] - begin)
        return [data[start - begin : end - begin] for start, end in zip(self.starts, self.ends, strict=True)]


@dataclass(slots=True)
class Checked:
    """What a batch gave. ``kinds`` and ``used`` count messages, ``records`` are packed and sorted by the taker."""

    kinds: Counter[str] = field(default_factory=Counter)
    valid: int = 0
    invalid: int = 0
    unchecked: int = 0
    used: Counter[bytes] = field(default_factory=Counter)
    formats: set[tuple[bytes, str, bytes]] = field(default_factory=set)
    records: bytes = b""
    kept: list[Finding] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


class Checker:
    """Checks batches; keeps what it learned of devices between them."""

    def __init__(self) -> None:
        self._reader = Reader()
        self._hashes: dict[str, bytes] = {}

    def check(self, batch: Batch, keys: dict[bytes, Key], *, complete: bool, final: bool) -> Checked | None:
        """Check a batch. Unless ``final``, a message of a device whose key is not known yet ends it with None."""
        taken = Checked()
        findings = Findings(complete=complete)
        messages = self._read(batch, findings)
        loaded = {serial: verify.load_key(key.point) for serial, key in keys.items()}
        if not final and any(message is not None and message.serial not in loaded for message in messages):
            return None
        # signatures in one go: between other work each one costs a tenth more
        checks = [
            verify.check_message(message, loaded[message.serial])
            if message is not None and message.serial in loaded
            else None
            for message in messages
        ]
        rows, kinds, serials = [], [], []
        form = "", b""
        serial, key = b"", None
        for name, offset, message, check in zip(batch.names, batch.offsets, messages, checks, strict=True):
            if message is None:
                continue
            if message.serial is not serial:
                serial, key = message.serial, keys.get(message.serial)
            kinds.append(message.kind)
            serials.append(serial)
            if (message.time_format, message.algorithm_oid) != form:
                form = message.time_format, message.algorithm_oid
                taken.formats.add((serial, *form))
            if export_names.of_message(message) != name:
                _compare_name(message, Place(batch.file_name, name, message.signature_counter), findings)
            if key is None or check is None:
                taken.unchecked += 1
            else:
                if check is verify.VALID:
                    taken.valid += 1
                else:
                    place = Place(batch.file_name, name, message.signature_counter)
                    _judge_signature(check, place, taken, findings)
                if not key.begin <= message.log_time <= key.end:
                    place = Place(batch.file_name, name, message.signature_counter)
                    text = "Das Zertifikat der TSE galt zur Zeit dieser Nachricht nicht."
                    findings.add("certificate_validity", place, text)
            row = self._record(message, batch, name, offset, findings)
            if row:
                rows.append(row)
        taken.kinds, taken.used = Counter(kinds), Counter(serials)
        taken.records = b"".join(rows)
        taken.kept, taken.counts = findings.collected()
        return taken

    def _read(self, batch: Batch, findings: Findings) -> list[LogMessage | None]:
        """Read the messages of a batch; None stands for one that is unreadable."""
        messages: list[LogMessage | None] = []
        for name, data in zip(batch.names, batch.contents(), strict=True):
            try:
                messages.append(self._reader.read(data))
            except LogMessageError:
                place = Place(batch.file_name, name)
                findings.add("message_unreadable", place, "Die Datei ist keine lesbare Log-Nachricht.")
                messages.append(None)
        return messages

    def _record(self, message: LogMessage, batch: Batch, name: str, offset: int, findings: Findings) -> bytes:
        step, client = records.OTHER, b""
        if message.kind == "transaction":
            known = _STEPS.get(message.operation) or _step(message.operation)
            step, client = known or records.OTHER, self._hash(message.client_id)
            odd = content.oddities(message)
            if known is None:
                odd.append(("operation_unknown", "Die Nachricht nennt keinen bekannten Schritt einer Transaktion."))
            for code, text in odd:
                findings.add(code, Place(batch.file_name, name, message.signature_counter), text)
        elif message.kind == "system":
            step = _EVENTS.get(message.operation.lower(), records.OTHER)
            if step in (records.REGISTER, records.DEREGISTER):
                client = self._hash(_client_of(message))
        if not (0 <= message.signature_counter < _LARGEST and 0 <= message.transaction_number < _LARGEST):
            place = Place(batch.file_name, name)
            findings.add("counter_absurd", place, "Signaturzähler oder Transaktionsnummer können nicht stimmen.")
            return b""
        return records.pack(
            message.serial[:8],
            message.signature_counter,
            message.log_time,
            message.transaction_number,
            step,
            client,
            message.signature[-8:],
            batch.file,
            offset,
        )

    def _hash(self, client_id: str) -> bytes:
        known = self._hashes.get(client_id)
        if known is None:
            if len(self._hashes) > _HASHES_KEPT:
                self._hashes.clear()
            known = self._hashes[client_id] = blake2b(client_id.encode("utf-8", "replace"), digest_size=8).digest()
        return known


def _judge_signature(check: verify.SignatureCheck, place: Place, taken: Checked, findings: Findings) -> None:
    """Say what is unusual or wrong about a signature."""
    if check.valid:
        taken.valid += 1
        findings.add("signature_der", place, "Die Signatur steht in DER-Form statt als r und s.")
        return
    code, text = _SIGNATURE_ENDS[check.reason]
    if check.reason == "unsupported":
        taken.unchecked += 1
    else:
        taken.invalid += 1
    findings.add(code, place, text)


def _step(operation: str) -> int | None:
    """Find the step of a transaction in another spelling."""
    folded = operation.lower()
    return next((step for name, step in _STEPS.items() if name.lower() == folded), None)


def _client_of(message: LogMessage) -> str:
    """Read the client of registerClient and deregisterClient: the first element, whatever its tag."""
    try:
        _, start, stop = der.read_header(message.system_data, 0, len(message.system_data))
        if message.version == 3 and stop >= 0 and message.system_data[:1] == b"\x30":
            _, start, stop = der.read_header(message.system_data, start, stop)
    except der.DerError:
        return ""
    return message.system_data[start:stop].decode("utf-8", "replace") if stop >= 0 else ""


def _compare_name(message: LogMessage, place: Place, findings: Findings) -> None:
    """Say how a name that is not the usual one differs; spelling of the operation and doubles (Fc-n) are free."""
    match = _NAME.fullmatch(place.name)
    if match is None:
        findings.add("name_irregular", place, "Der Dateiname hat nicht die vorgeschriebene Form.")
        return
    expected = _NAME.fullmatch(export_names.of_message(message))
    if expected is None or _claims(match) != _claims(expected):
        findings.add("name_contradicts", place, "Der Dateiname sagt etwas anderes als die Nachricht.")


def _claims(match: re.Match[str]) -> tuple[object, ...]:
    clock, time, counter, tra, number, step, client, sys, operation, aud = match.groups()
    folded = (step or operation or "").lower()
    numbers = counter[:30].lstrip("0"), (number or "")[:30].lstrip("0")
    return clock, time, *numbers, tra, folded, re.sub(r"[^A-Za-z0-9]", "_", client or ""), sys, aud
