"""What goes in and out, as JSON. Money is whole cents, quantities whole thousandths, instants UTC with milliseconds."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Path
from pydantic import BaseModel, ConfigDict, Field

from smartecr.catalog.rows import AGES, KINDS, MAX_POSITION
from smartecr.core import vat
from smartecr.core.money import MAX_CENTS
from smartecr.core.quantity import MAX_QUANTITY

_HEX = r"^[0-9a-f]{32}$"
DAY = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"

Key = Annotated[str, Path(pattern=_HEX, description="Its id.")]
Id = Annotated[str, Field(pattern=_HEX)]
Day = Annotated[str, Field(pattern=DAY)]
Instant = Annotated[str, Field(description="UTC, for example 2026-11-23T08:42:00.123Z")]
Cents = Annotated[int, Field(ge=-MAX_CENTS, le=MAX_CENTS)]
Position = Annotated[int, Field(ge=0, le=MAX_POSITION)]
VatKey = Annotated[int, Field(ge=1, json_schema_extra={"enum": [k for k in vat.KEYS if k not in vat.FORMER_KEYS]})]
_Kind = Annotated[str, Field(json_schema_extra={"enum": list(KINDS)})]
_Age = Annotated[int, Field(json_schema_extra={"enum": list(AGES)})]
_Icon = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
_Levels = dict[Annotated[str, Field(pattern="^[2-9]$")], Cents]


def _no_defaults(schema: dict[str, Any]) -> None:
    """What is left out of a request stays as it is; a default in the schema would promise something else."""
    for one in schema.get("properties", {}).values():
        one.pop("default", None)


class Out(BaseModel):
    """Something answered."""


class In(BaseModel):
    """Something sent: no other fields, no numbers as text."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=_no_defaults)


class Wrong(Out):
    """A field that is wrong: a JSON pointer into the body, or "?name" for a parameter."""

    pointer: str
    detail: str


class Problem(Out):
    """A refusal (RFC 9457). Nothing was changed."""

    type: str
    title: str
    status: int
    code: str
    instance: str
    detail: str = ""
    errors: list[Wrong] = []


class Barcode(In):
    """A code on a package and the quantity (thousandths) it stands for."""

    code: Annotated[str, Field(min_length=1, max_length=48)]
    quantity: Annotated[int, Field(ge=1, le=MAX_QUANTITY)] = 1000


class Group(Out):
    """A product group; its VAT keys (in house, take away) serve new articles. `hue` is in degrees."""

    id: Id
    name: str
    icon: str
    hue: int
    position: int
    vat_key_in: int
    vat_key_out: int
    active: bool
    station: str


class GroupFields(In):
    """What a group may be given."""

    name: Annotated[str, Field(min_length=1, max_length=50)] = ""
    icon: _Icon = ""
    hue: Annotated[int, Field(ge=0, le=359)] = 0
    position: Position = 0
    vat_key_in: VatKey = 1
    vat_key_out: VatKey = 1
    active: bool = True
    station: Annotated[str, Field(max_length=20)] = ""


class GroupNew(GroupFields):
    """A new group."""

    name: Annotated[str, Field(min_length=1, max_length=50)]


class Article(Out):
    """An article. `prices` are those of the levels 2 to 9 that have their own, `cost_cents` needs `catalog:write`."""

    id: Id
    number: str
    name: str
    group_id: Id
    vat_key_in: int
    vat_key_out: int
    price_cents: int
    prices: dict[str, int]
    cost_cents: int | None
    open_price: bool
    unit: str
    favourite_position: int | None
    position: int
    sold_out: bool
    age: int
    deposit_article_id: Id | None
    gv_typ: str
    icon: str
    picture: str
    active: bool
    barcodes: list[Barcode]


class ArticleFields(In):
    """What an article may be given. `barcodes` replace those it has."""

    number: Annotated[str, Field(pattern=r"^[0-9A-Za-z]([0-9A-Za-z._/-]{0,28}[0-9A-Za-z])?$")] = ""
    name: Annotated[str, Field(min_length=1, max_length=120)] = ""
    group_id: Id = ""
    vat_key_in: VatKey = 1
    vat_key_out: VatKey = 1
    price_cents: Cents = 0
    prices: _Levels = {}
    cost_cents: Annotated[int, Field(ge=0, le=MAX_CENTS)] | None = None
    open_price: bool = False
    unit: Annotated[str, Field(max_length=12)] = ""
    favourite_position: Annotated[int, Field(ge=1, le=MAX_POSITION)] | None = None
    position: Position = 0
    sold_out: bool = False
    age: _Age = 0
    deposit_article_id: Id | None = None
    gv_typ: _Kind = "Umsatz"
    icon: _Icon | Annotated[str, Field(max_length=0)] = ""
    active: bool = True
    barcodes: Annotated[list[Barcode], Field(max_length=50)] = []


class ArticleNew(ArticleFields):
    """A new article; without VAT keys it has those of its group."""

    number: Annotated[str, Field(pattern=r"^[0-9A-Za-z]([0-9A-Za-z._/-]{0,28}[0-9A-Za-z])?$")]
    name: Annotated[str, Field(min_length=1, max_length=120)]
    group_id: Id


class Found(Out):
    """What a code stands for: the article, and how much of it (thousandths)."""

    article: Article
    quantity: int


class Line(Out):
    """A line of a receipt: cents, quantity in thousandths; `parent_position` points to what it belongs to."""

    position: int
    text: str
    gv_typ: str
    quantity: int
    unit: str
    unit_cents: int
    amount_cents: int
    vat_key: int
    article_id: str
    article_number: str
    group_id: str
    group_name: str
    in_house: bool | None
    parent_position: int | None


class Vat(Out):
    """What a receipt or closing holds at a rate (basis points)."""

    vat_key: int
    rate_bp: int
    gross_cents: int
    net_cents: int
    tax_cents: int


class Payment(Out):
    """What was paid by one means: its DSFinV-K kind and name; no data of cards."""

    kind: str
    name: str
    cents: int


class Tse(Out):
    """The signature of a receipt (§ 6 KassenSichV). `signed` false: the TSE had failed, which the receipt says."""

    signed: bool
    serial: str
    transaction_number: int
    signature_counter: int
    started: int
    finished: int
    process_data: str
    signature: str


class Receipt(Out):
    """A receipt as issued. `reference_id` is the receipt it takes back, `refunded_by` the one that took it back."""

    id: Id
    number: int
    type: str
    z_number: int
    business_day: Day
    started_at: Instant
    at: Instant
    total_cents: int
    tendered_cents: int | None
    change_cents: int
    lines: list[Line]
    vat: list[Vat]
    payments: list[Payment]
    reference_id: str
    refunded_by: str
    tse: Tse
    page: Annotated[str, Field(description="Path of the digital receipt.")]


class Business(Out):
    """Sums of a closing by kind of business and VAT."""

    gv_typ: str
    gv_name: str
    vat_key: int
    rate_bp: int
    gross_cents: int
    net_cents: int
    tax_cents: int


class Totals(Out):
    """The sums of a period, in cents."""

    turnover_cents: int
    receipts: int
    first_number: int | None
    last_number: int | None
    voids_count: int
    voids_cents: int
    discounts_count: int
    discounts_cents: int
    deposit_cents: int
    businesscases: list[Business]
    vat: list[Vat]
    payments: list[Payment]


class XReport(Out):
    """The open period so far (X report). `expected_cents` should lie in the drawer."""

    z_number: int
    business_day: Day
    opened_at: str
    at: Instant
    expected_cents: int
    unsigned: int
    totals: Totals


class Closing(Out):
    """A Z closing, never changed. `counted_cents` is null when nobody counted."""

    id: Id
    z_number: int
    business_day: Day
    opened_at: Instant
    closed_at: Instant
    expected_cents: int
    counted_cents: int | None
    difference_cents: int
    kept_cents: int
    unsigned: int
    totals: Totals


class Person(In):
    """What is personal of a customer; only the name is needed. `birthday`: "17.5.1990" or "17.5."."""

    name: Annotated[str, Field(max_length=80)] = ""
    phone: Annotated[str, Field(max_length=30)] = ""
    mail: Annotated[str, Field(max_length=120)] = ""
    birthday: Annotated[str, Field(max_length=10)] = ""
    note: Annotated[str, Field(max_length=1000)] = ""


class CustomerFields(Person):
    """What of a customer may be changed."""

    group_id: Id | Annotated[str, Field(max_length=0)] = ""


class CustomerNew(CustomerFields):
    """A new customer, who has agreed to the text with this version (Art. 7 DSGVO; `GET /v1/customers/consent`)."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    consent: Annotated[str, Field(min_length=1, max_length=20)]


class Card(Out):
    """A customer without anything personal: number, and what stands on the card in force ("" once erased)."""

    id: Id
    number: str
    card: str
    since: Day
    group_id: str


class Customer(Card):
    """A customer. `birthday` is "1990-05-17", "--05-17" without the year."""

    name: str
    phone: str
    mail: str
    birthday: str
    note: str
    points: int


class Consent(Out):
    """What a new customer agrees to, word for word."""

    version: str
    text: str


class Figures(Out):
    """Revenue is gross after discounts and cancellations, without deposits and vouchers."""

    receipts: int
    revenue_cents: int
    average_cents: int
    refunds: int
    refund_cents: int
    discounts: int
    discount_cents: int


class DayFigures(Figures):
    """A business day."""

    business_day: Day


class HourFigures(Figures):
    """An hour of the day on the shop's clock."""

    hour: int


class ArticleFigures(Out):
    """An article over a stretch of days; `quantity` in thousandths."""

    article_id: str
    number: str
    name: str
    group_id: str
    group_name: str
    quantity: int
    revenue_cents: int


class MeansFigures(Out):
    """A means of payment over a stretch of days."""

    kind: str
    name: str
    count: int
    cents: int


class Stretch(Out):
    """The figures of a stretch of business days, both ends included."""

    first: Day
    last: Day
    total: Figures
    days: list[DayFigures]
    hours: list[HourFigures]
    vat: list[Vat]
    payments: list[MeansFigures]


class Articles(Out):
    """What was sold in a stretch of business days, most revenue first."""

    first: Day
    last: Day
    items: list[ArticleFigures]


def paged(model: type[Out]) -> type[BaseModel]:
    """Return the schema of a page of `model`: `next` is the cursor of the following one, null at the end."""
    from pydantic import create_model

    more: Any = (str | None, ...)
    items: Any = (list[model], ...)  # type: ignore[valid-type]
    return create_model(f"{model.__name__}Page", items=items, next=more)
