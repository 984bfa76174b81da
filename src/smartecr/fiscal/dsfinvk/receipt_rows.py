"""Tables 11 to 20 of Vorgänge as text; `dialect` formats and refuses what does not fit.

A line sold before costs one look-up: of `Line` only the position differs from receipt to receipt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from zoneinfo import ZoneInfo

from smartecr.core import remembered
from smartecr.core.remembered import Remembered
from smartecr.fiscal.dsfinvk import tables
from smartecr.fiscal.dsfinvk.clock import LocalClock, tse_text
from smartecr.fiscal.dsfinvk.dialect import END, Cents, Columns, column
from smartecr.fiscal.dsfinvk.records import Customer, Line, Receipt, Reference, TseTransaction
from smartecr.fiscal.dsfinvk.schema import Table

_LineRows = list[tuple[Callable[[str], None], str]]
"""Rows of a line behind POS_ZEILE, each with what takes it."""


class ReceiptRows:
    """Appends the rows of receipts to the lists of their tables."""

    def __init__(self, rows: Mapping[Table, list[str]], zone: ZoneInfo) -> None:
        self._appends = {table: table_rows.append for table, table_rows in rows.items()}
        self._local = LocalClock(zone).text
        self._cents = Cents()
        self._id = column(tables.TRANSACTIONS, "BON_ID")
        self._kinds = Remembered(Columns(tables.TRANSACTIONS, "BON_TYP", "BON_STORNO").text)
        self._people = Remembered(Columns(tables.TRANSACTIONS, "BEDIENER_ID", "BEDIENER_NAME").text)
        self._guests = Remembered(self._guest)
        self._guest_columns = Columns(tables.TRANSACTIONS, "KUNDE_NAME", "BON_NOTIZ")
        self._means = Remembered(Columns(tables.DATAPAYMENT, "ZAHLART_TYP", "ZAHLWAEH_BETRAG").text)
        self._lines: dict[int, tuple[Line, _LineRows]] = {}
        self._articles = Remembered(Columns(tables.LINES, "GUTSCHEIN_NR", "WARENGR").text)
        self._quantities = Columns(tables.LINES, "MENGE")
        self._pricing = Columns(tables.ITEMAMOUNTS, "TYP")
        self._part = Columns(tables.SUBITEMS, "ZI_ART_NR")
        self._process = Remembered(column(tables.TRANSACTIONS_TSE, "TSE_TA_VORGANGSART"))
        self._signature = column(tables.TRANSACTIONS_TSE, "TSE_TA_SIG")
        self._data = column(tables.TRANSACTIONS_TSE, "TSE_VORGANGSDATEN")
        self._failed = Columns(tables.TRANSACTIONS_TSE, "TSE_ID")
        self._group = Remembered(column(tables.ALLOCATION_GROUPS, "ABRECHNUNGSKREIS"))
        self._reference = Columns(tables.REFERENCES, "POS_ZEILE")

    def add(self, receipts: Iterable[Receipt], key: str, currency: str) -> None:
        """Append Vorgänge of the closing with this key; `currency` is the register's own. Raises ValueRefusedError."""
        appends, money, local = self._appends, self._cents, self._local
        add_head, add_payment = appends[tables.TRANSACTIONS], appends[tables.DATAPAYMENT]
        add_tse, add_vat = appends[tables.TRANSACTIONS_TSE], appends[tables.TRANSACTIONS_VAT]
        of_means, kinds, people, guests, known = self._means, self._kinds, self._people, self._guests, self._lines
        of_closing = key
        for (
            bon_id, number, start, end, operator_id, operator_name, total, lines, vat, payments, tse, kind, references,
            groups, name, void, terminal, customer, note,
        ) in receipts:  # fmt: skip
            key = f"{of_closing}{self._id(bon_id)};"
            add_head(
                f'{key}{number};{kinds[kind, name, terminal, void]};"{local(start)}";"{local(end)}";'
                f"{people[operator_id, operator_name]};{money[total]};{guests[customer, note]}{END}"
            )
            for means, paid, brand, code, foreign in payments:
                paid_by = of_means[means, brand, code, foreign if code != currency else None]
                add_payment(f"{key}{paid_by};{money[paid]}{END}")
            for position, line in enumerate(lines, 1):
                begin = f'{key}"{position}";'
                _, rows = known.get(id(line)) or self._learned(line)
                for append, rest in rows:
                    append(begin + rest)
            for transaction in tse:
                add_tse(f"{key}{self._tse(transaction)}{END}")
            for vat_key, gross, net, tax in vat:
                add_vat(f"{key}{vat_key};{money[gross]};{money[net]};{money[tax]}{END}")
            for group in groups:
                appends[tables.ALLOCATION_GROUPS](f"{key}{self._group[group]}{END}")
            for reference in references:
                appends[tables.REFERENCES](f"{key}{self._referred(reference)}{END}")

    def _guest(self, guest: tuple[Customer, str]) -> str:
        customer, note = guest
        return self._guest_columns.text((*customer, note))

    def _learned(self, line: Line) -> tuple[Line, _LineRows]:
        """Keep the rows of a line by its identity, which is its own as long as the line is kept with them."""
        if len(self._lines) >= remembered.MOST:
            self._lines.clear()
        found = self._lines[id(line)] = line, self._line(line)
        return found

    def _line(self, line: Line) -> _LineRows:
        appends, money = self._appends, self._cents
        (
            text, case, vat, quantity, unit_price, number, gtin, group_id, group_name, unit, case_name, in_house,
            voided, agency, factor, voucher, terminal, pricing, parts,
        ) = line  # fmt: skip
        article = self._articles[
            voucher, text, terminal, case, case_name, in_house, voided, agency, number, gtin, group_id, group_name
        ]
        sold = self._quantities.text((quantity, factor if quantity is not None else None, unit, unit_price))
        rows = [(appends[tables.LINES], f"{article};{sold}{END}")]
        for vat_key, gross, net, tax in vat:
            taxed = f"{vat_key};{money[gross]};{money[net]};{money[tax]}{END}"
            rows.append((appends[tables.LINES_VAT], taxed))
        for kind, amount in pricing:
            rows.append((appends[tables.ITEMAMOUNTS], self._pricing.text((kind, *amount)) + END))
        for part in parts:
            named = (part.article_number, part.gtin, part.name, part.group_id, part.group_name)
            amounts = (part.quantity, 1000, part.unit, *part.base_price)
            rows.append((appends[tables.SUBITEMS], self._part.text((*named, *amounts)) + END))
        return rows

    def _tse(self, transaction: TseTransaction) -> str:
        tse_id, number, start, end, process, counter, signature, data, error = transaction
        if error or tse_id is None or number is None or start is None or end is None or counter is None:
            times = [tse_text(seconds) if seconds is not None else "" for seconds in (start, end)]
            return self._failed.text((tse_id, number, *times, process, counter, signature, error, data))
        return (
            f'{tse_id};{number};"{tse_text(start)}";"{tse_text(end)}";{self._process[process]};{counter};'
            f'{self._signature(signature)};"";{self._data(data)}'
        )

    def _referred(self, reference: Reference) -> str:
        return self._reference.text(
            (
                str(reference.line) if reference.line else "",
                reference.kind,
                reference.name,
                self._local(reference.ended) if reference.ended is not None else "",
                reference.register_id,
                reference.closing,
                reference.id,
            )
        )
