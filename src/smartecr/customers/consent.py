"""What customers agree to, word for word, by version. A text once used never changes: another gets a new version."""

from __future__ import annotations

TEXTS = {
    "2026-11": (
        "Ich möchte eine Kundenkarte. Der Laden speichert dafür meinen Namen und, wenn ich sie angebe, Telefon, "
        "E-Mail und Geburtstag, meine Einkäufe mit der Karte und was ich damit sammle. Die Daten bleiben im Laden. Ich "
        "kann sie jederzeit ansehen, mitnehmen und löschen lassen (Art. 6 Abs. 1 a, 7 Abs. 3, 15, 17, 20 DSGVO)."
    ),
}
CURRENT = "2026-11"
"""The version new customers agree to."""
