"""Rules on keys: every row has what it belongs to, nothing twice, nothing missing in between, references resolve."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import TypeVar

from smartecr.core.kinds import RECEIPT
from smartecr.fiscal.dsfinvk import tables
from smartecr.fiscal.dsfinvk.blocks import Block, Rows
from smartecr.fiscal.dsfinvk.findings import Findings
from smartecr.fiscal.dsfinvk.schema import Level, Table
from smartecr.fiscal.dsfinvk.state import MOST_REFERENCES, ClosingState, State
from smartecr.fiscal.dsfinvk.values import INSTANTS

_Key = TypeVar("_Key")
_COUNTED = tuple(map(str, range(1, 1000)))
_CHILDREN = tuple(
    table for table in tables.TABLES if table.level is not Level.CLOSING and table is not tables.TRANSACTIONS
)
_OF_LINES = (tables.LINES_VAT, tables.ITEMAMOUNTS, tables.SUBITEMS)
_VAT_KEYS = {
    tables.TRANSACTIONS_VAT: "UST_SCHLUESSEL",
    tables.LINES_VAT: "UST_SCHLUESSEL",
    tables.ITEMAMOUNTS: "UST_SCHLUESSEL",
    tables.SUBITEMS: "ZI_UST_SCHLUESSEL",
}


def check(block: Block, closing: ClosingState, state: State, findings: Findings) -> None:
    """Check the keys of a block."""
    heads = block[tables.TRANSACTIONS]
    ids = heads.column("BON_ID")
    register, _, number = block.key
    state.receipts_read += len(ids)
    state.receipts.add(((register, receipt) for receipt in ids), heads.numbers)
    state.places.add(((register, number, receipt) for receipt in ids), heads.numbers)
    state.printed.add(((block.key, printed) for printed in heads.column("BON_NR")), heads.numbers)
    closing.ids += zip(ids, heads.numbers, strict=True)
    _orphans(block, set(ids), findings)
    _lines(block, findings)
    for table, name in _VAT_KEYS.items():
        _unknown(block[table], name, closing.rates, "key.vat", findings)
    _unknown(block[tables.LINES], "AGENTUR_ID", closing.agencies, "key.agency", findings)
    _unknown(block[tables.LINES], "POS_TERMINAL_ID", closing.terminals, "key.terminal", findings)
    _unknown(heads, "TERMINAL_ID", closing.terminals, "key.terminal", findings)
    _complete(block, findings)
    if len(block[tables.REFERENCES]):
        _references(block, dict(zip(ids, heads.rows, strict=True)), state, findings)
    _times(heads, closing, findings)


def master(block: Block, closing: ClosingState, findings: Findings) -> None:
    """Check that the sums of a closing use keys it declares."""
    _unknown(block[tables.BUSINESSCASES], "UST_SCHLUESSEL", closing.rates, "key.vat", findings)
    _unknown(block[tables.BUSINESSCASES], "AGENTUR_ID", closing.agencies, "key.agency", findings)


def _unknown(rows: Rows, name: str, known: frozenset[str] | dict[str, int], code: str, findings: Findings) -> None:
    values = rows.column(name)
    unknown = () if frozenset(known).issuperset(values) else set(values).difference(known)
    if unknown:
        for number, value in zip(rows.numbers, values, strict=True):
            if value in unknown:
                findings.add(code, rows.table.file, number, name, key=value)


def _orphans(block: Block, known: set[str], findings: Findings) -> None:
    for table in _CHILDREN:
        rows = block[table]
        ids = rows.columns[3]
        unknown = () if known.issuperset(ids) else set(ids) - known
        if unknown:
            for number, receipt in zip(rows.numbers, ids, strict=True):
                if receipt in unknown:
                    findings.add("key.receipt", table.file, number, "BON_ID", receipt=receipt)


def _lines(block: Block, findings: Findings) -> None:
    rows = block[tables.LINES]
    others = [table for table in _OF_LINES if not _one_each(block[table], rows)]
    in_sequence = _in_sequence(rows)
    if in_sequence and not others:
        return
    keys = list(zip(rows.columns[3], rows.columns[4], strict=True))
    known = set(keys)
    if len(known) != len(keys):
        for number, (receipt, line) in _repeated(keys, rows.numbers):
            findings.add("key.line_twice", rows.table.file, number, "POS_ZEILE", receipt=receipt, line=line)
    if not in_sequence:
        _gaps(keys, rows, findings)
    for table in others:
        children = block[table]
        of = list(zip(children.columns[3], children.columns[4], strict=True))
        unknown = set(of) - known
        for number, key in zip(children.numbers, of, strict=True) if unknown else ():
            if key in unknown:
                findings.add("key.line", table.file, number, "POS_ZEILE", receipt=key[0], line=key[1])
        if table is tables.LINES_VAT:
            bare = known.difference(of)
            for number, key in zip(rows.numbers, keys, strict=True) if bare else ():
                if key in bare:
                    findings.add("key.no_vat_row", rows.table.file, number, "POS_ZEILE", receipt=key[0], line=key[1])
            _vat_rows(children, findings)


def _one_each(children: Rows, lines: Rows) -> bool:
    """Whether each line has one row in a table of its own, in the same order, or none has where none needs one."""
    if not len(children):
        return children.table is not tables.LINES_VAT
    return children.columns[3] == lines.columns[3] and children.columns[4] == lines.columns[4]


def _in_sequence(rows: Rows) -> bool:
    """Whether the lines of each Vorgang stand together and are numbered 1, 2, 3 …"""
    wanted: list[str] = []
    runs = 0
    for _, group in groupby(rows.columns[3]):
        wanted += _COUNTED[: sum(1 for _ in group)]
        runs += 1
    return runs == len(set(rows.columns[3])) and wanted == list(rows.columns[4])


def _vat_rows(rows: Rows, findings: Findings) -> None:
    keys = list(zip(rows.columns[3], rows.columns[4], rows.columns[5], strict=True))
    if len(set(keys)) != len(keys):
        for number, _ in _repeated(keys, rows.numbers):
            findings.add("key.twice", rows.table.file, number, "UST_SCHLUESSEL")


def _gaps(keys: list[tuple[str, str]], rows: Rows, findings: Findings) -> None:
    lines: dict[str, list[int]] = {}
    first: dict[str, int] = {}
    for number, (receipt, line) in zip(rows.numbers, keys, strict=True):
        if receipt not in lines:
            lines[receipt], first[receipt] = [], number
        lines[receipt].append(int(line) if line.isascii() and line.isdigit() and len(line) < 10 else -1)
    for receipt, numbers in lines.items():
        if len(numbers) > 1 and sorted(numbers) != list(range(min(numbers), min(numbers) + len(numbers))):
            findings.add("key.line_gap", rows.table.file, first[receipt], "POS_ZEILE", receipt=receipt)


def _repeated(keys: Sequence[_Key], numbers: Sequence[int]) -> list[tuple[int, _Key]]:
    seen: set[_Key] = set()
    found = []
    for number, key in zip(numbers, keys, strict=True):
        if key in seen:
            found.append((number, key))
        seen.add(key)
    return found


def _complete(block: Block, findings: Findings) -> None:
    """A Beleg has lines and payments, and its VAT keys and means of payment stand once each."""
    heads = block[tables.TRANSACTIONS]
    kinds = heads.column("BON_TYP")
    receipts = {receipt for receipt, kind in zip(heads.columns[3], kinds, strict=True) if kind == RECEIPT}
    for table, code in ((tables.LINES, "key.no_line"), (tables.DATAPAYMENT, "key.no_payment")):
        bare = receipts.difference(block[table].columns[3])
        for number, receipt in zip(heads.numbers, heads.columns[3], strict=True) if bare else ():
            if receipt in bare:
                findings.add(code, heads.table.file, number, "BON_ID", receipt=receipt)
    rows = block[tables.TRANSACTIONS_VAT]
    keys = list(zip(rows.columns[3], rows.columns[4], strict=True))
    if len(set(keys)) != len(keys):
        for number, _ in _repeated(keys, rows.numbers):
            findings.add("key.twice", rows.table.file, number, "UST_SCHLUESSEL")


def _references(block: Block, heads: dict[str, Sequence[str]], state: State, findings: Findings) -> None:
    rows = block[tables.REFERENCES]
    lines = set(zip(block[tables.LINES].columns[3], block[tables.LINES].columns[4], strict=True))
    for number, row in zip(rows.numbers, rows.rows, strict=True):
        receipt, line, kind, _, when, register, closing, target = row[3:11]
        if line and (receipt, line) not in lines:
            findings.add("key.line", rows.table.file, number, "POS_ZEILE", receipt=receipt, line=line)
        if kind != "Transaktion":
            continue
        if len(state.references) < MOST_REFERENCES:
            state.references.append((number, register, closing, target))
        own = heads.get(receipt)
        if own is None:
            continue
        end, referred = INSTANTS[own[10]], INSTANTS[when]
        later = end is not None and referred is not None and referred > end
        same_register = register == block.key[0]
        newer = same_register and _number(closing) > _number(block.key[2])
        if later or newer or (same_register and target == receipt):
            findings.add("key.reference_order", rows.table.file, number, "REF_BON_ID")


def _times(heads: Rows, closing: ClosingState, findings: Findings) -> None:
    file = heads.table.file
    starts, ends = heads.column("BON_START"), heads.column("BON_ENDE")
    for number, begin, end in zip(heads.numbers, starts, ends, strict=True):
        started, ended = INSTANTS[begin], INSTANTS[end]
        if started is None or ended is None:
            continue
        if started > ended:
            findings.add("time.order", file, number, "BON_ENDE")
        if closing.created is not None and ended > closing.created:
            findings.add("time.closing", file, number, "BON_ENDE")
        if closing.earliest is None or ended < closing.earliest[0]:
            closing.earliest = (ended, number)


def finish(state: State, findings: Findings) -> None:
    """Report what only shows over the whole export: keys used twice, references that lead nowhere."""
    for seen, code, table, column in (
        (state.receipts, "key.receipt_twice", tables.TRANSACTIONS, "BON_ID"),
        (state.printed, "key.number_twice", tables.TRANSACTIONS, "BON_NR"),
        (state.transactions, "tse.number_twice", tables.TRANSACTIONS_TSE, "TSE_TANR"),
        (state.counters, "tse.counter_twice", tables.TRANSACTIONS_TSE, "TSE_TA_SIGZ"),
    ):
        for row in seen.repeated():
            findings.add(code, table.file, row, column)
    _resolve(state, tables.REFERENCES, findings)


def _resolve(state: State, table: Table, findings: Findings) -> None:
    present = {(summary.register, summary.number) for summary in state.closings}
    missing = state.places.missing((register, closing, target) for _, register, closing, target in state.references)
    for (row, register, closing, target), gone in zip(state.references, missing, strict=True):
        if gone and (register, _number(closing)) in present:
            findings.add("key.reference", table.file, row, "REF_BON_ID", receipt=target, number=closing)
        elif gone:
            findings.add("key.reference_outside", table.file, row, "REF_Z_NR", number=closing)


def chain(state: State, findings: Findings) -> None:
    """Hold each closing of a register against the one before it: numbers, times, BON_IDs."""
    ordered = sorted(state.closings, key=lambda summary: (summary.register, summary.number, summary.row))
    file = tables.CASHPOINTCLOSING.file
    for before, after in pairwise(ordered):
        if before.register != after.register:
            continue
        facts = {"before": before.number, "number": after.number}
        if after.number != before.number + 1:
            findings.add("key.closing_gap", file, after.row, "Z_NR", register=after.register, **facts)
            continue
        if before.created is not None and after.created is not None and after.created <= before.created:
            findings.add("key.closing_time", file, after.row, "Z_ERSTELLUNG", number=after.number)
        if before.created is not None and after.earliest is not None and after.earliest[0] < before.created:
            findings.add("time.before_closing", tables.TRANSACTIONS.file, after.earliest[1], "BON_ENDE")
        last, first = before.last_id, after.first_id
        if last is not None and first is not None and first != last + 1:
            place = (tables.TRANSACTIONS.file, after.id_row, "BON_ID")
            findings.add("key.receipt_gap", *place, before=last, number=first)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1
