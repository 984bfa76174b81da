"""The virtual TSE itself: the driver and the device are one, there is no wire in between."""

from __future__ import annotations

from contract.tse_bench import Bench, Fault, bench
from smartecr.tse.api import Tse
from smartecr.tse.virtual import Limits, VirtualTse


class VirtualBench(Bench):
    """Opens the folder again after each close; what only a wire can do is left out."""

    faults = frozenset(Fault) - {Fault.MUTE, Fault.GARBLED}

    def open(self) -> Tse:
        return VirtualTse(self.folder / "core", self.clock, self.curve, self.core_faults, self.limits)


@bench("virtual-secp256r1")
class VirtualP256(VirtualBench):
    """The usual curve."""


@bench("virtual-brainpoolP384r1")
class VirtualBrainpool(VirtualBench):
    """The curve of Swissbit cores."""

    curve = "brainpoolP384r1"


@bench("virtual-gathering")
class VirtualGathering(VirtualBench):
    """Updates are gathered and signed with the finish."""

    limits = Limits(gathers_updates=True)
