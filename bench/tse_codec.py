"""Log messages written and read, and the export archive written: asn1crypto and tarfile over ours."""

from __future__ import annotations

import argparse
import io
import os
import tarfile
from pathlib import Path

from asn1crypto import core

from bench.measure import Goal, Row, Sample, compare, rows_of, timed
from smartecr.tse import log_message
from smartecr.tse.algorithms import BY_NAME
from smartecr.tse.log_message import FINISH, Encoder
from smartecr.tse.log_reader import Reader
from smartecr.tse.tar import ExportWriter

CODEC, ARCHIVE = Goal(9, 12, 18, least=True), Goal(9, 4, 5, least=True)
MEMBERS = 5000
_SERIAL, _SIGNATURE = os.urandom(32), os.urandom(96)
_VALUES = {
    "version": 2,
    "certified": "0.4.0.127.0.7.3.7.1.1",
    "operation": FINISH,
    "client": "ECR-4711-KASSE-01",
    "data": b"Beleg^10.00_5.35_0.00_0.00_0.00^15.35:Bar",
    "kind": "Kassenbeleg-V1",
    "number": 123456,
    "serial": _SERIAL,
    "algorithm": {"algorithm": "0.4.0.127.0.7.1.1.4.1.4"},
    "counter": 246913,
    "time": 1_760_000_000,
    "signature": _SIGNATURE,
}


class _Algorithm(core.Sequence):  # type: ignore[misc]
    _fields = [("algorithm", core.ObjectIdentifier), ("parameters", core.Any, {"optional": True})]


class _Log(core.Sequence):  # type: ignore[misc]
    _fields = [
        ("version", core.Integer),
        ("certified", core.ObjectIdentifier),
        ("operation", core.PrintableString, {"implicit": 0}),
        ("client", core.PrintableString, {"implicit": 1}),
        ("data", core.OctetString, {"implicit": 2}),
        ("kind", core.PrintableString, {"implicit": 3}),
        ("number", core.Integer, {"implicit": 5}),
        ("serial", core.OctetString),
        ("algorithm", _Algorithm),
        ("counter", core.Integer),
        ("time", core.Integer),
        ("signature", core.OctetString),
    ]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--times", type=int, default=2000, help="messages a round")


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Return the rows."""
    encoder = Encoder(_SERIAL, BY_NAME["ecdsa-plain-SHA384"])

    def write() -> bytes:
        data, kind = _VALUES["data"], _VALUES["kind"]
        signed = encoder.transaction(FINISH, _VALUES["client"], data, kind, 123456, 246913, 1_760_000_000)  # type: ignore[arg-type]
        return log_message.assemble(signed, _SIGNATURE)

    def write_peer() -> bytes:
        return bytes(_Log(_VALUES).dump())

    assert write() == write_peer()
    messages = [_numbered(encoder, number) for number in range(options.times)]

    def read() -> None:
        reader = Reader()
        for message in messages:
            reader.read(message)

    def read_peer() -> None:
        for message in messages:
            _Log.load(message).native  # noqa: B018

    facts = {"bytes": len(messages[0]), "messages": options.times}
    taken = compare(lambda: timed(write, options.times), lambda: timed(write_peer, options.times), options.pairs)
    rows = rows_of("tse_codec write", "log message written: asn1crypto / ours", taken, CODEC, facts)
    taken = compare(lambda: timed(read, 1), lambda: timed(read_peer, 1), options.pairs)
    rows += rows_of("tse_codec read", "log messages of a device read: asn1crypto / ours", taken, CODEC, facts)
    blob, path = os.urandom(450), folder / "codec.tar"
    taken = compare(lambda: _archive(path, blob), lambda: _archive_peer(path, blob), options.pairs)
    what = f"archive of {MEMBERS:,} members of 450 bytes: tarfile / ours"
    return rows + rows_of("tse_codec archive", what, taken, ARCHIVE, {"members": MEMBERS})


def _numbered(encoder: Encoder, number: int) -> bytes:
    data, time = b"Beleg^10.00_5.35_0.00_0.00_0.00^15.35:Bar", 1_760_000_000 + number
    signed = encoder.transaction(FINISH, "ECR-4711-KASSE-01", data, "Kassenbeleg-V1", number, 246913 + number, time)
    return log_message.assemble(signed, os.urandom(96))


def _archive(path: Path, blob: bytes) -> Sample:
    def write() -> None:
        with path.open("wb") as sink:
            writer = ExportWriter(sink, 1_760_000_000)
            for number in range(MEMBERS):
                writer.add(f"Unixt_1760000000_Sig-{number}_Log-Tra_No-{number}_Finish_Client-ECR.log", blob)
            writer.close()

    return timed(write, 1)


def _archive_peer(path: Path, blob: bytes) -> Sample:
    def write() -> None:
        with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
            for number in range(MEMBERS):
                entry = tarfile.TarInfo(f"Unixt_1760000000_Sig-{number}_Log-Tra_No-{number}_Finish_Client-ECR.log")
                entry.size, entry.mtime = len(blob), 1_760_000_000
                tar.addfile(entry, io.BytesIO(blob))

    return timed(write, 1)
