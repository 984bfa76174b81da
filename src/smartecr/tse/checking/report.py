"""The verdict on an export: a plain value that the command line prints and an office page shows."""

from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any

from smartecr.core.counted import counted, dotted
from smartecr.core.records import dataclass
from smartecr.tse.checking.findings import Finding, printable
from smartecr.tse.checking.sequence import Device

#: missing counters and open transactions that are listed one by one
LISTED = 10_000
_WORDS = {"error": "FEHLER ", "warning": "WARNUNG", "note": "HINWEIS"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What checking found. Counts are messages; ``unchecked`` ones have no certificate or an unknown algorithm.

    ``devices`` are in the order of their serial numbers (32 bytes each), ``findings`` worst first, ``counts`` tell
    how often each code was found. ``complete``: whether the export was held to be whole.
    """

    files: tuple[str, ...]
    complete: bool
    transaction: int
    system: int
    audit: int
    signatures_valid: int
    signatures_invalid: int
    signatures_unchecked: int
    devices: tuple[Device, ...]
    findings: tuple[Finding, ...]
    counts: dict[str, int]

    @property
    def messages(self) -> int:
        """Count all log messages read."""
        return self.transaction + self.system + self.audit

    def total(self, severity: str) -> int:
        """Count the findings of a severity, those not listed one by one too."""
        return sum(finding.count for finding in self.findings if finding.severity == severity)

    @property
    def ok(self) -> bool:
        """Tell whether no error was found."""
        return not self.total("error")

    def json(self) -> dict[str, Any]:
        """Make the value `--json` prints.

        ``missing_counters`` (between first and last) and ``open_transactions`` list at most 10,000 numbers; the totals
        beside them are exact, as are the ranges under ``devices`` up to 10,000 gaps.
        """
        missing = chain.from_iterable(range(first, last + 1) for one in self.devices for first, last in one.missing)
        still_open = chain.from_iterable(one.open_transactions for one in self.devices)
        return {
            "messages": self.messages,
            "transaction": self.transaction,
            "system": self.system,
            "audit": self.audit,
            "signatures_valid": self.signatures_valid,
            "signatures_invalid": self.signatures_invalid,
            "signatures_unchecked": self.signatures_unchecked,
            "counter_first": min((one.counter_first for one in self.devices), default=None),
            "counter_last": max((one.counter_last for one in self.devices), default=None),
            "missing_counters": list(islice(missing, LISTED)),
            "missing_counters_total": sum(one.missing_total for one in self.devices),
            "open_transactions": list(islice(still_open, LISTED)),
            "open_transactions_total": sum(one.open_total for one in self.devices),
            "errors": self.total("error"),
            "warnings": self.total("warning"),
            "notes": self.total("note"),
            "complete": self.complete,
            "files": list(self.files),
            "devices": [_device(one) for one in self.devices],
            "findings": [_finding(one) for one in self.findings],
        }

    def lines(self) -> list[str]:
        """Say it in German lines for a terminal."""
        lines = [
            f"Nachrichten:    {dotted(self.messages)}",
            f"  Transaktionen:  {dotted(self.transaction)}",
            f"  System, Audit:  {dotted(self.system)}, {dotted(self.audit)}",
            f"Signaturen:     {dotted(self.signatures_valid)} gültig, {dotted(self.signatures_invalid)} ungültig",
        ]
        if self.signatures_unchecked:
            lines.append(f"  nicht prüfbar:  {dotted(self.signatures_unchecked)}")
        for one in self.devices:
            times = f"{_moment(one.time_first)} bis {_moment(one.time_last)} (UTC)"
            lines += [
                f"TSE {one.serial.hex()}",
                f"  Zähler:         {one.counter_first} bis {one.counter_last}, {dotted(one.missing_total)} fehlen",
                f"  Zeit:           {times}",
                f"  Offen:          {counted(one.open_total, 'Transaktion', 'Transaktionen')}",
            ]
        for finding in self.findings:
            place = f" [{finding.place}]" if str(finding.place) else ""
            lines.append(f"{_WORDS[finding.severity]} {printable(finding.message)}{place} ({finding.code})")
        errors, warnings, notes = (self.total(severity) for severity in _WORDS)
        verdict = "Keine Fehler." if self.ok else "Nicht in Ordnung."
        found = (counted(warnings, "Warnung", "Warnungen"), counted(notes, "Hinweis", "Hinweise"))
        lines.append(f"{verdict} {dotted(errors)} Fehler, {', '.join(found)}.")
        return lines


def _finding(finding: Finding) -> dict[str, Any]:
    place = finding.place
    return {
        "code": finding.code,
        "severity": finding.severity,
        "place": str(place),
        "file": place.file,
        "member": place.name,
        "counter": place.counter or None,
        "message": finding.message,
        "count": finding.count,
    }


def _device(device: Device) -> dict[str, Any]:
    return {
        "serial": device.serial.hex(),
        "messages": device.messages,
        "counter_first": device.counter_first,
        "counter_last": device.counter_last,
        "missing_ranges": device.missing,
        "missing_total": device.missing_total,
        "open_total": device.open_total,
        "time_first": device.time_first,
        "time_last": device.time_last,
    }


def _moment(unix: int) -> str:
    return datetime.fromtimestamp(unix, UTC).strftime("%d.%m.%Y %H:%M:%S")
