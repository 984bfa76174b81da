"""`smartecr verify dsfinvk`: checks an export of any maker and says what is wrong, in sentences or as JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Final

from smartecr.core.counted import counted, dotted
from smartecr.fiscal.dsfinvk import reasons
from smartecr.fiscal.dsfinvk.findings import Finding
from smartecr.fiscal.dsfinvk.rules_tse import SignedFinish
from smartecr.fiscal.dsfinvk.source import NotAnExportError
from smartecr.fiscal.dsfinvk.validator import Verdict, validate
from smartecr.server.cmdline.console import Progress, complain, say
from smartecr.tse import receipt_qr

_SHOWN: Final = 5
"""Places of each kind that are listed; JSON names all that were kept."""


def verify(path: Path, *, as_json: bool = False, signatures: bool = True) -> int:
    """Check an export; 0 without errors, 1 with errors, 2 when it is none. With `as_json` only JSON is written."""
    progress = None if as_json or not sys.stdout.isatty() else Progress()
    try:
        verdict = validate(path, signatures=check_signature if signatures else None, progress=progress)
    except NotAnExportError as error:
        return _unreadable(path, f"Kein DSFinV-K-Export: {error}", as_json)
    except OSError as error:
        return _unreadable(path, f"Die Prüfung brach ab: {reasons.of_reading(error)}.", as_json)
    if as_json:
        _write(_as_json(path, verdict))
    else:
        _tell(path, verdict)
    return 1 if verdict.errors else 0


def check_signature(signed: SignedFinish) -> str:
    """Return what is wrong with a signature, or an empty text: the proof a receipt's QR code gives."""
    try:
        verdict = receipt_qr.verify(";".join(("V0", *asdict(signed).values())))
    except (receipt_qr.ReceiptQrError, ValueError) as error:
        return str(error)
    return "" if verdict.valid else verdict.message


def _unreadable(path: Path, problem: str, as_json: bool) -> int:
    if as_json:
        _write({"file": str(path), "valid": False, "error": problem})
    else:
        complain(problem)
        complain("Den Pfad prüfen oder den Export noch einmal übertragen; sonst ihn in der Kasse neu erzeugen.")
    return 2


def _write(content: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def _as_json(path: Path, verdict: Verdict) -> dict[str, object]:
    return {
        "file": str(path),
        "valid": verdict.errors == 0,
        "errors": verdict.errors,
        "warnings": verdict.warnings,
        "counts": verdict.counts,
        "closings": verdict.closings,
        "receipts": verdict.receipts,
        "signatures_checked": verdict.signatures_checked,
        "tables": verdict.rows,
        "findings": [asdict(finding) for finding in verdict.findings],
    }


def _tell(path: Path, verdict: Verdict) -> None:
    rows = sum(verdict.rows.values())
    read = [counted(verdict.closings, "Abschluss", "Abschlüsse"), counted(verdict.receipts, "Vorgang", "Vorgänge")]
    say(f"{path.name}: {', '.join(read)}, {counted(rows, 'Zeile', 'Zeilen')} geprüft.")
    for severity, title in (("error", "Fehler"), ("warning", "Hinweise")):
        found: dict[str, list[Finding]] = {}
        for finding in verdict.findings:
            if finding.severity == severity:
                found.setdefault(finding.code, []).append(finding)
        if found:
            say(f"\n{title}:")
        # what is wrong with whole files is the cause of much that follows
        for code in sorted(found, key=lambda code: not code.startswith(("index.", "file."))):
            _tell_kind(code, found[code], verdict.counts[code])
    say()
    if not verdict.signatures_checked:
        say("Signaturen wurden nicht geprüft.")
    say(_conclusion(verdict))


def _tell_kind(code: str, findings: list[Finding], count: int) -> None:
    """Say what was found of one kind: the first places, and how many more there are."""
    say(f"\n  [{code}] {dotted(count)}-mal" if count > 1 else f"\n  [{code}]")
    for finding in findings[:_SHOWN]:
        say(f"    {_place(finding)}: {finding.message}")
    if count > _SHOWN:
        say(f"    … und {dotted(count - _SHOWN)} weitere")


def _conclusion(verdict: Verdict) -> str:
    hints = counted(verdict.warnings, "Hinweis", "Hinweise")
    if verdict.errors:
        return f"Nicht in Ordnung: {dotted(verdict.errors)} Fehler, {hints}."
    if not verdict.closings:
        return "Es gab nichts zu prüfen: Der Export enthält keinen Kassenabschluss."
    return f"In Ordnung: keine Fehler, {hints}."


def _place(finding: Finding) -> str:
    row = f", Zeile {finding.row}" if finding.row else ""
    column = f", Spalte {finding.column}" if finding.column else ""
    return f"{finding.file}{row}{column}"
