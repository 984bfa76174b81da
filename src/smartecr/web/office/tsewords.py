"""Words of the TSE's pages: names of secrets, kinds of devices, steps of its life, and how long something lasts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from smartecr.register.errors import RegisterError
from smartecr.register.till import ZONE
from smartecr.tse.api import Lifecycle, TseInfo
from smartecr.tse.errors import TseAuthenticationFailed, TseError, TseUnavailable
from smartecr.tse.gauge import Gauge
from smartecr.web.till.words import said

SECRETS: Mapping[str, Any] = {
    "admin_pin": gettext_lazy("PIN der Verwaltung"),
    "admin_puk": gettext_lazy("PUK der Verwaltung"),
    "time_admin_pin": gettext_lazy("PIN der Zeit"),
    "time_admin_puk": gettext_lazy("PUK der Zeit"),
}
KINDS: Mapping[str, Any] = {
    "cryptovision": gettext_lazy("Speicherkarte oder Stick (cryptovision, D-Trust, Bundesdruckerei)"),
    "swissbit": gettext_lazy("Speicherkarte oder Stick (Swissbit)"),
    "swissbit_raw": gettext_lazy("Speicherkarte oder Stick (Swissbit, ohne Bibliothek)"),
    "epson": gettext_lazy("Epson"),
    "diebold": gettext_lazy("Diebold Nixdorf"),
    "fiskaly": gettext_lazy("fiskaly SIGN DE"),
    "virtual": gettext_lazy("Software, nur zum Üben"),
}
STATES: Mapping[Lifecycle, Any] = {
    Lifecycle.UNINITIALIZED: gettext_lazy("fabrikneu"),
    Lifecycle.INITIALIZED: gettext_lazy("in Betrieb"),
    Lifecycle.DEACTIVATED: gettext_lazy("abgeschaltet"),
    Lifecycle.DECOMMISSIONED: gettext_lazy("endgültig außer Betrieb"),
}
EVENTS: Mapping[str, Any] = {
    "commissioning_began": gettext_lazy("Inbetriebnahme begonnen"),
    "commissioning_dropped": gettext_lazy("Inbetriebnahme aufgegeben"),
    "commissioned": gettext_lazy("In Betrieb genommen"),
    "adopted": gettext_lazy("Übernommen"),
    "swap_began": gettext_lazy("Wechsel begonnen"),
    "exported": gettext_lazy("Daten exportiert und geprüft"),
    "retired": gettext_lazy("Für diese Kasse abgelöst"),
    "deregistered": gettext_lazy("Kasse abgemeldet"),
    "swap_cancelled": gettext_lazy("Wechsel abgebrochen"),
    "swap_ended": gettext_lazy("Wechsel beendet"),
}


def problem(error: RegisterError | TseError) -> dict[str, str]:
    """Return sentence and next step of a refusal, with the tries left where the device tells them."""
    if isinstance(error, TseUnavailable) and error.cause is not None:
        error = error.cause
    message = said(error.message)
    if isinstance(error, TseAuthenticationFailed) and error.remaining is not None:
        left = ngettext("Noch {count} Versuch.", "Noch {count} Versuche.", error.remaining)
        message = f"{message} {left.format(count=error.remaining)}"
    return {"message": message, "next_step": said(error.next_step)}


def day_of(unix: int | None) -> date | None:
    """Return the local day of an instant."""
    return datetime.fromtimestamp(unix, ZONE).date() if unix else None


def size(count: int) -> str:
    """Say bytes as a person reads them."""
    for unit, step in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000)):
        if count >= step:
            return f"{count / step:.1f} {unit}".replace(".", ",")
    return f"{count} B"


def span(days: int) -> str:
    """Say how far away something is, in the coarsest unit that is still useful."""
    if days < 14:
        return ngettext("in einem Tag", "in {count} Tagen", days).format(count=days) if days else _("jetzt")
    if days < 7 * 52:
        return _("in {count} Wochen").format(count=days // 7)
    return _("in mehr als einem Jahr")


def meters(info: TseInfo, gauge: Gauge) -> list[dict[str, Any]]:
    """Return what runs out, each with its share used (0 to 100), what is left, and when it ends."""
    found = []
    if info.storage_total and info.storage_used is not None:
        left = size(max(0, info.storage_total - info.storage_used))
        share = 100 * info.storage_used // info.storage_total
        found.append(_meter(_("Speicher"), share, _("{left} frei").format(left=left), _("voll"), gauge.storage_days))
    if info.signatures_remaining is not None:
        used = info.signature_counter or 0
        total = info.max_signatures or used + info.signatures_remaining
        left = f"{info.signatures_remaining:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
        share = 100 * (total - info.signatures_remaining) // total if total else 100
        text = _("{left} übrig").format(left=left)
        found.append(_meter(_("Signaturen"), share, text, _("aufgebraucht"), gauge.signature_days))
    if info.certificate_expires is not None and gauge.certificate_days is not None:
        ends = day_of(info.certificate_expires)
        text = _("bis {day}").format(day=f"{ends:%d.%m.%Y}" if ends else "–")
        share = max(0, min(100, 100 - 100 * gauge.certificate_days // (5 * 365)))
        found.append(_meter(_("Zertifikat"), share, text, _("läuft ab"), gauge.certificate_days))
    return found


def _meter(word: str, share: int, left: str, ends: str, days: int | None) -> dict[str, Any]:
    """A pace is known after a day of use at the earliest."""
    level = "bad" if days is not None and days <= 7 else "warn" if days is not None and days <= 90 else "ok"
    when = f"{ends} {span(days)}" if days is not None else _("Tempo noch nicht bekannt")
    return {"word": word, "share": min(100, max(share, 1)), "left": left, "when": when, "level": level}
