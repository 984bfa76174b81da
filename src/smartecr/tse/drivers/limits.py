"""What every device takes: checked here, before anything goes over a wire."""

import re

from smartecr.tse.errors import TseInvalidParameter, TseTransactionUnknown

#: characters and length every known device accepts (the Diebold Nixdorf web service is the strictest)
_CLIENT_ID = re.compile(r"[A-Za-z0-9 ()+,\-.:?]{1,30}")
_PROCESS_TYPE = re.compile(r"[A-Za-z0-9 '()+,\-./:=?]{0,100}")

_YEAR_2121 = 4_765_132_800


def check_client_id(client_id: str) -> None:
    """Raise TseInvalidParameter for a client id some device could not take."""
    if not _CLIENT_ID.fullmatch(client_id):
        raise TseInvalidParameter(f"client id {client_id!r}")


def check_process(process_data: bytes, process_type: str, most: int) -> None:
    """Raise TseInvalidParameter for more than ``most`` bytes, or a type that is no PrintableString of 100."""
    if len(process_data) > most:
        raise TseInvalidParameter(f"{len(process_data)} bytes of process data, at most {most}")
    if not _PROCESS_TYPE.fullmatch(process_type):
        raise TseInvalidParameter(f"process type {process_type!r}")


def check_number(transaction_number: int) -> None:
    """Raise TseTransactionUnknown for a number no device ever gives (TR-03151: 32 bits, from 1)."""
    if not 0 < transaction_number < 1 << 32:
        raise TseTransactionUnknown(f"number {transaction_number}")


def check_time(unix: int) -> None:
    """Raise TseInvalidParameter for a time (seconds) before 1970 or after 2120, which some devices refuse."""
    if not 0 <= unix < _YEAR_2121:
        raise TseInvalidParameter(f"time {unix}")
