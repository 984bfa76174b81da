"""Which pages the handbook has (docs/handbuch of the checkout; none without one), and which helps with a section."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[4] / "docs" / "handbuch"
CONTENTS = "README"

_HELPS = {
    "today": "auswertungen", "insights": "auswertungen", "receipts": "rechnungen", "customers": "kunden",
    "promotions": "kunden", "vouchers": "gutscheine", "articles": "buero", "stock": "lager", "labels": "etiketten",
    "changes": "buero", "books": "tagesabschluss", "tse": "tse", "proofs": "tse", "team": "buero",
    "times": "arbeitszeiten", "devices": "geraete", "backups": "sicherung", "interface": "schnittstelle",
    "settings": "einrichten",
}  # fmt: skip
"""Page by section of the side bar; a page of the office may name a closer one."""


@cache
def titles() -> dict[str, str]:
    """Return the pages without the contents: their titles by their names, in the order of the titles."""
    found = {path.stem: _title(path) for path in FOLDER.glob("*.md") if path.stem != CONTENTS}
    return dict(sorted(found.items(), key=lambda one: one[1].casefold()))


def helping(section: str, closer: str = "") -> str:
    """Return the name of the page that helps with a section, "" where there is none."""
    name = closer or _HELPS.get(section, "")
    return name if name in titles() else ""


def text_of(name: str) -> str:
    """Return a page as it was written."""
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def _title(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ").strip()
