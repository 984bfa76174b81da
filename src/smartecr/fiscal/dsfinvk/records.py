"""Business facts as DSFinV-K sees them, without its columns: what a register hands over to be exported.

Amounts are cents, quantities thousandths, rates basis points, instants unix seconds UTC. Key words (``GV_TYP``,
``BON_TYP``, ``ZAHLART_TYP``) are those of `smartecr.core.kinds`. What stands in every receipt is a named tuple, because
millions of them pass through one export.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from smartecr.core.kinds import RECEIPT
from smartecr.core.records import dataclass


class VatAmount(NamedTuple):
    """An amount of one VAT key; gross is net plus tax."""

    vat_key: int
    gross: int
    net: int
    tax: int


class Pricing(NamedTuple):
    """How a line's price came about (4.2.4, variant 1): a base amount and what was taken off or put on."""

    kind: Literal["base_amount", "discount", "extra_amount"]
    amount: VatAmount


class Part(NamedTuple):
    """A component of a menu; explains its VAT split and changes no total."""

    article_number: str
    name: str
    base_price: VatAmount
    quantity: int = 1000
    gtin: str = ""
    group_id: str = ""
    group_name: str = ""
    unit: str = ""


class Line(NamedTuple):
    """A line as printed. Its amount is the sum of `vat`, and that is unit price times quantity over factor, rounded.

    `voided`: struck out before anything was signed; such a line counts nowhere. `agency` 0 is the own business.
    `quantity` and `unit_price` are None for lines that sell nothing (cash movements).
    """

    text: str
    case: str
    vat: tuple[VatAmount, ...]
    quantity: int | None = None
    unit_price: int | None = None
    article_number: str = ""
    gtin: str = ""
    group_id: str = ""
    group_name: str = ""
    unit: str = ""
    case_name: str = ""
    in_house: bool | None = None
    voided: bool = False
    agency: int = 0
    factor: int = 1000
    voucher: str = ""
    terminal: str = ""
    pricing: tuple[Pricing, ...] = ()
    parts: tuple[Part, ...] = ()


class Payment(NamedTuple):
    """What was kept of a payment (cash less change) in the register's currency, and in the foreign one if it was."""

    kind: str
    cents: int
    name: str = ""
    currency: str = "EUR"
    foreign_cents: int | None = None


class Reference(NamedTuple):
    """What a receipt refers to; `line` is 0 when all of it does. `closing`, `register_id` and `ended`: Transaktion."""

    id: str
    kind: str = "Transaktion"
    register_id: str = ""
    closing: int | None = None
    ended: int | None = None
    name: str = ""
    line: int = 0


class TseTransaction(NamedTuple):
    """What the TSE answered; after an outage only `error` and what is known. `signature` is base64."""

    tse_id: int | None = None
    number: int | None = None
    start: int | None = None
    end: int | None = None
    process_type: str = ""
    counter: int | None = None
    signature: str = ""
    process_data: str = ""
    error: str = ""


class Customer(NamedTuple):
    """Who the receipt is made out to."""

    name: str = ""
    id: str = ""
    kind: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    vat_id: str = ""


class Receipt(NamedTuple):
    """A Vorgang. `type` is BON_TYP, `name` obligatory for AVSonstige, `groups` the tables or tabs it belongs to."""

    id: str
    number: int
    start: int
    end: int
    operator_id: str
    operator_name: str
    total: int
    lines: tuple[Line, ...]
    vat: tuple[VatAmount, ...]
    payments: tuple[Payment, ...]
    tse: tuple[TseTransaction, ...]
    type: str = RECEIPT
    references: tuple[Reference, ...] = ()
    groups: tuple[str, ...] = ()
    name: str = ""
    void: bool = False
    terminal: str = ""
    customer: Customer = Customer()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where something is; `country` has three letters."""

    street: str
    postcode: str
    city: str
    country: str = "DEU"


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The taxpayer; one of the two numbers is needed."""

    name: str
    address: Address
    tax_number: str = ""
    vat_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """The place of business."""

    name: str
    address: Address
    vat_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A register or a capture device. `serial` of a register is its client id at the TSE."""

    id: str
    serial: str
    brand: str = ""
    model: str = ""
    software: str = ""
    software_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """Somebody in whose name is sold; `id` from 1."""

    id: int
    name: str
    address: Address
    tax_number: str = ""
    vat_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tse:
    """A TSE: `id` within the closing, `serial` hex, `public_key` (the point) and `certificate` (DER) in base64."""

    id: int
    serial: str
    algorithm: str
    time_format: str
    public_key: str
    certificate: str
    encoding: str = "UTF-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterData:
    """What is frozen with a closing (DSFinV-K 3.1): `rates` are (VAT key, basis points, description)."""

    company: Company
    location: Location
    register: Device
    rates: tuple[tuple[int, int, str], ...]
    tses: tuple[Tse, ...] = ()
    terminals: tuple[Device, ...] = ()
    agencies: tuple[Agency, ...] = ()
    currency: str = "EUR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A closing of a register; `booking_day` only when it is not the day of `created`."""

    number: int
    created: int
    master: MasterData
    booking_day: str = ""
