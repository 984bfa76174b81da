"""fiskaly's driver over an emulated service; the network is in memory, so that waiting takes no time."""

from __future__ import annotations

from pathlib import Path

import httpx

from contract.tse_bench import Bench, Clock, Fault, bench
from smartecr.tse.api import Tse
from smartecr.tse.credentials import CredentialRules, NewCredentials, Secret
from smartecr.tse.drivers.fiskaly import FiskalyTse
from smartecr.tse.drivers.fiskaly.service import Service
from support import fiskaly_service
from support.lines import Waiting


@bench("fiskaly")
class FiskalyBench(Bench):
    """One user, a PUK from the service; time, self test, storage and signatures are the service's own affair."""

    faults = frozenset(
        (Fault.UNPLUGGED, Fault.BUSY, Fault.MUTE, Fault.GARBLED, Fault.ONCE_LOST_BEFORE, Fault.ONCE_LOST_AFTER)
    )

    def __init__(self, folder: Path, clock: Clock) -> None:
        super().__init__(folder, clock)
        self.waiting = Waiting()
        self.service = fiskaly_service.Service(lambda: self.core, clock)
        self.transport = fiskaly_service.Transport(self.service)

    def credentials(self, rules: CredentialRules) -> NewCredentials:
        """Make a PIN for the one user; the PUK is the service's."""
        pin, puk = super().credentials(rules).admin_pin, Secret(fiskaly_service.PUK)
        return NewCredentials(admin_pin=pin, admin_puk=puk, time_admin_pin=pin, time_admin_puk=puk)

    def open(self) -> Tse:
        self.service.offline = False
        service = Service(
            httpx.Client(transport=self.transport),
            "https://kassensichv.test/api/v2",
            fiskaly_service.KEY,
            Secret(fiskaly_service.SECRET),
            monotonic=self.waiting,
            sleep=self.waiting.sleep,
        )
        return FiskalyTse(service, fiskaly_service.TSS, clock=self.clock)

    def set(self, fault: Fault, on: bool = True) -> None:
        if fault is Fault.BUSY:
            self.service.busy = on
        elif fault is Fault.MUTE:
            self.transport.mute = on
        elif fault is Fault.GARBLED:
            self.service.garbage = b"<html>Wartung</html>" if on else None
        else:
            super().set(fault, on)
