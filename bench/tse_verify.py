"""A whole export verified on all cores over the raw verify rate times the cores; memory of a large one.

The raw side verifies signatures alone, one process a core; ours walks the archive, reads, names and proves every
message and checks counters, times and transactions.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from bench.measure import Goal, Row, Sample, compare, rows_of
from smartecr.tse import export_names, log_message
from smartecr.tse.algorithms import BY_NAME
from smartecr.tse.checking import scan
from smartecr.tse.export_names import Info
from smartecr.tse.tar import ExportWriter
from smartecr.tse.verify import of_key

GOAL = Goal(10, 0.8, 0.95, least=True)
CURVES = {
    "secp256r1": (ec.SECP256R1(), "ecdsa-plain-SHA256"),
    "brainpoolP384r1": (ec.BrainpoolP384R1(), "ecdsa-plain-SHA384"),
}
MESSAGES = {"secp256r1": (60_000, 400_000), "brainpoolP384r1": (6000, 40_000)}
MEMORY_MB = (256, 2048)
BLOB = b"Beleg^10.00_5.35_0.00_0.00_0.00^15.35:Bar"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--curve", choices=[*CURVES], action="append", help="default: both")
    parser.add_argument("--no-memory", action="store_true", help="leave the memory row out")


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Return the rows."""
    rows: list[Row] = []
    for curve in options.curve or CURVES:
        rows += _rate(curve, folder, options)
    if not options.no_memory:
        rows.append(_memory(folder, MEMORY_MB[options.full]))
    return rows


class Export:
    """An export of one device whose transactions last a second each; signatures and what they sign are kept apart."""

    def __init__(self, curve: str) -> None:
        kind, name = CURVES[curve]
        self.algorithm = BY_NAME[name]
        self._private = ec.generate_private_key(kind)
        self.key = of_key(self._private.public_key())
        self._encoder = log_message.Encoder(self.key.serial, self.algorithm)
        self._chain = _certificate(self._private)

    def message(self, counter: int) -> tuple[bytes, bytes, bytes]:
        """Sign one; return the DER signature, what it signs, the message."""
        finish = counter % 2 == 0
        operation = log_message.FINISH if finish else log_message.START
        data, kind = (BLOB, "Kassenbeleg-V1") if finish else (b"", "")
        time_of = 1_700_000_000 + counter // 2
        signed = self._encoder.transaction(
            operation, "ECR-4711-KASSE-01", data, kind, (counter + 1) // 2, counter, time_of
        )
        encoded = self._private.sign(signed, ec.ECDSA(self.algorithm.hash))
        r, s = decode_dss_signature(encoded)
        raw = r.to_bytes(self.key.half, "big") + s.to_bytes(self.key.half, "big")
        return encoded, signed, log_message.assemble(signed, raw)

    def write(self, path: Path, messages: list[bytes], copies: int = 1) -> None:
        """Write the archive; with ``copies`` every message stands in it so often, under other counters in its name."""
        with path.open("wb") as sink:
            writer = ExportWriter(sink, 0)
            writer.add(export_names.INFO, export_names.write_info(Info(description="", manufacturer="b", version="1")))
            writer.add_certificate(self._chain)
            for _ in range(copies):
                for message in messages:
                    writer.add_message(message)
            writer.close()


def _certificate(key: ec.EllipticCurvePrivateKey) -> bytes:
    from datetime import UTC, datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "bench")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(
        datetime(2040, 1, 1, tzinfo=UTC)
    )
    return builder.sign(key, hashes.SHA384()).public_bytes(serialization.Encoding.DER)


def _rate(curve: str, folder: Path, options: argparse.Namespace) -> list[Row]:
    count = MESSAGES[curve][options.full]
    export = Export(curve)
    made = [export.message(counter) for counter in range(1, count + 1)]
    path = folder / f"{curve}.tar"
    export.write(path, [message for _, _, message in made])
    pairs = [(encoded, signed) for encoded, signed, _ in made]
    cores = os.cpu_count() or 1

    def raw() -> Sample:
        return _timed(lambda: _spread(export, pairs, cores), count)

    def ours() -> Sample:
        # the invocation of a person: one process without other threads
        return _timed(lambda: _check(path, count), count)

    gc.collect()
    gc.freeze()  # what was made here for the raw side is no part of either side's work
    assert threading.active_count() == 1
    taken = compare(ours, raw, options.pairs)
    what = f"export of {count:,} messages verified / raw verify rate x {cores} cores, {curve}"
    facts = {"curve": curve, "messages": count, "cores": cores, "archive_mb": path.stat().st_size >> 20}
    path.unlink()
    return rows_of(f"tse_verify {curve}", what, taken, GOAL, facts)


def _spread(export: Export, pairs: list[tuple[bytes, bytes]], cores: int) -> None:
    context = multiprocessing.get_context("fork")
    crew = [context.Process(target=_verify, args=(export, pairs[place::cores])) for place in range(cores)]
    for one in crew:
        one.start()
    for one in crew:
        one.join()


def _verify(export: Export, pairs: list[tuple[bytes, bytes]]) -> None:
    scheme, key = ec.ECDSA(export.algorithm.hash), export.key.key
    for encoded, signed in pairs:
        key.verify(encoded, signed, scheme)


def _check(path: Path, count: int) -> None:
    report = scan.check_export([path], complete=True, workers=os.cpu_count())
    assert report.ok and report.signatures_valid == count, report.lines()


def _timed(operation, times: int) -> Sample:  # type: ignore[no-untyped-def]
    before = os.times()
    begin = time.perf_counter()
    operation()
    wall = time.perf_counter() - begin
    after = os.times()
    cpu = sum(after[:4]) - sum(before[:4])
    return Sample(wall / times * 1000, cpu / times * 1000)


def _memory(folder: Path, megabytes: int) -> Row:
    """Verify a large archive in a process of its own and watch it with its workers."""
    path = folder / "large.tar"
    export = Export("secp256r1")
    export.write(path, [export.message(counter)[2] for counter in range(1, megabytes * 1024 + 1)])
    command = [sys.executable, "-m", "smartecr.server.cli", "verify", "tse", "--json", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    peak = 0.0
    done = threading.Thread(target=process.communicate)
    done.start()
    while done.is_alive():
        peak = max(peak, _resident(process.pid))
        done.join(0.2)
    assert process.returncode == 0
    size = path.stat().st_size >> 20
    path.unlink()
    facts = {"archive_mb": size, "messages": megabytes * 1024}
    what = f"peak MB (RSS, all processes) while an export of {size:,} MB is verified; must 200"
    return Row(name="tse_verify memory", what=what, value=peak, shown=f"{peak:.0f} MB", facts=facts)


def _resident(pid: int) -> float:
    """Sum the resident memory of a process and its children, MB."""
    total = 0
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        try:
            status = Path(f"/proc/{one}/status").read_text()
            waiting += map(int, Path(f"/proc/{one}/task/{one}/children").read_text().split())
        except (OSError, ValueError):
            continue
        total += next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")), 0)
    return total / 1024
