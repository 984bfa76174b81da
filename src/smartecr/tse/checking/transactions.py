"""The transactions of one device, in the order of its signature counter.

Each number is started once, then updated, then finished once, by one client. What is remembered is bounded: real
devices keep some hundred transactions open; beyond a limit the oldest are only counted.
"""

from smartecr.tse.checking import records
from smartecr.tse.checking.findings import Findings
from smartecr.tse.checking.records import Fields, Locate

_OPEN_KEPT = 100_000
_RANGES_KEPT = 50_000
_CLIENTS_KEPT = 10_000


class Ranges:
    """A set of numbers that mostly follow each other, kept as ranges; the lowest are forgotten beyond a limit."""

    def __init__(self) -> None:
        self._ranges: list[list[int]] = []

    def __contains__(self, number: int) -> bool:
        place = self._place(number)
        return bool(place) and number <= self._ranges[place - 1][1]

    def add(self, number: int) -> None:
        """Add a number."""
        ranges, place = self._ranges, self._place(number)
        if place and number <= ranges[place - 1][1] + 1:
            before = ranges[place - 1]
            before[1] = max(before[1], number)
            if place < len(ranges) and ranges[place][0] == before[1] + 1:
                before[1] = ranges.pop(place)[1]
        elif place < len(ranges) and ranges[place][0] == number + 1:
            ranges[place][0] = number
        else:
            ranges.insert(place, [number, number])
            if len(ranges) > _RANGES_KEPT:
                del ranges[: _RANGES_KEPT // 2]

    def _place(self, number: int) -> int:
        """Count the ranges that begin at or below the number; nearly always all do."""
        low, high = 0, len(self._ranges)
        if high and self._ranges[-1][0] <= number:
            return high
        while low < high:
            middle = (low + high) // 2
            if self._ranges[middle][0] <= number:
                low = middle + 1
            else:
                high = middle
        return low


class Transactions:
    """Judges the messages of one device; ``locate`` tells the place of a record."""

    def __init__(self, findings: Findings, locate: Locate) -> None:
        self._findings = findings
        self._locate = locate
        self._open: dict[int, Fields] = {}
        self._forgotten = 0
        self._finished = Ranges()
        self._last_started = 0
        self._registered: set[bytes] | None = None
        self._removed: set[bytes] = set()
        self._disabled = False

    def take(self, row: Fields) -> None:
        """Judge the next message that is a step of a transaction or an event of interest."""
        step = row[4]
        if step > records.FINISH:
            self._event(row)
            return
        number = row[3]
        if step == records.START:
            self._start(number, row)
            return
        started = self._open.get(number)
        if started is None:
            self._without_start(number, row)
        elif started[5] != row[5]:
            self._say("transaction_client", row, f"Transaktion {number} wechselt die Kasse (Client-ID).")
        if step == records.FINISH:
            if started is not None:
                del self._open[number]
            self._finished.add(number)

    def still_open(self) -> tuple[list[int], int]:
        """Say which transactions are open at the end: (their numbers, as far as remembered; how many in all)."""
        for number, row in self._open.items():
            if not self._findings.wants("transaction_open"):
                break
            self._say("transaction_open", row, f"Transaktion {number} ist begonnen, aber nicht beendet.")
        return sorted(self._open), len(self._open) + self._forgotten

    def _start(self, number: int, row: Fields) -> None:
        if number in self._open or number in self._finished:
            self._say("transaction_started_twice", row, f"Die Transaktionsnummer {number} wurde zweimal vergeben.")
        elif self._last_started and number != self._last_started + 1:
            text = f"Auf den Beginn der Transaktion {self._last_started} folgt der von {number}."
            self._say("transaction_gap", row, text)
        self._last_started = number
        if len(self._open) >= _OPEN_KEPT:
            del self._open[next(iter(self._open))]
            self._forgotten += 1
        self._open[number] = row
        client = row[5]
        if client in self._removed:
            self._say("client_unregistered", row, "Die Kasse (Client-ID) war zu dieser Zeit schon abgemeldet.")
        elif self._registered is not None and client not in self._registered:
            self._say("client_unregistered", row, "Die Kasse (Client-ID) wurde vorher nicht angemeldet.")
        if self._disabled:
            self._say("transaction_after_disable", row, "Nach der Stilllegung der TSE begann noch eine Transaktion.")

    def _without_start(self, number: int, row: Fields) -> None:
        finish = row[4] == records.FINISH
        if number in self._finished:
            code = "transaction_finished_twice" if finish else "transaction_updated_late"
            what = "ist zweimal beendet" if finish else "wurde nach ihrem Ende noch fortgeschrieben"
            self._say(code, row, f"Transaktion {number} {what}.")
        else:
            code = "transaction_without_start" if finish else "update_without_start"
            self._say(code, row, f"Zur Transaktion {number} fehlt der Beginn.")

    def _event(self, row: Fields) -> None:
        step, client = row[4], row[5]
        if step == records.INITIALIZE and row[1] < 1000 and self._registered is None:
            self._registered = set()
        elif step == records.DISABLE:
            self._disabled = True
            self._say("decommissioned", row, "Die TSE wurde stillgelegt.")
        elif step == records.REGISTER:
            self._removed.discard(client)
            if self._registered is not None:
                self._registered.add(client)
        elif step == records.DEREGISTER and len(self._removed) < _CLIENTS_KEPT:
            self._removed.add(client)
        if self._registered is not None and len(self._registered) > _CLIENTS_KEPT:
            self._registered = None

    def _say(self, code: str, row: Fields, text: str) -> None:
        place = self._locate(row) if self._findings.wants(code) else None
        self._findings.add(code, place, text)
