"""The driver of cryptovision's cards over ``TSE-IO.bin``: in memory, and over a real file served by a thread."""

from __future__ import annotations

from contract.tse_bench import Bench, Fault, bench
from smartecr.tse.api import Tse
from smartecr.tse.drivers.blockfile import DirectFile
from smartecr.tse.drivers.cryptovision import CryptovisionTse
from smartecr.tse.drivers.cryptovision.transport import Transport
from smartecr.tse.drivers.cryptovision.twin import Card, Quirks, Volume
from smartecr.tse.virtual.limits import Limits
from support.blockfiles import CardFile, Waiting

#: The wire says "later" (FFFF) only about a request it has taken: that is a time-out, not busy. It has no code for
#: used-up signatures, and cards test themselves whenever they are started, so that no test is ever due.
NOT_ON_THIS_WIRE = {Fault.BUSY, Fault.SIGNATURES_EXHAUSTED, Fault.SELF_TEST_DUE}


class CardBench(Bench):
    """A card in memory with the quirks of the class."""

    faults = frozenset(Fault) - NOT_ON_THIS_WIRE
    limits = Limits(pin_length=8, puk_length=10)

    def quirks(self) -> Quirks:
        return Quirks()

    def open(self) -> Tse:
        if not hasattr(self, "file"):
            self.file = CardFile(Card(self.core, self.quirks()))
        self.file.closed = False
        waiting = Waiting()
        return CryptovisionTse(
            Transport(self.file, monotonic=waiting.monotonic, sleep=waiting.sleep), self.clock, waiting.sleep
        )

    def set(self, fault: Fault, on: bool = True) -> None:
        match fault:
            case Fault.UNPLUGGED:
                self.file.unplugged = on
                if not on:
                    self.file.plug()
            case Fault.MUTE:
                self.file.mute = on
            case Fault.GARBLED:
                self.file.garbage = b"no frame at all" if on else None
            case Fault.SELF_TEST_FAILS:
                self.file.card.quirks.self_test_fails = on
            case _:
                super().set(fault, on)


@bench("cryptovision")
class Plain(CardBench):
    """A card without bad habits."""


@bench("cryptovision-odd")
class Odd(CardBench):
    """A card of the first generation with all the bad habits at once, and answers in small pieces."""

    curve = "brainpoolP384r1"

    def quirks(self) -> Quirks:
        return Quirks(
            first_generation=True,
            first_command_fails=1,
            swapped_lengths=True,
            wrong_der=True,
            no_suspend=True,
            wrapped_key=True,
            largest=511,
        )

    def open(self) -> Tse:
        if hasattr(self, "file"):
            self.file.card.quirks.first_command_fails = 1
        tse = super().open()
        self.file.stale = self.file.busy = 2
        self.file.zeros = 1
        return tse


@bench("cryptovision-volume")
class Folder(Bench):
    """A folder like a mounted card: a real file, a real clock for the waiting."""

    faults = frozenset(Fault) - NOT_ON_THIS_WIRE - {Fault.MUTE, Fault.GARBLED, Fault.SELF_TEST_FAILS}
    limits = CardBench.limits
    volume: Volume | None = None

    def open(self) -> Tse:
        if self.volume is None and not self.core_faults.unplugged:
            self.volume = Volume(self.folder / "slot", Card(self.core))
        file = DirectFile(self.folder / "slot" / "TSE-IO.bin", lock=True, padded=True)
        return CryptovisionTse(Transport(file, poll=0.0005), self.clock)

    def set(self, fault: Fault, on: bool = True) -> None:
        super().set(fault, on)
        if fault is Fault.UNPLUGGED and on and self.volume is not None:
            self.volume.pull()
            self.volume = None

    def close(self) -> None:
        if self.volume is not None:
            self.volume.pull()
        super().close()
