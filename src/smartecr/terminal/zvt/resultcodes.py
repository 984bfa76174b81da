"""What result codes mean (BMP 27, ``06 1E``, ``84 xx``): German reason, class of error, what to do.

00–63 (hex) come from the bank's host as they are, 64–FF from the terminal (PA00P015, chapter on error ids;
host codes: lists of German acquirers). The terminal's own text is shown first, this table where it gave none.
"""

from typing import Final, NamedTuple

from smartecr.terminal import errors as e
from smartecr.terminal.errors import TerminalError

__all__ = ["APPROVED", "Meaning", "error_of", "meaning"]

APPROVED: Final = 0x00

_INSERT = "Karte einstecken statt vorhalten."
_OTHER = "Eine andere Karte oder ein anderes Zahlungsmittel nehmen."
_KEEP = "Karte zurückgeben, nicht noch einmal versuchen. Ein anderes Zahlungsmittel nehmen."
_AGAIN = "Noch einmal versuchen."
_SETTINGS = "Die Leitung holen: Vertrag und Einstellungen des Terminals prüfen."
_SERVICE = "Den Kundendienst des Terminals anrufen. Bis dahin bar kassieren."
_DIAGNOSE = "Auf der Seite „Geräte“ die Diagnose des Terminals starten, dann noch einmal versuchen."


class Meaning(NamedTuple):
    """``reason`` and ``next_step`` are German and for the cashier, ``customer`` is neutral and for the customer."""

    error: type[TerminalError]
    reason: str
    next_step: str
    customer: str = "Zahlung nicht möglich"


def _m(
    error: type[TerminalError], reason: str, next_step: str = "", customer: str = "Zahlung nicht möglich"
) -> Meaning:
    return Meaning(error, reason, next_step or error.next_step, customer)


def _insert(reason: str) -> Meaning:
    return Meaning(e.CardError, reason, _INSERT, "Bitte Karte einstecken")


_HOST: Final = {
    0x01: _m(e.Declined, "Abgelehnt, der Kartenrahmen reicht nicht", _OTHER),
    0x02: _m(e.Declined, "Abgelehnt, die Bank verlangt eine telefonische Genehmigung", _OTHER),
    0x03: _m(e.Declined, "Abgelehnt, die Bank verlangt eine telefonische Genehmigung", _OTHER),
    0x04: _m(e.Declined, "Karte nicht zugelassen", _KEEP),
    0x05: _m(e.Declined, "Von der Bank abgelehnt", _OTHER),
    0x09: _m(e.Busy, "Die Bank arbeitet noch", "Einen Moment warten, dann noch einmal versuchen."),
    0x0A: _m(e.HostUnreachable, "Die Bank antwortet nicht"),
    0x0C: _m(e.Declined, "Dieser Vorgang ist nicht möglich", _OTHER),
    0x0D: _m(e.AmountTooHigh, "Betrag nicht möglich oder Rahmen überschritten"),
    0x0E: _m(e.CardError, "Karte ungültig", _OTHER),
    0x13: _insert("Kontaktlos nicht möglich"),
    0x15: _m(
        e.Declined, "Die ursprüngliche Zahlung ist nicht mehr im Terminal", "Statt Storno eine Gutschrift machen."
    ),
    0x19: _m(e.Declined, "Storno abgelehnt", "Statt Storno eine Gutschrift machen."),
    0x1E: _m(e.Declined, "Die Bank versteht die Anfrage nicht", _SETTINGS),
    0x1F: _m(e.CardError, "Kartenherausgeber nicht zugelassen", _OTHER),
    0x21: _m(e.CardError, "Karte abgelaufen", _OTHER),
    0x22: _m(e.Declined, "Von der Bank gesperrt", _KEEP),
    0x28: _m(e.ConfigError, "Diese Funktion kennt die Bank nicht", _SETTINGS),
    0x2B: _m(e.Declined, "Karte gesperrt", _KEEP),
    0x32: _m(e.Declined, "Die Zahlung wurde doppelt eingereicht", "Beim Terminal nachsehen, ob schon gezahlt ist."),
    0x33: _m(e.Declined, "Rahmen überschritten", _OTHER),
    0x36: _m(e.CardError, "Karte abgelaufen", _OTHER),
    0x37: _m(e.Declined, "PIN falsch", "Noch einmal versuchen oder eine andere Karte nehmen."),
    0x38: _m(e.CardError, "Karte ungültig", _OTHER),
    0x39: _m(e.CardError, "Das ist eine andere Karte als bei der Zahlung", "Die Karte nehmen, mit der gezahlt wurde."),
    0x3A: _m(e.ConfigError, "Für dieses Terminal nicht zugelassen", _SETTINGS),
    0x3B: _m(e.Declined, "Von der Bank gesperrt", _KEEP),
    0x3D: _m(e.Declined, "Karte gesperrt", _OTHER),
    0x3E: _m(e.Declined, "Karte gesperrt", _OTHER),
    0x40: _m(e.Declined, "Der Betrag weicht von der ursprünglichen Zahlung ab", "Den vollen Betrag stornieren."),
    0x41: _insert("Die Bank verlangt die PIN"),
    0x4B: _m(e.Declined, "PIN zu oft falsch", _OTHER),
    0x4E: _m(e.HostUnreachable, "Störung bei der Bank"),
    0x50: _m(e.CardError, "Karte abgelaufen", _OTHER),
    0x52: _m(e.NeedsService, "Das Terminal ist gesperrt", _SERVICE),
    0x55: _m(e.Declined, "Von der Bank abgelehnt", _OTHER),
    0x56: _m(e.NeedsService, "Das Terminal ist bei der Bank nicht aktiv", _SERVICE),
    0x57: _m(e.NeedsInitialisation, "Das Terminal muss initialisiert werden"),
    0x59: _m(e.NeedsService, "Das Terminal ist gesperrt", _SERVICE),
    0x5B: _m(e.HostUnreachable, "Die Bank ist nicht erreichbar"),
    0x5F: _m(e.HostUnreachable, "Die Bank bittet um einen neuen Versuch", _AGAIN),
    0x60: _m(e.HostUnreachable, "Die Bank ist nicht erreichbar"),
    0x61: _m(e.HostUnreachable, "Sicherheitsfehler bei der Bank", _AGAIN),
    0x62: _m(e.NeedsDiagnosis, "Datum oder Uhrzeit des Terminals stimmen nicht"),
}

_TERMINAL: Final = {
    0x64: _insert("Karte nicht lesbar"),
    0x65: _insert("Keine Daten von der Karte"),
    0x66: _m(e.NeedsService, "Fehler im Terminal bei der Verarbeitung", _AGAIN),
    0x67: _m(e.CardError, "Für diese Karte nicht möglich", _OTHER),
    0x68: _m(e.CardError, "Für diese Karte nicht möglich", _OTHER),
    0x6A: _m(e.NeedsEndOfDay, "Der Speicher des Terminals ist voll"),
    0x6B: _m(e.NotRegistered, "Die Kasse ist am Terminal nicht angemeldet"),
    0x6C: _m(e.Aborted, "Abgebrochen", customer="Zahlung abgebrochen"),
    0x6E: _m(e.Declined, "Karte gesperrt", _OTHER),
    0x6F: _m(e.ConfigError, "Falsche Währung", _SETTINGS),
    0x71: _m(e.Declined, "Das Guthaben reicht nicht", _OTHER),
    0x72: _m(e.CardError, "Chip der Karte gestört", _OTHER),
    0x73: _m(e.CardError, "Kartendaten falsch", _OTHER),
    0x74: _m(e.NeedsService, "Schlüssel des Terminals aufgebraucht", _SERVICE),
    0x75: _m(e.ConfigError, "Anzeigetext nicht freigegeben", _SETTINGS),
    0x76: _m(e.ConfigError, "Karte nicht freigegeben", _SETTINGS),
    0x77: _m(e.EndOfDayFailed, "Der Kassenschnitt ist nicht möglich"),
    0x78: _m(e.CardError, "Karte abgelaufen", _OTHER),
    0x79: _m(e.CardError, "Karte noch nicht gültig", _OTHER),
    0x7A: _m(e.CardError, "Karte unbekannt", _OTHER),
    0x7B: _m(e.CardError, "Magnetstreifen nicht zugelassen", _INSERT, "Bitte Karte einstecken"),
    0x7C: _m(e.CardError, "Magnetstreifen nicht zugelassen", _INSERT, "Bitte Karte einstecken"),
    0x7D: _m(e.HostUnreachable, "Die Verbindung des Terminals ist gestört"),
    0x7E: _m(e.CardError, "Magnetstreifen nicht zugelassen", _INSERT, "Bitte Karte einstecken"),
    0x83: _m(e.NotSupported, "Diese Funktion kennt das Terminal nicht"),
    0x85: _m(e.NeedsService, "Dem Terminal fehlen Schlüssel", _SERVICE),
    0x89: _m(e.NeedsService, "Das PIN-Pad ist defekt", _SERVICE),
    0x9A: _m(e.ConfigError, "Terminal und Kasse verstehen sich nicht", _SETTINGS),
    0x9B: _m(e.HostUnreachable, "Das Terminal erreicht die Bank nicht"),
    0x9C: _m(e.Busy, "Das Terminal ist beschäftigt"),
    0xA0: _m(e.HostUnreachable, "Die Bank ist nicht bereit"),
    0xA1: _m(e.HostUnreachable, "Die Bank antwortet nicht"),
    0xA3: _m(e.HostUnreachable, "Keine Verbindung zur Bank"),
    0xA4: _m(e.NeedsService, "Geldkartenumsätze müssen eingereicht werden", _SERVICE),
    0xA5: _m(e.ConfigError, "Aus Sicherheitsgründen am Terminal gesperrt", _SETTINGS),
    0xB1: _m(e.NeedsEndOfDay, "Der Speicher des Terminals ist voll"),
    0xB2: _m(e.NeedsService, "Das Journal des Terminals ist voll", _SERVICE),
    0xB4: _m(e.Declined, "Diese Zahlung ist schon storniert", "Nichts weiter zu tun."),
    0xB5: _m(e.Declined, "Storno nicht möglich", "Statt Storno eine Gutschrift machen."),
    0xB7: _m(e.Declined, "Der Betrag passt nicht zur Reservierung", "Den Betrag prüfen."),
    0xB8: _m(e.Declined, "Die Reservierung ist nicht (mehr) offen", "Die offenen Reservierungen ansehen."),
    0xBF: _m(e.NeedsService, "Das Terminal hat zu wenig Strom", "Netzteil und Akku des Terminals prüfen."),
    0xC0: _m(e.NeedsService, "Das Terminal ist mit der Händlerkarte gesperrt", _SERVICE),
    0xC1: _m(e.NeedsDiagnosis, "Das Terminal verlangt eine Händlerkarte oder Diagnose", _DIAGNOSE),
    0xC2: _m(e.NeedsDiagnosis, "Das Terminal verlangt eine Diagnose"),
    0xC3: _m(e.AmountTooHigh, "Höchstbetrag überschritten"),
    0xC4: _m(e.NeedsUpdate, "Das Terminal muss neue Kartendaten laden"),
    0xC5: _m(e.ConfigError, "Diese Zahlungsart ist am Terminal nicht freigeschaltet", _SETTINGS),
    0xC6: _m(e.ConfigError, "Währung nicht verfügbar", _SETTINGS),
    0xC8: _m(e.Declined, "Der Betrag ist zu klein", "Ein anderes Zahlungsmittel nehmen."),
    0xC9: _m(e.Declined, "Der Höchstbetrag ist zu klein", "Ein anderes Zahlungsmittel nehmen."),
    0xCB: _m(e.ConfigError, "Nur in Euro möglich", _SETTINGS),
    0xCC: _m(e.ConfigError, "Der Drucker ist nicht bereit", "Papier einlegen, dann noch einmal versuchen."),
    0xCD: _m(e.Declined, "Bargeld auszahlen ist mit dieser Karte nicht möglich", "Ohne Auszahlung zahlen."),
    0xD2: _m(e.CardError, "Für Servicekarten nicht möglich", _OTHER),
    0xDC: _m(
        e.CardError,
        "Es steckt noch eine Karte",
        "Karte entnehmen, dann noch einmal versuchen.",
        "Bitte Karte entnehmen",
    ),
    0xDD: _m(e.CardError, "Die Karte lässt sich nicht auswerfen", _SERVICE),
    0xDE: _m(e.CardError, "Die Karte lässt sich nicht einziehen", _OTHER),
    0xE0: _m(e.NeedsService, "Das Terminal wird aus der Ferne gewartet", "Warten, bis das Terminal wieder bereit ist."),
    0xE2: _m(e.NeedsService, "Der Kartenleser antwortet nicht", _SERVICE),
    0xE3: _m(e.NeedsService, "Der Kartenschacht klemmt", _SERVICE),
    0xE4: _m(e.NeedsService, "Das Terminal muss erst freigeschaltet werden", _SERVICE),
    0xE7: _m(e.Declined, "Diese Warengruppe ist mit der Karte nicht zugelassen", _OTHER),
    0xE8: _m(e.Declined, "Diese Warengruppe ist mit der Karte nicht zugelassen", _OTHER),
    0xE9: _m(e.Declined, "Mit dieser Karte nicht zugelassen", _OTHER),
    0xEA: _m(e.CardError, "Karte nicht zugelassen", _OTHER),
    0xEB: _m(e.CardError, "PIN-Verfahren der Karte nicht möglich", _OTHER),
    0xEC: _m(e.CardError, "Die PIN ließ sich nicht prüfen", _AGAIN),
    0xED: _m(e.NeedsService, "Das PIN-Pad ist defekt", _SERVICE),
    0xF0: _m(e.NeedsEndOfDay, "Das Terminal verlangt zuerst einen Kassenschnitt"),
    0xF1: _m(e.Declined, "Ohne Verbindung zur Bank nicht möglich", _OTHER),
    0xF5: _m(e.NeedsService, "Fehler bei der Freischaltung", _SERVICE),
    0xF6: _m(e.NeedsService, "Dem Terminal fehlen Daten der Freischaltung", _SERVICE),
    0xFA: _m(e.NeedsService, "Gespeicherte Umsätze ließen sich nicht einreichen", _SERVICE),
    0xFB: _m(e.NeedsService, "Ein gespeicherter Umsatz ist beschädigt", _SERVICE),
    0xFC: _m(e.NeedsService, "Ein Gerät am Terminal fehlt", _SERVICE),
    0xFD: _m(e.ConfigError, "Geschwindigkeit der Leitung nicht möglich", _SETTINGS),
    0xFE: _m(e.ConfigError, "Das Terminal kennt diese Kasse nicht", _SETTINGS),
    0xFF: _m(e.NeedsService, "Systemfehler im Terminal", _AGAIN),
}

_MEANINGS: Final = _HOST | _TERMINAL
_UNKNOWN_HOST: Final = _m(e.Declined, "Von der Bank abgelehnt", _OTHER)
_UNKNOWN: Final = _m(e.Declined, "Vom Terminal abgelehnt", _OTHER)


def meaning(code: int) -> Meaning:
    """Return what a code other than 00 means; an unknown one is a refusal."""
    return _MEANINGS.get(code) or (_UNKNOWN_HOST if code < 0x64 else _UNKNOWN)


def error_of(code: int, detail: str = "", text: str = "") -> TerminalError:
    """Make the error of a code; ``text`` is the terminal's own wording. Nothing was charged."""
    what = meaning(code)
    reason = text.replace("\n", " ").strip() or what.reason
    return what.error(
        detail or f"result {code:02X}",
        message=f"{reason}. Es wurde nichts abgebucht.",
        next_step=what.next_step,
        result_code=f"{code:02X}",
    )
