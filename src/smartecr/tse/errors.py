# ruff: noqa: N818 - the tree says "error" once, at its root; the leaves are named like the states of a device
"""What can go wrong with a TSE, told so that a cashier can act on it.

::

    TseError
    ├── TseUnavailable                  the service answers for a device that is out of order
    ├── TseTransportError               nobody answers (unplugged, network gone)
    │   ├── TseUnplugged                the device is not there
    │   ├── TseBusy                     another program or too many requests occupy it
    │   ├── TseConnectionLost           broke off during a call: outcome unknown
    │   ├── TseTimeout                  no answer in time: outcome unknown
    │   └── TseProtocolError            an answer that makes no sense: outcome unknown
    ├── TseStateError                   the device answers, but cannot sign as it is
    │   ├── TseSelfTestRequired
    │   ├── TseSelfTestFailed
    │   ├── TseTimeNotSet
    │   ├── TseStorageFull
    │   ├── TseSignaturesExhausted
    │   ├── TseNotInitialized
    │   ├── TseDeactivated
    │   ├── TseDecommissioned
    │   ├── TseForeign                  it is another device than the one in service
    │   ├── TseCertificateExpired
    │   ├── TseDamaged                  its stored data contradict themselves
    │   └── TseInternalError            anything a driver did not foresee
    └── TseRefused                      the request was wrong, the device is well
        ├── TseInvalidParameter
        ├── TseNotSupported
        ├── TseAlreadyInitialized
        ├── TseNotAuthorized            a log-in is needed (``role``)
        ├── TseAuthenticationFailed     wrong PIN or PUK (``remaining`` tries)
        ├── TsePinBlocked
        ├── TsePukBlocked
        ├── TsePinChangeRequired
        ├── TseTooManyClients
        ├── TseClientUnknown
        ├── TseTransactionUnknown
        ├── TseTooManyTransactions
        ├── TseUnfinishedTransactions
        ├── TseExportFailed
        │   ├── TseNoData
        │   └── TseTooManyRecords
        └── TseUnexportedData

Everything under ``TseRefused`` leaves the device in service; all other errors are an outage in the
sense of AEAO zu § 146a AO: the sale goes on, the receipt carries the notice.
"""

from smartecr.tse.credentials import Role


class TseError(Exception):
    """Base of all TSE errors; raise one of the leaves.

    ``code`` is stable and meant for programs, ``reason`` the German name of the fault for the record of
    an outage (DSFinV-K TSE_TA_FEHLER), ``message`` a German sentence for the cashier (what is safe, what
    to do), ``next_step`` the German action for whoever looks after the device.
    ``transient`` says that it may pass by itself. ``outcome_unknown`` says that the request may have
    been carried out: look with ``find_transaction`` before repeating it. ``detail`` is technical text
    for the log file, never shown at the till.
    """

    code = "tse_error"
    reason = "Fehler der TSE"
    message = "Die TSE meldet einen Fehler. Weiter verkaufen geht, der Bon trägt den Hinweis."
    next_step = "Seite „TSE“ öffnen und dem Hinweis dort folgen."
    transient = False
    outcome_unknown = False

    def __init__(self, detail: str = "") -> None:
        super().__init__(f"{self.code}: {detail}" if detail else self.code)
        self.detail = detail


class TseUnavailable(TseError):
    """The service knows that the device is out of order and did not ask it; nothing was signed.

    ``cause`` is the error that began the outage; its message is the one worth showing.
    """

    code = "tse_unavailable"
    reason = "TSE ausgefallen"
    message = "Die TSE ist ausgefallen. Weiter verkaufen geht, der Bon trägt den Hinweis."
    next_step = "Die Kasse versucht es von selbst wieder. Hält es an: Stecker oder Netz der TSE prüfen."
    transient = True

    def __init__(self, detail: str = "", cause: TseError | None = None) -> None:
        super().__init__(detail or (str(cause) if cause else ""))
        self.cause = cause


class TseTransportError(TseError):
    """The way to the device is broken."""

    code = "tse_transport"
    reason = "Keine Verbindung zur TSE"
    message = "Keine Verbindung zur TSE. Weiter verkaufen geht, der Bon trägt den Hinweis."
    next_step = "Stecker oder Netz der TSE prüfen."
    transient = True


class TseUnplugged(TseTransportError):
    """The device is not there."""

    code = "tse_unplugged"
    reason = "TSE nicht eingesteckt"
    message = "Die TSE ist nicht eingesteckt. Weiter verkaufen geht, der Bon trägt den Hinweis."
    next_step = "TSE einstecken. Die Kasse macht dann von selbst weiter."


class TseBusy(TseTransportError):
    """Another process holds the device, or more requests wait than it can serve."""

    code = "tse_busy"
    reason = "TSE belegt"
    message = "Die TSE ist belegt. Weiter verkaufen geht, der Bon trägt den Hinweis."
    next_step = "Prüfen, ob ein zweites Kassenprogramm läuft, und es beenden."


class TseConnectionLost(TseTransportError):
    """The connection broke while the device worked; whether it signed is unknown."""

    code = "tse_connection_lost"
    reason = "Verbindung zur TSE abgerissen"
    message = "Die Verbindung zur TSE ist abgerissen. Der Verkauf ist gespeichert, der Bon trägt den Hinweis."
    next_step = "Nichts wiederholen: Die Kasse sieht nach, ob die Signatur noch entstanden ist."
    outcome_unknown = True


class TseTimeout(TseTransportError):
    """No answer within the time allowed; whether the device signed is unknown."""

    code = "tse_timeout"
    reason = "TSE antwortet nicht"
    message = "Die TSE antwortet nicht. Weiter verkaufen geht, der Bon trägt den Hinweis."
    next_step = "Nichts wiederholen: Die Kasse sieht nach, ob die Signatur noch entstanden ist."
    outcome_unknown = True


class TseProtocolError(TseTransportError):
    """The answer cannot be understood (broken frame, wrong sum, nonsense); whether the device signed is unknown."""

    code = "tse_protocol"
    reason = "Antwort der TSE unverständlich"
    message = "Die TSE antwortet unverständlich. Weiter verkaufen geht, der Bon trägt den Hinweis."
    next_step = "Stecker oder Netz der TSE prüfen. Hält es an: den Kundendienst holen."
    outcome_unknown = True


class TseStateError(TseError):
    """The device answers, but its state does not allow signing."""

    code = "tse_state"
    reason = "TSE nicht bereit"
    message = "Die TSE ist nicht bereit. Weiter verkaufen geht, der Bon trägt den Hinweis."


class TseSelfTestRequired(TseStateError):
    """The device wants a self test (power-up, a day has passed) before it signs; ``run_self_test`` heals it."""

    code = "tse_self_test_required"
    reason = "Selbsttest der TSE fällig"
    message = "Die TSE prüft sich gerade selbst. Weiter verkaufen geht, der Bon trägt den Hinweis."
    next_step = "Einen Moment warten: Die Kasse startet den Selbsttest von selbst, er dauert bis zu einer Minute."
    transient = True


class TseSelfTestFailed(TseStateError):
    """The device found itself broken."""

    code = "tse_self_test_failed"
    reason = "Selbsttest der TSE fehlgeschlagen"
    message = "Die TSE hat ihren Selbsttest nicht bestanden. Weiter verkaufen geht, der Bon trägt den Hinweis."
    next_step = "TSE ausstecken, wieder einstecken. Hält es an: TSE aufbewahren und eine neue einsetzen."


class TseTimeNotSet(TseStateError):
    """The device does not know the time (power-up, clock set back); ``update_time`` heals it."""

    code = "tse_time_not_set"
    reason = "TSE ohne Uhrzeit"
    message = "Die TSE kennt die Uhrzeit nicht. Weiter verkaufen geht, der Bon trägt den Hinweis."
    next_step = "Die Kasse stellt die Uhr der TSE von selbst. Hält es an: Uhrzeit der Kasse prüfen."
    transient = True


class TseStorageFull(TseStateError):
    """No room for another log message."""

    code = "tse_storage_full"
    reason = "Speicher der TSE voll"
    message = "Der Speicher der TSE ist voll. Weiter verkaufen geht, der Bon trägt den Hinweis."
    next_step = "TSE-Daten exportieren und danach Speicher freigeben oder eine neue TSE einsetzen."


class TseSignaturesExhausted(TseStateError):
    """The device has made all the signatures it may make; it has to be replaced."""

    code = "tse_signatures_exhausted"
    reason = "Signaturen der TSE aufgebraucht"
    message = "Die TSE hat alle Signaturen verbraucht. Weiter verkaufen geht, der Bon trägt den Hinweis."
    next_step = "Neue TSE beschaffen und einsetzen. Die alte TSE mit ihrem Export aufbewahren."


class TseNotInitialized(TseStateError):
    """The device is factory-new; a person puts it into operation."""

    code = "tse_not_initialized"
    reason = "TSE nicht in Betrieb genommen"
    message = "Die TSE ist noch nicht in Betrieb genommen. Weiter verkaufen geht, der Bon trägt den Hinweis."
    next_step = "Auf der Seite „TSE“ die Inbetriebnahme beginnen."


class TseDeactivated(TseStateError):
    """Signing is switched off on the device, not for good."""

    code = "tse_deactivated"
    reason = "TSE abgeschaltet"
    message = "Die TSE ist abgeschaltet. Weiter verkaufen geht, der Bon trägt den Hinweis."
    next_step = "Beim Anbieter der TSE nachfragen, warum sie abgeschaltet ist."


class TseDecommissioned(TseStateError):
    """The device was taken out of operation for good; exports are still possible."""

    code = "tse_decommissioned"
    reason = "TSE außer Betrieb genommen"
    message = "Diese TSE ist endgültig außer Betrieb. Weiter verkaufen geht, der Bon trägt den Hinweis."
    next_step = "Neue TSE einsetzen und auf der Seite „TSE“ in Betrieb nehmen. Die alte mit ihrem Export aufbewahren."


class TseForeign(TseStateError):
    """Another device answers than the one in service; it signs nothing before a person has agreed."""

    code = "tse_foreign"
    reason = "Fremde TSE eingesteckt"
    message = "Eine andere TSE ist eingesteckt. Weiter verkaufen geht, der Bon trägt den Hinweis."
    next_step = "Die gewohnte TSE einstecken, oder auf der Seite „TSE“ bestätigen, dass gewechselt wird."


class TseCertificateExpired(TseStateError):
    """The certificate's validity is over; the device has to be replaced."""

    code = "tse_certificate_expired"
    reason = "Zertifikat der TSE abgelaufen"
    message = "Das Zertifikat der TSE ist abgelaufen. Weiter verkaufen geht, der Bon trägt den Hinweis."
    next_step = "Neue TSE beschaffen und einsetzen. Die alte TSE mit ihrem Export aufbewahren."


class TseDamaged(TseStateError):
    """Stored data of the device contradict themselves; nothing is repaired silently."""

    code = "tse_damaged"
    reason = "Daten der TSE beschädigt"
    message = "Die Daten der TSE sind beschädigt. Weiter verkaufen geht, der Bon trägt den Hinweis."
    next_step = "TSE nicht weiter verwenden, aufbewahren und den Kundendienst holen."


class TseInternalError(TseStateError):
    """A driver met something it did not foresee; ``detail`` names it."""

    code = "tse_internal"
    reason = "Unerwarteter Fehler der TSE"
    transient = True


class TseRefused(TseError):
    """The device is well but the request does not fit its state; repeating it unchanged is useless."""

    code = "tse_refused"
    reason = "Anfrage von der TSE abgelehnt"
    message = "Die TSE hat die Anfrage abgelehnt. Der Verkauf ist gespeichert, der Bon trägt den Hinweis."


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
