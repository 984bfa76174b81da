# ruff: noqa: N818 - leaves are named like the states of a device
"""The device answers, but cannot sign as it is: an outage as well."""

from smartecr.tse.errors.base import TseStateError


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
    next_step = "Eine neue TSE einsetzen: Büro, TSE, „TSE wechseln“. Die Daten der alten werden dabei gesichert."


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


class TseRetired(TseStateError):
    """The device was replaced for good (guided swap); it keeps what it stored, and signs nothing any more."""

    code = "tse_retired"
    reason = "Abgelöste TSE eingesteckt"
    message = "Diese TSE ist abgelöst. Weiter verkaufen geht, der Bon trägt den Hinweis."
    next_step = "Die neue TSE einstecken und auf der Seite „TSE“ den Wechsel beenden. Die alte gut aufbewahren."


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
