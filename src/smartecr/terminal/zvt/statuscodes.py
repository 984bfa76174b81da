"""What the terminal does right now (``04 FF``) and how it is (completion of ``05 01``), in German (PA00P015)."""

from typing import Final, NamedTuple

from smartecr.terminal.api import Maintenance
from smartecr.terminal.events import EventKind as K

__all__ = ["Condition", "Step", "condition", "step"]


class Step(NamedTuple):
    """An intermediate status: which event it is and what both screens say when the terminal gives no words."""

    event: K
    text: str
    customer: str = ""


_PRESENT = "Bitte Karte oder Handy vorhalten oder Karte einstecken"
_LOOK = "Bitte auf das Terminal schauen"
_WAIT = "Bitte warten…"
_REMOVE = "Bitte Karte entnehmen!"
_FAILED = "Zahlung nicht möglich"

_STEPS: Final = {
    0x00: Step(K.CONFIRM_AMOUNT, "Terminal wartet auf Bestätigung des Betrags", _LOOK),
    0x01: Step(K.CUSTOMER_INPUT, "Bitte Anzeigen auf dem PIN-Pad beachten", _LOOK),
    0x02: Step(K.CUSTOMER_INPUT, "Bitte Anzeigen auf dem PIN-Pad beachten", _LOOK),
    0x03: Step(K.FAILING, "Vorgang nicht möglich", _FAILED),
    0x04: Step(K.AUTHORISING, "Terminal wartet auf Antwort der Bank", _WAIT),
    0x05: Step(K.AUTO_REVERSAL, "Terminal nimmt die Zahlung von selbst zurück", _WAIT),
    0x06: Step(K.PROCESSING, "Terminal sendet Nachbuchungen", _WAIT),
    0x07: Step(K.FAILING, "Karte nicht zugelassen", _FAILED),
    0x08: Step(K.FAILING, "Karte unbekannt", _FAILED),
    0x09: Step(K.FAILING, "Karte verfallen", _FAILED),
    0x0A: Step(K.PRESENT_CARD, "Karte einstecken oder vorhalten", _PRESENT),
    0x0B: Step(K.REMOVE_CARD, _REMOVE, _REMOVE),
    0x0C: Step(K.FAILING, "Karte nicht lesbar", "Karte nicht lesbar"),
    0x0D: Step(K.FAILING, "Vorgang abgebrochen", "Zahlung abgebrochen"),
    0x0E: Step(K.PROCESSING, "Vorgang wird bearbeitet, bitte warten…", _WAIT),
    0x0F: Step(K.MAINTENANCE, "Terminal leitet den Kassenschnitt ein", _WAIT),
    0x10: Step(K.FAILING, "Karte ungültig", _FAILED),
    0x11: Step(K.PROCESSING, "Guthabenanzeige", _LOOK),
    0x12: Step(K.FAILING, "Systemfehler", _FAILED),
    0x13: Step(K.FAILING, "Zahlung nicht möglich", _FAILED),
    0x14: Step(K.FAILING, "Guthaben nicht ausreichend", _FAILED),
    0x15: Step(K.PIN_WRONG, "Geheimzahl falsch", _LOOK),
    0x16: Step(K.FAILING, "Limit nicht ausreichend", _FAILED),
    0x17: Step(K.PROCESSING, _WAIT, _WAIT),
    0x18: Step(K.FAILING, "Geheimzahl zu oft falsch", _FAILED),
    0x19: Step(K.FAILING, "Kartendaten falsch", _FAILED),
    0x1A: Step(K.MAINTENANCE, "Servicemodus", _WAIT),
    0x1B: Step(K.APPROVED_PREVIEW, "Autorisierung erfolgt, bitte tanken", _WAIT),
    0x1C: Step(K.APPROVED_PREVIEW, "Zahlung erfolgt, bitte Ware entnehmen", _WAIT),
    0x1D: Step(K.FAILING, "Autorisierung nicht möglich", _FAILED),
    0x26: Step(K.CUSTOMER_INPUT, "Terminal wartet auf die Mobilfunknummer", _LOOK),
    0x27: Step(K.CUSTOMER_INPUT, "Terminal wartet auf die Wiederholung der Mobilfunknummer", _LOOK),
    0x28: Step(K.CURRENCY_CHOICE, "Währungsauswahl, bitte warten…", _LOOK),
    0x29: Step(K.CUSTOMER_INPUT, "Sprachauswahl, bitte warten…", _LOOK),
    0x2A: Step(K.PRESENT_CARD, "Zum Laden Karte einstecken", "Bitte Karte einstecken"),
    0x2B: Step(K.PROCESSING, "Offline-Notbetrieb, bitte warten…", _WAIT),
    0x2C: Step(K.CUSTOMER_INPUT, "Auswahl Debit oder Kredit, bitte warten…", _LOOK),
    0x68: Step(K.CARD_DETECTED, "Kundenkarte erkannt", _WAIT),
    0x69: Step(K.CURRENCY_CHOICE, "Kunde wählt die Währung", _LOOK),
    0xA0: Step(K.APPROVED_PREVIEW, "Zahlung erfolgt", _WAIT),
    0xA1: Step(K.APPROVED_PREVIEW, "Zahlung erfolgt. Bitte Karte entnehmen!", _REMOVE),
    0xA2: Step(K.APPROVED_PREVIEW, "Storno erfolgt", _WAIT),
    0xA3: Step(K.APPROVED_PREVIEW, "Storno erfolgt. Bitte Karte entnehmen!", _REMOVE),
    0xA4: Step(K.FAILING, "Storno nicht möglich", _FAILED),
    0xA5: Step(K.FAILING, "Storno nicht möglich. Bitte Karte entnehmen!", _REMOVE),
    0xC7: Step(K.CUSTOMER_INPUT, "Terminal wartet auf den Kilometerstand", _LOOK),
    0xC8: Step(K.CASHIER_INPUT, "Terminal wartet auf die Kasse", _WAIT),
    0xC9: Step(K.MAINTENANCE, "Automatische Diagnose", _WAIT),
    0xCA: Step(K.MAINTENANCE, "Automatische Initialisierung", _WAIT),
    0xCB: Step(K.WARNING, "Händlerjournal voll", _WAIT),
    0xCC: Step(K.CUSTOMER_INPUT, "Lastschrift nicht möglich, PIN notwendig", _LOOK),
    0xD2: Step(K.PROCESSING, "Verbindung wird hergestellt", _WAIT),
    0xD3: Step(K.PROCESSING, "Verbindung besteht", _WAIT),
    0xE0: Step(K.CUSTOMER_INPUT, "Terminal wartet auf die Wahl der Anwendung", _LOOK),
    0xE1: Step(K.CUSTOMER_INPUT, "Terminal wartet auf die Wahl der Sprache", _LOOK),
    0xE2: Step(K.WARNING, "Bitte Reinigungskarte benutzen", _WAIT),
    0xF1: Step(K.PROCESSING, "Offline", _WAIT),
    0xF2: Step(K.PROCESSING, "Online", _WAIT),
    0xF3: Step(K.PROCESSING, "Offline-Transaktion", _WAIT),
    0xFF: Step(K.PROCESSING, _WAIT, _WAIT),
}


def step(code: int) -> Step:
    """Return what an intermediate status means; 41–67 are 01–27 with the card to be taken out."""
    known = _STEPS.get(code)
    if known is not None:
        return known
    before = _STEPS.get(code - 0x40) if 0x41 <= code <= 0x67 else None
    if before is not None:
        return Step(K.REMOVE_CARD, f"{before.text.rstrip('…')}. {_REMOVE}", _REMOVE)
    return Step(K.PROCESSING, "Vorgang läuft", _WAIT)


class Condition(NamedTuple):
    """A status of the terminal: what it is, what to do, and what heals it without a person."""

    message: str
    next_step: str = ""
    wants: Maintenance | None = None
    end_of_day: bool = False


_CALL = "Den Kundendienst des Terminals anrufen."
_PATIENCE = "Warten, bis das Terminal wieder bereit ist."

_CONDITIONS: Final = {
    0x00: Condition("Das Terminal ist bereit."),
    0x51: Condition("Das Terminal muss initialisiert werden.", _PATIENCE, Maintenance.INITIALISE),
    0x62: Condition("Datum oder Uhrzeit des Terminals stimmen nicht.", _PATIENCE, Maintenance.SET_TIME),
    0x9C: Condition("Das Terminal ist beschäftigt.", _PATIENCE),
    0xB1: Condition("Der Speicher des Terminals ist voll.", "Kassenschnitt durchführen.", end_of_day=True),
    0xB2: Condition("Das Journal des Terminals ist voll.", _CALL),
    0xBF: Condition("Das Terminal hat zu wenig Strom.", "Netzteil und Akku prüfen."),
    0xC0: Condition("Das Terminal ist mit der Händlerkarte gesperrt.", _CALL),
    0xC1: Condition("Das Terminal verlangt eine Diagnose.", _PATIENCE, Maintenance.DIAGNOSE),
    0xC2: Condition("Das Terminal verlangt eine Diagnose.", _PATIENCE, Maintenance.DIAGNOSE),
    0xC4: Condition("Das Terminal muss neue Kartendaten laden.", "Das Aktualisieren beginnen.", Maintenance.UPDATE),
    0xCC: Condition("Der Drucker des Terminals ist nicht bereit.", "Papier einlegen."),
    0xDC: Condition("Im Terminal steckt eine Karte.", "Karte entnehmen."),
    0xDF: Condition("Das Terminal ist gesperrt.", _CALL),
    0xE0: Condition("Das Terminal wird aus der Ferne gewartet.", _PATIENCE),
    0xE1: Condition("Die Karte ist nicht ganz entnommen.", "Karte entnehmen."),
    0xE2: Condition("Der Kartenleser antwortet nicht.", _CALL),
    0xE3: Condition("Der Kartenschacht klemmt.", _CALL),
    0xE4: Condition("Das Terminal muss erst freigeschaltet werden.", _CALL),
    0xF0: Condition("Das Terminal verlangt einen Kassenschnitt.", "Kassenschnitt durchführen.", end_of_day=True),
    0xF6: Condition("Dem Terminal fehlen Daten der Freischaltung.", _CALL),
}
_STRANGE: Final = Condition("Das Terminal meldet einen unbekannten Zustand.", _CALL)

#: states in which payments go all the same
READY: Final = frozenset((0x00, 0xDC, 0xE1))


def condition(code: int) -> Condition:
    """Return what a status of the terminal means."""
    return _CONDITIONS.get(code, _STRANGE)
