"""Weighing at the till: practice always, money only behind a certified module, the scale's price and ours alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from smartecr.catalog import rows
from smartecr.catalog.models import Article
from smartecr.register import queries
from smartecr.register.errors import RegisterError
from smartecr.register.sale import training, weighing
from smartecr.register.shop import masterdata
from smartecr.register.till import Till
from smartecr.scanner.scale.api import Weighing
from smartecr.scanner.scale.virtual import PracticeModule, VirtualScale
from smartecr.server.equipment.scale_device import open_scale
from smartecr.server.equipment.settingerror import DeviceSettingError
from support.shop import BREAD, CASHIER, ESPRESSO, MANAGER, OWNER, Clock, article_row

CHEESE = f"{0xAF:032x}"


class Approved(PracticeModule):
    """A module with an approval, as it would come with a certified till."""

    certificate = "DE-26-NAWID-PTB001"


approved = Approved()


@pytest.fixture
def scale(till: Till) -> Iterator[VirtualScale]:
    masterdata.save_articles(till, OWNER, [article_row(CHEESE, "20", "Bergkäse", BREAD, 1163, unit="kg")])
    weigher = open_scale("virtual", till)
    assert weigher is not None and weigher.twin is not None
    yield weigher.twin.scale
    weigher.close()


def test_without_a_certified_module_nothing_weighed_is_sold(till: Till, scale: VirtualScale) -> None:
    scale.load(275)
    with pytest.raises(RegisterError) as refused:
        weighing.weigh(till, CASHIER, CHEESE, till.new_id())
    assert refused.value.code == "scale_module"
    assert "MessEG" in refused.value.message
    assert queries.current(till).basket.lines == ()
    assert not weighing.allowed(till)


def test_in_practice_it_weighs(till: Till, scale: VirtualScale) -> None:
    training.switch(till, MANAGER, True)
    scale.load(275)
    command = till.new_id()
    assert weighing.weigh(till, CASHIER, CHEESE, command).ok
    state = queries.current(till)
    assert [(line.quantity, line.unit) for line in state.basket.lines] == [(275, "kg")]
    assert state.priced.total_cents == 320
    with pytest.raises(RegisterError) as refused:
        weighing.weigh(till, CASHIER, CHEESE, till.new_id())
    assert refused.value.message == "Seit dem letzten Wiegen hat sich nichts bewegt."


def test_behind_a_certified_module_it_sells(till: Till, scale: VirtualScale) -> None:
    till.scale._module = approved  # type: ignore[union-attr]
    scale.load(1000)
    assert weighing.weigh(till, CASHIER, CHEESE, till.new_id()).ok
    assert queries.current(till).priced.total_cents == 1163


def test_each_weighing_keeps_its_price(till: Till, scale: VirtualScale) -> None:
    """Two of 0,107 kg are 1,24 € each on the scale: 2,48 €, and not the 2,49 € of 0,214 kg."""
    till.scale._module = approved  # type: ignore[union-attr]
    for _ in range(2):
        scale.load(0)
        scale.load(107)
        assert weighing.weigh(till, CASHIER, CHEESE, till.new_id()).ok
    state = queries.current(till)
    assert [line.quantity for line in state.basket.lines] == [107, 107]
    assert state.priced.total_cents == 248


def test_two_prices_for_one_weight_are_never_sold(
    till: Till, scale: VirtualScale, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wrong:
        certificate = "DE"

        def weigh(self, unit_price_cents: int, _tare_g: int = 0, _text: str = "") -> Weighing:
            return Weighing(weight_g=275, unit_price_cents=unit_price_cents, price_cents=321)

        def close(self) -> None:
            return

    till.scale = Wrong()
    with pytest.raises(RegisterError, match="verschieden"):
        weighing.weigh(till, CASHIER, CHEESE, till.new_id())


def test_a_piece_is_not_weighed_and_a_till_without_scale_says_so(till: Till, scale: VirtualScale) -> None:
    training.switch(till, MANAGER, True)
    with pytest.raises(RegisterError) as refused:
        weighing.weigh(till, CASHIER, ESPRESSO, till.new_id())
    assert refused.value.code == "unit"
    till.scale = None
    with pytest.raises(RegisterError) as none_here:
        weighing.weigh(till, CASHIER, CHEESE, till.new_id())
    assert none_here.value.code == "scale"


def test_settings(till: Till, tmp_path: Path) -> None:
    assert open_scale("off", till) is None
    for setting in ("x", "serial:/dev/ttyUSB0?line=9Z9", "virtual?module=no.such:thing", "virtual?module=json:nothing"):
        with pytest.raises(DeviceSettingError, match="SMARTECR_SCALE"):
            open_scale(setting, till)
    weigher = open_scale("virtual?module=smartecr.scanner.scale.virtual:PracticeModule", till)
    assert weigher is not None
    weigher.close()


class Seen:
    """A certified module that keeps what price it was given."""

    certificate = "DE"

    def __init__(self) -> None:
        self.prices: list[int] = []

    def weigh(self, unit_price_cents: int, _tare_g: int = 0, _text: str = "") -> Weighing:
        self.prices.append(unit_price_cents)
        return Weighing(weight_g=1000, unit_price_cents=unit_price_cents, price_cents=unit_price_cents)

    def close(self) -> None:
        return


def test_the_scale_shows_the_price_another_till_has_just_set(till: Till, second: Till) -> None:
    masterdata.save_articles(till, OWNER, [article_row(CHEESE, "20", "Bergkäse", BREAD, 1163, unit="kg")])
    second.scale = scale = Seen()
    assert weighing.weigh(second, CASHIER, CHEESE, second.new_id()).ok
    masterdata.save_articles(till, OWNER, [article_row(CHEESE, "20", "Bergkäse", BREAD, 1299, unit="kg")])
    assert weighing.weigh(second, CASHIER, CHEESE, second.new_id()).ok
    assert scale.prices == [1163, 1299]
    assert queries.current(second).priced.total_cents == 1163 + 1299
    masterdata.save_articles(till, OWNER, [article_row(CHEESE, "20", "Bergkäse", BREAD, 1299, unit="Stück")])
    with pytest.raises(RegisterError, match="nicht nach Gewicht"):
        weighing.weigh(second, CASHIER, CHEESE, second.new_id())


def test_the_scale_shows_a_price_from_its_moment_on(till: Till, clock: Clock) -> None:
    masterdata.save_articles(till, OWNER, [article_row(CHEESE, "20", "Bergkäse", BREAD, 1163, unit="kg")])
    values = {"id": till.new_id(), "level": 1, "cents": 999, "begins": "2026-11-24T11:00:00.000Z", "ends": ""}
    row = rows.price_row(values, Article.objects.filter(id=CHEESE).values()[0])
    masterdata.save_articles(till, OWNER, [row])
    till.scale = scale = Seen()
    assert weighing.weigh(till, CASHIER, CHEESE, till.new_id()).ok
    clock.forward(hours=4)
    assert weighing.weigh(till, CASHIER, CHEESE, till.new_id()).ok
    assert scale.prices == [1163, 999]
    assert queries.current(till).priced.total_cents == 1163 + 999
