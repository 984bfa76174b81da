"""Benches: a driver on top of an emulator of its wire, with everything that can go wrong as switches.

One module a driver in ``tse_benches``; it registers itself at import::

    @bench("cryptovision")
    class CryptovisionBench(Bench):
        faults = Bench.faults - {Fault.BUSY}        # what this wire can express

        def open(self) -> Tse:                      # plug in and open; may be called again after close
            return Cryptovision(EmulatedFile(self.core), self.clock)

        def set(self, fault: Fault, on: bool = True) -> None:
            ...

The emulator is a thin shell around ``self.core``: a ``VirtualTse`` (factory-new at first) which signs, counts,
keeps users and clients, and obeys ``self.core_faults``. The base class handles the faults that lie in the device;
faults of the wire are the emulator's. Every fault lasts until it is switched off, except those named ``ONCE_…``.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path
from typing import TypeVar

from smartecr.tse.api import CredentialRules, NewCredentials, Tse
from smartecr.tse.errors import (
    TseBusy,
    TseCertificateExpired,
    TseConnectionLost,
    TseError,
    TseProtocolError,
    TseSelfTestFailed,
    TseSelfTestRequired,
    TseSignaturesExhausted,
    TseStorageFull,
    TseTimeNotSet,
    TseTimeout,
    TseUnplugged,
)
from smartecr.tse.virtual import Faults, VirtualTse
from smartecr.tse.virtual.limits import Limits


class Fault(Enum):
    """What can go wrong. ``EXPECTED`` tells what a signing (or, for SELF_TEST_FAILS, the self test) then raises."""

    UNPLUGGED = auto()  # pulled out; switched off: plugged in again, which is a power-up
    BUSY = auto()  # another program holds the device, or it says "later" for longer than the driver waits
    MUTE = auto()  # no answer at all
    GARBLED = auto()  # answers that make no sense
    ONCE_LOST_BEFORE = auto()  # the next signing breaks off before the device saw it
    ONCE_LOST_AFTER = auto()  # the next signing breaks off after the device has signed
    TIME_LOST = auto()
    SELF_TEST_DUE = auto()
    SELF_TEST_FAILS = auto()
    STORAGE_FULL = auto()
    SIGNATURES_EXHAUSTED = auto()
    CERTIFICATE_EXPIRED = auto()


EXPECTED: dict[Fault, tuple[type[TseError], ...]] = {
    Fault.UNPLUGGED: (TseUnplugged, TseConnectionLost),
    Fault.BUSY: (TseBusy,),
    Fault.MUTE: (TseTimeout,),
    Fault.GARBLED: (TseProtocolError,),
    Fault.ONCE_LOST_BEFORE: (TseConnectionLost, TseTimeout),
    Fault.ONCE_LOST_AFTER: (TseConnectionLost, TseTimeout),
    Fault.TIME_LOST: (TseTimeNotSet,),
    Fault.SELF_TEST_DUE: (TseSelfTestRequired,),
    Fault.SELF_TEST_FAILS: (TseSelfTestFailed,),
    Fault.STORAGE_FULL: (TseStorageFull,),
    Fault.SIGNATURES_EXHAUSTED: (TseSignaturesExhausted,),
    Fault.CERTIFICATE_EXPIRED: (TseCertificateExpired,),
}


class Clock:
    """Unix seconds that pass when told."""

    now = 1_795_454_560.25

    def __call__(self) -> float:
        return self.now


class Bench:
    """A device under test with its wire; ``folder`` is empty, ``clock`` drives host and device alike."""

    name = ""
    curve = "secp256r1"
    faults: frozenset[Fault] = frozenset(Fault)
    limits = Limits()

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder = folder
        self.clock = clock
        self.core_faults = Faults()
        self._core: VirtualTse | None = None

    @property
    def core(self) -> VirtualTse:
        """The device behind the wire; made factory-new when first asked for."""
        if self._core is None:
            self._core = VirtualTse(self.folder / "core", self.clock, self.curve, self.core_faults, self.limits)
        return self._core

    def open(self) -> Tse:
        """Open the driver on this wire, anew after each ``close`` of what it returned."""
        raise NotImplementedError

    def set(self, fault: Fault, on: bool = True) -> None:
        """Switch a fault; the base class knows those of the device itself."""
        core = self.core_faults
        if fault is Fault.ONCE_LOST_BEFORE:
            core.lose_before_signing = int(on)
        elif fault is Fault.ONCE_LOST_AFTER:
            core.lose_after_signing = int(on)
        else:
            setattr(core, fault.name.lower(), on)

    def credentials(self, rules: CredentialRules) -> NewCredentials:
        """Make the secrets the device is put into operation with."""
        digits = iter(range(1, 1000))
        return NewCredentials.generate(rules, lambda below: next(digits) % below)

    def close(self) -> None:
        """Release the emulator: threads, sockets, files."""
        if self._core is not None:
            self._core.close()


Make = Callable[[Path, Clock], Bench]
B = TypeVar("B", bound=type[Bench])
BENCHES: dict[str, Make] = {}


def bench(name: str) -> Callable[[B], B]:
    """Register a bench under the name its tests carry."""

    def register(made: B) -> B:
        made.name = name
        BENCHES[name] = made
        return made

    return register


def load() -> dict[str, Make]:
    """Import every module of ``tse_benches`` and return the benches, by name."""
    for path in sorted(Path(__file__).with_name("tse_benches").glob("*.py")):
        importlib.import_module(f"contract.tse_benches.{path.stem}")
    return dict(sorted(BENCHES.items()))
