"""The driver of Swissbit's devices over the maker's library: a stand-in of the library in this process, and built."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from contract.tse_bench import Bench, Fault, bench
from smartecr.tse.api import Tse
from smartecr.tse.drivers.blockfile import DirectFile
from smartecr.tse.drivers.swissbit import SwissbitTse
from smartecr.tse.drivers.swissbit.library import Library
from support.worm import Worm, build, compiler


class WormBench(Bench):
    """A folder with the device's files, and the library's functions."""

    curve = "brainpoolP384r1"
    worm: Worm | None = None

    def symbols(self, worm: Worm) -> Any:
        return worm.symbols()

    def open(self) -> Tse:
        status = self.folder / "TSE_INFO.DAT"
        if self.worm is None:
            self.worm = Worm(self.core)
            status.write_bytes(bytes(512))
        presence = DirectFile(status, direct=False, writable=False, lock=True)
        return SwissbitTse(Library(self.symbols(self.worm)), self.folder, presence, clock=self.clock)

    def set(self, fault: Fault, on: bool = True) -> None:
        assert self.worm is not None
        status = self.folder / "TSE_INFO.DAT"
        match fault:
            case Fault.MUTE:
                self.worm.mute = on
            case Fault.GARBLED:
                self.worm.garbled = on
            case Fault.UNPLUGGED if on:
                status.unlink()
            case Fault.UNPLUGGED:
                status.write_bytes(bytes(512))
            case _:
                super().set(fault, on)

    def close(self) -> None:
        if self.worm is not None:
            assert self.worm.alive == set()
            assert self.worm.contexts == 0
        super().close()


@bench("swissbit")
class InProcess(WormBench):
    """C functions made in this process."""


@cache
def library() -> Path:
    """Build the library once."""
    return build(Path(tempfile.mkdtemp(prefix="worm-")), "-DSDK6")


@bench("swissbit-built")
class Built(WormBench):
    """A real shared library with the symbols of SDK 6."""

    def symbols(self, worm: Worm) -> Any:
        if compiler() is None:
            pytest.skip("building the stand-in of libWormAPI needs a C compiler (cc)")
        return worm.library(library())
