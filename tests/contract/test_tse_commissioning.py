"""The guided commissioning of every driver that ships: factory-new to the first signature, cut off and gone on with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from contract.tse_bench import Bench
from smartecr.server.equipment.tse_secrets import TseSecrets
from smartecr.tse.api import Lifecycle
from smartecr.tse.credentials import CredentialRules, Role, Secret
from smartecr.tse.errors import TseConnectionLost, TseError

if TYPE_CHECKING:
    from smartecr.register.till import Till


class Shop:
    """A till on a bench; `restart` is a new process on the same data folder and the same device."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        from support.shop import Randomness, stock

        self.bench = bench
        self.folder = folder
        self.secrets = TseSecrets(folder)
        self.randomness = Randomness(bench.name)
        if hasattr(bench, "_pin_of"):
            bench._pin_of = self.secrets.pin_of
        self.till = self._build()
        stock(self.till)

    def _build(self) -> Till:
        from smartecr.server import wiring
        from smartecr.server.equipment.tse_device import Choice

        way = Choice(open=self.open, pin_of=self.secrets.pin_of, keep_pins=self.secrets.keep)
        clock = self.bench.clock
        return wiring.build_till(
            self.folder, lambda: datetime.fromtimestamp(clock(), UTC), self.randomness, choice=way, timeout=5.0
        )

    def open(self) -> Any:
        return self.bench.open()

    def restart(self) -> Till:
        self.till.tse.close()
        self.till = self._build()
        return self.till


@pytest.fixture
def shop(bench: Bench, db: None, tmp_path: Path) -> Iterator[Shop]:
    folder = tmp_path / "shop"
    folder.mkdir()
    built = Shop(bench, folder)
    with closing(built.till.tse):
        yield built
        built.till.tse.close()


def given(bench: Bench, rules: CredentialRules) -> dict[str, str]:
    """Return what the maker hands out with the device."""
    made = bench.credentials(rules)
    return {name: getattr(made, name).reveal().decode() for name in rules.given}


def to_the_device(shop: Shop) -> dict[str, str]:
    """Go until the button that puts the device into operation; return the slip."""
    from smartecr.register.signing import commissioning
    from support.shop import MANAGER

    seen = commissioning.look(shop.till)
    assert seen.step == "begin", seen
    assert seen.rules is not None
    pending = commissioning.begin(shop.till, MANAGER, given(shop.bench, seen.rules))
    paper = {name: getattr(pending.credentials, name).reveal().decode() for name in seen.rules.used}
    if not pending.confirmed:
        assert commissioning.look(shop.till).step == "show"
        parts = {name: paper[name][-3:] for name in commissioning.slip(seen.rules)}
        commissioning.confirm(shop.till, MANAGER, seen.rules, parts)
    assert commissioning.look(shop.till).step == "go"
    assert shop.till.tse.operate(lambda tse: tse.info().state).result(10) is Lifecycle.UNINITIALIZED
    return paper


def to_the_end(shop: Shop) -> None:
    """Go from that button to the first signature, and see that all of it holds."""
    from smartecr.register.books import verify
    from smartecr.register.signing import commissioning
    from support.shop import ESPRESSO, MANAGER, pay_cash, ring

    info = commissioning.commission(shop.till, MANAGER)
    assert commissioning.look(shop.till).step == "sign"
    receipt = commissioning.sign(shop.till, MANAGER)
    assert (receipt.type, receipt.tse_serial, receipt.total_cents) == ("AVBelegabbruch", info.serial, 0)
    assert commissioning.look(shop.till).step == "done"
    ring(shop.till, ESPRESSO)
    assert pay_cash(shop.till).tse_serial == info.serial
    assert verify.examine().findings == []


@pytest.mark.django_db
def test_a_new_device_is_put_into_operation_step_by_step(shop: Shop) -> None:
    paper = to_the_device(shop)
    to_the_end(shop)
    assert shop.secrets.pin_of(Role.ADMIN) == Secret(paper["admin_pin"])
    kept = (shop.folder / "tse-secrets.json").read_text()
    assert "puk" not in kept
    assert not any(paper[name] in kept for name in paper if name.endswith("puk"))


@pytest.mark.django_db
def test_a_cut_before_the_device_makes_the_slip_void(shop: Shop) -> None:
    old = to_the_device(shop)
    shop.restart()
    assert not (shop.folder / "tse-secrets.json").exists()
    new = to_the_device(shop)
    rules = shop.till.tse.operate(lambda tse: tse.credential_rules).result(10)
    assert all(old[name] != new[name] for name in rules.used if name not in rules.given)
    to_the_end(shop)


@pytest.mark.django_db
@pytest.mark.parametrize("behind", [False, True], ids=["before", "behind"])
def test_a_cut_at_the_device_is_gone_on_with(shop: Shop, monkeypatch: pytest.MonkeyPatch, behind: bool) -> None:
    """The process dies within `initialize`: before the device heard of it, or after it did everything."""
    from smartecr.register.signing import commissioning
    from support.shop import MANAGER

    paper = to_the_device(shop)
    driver = type(shop.till.tse.operate(lambda tse: tse).result(10))
    real = driver.initialize

    def cut(self: Any, credentials: Any, client_id: str) -> None:
        if behind:
            real(self, credentials, client_id)
        raise TseConnectionLost("cut")

    monkeypatch.setattr(driver, "initialize", cut)
    with pytest.raises(TseError):
        commissioning.commission(shop.till, MANAGER)
    monkeypatch.setattr(driver, "initialize", real)
    shop.restart()
    seen = commissioning.look(shop.till)
    if not behind:
        assert seen.step == "resume"
        assert seen.rules is not None
        commissioning.resume(shop.till, MANAGER, {name: paper[name] for name in seen.rules.used if "puk" in name})
    assert commissioning.look(shop.till).step == "go"
    to_the_end(shop)
    pins = shop.till.tse.info().pins
    assert all(one.puk_tries is None or one.puk_tries >= 3 for one in pins.values())
