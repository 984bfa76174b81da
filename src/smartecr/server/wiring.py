"""Builds the register of this process from its data folder: identity, TSE, live push. Nothing else knows them all."""

from __future__ import annotations

import json
import os
import secrets
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from smartecr.core import ids
from smartecr.insights import keeping
from smartecr.register import recovery, securing
from smartecr.register.till import Till
from smartecr.server import scan_devices, tse_device
from smartecr.server.devices import Devices, DeviceSettingError, open_devices
from smartecr.server.keeper import Keeper
from smartecr.server.live import hub
from smartecr.sql import fetch
from smartecr.tse.api import Tse
from smartecr.tse.drivers.detection import Watcher
from smartecr.tse.healing import PinOf
from smartecr.tse.service import TseService
from smartecr.tse.virtual import pin_of as demo_pin_of

SYSTEM = securing.SYSTEM

_lock = threading.Lock()
_till: Till | None = None
_keeper: Keeper | None = None
_devices: Devices | None = None
_watcher: Watcher | None = None


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
            in_service = serial_in_service(identity["register"])
            _keeper = Keeper()
            _till = build_till(settings.DATA, open_device=tse.open, pin_of=tse.pin_of, tse_serial=in_service)
            _till.unsynced = _keeper.soon
            recovery.recover(_till)
            keeping.catch_up()
            _till.tse.subscribe(partial(securing.follow, _till))
            _watcher = tse.watch(_till.tse.retry)
        return _till


def devices() -> Devices:
    """Return the devices of this process's till, opening them at the first call: only what serves needs them.

    Raises DeviceSettingError for a setting that names none.
    """
    global _devices
    register = till()
    with _lock:
        if _devices is None:
            from django.conf import settings

            opened = open_devices(settings.PRINTER, settings.TERMINAL, settings.DATA, register)
            _open_scanners(opened, settings, register)
            _devices = opened
        return _devices


def _open_scanners(devices: Devices, settings: Any, register: Till) -> None:
    """Open camera and scanner and have them look away while a PIN is typed. Raises DeviceSettingError."""
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
    global _till, _keeper, _devices, _watcher
    with _lock:
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
    pin_of: PinOf = demo_pin_of,
    tse_serial: str = "",
    timeout: float = 8.0,
) -> Till:
    """Return a till on the register of `folder`, made at the first call there.

    `open_device` opens the TSE (default: the virtual twin in the folder), `pin_of` gives its PINs, `tse_serial` is that
    of the TSE in service ("": the first one met). Raises OSError when the folder cannot be written. The caller closes
    `till.tse`.
    """
    identity = _identity(folder, clock, random_bytes)
    serial = identity["serial"]

    def seconds() -> float:
        return clock().timestamp()

    opener = open_device or tse_device.choose(tse_device.VIRTUAL, folder, seconds, serial).open
    return Till(
        register_id=identity["register"],
        shop_id=identity["shop"],
        serial=serial,
        tse=TseService(opener, seconds, clients=(serial,), pin_of=pin_of, serial=tse_serial, timeout=timeout),
        clock=clock,
        random_bytes=random_bytes,
        publish=hub.publish,
        closed=keeping.keep,
    )


def serial_in_service(register_id: str) -> str:
    """Return the serial number of the TSE that signed last for a register as its books say, "" when none has."""
    newest = fetch(
        "SELECT tse_serial FROM register_receipt WHERE register_id = %s AND tse_serial <> '' "
        "ORDER BY number DESC LIMIT 1",
        [register_id],
    )
    return str(newest[0]["tse_serial"]) if newest else ""


def _identity(folder: Path, clock: Callable[[], datetime], random_bytes: Callable[[int], bytes]) -> dict[str, str]:
    """Ids of register and shop, and the serial number of the recording system; made once, whole or not at all."""
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
