"""Coverage-guided fuzzing of everything that reads what a TSE or a receipt brought along.

A short run belongs to the tests. A long one, say before a release::

    .venv/bin/python tests/fuzz/fuzz_tse.py -max_total_time=3600 -max_len=8192 corpus/

Any exception but the typed ones, a disagreement of the two readers of log messages, or a hang is a find.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["smartecr"]):
    from smartecr.tse import der, export_names, log_message, receipt_qr
    from smartecr.tse.checking import scan
    from smartecr.tse.log_message import LogMessage
    from smartecr.tse.log_reader import Reader
    from smartecr.tse.tar import ExportReader, ExportWriter, TarError

_ENCODER = log_message.Encoder(bytes(range(32)), receipt_qr.BY_NAME["ecdsa-plain-SHA256"])
_SEED = log_message.assemble(
    _ENCODER.transaction(log_message.FINISH, "K", b"Beleg^", "Kassenbeleg-V1", 7, 9, 1_700_000_000), bytes(64)
)


def archive(data: bytes) -> None:
    """Walk the bytes as an archive, and check them as an export."""
    with suppress(TarError):
        for member in ExportReader(io.BytesIO(data)):
            assert ".." not in member.name.split("/")
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        with suppress(scan.NotAnExportError):
            scan.check_export([Path(file.name)], workers=0).json()


def member(data: bytes) -> None:
    """Check an export whose only message, certificate and info.csv are the bytes."""
    sink = io.BytesIO()
    writer = ExportWriter(sink, 0)
    for name in ("info.csv", f"{'a' * 64}_X509.der", "Unixt_1_Sig-1_Log-Aud.log"):
        writer.add(name, data)
    writer.add("Unixt_2_Sig-2_Log-Aud.log", _SEED)
    writer.close()
    archive(sink.getvalue())


def _read(how: Callable[[bytes], LogMessage], data: bytes) -> LogMessage | None:
    try:
        return how(data)
    except log_message.LogMessageError:
        return None


def message(data: bytes) -> None:
    """Read the bytes as a log message in both ways; they must agree."""
    reader = Reader()
    reader.read(_SEED)
    parsed, recognised = _read(log_message.parse, data), _read(reader.read, data)
    assert parsed == recognised
    if parsed is None:
        return
    assert parsed.signed in data
    export_names.of_message(parsed)


def code(data: bytes) -> None:
    """Read the bytes as a receipt's code, and as a signature."""
    with suppress(receipt_qr.ReceiptQrError):
        receipt_qr.verify(data.decode("utf-8", "replace"))
    with suppress(der.DerError):
        der.split_ecdsa(data)


TARGETS = (archive, member, message, code)


def one(data: bytes) -> None:
    """Give the bytes to the target the first of them names."""
    if data:
        TARGETS[data[0] % len(TARGETS)](data[1:])


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
