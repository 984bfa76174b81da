"""The device's log, read backwards: what became of a transaction, without exporting anything."""

import ctypes
from collections.abc import Iterator
from ctypes import c_void_p

from smartecr.tse import log_message, selection
from smartecr.tse.api import Found
from smartecr.tse.drivers.swissbit.library import Library
from smartecr.tse.errors import TseProtocolError
from smartecr.tse.log_message import LogMessage, LogMessageError

_TRANSACTION = 0
_LARGEST = 1 << 20


def backwards(library: Library, context: c_void_p) -> Iterator[LogMessage]:
    """Read the transaction messages, newest first."""
    with library.made("worm_entry", context) as entry:
        library.run("worm_entry_iterate_last", entry)
        while library.call("worm_entry_isValid", entry):
            number = library.call("worm_entry_id", entry)
            if library.call("worm_entry_type", entry) == _TRANSACTION:
                yield _read(library, entry)
            if number == 0:
                return
            library.run("worm_entry_iterate_id", entry, number - 1)


def _read(library: Library, entry: c_void_p) -> LogMessage:
    size = library.call("worm_entry_logMessageLength", entry)
    if size > _LARGEST:
        raise TseProtocolError(f"a log message of {size} bytes")
    buffer = ctypes.create_string_buffer(size)
    library.run("worm_entry_readLogMessage", entry, buffer, size)
    try:
        return log_message.parse(buffer.raw)
    except LogMessageError as error:
        raise TseProtocolError(str(error)) from None


def find(messages: Iterator[LogMessage], number: int) -> Found:
    """Look a transaction up in messages, newest first. Numbers rise with every start, so a smaller start ends it."""
    finish = None
    for message in messages:
        is_start = _is_start(message)
        if message.transaction_number == number:
            if is_start:
                return selection.found(message, finish)
            finish = message if message.operation.lower().startswith("finish") else finish
        elif is_start and message.transaction_number < number:
            break
    return Found(state="unknown")


def last(messages: Iterator[LogMessage], client_id: str) -> int:
    """Tell the highest transaction number (of a client) from messages, newest first; 0 when there is none."""
    for message in messages:
        if _is_start(message) and client_id in ("", message.client_id):
            return message.transaction_number
    return 0


def _is_start(message: LogMessage) -> bool:
    return message.operation.lower().startswith("start")
