"""The register proves its own books: chain, rows, sums, numbers, signatures.

`verify` recomputes every hash of the journal, projects the journal anew and compares each row of the books with it,
checks the arithmetic of every receipt and closing, the numbers, and the TSE signature of every signed receipt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from smartecr.core.errors import CoreError
from smartecr.core.kinds import CASH
from smartecr.core.money import format_cents
from smartecr.core.receipt import check
from smartecr.fiscal.process_data import signed_text
from smartecr.register import cardbooks, proof, queries, vouchers
from smartecr.register.journal import GENESIS, Entry, digest
from smartecr.register.projection import project
from smartecr.register.rows import Change, Delete, Insert, Put, tables
from smartecr.sql import fetch

_ENTRY = (
    "SELECT register_id, seq, id, shop_id, kind, business_day, at, actor_id, actor_name, body, previous, hash "
    "FROM register_journal ORDER BY register_id, seq"
)

Key = tuple[Any, ...]
Rows = dict[str, dict[Key, dict[str, Any]]]


@dataclass(slots=True)
class Verdict:
    """What was looked at and what is wrong; `findings` are German sentences naming the place."""

    facts: int = 0
    rows: int = 0
    receipts: int = 0
    signatures: int = 0
    without_tse: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Tell whether nothing was found."""
        return not self.findings


def verify(out: Callable[[str], None]) -> int:
    """Check the books, tell `out` one page in German line by line, and return 0 when all holds, else 1."""
    verdict = examine()
    for line in page(verdict):
        out(line)
    return 0 if verdict.holds else 1


def page(verdict: Verdict) -> Iterator[str]:
    """Yield the lines of the page that says what holds and what does not."""
    yield (f"Journal: {verdict.facts} Einträge, Kette {'geprüft' if verdict.facts else 'leer'}")
    yield (f"Bücher: {verdict.rows} Zeilen aus dem Journal neu aufgebaut und verglichen")
    yield (
        f"Belege: {verdict.receipts}, davon {verdict.signatures} TSE-Signaturen gültig, {verdict.without_tse} ohne TSE"
    )
    for finding in verdict.findings[:50]:
        yield (f"✗ {finding}")
    if len(verdict.findings) > 50:
        yield (f"✗ und {len(verdict.findings) - 50} weitere")
    yield "Die Bücher stimmen." if verdict.holds else f"Die Bücher stimmen nicht: {len(verdict.findings)} Befunde."


def examine() -> Verdict:
    """Check chain, rows, arithmetic, numbers and signatures; return the verdict."""
    verdict = Verdict()
    rebuilt = _chain(verdict)
    _compare(verdict, rebuilt)
    _receipts(verdict)
    _numbers(verdict)
    _cards(verdict)
    verdict.findings += vouchers.wrong()
    return verdict


def _entries() -> Iterator[Entry]:
    with connection.cursor() as cursor:
        cursor.execute(_ENTRY)
        while True:
            part = cursor.fetchmany(1000)
            if not part:
                return
            for row in part:
                yield Entry(**dict(zip(Entry.__dataclass_fields__, row, strict=True)))


def _chain(verdict: Verdict) -> Rows:
    """Recompute the chain of every register, and the rows from its facts."""
    rebuilt: Rows = {name: {} for name in tables()}
    heads: dict[str, tuple[int, str]] = {}
    for entry in _entries():
        verdict.facts += 1
        seq, head = heads.get(entry.register_id, (0, GENESIS))
        place = f"Journal {entry.register_id[-6:]}/{entry.seq} ({entry.kind})"
        if entry.seq != seq + 1:
            verdict.findings.append(f"{place}: nach Eintrag {seq} fehlen Einträge")
        if entry.previous != head:
            verdict.findings.append(f"{place}: die Kette ist hier gebrochen")
        if digest(entry) != entry.hash:
            verdict.findings.append(f"{place}: der Eintrag wurde verändert")
        heads[entry.register_id] = (entry.seq, entry.hash)
        try:
            _apply(rebuilt, entry)
        except (KeyError, TypeError, ValueError) as error:
            verdict.findings.append(f"{place}: unlesbar ({type(error).__name__})")
    return rebuilt


def _apply(rebuilt: Rows, entry: Entry) -> None:
    for operation in project(entry, entry.data()):
        rows = rebuilt[operation.table]
        table = tables()[operation.table]
        if isinstance(operation, Insert | Put):
            rows[tuple(operation.columns[name] for name in table.key)] = dict(operation.columns)
        elif isinstance(operation, Change):
            rows[operation.key].update(operation.columns)
        elif isinstance(operation, Delete):
            for key in [key for key, row in rows.items() if row[operation.column] == operation.value]:
                del rows[key]


def _compare(verdict: Verdict, rebuilt: Rows) -> None:
    """Compare each row of the books with the one rebuilt from the journal."""
    for name, rows in rebuilt.items():
        table = tables()[name]
        expected = dict(rows)
        columns = ", ".join(table.defaults)
        for row in fetch(f"SELECT {columns} FROM {name}"):  # noqa: S608 names come from the models
            verdict.rows += 1
            key = tuple(row[column] for column in table.key)
            wanted = expected.pop(key, None)
            place = f"{name} {'/'.join(str(part) for part in key)}"
            if wanted is None:
                verdict.findings.append(f"{place}: steht nicht im Journal")
            else:
                wrong = [column for column, value in row.items() if value != wanted[column]]
                if wrong:
                    verdict.findings.append(f"{place}: {', '.join(wrong)} weicht vom Journal ab")
        verdict.findings += [f"{name} {'/'.join(str(part) for part in key)}: fehlt" for key in expected]


def _receipts(verdict: Verdict) -> None:
    tses = {row["serial"]: row for row in fetch("SELECT * FROM register_tse")}
    serials = {row["id"]: row["serial"] for row in fetch("SELECT id, serial FROM register_register")}
    signatures = {row["receipt_id"]: row for row in fetch("SELECT * FROM register_receipt_signature")}
    rows = fetch("SELECT * FROM register_receipt ORDER BY register_id, number")
    contents = queries.contents(rows)
    for row in rows:
        verdict.receipts += 1
        place = f"Beleg {row['number']}"
        content = contents[row["id"]]
        try:
            check(content)
            data = signed_text(content)
        except CoreError as error:
            verdict.findings.append(f"{place}: {error.message}")
            continue
        if data != row["process_data"]:
            verdict.findings.append(f"{place}: die TSE-Daten passen nicht zum Beleg")
        signature = signatures.get(row["id"])
        if signature is None:
            verdict.findings.append(f"{place}: nicht ausgestellt (Neustart der Kasse schließt ihn ab)")
        elif signature["outage"]:
            verdict.without_tse += 1
        elif _signed(serials.get(row["register_id"], ""), row, signature, tses.get(signature["tse_serial"])):
            verdict.signatures += 1
        else:
            verdict.findings.append(f"{place}: die TSE-Signatur ist ungültig")


def _signed(client: str, row: dict[str, Any], signature: dict[str, Any], tse: dict[str, Any] | None) -> bool:
    if tse is None:
        return False
    return proof.holds(client, row, signature, tse)


def _numbers(verdict: Verdict) -> None:
    for table, word in (("register_receipt", "Belegnummer"), ("register_closing", "Abschlussnummer")):
        column = "number" if table == "register_receipt" else "z_number"
        sql = f"SELECT register_id, {column} AS number FROM {table} ORDER BY register_id, {column}"  # noqa: S608 constants
        last: dict[str, int] = {}
        for row in fetch(sql):
            before = last.get(row["register_id"], 0)
            if row["number"] != before + 1:
                verdict.findings.append(f"{word}: zwischen {before} und {row['number']} fehlt etwas")
            last[row["register_id"]] = row["number"]


def _cards(verdict: Verdict) -> None:
    """Hold what terminals moved against the receipts it was for, to the cent; doubts that are open are named."""
    for receipt_id, moved in cardbooks.moved_by_receipt().items():
        rows = fetch("SELECT number FROM register_receipt WHERE id = %s", [receipt_id])
        if not rows:
            continue  # paid in part, or given back in part: the rest is still to come
        sql = (
            "SELECT coalesce(sum(cents), 0) AS cents FROM register_receipt_payment WHERE receipt_id = %s AND kind <> %s"
        )
        booked = int(fetch(sql, [receipt_id, CASH])[0]["cents"])
        if booked != moved:
            verdict.findings.append(
                f"Beleg {rows[0]['number']}: das Terminal hat {format_cents(moved)} € bewegt, "
                f"der Beleg sagt {format_cents(booked)} €"
            )
    for row in fetch("SELECT id, open_payment FROM register_card_terminal WHERE open_payment <> ''"):
        verdict.findings.append(f"Terminal {row['id']}: eine Kartenzahlung ist noch ungeklärt")
