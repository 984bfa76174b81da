"""What is connected to this register, each part in words: how it is, when it answered last, what to do now."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from smartecr.core.records import dataclass
from smartecr.printer import drawer, status
from smartecr.printer.spool import Spool
from smartecr.printer.status import Problem
from smartecr.register import standing
from smartecr.register.cashless.carddesk import Cards
from smartecr.register.paper import printing
from smartecr.register.sale import weighing
from smartecr.register.till import Till
from smartecr.terminal.api import Capability
from smartecr.web.till.words import said

GOOD, WARN, BAD, NONE = "good", "warn", "bad", "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One part. `state` is good, warn, bad or none (there is none here); `then` is what a person does now.

    `seen` says in words when it answered last, `facts` are details in small print, `kind` names its test keys.
    """

    kind: str
    name: str
    icon: str
    state: str
    word: str
    then: str = ""
    seen: str = ""
    facts: tuple[str, ...] = ()
    able: frozenset[str] = frozenset()


def devices(till: Till) -> list[Device]:
    """Return every part of the device in the order a shop looks for them."""
    return [
        _tse(till),
        *(_printer(name, spool) for name, spool in printing.printers(till).items()),
        *_without(till.printer, "printer", _("Bondrucker"), "printer", "SMARTECR_PRINTER"),
        _terminal(till.cards) if till.cards is not None else _none("terminal", _("Kartenterminal"), "credit-card",
                                                                   "SMARTECR_TERMINAL"),
        _drawer(till.drawer) if till.drawer is not None else _none("drawer", _("Kassenschublade"), "drawer",
                                                                   "SMARTECR_DRAWER"),
        *_scanners(till),
        *_line(till),
        *_scale(till),
    ]  # fmt: skip


def ago(seconds: float | None) -> str:
    """Say how long ago something answered; "" for never."""
    if seconds is None:
        return ""
    if seconds < 60:
        return _("gerade eben")
    minutes = int(seconds // 60)
    if minutes < 60:
        return ngettext("vor {count} Minute", "vor {count} Minuten", minutes).format(count=minutes)
    hours = minutes // 60
    return ngettext("vor {count} Stunde", "vor {count} Stunden", hours).format(count=hours)


def _none(kind: str, name: str, icon: str, setting: str) -> Device:
    then = _("Dazu kommt es mit der Einstellung {setting}; das Handbuch zeigt, wie.").format(setting=setting)
    return Device(kind=kind, name=name, icon=icon, state=NONE, word=_("nicht angeschlossen"), then=then)


def _without(there: object, kind: str, name: str, icon: str, setting: str) -> Iterator[Device]:
    if there is None:
        yield _none(kind, name, icon, setting)


def _tse(till: Till) -> Device:
    state = standing.status(till)
    info = till.tse.known
    facts = (info.serial[:16],) if info is not None else ()
    level = {"ok": GOOD, "warn": WARN}.get(state.tse, BAD)
    word = said(state.tse_word) if level != GOOD else _("signiert")
    then = said(state.tse_text) if level != GOOD else ""
    return Device(kind="tse", name="TSE", icon="shield-check", state=level, word=word, then=then, facts=facts)


def _printer(name: str, spool: Spool) -> Device:
    problem, waiting = spool.problem, len(spool.jobs())
    facts = [spool.profile.name, _("{count} Spalten").format(count=spool.profile.columns)]
    if waiting:
        facts.append(_("{count} in der Schlange").format(count=waiting))
    if problem is None:
        level, word, then = (GOOD, _("bereit"), "") if spool.ready else (WARN, _("noch nicht erreicht"), "")
    else:
        level = WARN if problem is Problem.PAPER_NEAR_END else BAD
        word, then = said(status.word(problem)), said(status.next_step(problem))
    title = _("Bondrucker") if name == printing.RECEIPTS else _("Drucker {name}").format(name=name)
    return Device(
        kind="printer", name=title, icon="printer", state=level, word=word, then=then, seen=ago(spool.answered),
        facts=(name, *facts),
    )  # fmt: skip


def _terminal(desk: Cards) -> Device:
    state = desk.service.state
    level = {"ready": GOOD, "busy": GOOD, "doubt": WARN}.get(state.level, BAD)
    able = {"status"}
    if Capability.END_OF_DAY in desk.capabilities:
        able |= {"diagnose", "initialise"}
    word = _("bereit") if level == GOOD else said(state.message) or _("noch nicht erreicht")
    return Device(
        kind="terminal", name=_("Kartenterminal"), icon="credit-card", state=level, word=word,
        then=said(state.next_step) if level != GOOD else "", seen=ago(desk.service.answered), able=frozenset(able),
    )  # fmt: skip


def _drawer(watch: drawer.Watch) -> Device:
    words = {
        drawer.State.OPEN: _("offen"),
        drawer.State.CLOSED: _("geschlossen"),
        drawer.State.UNKNOWN: _("kein Fühler eingelernt"),
    }
    then = ""
    if watch.state is drawer.State.UNKNOWN:
        then = _("Sie öffnet sich; ob sie offen steht, sagt erst der Fühler. Einlernen unter Drucker und Lade.")
    if watch.alarm:
        then = _("Sie steht zu lange offen. Bitte schließen.")
    level = WARN if watch.alarm else GOOD
    return Device(
        kind="drawer", name=_("Kassenschublade"), icon="drawer", state=level, word=words[watch.state], then=then
    )


def _scanners(till: Till) -> Iterator[Device]:
    arrivals = till.arrivals
    if arrivals is None or (arrivals.show is None and not arrivals.troubles):
        yield _none("camera", _("Kamera und Scanner"), "scan-barcode", "SMARTECR_CAMERA")
        return
    troubles = arrivals.troubles
    read = arrivals.last
    seen = ago(arrivals.age(read)) if read is not None else ""
    if arrivals.show is not None:
        trouble = said(troubles.get("camera", ""))
        what, _dot, then = trouble.partition(". ")
        state = BAD if trouble else GOOD
        yield Device(
            kind="camera", name=_("Kamera"), icon="camera", state=state, word=f"{what}." if trouble else _("bereit"),
            then=then, seen=seen, able=frozenset({"picture"}),
        )  # fmt: skip
    if "scanner" in troubles:
        trouble = said(troubles["scanner"])
        what, _dot, then = trouble.partition(". ")
        yield Device(
            kind="scanner", name=_("Scanner"), icon="scan-barcode", state=BAD if trouble else GOOD,
            word=f"{what}." if trouble else _("bereit"), then=then, seen=seen,
        )  # fmt: skip


def _line(till: Till) -> Iterator[Device]:
    line = till.line_display
    if line is None:
        return
    word = _("verbunden") if line.connected else _("nicht erreichbar, wird weiter versucht")
    yield Device(
        kind="line", name=_("Zeilenanzeige"), icon="rows-2", state=GOOD if line.connected else BAD, word=word,
        then="" if line.connected else _("Strom und Kabel prüfen. Verkaufen geht weiter."), seen=ago(line.silence),
        facts=(line.language.name,),
    )  # fmt: skip


def _scale(till: Till) -> Iterator[Device]:
    scale = till.scale
    if scale is None:
        return
    facts = (_("zugelassenes Wiegemodul {number}").format(number=scale.certificate),) if scale.certificate else ()
    then = "" if scale.certificate else said(weighing.WHY_NOT)
    yield Device(
        kind="scale", name=_("Waage"), icon="scale", state=GOOD if scale.certificate else WARN,
        word=_("zum Verkaufen zugelassen") if scale.certificate else _("nur zum Üben"), then=then, facts=facts,
    )  # fmt: skip
