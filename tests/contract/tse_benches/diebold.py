"""Diebold Nixdorf's driver over an emulated device; the line is in memory, so that waiting takes no time."""

from __future__ import annotations

from pathlib import Path

from contract.tse_bench import Bench, Clock, Fault, bench
from smartecr.tse.api import Tse
from smartecr.tse.credentials import CredentialRules, NewCredentials, Secret
from smartecr.tse.drivers.diebold import DieboldTse
from smartecr.tse.drivers.line import Line
from support.diebold_device import MAKERS_PIN, Device
from support.lines import MemoryLine, Waiting


@bench("diebold")
class DieboldBench(Bench):
    """The PINs are the maker's. The device does not say that its time is lost before it is asked to sign."""

    curve = "brainpoolP384r1"
    largest = 1 << 30
    faults = Bench.faults - {Fault.BUSY, Fault.TIME_LOST}

    def __init__(self, folder: Path, clock: Clock) -> None:
        super().__init__(folder, clock)
        self.waiting = Waiting()
        self.device = Device(lambda: self.core)
        self.device.chatty = True

    def credentials(self, rules: CredentialRules) -> NewCredentials:
        """Give what stands on the maker's sheet."""
        assert rules.given_pins
        pin, nothing = Secret(MAKERS_PIN), Secret("")
        return NewCredentials(admin_pin=pin, admin_puk=nothing, time_admin_pin=pin, time_admin_puk=nothing)

    def open(self) -> Tse:
        return self.drive(MemoryLine(self.device.connect, self.waiting, piece=1021))

    def drive(self, line: Line) -> DieboldTse:
        """Open the driver on a line to the device."""
        return DieboldTse(line, clock=self.clock, monotonic=self.waiting, largest_export=self.largest)

    def set(self, fault: Fault, on: bool = True) -> None:
        if fault is Fault.MUTE:
            self.device.mute = on
        elif fault is Fault.GARBLED:
            self.device.garbage = b"\x15\x00nonsense" if on else None
        else:
            super().set(fault, on)
