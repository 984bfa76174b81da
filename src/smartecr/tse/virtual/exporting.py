"""Reading a virtual TSE's log back: exports, what became of a transaction, what remains after a deletion."""

from typing import BinaryIO

from smartecr.tse import der, log_message
from smartecr.tse.api import ALL, ExportReceipt, Found, Selection
from smartecr.tse.errors import TseDamaged, TseNoData, TseUnexportedData
from smartecr.tse.virtual.recorder import Recorder
from smartecr.tse.virtual.store import KIND_PRIVATE, KIND_SYSTEM, Record

#: what the device calls itself in exports
DESCRIPTION = "smartECR TEST-TSE - kein gueltiger Beleg"
VERSION = "2"


def export(recorder: Recorder, sink: BinaryIO, selection: Selection) -> ExportReceipt:
    """Write info.csv, certificates, then the selected messages in counter order."""
    from smartecr.tse import export_names, tar  # a start writes no export
    from smartecr.tse.selection import Sieve

    writer = tar.ExportWriter(sink, mtime=recorder.now)
    info = export_names.Info(description=DESCRIPTION, manufacturer="smartECR", version=VERSION)
    writer.add(export_names.INFO, export_names.write_info(info))
    for certificate in recorder.identity.certificates:
        writer.add_certificate(certificate)
    if selection == ALL:
        for _, record in recorder.store.records():
            if record.kind != KIND_PRIVATE:
                writer.add_message(record.message)
        return writer.close()
    sieve = Sieve(selection)
    if selection.transactions is not None:
        for _, record in recorder.store.records():
            if record.kind not in (KIND_PRIVATE, KIND_SYSTEM):
                sieve.look(log_message.parse(record.message))
    for _, record in recorder.store.records():
        if record.kind != KIND_PRIVATE and sieve.admits(log_message.parse(record.message)):
            writer.add_message(record.message)
    receipt = writer.close()
    if not receipt.messages:
        raise TseNoData(str(selection))
    return receipt


def found_open(recorder: Recorder, offset: int) -> Found:
    """Tell about an open transaction."""
    from smartecr.tse.selection import found

    return found(log_message.parse(recorder.store.read(offset).message), None)


def found_finished(recorder: Recorder, number: int) -> Found:
    """Tell about a finished transaction; unknown when its messages were deleted."""
    from smartecr.tse.selection import found

    start, finish = recorder.store.offsets(number)
    if not start:
        return Found(state="unknown")
    messages = [log_message.parse(recorder.store.read(offset).message) for offset in (start, finish)]
    if any(message.transaction_number != number for message in messages):
        raise TseDamaged(f"index of transaction {number} points elsewhere")
    return found(*messages)


def system_records_after(recorder: Recorder, counter: int) -> list[Record]:
    """Collect the system messages after a counter. Raises TseUnexportedData when there are transactions too."""
    records = [
        record
        for _, record in recorder.store.records()
        if record.signature_counter > counter and record.kind != KIND_PRIVATE
    ]
    if any(record.kind != KIND_SYSTEM for record in records):
        raise TseUnexportedData(f"transactions after message {counter}")
    return records


def last_message(recorder: Recorder) -> bytes:
    """Give the last stored log message. Raises TseNoData when all were deleted."""
    last = b""
    for _, record in recorder.store.records():
        if record.kind != KIND_PRIVATE:
            last = record.message
    if not last:
        raise TseNoData("nothing stored")
    return last


def serial_numbers(serial: bytes) -> bytes:
    """Encode exportSerialNumbers: the key's serial and that it signs transaction, system and audit logs."""
    kinds = b"".join(der.tlv(tag, b"\xff") for tag in (0x80, 0x81, 0x82))
    return der.tlv(0x30, der.tlv(0x30, der.tlv(0x04, serial) + der.tlv(0x30, kinds)))
