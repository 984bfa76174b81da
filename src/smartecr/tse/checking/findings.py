"""Findings: what is wrong, how badly, and where. German sentences for the people who read them.

An error says that the proof is broken; a warning that somebody should look; a note that it is normal but good to
know. Gaps and loose ends are normal in a filtered or split export and errors in one that claims to be whole.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Literal, NamedTuple

from smartecr.core.records import dataclass

Severity = Literal["error", "warning", "note"]

#: findings of one code that are kept one by one; the others are counted
KEPT = 100

#: code -> severity, severity in an export that claims to be whole
CODES: dict[str, tuple[Severity, Severity]] = {
    "archive_broken": ("error", "error"),
    "archive_not_closed": ("warning", "warning"),
    "archive_continues": ("warning", "warning"),
    "archive_without_messages": ("warning", "warning"),
    "info_missing": ("note", "note"),
    "info_unreadable": ("note", "note"),
    "member_unknown": ("warning", "warning"),
    "message_unreadable": ("error", "error"),
    "name_contradicts": ("error", "error"),
    "name_irregular": ("error", "error"),
    "certificate_missing": ("error", "error"),
    "certificate_name": ("error", "error"),
    "authority_name": ("warning", "warning"),
    "certificate_unreadable": ("warning", "warning"),
    "certificate_validity": ("warning", "warning"),
    "certificate_usage": ("warning", "warning"),
    "chain_broken": ("error", "error"),
    "chain_authority": ("error", "error"),
    "chain_incomplete": ("warning", "warning"),
    "chain_validity": ("warning", "warning"),
    "root_unknown": ("note", "note"),
    "signature_invalid": ("error", "error"),
    "signature_malformed": ("error", "error"),
    "signature_der": ("note", "note"),
    "algorithm_unknown": ("error", "error"),
    "several_devices": ("note", "note"),
    "several_formats": ("note", "note"),
    "counter_absurd": ("error", "error"),
    "counter_doubled": ("error", "error"),
    "counter_overlap": ("note", "note"),
    "counter_start": ("note", "error"),
    "counter_start_late": ("note", "warning"),
    "counter_gap": ("warning", "error"),
    "time_backwards": ("error", "error"),
    "time_backwards_gap": ("warning", "error"),
    "transaction_open": ("warning", "warning"),
    "transaction_finished_twice": ("error", "error"),
    "transaction_started_twice": ("error", "error"),
    "transaction_updated_late": ("error", "error"),
    "transaction_without_start": ("warning", "error"),
    "update_without_start": ("warning", "error"),
    "transaction_gap": ("note", "error"),
    "transaction_client": ("warning", "warning"),
    "transaction_after_disable": ("warning", "warning"),
    "operation_unknown": ("warning", "warning"),
    "client_odd": ("warning", "warning"),
    "client_unregistered": ("warning", "warning"),
    "process_type_unknown": ("warning", "warning"),
    "process_data_odd": ("warning", "warning"),
    "process_data_sum": ("warning", "warning"),
    "start_content": ("note", "note"),
    "decommissioned": ("note", "note"),
}


class Place(NamedTuple):
    """Where: file and member name (empty when it concerns no single one), signature counter (0 for none)."""

    file: str = ""
    name: str = ""
    counter: int = 0

    def __str__(self) -> str:
        parts = [self.file, self.name, f"Signaturzähler {self.counter}" if self.counter else ""]
        return ", ".join(printable(part) for part in parts if part)


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``message`` is a German sentence, ``count`` how often it was found (above 1 only in a summary)."""

    code: str
    severity: Severity
    place: Place
    message: str
    count: int = 1


class Findings:
    """Collects findings in bounded memory: of each code the first ``KEPT``, of the others the number."""

    def __init__(self, *, complete: bool = False) -> None:
        self._complete = complete
        self._kept: list[Finding] = []
        self._counts: Counter[str] = Counter()

    def add(self, code: str, place: Place | None, message: str) -> None:
        """Take note of a finding; ``place`` may be None when ``wants`` said that it will only be counted."""
        self._counts[code] += 1
        if place is not None and self._counts[code] <= KEPT:
            self._kept.append(Finding(code, CODES[code][self._complete], place, message))

    def wants(self, code: str) -> bool:
        """Tell whether another finding of this code would be kept, or only counted."""
        return self._counts[code] < KEPT

    def merge(self, kept: Iterable[Finding], counts: dict[str, int]) -> None:
        """Take over what another collector found."""
        for finding in kept:
            if self._counts[finding.code] < KEPT:
                self.add(finding.code, finding.place, finding.message)
                counts = {**counts, finding.code: counts[finding.code] - 1}
        self._counts.update(counts)

    def collected(self) -> tuple[list[Finding], dict[str, int]]:
        """Give what was kept, and how often each code was found."""
        return self._kept, dict(self._counts)

    def report(self) -> tuple[Finding, ...]:
        """Give the findings, worst first, with a summary where some of a code were only counted."""
        order = ("error", "warning", "note")
        rows = list(self._kept)
        for code, count in self._counts.items():
            if count > KEPT:
                more = f"{count - KEPT:,}".replace(",", ".")
                text = f"Weitere {more} Befunde dieser Art sind nicht einzeln aufgeführt."
                rows.append(Finding(code, CODES[code][self._complete], Place(), text, count - KEPT))
        return tuple(sorted(rows, key=lambda finding: order.index(finding.severity)))


def printable(text: str) -> str:
    """Keep control characters, escape codes and text direction marks of foreign data away from the reader."""
    return "".join(char if char.isprintable() else "·" for char in text[:300])
