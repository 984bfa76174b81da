"""The time machine as pages show it: which moment is asked for, what stood then, what differs at another one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from smartecr.core import moments
from smartecr.core.errors import MomentError
from smartecr.core.money import format_cents
from smartecr.core.records import dataclass
from smartecr.core.vat import label
from smartecr.printer import names
from smartecr.register.books import past
from smartecr.register.books.past import Difference, Past
from smartecr.register.errors import RegisterError
from smartecr.register.till import Till
from smartecr.web.till.screen import local
from smartecr.web.till.words import said

MOST = 500
"""Articles shown at once."""

KINDS: Mapping[str, Any] = {
    "basket_opened": gettext_lazy("Vorgang begonnen"), "basket_changed": gettext_lazy("Vorgang geändert"),
    "basket_joined": gettext_lazy("Vorgang zu einem anderen gelegt"),
    "basket_parted": gettext_lazy("Vorgang getrennt"),
    "line_added": gettext_lazy("Zeile gebucht"), "line_changed": gettext_lazy("Zeile geändert"),
    "line_voided": gettext_lazy("Zeile storniert"), "receipt_recorded": gettext_lazy("Beleg festgehalten"),
    "receipt_secured": gettext_lazy("Beleg von der TSE signiert"), "receipt_printed": gettext_lazy("Bon gedruckt"),
    "tender_changed": gettext_lazy("Gegebenes Geld berichtigt"), "drawer_opened": gettext_lazy("Lade geöffnet"),
    "cash_counted": gettext_lazy("Geld gezählt"), "day_closed": gettext_lazy("Tag abgeschlossen"),
    "period_opened": gettext_lazy("Tag begonnen"), "logged_in": gettext_lazy("Angemeldet"),
    "logged_out": gettext_lazy("Abgemeldet"), "login_refused": gettext_lazy("Anmeldung abgewiesen"),
    "outage_began": gettext_lazy("TSE-Ausfall begonnen"), "outage_ended": gettext_lazy("TSE-Ausfall beendet"),
    "rows_saved": gettext_lazy("Artikel geändert"), "prices_turned": gettext_lazy("Preis mit Datum gewechselt"),
    "shop_saved": gettext_lazy("Laden geändert"), "register_saved": gettext_lazy("Kasse geändert"),
    "person_saved": gettext_lazy("Person geändert"), "training_changed": gettext_lazy("Übungsmodus umgeschaltet"),
    "slip_sent": gettext_lazy("Bestellung an die Küche"), "card_begun": gettext_lazy("Kartenzahlung begonnen"),
    "card_finished": gettext_lazy("Kartenzahlung beendet"), "books_verified": gettext_lazy("Bücher geprüft"),
    "customer_saved": gettext_lazy("Kunde geändert"), "group_saved": gettext_lazy("Kundengruppe geändert"),
    "customer_erased": gettext_lazy("Kunde gelöscht"), "promotion_saved": gettext_lazy("Aktion geändert"),
    "options_saved": gettext_lazy("Einstellung geändert"), "closing_printed": gettext_lazy("Abschluss gedruckt"),
    "refund_begun": gettext_lazy("Rückgabe begonnen"), "voucher_marked": gettext_lazy("Gutschein vermerkt"),
    "audit_opened": gettext_lazy("Prüfer eingelassen"), "audit_closed": gettext_lazy("Zugang des Prüfers geschlossen"),
    "audit_entered": gettext_lazy("Prüfer angemeldet"), "audit_looked": gettext_lazy("Prüfer hat nachgesehen"),
    "data_handed_over": gettext_lazy("Daten übergeben"), "batch_closed": gettext_lazy("Kassenschnitt am Terminal"),
    "chain_cut": gettext_lazy("Davor fehlten Einträge"), "tse_late": gettext_lazy("TSE antwortete spät"),
    "tse_seen": gettext_lazy("TSE bekannt gemacht"), "tse_event": gettext_lazy("Ereignis der TSE"),
}  # fmt: skip
"""What entries of the journal are called; others keep their key."""

STATES: Mapping[str, Any] = {
    "open": gettext_lazy("auf dem Schirm"), "parked": gettext_lazy("geparkt"), "paying": gettext_lazy("wird bezahlt"),
}  # fmt: skip
WHAT: Mapping[str, Any] = {
    "drawer": gettext_lazy("Kassensoll"), "turnover": gettext_lazy("Umsatz des Tages"),
    "z_number": gettext_lazy("Abschluss Z"), "receipt_number": gettext_lazy("Letzte Belegnummer"),
    "business_day": gettext_lazy("Geschäftstag"), "training": gettext_lazy("Übungsmodus"),
    "outage": gettext_lazy("TSE-Ausfall"), "payment": gettext_lazy("Bezahlt mit"),
    "basket": gettext_lazy("Offener Vorgang"), "price": gettext_lazy("Preis"), "person": gettext_lazy("Angemeldet"),
}  # fmt: skip
_MONEY = frozenset({"drawer", "turnover", "payment", "basket", "price"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for: the moment and the one to compare it with, or why there is none.

    `day`, `time`, `then_day` and `then_time` fill the form again; `text` narrows the prices.
    """

    found: Past | None
    then: Past | None
    problem: str
    next_step: str
    day: str
    time: str
    then_day: str
    then_time: str
    text: str


def asked(till: Till, query: Mapping[str, str]) -> Asked:
    """Read a request: `entry` numbers one of the journal, `day` and `time` are local, `then_*` is the other moment."""
    now = local(till.now())
    entry = query.get("entry", "")
    day, time = query.get("day", ""), query.get("time", "")
    then_day, then_time = query.get("then_day", ""), query.get("then_time", "")
    found = then = None
    problem = next_step = ""
    try:
        if entry.isdecimal() and len(entry) < 16:
            found = past.rebuild_after(till.register_id, int(entry))
        else:
            found = past.rebuild(till.register_id, _moment(day, time) if day else till.now())
        then = past.rebuild(till.register_id, _moment(then_day, then_time)) if then_day else None
    except RegisterError as error:
        problem, next_step = said(error.message), said(error.next_step)
    except MomentError as error:
        problem, next_step = said(error.message), _("Tag und Uhrzeit prüfen.")
    shown = _whole_second(local(found.at)) if found is not None else now
    return Asked(
        found, then, problem, next_step,
        f"{shown:%Y-%m-%d}" if found is not None or not day else day,
        f"{shown:%H:%M:%S}" if found is not None or not time else time,
        then_day, then_time, query.get("q", "").strip()[:80],
    )  # fmt: skip


def _moment(day: str, time: str) -> str:
    """Return a local day and time ("12:30", "12:30:05") as UTC text. Raises MomentError."""
    minute, second = (time[:5], time[6:]) if time[5:6] == ":" else (time, "")
    begin = moments.read(f"{day} {minute or '00:00'}")
    seconds = int(second) if second.isdecimal() and len(second) == 2 else 0
    return moments.utc(moments.local(begin) + timedelta(seconds=min(seconds, 59)))


def _whole_second(at: datetime) -> datetime:
    """Return the moment, or the whole second behind it, so that asking for it again finds the same entry."""
    return at if not at.microsecond else at.replace(microsecond=0) + timedelta(seconds=1)


def context(till: Till, query: Mapping[str, str]) -> dict[str, Any]:
    """Return the context of `web/_past.html` for a request."""
    wanted = asked(till, query)
    if wanted.found is None:
        return {"asked": wanted, "past": None}
    listed, count = prices(wanted.found, wanted.text)
    return {
        "asked": wanted,
        "past": wanted.found,
        "entry": told(wanted.found),
        "following": past.following(wanted.found),
        "blocks": blocks(wanted.found),
        "changed": changed(wanted.found, wanted.then) if wanted.then is not None else (),
        "when": _time(wanted.found.at),
        "when_then": _time(wanted.then.at) if wanted.then is not None else "",
        "prices": listed,
        "count": count,
        "more": count > len(listed),
    }


@dataclass(frozen=True, slots=True)
class Block:
    """A heading with lines of (word, value); `numbers` sets the values right."""

    title: str
    lines: tuple[tuple[str, str], ...]
    numbers: bool = True


def blocks(found: Past) -> list[Block]:
    """Return what stood at a moment, the prices left out."""
    head, sums = found.head, found.totals
    day = datetime.fromisoformat(head.business_day)
    state = [
        (_("Geschäftstag"), f"{day:%d.%m.%Y}"),
        (_("Abschluss Z"), f"{head.z_number} ({_('offen') if head.period_open else _('noch nicht begonnen')})"),
        (_("Letzte Belegnummer"), str(head.receipt_number)),
        (_("Übungsmodus"), _("an") if head.training else _("aus")),
        (_("TSE"), f"{_('Ausfall')}: {found.outage}" if found.outage else _("kein Ausfall")),
        (_("Angemeldet"), ", ".join(f"{name} ({_('seit')} {_time(since)})" for name, since in found.people) or "–"),
    ]
    sold = [(_("Umsatz"), euros(sums.earned_cents)), (_("Bons"), str(sums.receipts))]
    sold += [(label(row.vat_key, row.rate_bp), euros(row.gross_cents)) for row in sums.vat]
    paid = [(names.payment(kind, name), euros(cents)) for kind, name, cents in sums.payments if cents]
    return [
        Block(_("Die Kasse"), tuple(state), numbers=False),
        Block(_("Umsatz bis dahin"), tuple(sold)),
        Block(_("Bezahlt bis dahin"), tuple(paid)),
        Block(_("Offene Vorgänge"), tuple(_basket(held) for held in found.baskets)),
    ]


def _basket(held: past.Held) -> tuple[str, str]:
    basket = held.basket
    what = basket.label or ", ".join(text.replace("\u00ad", "") for text in basket.texts[:3])
    return f"{what} ({STATES.get(held.state, held.state)})", euros(basket.total_cents)


def prices(found: Past, text: str) -> tuple[list[tuple[str, str, str]], int]:
    """Return (number, name, price) of the articles sold then, up to MOST of those with `text`, and how many."""
    wanted = text.casefold()
    rows = [
        (price.number, price.name.replace("\u00ad", ""), euros(price.charged))
        for price in found.prices.values()
        if price.active
    ]
    rows = sorted(row for row in rows if wanted in row[1].casefold() or wanted == row[0].casefold())
    return rows[:MOST], len(rows)


def changed(first: Past, then: Past) -> list[tuple[str, str, str]]:
    """Return (what, before, after) of everything that differs at a second moment, in words."""
    return [(_named(one), _value(one, one.before), _value(one, one.after)) for one in past.differences(first, then)]


def _named(one: Difference) -> str:
    return f"{WHAT[one.what]} {one.name}".replace("\u00ad", "").strip()


def _value(one: Difference, value: int | str | None) -> str:
    if value is None or value == "":
        return "–"
    if one.what in _MONEY:
        return euros(int(value))
    return _time(str(value)) if one.what == "person" else str(value)


def told(found: Past) -> str:
    """Say after which entry that was: "Eintrag 12, Bon gedruckt, 24.11.2026 08:42:10, Jana"."""
    entry = found.entry
    parts: Iterable[str] = (str(KINDS.get(entry.kind, entry.kind)), _time(entry.at), entry.actor_name)
    return ", ".join(part for part in parts if part)


def _time(at: str) -> str:
    return f"{local(at):%d.%m.%Y %H:%M:%S}"


def euros(cents: int) -> str:
    """Return cents as pages write them: "12,50 €"."""
    return f"{format_cents(cents)} €"
