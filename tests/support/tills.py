"""Fixtures of a small shop (see `support.shop`); Django is imported when a test asks, not before it is set up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from smartecr.register.till import Till
    from smartecr.tse.virtual import Faults
    from support.prepared import Shops
    from support.shop import Clock


@pytest.fixture(scope="session")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Shops:
    """Shops that are made once a run and put back for every test that wants them."""
    from support.prepared import Shops

    return Shops(tmp_path_factory.mktemp("shops"))


@pytest.fixture
def quick_pins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash PINs with the least effort; `tests/staff/test_staff_pins.py` looks at the real hashes."""
    from argon2 import PasswordHasher

    from smartecr.staff import pins

    monkeypatch.setattr(pins, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def quick_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash auditors' codes with the least effort; `tests/register/test_register_auditing.py` looks at a real hash."""
    from smartecr.register.books import auditing

    monkeypatch.setattr(auditing, "_COST", 2)


@pytest.fixture
def quick_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask printers anew after less than a blink: the twins lie on this machine."""
    from smartecr.printer import posprinter, spool

    monkeypatch.setattr(spool, "RETRY_SECONDS", 0.02)
    monkeypatch.setattr(spool, "LISTEN_SECONDS", 0.02)
    monkeypatch.setattr(posprinter, "POLL_SECONDS", 0.02)


@pytest.fixture
def clock() -> Clock:
    """A Tuesday morning in 2026."""
    from support.shop import Clock

    return Clock(datetime(2026, 11, 24, 7, 42, tzinfo=UTC))


@pytest.fixture
def faults() -> Faults:
    """What is wrong with the till's virtual TSE; a test sets it while the till runs."""
    from smartecr.tse.virtual import Faults

    return Faults()


@pytest.fixture
def tse_seconds() -> float:
    """How long the till waits for its TSE: longer than a machine that does much else takes."""
    return 30.0


@pytest.fixture
def till(db: None, tmp_path: Path, clock: Clock, faults: Faults, shops: Shops, tse_seconds: float) -> Iterator[Till]:
    """A stocked till on the test database with a virtual TSE in a folder of its own."""
    from smartecr.server import wiring
    from smartecr.tse.virtual import VirtualTse, open_demo
    from support.shop import Randomness, stock

    folder, name = tmp_path / "till", f"stocked at {clock()}"

    def build(seed: str, faults: Faults | None = None) -> Till:
        def open_device() -> VirtualTse:
            return open_demo(folder / "tse", lambda: clock().timestamp(), faults=faults)

        return wiring.build_till(folder / "shop", clock, Randomness(seed), open_device=open_device, timeout=tse_seconds)

    if name in shops:
        shops.put_back(name, folder)
    else:
        made = build("stock")
        stock(made)
        made.tse.info()
        made.tse.close()
        shops.keep(name, folder)
    built = build("till", faults)
    yield built
    built.tse.close()


@pytest.fixture
def second(till: Till, clock: Clock, tmp_path: Path) -> Iterator[Till]:
    """Another register of the same shop, with a TSE of its own."""
    from smartecr.register.shop import masterdata
    from smartecr.server import wiring
    from smartecr.tse.virtual import open_demo
    from support.shop import OWNER, Randomness

    folder = tmp_path / "second"
    folder.mkdir()
    (folder / "register.json").write_text(
        json.dumps({"shop": till.shop_id, "register": f"{0xABCDEF:032x}", "serial": "ECR-SECOND"})
    )
    built = wiring.build_till(
        folder, clock, Randomness("second"), open_device=lambda: open_demo(folder / "tse", lambda: clock().timestamp())
    )
    assert (built.shop_id, built.register_id) == (till.shop_id, f"{0xABCDEF:032x}")
    masterdata.save_register(built, OWNER, "Kasse 2")
    yield built
    built.tse.close()
