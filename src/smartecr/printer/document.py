"""Documents for paper and screen: what is said, not how it is drawn.

A `ReceiptDocument` carries everything § 6 KassenSichV (wording since 2024), AEAO zu § 146a Nr. 2 and § 33 UStDV /
§ 14 (4) UStG ask of a receipt, as typed fields that a web page can show in its own way. A `ReportDocument` is already
a column of blocks. `compose.blocks` turns the former into the latter's form, so that one renderer serves both.

Units: money in cents, quantities in thousandths, rates in basis points. Instants are aware datetimes in the zone in
which people shall read them.
"""

from __future__ import annotations

from datetime import datetime

from smartecr.core.money import format_cents
from smartecr.core.quantity import ONE, format_quantity
from smartecr.core.records import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """A centred line; level 1 is the sign over the door, 2 the name of the document, 3 the head of a section."""

    text: str
    level: int = 3


@dataclass(frozen=True, slots=True)
class Mark:
    """A word nobody may overlook ("KOPIE", "TSE ausgefallen"), framed."""

    text: str


@dataclass(frozen=True, slots=True)
class Big:
    """A line read from two metres away: twice as high and wide, on the left."""

    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """A paragraph; centred unless `centred` is False."""

    text: str
    centred: bool = True


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A line in somebody else's wording, with its spaces: a card terminal's. Longer ones go on in the next line."""

    text: str
    centred: bool = False
    large: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """A label and a text. `value` is printed unaltered: wrapped to more lines where it must be, never shortened."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Row:
    """A text and an amount in cents on the amount edge. `indent` columns, `tag` is the VAT letter behind the amount."""

    text: str
    cents: int | None
    lead: str = ""
    tag: str = ""
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Total:
    """The amount the document is about, in cents."""

    text: str
    cents: int


@dataclass(frozen=True, slots=True)
class TableRow:
    """A label and one amount in cents per column."""

    label: str
    cents: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Amounts side by side; the last column stands on the amount edge. `head` names the label and each column."""

    head: tuple[str, ...]
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the paper."""

    double: bool = False


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code. Plain text cannot draw it and leaves it out; everything in it also stands there in words."""

    text: str


@dataclass(frozen=True, slots=True)
class Bars:
    """A barcode (see `bars`) with its characters under it; plain text shows these alone."""

    code: str


@dataclass(frozen=True, slots=True)
class Signature:
    """Room for a signature by hand, as a cash voucher wants it."""

    text: str


Block = Heading | Mark | Big | Note | Verbatim | Pair | Row | Total | Table | Rule | Qr | Bars | Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """Who sells: full name and address (§ 6 Nr. 1 KassenSichV). `name` is the sign, `owner` the name if it differs."""

    name: str
    address: tuple[str, ...]
    owner: str = ""
    tagline: str = ""
    tax_number: str = ""
    vat_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """What hangs on an item: its discount, its deposit."""

    text: str
    cents: int
    letter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the receipt. `quantity` None: an amount without a count (discount on the receipt, cash movement)."""

    text: str
    cents: int
    letter: str
    quantity: int | None = None
    unit: str = ""
    unit_cents: int = 0
    remark: str = ""
    extras: tuple[Extra, ...] = ()

    @property
    def count(self) -> str:
        """What stands before the text: "2 ×", "0,275 kg" or nothing."""
        if self.quantity is None:
            return ""
        return f"{format_quantity(self.quantity)} {self.unit or '×'}"

    @property
    def each(self) -> str:
        """The price of one ("je 3,60", "je kg 24,90") where the amount is not just that, else nothing."""
        if self.quantity is None or abs(self.quantity) == ONE:
            return ""
        unit = f"{self.unit} " if self.unit else ""
        return f"je {unit}{format_cents(self.unit_cents)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class VatRow:
    """Gross, net and tax of one VAT key; `label` is the rate or why there is none (`core.vat.label`)."""

    letter: str
    label: str
    gross_cents: int
    net_cents: int
    tax_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRow:
    """Amount per kind of payment (AEAO zu § 146a); cash is what stayed, not what was handed over."""

    name: str
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TseBlock:
    """What the TSE signed: § 6 Nr. 2, 4, 6 and 7 KassenSichV. `started` and `finished` are the TSE's own log times."""

    serial: str
    transaction_number: int
    signature_counter: int
    started: datetime
    finished: datetime
    algorithm: str
    signature: str
    first_order: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entertainment:
    """What a host needs besides the receipt to deduct a meal with business guests (§ 4 (5) No. 2 EStG).

    `day` and `place` come from the receipt; what is empty gets a line to write on, for it may be said by hand and later
    (BMF of 30 June 2021, IV C 6 - S 2145/19/10003). `tip_cents` is the tip on the receipt.
    """

    day: str
    place: str
    total_cents: int
    tip_cents: int = 0
    host: str = ""
    guests: tuple[str, ...] = ()
    occasion: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptDocument:
    """A receipt ready to be shown. Exactly one of `tse` and `outage` says how it is secured.

    `outage` is the sentence printed when the TSE did not sign (AEAO zu § 146a Nr. 1.14). `marks` are words such as
    "KOPIE"; `reference` names the receipt this one takes back; `given_cents` and `change_cents` are None where nothing
    was handed over. `slips` are customers' copies of card payments, where they stand beside the receipt and not on a
    paper of their own. Raises ValueError if it is neither secured nor marked as not secured.
    """

    shop: Shop
    title: str
    number: int
    register: str
    register_serial: str
    issued: datetime
    started: datetime
    finished: datetime
    items: tuple[Item, ...]
    total_cents: int
    payments: tuple[PaymentRow, ...]
    vat: tuple[VatRow, ...]
    person: str = ""
    reference: str = ""
    given_cents: int | None = None
    change_cents: int | None = None
    tse: TseBlock | None = None
    outage: str = ""
    qr: str = ""
    marks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sign_here: str = ""
    slips: tuple[tuple[Verbatim, ...], ...] = ()
    entertainment: Entertainment | None = None

    def __post_init__(self) -> None:
        if (self.tse is None) == (not self.outage):
            raise ValueError("a receipt carries either the TSE's values or the note that the TSE failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDocument:
    """A report as a column of blocks (X and Z report)."""

    title: str
    blocks: tuple[Block, ...]
