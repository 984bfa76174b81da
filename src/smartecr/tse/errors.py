# ruff: noqa: N818 - the tree says "error" once, at its root; the leaves are named like the states of a device
"""What can go wrong with a TSE, told so that a cashier can act on it.

::

    TseError
    ├── TseUnavailable              the service answers for a device that is out of order
    ├── TseTransportError           nobody answers (unplugged, network gone)
    │   ├── TseUnplugged            the device is not there
    │   ├── TseBusy                 another program or too many requests occupy it
    │   ├── TseConnectionLost       broke off during a call: outcome unknown
    │   └── TseTimeout              no answer in time: outcome unknown
    ├── TseStateError               the device answers, but cannot sign as it is
    │   ├── TseTimeNotSet
    │   ├── TseStorageFull
    │   ├── TseCertificateExpired
    │   ├── TseDamaged              its stored data contradict themselves
    │   └── TseInternalError        anything a driver did not foresee
    └── TseRefused                  the request was wrong, the device is well
        ├── TseInvalidParameter
        ├── TseClientUnknown
        ├── TseTransactionUnknown
        └── TseTooManyTransactions

Everything under ``TseRefused`` leaves the device in service; all other errors are an outage in the
sense of AEAO zu § 146a AO: the sale goes on, the receipt carries the notice.
"""


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


class TseStateError(TseError):
    """The device answers, but its state does not allow signing."""

    code = "tse_state"
    reason = "TSE nicht bereit"
    message = "Die TSE ist nicht bereit. Weiter verkaufen geht, der Bon trägt den Hinweis."


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
