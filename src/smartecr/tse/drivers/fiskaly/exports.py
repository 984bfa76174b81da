"""Getting log messages from the service: ordered, waited for, downloaded."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from smartecr.tse.api import Selection
from smartecr.tse.drivers import archive
from smartecr.tse.drivers.fiskaly import values
from smartecr.tse.drivers.fiskaly.service import Service
from smartecr.tse.errors import TseExportFailed

#: seconds for the service to make an export, and to have it downloaded
_MAKING = 1800.0
_LOADING = 3600.0
_PAUSE = 1.0
_LONGEST_PAUSE = 10.0
_UNDER_WAY = frozenset(("PENDING", "WORKING"))


def parameters(selection: Selection, client_of: Callable[[str], str]) -> dict[str, str | int]:
    """Say which messages are wanted; the host sees to what the service cannot say."""
    wanted: dict[str, str | int] = {}
    if selection.transactions is not None:
        first, last = selection.transactions
        wanted |= {"start_transaction_number": max(0, first), "end_transaction_number": max(0, last)}
    elif selection.begin is not None or selection.end is not None:
        wanted |= {} if selection.begin is None else {"start_date": max(0, selection.begin)}
        wanted |= {} if selection.end is None else {"end_date": max(0, selection.end)}
    if selection.client_id is not None and (client := client_of(selection.client_id)):
        wanted["client_id"] = client
    return wanted


@contextmanager
def fetch(service: Service, tss: str, export_id: str, wanted: dict[str, str | int], largest: int) -> Iterator[BinaryIO]:
    """Get an archive, ready to be read, of at most ``largest`` bytes. Raises TseExportFailed."""
    path = f"{tss}/export/{export_id}"
    answer = service.put(path, {}, wanted)
    deadline = service.deadline(_MAKING)
    pause = _PAUSE
    while (state := values.text(answer, "state")) in _UNDER_WAY:
        deadline.left()
        service.wait(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
        answer = service.get(path)
    if state != "COMPLETED":
        raise TseExportFailed(f"the export is {state[:20]}")
    with archive.spool() as content:
        service.download(f"{path}/file", content, largest, _LOADING)
        content.write(archive.END_BLOCKS)
        content.seek(0)
        yield content
