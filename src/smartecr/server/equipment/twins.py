"""The bench of this process: its virtual parts, as the settings name them, and what the demo shop holds up to scan."""

from __future__ import annotations

import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from smartecr.scanner.grammar import GRAMMAR
from smartecr.server import wiring
from smartecr.server.equipment import tse_device
from smartecr.server.serving.live import hub

if TYPE_CHECKING:
    from smartecr.server.equipment.devices import Devices
    from smartecr.web.device.bench import Bench, Thing

_lock = threading.Lock()
_bench: Bench | None = None


def possible() -> bool:
    """Whether there is a bench: with a real TSE this is no device to play with."""
    from django.conf import settings

    return bool(settings.TSE == tse_device.VIRTUAL)


def bench() -> Bench | None:
    """Return the bench, making it at the first call; None when there is none."""
    global _bench
    from django.conf import settings

    if not possible():
        return None
    devices = wiring.devices()
    with _lock:
        if _bench is None:
            _bench = _made(devices, settings.DATA / "tse")
        return _bench


def close() -> None:
    """Clear the bench."""
    global _bench
    with _lock:
        if _bench is not None:
            _bench.close()
            _bench = None


def _made(devices: Devices, tse: Path) -> Bench:
    from smartecr.scanner.virtual import VirtualCamera
    from smartecr.web.device.bench import Bench

    changed = partial(hub.publish, "device")
    eye = devices.scanners.eye if devices.scanners is not None else None
    camera = (
        VirtualCamera(eye.post_grey, time.sleep, changed, lambda: eye.scans)
        if eye is not None and eye.virtual
        else None
    )
    return Bench(
        changed,
        printer=devices.paper,
        terminal=devices.terminal,
        tse=tse,
        camera=camera,
        scale=devices.weigher.twin.scale if devices.weigher is not None and devices.weigher.twin is not None else None,
        seeing=lambda: eye is None or not eye.paused,
        tse_moved=lambda: wiring.till().tse.retry(),
        things=things() if camera is not None else (),
    )


def things() -> tuple[Thing, ...]:
    """Return what the demo shop sells, and what the customer beside the practice device carries."""
    from smartecr.register.regulars import guests
    from smartecr.scanner.virtual import Painter
    from smartecr.server import fonts
    from smartecr.server.demoshop import demo_shop
    from smartecr.web.device.bench import Thing

    painter = Painter(fonts.inter())
    items = {item.number: item for shelf in demo_shop.shelves() for item in shelf.items}
    bottle, bag, book = items["601"], items["802"], items["1001"]
    label = next(layout for layout in GRAMMAR.layouts if layout.prefix == "28")
    bread = label.build(item=312, value=395)
    shop = str(demo_shop.SHOP["name"])
    carried = [
        thing
        for guest in guests.search(str(demo_shop.GUEST["name"]), 1)
        for thing in (
            Thing("card", "Kundenkarte", partial(painter.card, guest.code, shop, "Kundenkarte")),
            Thing("phone", "Handy", partial(painter.phone, guest.code, f"{shop}-Karte")),
        )
    ]
    return (
        Thing("bottle", "Flasche", partial(painter.bottle, bottle.code, bottle.name)),
        Thing("bag", "Kaffeetüte", partial(painter.bag, bag.code, bag.name)),
        Thing("book", "Buch", partial(painter.book, book.code, book.name)),
        Thing("pen", "Unbekannte Ware", partial(painter.bag, "4006381333931", "Neue Ware")),
        Thing("label", "Etikett der Waage", partial(painter.label, bread, items["312"].name, "3,95 €")),
        *carried,
    )
