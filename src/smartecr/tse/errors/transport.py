# ruff: noqa: N818 - leaves are named like the states of a device
"""Nobody answers, or not so that it can be understood."""

from smartecr.tse.errors.base import TseTransportError


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
