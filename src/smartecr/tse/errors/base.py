# ruff: noqa: N818 - the tree says "error" once, at its root; the leaves are named like the states of a device
"""The root of the tree and its three branches."""


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


class TseStateError(TseError):
    """The device answers, but its state does not allow signing."""

    code = "tse_state"
    reason = "TSE nicht bereit"
    message = "Die TSE ist nicht bereit. Weiter verkaufen geht, der Bon trägt den Hinweis."


class TseRefused(TseError):
    """The device is well but the request does not fit its state; repeating it unchanged is useless."""

    code = "tse_refused"
    reason = "Anfrage von der TSE abgelehnt"
    message = "Die TSE hat die Anfrage abgelehnt. Der Verkauf ist gespeichert, der Bon trägt den Hinweis."
