"""Receipts of a block: arithmetic, what was signed, the signature itself, times in their order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from smartecr.core.closing import ClosingEntry, Sums
from smartecr.core.errors import CoreError
from smartecr.core.kinds import CASH
from smartecr.core.money import format_cents
from smartecr.core.receipt import ReceiptContent, check
from smartecr.fiscal.dsfinvk.sums import ClosingSums
from smartecr.fiscal.process_data import signed_text
from smartecr.register import receiptcontents
from smartecr.register.books import exporting
from smartecr.register.books.closing import entry_of
from smartecr.register.books.verifying.reading import Rows, Values
from smartecr.register.books.verifying.verdict import Verdict
from smartecr.register.cashless import cardbooks
from smartecr.register.rows import Row, tables
from smartecr.register.signing import proof
from smartecr.register.till import moment
from smartecr.sql import fetch, select

Key = tuple[str, int]


def _euros() -> ClosingSums:
    return ClosingSums("EUR")


class Added:
    """Receipts added up by closing (register, Z number): as the register does, and as the export does."""

    def __init__(self) -> None:
        self.sums: defaultdict[Key, Sums] = defaultdict(Sums)
        self.exported: defaultdict[Key, ClosingSums] = defaultdict(_euros)
        self._entries: defaultdict[Key, list[ClosingEntry]] = defaultdict(list)

    def add(self, row: Row, content: ReceiptContent) -> None:
        """Add a receipt, to the export's sums at once, to the register's when `count` is called.

        Raises CoreError, LookupError, TypeError or ValueError when that cannot be.
        """
        key = row["register_id"], row["z_number"]
        self._entries[key].append(entry_of(row, content))
        exporting.count(self.exported[key], row, content)

    def count(self) -> None:
        """Add to the register's sums what waits: many receipts at once are the cheaper."""
        for key, entries in self._entries.items():
            self.sums[key].add(entries)
        self._entries.clear()

    def forget(self, key: Key) -> None:
        """Let go of a closing's sums."""
        self.sums.pop(key, None)
        self.exported.pop(key, None)

    def merge(self, later: Added) -> None:
        """Add what was added up elsewhere, behind what was here."""
        for key, sums in later.sums.items():
            if key in self.sums:
                self.sums[key].merge(sums)
                self.exported[key].merge(later.exported[key])
            else:
                self.sums[key], self.exported[key] = sums, later.exported[key]


class Receipts:
    """Checks receipts block by block and adds them up."""

    def __init__(self, verdict: Verdict, added: Added) -> None:
        self._verdict = verdict
        self._added = added
        self._tses = {row["serial"]: row for row in fetch("SELECT * FROM register_tse")}
        self._serials = {row["id"]: row["serial"] for row in fetch("SELECT id, serial FROM register_register")}
        self._columns = {name: tuple(tables()[name].defaults) for name in (_RECEIPT, _SIGNATURE)}

    def check(self, books: Rows) -> None:
        """Check receipts; `books` are their rows and those of what belongs to them."""
        rows = sorted(self._named(_RECEIPT, books[_RECEIPT]), key=lambda row: int(row["number"]))
        signatures = {row["receipt_id"]: row for row in self._named(_SIGNATURE, books[_SIGNATURE])}
        signatures |= self._signed_later([row["id"] for row in rows if row["id"] not in signatures])
        contents = receiptcontents.assembled(rows, books)
        moved = self._moved(list(contents))
        problems = [_told(row, contents[row["id"]]) for row in rows]
        # one thing for all receipts after the other, not all for one: checking a signature leaves no cache to the rest
        problems = [
            problem or self._signed(row, signatures.get(row["id"])) for problem, row in zip(problems, rows, strict=True)
        ]
        self._verdict.receipts += len(rows)
        for problem, row in zip(problems, rows, strict=True):
            content = contents[row["id"]]
            wrong = problem or self._add(row, content)
            if not wrong and row["id"] in moved:
                wrong = _otherwise_paid(content, moved[row["id"]])
            if wrong:
                self._verdict.findings.append(f"Beleg {row['number']}: {wrong}")
        self._added.count()

    def _moved(self, receipt_ids: list[str]) -> dict[str, int]:
        """Return what terminals moved for these receipts; of payments that cannot be read nothing is known."""
        try:
            return cardbooks.moved_for(receipt_ids)
        except (LookupError, TypeError, ValueError) as error:
            self._verdict.findings.append(f"Kartenzahlungen: unlesbar ({type(error).__name__})")
            return {}

    def _named(self, table: str, rows: Iterable[Values]) -> list[Row]:
        columns = self._columns[table]
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def _signed_later(self, receipt_ids: list[str]) -> dict[str, Row]:
        """Return the signatures of receipts whose fact comes behind their block's."""
        if not receipt_ids:
            return {}
        marks = ", ".join(["%s"] * len(receipt_ids))
        columns = ", ".join(self._columns[_SIGNATURE])
        sql = f"SELECT {columns} FROM {_SIGNATURE} WHERE receipt_id IN ({marks})"  # noqa: S608 models' names
        return {row["receipt_id"]: row for row in self._named(_SIGNATURE, select(sql, receipt_ids))}

    def _add(self, row: Row, content: ReceiptContent) -> str:
        try:
            self._added.add(row, content)
        except (CoreError, LookupError, TypeError, ValueError) as error:
            return f"er lässt sich nicht zusammenzählen ({type(error).__name__})"
        return ""

    def _signed(self, row: Row, signature: Row | None) -> str:
        if signature is None:
            return "nicht ausgestellt (Neustart der Kasse schließt ihn ab)"
        if signature["outage"]:
            self._verdict.without_tse += 1
            return ""
        return self._signature(row, signature)

    def _signature(self, row: Row, signature: Mapping[str, object]) -> str:
        tse = self._tses.get(signature["tse_serial"])
        client = self._serials.get(row["register_id"], "")
        if tse is None or not proof.holds(client, row, signature, tse):
            return "die TSE-Signatur ist ungültig"
        self._verdict.signatures += 1
        return ""


def _told(row: Row, content: ReceiptContent) -> str:
    """Return what is wrong with a receipt in itself, "" for nothing."""
    try:
        check(content)
        data = signed_text(content)
        late = moment(row["started_at"]) > moment(row["recorded_at"])
    except CoreError as error:
        return error.message
    except (TypeError, ValueError):
        return "seine Zeiten sind unlesbar"
    if data != row["process_data"]:
        return "die TSE-Daten passen nicht zum Beleg"
    return "er endet, bevor er beginnt" if late else ""


def _otherwise_paid(content: ReceiptContent, moved: int) -> str:
    """Hold what terminals moved for a receipt against it, to the cent; what a person confirmed no terminal moved."""
    booked = sum(
        paid.cents for paid in content.payments if paid.kind != CASH and not cardbooks.confirmed_by_hand(paid.name)
    )
    if booked == moved:
        return ""
    return f"das Terminal hat {format_cents(moved)} € bewegt, der Beleg sagt {format_cents(booked)} €"


_RECEIPT, _SIGNATURE = "register_receipt", "register_receipt_signature"


def doubled(verdict: Verdict) -> None:
    """Name the receipts whose signature counter an earlier one has already."""
    found: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    sql = (
        "SELECT s.tse_serial, s.tse_counter, r.number FROM register_receipt_signature s "
        "JOIN register_receipt r ON r.id = s.receipt_id JOIN (SELECT tse_serial, tse_counter "
        "FROM register_receipt_signature WHERE outage = '' GROUP BY tse_serial, tse_counter HAVING count(*) > 1) d "
        "ON d.tse_serial = s.tse_serial AND d.tse_counter = s.tse_counter WHERE s.outage = '' ORDER BY r.number"
    )
    for serial, counter, number in select(sql):
        found[serial, counter].append(number)
    verdict.findings += [
        f"Beleg {number}: der Signaturzähler {counter} kommt zweimal vor"
        for (_, counter), numbers in found.items()
        for number in numbers[1:]
    ]
