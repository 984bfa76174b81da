"""An open device: the library's context, whether the device is still there, and the calls every request needs."""

import os
from collections.abc import Callable
from ctypes import byref, c_int, c_uint64, c_void_p
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from smartecr.tse.credentials import Role
from smartecr.tse.drivers.blockfile import DirectFile
from smartecr.tse.drivers.swissbit.library import Library
from smartecr.tse.errors import TseAuthenticationFailed, TseError, TsePinBlocked, TseProtocolError

T = TypeVar("T")


class Signed(NamedTuple):
    """The answer to a signing; ``serial`` is that of the key."""

    transaction_number: int
    log_time: int
    signature_counter: int
    signature: bytes
    serial: bytes


class Session:
    """The library's context for one device. ``presence`` is its open status file, locked."""

    def __init__(self, library: Library, folder: Path, presence: DirectFile) -> None:
        self.library = library
        self.context = c_void_p()
        self._presence = presence
        try:
            library.run("worm_init", byref(self.context), os.fsencode(folder))
            if library.has("worm_keepalive_disable"):
                library.run("worm_keepalive_disable", self.context)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the context and release the device; harmless when closed already."""
        if self.context.value:
            context, self.context = self.context, c_void_p()
            self.library.call("worm_cleanup", context)
        self._presence.close()

    def ensure_there(self) -> None:
        """Raise TseUnplugged when the device is gone: the library's own answer would mislead."""
        self._presence.ensure_there()

    def run(self, name: str, *arguments: Any, role: Role = Role.ADMIN) -> None:
        """Call a function of the device."""
        self.ensure_there()
        self.library.run(name, self.context, *arguments, role=role)

    def present(self, name: str, *arguments: Any, blocked: type[TseError] = TsePinBlocked) -> None:
        """Call a function that takes a PIN or PUK and tells the tries left."""
        remaining = c_int(-1)
        try:
            self.run(name, *arguments, byref(remaining))
        except TseAuthenticationFailed as error:
            known = remaining.value if remaining.value >= 0 else None
            raise TseAuthenticationFailed(error.detail, known) from None
        except TsePinBlocked as error:
            raise blocked(error.detail) from None

    def info(self, read: Callable[[c_void_p], T]) -> T:
        """Read the device's state and take out of it what is wanted."""
        self.ensure_there()
        with self.library.made("worm_info", self.context) as info:
            self.library.run("worm_info_read", info)
            return read(info)

    def sign(self, name: str, client_id: str, number: int | None, data: bytes, process_type: str) -> Signed:
        """Call one of the three functions that sign a transaction."""
        self.ensure_there()
        library = self.library
        with library.made("worm_transaction_response", self.context) as response:
            numbers = () if number is None else (c_uint64(number),)
            client = client_id.encode("ascii", "replace")
            self.run(name, client, *numbers, data, len(data), process_type.encode("ascii"), response)
            signature = library.data("worm_transaction_response_signature", response)
            if not signature:
                raise TseProtocolError("the answer has no signature")
            return Signed(
                transaction_number=library.call("worm_transaction_response_transactionNumber", response),
                log_time=library.call("worm_transaction_response_logTime", response),
                signature_counter=library.call("worm_transaction_response_signatureCounter", response),
                signature=signature,
                serial=library.data("worm_transaction_response_serialNumber", response),
            )
