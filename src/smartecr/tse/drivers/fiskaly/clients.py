"""Clients of a TSS: the register's serial number on one side, the service's id on the other."""

from collections.abc import Callable

from smartecr.tse.drivers.fiskaly import values
from smartecr.tse.drivers.fiskaly.service import Service
from smartecr.tse.drivers.fiskaly.values import Fields
from smartecr.tse.errors import TseClientUnknown, TseTooManyClients

_PAGE = 100
_MOST_PAGES = 20


class Clients:
    """Knows the ids of clients; asks the service when it does not."""

    def __init__(self, service: Service, tss: str, new_id: Callable[[], str]) -> None:
        self._service = service
        self._tss = tss
        self._path = f"{tss}/client"
        self._new_id = new_id
        self._ids: dict[str, str] = {}

    def registered(self) -> tuple[str, ...]:
        """List the serial numbers that may sign."""
        self._load()
        return tuple(self._ids)

    def id_of(self, client_id: str) -> str:
        """Tell the id of a client; empty when it is not registered."""
        if client_id not in self._ids:
            self._load()
        return self._ids.get(client_id, "")

    def register(self, client_id: str) -> None:
        """Register a client; one that was removed before comes back under its id."""
        known = self._load().get(client_id)
        if client_id in self._ids:
            return
        most = values.optional_number(self._service.get(self._tss), "max_number_registered_clients")
        if most is not None and len(self._ids) >= most:
            raise TseTooManyClients(f"{most} are registered")
        if known is None:
            self._service.put(f"{self._path}/{self._new_id()}", {"serial_number": client_id})
        else:
            self._service.patch(f"{self._path}/{known}", {"state": "REGISTERED"})

    def deregister(self, client_id: str) -> None:
        """Remove a client. Raises TseClientUnknown."""
        identifier = self.id_of(client_id)
        if not identifier:
            raise TseClientUnknown(client_id)
        self._service.patch(f"{self._path}/{identifier}", {"state": "DEREGISTERED"})
        del self._ids[client_id]

    def _load(self) -> dict[str, str]:
        """Ask for all clients; return the ids of those that are removed, too."""
        everyone: dict[str, str] = {}
        active: dict[str, str] = {}
        for page in range(_MOST_PAGES):
            entries = values.entries(self._service.get(self._path, {"limit": _PAGE, "offset": page * _PAGE}))
            before = len(everyone)
            for entry in entries:
                self._note(entry, everyone, active)
            if len(entries) < _PAGE or len(everyone) == before:
                break
        self._ids = active
        return everyone

    @staticmethod
    def _note(entry: Fields, everyone: dict[str, str], active: dict[str, str]) -> None:
        serial, identifier = values.text(entry, "serial_number"), values.identifier(entry)
        everyone[serial] = identifier
        if entry.get("state", "REGISTERED") != "DEREGISTERED":
            active[serial] = identifier
