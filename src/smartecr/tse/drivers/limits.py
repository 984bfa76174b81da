"""What every device takes: checked here, before anything goes over a wire."""

import re

from smartecr.tse.errors import TseInvalidParameter

#: characters and length every known device accepts (the Diebold Nixdorf web service is the strictest)
_CLIENT_ID = re.compile(r"[A-Za-z0-9 ()+,\-.:?]{1,30}")
_PROCESS_TYPE = re.compile(r"[A-Za-z0-9 '()+,\-./:=?]{0,100}")


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
