"""`smartecr zvt decode`: frames of card terminals in words, one JSON object a line, card data and passwords masked.

Exit codes: 0 every line was a frame, 1 at least one was not (it has `error`), 2 there was nothing to read.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from smartecr.server.cmdline.console import complain, say
from smartecr.terminal.zvt.errors import ZvtFormatError
from smartecr.terminal.zvt.explain import explain

#: what stands between bytes in logs and dumps
_BETWEEN = re.compile(r"0[xX]|\\x|[\s:,;.\-]")
#: two hex digits a byte; the longest unit is 65,540 bytes, all doubled on a serial line
_LONGEST = 300_000


def decode(words: Sequence[str]) -> int:
    """Print what the frames say: one frame of all words together, or with `-` one a line of standard input."""
    lines: Iterable[str] = sys.stdin if list(words) == ["-"] else [" ".join(words)]
    read = failed = 0
    for line in lines:
        if not line.strip():
            continue
        told = _decoded(line)
        say(json.dumps(told, ensure_ascii=False))
        read += 1
        failed += "error" in told
    if not read:
        complain("Kein Frame gelesen. Einen Frame in Hex angeben, oder mit - einen je Zeile eingeben.")
        return 2
    return 1 if failed else 0


def _decoded(line: str) -> dict[str, Any]:
    text = _BETWEEN.sub("", line)
    if len(text) > _LONGEST:
        return {"error": "zu lang für einen Frame"}
    try:
        frame = bytes.fromhex(text)
    except ValueError:
        return {"error": "keine Hex-Ziffern, oder eine zu wenig"}
    try:
        return explain(frame)
    except ZvtFormatError as error:
        return {"error": f"kein ZVT-Frame: {error}"}
