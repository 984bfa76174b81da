"""ESC/POS: bytes as the manual has them, and what the virtual printer puts on paper from them."""

from __future__ import annotations

import io

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from smartecr.printer import charset, drawer, escpos, raster, text
from smartecr.printer.document import Heading, Note, Pair, Qr, ReceiptDocument, ReportDocument, Row, Total
from smartecr.printer.profile import PROFILES, Profile
from smartecr.printer.virtual import VirtualPrinter
from smartecr.printer.virtual.commands import Command, take
from support.receipts import SALE, UNSIGNED

PROFILE_LIST = list(PROFILES.values())
QR = (
    "V0;SECR-1A2B3C4D5E;Kassenbeleg-V1;Beleg^75.33_7.99_0.00_0.00_0.00^10.00:Bar_5.00:Bar:CHF_5.00:Bar:USD_64.30:Unbar;"
    "18;112;2019-07-10T18:41:02.000Z;2019-07-10T18:41:04.000Z;ecdsa-plain-SHA256;unixTime;"
    + "A" * 88 + ";" + "B" * 88
)  # fmt: skip


def printed(document: ReceiptDocument | ReportDocument, profile: Profile) -> VirtualPrinter:
    printer = VirtualPrinter(profile)
    printer.feed(escpos.render(document, profile))
    assert printer.unknown == []
    return printer


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1,99 € – Größe", "1,99 € - Größe".encode("cp858")),
        ("„Brot“ … ‚x‘", b"\"Brot\" ... 'x'"),
        ("−4,20", b"-4,20"),
        ("Łódź Škoda čaj", b"L\xa2dz Skoda caj"),
        ("☕ Kaffee 🥐", b" Kaffee "),
        ("2 × 3", b"2 \x9e 3"),
        ("250\u00a0g", b"250 g".replace(b" ", b"\xff")),
    ],
)
def test_letters_the_code_page_lacks_are_written_otherwise(written: str, expected: bytes) -> None:
    assert charset.encode(written, "cp858") == expected


def test_a_page_without_euro_writes_the_word() -> None:
    assert charset.encode("3 € für Ärger", "cp437") == b"3 EUR f\x81r \x8erger"


def test_a_foreign_script_is_refused_not_garbled() -> None:
    with pytest.raises(charset.UnwritableError):
        charset.encode("Борщ", "cp858")


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Z"]), max_size=30))
def test_no_letter_becomes_a_question_mark(written: str) -> None:
    try:
        data = charset.encode(written, "cp858")
    except charset.UnwritableError:
        return
    assert data.count(b"?") <= sum(written.count(mark) for mark in "?？﹖︖⁇⁈⁉")
    assert all(byte >= 0x20 for byte in data)


def test_bytes_are_the_manuals() -> None:
    document = ReportDocument(title="", blocks=(Heading("Kasse", 3), Note("Größe", centred=False)))
    assert escpos.render(document, PROFILES["epson-80"], job=7) == (
        b"\x1b@\x1bt\x13"
        b"\x1bE\x01Kasse\n\x1bE\x00"
        b"Gr\x94\xe1e\n"
        b"\x1dVB\x00"
        b"\x1d(H\x06\x00000007"
    )  # fmt: skip
    assert drawer.pulse(2) == b"\x1bp\x00\x19\xfa"
    assert drawer.pulse(5, 100, 40) == b"\x1bp\x01\x32\x32"
    assert drawer.pulse_at_once(5) == b"\x10\x14\x01\x01\x01"
    assert drawer.pulse_at_once(2, 5000) == b"\x10\x14\x01\x00\x08"


@pytest.mark.parametrize("profile", PROFILE_LIST, ids=lambda profile: profile.key)
@pytest.mark.parametrize("document", [SALE, UNSIGNED], ids=["sale", "unsigned"])
def test_paper_says_what_the_text_says(document: ReceiptDocument, profile: Profile) -> None:
    printer = printed(document, profile)
    sheet = printer.sheets[-1] if profile.cutter else printer.tear_off()
    expected = charset.transliterate(text.render(document, profile.columns), profile.codec).replace("\xa0", " ")
    wanted = [line.strip() for line in expected.splitlines() if line.strip()]
    found = [line.strip() for line in sheet.text().replace("\xa0", " ").splitlines() if line.strip()]
    head = document.shop.name.upper()
    assert [line for line in found if line != head] == [line for line in wanted if line != head]
    assert "?" not in sheet.text()


@pytest.mark.parametrize("profile", PROFILE_LIST, ids=lambda profile: profile.key)
def test_nothing_is_wider_than_the_paper(profile: Profile) -> None:
    long = ReportDocument(
        title="",
        blocks=(
            Heading("Donaudampfschifffahrtsgesellschaftskapitänsmützenhersteller", 1),
            Row("Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz … “Sonder”", 123_456_789, tag="A"),
            Total("Summe EUR", 123_456_789),
            Pair("Prüfwert", "x" * 100),
        ),
    )  # fmt: skip
    printer = printed(long, profile)
    sheet = printer.sheets[-1] if profile.cutter else printer.tear_off()
    for part in sheet.parts:
        if hasattr(part, "text"):
            assert len(part.text) * part.style.wide <= profile.columns, part
    assert sheet.text().count("1.234.567,89") == 2


@pytest.mark.parametrize("profile", PROFILE_LIST, ids=lambda profile: profile.key)
def test_the_code_is_read_back_from_the_dots(profile: Profile) -> None:
    document = ReportDocument(title="", blocks=(Note("vor dem Code"), Qr(QR), Note("danach")))
    printer = printed(document, profile)
    sheet = printer.sheets[-1] if profile.cutter else printer.tear_off()
    image = sheet.image()
    assert image.width == profile.dots
    found = zxingcpp.read_barcodes(image)
    assert [one.text for one in found] == [QR]


def test_a_script_without_code_page_is_drawn() -> None:
    document = ReportDocument(title="", blocks=(Row("Борщ", 690), Row("Brot", 340)))
    data = escpos.render(document, PROFILES["epson-80"])
    assert data.count(b"\x1dv0") == 1
    assert b"Brot" in data
    dark = raster.line("Борщ", 48, 576)
    assert dark.width == 576 and any(dark.rows)


def test_a_high_picture_comes_in_strips() -> None:
    commands = list(raster.commands(raster.qr(QR, 384), 24))
    assert len(commands) > 5
    buffer = bytearray(b"".join(commands))
    heights = []
    while (command := take(buffer)) is not None:
        assert command.name == "GS v 0"
        heights.append(len(command.data) // 48)
    assert max(heights) == 24 and sum(heights) == raster.qr(QR, 384).height


@pytest.mark.parametrize("size", [1, 17, 18, 78, 271, 338, 400, 858, 2953])
def test_the_printers_code_is_as_large_as_counted(size: int) -> None:
    assert raster.modules("x" * size).width == raster.qr_modules(size)


def test_a_code_has_an_end() -> None:
    with pytest.raises(ValueError, match="2954"):
        raster.qr_modules(2954)


@given(st.data())
def test_packets_make_no_difference(data: st.DataObject) -> None:
    stream = escpos.render(SALE, PROFILES["virtual-58"], job=12)
    whole, parted = VirtualPrinter(PROFILES["virtual-58"]), VirtualPrinter(PROFILES["virtual-58"])
    said = whole.feed(stream)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    heard = b"".join(parted.feed(stream[a:b]) for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True))
    assert heard == said == b"\x37\x220012\x00"
    assert parted.sheets[0].text() == whole.sheets[0].text()
    assert parted.unknown == whole.unknown == []


@given(st.binary(max_size=300))
def test_garbage_neither_stops_nor_grows_the_printer(garbage: bytes) -> None:
    printer = VirtualPrinter(PROFILES["virtual-80"])
    printer.feed(garbage)
    printer.power_cut()
    printer.set(online=True, cover_open=False, paper_out=False)
    printer.feed(b"\x1b@danach\n\x1dVB\x00")
    assert printer.sheets[-1].text().endswith("danach\n")


def test_an_unknown_command_is_told() -> None:
    printer = VirtualPrinter(PROFILES["virtual-80"])
    printer.feed(b"\x1bzA\n")
    assert printer.unknown == [Command("?", (0x1B, 0x7A))]


def test_a_sheet_is_a_picture_anybody_can_open() -> None:
    image = printed(SALE, PROFILES["virtual-80"]).sheets[-1].image()
    file = io.BytesIO()
    image.save(file, "PNG")
    assert file.getvalue().startswith(b"\x89PNG")
    assert image.getextrema() == (0, 255)


@pytest.mark.parametrize("level", [True, False])
def test_a_drawers_sensor_is_learned(level: bool) -> None:
    open_level = drawer.learn(not level, level, not level)
    assert open_level is level
    assert (drawer.state(level, open_level), drawer.state(not level, open_level)) == ("open", "closed")


@pytest.mark.parametrize(
    "levels", [(True, True, True), (False, False, False), (True, False, False), (True, True, False)]
)
def test_a_drawer_without_sensor_is_unknown(levels: tuple[bool, bool, bool]) -> None:
    assert drawer.learn(*levels) is None
    assert drawer.state(True, None) == drawer.state(None, True) == "unknown"
