"""The cash book as DATEV's Kassenbuch online reads it (ASCII import): one month, one line a movement, only cash.

``Währung;VorzBetrag;RechNr;BelegDatum;Belegtext;UStSatz;BU;Gegenkonto;Kost1;Kost2;Kostmenge;Skonto;Nachricht`` in
UTF-8, texts in quotes, signed amounts with a comma, dates as TTMM.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from smartecr.core.records import dataclass

_HEAD: Final = (
    "Währung", "VorzBetrag", "RechNr", "BelegDatum", "Belegtext", "UStSatz", "BU", "Gegenkonto", "Kost1", "Kost2",
    "Kostmenge", "Skonto", "Nachricht",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CashLine:
    """A line: cents (negative: out of the drawer), what proves it, what it was; `rate_bp` None without VAT."""

    day: date
    cents: int
    voucher: str
    text: str
    rate_bp: int | None = None
    contra: str = ""
    note: str = ""


def write(lines: Iterable[CashLine]) -> bytes:
    """Return the file. Lines without an amount are left out, since the import refuses them."""
    rows = [";".join(f'"{name}"' for name in _HEAD), *(_row(line) for line in lines if line.cents)]
    return "".join(f"{row}\r\n" for row in rows).encode()


def _row(line: CashLine) -> str:
    size = abs(line.cents)
    amount = f"{'-' if line.cents < 0 else '+'}{size // 100},{size % 100:02d}"
    rate = "" if line.rate_bp is None else f"{line.rate_bp // 100},{line.rate_bp % 100:02d}"
    fields = (
        _text("EUR", 3), amount, _text(line.voucher, 36), f"{line.day:%d%m}", _text(line.text, 60), rate, "",
        line.contra, '""', '""', "", "", _text(line.note, 60),
    )  # fmt: skip
    return ";".join(fields)


def _text(text: str, most: int) -> str:
    return '"' + " ".join(text.split())[:most].rstrip().replace('"', '""') + '"'
