"""`smartecr verify dsfinvk`: checks an export of any maker and says what is wrong, in sentences or as JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from smartecr.fiscal.dsfinvk.findings import Finding
from smartecr.fiscal.dsfinvk.rules_tse import SignedFinish
from smartecr.fiscal.dsfinvk.source import NotAnExportError
from smartecr.fiscal.dsfinvk.validator import Verdict, validate
from smartecr.server.console import Progress, complain, say
from smartecr.tse import receipt_qr


def verify(path: Path, *, as_json: bool = False, signatures: bool = True) -> int:
    """Check an export; 0 without errors, 1 with errors, 2 when it is none. With `as_json` only JSON is written."""
    progress = None if as_json or not sys.stdout.isatty() else Progress()
    try:
        verdict = validate(path, signatures=check_signature if signatures else None, progress=progress)
    except NotAnExportError as error:
        if as_json:
            _write({"file": str(path), "valid": False, "error": str(error)})
        else:
            complain(f"Kein DSFinV-K-Export: {error}")
        return 2
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
    say(f"{path.name}: {verdict.closings} Abschlüsse, {verdict.receipts} Vorgänge, {rows} Zeilen geprüft.")
    for finding in verdict.findings:
        say(f"{'Fehler ' if finding.severity == 'error' else 'Hinweis'}  {_place(finding)}: {finding.message}")
        say(f"         [{finding.code}]")
    shown = len(verdict.findings)
    total = verdict.errors + verdict.warnings
    if total > shown:
        say(f"Gezeigt sind die ersten {shown} von {total} Funden; alle gezählt:")
        for code, count in verdict.counts.items():
            say(f"  {count:>7}  {code}")
    if not verdict.signatures_checked:
        say("Signaturen wurden nicht geprüft.")
    if verdict.errors:
        say(f"Nicht in Ordnung: {verdict.errors} Fehler, {verdict.warnings} Hinweise.")
    else:
        say(f"In Ordnung: keine Fehler, {verdict.warnings} Hinweise.")


def _place(finding: Finding) -> str:
    row = f", Zeile {finding.row}" if finding.row else ""
    column = f", Spalte {finding.column}" if finding.column else ""
    return f"{finding.file}{row}{column}"
