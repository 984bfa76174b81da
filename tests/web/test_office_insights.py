"""Pages of figures without a browser: what they say, for whom, and that any address gets an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from support.screens import words
from support.shop import ESPRESSO, JUICE, OWNER, ROLL, pay_cash, ring

if TYPE_CHECKING:
    from django.test import Client

    from smartecr.register.till import Till
    from support.shop import Clock

AtTill = Callable[..., "Client"]


@pytest.fixture
def week(till: Till, clock: Clock) -> Till:
    """A Tuesday with 9,00 € of revenue and 25 cents of deposit, closed; a week later an espresso."""
    from smartecr.register import closing

    ring(till, ESPRESSO, JUICE, ROLL)
    pay_cash(till)
    closing.close_day(till, OWNER, till.new_id(), None)
    clock.forward(days=7, minutes=3)
    ring(till, ESPRESSO)
    pay_cash(till)
    return till


def test_today_says_how_it_stands(week: Till, at_till: AtTill) -> None:
    page = words(at_till("Christine").get("/office/today"))
    assert "Dienstag, 1. Dezember live, 08:45 Uhr" in page
    assert "2,40 € −6,60 € (−73,3 %) gegen Dienstag, 24. November, 08:45" in page
    assert "1 Bons 2,40 € je Bon" in page
    assert "Abschluss 1 steht." in page
    assert "Zertifikat bis" in page
    assert "Bar 2,40 €" in page
    assert "Spitze: Di, 8 Uhr" in page


def test_every_length_and_any_nonsense_is_answered(week: Till, at_till: AtTill) -> None:
    client = at_till("Christine")
    for query, heading in {
        "length=week": "30. November bis 6. Dezember 2026",
        "length=month&day=2026-11-24": "November 2026",
        "length=year": "2026",
        "length=day&day=2026-11-24": "Dienstag, 24. November",
        "length=century&day=2026-13-45": "Dienstag, 1. Dezember",
        "from=2026-11-30&to=2026-11-20": "20. bis 30. November 2026",
        "from=0001-01-01&to=9999-12-31": "Dienstag, 1. Dezember",
    }.items():
        answer = client.get(f"/office/today?{query}")
        assert answer.status_code == 200, query
        assert heading in words(answer), query
    november = words(client.get("/office/today?length=month&day=2026-11-24"))
    assert "9,00 €" in november
    assert "live," not in november


def test_an_empty_shop_is_told_kindly(at_till: AtTill) -> None:
    page = words(at_till("Christine").get("/office/today"))
    assert "Noch kein Verkauf. Der erste Bon zeichnet hier seinen Punkt." in page
    assert "Noch kein Abschluss" in page
