"""Receipts and reports as PDF/A: complete, reproducible, nothing read as markup, the code readable."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zlib
from dataclasses import replace

import pytest
import zxingcpp
from PIL import Image

from smartecr.printer import pdf
from smartecr.printer import text as plain_text
from smartecr.printer.document import Big, Entertainment, Mark, Note, Pair, ReportDocument, Row, Rule, Signature
from support.receipts import SALE, UNSIGNED

QR = "V0;SECR-1A2B3C4D5E;Kassenbeleg-V1;Beleg^75.33_7.99_0.00_0.00_0.00^10.00:Bar;18;112;" + "A" * 88 + ";" + "B" * 88


def opened(data: bytes) -> bytes:
    """Return a PDF with its compressed streams behind it, so that words in them can be found."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL)
    plain = []
    for stream in streams:
        try:
            plain.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return data + b"\n".join(plain)


def test_it_is_pdf_a_with_tags_and_a_language() -> None:
    data = opened(pdf.render(SALE, SALE.issued))
    assert data.startswith(b"%PDF-1.7")
    assert re.search(rb"pdfaid:part>?=?.?2", data)
    assert re.search(rb"pdfaid:conformance>?=?.?A", data)
    assert b"/MarkInfo" in data and b"/StructTreeRoot" in data and b"/Lang" in data
    assert b"FontFile" in data
    assert b"/Alt" in opened(pdf.render(replace(SALE, qr=QR), SALE.issued))


def test_the_same_receipt_gives_the_same_bytes() -> None:
    assert pdf.render(SALE, SALE.issued) == pdf.render(SALE, SALE.issued)
    assert pdf.render(SALE, SALE.issued) != pdf.render(replace(SALE, total_cents=2785), SALE.issued)


@pytest.mark.parametrize("paper", ["receipt", "a4"])
def test_the_code_is_read_back(paper: pdf.Paper) -> None:
    image = Image.open(io.BytesIO(pdf.picture(replace(SALE, qr=QR), SALE.issued, paper)))
    assert [one.text for one in zxingcpp.read_barcodes(image)] == [QR]


def test_the_data_of_the_page_are_the_words_of_the_paper() -> None:
    found = str(list(pdf._data(SALE)))
    for words in ("Morgenrot", "2 × Cappuccino", "7,20", "−1,29", "27,86", "TGnWiq3ZW7gi4Vs", "Vielen Dank"):
        assert words in found
    assert "TSE ausgefallen" in str(list(pdf._data(UNSIGNED)))


@pytest.mark.parametrize(
    "text",
    ["#panic()", "*fett*", "$ x $", '"; #read("/etc/passwd")', "\\", "= Kopf", "<marke>", "@x", "ﷺ Борщ 漢字 🥐"],
)
def test_no_text_is_markup(text: str) -> None:
    blocks = (Note(text), Mark(text), Big(text), Pair(text, text * 12), Row(text, 100, text, "A", 2), Signature(text))
    assert pdf.render(ReportDocument(title=text, blocks=(*blocks, Rule(True))), SALE.issued).startswith(b"%PDF")


def test_a_long_report_has_pages() -> None:
    rows = tuple(Row(f"Artikel {number}", number) for number in range(300))
    data = pdf.render(ReportDocument(title="Z-Bericht 1", blocks=rows), SALE.issued, "a4")
    assert len(re.findall(rb"/Type\s*/Page\b", opened(data))) > 3


def test_typst_is_loaded_only_when_wanted() -> None:
    code = "import sys, smartecr.printer.pdf; sys.exit('typst' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_parts_of_a_second_do_not_matter() -> None:
    """A receipt is issued in the middle of a second, and Typst takes whole ones alone."""
    assert pdf.render(SALE, SALE.issued.replace(microsecond=123_000)) == pdf.render(SALE, SALE.issued)


def test_a_host_gets_lines_to_write_on_and_what_was_said() -> None:
    blank = Entertainment(day="23.11.2026", place="Morgenrot, Lindenweg 1, 10115 Berlin", total_cents=2786)
    found = str(list(pdf._data(replace(SALE, entertainment=blank))))
    for words in ("Bewirtungsbeleg", "§ 4 Abs. 5 Nr. 2 EStG", "Anlass der Bewirtung", "Ort, Datum, Unterschrift"):
        assert words in found
    said = replace(blank, host="M. Roth", guests=("A. Weber", "B. Klein"), occasion="Vertrag", tip_cents=300)
    found = str(list(pdf._data(replace(SALE, entertainment=said))))
    for words in ("M. Roth", "A. Weber", "B. Klein", "Vertrag", "24,86", "3,00", "Aufwendungen EUR"):
        assert words in found
    assert pdf.render(replace(SALE, entertainment=said), SALE.issued, "a4").startswith(b"%PDF-1.7")
    text = plain_text.render(replace(SALE, entertainment=blank), 42)
    assert "Bewirtete Personen (mit Gastgeber)" in text
    assert all(len(line) <= 42 for line in text.splitlines())
