"""Rows of business facts: the values of each table behind its key, in the order of `tables`.

A closing's rows begin behind Z_NR, a receipt's behind BON_ID. Nothing is formatted yet; `dialect` does that and
refuses what does not fit.
"""

from __future__ import annotations

from collections.abc import Iterator

from smartecr.fiscal.dsfinvk import tables
from smartecr.fiscal.dsfinvk.clock import LocalClock, tse_text
from smartecr.fiscal.dsfinvk.dialect import Value
from smartecr.fiscal.dsfinvk.records import Address, Closing, Device, Line, Receipt, Reference, TseTransaction
from smartecr.fiscal.dsfinvk.schema import Table
from smartecr.fiscal.dsfinvk.sums import ClosingSums

Row = tuple[Table, tuple[Value, ...]]

_NOT_DETERMINABLE = 7
_CERTIFICATE_PIECE = 1000
_NOBODY = "0"


def closing_rows(closing: Closing, sums: ClosingSums) -> Iterator[Row]:
    """Yield the rows of tables 1 to 10. Raises KeyError when a VAT key of the sums is not in the master data."""
    master = closing.master
    cases = sums.cases({key: rate for key, rate, _ in master.rates})
    yield tables.CASHPOINTCLOSING, _closing(closing, sums)
    yield tables.LOCATION, (master.location.name, *_address(master.location.address), master.location.vat_id)
    undetermined = any(case[3] == _NOT_DETERMINABLE for case in cases)
    yield tables.CASHREGISTER, (*_device(master.register), master.currency, undetermined)
    for terminal in master.terminals:
        yield tables.SLAVES, (terminal.id, *_device(terminal))
    for agency in master.agencies:
        numbers = (agency.tax_number, agency.vat_id)
        yield tables.PA, (agency.id, agency.name, *_address(agency.address), *numbers)
    for tse in master.tses:
        first, rest = tse.certificate[:_CERTIFICATE_PIECE], tse.certificate[_CERTIFICATE_PIECE:]
        identity = (tse.id, tse.serial, tse.algorithm, tse.time_format, tse.encoding, tse.public_key)
        yield tables.TSE, (*identity, first, rest)
    for rate in master.rates:
        yield tables.VAT, rate
    for case in cases:
        yield tables.BUSINESSCASES, case
    for payment in sums.payments():
        yield tables.PAYMENT, payment
    for cash in sums.cash():
        yield tables.CASH_PER_CURRENCY, cash


def _closing(closing: Closing, sums: ClosingSums) -> tuple[Value, ...]:
    company = closing.master.company
    return (
        closing.booking_day,
        tables.VERSION,
        sums.first_id or _NOBODY,
        sums.last_id or _NOBODY,
        company.name,
        *_address(company.address),
        company.tax_number,
        company.vat_id,
        sums.paid,
        sums.paid_cash,
    )


def _address(address: Address) -> tuple[str, str, str, str]:
    return (address.street, address.postcode, address.city, address.country)


def _device(device: Device) -> tuple[str, str, str, str, str]:
    return (device.brand, device.model, device.serial, device.software, device.software_version)


def receipt_rows(receipt: Receipt, clock: LocalClock, currency: str) -> list[Row]:
    """Return the rows of tables 11 to 20 for one Vorgang; `currency` is the register's own."""
    rows: list[Row] = [(tables.TRANSACTIONS, _receipt(receipt, clock))]
    for kind, cents, name, code, foreign in receipt.payments:
        rows.append((tables.DATAPAYMENT, (kind, name, code, foreign if code != currency else None, cents)))
    for position, line in enumerate(receipt.lines, 1):
        _add_line(rows, str(position), line)
    rows += [(tables.TRANSACTIONS_TSE, _tse(transaction)) for transaction in receipt.tse]
    rows += [(tables.TRANSACTIONS_VAT, amount) for amount in receipt.vat]
    rows += [(tables.ALLOCATION_GROUPS, (group,)) for group in receipt.groups]
    rows += [(tables.REFERENCES, _reference(reference, clock)) for reference in receipt.references]
    return rows


def _receipt(receipt: Receipt, clock: LocalClock) -> tuple[Value, ...]:
    return (
        receipt.number,
        receipt.type,
        receipt.name,
        receipt.terminal,
        receipt.void,
        clock.text(receipt.start),
        clock.text(receipt.end),
        receipt.operator_id,
        receipt.operator_name,
        receipt.total,
        *receipt.customer,
        receipt.note,
    )


def _add_line(rows: list[Row], position: str, line: Line) -> None:
    sells = line.quantity is not None
    values = (
        position,
        line.voucher,
        line.text,
        line.terminal,
        line.case,
        line.case_name,
        line.in_house,
        line.voided,
        line.agency,
        line.article_number,
        line.gtin,
        line.group_id,
        line.group_name,
        line.quantity,
        line.factor if sells else None,
        line.unit,
        line.unit_price,
    )
    rows.append((tables.LINES, values))
    rows += [(tables.LINES_VAT, (position, *amount)) for amount in line.vat]
    for kind, amount in line.pricing:
        rows.append((tables.ITEMAMOUNTS, (position, kind, *amount)))
    for part in line.parts:
        article = (part.article_number, part.gtin, part.name, part.group_id, part.group_name)
        rows.append((tables.SUBITEMS, (position, *article, part.quantity, 1000, part.unit, *part.base_price)))


def _tse(transaction: TseTransaction) -> tuple[Value, ...]:
    return (
        transaction.tse_id,
        transaction.number,
        tse_text(transaction.start) if transaction.start is not None else "",
        tse_text(transaction.end) if transaction.end is not None else "",
        transaction.process_type,
        transaction.counter,
        transaction.signature,
        transaction.error,
        transaction.process_data,
    )


def _reference(reference: Reference, clock: LocalClock) -> tuple[Value, ...]:
    return (
        str(reference.line) if reference.line else "",
        reference.kind,
        reference.name,
        clock.text(reference.ended) if reference.ended is not None else "",
        reference.register_id,
        reference.closing,
        reference.id,
    )
