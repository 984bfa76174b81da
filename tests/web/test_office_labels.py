"""Labels: sheets and strips whose codes a scanner reads, in-store codes, prices that are still to come."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import zxingcpp
from PIL import Image

from smartecr.catalog import codes, rows
from smartecr.catalog.models import Article, Barcode
from smartecr.core import moments
from smartecr.printer import bars, escpos
from smartecr.printer.label import Label, document
from smartecr.printer.pdf import labels as sheets
from smartecr.printer.profile import PROFILES
from smartecr.printer.text import render as as_text
from smartecr.printer.virtual import VirtualPrinter
from smartecr.register.books import history
from smartecr.register.sale import selling
from smartecr.register.shop import labels, masterdata
from smartecr.scanner.code import Kind
from smartecr.server.equipment.paper_devices import open_paper
from support.eventually import eventually
from support.screens import words
from support.shop import COFFEE, ESPRESSO, JUICE, JUICE_CODE, LATTE, MANAGER, ROLL, command

if TYPE_CHECKING:
    from django.test import Client

    from smartecr.register.till import Till

AtTill = Callable[..., "Client"]
AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
CODES = ("4012345678901", "2000000000015", "40123455", "ABC-17")
LABELS = [Label(name=f"Artikel {code}", price="3,40 €", number="4", code=code) for code in CODES]


@pytest.fixture
def office(at_till: AtTill) -> Client:
    """Return a manager's client."""
    return at_till("Murat")


def read(picture: bytes | Image.Image) -> set[str]:
    """Return what a scanner reads in a picture."""
    image = picture if isinstance(picture, Image.Image) else Image.open(io.BytesIO(picture))
    return {found.text for found in zxingcpp.read_barcodes(image.convert("L"))}


@pytest.mark.parametrize("key", sheets.SHEETS)
def test_every_code_on_a_sheet_can_be_read(key: str) -> None:
    """At 203 dots an inch, the coarsest printer there is."""
    assert read(sheets.picture(LABELS, sheets.SHEETS[key], AT)) == set(CODES)


def test_a_used_sheet_goes_on_at_its_first_free_place_and_over_to_the_next() -> None:
    sheet = sheets.SHEETS["medium"]
    assert sheets.render(LABELS, sheet, AT).startswith(b"%PDF-1.")
    assert sheets.render(LABELS, sheet, AT) == sheets.render(LABELS, sheet, AT)
    placed = sheets._data(LABELS, sheet, first=23)
    where = [(one["page"], one["x"], one["y"]) for one in placed["labels"]]  # type: ignore[attr-defined]
    assert where == [(0, 70.0, 259.5), (0, 140.0, 259.5), (1, 0.0, 0.5), (1, 70.0, 0.5)]
    assert placed["pages"] == 2
    assert len(read(sheets.picture(LABELS, sheet, AT, first=23))) == 2


@pytest.mark.parametrize("sheet", sheets.SHEETS.values(), ids=lambda one: one.key)
def test_a_sheet_fits_on_a4(sheet: sheets.Sheet) -> None:
    assert sheet.left * 2 + sheet.columns * sheet.width + (sheet.columns - 1) * sheet.gap <= 210.01
    assert sheet.top + sheet.rows * sheet.height <= 297


@pytest.mark.parametrize("key", ["generic-80", "generic-58"])
def test_a_strip_of_the_receipt_printer_can_be_read(key: str) -> None:
    profile = PROFILES[key]
    for label in LABELS:
        printer = VirtualPrinter(profile)
        printer.feed(escpos.render(document(label), profile, ""))
        assert label.code in read([*printer.sheets, printer.sheet][0].image()), label.code
        assert label.code in as_text(document(label), profile.columns)


def test_what_no_barcode_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="no barcode"):
        bars.modules("A" * 300)


def test_articles_without_a_code_get_one_of_the_shop_which_is_sold_by_scan(till: Till, office: Client) -> None:
    before = Barcode.objects.count()
    assert "haben keinen Strichcode" in words(office.get(f"/office/labels?group={COFFEE}"))
    assert office.post("/office/labels/codes", {"group": COFFEE}).headers["Location"].endswith("coded=2")
    made = list(Barcode.objects.filter(article__group_id=COFFEE).order_by("code").values_list("code", flat=True))
    assert made == ["2000000000015", "2000000000022"]
    assert all(codes.checked(code) == code for code in made)
    assert labels.give_codes(till, MANAGER, [ESPRESSO, LATTE, JUICE]) == 0
    assert labels.give_codes(till, MANAGER, [ROLL]) == 1
    assert Barcode.objects.get(article_id=ROLL).code == "2000000000039"
    assert till.grammar.parse(made[0], AT.date()).kind is Kind.ARTICLE
    (outcome,) = selling.run(till, MANAGER, [command(till, "scan", code=made[0])])
    assert outcome.ok
    assert history.undo(till, MANAGER, history.newest_of_catalogue(till))
    assert Barcode.objects.count() == before + 2


def test_a_label_says_price_unit_deposit_and_what_is_to_come(till: Till) -> None:
    espresso = Article.objects.filter(id=ESPRESSO).values()[0]
    dates = [("01.12.2026", "", 260), ("05.12.2026", "06.12.2026", 199)]
    for begins, ends, cents in dates:
        values = {
            "id": till.new_id(), "level": 1, "cents": cents, "begins": moments.read(begins),
            "ends": moments.read(ends, through=True) if ends else "",
        }  # fmt: skip
        masterdata.save_articles(till, MANAGER, [rows.price_row(values, espresso)])
    prices = [labels.of([ESPRESSO], moments.read(day))[0].price for day in ("30.11.2026", "01.12.2026", "05.12.2026")]
    assert prices == ["2,40 €", "2,60 €", "1,99 €"]
    juice = labels.of([JUICE], till.now())[0]
    assert (juice.name, juice.price, juice.extra, juice.code) == (
        "Apfelschorle 0,33 l", "3,40 €", "zzgl. 0,25 € Pfand", JUICE_CODE,
    )  # fmt: skip


def test_a_label_says_the_unit_price_of_the_day_without_the_deposit(till: Till) -> None:
    juice = Article.objects.filter(id=JUICE).values()[0]
    masterdata.save_articles(till, MANAGER, [rows.article_row({"content": 330, "content_unit": "l"}, juice)])
    values = {
        "id": till.new_id(), "level": 1, "cents": 299, "begins": moments.read("05.12.2026"),
        "ends": moments.read("06.12.2026", through=True),
    }  # fmt: skip
    masterdata.save_articles(till, MANAGER, [rows.price_row(values, juice)])
    now, later = (labels.of([JUICE], at)[0] for at in (till.now(), moments.read("05.12.2026 12:00")))
    assert (now.price, now.content, now.per_unit) == ("3,40 €", "0,33 l", "1 l = 10,30 €")
    assert (later.price, later.per_unit) == ("2,99 €", "1 l = 9,06 €")
    assert "0,33 l, 1 l = 9,06 €" in as_text(document(later), 42)


def test_labels_are_made_on_the_page(till: Till, office: Client, tmp_path: Path) -> None:
    page = office.get("/office/labels")
    assert "Apfelschorle" in words(page)
    pdf = office.post("/office/labels", {"size": "small", f"copies-{JUICE}": "3", "first": "5"})
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    assert "Noch kein Etikett gewählt" in words(office.post("/office/labels", {"size": "small"}))
    many = {f"copies-{key}": "99" for key in Article.objects.values_list("id", flat=True)}
    assert "Höchstens 520" in words(office.post("/office/labels", {"size": "small", **many}))
    refused = office.post("/office/labels", {"size": "paper", f"copies-{JUICE}": "1"})
    assert "kein Drucker" in words(refused)
    paper = open_paper("virtual", "", "off", tmp_path, till)
    try:
        assert office.post("/office/labels", {"size": "paper", f"copies-{JUICE}": "2"}).status_code == 302
        eventually(lambda: len(paper.twins["Bon"].twin.sheets) == 2)
        assert JUICE_CODE in read(paper.twins["Bon"].twin.sheets[0].image())
    finally:
        paper.close()
