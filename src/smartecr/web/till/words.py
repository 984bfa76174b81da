"""What lower floors say, in the language of whoever stands at the till.

The rules and the register know nothing of languages: they refuse in German. Whole sentences are looked up as they are;
those with a gap are found again by their pattern, and the gap is filled in the translation.
"""

from __future__ import annotations

import re
from functools import cache

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

SENTENCES = (
    _("Unbekannter Code {code}"),
    _("Falsch gelesen oder vertippt: Die Prüfziffer von {number} stimmt nicht. Bitte noch einmal scannen."),
    _("Unvollständig gelesen: {text} hat {count} Stellen. Bitte noch einmal scannen."),
    _("„{number}“ passt nicht: Ein Konto hat hier {length} Stellen."),
    _("Konto {number} ist Verrechnungskonto und „{name}“ zugleich."),
    _("{name} wird nicht nach Gewicht verkauft."),
    _("{name} hat einen festen Preis."),
    _("{name}: Preis eintippen."),
    _("Ab {age}. Ausweis gesehen?"),
    _("Bon {number} ist schon storniert."),
    _("Über diesen Bon gibt es schon die Rechnung {number}."),
    _("Für eine XRechnung fehlt: {gaps}."),
    _("Von „{text}“ ist nicht so viel übrig."),
    _("„{text}“ geht nur ganz zurück."),
    _("„{text}“ ist kein Kurs. Beispiel: 1,065"),
    _("Noch offen: {names}."),
    _("Offen sind {amount} €. Anderes Geld als Auszahlung buchen."),
    _("Seit dem letzten Abschluss waren es {amount} €."),
    _("Der Bon wird zu groß. Höchstens {limit} € sind möglich."),
    _("Der Rabatt ist zu hoch. Höchstens {limit} € sind möglich."),
    _("Der Rabatt von {amount} € passt nicht auf den Rest der Zeile. Bitte die ganze Zeile nehmen."),
    _("Der Text ist zu lang. Höchstens {limit} Zeichen sind möglich."),
    _("Ein Rabatt liegt zwischen 0,01 € und {limit} €."),
    _("Der Betrag ist zu groß. Höchstens {limit} € sind möglich."),
    _("„{text}“ ist kein Betrag. Beispiel: 12,50"),
    _("„{text}“ ist keine Menge. Beispiel: 2 oder 0,275"),
    _("„{text}“ ist kein Inhalt. Beispiel: 250 g, 0,33 l"),
    _("Der Inhalt liegt über 0 und höchstens bei {limit}."),
    _("„{text}“ ist kein Zeitpunkt. Beispiel: 01.12.2026 07:00"),
    _("Diesen Tag oder diese Uhrzeit gibt es nicht: {text}"),
    _("Diese Uhrzeit lässt die Zeitumstellung am {day} aus. Möglich ist 03:00."),
    _("„{text}“ ist mehrdeutig. Bitte mit Komma eingeben."),
    _("Dafür braucht es {needed} Punkte, auf der Karte liegen {points}."),
    _("Bon {number} hat schon gezählt. Jeder Bon zählt einmal."),
    _("Bon {number} hat schon auf einer Kundenkarte gezählt."),
    _("Gutschein {number} ist gesperrt: {reason}"),
    _("Gutschein {number} ist aufgebraucht."),
    _("Gutschein {number} liegt schon auf einem anderen Bon."),
    _("Gutschein {number} liegt schon auf diesem Bon."),
    _("Gutschein {number} galt bis {day}."),
    _("Gutschein {number} passt zu nichts auf diesem Bon."),
    _("Gutschein {number}: {amount} €, gültig bis {day}. Erst die Artikel, dann den Gutschein."),
    _("Von Gutschein {number} ist schon etwas eingelöst, es sind noch {amount} € darauf."),
    _("Auf Gutschein {number} sind nur noch {amount} €."),
    _("Die Menge ist zu groß. Höchstens {limit} sind möglich."),
    _("Das Zertifikat der TSE läuft {span} ab. Rechtzeitig eine neue TSE beschaffen."),
    _("Der Speicher der TSE ist {span} voll. Rechtzeitig eine neue TSE beschaffen."),
    _("Die Signaturen der TSE sind {span} aufgebraucht. Rechtzeitig eine neue TSE beschaffen."),
    _("Der Datenträger der Kasse macht nicht mit ({why})."),
    _("„{part}“ ist nicht zu verstehen. So geht es: Mo-Fr 7-18:30, Sa 8-13"),
    _("Die TSE hat nicht signiert: {why}."),
    _("Kein Export: {why}."),
    _("In der Lade liegen {amount} € eines Bons, der erst zum Teil bezahlt ist."),
    _("TSE ausgefallen: {why}"),
    _("Das lässt sich nicht schreiben ({why})."),
    _("Die Datei ist nicht lesbar ({why})."),
    _("{name} ist nicht lesbar ({why})."),
    _(
        "Die Sicherung ließ sich nicht schreiben ({why}). Die Bücher der Kasse sind unberührt. "
        "Platz und Anschluss von {target} prüfen."
    ),
    _("Den Ordner {folder} gibt es nicht. Stick einstecken; er heißt etwa /media/stick."),
    _("In {folder} darf die Kasse nicht schreiben. Rechte des Ordners prüfen."),
    _("Systemfehler {number}"),
    _("Kasse {serial}: {why}"),
)
"""German sentences of lower floors that have a gap."""


def said(message: str) -> str:
    """Return a sentence of the register or the rules in the language of this request."""
    if not message or get_language() == "de":
        return message
    whole = gettext(message)
    if whole != message:
        return whole
    for sentence in SENTENCES:
        found = _pattern(sentence).fullmatch(message)
        if found:
            gaps = found.groupdict()
            return gettext(sentence).format(**{**gaps, **({"why": said(gaps["why"])} if "why" in gaps else {})})
    return message


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", sentence)
    pattern = "".join(f"(?P<{part}>.+)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
    return re.compile(pattern, re.DOTALL)
