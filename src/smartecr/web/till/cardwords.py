"""What the screen of a card payment says: its name, the steps, and what is done now, by kind and newest event."""

from __future__ import annotations

from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from smartecr.core.records import dataclass
from smartecr.register.cashless.cardbooks import CardPayment
from smartecr.terminal.api import Kind
from smartecr.terminal.doubt import State
from smartecr.terminal.events import EventKind, PaymentEvent
from smartecr.web.till.words import said

View = Literal["going", "refused", "doubt", "manual", "part", "lost", "held", "freed"]

_STEPS = {
    EventKind.CARD_DETECTED: 2,
    EventKind.CURRENCY_CHOICE: 2,
    EventKind.AUTHORISING: 2,
    EventKind.PROCESSING: 2,
    EventKind.CUSTOMER_INPUT: 3,
    EventKind.PIN_WRONG: 3,
    EventKind.APPROVED_PREVIEW: 3,
    EventKind.REMOVE_CARD: 3,
    EventKind.APPROVED: 4,
}
_TITLES = {
    Kind.RESERVATION: _lazy("Karte vormerken"),
    Kind.CAPTURE: _lazy("Vormerkung abrechnen"),
    Kind.RELEASE: _lazy("Vormerkung freigeben"),
}
_ENDS = {
    Kind.RESERVATION: _lazy("Vorgemerkt"),
    Kind.RELEASE: _lazy("Freigegeben"),
    Kind.REFUND: _lazy("Zurückgezahlt"),
    Kind.REVERSAL: _lazy("Zurückgezahlt"),
}
_CARD_WORDS = (_lazy("Karte erwartet"), _lazy("Karte gelesen"), _lazy("PIN, falls nötig"), _lazy("Bezahlt"))
_CODE_WORDS = (
    _lazy("Code gelesen"),
    _lazy("Anbieter gefragt"),
    _lazy("Am Handy bestätigen, falls nötig"),
    _lazy("Bezahlt"),
)
_CARD_SAYS = (
    _lazy("Karte anhalten oder stecken"),
    _lazy("Die Karte wird gelesen"),
    _lazy("Der Gast tippt am Terminal"),
    _lazy("Bezahlt"),
)
_CARD_NOW = {
    EventKind.AUTHORISING: _lazy("Die Bank wird gefragt"),
    EventKind.PROCESSING: _lazy("Das Terminal arbeitet"),
    EventKind.REMOVE_CARD: _lazy("Die Karte entnehmen"),
}
"""What the newest event says more exactly than the step it belongs to."""
_CODE_SAYS = (
    _lazy("Der Code ist gelesen"),
    _lazy("Der Anbieter wird gefragt"),
    _lazy("Der Gast bestätigt am Handy"),
    _lazy("Bezahlt"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One of the four steps: "done", "now", "open" (the answer is missing) or "next"."""

    number: int
    word: str
    state: str


def title(kind: Kind, *, by_code: bool) -> str:
    """Return what is going on, in a word or two."""
    if kind.gives_back:
        return _("Zurück in die App") if by_code else _("Zurück auf die Karte")
    if by_code:
        return _("Handy-Code")
    return str(_TITLES.get(kind, _("Kartenzahlung")))


def steps(view: View, news: list[PaymentEvent], kind: Kind, *, by_code: bool) -> list[Step]:
    """Return the steps of what is under way; none where the number of an earlier payment is enough."""
    if view not in ("going", "doubt", "manual") or kind.by_number or (by_code and kind.gives_back):
        return []
    *words, end = _CODE_WORDS if by_code else _CARD_WORDS
    reached = max((_STEPS.get(event.kind, 1) for event in news), default=1)
    if view != "going":
        reached = min(reached, 3)
    found = []
    for number, word in enumerate([*words, _ENDS.get(kind, end)], 1):
        state = "done" if number < reached else "now" if number == reached else "next"
        if state == "now" and view != "going":
            state, word = "open", _lazy("Antwort fehlt")
        found.append(Step(number, str(word), state))
    return found


def saying(news: list[PaymentEvent], kind: Kind, *, by_code: bool) -> dict[str, Any]:
    """Return the step reached and what is done now, in a few words."""
    reached = max((_STEPS.get(event.kind, 1) for event in news), default=1)
    if by_code:
        return {"reached": reached, "say": str(_CODE_SAYS[reached - 1])}
    last = news[-1].kind if news else EventKind.REQUESTED
    if kind.by_number and last in (EventKind.REQUESTED, EventKind.ACCEPTED):
        last = EventKind.PROCESSING
    step = _ENDS.get(kind, _CARD_SAYS[3]) if reached == 4 else _CARD_SAYS[reached - 1]
    return {"reached": reached, "say": str(_CARD_NOW.get(last, step))}


def telling(payment: CardPayment | None, news: list[PaymentEvent]) -> dict[str, Any]:
    """Return `message`, the newest sentence for the cashier, and `next_step` where the terminal refused.

    `untouched` tells whether the message says already that nothing was charged, as those of errors do.
    """
    if payment is not None and payment.result is not None and not payment.result.approved:
        return {"message": said(payment.result.reason), "next_step": said(payment.result.next_step)}
    if payment is not None and payment.state is State.CANCELLING:
        step = _("Die Kasse storniert beim Anbieter, bis er es bestätigt. Nichts ist bezahlt.")
        return {"message": _("Die Zahlung ist aufgegeben."), "next_step": step}
    newest = next((event.cashier_text for event in reversed(news) if event.cashier_text), "")
    return {"message": said(newest), "next_step": "", "untouched": "nichts abgebucht" in newest}
