"""Messages of all devices in the order of their signature counters: gaps, doubles, times."""

from collections.abc import Iterable
from dataclasses import field

from smartecr.core.records import dataclass
from smartecr.tse.checking import records
from smartecr.tse.checking.findings import Findings
from smartecr.tse.checking.records import Fields, Locate
from smartecr.tse.checking.transactions import Transactions

_GAPS_KEPT = 10_000


@dataclass(slots=True, kw_only=True)
class Device:
    """What the messages of one TSE say together. ``missing`` are ranges (first, last), times unix seconds UTC."""

    serial: bytes
    counter_first: int
    counter_last: int
    time_first: int
    time_last: int
    messages: int = 0
    missing: list[tuple[int, int]] = field(default_factory=list)
    missing_total: int = 0
    open_transactions: list[int] = field(default_factory=list)
    open_total: int = 0


class Sequence:
    """Reads records in order and judges them; ``devices`` is complete afterwards.

    ``overlap`` counts messages that stand in several archives alike: parts of an export may overlap.
    """

    def __init__(self, findings: Findings, locate: Locate) -> None:
        self._findings = findings
        self._locate = locate
        self.devices: list[Device] = []
        self.overlap = 0

    def read(self, rows: Iterable[Fields]) -> None:
        """Judge all records; they come sorted by device and counter."""
        device: Device | None = None
        transactions = Transactions(self._findings, self._locate)
        last_counter = last_time = last_file = 0
        last_mark = b""
        for row in rows:
            serial, counter, time, _, step, _, mark, file, _ = row
            if device is None or serial != device.serial:
                self._end(device, transactions)
                device = self._begin(row)
                transactions = Transactions(self._findings, self._locate)
            elif counter == last_counter:
                if mark == last_mark and file != last_file:
                    self.overlap += 1
                    continue
                self._say("counter_doubled", row, f"Der Signaturzähler {counter} kommt mehr als einmal vor.")
            else:
                if counter != last_counter + 1:
                    self._gap(device, last_counter + 1, counter - 1, row)
                if time < last_time and step != records.TIME:
                    self._backwards(last_time - time, counter == last_counter + 1, row)
            device.messages += 1
            if step:
                transactions.take(row)
            last_counter, last_time, last_mark, last_file = counter, time, mark, file
            device.counter_last, device.time_last = counter, time
        self._end(device, transactions)

    def _begin(self, row: Fields) -> Device:
        serial, counter, time = row[:3]
        device = Device(serial=serial, counter_first=counter, counter_last=counter, time_first=time, time_last=time)
        self.devices.append(device)
        if counter == 2:
            self._say("counter_start_late", row, "Der Export beginnt mit dem Signaturzähler 2, wie bei einigen TSE.")
        elif counter > 2:
            self._say("counter_start", row, f"Der Export beginnt erst mit dem Signaturzähler {counter}.")
        return device

    def _end(self, device: Device | None, transactions: Transactions) -> None:
        if device is not None:
            device.open_transactions, device.open_total = transactions.still_open()

    def _gap(self, device: Device, first: int, last: int, row: Fields) -> None:
        device.missing_total += last - first + 1
        if len(device.missing) < _GAPS_KEPT:
            device.missing.append((first, last))
        which = (
            f"Der Signaturzähler {first} fehlt" if first == last else f"Die Signaturzähler {first} bis {last} fehlen"
        )
        self._say("counter_gap", row, f"{which} vor dieser Nachricht.")

    def _backwards(self, seconds: int, adjacent: bool, row: Fields) -> None:
        code = "time_backwards" if adjacent else "time_backwards_gap"
        self._say(code, row, f"Die Zeit springt um {seconds} s zurück, ohne dass sie gestellt wurde.")

    def _say(self, code: str, row: Fields, text: str) -> None:
        place = self._locate(row) if self._findings.wants(code) else None
        self._findings.add(code, place, text)
