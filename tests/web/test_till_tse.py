"""The TSE's sheet: how it is, and another one that is taken over only by somebody who may."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from smartecr.register.books import verify
from smartecr.register.errors import RegisterError
from smartecr.register.signing import adopting, tselife
from smartecr.register.till import Till
from smartecr.tse.service import TseService
from smartecr.tse.virtual import open_demo, pin_of
from support.screens import words
from support.shop import CASHIER, ESPRESSO, MANAGER, pay_cash, ring


@pytest.fixture
def swapped(till: Till, tmp_path: Path) -> Till:
    """The till after somebody put in another TSE."""
    ring(till, ESPRESSO)
    first = pay_cash(till)
    till.tse.close()
    clock = till.clock
    till.tse = TseService(
        lambda: open_demo(tmp_path / "another", lambda: clock().timestamp()),
        lambda: clock().timestamp(),
        clients=(till.serial,),
        pin_of=pin_of,
        serial=first.tse_serial,
        timeout=1.0,
        probe_interval=0.05,
    )
    end = time.monotonic() + 60
    while not till.tse.foreign:
        assert time.monotonic() < end
        time.sleep(0.01)
    return till


def test_another_tse_signs_nothing_until_somebody_takes_it_over(swapped: Till) -> None:
    foreign = swapped.tse.foreign
    ring(swapped, ESPRESSO)
    assert not pay_cash(swapped).signed
    with pytest.raises(RegisterError):
        adopting.adopt_tse(swapped, CASHIER, foreign)
    with pytest.raises(RegisterError) as gone:
        adopting.adopt_tse(swapped, MANAGER, "ab" * 32)
    assert gone.value.code == "gone"
    adopting.adopt_tse(swapped, MANAGER, foreign)
    end = time.monotonic() + 60
    while swapped.tse.state.level == "bad":
        assert time.monotonic() < end
        time.sleep(0.01)
    ring(swapped, ESPRESSO)
    receipt = pay_cash(swapped)
    assert receipt.signed
    assert receipt.tse_serial == foreign
    assert [event.kind for event in tselife.events(swapped)] == ["adopted"]
    assert verify.examine().findings == []


def test_the_sheet_says_how_the_tse_is(till: Till, at_till: Callable[..., Client]) -> None:
    shown = words(at_till().get("/till/sheet/tse"))
    assert "Die TSE signiert." in shown
    assert till.tse.info().serial in shown


def test_the_sheet_offers_the_other_tse(swapped: Till, at_till: Callable[..., Client]) -> None:
    refused = at_till("Jana").post("/till/tse/adopt", {"serial": swapped.tse.foreign}, headers={"HX-Request": "true"})
    assert (refused.status_code, refused.headers["X-Right"]) == (403, "devices")
    client = at_till("Murat")
    assert "Eine andere TSE steckt." in words(client.get("/till/status"))
    shown = words(client.get("/till/sheet/tse"))
    assert swapped.tse.foreign in shown
    assert "Diese TSE ab jetzt benutzen" in shown
    taken = client.post("/till/tse/adopt", {"serial": swapped.tse.foreign}, headers={"HX-Request": "true"})
    assert taken.status_code == 200
    assert swapped.tse.foreign == ""
