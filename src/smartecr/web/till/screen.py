"""What every screen shows around its own matter: the shop, who is there, the state of the device, texts for scripts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from smartecr.core.records import dataclass
from smartecr.printer import status as printer_status
from smartecr.printer.spool import Spool
from smartecr.printer.status import Problem
from smartecr.register import standing
from smartecr.register.cashless import cards, cashparts
from smartecr.register.cashless.carddesk import Cards, desks
from smartecr.register.models import Shop
from smartecr.register.paper import printing
from smartecr.register.till import ZONE, Till, moment
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right, allows
from smartecr.terminal.qr.routing import ROUTES
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of
from smartecr.web.till.words import said

LONG_AHEAD, SOON = 90, 7
"""Days before a TSE ends: told to who may replace it, and told with urgency."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the device on the status dots: its word, "ok", "warn" or "bad", and a sentence when it is not well."""

    word: str
    state: str
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A banner: what is the matter, and what to do (or that nothing is). `key` opens `sheet`, or the card payment.

    With `alarm` the page sounds when it appears.
    """

    what: str
    then: str
    bad: bool = False
    sheet: str = ""
    key: str = ""
    card: bool = False
    alarm: bool = False


def local(text: str) -> datetime:
    """Return journal text as local time of the shop."""
    return moment(text).astimezone(ZONE)


def shop_of(register: Till) -> Shop:
    """Return the shop this till stands in; a nameless one before it is set up."""
    return Shop.objects.filter(id=register.shop_id).first() or Shop(id=register.shop_id, name="smartECR")


def health(register: Till, actor: Actor | None = None) -> dict[str, Any]:
    """Return `parts` for the status dots and `notices` for the banners; some only for those who may act on them."""
    status = standing.status(register)
    parts = [Part("TSE", status.tse, said(status.tse_text) if status.tse != "ok" else "")]
    notices = []
    if register.printer is not None:
        parts.append(_printer(register.printer))
    notices += _paper(printing.printers(register))
    if status.training:
        notices.append(Notice(_("Übungsmodus."), _("Nichts davon zählt."), sheet="training", key=_("Beenden")))
    if register.line_display is not None and not register.line_display.connected:
        parts.append(Part(_("Anzeige"), "warn", _("Die Zeilenanzeige ist nicht erreichbar.")))
    if register.drawer is not None and register.drawer.alarm:
        parts.append(Part(_("Lade"), "warn", _("Die Lade steht offen.")))
        notices.append(Notice(_("Die Lade steht offen."), _("Bitte schließen."), alarm=True))
    notices += _tse(register, status, allows(actor.role, Right.DEVICES) if actor else False)
    if status.overdue:
        notices.append(
            Notice(_("Der Kassentag von gestern ist noch offen."), _("Unter Mehr, Kasse lässt er sich abschließen."))
        )
    if register.arrivals is not None and register.arrivals.trouble:
        parts.append(Part(_("Scanner"), "warn", said(register.arrivals.trouble)))
    if register.cards is not None:
        parts.append(_terminal(register.cards))
    notices += _payments(register)
    return {"parts": parts, "all_well": all(part.state == "ok" for part in parts), "notices": notices}


def _tse(register: Till, status: standing.Status, may_act: bool) -> list[Notice]:
    """Return a banner when the TSE does not sign, or will not for long: 90 days ahead for who may act, 30 for all."""
    going_on = _("Weiter verkaufen geht, der Bon trägt den Hinweis.")
    if register.tse.foreign:
        return [Notice(_("Eine andere TSE steckt."), going_on, bad=True, sheet="tse", key=_("Ansehen"))]
    if status.tse == "bad":
        return [Notice(f"{said(status.tse_word)}.", going_on, bad=True, sheet="tse", key=_("Ansehen"))]
    if status.tse == "warn":
        return [Notice(_("TSE antwortet langsam."), _("Weiter verkaufen geht, Bezahlen dauert etwas länger."))]
    info = register.tse.known
    if info is None or register.care is None:
        return []
    gauge = register.care.gauges.read(info, int(register.clock().timestamp()))
    if gauge.step is None or (gauge.step == LONG_AHEAD and not may_act):
        return []
    what, then = said(gauge.text).split(". ", 1)
    return [Notice(f"{what}.", then, bad=gauge.step <= SOON, sheet="tse", key=_("Ansehen"))]


def _printer(spool: Spool) -> Part:
    problem = spool.problem
    if problem is None:
        return Part(_("Drucker"), "ok", "")
    near_end = problem is Problem.PAPER_NEAR_END
    return Part(_("Drucker"), "warn" if near_end else "bad", said(printer_status.sentence(problem)))


def _terminal(at: Cards) -> Part:
    state = at.service.state
    if state.level in ("ready", "busy"):
        return Part(_("Karte"), "ok", "")
    return Part(_("Karte"), "warn" if state.level == "doubt" else "bad", said(state.message))


def _payments(register: Till) -> list[Notice]:
    """Return a banner for a payment that is not clear, or a basket paid in part, wherever one is on the screen."""
    then = _("Andere Zahlungsmittel gehen weiter.")
    notices = []
    if cards.waiting(register):
        doubt = any(desk.service.state.level == "doubt" for desk in desks(register))
        what = _("Eine Zahlung ist ungeklärt.") if doubt else _("Ein Bon ist bei der Karte.")
        notices.append(Notice(what, then, key=_("Ansehen"), card=True))
    elif cashparts.waiting(register) is not None:
        rest = _("Das Bargeld liegt in der Lade, der Rest ist offen.")
        notices.append(Notice(_("Ein Bon ist zum Teil bezahlt."), rest, key=_("Ansehen"), card=True))
    if cards.cancelling(register):
        notices.append(Notice(_("QR-Storno wird nachgeholt, bis der Anbieter bestätigt."), then))
    return notices


def _paper(printers: dict[str, Spool]) -> list[Notice]:
    """Return banners about paper: what waits where, and what nobody knows. A station that prints nothing is loud."""
    notices = []
    jobs = {name: spool.jobs() for name, spool in printers.items()}
    for name, spool in printers.items():
        problem = spool.problem
        if problem is not None and problem is not Problem.PAPER_NEAR_END and any(job.waits for job in jobs[name]):
            notices.append(_stuck(name, problem))
    states = {job.state for one in jobs.values() for job in one}
    if "failed" in states:
        what, then = _("Etwas ließ sich nicht drucken."), _("Der Verkauf ist gespeichert.")
        notices.append(Notice(what, then, sheet="printer", key=_("Ansehen")))
    if "unknown" in states:
        what, then = _("Kam der Bon heraus?"), _("Der Drucker war mittendrin weg.")
        notices.append(Notice(what, then, sheet="printer", key=_("Ansehen")))
    return notices


def _stuck(name: str, problem: Problem) -> Notice:
    then, key = said(printer_status.next_step(problem)), _("Ansehen")
    if name == printing.RECEIPTS:
        return Notice(said(printer_status.sentence(problem)), then, sheet="printer", key=key)
    what = f"{name}: {said(printer_status.word(problem))}."
    return Notice(what, then, bad=True, sheet="printer", key=key, alarm=True)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the context every screen of the till needs."""
    register = till()
    return {
        "shop": shop_of(register),
        "actor": actor_of(request),
        "now": register.clock().astimezone(ZONE),
        "zone": ZONE.key,
        "texts": texts(),
        **health(register, actor_of(request)),
    }


def texts() -> dict[str, str]:
    """Return what scripts say and where they ask, for a JSON block in the page."""
    return {
        "amount_hint": _("{amount} € auf eine Warengruppe · × für Menge · ↵ für Nummer"),
        "busy": _("Einen Moment, es wird noch gebucht …"),
        "code": _("Code"),
        "code_later": _("Das ist ein Handy-Code. Zuerst „Bezahlen“ drücken."),
        "code_missing": _("Den Code scannen oder eintippen."),
        "code_pattern": "|".join(f"^(?:{route.pattern.pattern})$" for route in ROUTES),
        "cut": _("Abgeschnitten: Hier passen {count} Zeichen hinein. Bitte kürzer schreiben."),
        "count_first": _("nicht gebucht, erst den Abschluss beenden."),
        "in_house": _("Im Haus"),
        "offline_count": _("{count} warten."),
        "name_same": _("Trotzdem „{name}“"),
        "name_taken": _("„{name}“ heißt schon ein geparkter Bon. Frei ist „{free}“."),
        "no_quantity": _("{text} ist hier keine Menge. Für viele Stück: Zahl, ×, dann der Artikel."),
        "nothing": _("Auf dem Bon steht nichts."),
        "ordered": _("Bestellung gesendet."),
        "pay_with": _("mit {amount} € bar"),
        "pay_note": _("Bar: Schein oder freier Betrag"),
        "pay": _("Bezahlen"),
        "pay_later": _("Kasse nicht erreichbar. Noch ist nichts bezahlt, der Bon bleibt stehen."),
        "payout": _("Auszahlen"),
        "finish": _("Abschließen"),
        "unread_cents": _("Das ist kein klarer Betrag. Bitte mit Komma: 12,50 oder 1.500,00."),
        "unread_percent": _("Das ist kein klarer Prozentsatz. Bitte mit Komma: 10 oder 7,5."),
        "unread_quantity": _("Das ist keine klare Menge. Bitte mit Komma: 2 oder 0,275."),
        "quantity_hint": _("Jetzt den Artikel antippen oder scannen."),
        "take_away": _("Außer Haus"),
        "not_reached": _("Kasse nicht erreichbar. Bitte noch einmal, doppelt gebucht wird nichts."),
        "page": _("Seite {page}"),
        "wait": _("Nächster Versuch in {seconds} Sekunden."),
        "no_voucher": _("Dieser Bon ist schon zum Teil bezahlt. Den Rest bar, mit Karte oder Handy-Code."),
        "url_codes": reverse("codes"),
        "url_commands": reverse("commands"),
        "join_ask": _(
            "„{name}“ ({amount}) und „{other}“ ({total}) werden ein Bon. Zurück geht das nicht, getrennt zahlen schon."
        ),
        "join_here": _("„{name}“ ({amount}) kommt auf diesen Bon. Zurück geht das nicht, getrennt zahlen schon."),
        "join_same": _("Zu „{name}“ legen"),
        "join_which": _("„{name}“ mit welchem Bon zusammenlegen? Bitte antippen."),
        "joined": _("Zusammengelegt. Jetzt ist es ein Bon."),
        "apart_all": _("Alles bezahlen"),
        "apart_back": _("Alles liegt wieder auf dem Tisch."),
        "apart_these": _("Diese bezahlen"),
        "learn": _("Verkaufen und merken"),
        "scans_wait": _("{count} gescannt, kommt danach auf den Bon."),
        "sheet_first": _("Erst hier fertig werden oder mit Esc schließen."),
        "url_apart": reverse("apart"),
        "url_scans": reverse("scans"),
        "url_scan_paying": reverse("scan-paying"),
        "url_ticket": reverse("ticket"),
        "url_tiles": reverse("tiles", args=["GROUP"]),
        "url_search": reverse("search"),
        "url_sheet": reverse("sheet", args=["NAME"]),
        "url_card": reverse("card"),
        "url_expect": reverse("card-expect"),
        "url_transfer": reverse("transfer"),
        "url_cash_part": reverse("card-cash-part"),
        "url_pay": reverse("pay"),
        "url_approval": reverse("approval", args=["RIGHT"]),
        "url_status": reverse("status"),
        "url_login": reverse("login"),
        "url_till": reverse("till"),
    }
