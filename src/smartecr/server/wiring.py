"""Builds the register of this process from its data folder: identity, TSE, live push. Nothing else knows them all."""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from smartecr.core import ids
from smartecr.register import recovery, securing
from smartecr.register.till import Till
from smartecr.server.devices import Devices, open_devices
from smartecr.server.keeper import Keeper
from smartecr.server.live import hub
from smartecr.tse.api import Tse
from smartecr.tse.service import TseService
from smartecr.tse.virtual import open_demo, pin_of

SYSTEM = securing.SYSTEM

_lock = threading.Lock()
_till: Till | None = None
_keeper: Keeper | None = None
_devices: Devices | None = None


def till() -> Till:
    """Return this process's till, building it (and completing what a cut left behind) at the first call."""
    global _till, _keeper
    with _lock:
        if _till is None:
            from django.conf import settings

            _keeper = Keeper()
            _till = build_till(settings.DATA)
            _till.unsynced = _keeper.soon
            recovery.recover(_till)
            _till.tse.subscribe(partial(securing.follow, _till))
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

            _devices = open_devices(settings.PRINTER, settings.TERMINAL, settings.DATA, register)
        return _devices


def close() -> None:
    """Close the devices of this process's till, if it was built."""
    global _till, _keeper, _devices
    with _lock:
        if _devices is not None:
            _devices.close()
            _devices = None
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
    timeout: float = 8.0,
) -> Till:
    """Return a till on the register of `folder`, made at the first call there.

    `open_device` opens the TSE (default: the virtual twin in the folder). Raises OSError when the folder cannot be
    written. The caller closes `till.tse`.
    """
    identity = _identity(folder, clock, random_bytes)
    serial = identity["serial"]

    def seconds() -> float:
        return clock().timestamp()

    def open_twin() -> Tse:
        return open_demo(folder / "tse", seconds, serial)

    return Till(
        register_id=identity["register"],
        shop_id=identity["shop"],
        serial=serial,
        tse=TseService(open_device or open_twin, seconds, clients=(serial,), pin_of=pin_of, timeout=timeout),
        clock=clock,
        random_bytes=random_bytes,
        publish=hub.publish,
    )


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
