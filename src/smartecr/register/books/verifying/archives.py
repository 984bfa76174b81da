"""Archives of TSEs that signed here once: what lies on the disk is what was exported, by the journal's checksum."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from smartecr.register.books.verifying.verdict import Verdict
from smartecr.sql import select


def check(verdict: Verdict, folder: Path) -> None:
    """Hold the archives in `folder` against the books; one that was taken elsewhere must be kept there, which is said.

    Raises ValueError for an event that cannot be read.
    """
    sql = "SELECT serial, detail FROM register_tse_event WHERE kind = 'exported' ORDER BY at, id"
    for serial, text in select(sql):
        detail = json.loads(text)
        name, wanted = Path(str(detail.get("file", ""))).name, detail.get("sha256", "")
        file = folder / name
        if not name or not wanted:
            continue
        if not file.is_file():
            verdict.explained.append(
                f"TSE-Archiv {name} (TSE {serial[:8]}…) liegt nicht mehr in der Kasse: zehn Jahre aufbewahren, "
                f"SHA-256 {wanted}"
            )
        elif _sum(file) != wanted:
            verdict.findings.append(
                f"TSE-Archiv {name} wurde verändert: es ist nicht mehr, was die TSE {serial[:8]}… ausgab"
            )


def _sum(file: Path) -> str:
    try:
        with file.open("rb") as data:
            return hashlib.file_digest(data, "sha256").hexdigest()
    except OSError:
        return ""
