"""Receipts, closings and figures as JSON: what the books say, read only."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from smartecr.web.api.schemas import Day, Id, Instant, Out


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
    cash_movement: Annotated[bool, Field(description="It only moves cash (float, pay-in, pay-out): nothing was sold.")]
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

    turnover_cents: Annotated[int, Field(description="Everything but moved cash; tips for the staff stand in it.")]
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
