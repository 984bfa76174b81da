# ruff: noqa: N818 - the tree says "error" once, at its root; the leaves are named like what happened
"""What can go wrong with a card terminal, told so that a cashier can act on it.

::

    TerminalError
    ├── Unplugged               nobody answers at the address
    ├── LinkLost                the connection broke
    ├── NoAnswer                a message was not answered in time (T3)
    ├── NoResult                the command was taken and never ended (T4)
    ├── ProtocolBroken          bytes that make no sense, or out of turn
    ├── StorageFailed           our own books could not be written
    ├── PaymentPending          another payment on this terminal is not clear yet
    ├── Rejected                refused before anything began
    │   ├── NotSupported
    │   ├── Busy
    │   ├── InvalidAmount
    │   ├── NotRegistered
    │   ├── ConfigError         password, currency, payment type
    │   └── ForeignTerminal     it is another terminal than the one in service
    ├── Declined                the bank or the terminal said no
    │   └── AmountTooHigh       to this amount: a smaller one may pass
    ├── Aborted                 customer or cashier stopped it, or nobody showed a card
    ├── CardError               this card, this way: try another way
    ├── HostUnreachable         the terminal does not reach its bank
    ├── EndOfDayFailed
    └── NeedsAction             the terminal wants something done first
        ├── NeedsEndOfDay
        ├── NeedsInitialisation
        ├── NeedsDiagnosis
        ├── NeedsUpdate
        ├── NeedsTime
        └── NeedsService

Whoever reacts looks at ``money``: ``none`` nothing was charged, ``unknown`` it may have been (ask the terminal,
never repeat), ``charged`` it was.
"""

from typing import Literal

__all__ = [
    "Aborted",
    "AmountTooHigh",
    "Busy",
    "CardError",
    "ConfigError",
    "Declined",
    "EndOfDayFailed",
    "ForeignTerminal",
    "HostUnreachable",
    "InvalidAmount",
    "LinkLost",
    "Money",
    "NeedsAction",
    "NeedsDiagnosis",
    "NeedsEndOfDay",
    "NeedsInitialisation",
    "NeedsService",
    "NeedsTime",
    "NeedsUpdate",
    "NoAnswer",
    "NoResult",
    "NotRegistered",
    "NotSupported",
    "PaymentPending",
    "ProtocolBroken",
    "Rejected",
    "StorageFailed",
    "TerminalError",
    "Unplugged",
]

Money = Literal["none", "unknown", "charged"]


class TerminalError(Exception):
    """Base of all terminal errors; raise one of the leaves.

    ``code`` is stable and meant for programs, ``message`` a German sentence for the cashier (what is safe),
    ``next_step`` what to do. ``transient``: it may pass by itself. ``result_code`` is the terminal's, in hex.
    ``detail`` is technical text for the log, without card data and passwords.
    """

    code = "terminal_error"
    message = "Am Kartenterminal ist etwas schiefgegangen. Es wurde nichts abgebucht."
    next_step = "Noch einmal versuchen oder ein anderes Zahlungsmittel nehmen."
    transient = False
    money: Money = "none"

    def __init__(
        self,
        detail: str = "",
        *,
        money: Money | None = None,
        message: str = "",
        next_step: str = "",
        result_code: str = "",
    ) -> None:
        super().__init__(f"{self.code}: {detail}" if detail else self.code)
        self.detail = detail
        self.result_code = result_code
        if money is not None:
            self.money = money
        if message:
            self.message = message
        elif self.money == "unknown":
            self.message = _UNCLEAR
        if next_step:
            self.next_step = next_step
        elif self.money == "unknown":
            self.next_step = _ASK


_UNCLEAR = (
    "Die Verbindung zum Kartenterminal ist mitten in der Zahlung abgerissen. Es ist noch nicht klar, ob gezahlt ist."
)
_ASK = "Nichts wiederholen: Die Kasse fragt das Terminal, sobald es antwortet."


class Unplugged(TerminalError):
    """Nobody answers at the terminal's address."""

    code = "terminal_unplugged"
    message = "Das Kartenterminal ist nicht erreichbar. Es wurde nichts abgebucht."
    next_step = "Strom und Kabel des Terminals prüfen. Bis dahin bar kassieren."
    transient = True


class LinkLost(TerminalError):
    """The connection broke."""

    code = "terminal_link_lost"
    message = "Die Verbindung zum Kartenterminal ist abgerissen. Es wurde nichts abgebucht."
    next_step = "Strom und Kabel des Terminals prüfen. Die Kasse verbindet sich von selbst neu."
    transient = True


class NoAnswer(TerminalError):
    """A message was not answered within T3."""

    code = "terminal_no_answer"
    message = "Das Kartenterminal antwortet nicht. Es wurde nichts abgebucht."
    next_step = "Einen Moment warten. Hält es an: das Terminal aus- und wieder einschalten."
    transient = True


class NoResult(TerminalError):
    """The terminal took the command and did not end it within T4."""

    code = "terminal_no_result"
    message = "Das Kartenterminal meldet kein Ergebnis."
    next_step = "Auf die Anzeige des Terminals sehen und dort abbrechen."
    transient = True


class ProtocolBroken(TerminalError):
    """An answer that makes no sense, or out of turn."""

    code = "terminal_protocol"
    message = "Das Kartenterminal antwortet unverständlich. Es wurde nichts abgebucht."
    next_step = "Noch einmal versuchen. Hält es an: den Kundendienst des Terminals holen."
    transient = True


class StorageFailed(TerminalError):
    """Our own books could not be written; the terminal was told so."""

    code = "terminal_storage_failed"
    message = "Die Kasse kann die Zahlung nicht speichern. Die Karte wird nicht belastet."
    next_step = "Speicherplatz der Kasse prüfen. Bis dahin keine Kartenzahlung annehmen."


class PaymentPending(TerminalError):
    """Another payment on this terminal is not clear yet; this one was not begun."""

    code = "terminal_payment_pending"
    message = "Auf diesem Terminal ist noch eine Zahlung ungeklärt. Diese hier wurde nicht begonnen."
    next_step = "Erst die offene Zahlung mit „Terminal fragen“ klären. Andere Zahlungsmittel gehen weiter."


class Rejected(TerminalError):
    """The terminal refused before anything began."""

    code = "terminal_rejected"
    message = "Das Kartenterminal nimmt die Zahlung nicht an. Es wurde nichts abgebucht."


class NotSupported(Rejected):
    """This terminal cannot do that."""

    code = "terminal_not_supported"
    message = "Das kann dieses Kartenterminal nicht. Es wurde nichts abgebucht."
    next_step = "Einen anderen Weg wählen."


class Busy(Rejected):
    """The terminal does something else."""

    code = "terminal_busy"
    message = "Das Kartenterminal ist gerade beschäftigt. Es wurde nichts abgebucht."
    next_step = "Einen Moment warten und noch einmal versuchen."
    transient = True


class InvalidAmount(Rejected):
    """An amount no card can be charged with."""

    code = "terminal_invalid_amount"
    message = "Dieser Betrag lässt sich nicht mit Karte zahlen. Es wurde nichts abgebucht."
    next_step = "Den Betrag prüfen oder ein anderes Zahlungsmittel nehmen."


class NotRegistered(Rejected):
    """The terminal does not know us (any more); registering heals it."""

    code = "terminal_not_registered"
    message = "Die Kasse ist am Kartenterminal nicht angemeldet. Es wurde nichts abgebucht."
    next_step = "Noch einmal versuchen: Die Kasse meldet sich von selbst an."
    transient = True


class ConfigError(Rejected):
    """A wrong password, currency or payment type: somebody has to look at the settings."""

    code = "terminal_config"
    message = "Das Kartenterminal und die Einstellungen der Kasse passen nicht zusammen. Es wurde nichts abgebucht."
    next_step = "Die Leitung holen: auf der Seite „Geräte“ Passwort und Einstellungen des Terminals prüfen."


class ForeignTerminal(ConfigError):
    """Another terminal answers than the one in service."""

    code = "terminal_foreign"
    message = "Es antwortet ein anderes Kartenterminal als das gewohnte. Es wurde nichts abgebucht."
    next_step = "Das gewohnte Terminal anschließen oder den Wechsel auf der Seite „Geräte“ bestätigen."


class Declined(TerminalError):
    """The bank or the terminal said no."""

    code = "terminal_declined"
    message = "Die Zahlung wurde abgelehnt. Es wurde nichts abgebucht."
    next_step = "Eine andere Karte oder ein anderes Zahlungsmittel nehmen."


class AmountTooHigh(Declined):
    """The amount is beyond what this card, bank or terminal allows."""

    code = "terminal_amount_too_high"
    next_step = "Den Betrag aufteilen oder ein anderes Zahlungsmittel nehmen."


class Aborted(TerminalError):
    """Customer or cashier stopped it, or nobody showed a card in time."""

    code = "terminal_aborted"
    message = "Die Zahlung wurde abgebrochen. Es wurde nichts abgebucht."
    next_step = "Noch einmal beginnen oder ein anderes Zahlungsmittel nehmen."


class CardError(TerminalError):
    """This card does not work this way."""

    code = "terminal_card"
    message = "Die Karte lässt sich so nicht verwenden. Es wurde nichts abgebucht."
    next_step = "Karte einstecken statt vorhalten, oder eine andere Karte nehmen."


class HostUnreachable(TerminalError):
    """The terminal does not reach its bank."""

    code = "terminal_host_unreachable"
    message = "Das Kartenterminal erreicht die Bank nicht. Es wurde nichts abgebucht."
    next_step = "Noch einmal versuchen. Hält es an: Netz des Terminals prüfen und bar kassieren."
    transient = True


class EndOfDayFailed(TerminalError):
    """The batch could not be closed; it stays open."""

    code = "terminal_end_of_day_failed"
    message = "Der Kassenschnitt des Kartenterminals ist nicht gelungen. Die Zahlungen bleiben im Terminal gespeichert."
    next_step = "Später noch einmal versuchen. Der eigene Tagesabschluss geht trotzdem."
    transient = True


class NeedsAction(TerminalError):
    """The terminal wants something done before it goes on."""

    code = "terminal_needs_action"


class NeedsEndOfDay(NeedsAction):
    """The batch has to be closed first."""

    code = "terminal_needs_end_of_day"
    message = "Das Kartenterminal verlangt zuerst einen Kassenschnitt. Es wurde nichts abgebucht."
    next_step = "Kassenschnitt durchführen, dann noch einmal zahlen."


class NeedsInitialisation(NeedsAction):
    """The terminal has to be initialised; the register does it by itself."""

    code = "terminal_needs_initialisation"
    message = "Das Kartenterminal muss neu initialisiert werden. Es wurde nichts abgebucht."
    next_step = "Einen Moment warten: Die Kasse macht das von selbst. Dann noch einmal versuchen."
    transient = True


class NeedsDiagnosis(NeedsAction):
    """The terminal wants a diagnosis; the register does it by itself."""

    code = "terminal_needs_diagnosis"
    message = "Das Kartenterminal verlangt eine Diagnose. Es wurde nichts abgebucht."
    next_step = "Einen Moment warten: Die Kasse macht das von selbst. Dann noch einmal versuchen."
    transient = True


class NeedsUpdate(NeedsAction):
    """The terminal has to load new data."""

    code = "terminal_needs_update"
    message = "Das Kartenterminal muss neue Daten laden. Es wurde nichts abgebucht."
    next_step = "Auf der Seite „Geräte“ das Aktualisieren des Terminals beginnen."


class NeedsTime(NeedsAction):
    """The terminal's clock is wrong; the register sets it by itself."""

    code = "terminal_needs_time"
    message = "Die Uhr des Kartenterminals geht falsch. Es wurde nichts abgebucht."
    next_step = "Einen Moment warten: Die Kasse stellt die Uhr. Dann noch einmal versuchen."
    transient = True


class NeedsService(NeedsAction):
    """Only a technician can help."""

    code = "terminal_needs_service"
    message = "Das Kartenterminal ist gestört. Es wurde nichts abgebucht."
    next_step = "Den Kundendienst des Terminals anrufen. Bis dahin bar kassieren."
