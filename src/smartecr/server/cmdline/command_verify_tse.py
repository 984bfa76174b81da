"""`smartecr verify tse` and `smartecr verify receipt`: what a TSE wrote, proven or not, in German or as JSON."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from smartecr.core import oswords
from smartecr.server.cmdline.console import complain, say

OK, FAILED, UNREADABLE = 0, 1, 2
_LONGEST_TEXT = 1 << 20
_LONGEST_NAME = 4096


def verify_tse(files: Sequence[Path], *, as_json: bool, complete: bool) -> int:
    """Check the archives of an export; 0 no errors, 1 errors found, 2 not a TSE export."""
    from smartecr.tse.checking import scan

    try:
        report = scan.check_export(files, complete=complete)
    except scan.NotAnExportError as error:
        return _unreadable(str(error), as_json)
    except OSError as error:
        return _unreadable(f"Die Prüfung brach ab ({oswords.reason(error)}).", as_json)
    if as_json:
        _print_json(report.json())
    else:
        for line in report.lines():
            say(line)
    return OK if report.ok else FAILED


def verify_receipt(source: str, *, as_json: bool) -> int:
    """Check a receipt's code given as text, as picture file or (`-`) on standard input; 0, 1 or 2 (unreadable)."""
    from smartecr.tse import receipt_picture, report

    try:
        text = _receipt_text(source)
    except receipt_picture.PictureError as error:
        return _unreadable(str(error), as_json)
    except OSError as error:
        return _unreadable(f"{source} ist nicht lesbar ({oswords.reason(error)}).", as_json)
    if as_json:
        code, value = report.receipt_json(text)
        _print_json(value)
        return code
    code, lines = report.verify_receipt(text)
    for line in lines:
        say(line)
    return code


def _receipt_text(source: str) -> str:
    """Get the code's text. Raises PictureError, OSError."""
    from smartecr.tse import receipt_picture

    if source == "-":
        data = sys.stdin.buffer.read(receipt_picture.LARGEST_FILE + 1)
    elif (
        not source or source.startswith("V0;") or len(os.fsencode(source)) > _LONGEST_NAME or not Path(source).exists()
    ):
        return source
    else:
        with Path(source).open("rb") as stream:
            data = stream.read(receipt_picture.LARGEST_FILE + 1)
    if receipt_picture.is_picture(data):
        return receipt_picture.read_code(data)
    return data[:_LONGEST_TEXT].decode("utf-8", "replace").strip()


def _unreadable(text: str, as_json: bool) -> int:
    from smartecr.tse.checking.findings import printable

    if as_json:
        _print_json({"error": text})
    else:
        complain(printable(text))
    return UNREADABLE


def _print_json(value: dict[str, Any]) -> None:
    say(json.dumps(value, ensure_ascii=True))
