"""What goes in and out as JSON; here the catalogue and customers.

Money is whole cents, quantities are whole thousandths, instants UTC with milliseconds.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ninja import Path
from pydantic import BaseModel, ConfigDict, Field

from smartecr.catalog.rows import AGES, KINDS, MAX_POSITION
from smartecr.core import vat
from smartecr.core.content import UNITS
from smartecr.core.money import MAX_CENTS
from smartecr.core.quantity import MAX_QUANTITY

_HEX = r"^[0-9a-f]{32}$"
DAY = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
INSTANT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,3})?)?Z$"

Key = Annotated[str, Path(pattern=_HEX, description="Its id.")]
Id = Annotated[str, Field(pattern=_HEX)]
Day = Annotated[str, Field(pattern=DAY)]
Instant = Annotated[str, Field(description="UTC, for example 2026-11-23T08:42:00.123Z")]
Cents = Annotated[int, Field(ge=-MAX_CENTS, le=MAX_CENTS)]
Position = Annotated[int, Field(ge=0, le=MAX_POSITION)]
VatKey = Annotated[int, Field(ge=1, json_schema_extra={"enum": [k for k in vat.KEYS if k not in vat.FORMER_KEYS]})]
_Kind = Annotated[str, Field(json_schema_extra={"enum": list(KINDS)})]
_Age = Annotated[int, Field(json_schema_extra={"enum": list(AGES)})]
_ContentUnit = Annotated[str, Field(json_schema_extra={"enum": ["", *UNITS]})]
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


class UnitPrice(Out):
    """What a whole `unit` costs ("kg", "l", "m", "m²", "m³"), as shelves have to say it (§ 4 PAngV)."""

    cents: int
    unit: str


class Article(Out):
    """An article. `prices` are those of the levels 2 to 9 that have their own, `offers` what holds for a time just now
    (by level, from 1 on) instead of them; `cost_cents` needs `catalog:write`. `content` is what a package holds, in
    thousandths of `content_unit`; `unit_price` follows from it and from what is charged now, null where none is
    needed."""

    id: Id
    number: str
    name: str
    group_id: Id
    vat_key_in: int
    vat_key_out: int
    price_cents: int
    prices: dict[str, int]
    offers: dict[str, int]
    cost_cents: int | None
    open_price: bool
    unit: str
    content: int | None
    content_unit: str
    unit_price: UnitPrice | None
    favourite_position: int | None
    position: int
    sold_out: bool
    age: int
    deposit_article_id: Id | None
    gv_typ: str
    icon: str
    picture: str
    active: bool
    stocked: bool
    stock_min: int | None
    stock_full: int | None
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
    content: Annotated[int, Field(ge=1, le=MAX_QUANTITY)] | None = None
    content_unit: _ContentUnit = ""
    favourite_position: Annotated[int, Field(ge=1, le=MAX_POSITION)] | None = None
    position: Position = 0
    sold_out: bool = False
    age: _Age = 0
    deposit_article_id: Id | None = None
    gv_typ: _Kind = "Umsatz"
    icon: _Icon | Annotated[str, Field(max_length=0)] = ""
    active: bool = True
    stocked: bool = False
    stock_min: Annotated[int, Field(ge=0, le=MAX_QUANTITY)] | None = None
    stock_full: Annotated[int, Field(ge=0, le=MAX_QUANTITY)] | None = None
    barcodes: Annotated[list[Barcode], Field(max_length=50)] = []


class ArticleNew(ArticleFields):
    """A new article; without VAT keys it has those of its group."""

    number: Annotated[str, Field(pattern=r"^[0-9A-Za-z]([0-9A-Za-z._/-]{0,28}[0-9A-Za-z])?$")]
    name: Annotated[str, Field(min_length=1, max_length=120)]
    group_id: Id


class ArticleSaved(ArticleFields):
    """An article by its number: changed in what is named where it is there, else made."""

    number: Annotated[str, Field(pattern=r"^[0-9A-Za-z]([0-9A-Za-z._/-]{0,28}[0-9A-Za-z])?$")]


class ArticlesBulk(In):
    """Up to 500 articles, each number once."""

    articles: Annotated[list[ArticleSaved], Field(min_length=1, max_length=500)]


class ArticleResult(Out):
    """What became of an article."""

    number: str
    id: Id
    result: Literal["created", "changed", "unchanged"]


class ArticlesSaved(Out):
    """What became of the articles, in the order they were sent."""

    articles: list[ArticleResult]


class DatedPrice(Out):
    """A price that begins and ends by the clock: for good where `ends` is "". `begun` and `ended` say what was done."""

    id: Id
    level: int
    cents: int
    begins: Instant
    ends: str
    begun: bool
    ended: bool


class DatedPriceNew(In):
    """A price from a moment on, for good or until another; moments as UTC text."""

    level: Annotated[int, Field(ge=1, le=9)] = 1
    cents: Cents
    begins: Annotated[str, Field(pattern=INSTANT)]
    ends: Annotated[str, Field(pattern=rf"^$|{INSTANT}")] = ""


class Stock(Out):
    """What lies there of an article, in thousandths of `unit`; `order` is how much to order, 0 for nothing."""

    article_id: Id
    number: str
    name: str
    unit: str
    quantity: int
    stock_min: int | None
    stock_full: int | None
    order: int
    short: bool


class Moved(In):
    """How much of an article, in thousandths."""

    article_id: Id
    quantity: Annotated[int, Field(ge=1, le=MAX_QUANTITY)]


class StockMove(In):
    """What came ("in") or went ("waste", "own"); what goes needs a note that says why."""

    kind: Literal["in", "waste", "own"]
    note: Annotated[str, Field(max_length=200)] = ""
    rows: Annotated[list[Moved], Field(min_length=1, max_length=500)]


class Counted(In):
    """What was counted of an article against what the counter had `seen` in the books, in thousandths."""

    article_id: Id
    seen: Annotated[int, Field(ge=-MAX_QUANTITY, le=MAX_QUANTITY)]
    counted: Annotated[int, Field(ge=0, le=MAX_QUANTITY)]


class StockCount(In):
    """A stock-taking."""

    note: Annotated[str, Field(max_length=200)] = ""
    rows: Annotated[list[Counted], Field(min_length=1, max_length=500)]


class Lying(Out):
    """What lies there of an article by the books, in thousandths."""

    article_id: Id
    quantity: int


class StockAnswer(Out):
    """What lies there after it. `moved` are articles that were not written: something moved since they were seen."""

    id: Id
    rows: list[Lying]
    moved: list[Id]


class Gone(Out):
    """What went, or ended."""

    id: Id


class Found(Out):
    """What a code stands for: the article, and how much of it (thousandths)."""

    article: Article
    quantity: int


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


def paged(model: type[Out]) -> type[BaseModel]:
    """Return the schema of a page of `model`: `next` is the cursor of the following one, null at the end."""
    from pydantic import create_model

    more: Any = (str | None, ...)
    items: Any = (list[model], ...)  # type: ignore[valid-type]
    return create_model(f"{model.__name__}Page", items=items, next=more)
