"""The device as the service's worker holds it: opened, recognised, ready, looked after. One thread only."""

import logging
from collections.abc import Callable, Collection, Sequence
from typing import Any, BinaryIO

from smartecr.tse.api import ExportReceipt, Selection, Tse, TseInfo
from smartecr.tse.errors import (
    TseClientUnknown,
    TseConnectionLost,
    TseError,
    TseExportFailed,
    TseForeign,
    TseNotAuthorized,
    TseProtocolError,
    TseRefused,
    TseRetired,
    TseTransportError,
    TseUnavailable,
    TseUnplugged,
)
from smartecr.tse.healing import Healer, PinOf
from smartecr.tse.housekeeping import Task, due
from smartecr.tse.jobs import Job
from smartecr.tse.readiness import ensure_ready

log = logging.getLogger(__name__)


class Connection:
    """Opens a device and keeps it able to sign.

    ``serial`` is that of the device in service ("": the first one met); another one signs nothing until
    ``adopt``; ``retired`` ones are left alone. ``closed`` tells whether the shop is closed now (None: hours unknown).
    """

    def __init__(
        self,
        open_device: Callable[[], Tse],
        clock: Callable[[], float],
        clients: Sequence[str],
        pin_of: PinOf,
        serial: str,
        closed: Callable[[], bool | None] | None,
        retired: Collection[str] = (),
    ) -> None:
        self._open_device = open_device
        self._clock = clock
        self._clients = tuple(clients)
        self._healer = Healer(clock, pin_of, self._clients[0] if self._clients else "")
        self._closed = closed
        self._retired = frozenset(retired)
        self.serial = serial
        self.foreign = ""
        self.device: Tse | None = None

    def adopt(self) -> None:
        """Take whatever device answers next for the one in service."""
        self.serial = self.foreign = ""

    def retire(self, serial: str, *, retired: bool) -> None:
        """Leave a device alone from now on, or no longer."""
        self._retired = self._retired | {serial} if retired else self._retired - {serial}

    def opened(self) -> Tse:
        """Give the device, opening it if need be, whatever its state."""
        if self.device is None:
            self.device = self._open_device()
        return self.device

    def reach(self) -> TseInfo:
        """Bring the device to where it can sign. Raises what hinders it."""
        device = self.opened()
        info = self._recognise(device)
        try:
            ensure_ready(info, self._clock())
        except TseError as error:
            if not self._healed(device, error):
                raise
            info = device.info()
            ensure_ready(info, self._clock())
        missing = [client for client in self._clients if info.clients is not None and client not in info.clients]
        for client_id in missing:
            try:
                self._healer.register(device, client_id)
            except TseNotAuthorized:
                raise TseClientUnknown(client_id) from None
        return device.info() if missing else info

    def look_after(self) -> TseInfo:
        """See that all is well and do what is due; the idle worker's task."""
        info = self.reach()
        task = due(info, self._closed() if self._closed else None)
        if task is None:
            return info
        device = self.opened()
        self.care(device, task)
        return device.info()

    def care(self, device: Tse, task: Task) -> None:
        """Have a device test itself (which includes the time), or tell it the time."""
        if task == "self_test":
            self._healer.test(device)
        else:
            self._healer.set_time(device)

    def export(self, device: Tse, sink: BinaryIO, selection: Selection) -> ExportReceipt:
        """Write an export. What the sink raises (disk full) is TseExportFailed with that cause: the device is well."""
        try:
            return self._healer.export(device, sink, selection)
        except TseError:
            raise
        except Exception as error:
            raise TseExportFailed(f"the sink failed: {error!r}") from error

    def call(self, job: Job) -> Any:
        """Run a call, once more after a remedy; not for a caller who has been told that it is over."""
        device = self.device
        if device is None:
            raise TseUnavailable("not connected")
        try:
            return job.call(device)
        except TseTransportError as error:
            if job.over or not _mendable(job, error) or not self._reopened():
                raise
            return self._repeat(job, error)
        except TseError as error:
            if job.over or not self._healed(device, error):
                raise
            return job.call(device)

    def release(self) -> None:
        """Close the device, whatever it says to that."""
        device, self.device = self.device, None
        if device is not None:
            try:
                device.close()
            except Exception:
                log.exception("closing the TSE failed")

    def _reopened(self) -> bool:
        """Open the device anew after its connection broke; false when it is still gone, or not the same."""
        self.release()
        try:
            self.reach()
        except TseError as error:
            log.info("not reopened: %s", error)
            return False
        return True

    def _repeat(self, job: Job, error: TseTransportError) -> Any:
        """Repeat a call on the new connection; a finish that may have been signed is looked up first."""
        device = self.opened()
        if error.outcome_unknown:
            found = device.find_transaction(job.number)
            if found.finish is not None:
                return found.finish
        return job.call(device)

    def _healed(self, device: Tse, error: TseError) -> bool:
        """Try the remedy; one that is refused (wrong PIN) leaves the error what it was."""
        try:
            return self._healer.heal(device, error)
        except TseRefused as refused:
            log.warning("no remedy for %s: %s", error, refused)
            return False

    def _recognise(self, device: Tse) -> TseInfo:
        info = device.info()
        if info.serial in self._retired:
            self.release()
            raise TseRetired(info.serial)
        if self.serial and info.serial != self.serial:
            self.foreign = info.serial
            self.release()
            raise TseForeign(f"{info.serial} instead of {self.serial}")
        self.serial, self.foreign = info.serial, ""
        return info


def _mendable(job: Job, error: TseTransportError) -> bool:
    """Whether a new connection and a second try are right: nothing happened yet, or a finish can be looked up.

    A start that may have been signed is not repeated: its transaction would stay open with nobody to know it.
    """
    if isinstance(error, TseUnplugged):
        return job.kind in ("start", "finish")
    return job.kind == "finish" and isinstance(error, TseConnectionLost | TseProtocolError)
