"""Receipts of a block: arithmetic, what was signed, the signature itself, times in their order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from smartecr.core.closing import Sums
from smartecr.core.errors import CoreError
from smartecr.core.receipt import ReceiptContent, check
from smartecr.fiscal.dsfinvk.sums import ClosingSums
from smartecr.fiscal.process_data import signed_text
from smartecr.register import proof, queries
from smartecr.register.closing import entry_of
from smartecr.register.exporting import plain
from smartecr.register.rows import Row
from smartecr.register.verifying.verdict import Verdict
from smartecr.sql import fetch


class Receipts:
    """Checks receipts block by block and adds them up by closing (register, Z number): as the register does, and as
    the export does."""

    def __init__(self, verdict: Verdict) -> None:
        self._verdict = verdict
        self._tses = {row["serial"]: row for row in fetch("SELECT * FROM register_tse")}
        self._serials = {row["id"]: row["serial"] for row in fetch("SELECT id, serial FROM register_register")}
        self.sums: defaultdict[tuple[str, int], Sums] = defaultdict(Sums)
        self.exported: defaultdict[tuple[str, int], ClosingSums] = defaultdict(lambda: ClosingSums("EUR"))
        self._counters: defaultdict[str, set[int]] = defaultdict(set)

    def check(self, receipt_ids: Sequence[str]) -> None:
        """Check receipts that stand in the books."""
        marks = ", ".join(["%s"] * len(receipt_ids))
        rows = fetch(f"SELECT * FROM register_receipt WHERE id IN ({marks}) ORDER BY number", receipt_ids)  # noqa: S608
        sql = f"SELECT * FROM register_receipt_signature WHERE receipt_id IN ({marks})"  # noqa: S608
        signatures = {row["receipt_id"]: row for row in fetch(sql, receipt_ids)}
        contents = queries.contents(rows)
        for row in rows:
            self._verdict.receipts += 1
            content = contents[row["id"]]
            problem = self._problem(row, content, signatures.get(row["id"])) or self._add(row, content)
            if problem:
                self._verdict.findings.append(f"Beleg {row['number']}: {problem}")

    def _add(self, row: Row, content: ReceiptContent) -> str:
        closing = row["register_id"], row["z_number"]
        try:
            self.sums[closing].add(entry_of(row, content))
            self.exported[closing].add(plain(row, content))
        except (CoreError, LookupError, TypeError, ValueError) as error:
            return f"er lässt sich nicht zusammenzählen ({type(error).__name__})"
        return ""

    def _problem(self, row: Row, content: ReceiptContent, signature: Row | None) -> str:
        try:
            check(content)
            data = signed_text(content)
        except CoreError as error:
            return error.message
        if data != row["process_data"]:
            return "die TSE-Daten passen nicht zum Beleg"
        if row["started_at"] > row["recorded_at"]:
            return "er endet, bevor er beginnt"
        if signature is None:
            return "nicht ausgestellt (Neustart der Kasse schließt ihn ab)"
        if signature["outage"]:
            self._verdict.without_tse += 1
            return ""
        return self._signature(row, signature)

    def _signature(self, row: Row, signature: Row) -> str:
        serial, counter = signature["tse_serial"], signature["tse_counter"]
        if counter in self._counters[serial]:
            return f"der Signaturzähler {counter} kommt zweimal vor"
        self._counters[serial].add(counter)
        tse = self._tses.get(serial)
        client = self._serials.get(row["register_id"], "")
        if tse is None or not proof.holds(client, row, signature, tse):
            return "die TSE-Signatur ist ungültig"
        self._verdict.signatures += 1
        return ""
