"""The procedure document as PDF/A on A4: each version as it was, the same bytes whenever it is asked for."""

from __future__ import annotations

from typing import Any

from smartecr.printer.pdf import typesetting
from smartecr.printer.wrap import plain
from smartecr.register.books.procedure import Version
from smartecr.register.till import ZONE, moment

_ITEM = "  "


def pdf(version: Version) -> bytes:
    """Return a version as PDF/A-2a, dated by the instant it holds from."""
    return typesetting.pdf("chapters.typ", _data(version), moment(version.at).astimezone(ZONE))


def _data(version: Version) -> dict[str, Any]:
    head, *chapters = version.text.rstrip("\n").split("\n\n")
    _title, *lead = head.splitlines()
    since = moment(version.at).astimezone(ZONE)
    return {
        "title": "Verfahrensdokumentation der Kasse",
        "author": plain(lead[0]) if lead else "",
        "lead": [*(plain(line) for line in lead), f"Version {version.number}, gilt ab {since:%d.%m.%Y, %H:%M} Uhr"],
        "footer": f"Version {version.number} · SHA-256 des Textes {version.sha256[:16]}…",
        "chapters": [_chapter(text.splitlines()) for text in chapters],
    }


def _chapter(lines: list[str]) -> dict[str, Any]:
    """Return a chapter: lines that begin with blanks are a list, the others paragraphs."""
    parts: list[dict[str, Any]] = []
    for line in lines[1:]:
        if not line.startswith(_ITEM):
            parts.append({"kind": "text", "text": plain(line)})
        elif parts and parts[-1]["kind"] == "list":
            parts[-1]["items"].append(plain(line.strip()))
        else:
            parts.append({"kind": "list", "items": [plain(line.strip())]})
    return {"title": plain(lines[0]), "parts": parts}
