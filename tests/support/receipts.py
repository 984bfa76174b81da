"""A sale and an unsigned cancellation as documents for paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from smartecr.printer.document import Extra, Item, PaymentRow, ReceiptDocument, Shop, TseBlock, VatRow

BERLIN = ZoneInfo("Europe/Berlin")
MORNING = datetime(2026, 11, 23, 8, 41, 50, tzinfo=BERLIN)

SHOP = Shop(
    name="Morgenrot",
    owner="Ida Morgenrot e. K.",
    tagline="Kaffeehaus & Laden",
    address=("Lindenstr. 4", "04109 Leipzig"),
    tax_number="232/123/45678",
)
TSE = TseBlock(
    serial="5fd21b0a" * 8,
    transaction_number=2087,
    signature_counter=4174,
    started=MORNING,
    finished=MORNING + timedelta(seconds=27),
    algorithm="ecdsa-plain-SHA256",
    signature="TGnWiq3ZW7gi4Vs+DxLGsJZj9v271dHmhQAcb057F3oWkdKJ61UW2LLVTZQhW673yLa53Mm6oPeMU1Ns3ZOH7w==",
)
SALE = ReceiptDocument(
    shop=SHOP,
    title="Rechnung",
    number=1042,
    register="Kasse 1",
    register_serial="SMART-0001",
    issued=MORNING + timedelta(seconds=27),
    started=MORNING,
    finished=MORNING + timedelta(seconds=27),
    person="Jana",
    items=(
        Item(text="Cappuccino", quantity=2000, unit_cents=360, cents=720, letter="A"),
        Item(
            text="Frühstück ‚Morgenrot‘",
            quantity=1000,
            unit_cents=1290,
            cents=1290,
            letter="B",
            extras=(Extra(text="Treuerabatt 10 %", cents=-129, letter="B"),),
        ),
        Item(text="Butterbrezel", quantity=1000, unit_cents=220, cents=220, letter="B"),
        Item(
            text="Apfelschorle 0,33\u00a0l",
            quantity=1000,
            unit_cents=340,
            cents=340,
            letter="A",
            remark="außer Haus",
            extras=(Extra(text="Pfand", cents=25, letter="A"),),
        ),
        Item(text="Bergkäse aus dem All\u00adgäu", quantity=275, unit="kg", unit_cents=1163, cents=320, letter="B"),
    ),
    total_cents=2786,
    payments=(PaymentRow(name="Bar", cents=2786),),
    given_cents=5000,
    change_cents=2214,
    vat=(
        VatRow(letter="A", label="19 %", gross_cents=1085, net_cents=912, tax_cents=173),
        VatRow(letter="B", label="7 %", gross_cents=1701, net_cents=1590, tax_cents=111),
    ),
    tse=TSE,
    qr="V0;SMART-0001;Kassenbeleg-V1;…",
    notes=("Vielen Dank für Ihren Besuch",),
)
UNSIGNED = replace(
    SALE,
    title="Storno",
    reference="Storno zu Rechnung 1041 vom 22.11.2026",
    tse=None,
    outage="TSE ausgefallen",
    marks=("KOPIE",),
    qr="",
    person="",
    given_cents=None,
    change_cents=None,
    notes=(),
)
"""A cancellation of which a copy is printed, while the TSE was out."""
