"""The page that shows whether a printer and its profile fit: columns, letters, amounts, code, cut."""

from __future__ import annotations

from datetime import datetime

from smartecr.printer.document import (
    Big,
    Block,
    Heading,
    Mark,
    Note,
    Pair,
    Qr,
    ReportDocument,
    Row,
    Rule,
    Table,
    TableRow,
)
from smartecr.printer.profile import Profile


def document(name: str, profile: Profile, at: datetime) -> ReportDocument:
    """Return the page for the printer called `name`; `at` is the local time of the test."""
    ruler = "".join(str(number % 10) for number in range(1, profile.columns + 1))
    blocks: tuple[Block, ...] = (
        Heading("Testseite", 1),
        Heading(name, 2),
        Note(f"{at:%d.%m.%Y %H:%M}"),
        Rule(),
        Pair("Profil", profile.key),
        Pair("Spalten, Punkte", f"{profile.columns}, {profile.dots}"),
        Pair("Zeichensatz", f"{profile.codec} ({profile.page})"),
        Note(ruler, centred=False),
        Note("Die Zahlenreihe füllt genau eine Zeile.", centred=False),
        Rule(),
        Note("ÄÖÜ äöü ß é è ñ § ° ½ €", centred=False),
        Note("Steht dort ein anderes Zeichen, passt das Profil nicht.", centred=False),
        Row("Donauwelle mit Sahne und Schokoladenraspeln", 420, lead="1 ×", tag="B"),
        Row("Rabatt", -42, indent=4, tag="B"),
        Table(("MwSt", "Netto", "Steuer", "Brutto"), (TableRow("B 7 %", (353, 25, 378)),)),
        Rule(double=True),
        Big("Groß und klar"),
        Mark("Ende der Testseite"),
        Qr("smartECR Testseite: Dieser Code ist lesbar."),
        Note("Alles gerade, schwarz und abgeschnitten? Dann passt es."),
    )
    return ReportDocument(title="Testseite", blocks=blocks)
