"""What a card payment says at the till and to the guest, by its kind: a tab takes no money, its end asks no card."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string

from smartecr.terminal.api import Kind
from smartecr.terminal.events import EventKind, PaymentEvent
from smartecr.web.display.screen import Screen, at_terminal
from smartecr.web.display.speech import sentence
from smartecr.web.till.cardwords import saying, steps, telling, title

SALE, HOLD, BOOK, FREE, BACK, OUT = (
    Kind.SALE, Kind.RESERVATION, Kind.CAPTURE, Kind.RELEASE, Kind.REVERSAL, Kind.REFUND,
)  # fmt: skip
AT = EventKind


def news(*kinds: EventKind) -> list[PaymentEvent]:
    return [PaymentEvent(kind=kind, at=0) for kind in kinds]


@pytest.mark.parametrize(
    ("kind", "events", "said"),
    [
        (SALE, [], "Karte anhalten oder stecken"),
        (SALE, [AT.PRESENT_CARD], "Karte anhalten oder stecken"),
        (SALE, [AT.CARD_DETECTED], "Die Karte wird gelesen"),
        (SALE, [AT.CARD_DETECTED, AT.AUTHORISING], "Die Bank wird gefragt"),
        (SALE, [AT.CUSTOMER_INPUT], "Der Gast tippt am Terminal"),
        (SALE, [AT.CUSTOMER_INPUT, AT.AUTHORISING], "Die Bank wird gefragt"),
        (SALE, [AT.AUTHORISING, AT.REMOVE_CARD], "Die Karte entnehmen"),
        (SALE, [AT.AUTHORISING, AT.APPROVED], "Bezahlt"),
        (HOLD, [AT.REQUESTED], "Karte anhalten oder stecken"),
        (HOLD, [AT.AUTHORISING, AT.APPROVED], "Vorgemerkt"),
        (BOOK, [AT.REQUESTED], "Das Terminal arbeitet"),
        (BOOK, [AT.APPROVED], "Bezahlt"),
        (FREE, [], "Das Terminal arbeitet"),
        (BACK, [AT.REQUESTED, AT.ACCEPTED], "Das Terminal arbeitet"),
        (BACK, [AT.PRESENT_CARD], "Karte anhalten oder stecken"),
        (OUT, [AT.REQUESTED], "Karte anhalten oder stecken"),
        (OUT, [AT.APPROVED], "Zurückgezahlt"),
    ],
)
def test_the_headline_says_what_is_done_now(kind: Kind, events: list[EventKind], said: str) -> None:
    assert saying(news(*events), kind, by_code=False)["say"] == said


def test_each_kind_has_its_name_and_end() -> None:
    assert [title(kind, by_code=False) for kind in (SALE, HOLD, BOOK, FREE, BACK)] == [
        "Kartenzahlung", "Karte vormerken", "Vormerkung abrechnen", "Vormerkung freigeben", "Zurück auf die Karte",
    ]  # fmt: skip
    shown = {kind: [step.word for step in steps("going", [], kind, by_code=False)] for kind in Kind}
    assert {kind for kind, words in shown.items() if words} == {SALE, HOLD, OUT}
    assert [shown[kind][-1] for kind in (SALE, HOLD, OUT)] == ["Bezahlt", "Vorgemerkt", "Zurückgezahlt"]


@pytest.mark.parametrize(
    ("kind", "events", "step"),
    [
        (SALE, [], "present"),
        (SALE, [AT.AUTHORISING], "wait"),
        (SALE, [AT.CUSTOMER_INPUT], "secure"),
        (HOLD, [AT.REQUESTED], "present"),
        (BOOK, [AT.REQUESTED], "wait"),
        (FREE, [AT.ACCEPTED], "wait"),
        (BACK, [AT.REQUESTED], "wait"),
        (BACK, [AT.REQUESTED, AT.PRESENT_CARD], "present"),
        (OUT, [AT.REQUESTED], "present"),
    ],
)
def test_a_guest_is_asked_for_a_card_only_where_one_is_needed(kind: Kind, events: list[EventKind], step: str) -> None:
    assert at_terminal(5000, news(*events), kind=kind).step == step


def test_a_reservation_is_read_aloud_as_one() -> None:
    held = Screen(name="card", daypart="day", card=at_terminal(5000, [], kind=HOLD))
    assert sentence(held).startswith("50 Euro werden vorgemerkt, nicht abgebucht.")


@pytest.mark.parametrize(
    ("message", "below"),
    [
        ("Geklärt: Es wurde nichts abgebucht.", "Der Bon ist unverändert."),
        ("Die Zahlung wurde abgelehnt.", "Es wurde nichts abgebucht, der Bon ist unverändert."),
    ],
)
def test_that_nothing_was_charged_is_said_once(message: str, below: str) -> None:
    resolved = PaymentEvent(kind=AT.RESOLVED, at=0, cashier_text=message)
    page = render_to_string(
        "till/_card.html", {"view": "refused", "cents": 580, "slip": {"total_cents": 580}, **telling(None, [resolved])}
    )
    assert page.count("nichts abgebucht") == 1
    assert f'<p class="card-say">{message}</p>' in page
    assert f'<p class="muted">{below}</p>' in page


@pytest.mark.parametrize(
    ("view", "refund", "said"),
    [
        ("refused", False, ("Nicht bezahlt", "Es wurde nicht bezahlt.", "der Bon ist unverändert")),
        ("refused", True, ("Nicht zurückgezahlt", "Es wurde nichts zurückgezahlt.", "der Bon gilt weiter wie bezahlt")),
        ("doubt", False, ("Bezahlt oder nicht?", "noch einmal kassieren oder bar nehmen")),
        ("doubt", True, ("Zurückgezahlt oder nicht?", "noch einmal zurückzahlen oder bar auszahlen")),
    ],
)
def test_money_on_its_way_back_is_no_payment(view: str, refund: bool, said: tuple[str, ...]) -> None:
    shown = {"view": view, "refund": refund, "cents": 580, "original_id": "0" * 32, "slip": {"total_cents": 580}}
    page = render_to_string("till/_card.html", shown)
    assert [words for words in said if words not in page] == []
