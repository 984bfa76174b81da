"""Tables 1 to 10 of a closing: the values of each row behind Z_NR, in the order of `tables`.

Nothing is formatted yet; `dialect` does that and refuses what does not fit.
"""

from __future__ import annotations

from collections.abc import Iterator

from smartecr.fiscal.dsfinvk import tables
from smartecr.fiscal.dsfinvk.dialect import Value
from smartecr.fiscal.dsfinvk.records import Address, Closing, Device
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
