"""What the register's screen shows of its basket now: the ticket, and which look of it a page has."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from smartecr.core.kinds import STAFF_MEAL, TRAINING
from smartecr.core.money import format_cents
from smartecr.register import queries
from smartecr.register.queries import BasketState, ReceiptState
from smartecr.register.till import ZONE, Till, moment
from smartecr.sql import select
from smartecr.web.till import apart, drawing, ticket


def ticket_context(register: Till, state: BasketState | None = None) -> dict[str, Any]:
    """Return the register's ticket: `ticket` (its values), `ticket_html`, and `stamp`, which changes with its look."""
    state = state or queries.current(register)
    drawn = ticket.make(
        priced=state.priced,
        basket=state.basket,
        newest_line_id=state.newest_line_id,
        number=state.number,
        label=state.label,
        parked=_parked(register),
    )
    last = None if drawn.count else queries.last_receipt(register, meals=True)
    stamp = _stamp(state, drawn, last)
    part = drawn.count and drawn.parked and _is_part(state.id)
    html = drawing.ticket(
        drawn, stamp, _unsent(register, state), _last(register, last, drawn.parked) if last else None, _guest(state),
        part=_("Teil, der Rest ist geparkt") if part else "",
    )  # fmt: skip
    return {"ticket": drawn, "ticket_html": html, "stamp": stamp}


def _unsent(register: Till, state: BasketState) -> int:
    """Return how many changes kitchen and bar do not know yet."""
    if not register.stations:
        return 0
    from smartecr.register.sale import stations  # loaded where a shop has some

    return stations.unsent(register, state.id, state.basket.lines)


def _guest(state: BasketState) -> str:
    """Return whose card lies on the ticket, with the group, as the ticket says it."""
    if not state.guest:
        return ""
    from smartecr.web.till import guest  # what looks after customers is loaded when one comes

    found = guest.of_basket(state)
    return " · ".join(filter(None, (found.name, found.group))) if found else ""


def _is_part(basket_id: str) -> bool:
    """Tell whether the ticket came off one that is parked now."""
    sql = (
        "SELECT 1 FROM register_parted_basket p JOIN register_basket b ON b.id = p.from_id "
        "WHERE p.basket_id = %s AND b.state = 'parked'"
    )
    return bool(select(sql, [basket_id]))


def _parked(register: Till) -> int:
    sql = "SELECT count(*) FROM register_basket WHERE register_id = %s AND state = 'parked'"
    return int(select(sql, [register.register_id])[0][0])


def _stamp(state: BasketState, drawn: ticket.Ticket, last: ReceiptState | None) -> str:
    """Return what changes whenever the ticket looks different, so that a page can ask whether it is up to date."""
    shown = (last.id, last.tendered_cents) if last else ()
    return ".".join(map(str, (state.id, state.version, state.number, drawn.parked, *shown)))


def outcome(receipt: ReceiptState) -> str:
    """Return what became of a sale, in the words beside its total."""
    if receipt.content.type == TRAINING:
        return _("Übung, signiert") if receipt.signed else _("Übung, ohne TSE")
    if receipt.content.type == STAFF_MEAL:
        return _("Personalverzehr, signiert") if receipt.signed else _("Personalverzehr, ohne TSE")
    if receipt.reference_id:
        return _("Storniert und signiert") if receipt.signed else _("Storniert, ohne TSE")
    if receipt.total_cents < 0:
        return _("Ausgezahlt und signiert") if receipt.signed else _("Ausgezahlt, ohne TSE")
    if receipt.total_cents == 0:
        return _("Abgeschlossen und signiert") if receipt.signed else _("Abgeschlossen, ohne TSE")
    return _("Bezahlt und signiert") if receipt.signed else _("Bezahlt, ohne TSE")


def _last(register: Till, receipt: ReceiptState, parked: int) -> dict[str, Any]:
    """Return what an empty ticket says of the receipt before, and what is still open at the table it came off."""
    total = format_cents(receipt.total_cents)
    at = moment(receipt.at).astimezone(ZONE)
    note = _("Rückgeld auf {given} €").format(given=format_cents(receipt.tendered_cents or 0))
    return {
        "id": receipt.id,
        "came_off": apart.rest_of(register, receipt.basket_id) if parked else None,
        "word": outcome(receipt),
        "state": "ok" if receipt.signed else "warn",
        "title": _("Bon {number} · {time}").format(number=receipt.number, time=f"{at:%-H:%M}"),
        "amount": f"{format_cents(receipt.change_cents)} €" if receipt.change_cents else f"{total} €",
        "note": note if receipt.change_cents else _("ansehen"),
    }
