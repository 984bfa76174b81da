"""An operation of the virtual TSE over a raw signature and one synced write of as many bytes.

The twin waits for the disk at every operation here (``synced``); as the demo uses it, it leaves that to the register.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from bench.floor import CURVES
from bench.measure import Goal, Row, Sample, compare, rows_of, timed

GOAL = Goal(0, 2, 1.2)
CLIENT = "SECR-0123456789"
DATA = b"Beleg^27.86_0.00_0.00_0.00_0.00^27.86:Bar"
RECORD = 290


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--operations", type=int, default=200, help="operations a round")
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--curve", choices=[*CURVES], action="append", help="default: both")


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Return the rows."""
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    for curve in options.curve or CURVES:
        rows += _with_curve(curve, folder, options)
    return rows


def _with_curve(curve: str, folder: Path, options: argparse.Namespace) -> list[Row]:
    from smartecr.tse.virtual import open_demo

    group, digest = CURVES[curve]
    key, scheme = ec.generate_private_key(group), ec.ECDSA(digest)
    file = os.open(folder / f"{curve}.floor", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    synced = open_demo(folder / f"{curve}.synced", time.time, CLIENT, curve, synced=True)
    demo = open_demo(folder / f"{curve}.demo", time.time, CLIENT, curve)

    def raw() -> None:
        key.sign(bytes(RECORD), scheme)
        os.write(file, bytes(RECORD))
        os.fdatasync(file)

    def ours() -> Sample:
        numbers: list[int] = []

        def operation() -> None:
            if numbers:
                synced.finish_transaction(CLIENT, numbers.pop(), DATA, "Kassenbeleg-V1")
            else:
                numbers.append(synced.start_transaction(CLIENT).transaction_number)

        return timed(operation, options.operations)

    unsynced = []
    for _ in range(options.operations):
        begin = time.perf_counter()
        number = demo.start_transaction(CLIENT).transaction_number
        demo.finish_transaction(CLIENT, number, DATA, "Kassenbeleg-V1")
        unsynced.append((time.perf_counter() - begin) / 2)
    result = compare(lambda: timed(raw, options.operations), ours, options.pairs)
    for device in (synced, demo):
        device.close()
    os.close(file)
    facts = {
        "curve": curve,
        "operations": options.operations,
        "unsynced_ms": round(statistics.median(unsynced) * 1000, 4),
    }
    what = f"virtual TSE operation / raw signature + one synced write, {curve}"
    return rows_of(f"tse_virtual {curve}", what, result, GOAL, facts)
