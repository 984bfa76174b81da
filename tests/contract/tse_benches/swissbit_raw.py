"""The experimental driver of Swissbit's devices over their raw files, in memory."""

from __future__ import annotations

from contract.tse_bench import Bench, Fault, bench
from smartecr.tse.api import Tse
from smartecr.tse.drivers.swissbit_raw.device import SwissbitRawTse
from smartecr.tse.drivers.swissbit_raw.transport import Transport
from smartecr.tse.drivers.swissbit_raw.volume import Volume
from support.blockfiles import Waiting
from support.rawcard import RawCard


@bench("swissbit_raw")
class RawBench(Bench):
    """Mailbox, status block and store as files; only opening finds the device busy (see the tests of the files)."""

    curve = "brainpoolP384r1"
    faults = frozenset(Fault) - {Fault.BUSY}
    card: RawCard | None = None

    def open(self) -> Tse:
        if self.card is None:
            self.card = RawCard(self.core)
        waiting = Waiting()
        transport = Transport(self.card.file("TSE_COMM.DAT"), monotonic=waiting.monotonic, sleep=waiting.sleep)
        return SwissbitRawTse(transport, Volume(self.card.file), clock=self.clock)

    def set(self, fault: Fault, on: bool = True) -> None:
        assert self.card is not None
        match fault:
            case Fault.MUTE:
                self.card.mute = on
            case Fault.GARBLED:
                self.card.garbage = b"\x00\x00\x00\x00\x42" if on else None
            case Fault.UNPLUGGED if on:
                self.card.unplugged = True
            case Fault.UNPLUGGED:
                self.card.plug()
            case _:
                super().set(fault, on)
