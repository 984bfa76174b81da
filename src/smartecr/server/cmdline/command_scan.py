"""`smartecr barcode` and `smartecr scan`: codes and pictures of codes, read as at the till; one JSON object a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from smartecr.scanner import frames, stages
from smartecr.scanner.code import Code
from smartecr.scanner.errors import PictureUnreadable
from smartecr.scanner.grammar import GRAMMAR, MAX_LENGTH
from smartecr.scanner.symbols import Symbol
from smartecr.server.cmdline.console import complain, say

_MOST_LINE = 4 * MAX_LENGTH + 2


def barcode(texts: Sequence[str], today: date, *, typed: bool) -> int:
    """Read codes given as text; ``-`` stands for the lines of standard input. 1 when one of them is not valid."""
    valid = True
    for text in _lines(texts):
        code = GRAMMAR.parse(text, today, typed=typed)
        valid = valid and code.valid
        _print(code_data(code))
    return 0 if valid else 1


def scan(paths: Sequence[Path], today: date) -> int:
    """Read the codes in picture files and folders of them; 1 when a picture has none, 2 when one is not readable."""
    worst = 0
    for path in _files(paths):
        data: dict[str, Any] = {"file": str(path), "codes": []}
        try:
            data["codes"] = [symbol_data(symbol, today) for symbol in _symbols(frames.grey_file(path))]
            worst = max(worst, 0 if data["codes"] else 1)
        except PictureUnreadable as error:
            data |= {"error": error.code, "message": error.message}
            complain(_printable(f"{path}: {error.message}"))
            worst = 2
        _print(data)
    return worst


def code_data(code: Code) -> dict[str, Any]:
    """Return a code as JSON shows it: always the same keys, null for what the code does not say."""
    return {
        "text": code.text,
        "valid": code.valid,
        "kind": code.kind.value,
        "format": code.format,
        "gtin": code.gtin,
        "item": code.item,
        "number": code.number,
        "price": code.price,
        "weight": code.weight,
        "quantity": code.quantity,
        "issue": code.issue,
        "vat": code.vat,
        "batch": code.batch,
        "serial": code.serial,
        "best_before": code.best_before.isoformat() if code.best_before else None,
        "expiry": code.expiry.isoformat() if code.expiry else None,
        "elements": dict(code.elements) or None,
        "symbology": code.symbology or None,
        "error": code.error,
        "message": code.message,
    }


def symbol_data(symbol: Symbol, today: date) -> dict[str, Any]:
    """Return a symbol as JSON shows it: where it is, and under ``code`` what it says."""
    code = GRAMMAR.parse(symbol.aim + symbol.text, today)
    corners = [[round(x), round(y)] for x, y in symbol.corners]
    return {"symbology": symbol.symbology, "text": symbol.text, "position": corners, "code": code_data(code)}


def _print(data: dict[str, Any]) -> None:
    say(_printable(json.dumps(data, ensure_ascii=False)))


def _printable(text: str) -> str:
    """Put question marks for the bytes of an argument that are no UTF-8."""
    return text.encode("utf-8", "replace").decode()


def _lines(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        if text != "-":
            yield text
            continue
        while line := sys.stdin.buffer.readline(_MOST_LINE):
            yield line.decode("utf-8", "replace").rstrip("\r\n")
            while len(line) == _MOST_LINE and not line.endswith(b"\n"):
                line = sys.stdin.buffer.readline(_MOST_LINE)  # the rest of what is too long for a code


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))
        else:
            yield path


def _symbols(pictures: Iterable[Any]) -> list[Symbol]:
    found: dict[tuple[str, str], Symbol] = {}
    for picture in pictures:
        for symbol in stages.decode_all(picture):
            found.setdefault((symbol.symbology, symbol.text), symbol)
    return list(found.values())
