"""What the read-aloud key says: the newest line and the sum, the change, or where the receipt is."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext as _

from smartecr.core.quantity import ONE, format_quantity
from smartecr.terminal.api import Kind
from smartecr.web.display.messages import MESSAGES
from smartecr.web.display.screen import Card, Row, Screen


def sentence(screen: Screen) -> str:
    """Return the screen in words of the active language, "" when there is nothing to say."""
    if screen.name == "basket" and screen.priced is not None:
        newest = next((row for row in screen.rows if row.newest), None)
        total = _total(screen.priced.total_cents)
        return f"{_line(newest)}. {total}" if newest else total
    if screen.card is not None:
        return _at_terminal(screen.card)
    if screen.name == "message":
        return gettext(MESSAGES[screen.message])
    if screen.paid is not None and screen.name == "change":
        return _("Sie bekommen %(amount)s zurück.") % {"amount": spoken(screen.paid.change_cents)}
    if screen.name == "receipt":
        return _("Danke. Der Code auf dem Bildschirm führt zu Ihrem Bon.")
    return ""


def _at_terminal(card: Card) -> str:
    if card.step == "secure":
        return _("Bitte auf das Terminal schauen")
    if card.step == "transfer":
        app = card.title or _("Banking-App")
        return _("%(amount)s. Bitte den Code mit dem Handy scannen: %(app)s") % {
            "amount": spoken(card.cents),
            "app": app,
        }
    if card.step == "rest":
        return _("Noch offen: %(amount)s.") % {"amount": spoken(card.cents)}
    if card.step != "present":
        return card.text
    if card.kind is Kind.RESERVATION:
        held = _("%(amount)s werden vorgemerkt, nicht abgebucht. Karte, Handy oder Uhr anhalten")
        return held % {"amount": spoken(card.cents)}
    return _("%(amount)s. Karte, Handy oder Uhr anhalten") % {"amount": spoken(card.cents)}


def spoken(cents: int) -> str:
    """Return an amount as one says it: "3 Euro 20", "85 Cent", "minus 2 Euro"."""
    euros, rest = divmod(abs(cents), 100)
    words = f"{euros} Euro {rest:02d}" if euros and rest else f"{euros} Euro" if euros else f"{rest} Cent"
    return _("minus %(amount)s") % {"amount": words} if cents < 0 else words


def _line(row: Row) -> str:
    count = "" if row.quantity in (0, ONE) else f"{format_quantity(row.quantity)} {row.unit or _('mal')} "
    return f"{count}{row.text}, {spoken(row.cents)}"


def _total(cents: int) -> str:
    if cents < 0:
        return _("Sie bekommen %(amount)s zurück.") % {"amount": spoken(-cents)}
    return _("Summe %(amount)s.") % {"amount": spoken(cents)}
