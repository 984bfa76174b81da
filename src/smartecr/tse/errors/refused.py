"""The request was wrong, the device is well and stays in service."""

from smartecr.tse.credentials import Role
from smartecr.tse.errors.base import TseRefused


class TseInvalidParameter(TseRefused):
    """A value breaks the rules of the interface (length, characters)."""

    code = "tse_invalid_parameter"
    reason = "Anfrage von der TSE abgelehnt"


class TseNotSupported(TseRefused):
    """This device cannot do that (see ``Capability``)."""

    code = "tse_not_supported"
    reason = "Von dieser TSE nicht unterstützt"
    message = "Das kann diese TSE nicht. Verkaufen geht weiter wie bisher."


class TseAlreadyInitialized(TseRefused):
    """The device was put into operation before."""

    code = "tse_already_initialized"
    reason = "TSE schon in Betrieb"
    message = "Diese TSE ist schon in Betrieb genommen. Verkaufen geht weiter wie bisher."
    next_step = "Mit der vorhandenen PIN auf der Seite „TSE“ fortfahren."


class TseNotAuthorized(TseRefused):
    """A user has to log in first; ``role`` tells who."""

    code = "tse_not_authorized"
    reason = "Anmeldung bei der TSE fehlt"
    message = "Dafür braucht die TSE eine Anmeldung. Weiter verkaufen geht, der Bon trägt den Hinweis."
    next_step = "Auf der Seite „TSE“ die PIN eingeben."

    def __init__(self, detail: str = "", role: Role = Role.ADMIN) -> None:
        super().__init__(detail or f"{role} has to log in")
        self.role = role


class TseAuthenticationFailed(TseRefused):
    """Wrong PIN or PUK; ``remaining`` tries are left (None: the device does not tell)."""

    code = "tse_authentication_failed"
    reason = "PIN oder PUK der TSE falsch"
    message = "PIN oder PUK ist falsch. Nicht raten: Nach wenigen Versuchen sperrt sich die TSE."
    next_step = "Den Zettel mit PIN und PUK aus dem Tresor holen und die Zahlen von dort abtippen."

    def __init__(self, detail: str = "", remaining: int | None = None) -> None:
        super().__init__(detail)
        self.remaining = remaining


class TsePinBlocked(TseRefused):
    """Too many wrong PINs; the PUK sets a new one."""

    code = "tse_pin_blocked"
    reason = "PIN der TSE gesperrt"
    message = "Die PIN der TSE ist gesperrt. Verkaufen geht weiter, solange die TSE die Uhrzeit kennt."
    next_step = "Auf der Seite „TSE“ mit der PUK eine neue PIN setzen."


class TsePukBlocked(TseRefused):
    """Too many wrong PUKs."""

    code = "tse_puk_blocked"
    reason = "PUK der TSE gesperrt"
    message = "Die PUK der TSE ist gesperrt. Nicht weiter versuchen."
    next_step = "Den Lieferanten der TSE fragen und eine neue TSE bereithalten."


class TsePinChangeRequired(TseRefused):
    """The device wants its first PIN changed before it does anything else."""

    code = "tse_pin_change_required"
    reason = "PIN der TSE muss geändert werden"
    message = "Die TSE verlangt eine neue PIN. Weiter verkaufen geht, der Bon trägt den Hinweis."
    next_step = "Auf der Seite „TSE“ die PIN ändern."


class TseTooManyClients(TseRefused):
    """The device's limit of registered clients is reached."""

    code = "tse_too_many_clients"
    reason = "Zu viele Kassen bei der TSE angemeldet"
    message = "Bei dieser TSE sind zu viele Kassen angemeldet. Weiter verkaufen geht, der Bon trägt den Hinweis."
    next_step = "Auf der Seite „TSE“ eine nicht mehr benutzte Kasse abmelden."


class TseClientUnknown(TseRefused):
    """The client id (serial number of the register) is not registered with the device."""

    code = "tse_client_unknown"
    reason = "Kasse bei der TSE nicht angemeldet"
    message = "Diese Kasse ist bei der TSE nicht angemeldet. Weiter verkaufen geht, der Bon trägt den Hinweis."
    next_step = "Auf der Seite „TSE“ die Kasse bei der TSE anmelden."


class TseTransactionUnknown(TseRefused):
    """No open transaction of this number for this client (never started, or finished already)."""

    code = "tse_transaction_unknown"
    reason = "Vorgang bei der TSE nicht offen"


class TseTooManyTransactions(TseRefused):
    """The device's limit of open transactions is reached."""

    code = "tse_too_many_transactions"
    reason = "Zu viele offene Vorgänge bei der TSE"
    message = "Bei der TSE sind zu viele Vorgänge offen. Weiter verkaufen geht, der Bon trägt den Hinweis."
    next_step = "Auf der Seite „TSE“ die offenen Vorgänge abschließen."


class TseUnfinishedTransactions(TseRefused):
    """Transactions are open; the request has to wait until they are finished."""

    code = "tse_unfinished_transactions"
    reason = "Offene Vorgänge bei der TSE"
    message = "Bei der TSE sind noch Vorgänge offen. Verkaufen geht weiter wie bisher."
    next_step = "Alle offenen Bons bezahlen oder abbrechen, dann noch einmal."


class TseExportFailed(TseRefused):
    """The device could not make this export."""

    code = "tse_export_failed"
    reason = "Export der TSE nicht möglich"
    message = "Der Export der TSE ist nicht gelungen. Die Daten liegen unverändert in der TSE."
    next_step = "Den Export noch einmal beginnen."


class TseNoData(TseExportFailed):
    """Nothing stored matches the selection."""

    code = "tse_no_data"
    reason = "Keine Daten in der TSE dazu"
    message = "Zu dieser Auswahl gibt es keine Daten in der TSE."
    next_step = "Zeitraum oder Vorgänge anders wählen."


class TseTooManyRecords(TseExportFailed):
    """More messages match than were asked for at most."""

    code = "tse_too_many_records"
    reason = "Auswahl für den Export zu groß"
    message = "Zu dieser Auswahl gibt es mehr Daten als erlaubt."
    next_step = "Einen kürzeren Zeitraum wählen."


class TseUnexportedData(TseRefused):
    """Stored messages are not in the export that is to allow their deletion; nothing was deleted."""

    code = "tse_unexported_data"
    reason = "Daten der TSE noch nicht exportiert"
    message = "In der TSE liegen Daten, die noch nicht exportiert sind. Gelöscht wurde nichts."
    next_step = "Alle Daten der TSE exportieren, die Datei sichern, dann löschen."
