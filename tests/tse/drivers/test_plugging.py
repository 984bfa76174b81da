"""A card pulled and plugged during business: watcher, service, driver and card together, over a real file."""

from __future__ import annotations

import io
import queue
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from smartecr.tse.breaker import ServiceState
from smartecr.tse.credentials import NewCredentials, Role, Secret
from smartecr.tse.drivers.cryptovision import CryptovisionTse
from smartecr.tse.drivers.cryptovision.twin import Volume, plug
from smartecr.tse.drivers.detection import Watcher
from smartecr.tse.errors import TseError
from smartecr.tse.service import TseService
from support.independent_tse import check_export

NOW = 1_795_454_560
SECRETS = NewCredentials(
    admin_pin=Secret("11111111"),
    admin_puk=Secret("1234567890"),
    time_admin_pin=Secret("22222222"),
    time_admin_puk=Secret("0987654321"),
)


class Shop:
    """A slot for cards with everything that serves it; ``levels`` are the states the service went through."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.slot = folder / "slot"
        self.levels: queue.Queue[ServiceState] = queue.Queue()
        self.volume: Volume | None = None

    def plug(self, device: str) -> None:
        """Plug in one of the cards, each in a folder of its own."""
        self.volume = plug(self.slot, self.folder / device, lambda: NOW)

    def pull(self) -> None:
        if self.volume is not None:
            self.volume.pull()
            self.volume = None

    def serve(self, serial: str) -> TseService:
        """Serve the slot: a card found there is tried at once."""
        service = TseService(
            lambda: CryptovisionTse.at(self.slot, clock=lambda: NOW),
            lambda: NOW,
            pin_of=lambda role: SECRETS.time_admin_pin if role is Role.TIME_ADMIN else None,
            serial=serial,
            probe_interval=3600.0,
            longest_probe_interval=3600.0,
        )
        service.subscribe(self.levels.put)
        return service

    def next_level(self) -> tuple[str, str]:
        state = self.levels.get(timeout=60)
        return state.level, state.code


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.pull()


def commission(shop: Shop, device: str) -> str:
    """Put a card into operation; return its serial number."""
    shop.plug(device)
    with closing(CryptovisionTse.at(shop.slot, clock=lambda: NOW)) as tse:
        tse.initialize(SECRETS, "POS1")
        serial = tse.info().serial
    shop.pull()
    return serial


def watching(shop: Shop, service: TseService) -> Watcher:
    def found(_: object) -> None:
        service.retry()

    def gone(_: object) -> None:
        return

    return Watcher(found, gone, folders=[shop.slot], interval=0.02)


def sell(service: TseService) -> int:
    number = service.start("POS1").result(10).transaction_number
    service.finish("POS1", number, b"Beleg", "Kassenbeleg-V1").result(10)
    return number


def fails(call: Callable[[], object]) -> str:
    with pytest.raises(TseError) as caught:
        call()
    return caught.value.code


def test_pulled_and_plugged_again_it_goes_on_by_itself(shop: Shop) -> None:
    serial = commission(shop, "ours")
    shop.plug("ours")
    with closing(shop.serve(serial)) as service, closing(watching(shop, service)):
        assert sell(service) == 1
        left_open = service.start("POS1").result(10).transaction_number
        shop.pull()
        assert fails(lambda: sell(service)) in ("tse_unplugged", "tse_connection_lost")
        assert shop.next_level()[0] == "bad"
        assert fails(lambda: sell(service)) == "tse_unavailable"
        shop.plug("ours")
        assert shop.next_level() == ("ok", "")
        assert service.open_transactions().result(10) == [left_open]
        service.finish("POS1", left_open, b"", "SonstigerVorgang").result(10)
        assert sell(service) == 3
        sink = io.BytesIO()
        service.export(sink).result(10)
        check_export(sink.getvalue())


def test_another_card_signs_nothing_before_a_person_agrees(shop: Shop) -> None:
    serial, other = commission(shop, "ours"), commission(shop, "theirs")
    shop.plug("ours")
    with closing(shop.serve(serial)) as service, closing(watching(shop, service)):
        assert sell(service) == 1
        shop.pull()
        fails(lambda: sell(service))
        assert shop.next_level()[0] == "bad"
        shop.plug("theirs")
        assert shop.next_level() == ("bad", "tse_foreign")
        assert service.foreign == other
        assert fails(lambda: sell(service)) == "tse_unavailable"
        service.adopt()
        assert shop.next_level() == ("ok", "")
        assert sell(service) == 1
