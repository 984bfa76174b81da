"""Checks of single fields, column by column: obligation, length, form of numbers, closed lists, flags, times.

A column is checked as the set of its values, less those seen before, so the cost follows what is new; of texts that may
be anything only the longest counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

from smartecr.core.kinds import BUSINESS_KINDS, PAYMENT_KINDS, RECEIPT_TYPES
from smartecr.fiscal.dsfinvk import tables
from smartecr.fiscal.dsfinvk.blocks import Rows, alike
from smartecr.fiscal.dsfinvk.findings import Findings
from smartecr.fiscal.dsfinvk.schema import Column, Kind, Table
from smartecr.fiscal.dsfinvk.values import INSTANTS

Problem = tuple[str, dict[str, Any]]

_REMEMBERED: Final = 20_000
_HASHES: Final = ("SHA224", "SHA256", "SHA384", "SHA512", "SHA3-224", "SHA3-256", "SHA3-384", "SHA3-512")
_CHOICES: Final[dict[str, frozenset[str]]] = {
    "BON_TYP": RECEIPT_TYPES,
    "GV_TYP": frozenset(BUSINESS_KINDS),
    "ZAHLART_TYP": PAYMENT_KINDS,
    "TYP": frozenset({"base_amount", "discount", "extra_amount", "Grundpreis", "Rabatt", "Zuschlag"}),
    "REF_TYP": frozenset({"Transaktion", "ExterneRechnung", "ExternerLieferschein", "ExterneSonstige"}),
    "TSE_SIG_ALGO": frozenset(f"{family}-plain-{name}" for family in ("ecdsa", "ecsdsa") for name in _HASHES),
    "TSE_ZEITFORMAT": frozenset(
        {"unixTime", "utcTime", "utcTimeWithSeconds", "generalizedTime", "generalizedTimeWithMilliseconds"}
    ),
    "TSE_PD_ENCODING": frozenset({"UTF-8", "ASCII"}),
    "TSE_TA_VORGANGSART": frozenset({"Kassenbeleg-V1", "Bestellung-V1", "SonstigerVorgang"}),
}
_TIMES: Final = frozenset({"Z_ERSTELLUNG", "BON_START", "BON_ENDE", "REF_DATUM", "TSE_TA_START", "TSE_TA_ENDE"})
_COUNTRIES: Final = frozenset({"LAND", "LOC_LAND", "AGENTUR_LAND", "KUNDE_LAND"})
_CURRENCIES: Final = frozenset({"KASSE_BASISWAEH_CODE", "ZAHLART_WAEH", "ZAHLWAEH_CODE"})
_VERSIONS: Final = frozenset({"2.0", "2.1", "2.2", "2.3", "2.4"})
_JUDGED: Final = frozenset(
    {"TAXONOMIE_VERSION", "Z_BUCHUNGSTAG", *_CHOICES, *_TIMES, *_COUNTRIES, *_CURRENCIES}
    | {column.name for table in tables.TABLES for column in table.columns if column.kind is Kind.FLAG}
)
_CODE: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_DAY: Final = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?:T.*)?", re.ASCII)


class FieldChecks:
    """Checks the fields of one table; remembers the values that were good."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._checks = {column.name: _check(column) for column in table.columns}
        self._any_text = [not column.kind.numeric and column.name not in _JUDGED for column in table.columns]
        self._good: list[set[str]] = [set() for _ in table.columns]

    def check(self, rows: Rows, findings: Findings) -> None:
        """Check all fields of some rows."""
        if not len(rows):
            return
        for column, any_text, good, values in zip(
            self._table.columns, self._any_text, self._good, rows.columns, strict=True
        ):
            same = alike(values)
            if any_text:
                longest = len(values[0]) if same else max(map(len, values))
                if longest <= column.size and not (column.must and "" in values):
                    continue
            new = ({values[0]} if same else set(values)) - good
            if not new:
                continue
            if _all_good(column, new):
                if 2 * len(new) <= len(values) and len(good) < _REMEMBERED:  # other columns seldom repeat
                    good |= new
                continue
            check = self._checks[column.name]
            bad = {value: problem for value in new if (problem := check(value)) is not None}
            if bad:
                self._report(column, values, rows, bad, findings)

    def _report(
        self, column: Column, values: Sequence[str], rows: Rows, bad: dict[str, Problem], findings: Findings
    ) -> None:
        for number, value in zip(rows.numbers, values, strict=True):
            problem = bad.get(value)
            if problem is not None:
                code, facts = problem
                findings.add(code, self._table.file, number, column.name, **facts)


def _all_good(column: Column, values: set[str]) -> bool:
    """Whether all values are good beyond doubt, told in one go; False calls for a closer look at each."""
    if column.must and "" in values:
        return False
    if column.kind.numeric:
        return _bulk(column.size).fullmatch("\n".join(values)) is not None
    if column.name in _TIMES:
        return None not in map(INSTANTS.__getitem__, values)
    return False


@cache
def _bulk(decimals: int) -> re.Pattern[str]:
    number = rf"(?:-?[0-9]{{1,16}}(?:,[0-9]{{1,{decimals}}})?)?" if decimals else "(?:-?[0-9]{1,16})?"
    return re.compile(rf"{number}(?:\n{number})*", re.ASCII)


def _check(column: Column) -> Callable[[str], Problem | None]:
    """Return what checks a value of this column: the problem, or None."""
    form = _number(column) if column.kind.numeric else _form(column)
    must, limit, sized = column.must, column.size, not column.kind.numeric

    def check(value: str) -> Problem | None:
        if not value:
            return ("field.missing", {}) if must else None
        if sized and len(value) > limit:
            return "field.too_long", {"value": value, "length": len(value), "limit": limit}
        return form(value)

    return check


def _number(column: Column) -> Callable[[str], Problem | None]:
    decimals = column.size
    pattern = re.compile(rf"-?[0-9]{{1,16}}(?:,[0-9]{{1,{decimals}}})?" if decimals else "-?[0-9]{1,18}", re.ASCII)
    longer = re.compile(r"-?[0-9]{1,16},[0-9]+", re.ASCII)

    def form(value: str) -> Problem | None:
        if pattern.fullmatch(value):
            return None
        if longer.fullmatch(value):
            return "field.decimals", {"value": value, "limit": decimals}
        return "field.number", {"value": value}

    return form


def _form(column: Column) -> Callable[[str], Problem | None]:
    name = column.name
    if name in _CHOICES:
        return _matching("field.choice", _CHOICES[name].__contains__)
    if column.kind is Kind.FLAG:
        return _matching("field.flag", frozenset({"0", "1"}).__contains__)
    if name in _TIMES:
        return _matching("field.time", lambda value: INSTANTS[value] is not None)
    if name in _COUNTRIES:
        return _matching("field.country", lambda value: _CODE.fullmatch(value) is not None)
    if name in _CURRENCIES:
        return _matching("field.currency", lambda value: _CODE.fullmatch(value) is not None)
    if name == "TAXONOMIE_VERSION":
        return _matching("field.version", _VERSIONS.__contains__)
    if name == "Z_BUCHUNGSTAG":
        return _matching("field.time", lambda value: _DAY.fullmatch(value) is not None)
    return lambda _: None


def _matching(code: str, good: Callable[[str], bool]) -> Callable[[str], Problem | None]:
    return lambda value: None if good(value) else (code, {"value": value})


def combined(rows: Rows, findings: Findings) -> None:
    """Check fields that depend on their neighbours."""
    check = _COMBINED.get(rows.table)
    if check is not None and len(rows):
        check(rows, findings)


def _closing(rows: Rows, findings: Findings) -> None:
    for number, tax, vat_id in zip(rows.numbers, rows.column("STNR"), rows.column("USTID"), strict=True):
        if not tax and not vat_id:
            findings.add("field.tax_number", rows.table.file, number, "STNR")


def _transactions(rows: Rows, findings: Findings) -> None:
    kinds = rows.column("BON_TYP")
    if "AVSonstige" in kinds:
        for number, kind, name in zip(rows.numbers, kinds, rows.column("BON_NAME"), strict=True):
            if kind == "AVSonstige" and not name:
                findings.add("field.name", rows.table.file, number, "BON_NAME")


def _references(rows: Rows, findings: Findings) -> None:
    for number, row in zip(rows.numbers, rows.rows, strict=True):
        _, kind, name, when, register, closing, _ = row[4:11]
        if kind == "Transaktion" and not (when and register and closing):
            findings.add("field.reference", rows.table.file, number, "REF_Z_NR")
        if kind == "ExterneSonstige" and not name:
            findings.add("field.reference_name", rows.table.file, number, "REF_NAME")


def _lines(rows: Rows, findings: Findings) -> None:
    prices = zip(rows.numbers, rows.column("MENGE"), rows.column("STK_BR"), rows.column("ART_NR"), strict=True)
    for number, quantity, price, article in prices:
        if not (quantity and price) and (quantity or price or article):
            findings.add("field.price", rows.table.file, number, "STK_BR" if quantity else "MENGE")


_COMBINED: Final[dict[Table, Callable[[Rows, Findings], None]]] = {
    tables.CASHPOINTCLOSING: _closing,
    tables.TRANSACTIONS: _transactions,
    tables.REFERENCES: _references,
    tables.LINES: _lines,
}
