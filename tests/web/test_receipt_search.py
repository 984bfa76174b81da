"""Searching receipts on the page: quick while somebody types, all the way back when asked to."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest

from smartecr.web.till import receipts
from support.screens import words
from support.shop import ESPRESSO, JUICE, pay_cash, ring

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from smartecr.register.till import Till


@pytest.mark.parametrize("finder", ["/receipts", "/office/receipts"])
def test_a_search_that_finds_little_offers_to_look_at_all(
    till: Till, at_till: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, finder: str
) -> None:
    for article in (ESPRESSO, JUICE, JUICE):
        ring(till, article)
        pay_cash(till, 5000)
    client = at_till("Murat")
    assert "Gesucht in" not in words(client.get(f"{finder}?q=Espresso"))
    monkeypatch.setattr(receipts, "REACH", 2)
    page = client.get(f"{finder}?q=Espresso", headers={"HX-Request": "true"})
    assert "Kein Bon passt dazu. Gesucht in den neuesten 2 Bons." in words(page)
    link = re.search(r'<button type="button" class="key" hx-get="([^"]+)"', page.content.decode())
    assert link is not None
    found = client.get(html.unescape(link[1]), headers={"HX-Request": "true"})
    assert "Gesucht in" not in words(found)
    assert "Verkauf" in words(found)
    for plain in ("", "?q=1", "?day=2026-11-24&q=Espresso"):
        assert "Gesucht in" not in words(client.get(f"{finder}{plain}")), plain
