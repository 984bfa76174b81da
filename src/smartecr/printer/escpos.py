"""Documents as ESC/POS, the language of receipt printers: text in the printer's code page, styles, QR code, cut.

Layout is `text.Paper`'s: the same columns as everywhere. The commands are Epson's ESC/POS application programming
guide: ESC @, ESC t, ESC a, ESC E, GS !, ESC d, GS V, GS ( k, GS v 0, GS ( H.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from functools import cache, lru_cache, partial
from typing import Any

from smartecr.printer import document, raster
from smartecr.printer.charset import UnwritableError, encode, transliterate
from smartecr.printer.compose import blocks
from smartecr.printer.document import (
    Bars,
    Big,
    Block,
    Heading,
    Mark,
    Qr,
    ReceiptDocument,
    ReportDocument,
    Table,
    Total,
    Verbatim,
)
from smartecr.printer.profile import Profile
from smartecr.printer.text import Paper, amount_columns, tagged

ESC, GS = b"\x1b", b"\x1d"
RESET = ESC + b"@"
_KEPT = 1024
"""Blocks remembered for a kind of paper: some hundred kilobytes, of which what is in use stays."""
BOLD, NOT_BOLD = ESC + b"E\x01", ESC + b"E\x00"
CENTRED, LEFT = ESC + b"a\x01", ESC + b"a\x00"
PLAIN, HIGH, LARGE = GS + b"!\x00", GS + b"!\x01", GS + b"!\x11"


def render(paper: ReceiptDocument | ReportDocument, profile: Profile, job: int = 0) -> bytes:
    """Return the bytes that put a document on paper and cut it off.

    With `job` (1 to 9,999) a printer that `confirms` answers with that number when everything is on paper.
    """
    column = blocks(paper)
    press = _press(profile, amount_columns(column), tagged(column))
    parts = [RESET, ESC + b"t" + bytes([profile.page]), *map(press, column), ending(profile)]
    if job and profile.confirms:
        parts.append(GS + b"(H\x06\x00\x30\x30" + f"{job:04d}".encode())
    return b"".join(parts)


@lru_cache(maxsize=64)
def _press(profile: Profile, amount: int, tags: bool) -> Callable[[Block], bytes]:
    """Return what makes bytes of a block on this paper. A shop sells the same things again: what was set is kept."""
    narrow = Paper(profile.columns, amount, tagged=tags)
    wide = Paper(profile.columns // 2, amount, tagged=tags)

    def fresh(block: Block) -> bytes:
        return b"".join(_block(_spelled(block, profile.codec), narrow, wide, profile))

    kept = lru_cache(maxsize=_KEPT)(fresh)
    return lambda block: fresh(block) if isinstance(block, Qr) else kept(block)  # no code comes twice


def ending(profile: Profile) -> bytes:
    """Return the feed to the tear-off edge, with a cut where there is a cutter (GS V 66: feed, then cut partially)."""
    return GS + b"VB\x00" if profile.cutter else ESC + b"d\x04"


def _spelled(block: Block, codec: str) -> Block:
    """Return `block` with its texts in the code page's letters, so that columns are counted as they will be printed."""
    if isinstance(block, Qr | Bars):
        return block
    if isinstance(block, Table):
        spell = partial(_spell, codec=codec)
        rows = tuple(replace(row, label=spell(row.label)) for row in block.rows)
        return Table(tuple(spell(word) for word in block.head), rows)
    changed: dict[str, Any] = {}
    for name in _texts(type(block).__name__):
        value = getattr(block, name)
        spelled = _spell(value, codec)
        if spelled != value:
            changed[name] = spelled
    return replace(block, **changed) if changed else block


def _spell(text: str, codec: str) -> str:
    try:
        return transliterate(text, codec)
    except UnwritableError:
        return text  # drawn as a picture, line by line


@cache
def _texts(kind: str) -> tuple[str, ...]:
    """Return the names of the fields that are text, for a kind of block."""
    return tuple(field.name for field in fields(getattr(document, kind)) if field.type == "str")


def _block(block: Block, paper: Paper, wide: Paper, profile: Profile) -> Iterator[bytes]:
    match block:
        case Qr(text):
            yield from _qr(text, profile)
        case Bars(code):
            yield from raster.commands(raster.barcode(code, profile.dots), profile.strip)
            yield from _lines(paper.lines(block), profile)
        case Heading(level=1):
            yield LARGE + BOLD
            yield from _lines(wide.lines(block), profile)
            yield PLAIN + NOT_BOLD
        case Big():
            yield from _styled(LARGE + BOLD, wide.lines(block), PLAIN + NOT_BOLD, profile)
        case Total():
            yield from _styled(HIGH + BOLD, paper.lines(block), PLAIN + NOT_BOLD, profile)
        case Verbatim(large=True):
            yield from _styled(HIGH, paper.lines(block), PLAIN, profile)
        case Heading() | Mark():
            yield from _styled(BOLD, paper.lines(block), NOT_BOLD, profile)
        case _:
            yield from _lines(paper.lines(block), profile)


def _styled(before: bytes, lines: Iterator[str], after: bytes, profile: Profile) -> Iterator[bytes]:
    yield before
    yield from _lines(lines, profile)
    yield after


def _lines(lines: Iterator[str], profile: Profile) -> Iterator[bytes]:
    for line in lines:
        try:
            yield encode(line.rstrip(), profile.codec) + b"\n"
        except UnwritableError:
            yield from raster.commands(raster.line(line.rstrip(), profile.columns, profile.dots), profile.strip)


def _qr(text: str, profile: Profile) -> Iterator[bytes]:
    if not profile.qr:
        yield from raster.commands(raster.qr(text, profile.dots), profile.strip)
        return
    data = text.encode()
    scale = raster.qr_scale(raster.qr_modules(len(data)), profile.dots)
    yield b"\n" + CENTRED
    yield _gs_k(65, b"\x32\x00")  # model 2
    yield _gs_k(67, bytes([scale]))
    yield _gs_k(69, b"\x30")  # error correction L: a fresh receipt is clean, and small modules blur
    yield _gs_k(80, b"\x30" + data)
    yield _gs_k(81, b"\x30")
    yield b"\n" + LEFT


def _gs_k(function: int, argument: bytes) -> bytes:
    return GS + b"(k" + (len(argument) + 2).to_bytes(2, "little") + b"1" + bytes([function]) + argument
