"""Epson's driver over an emulated printer; the line is in memory, so that waiting takes no time."""

from __future__ import annotations

from pathlib import Path

from contract.tse_bench import Bench, Clock, Fault, bench
from smartecr.tse.api import Tse
from smartecr.tse.credentials import CredentialRules, NewCredentials, Role, Secret
from smartecr.tse.drivers.epson import EpsonTse
from smartecr.tse.drivers.line import Line
from support.epson_host import Host
from support.lines import MemoryLine, Waiting


@bench("epson")
class EpsonBench(Bench):
    """Both PINs are entrusted: the host lets nobody sign or read without."""

    curve = "brainpoolP384r1"
    largest = 1 << 30

    def __init__(self, folder: Path, clock: Clock) -> None:
        super().__init__(folder, clock)
        self.waiting = Waiting()
        self.host = Host(lambda: self.core)

    def credentials(self, rules: CredentialRules) -> NewCredentials:
        """Make secrets as usual, with one PUK for both users."""
        made = super().credentials(rules)
        return NewCredentials(
            admin_pin=made.admin_pin,
            admin_puk=made.admin_puk,
            time_admin_pin=made.time_admin_pin,
            time_admin_puk=made.admin_puk,
        )

    def open(self) -> Tse:
        return self.drive(MemoryLine(self.host.connect, self.waiting))

    def drive(self, line: Line) -> EpsonTse:
        """Open the driver on a line to the host."""
        return EpsonTse(line, self._pin_of, clock=self.clock, monotonic=self.waiting, largest_export=self.largest)

    def set(self, fault: Fault, on: bool = True) -> None:
        if fault is Fault.BUSY:
            self.host.busy = on
        elif fault is Fault.MUTE:
            self.host.mute = on
        elif fault is Fault.GARBLED:
            self.host.garbage = b"\xff\xfeno XML\x00" if on else None
        else:
            super().set(fault, on)

    def _pin_of(self, role: Role) -> Secret:
        return self.credentials(EpsonTse.credential_rules).pin(role)
