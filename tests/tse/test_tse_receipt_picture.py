"""Receipt codes in pictures: as printed, turned, small on a large photo, and pictures that are none."""

from __future__ import annotations

import io
import json
import struct
import sys
import zlib
from pathlib import Path

import pytest
import segno
from PIL import Image

from smartecr.server import cli
from smartecr.tse.receipt_picture import PictureError, read_code

#: the official example of DSFinV-K Anhang I
OFFICIAL = (
    "V0;955002-00;Kassenbeleg-V1;Beleg^0.00_2.55_0.00_0.00_0.00^2.55:Bar;18;112;2019-07-10T18:41:04.000Z;"
    "2019-07-10T18:41:04.000Z;ecdsa-plain-SHA256;unixTime;MEQCIAy4P9k+7x9saDO0uRZ4El8QwN+qTgYiv1DIaJIMWRiuAiAt+saFDGjK"
    "2Yi5Cxgy7PprXQ5O0seRgx4ltdpW9REvwA==;BHhWOeisRpPBTGQ1W4VUH95TXx2GARf8e2NYZXJoInjtGqnxJ8sZ3CQpYgjI+LYEmW5A37sLWHsy"
    "U7nSJUBemyU="
)


def code(text: str = OFFICIAL, scale: int = 5) -> Image.Image:
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="png", scale=scale, border=4)
    return Image.open(out).convert("RGB")


def saved(picture: Image.Image, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


def photo(angle: float, kind: str = "JPEG") -> bytes:
    """A receipt on a dark table, turned."""
    table = Image.new("RGB", (1600, 1200), (60, 50, 40))
    paper = Image.new("RGB", (560, 900), "white")
    paper.paste(code(), (20, 300))
    turned = paper.rotate(angle, expand=True, fillcolor=(60, 50, 40))
    table.paste(turned, (120, 40))
    return saved(table, kind)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("angle", [0, 7, 90, 180, 203, 270])
def test_photos_are_read(angle: float, kind: str) -> None:
    assert read_code(photo(angle, kind)) == OFFICIAL


def test_transparent_pictures_are_read() -> None:
    out = io.BytesIO()
    segno.make(OFFICIAL).save(out, kind="png", scale=4, light=None)
    assert read_code(out.getvalue()) == OFFICIAL


def bomb(width: int, height: int) -> bytes:
    """A PNG that claims to be huge."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


NONE = {
    "white": (lambda: saved(Image.new("L", (300, 300), 255)), "kein QR-Code"),
    "another code": (lambda: saved(code("https://example.org")), "nicht der eines TSE-Belegs"),
    "bomb": (lambda: bomb(60_000, 60_000), "zu viele Bildpunkte"),
    "smaller bomb": (lambda: bomb(9000, 9000), "zu viele Bildpunkte"),
    "cut": (lambda: photo(0)[:3000], "beschädigt"),
    "text": (lambda: b"no picture", "kein lesbares"),
    "gif": (lambda: saved(code(), "GIF"), "kein lesbares"),
    "one pixel": (lambda: saved(Image.new("L", (1, 1))), "kein QR-Code"),
}


@pytest.mark.parametrize("what", NONE)
def test_what_shows_no_receipt_code_is_said(what: str) -> None:
    make, words = NONE[what]
    with pytest.raises(PictureError, match=words):
        read_code(make())


class Input:
    """Standard input that gives these bytes."""

    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


def verify(source: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, object]]:
    status = cli.main(["verify", "receipt", source, "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_text_picture_and_standard_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "beleg.jpg"
    path.write_bytes(photo(12))
    for source, data in ((OFFICIAL, b""), (str(path), b""), ("-", photo(3)), ("-", OFFICIAL.encode() + b"\r\n")):
        monkeypatch.setattr(sys, "stdin", Input(data))
        status, value = verify(source, capsys)
        assert (status, value["valid"], value["client_id"]) == (0, True, "955002-00")
    assert cli.main(["verify", "receipt", str(path)]) == 0
    assert "Nicht bewiesen:" in capsys.readouterr().out


def test_changed_and_unreadable_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, value = verify(OFFICIAL.replace("2.55", "2.56"), capsys)
    assert (status, value["valid"]) == (1, False)
    picture = tmp_path / "leer.png"
    picture.write_bytes(saved(Image.new("L", (50, 50), 255)))
    for source in (str(picture), str(tmp_path), "kein Code", "x" * 5000, "a\x00b", ""):
        status, value = verify(source, capsys)
        assert status == 2
        assert value["error"]
