"""Builds the register of this process from its data folder: identity, TSE, live push. Nothing else knows them all."""

from __future__ import annotations

import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smartecr.core import ids
from smartecr.register.errors import RegisterError
from smartecr.register.shop import opening
from smartecr.register.signing import recovery, securing, tselife
from smartecr.register.signing.tselife import Care
from smartecr.register.till import Till
from smartecr.server.equipment import tse_device
from smartecr.server.equipment.settingerror import DeviceSettingError
from smartecr.server.equipment.tse_device import Choice
from smartecr.server.equipment.tse_secrets import TseSettingError
from smartecr.server.serving.keeper import Keeper
from smartecr.server.serving.live import hub
from smartecr.sql import select
from smartecr.tse.api import Tse
from smartecr.tse.credentials import Role, Secret
from smartecr.tse.gaugebook import GaugeBook
from smartecr.tse.service import TseService
from smartecr.web.hooks import running

if TYPE_CHECKING:
    from smartecr.register.booked import Booked
    from smartecr.server.equipment.devices import Devices
    from smartecr.tse.drivers.detection import Watcher

SYSTEM = securing.SYSTEM

_lock = threading.Lock()
_devices_lock = threading.Lock()
_till: Till | None = None
_keeper: Keeper | None = None
_devices: Devices | None = None
_watcher: Watcher | None = None
_serving = False


def till() -> Till:
    """Return this process's till, building it (and completing what a cut left behind) at the first call.

    Raises TseSettingError for a setting that names no TSE.
    """
    global _till, _keeper, _watcher
    with _lock:
        if _till is None:
            from django.conf import settings

            identity = _identity(settings.DATA, _now, secrets.token_bytes)
            tse = tse_device.choose(settings.TSE, settings.DATA, time.time, identity["serial"])
            _keeper = Keeper()
            _till = build_till(settings.DATA, choice=tse)
            _till.unsynced = _keeper.soon
            recovery.recover(_till)
            _till.tse.subscribe(partial(securing.follow, _till))
            _watcher = tse.watch(_till.tse.retry)
        return _till


def serve() -> None:
    """From now on the till is `equipped` with its devices, from the first request on that needs them.

    Raises DeviceSettingError when it is not said legibly where webhooks may go.
    """
    global _serving
    from django.conf import settings

    if settings.WEBHOOKS:
        from smartecr.web.hooks import target

        try:
            target.networks(settings.WEBHOOKS)
        except ValueError as error:
            raise DeviceSettingError(f"SMARTECR_WEBHOOKS ist unlesbar ({error}). Beispiel: 192.168.178.20/32") from None
    _serving = True


def equipped() -> Till:
    """Return this process's till; while it serves, with its devices open."""
    register = till()
    if _serving and _devices is None:
        devices()
    return register


def devices() -> Devices:
    """Return the devices of this process's till, opening them at the first call: only what serves needs them.

    Raises DeviceSettingError for a setting that names none.
    """
    global _devices
    register = till()
    with _devices_lock:
        if _devices is None:
            from django.conf import settings

            from smartecr.server.equipment.devices import open_devices

            opened = open_devices(
                settings.PRINTER,
                settings.TERMINAL,
                settings.CODES,
                settings.DATA,
                register,
                printers=settings.PRINTERS,
                drawer=settings.DRAWER,
                line=settings.LINE_DISPLAY,
                scale=settings.SCALE,
            )
            _open_scanners(opened, settings, register)
            _devices = opened
        return _devices


def catch_up(wait: Callable[[float], bool]) -> None:
    """Add to the rollups what closings are not in them yet (see `keeping.catch_up`)."""
    from smartecr.insights import keeping

    keeping.catch_up(wait)


def describe() -> None:
    """Write another version of the procedure document when software or devices are no more those of the last one."""
    from smartecr.register.books import procedure

    register = till()
    if procedure.last(register.register_id) is not None:
        procedure.current(register)


def _publish(topic: str) -> None:
    """Tell open pages, and whoever tells other programmes, that something changed."""
    hub.publish(topic)
    running.published(topic)


def tell_others() -> None:
    """Begin to tell other programmes what happens, if any want to know."""
    running.start(till())


def _keep(closing_id: str, receipts: Sequence[Booked]) -> None:
    from smartecr.insights import keeping

    keeping.keep(closing_id, receipts)


def _open_scanners(devices: Devices, settings: Any, register: Till) -> None:
    """Open camera and scanner and have them look away while a PIN is typed. Raises DeviceSettingError."""
    from smartecr.server.equipment import scan_devices

    try:
        register.grammar = scan_devices.grammar(settings.LABELS)
        devices.scanners = scan_devices.Scanners(settings.CAMERA, settings.SCANNER, register)
    except scan_devices.ScannerSettingError as error:
        devices.close()
        raise DeviceSettingError(str(error)) from error
    if devices.cards is not None:
        devices.cards.service.subscribe(devices.scanners.heard)


def close() -> None:
    """Close the devices of this process's till, the watch over its TSE and the till, as far as they were built."""
    global _till, _keeper, _devices, _watcher, _serving
    running.close()
    with _devices_lock, _lock:
        _serving = False
        if _devices is not None:
            _devices.close()
            _devices = None
        if _watcher is not None:
            _watcher.close()
            _watcher = None
        if _till is not None:
            _till.tse.close()
            _till = None
        if _keeper is not None:
            _keeper.close()
            _keeper = None


def _now() -> datetime:
    return datetime.now(UTC)


def build_till(
    folder: Path,
    clock: Callable[[], datetime] = _now,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    *,
    open_device: Callable[[], Tse] | None = None,
    choice: Choice | None = None,
    timeout: float = 8.0,
) -> Till:
    """Return a till on the register of `folder`, made at the first call there.

    `choice` is the way to the TSE (default: the virtual twin in the folder), `open_device` opens it in another way.
    With a choice the books say which TSE is in service and which are not any more. Raises OSError when the folder
    cannot be written. The caller closes `till.tse`.
    """
    identity = _identity(folder, clock, random_bytes)
    serial, shop_id = identity["serial"], _shop(identity)

    def seconds() -> float:
        return clock().timestamp()

    way = choice or tse_device.choose(tse_device.VIRTUAL, folder, seconds, serial)
    gauges = GaugeBook(folder / "tse-gauge.json")
    opener = open_device or way.open
    known = choice is not None
    care = Care(pin_of=way.pin_of, keep_pins=_kept(way), gauges=gauges, exports=folder / "exports")
    care.hours = opening.text(shop_id) if known else ""
    return Till(
        register_id=identity["register"],
        shop_id=shop_id,
        serial=serial,
        tse=TseService(
            opener,
            seconds,
            clients=(serial,),
            pin_of=way.pin_of,
            serial=tselife.in_service(identity["register"]) if known else "",
            retired=tselife.retired(identity["register"]) if known else (),
            closed=lambda: opening.closed(care.hours, clock()),
            on_info=lambda info: gauges.note(info, int(seconds())),
            timeout=timeout,
        ),
        clock=clock,
        random_bytes=random_bytes,
        publish=_publish,
        closed=_keep,
        care=care,
    )


def _kept(way: Choice) -> Callable[[Mapping[Role, Secret]], None] | None:
    """Have the register told in its own words when PINs cannot be kept."""
    keep = way.keep_pins
    if keep is None:
        return None

    def keeping(pins: Mapping[Role, Secret]) -> None:
        try:
            keep(pins)
        except TseSettingError as error:
            raise RegisterError("pins_kept", str(error), "Danach noch einmal; die TSE ist noch unberührt.") from None

    return keeping


def _shop(identity: Mapping[str, str]) -> str:
    """Return the shop the books say; a register new to them joins theirs, and only in empty ones begins its own."""
    known = select("SELECT shop_id FROM register_register WHERE id = %s", [identity["register"]])
    shops = known or select("SELECT id FROM register_shop LIMIT 2")
    return str(shops[0][0]) if len(shops) == 1 else identity["shop"]


def _identity(folder: Path, clock: Callable[[], datetime], random_bytes: Callable[[int], bytes]) -> dict[str, str]:
    """Ids of register and of a shop it may begin, and the recording system's serial; made once, whole or not at all."""
    path = folder / "register.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        stamp = int(clock().timestamp() * 1000)
        identity = {
            "register": ids.new_id(stamp, random_bytes(ids.RANDOM_BYTES)),
            "shop": ids.new_id(stamp, random_bytes(ids.RANDOM_BYTES)),
            "serial": f"SECR-{random_bytes(5).hex().upper()}",
        }
        draft = folder / f".register.{os.getpid()}"
        with draft.open("w", encoding="utf-8") as file:
            json.dump(identity, file)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    loaded: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return loaded
