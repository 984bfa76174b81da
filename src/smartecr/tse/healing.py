"""What a driver's error asks for before the same call may be tried once more.

=====================  =========================================================
error                  remedy
=====================  =========================================================
TseSelfTestRequired    self test, then the time (a self test may lose it)
TseTimeNotSet          the time, with a log-in of TIME_ADMIN where needed
TseNotAuthorized       log-in of the role asked for, if its PIN was entrusted
=====================  =========================================================

A broken connection is opened anew by ``connection``, the rest is an outage.
No PIN is tried a second time after it was wrong, and no PUK ever.
"""

from collections.abc import Callable
from typing import BinaryIO

from smartecr.tse.api import Capability, ExportReceipt, Selection, Tse
from smartecr.tse.credentials import Role, Secret
from smartecr.tse.errors import TseAuthenticationFailed, TseError, TseNotAuthorized, TseSelfTestRequired, TseTimeNotSet

#: a device may want all of them before it exports
_REMEDIES = 3

PinOf = Callable[[Role], Secret | None]


class Healer:
    """Knows the remedies for one device. ``clock`` is unix seconds UTC, ``client_id`` names the self test's client."""

    def __init__(self, clock: Callable[[], float], pin_of: PinOf, client_id: str) -> None:
        self._clock = clock
        self._pin_of = pin_of
        self._client_id = client_id
        self._wrong: set[tuple[Role, Secret]] = set()

    def heal(self, device: Tse, error: TseError) -> bool:
        """Apply the remedy; false when there is none. Raises what the remedy meets."""
        if isinstance(error, TseSelfTestRequired):
            self.test(device)
        elif isinstance(error, TseTimeNotSet):
            self.set_time(device)
        elif isinstance(error, TseNotAuthorized):
            return self._log_in(device, error.role)
        else:
            return False
        return True

    def test(self, device: Tse) -> None:
        """Have the device test itself and tell it the time afterwards."""
        device.run_self_test(self._client_id)
        self.set_time(device)

    def set_time(self, device: Tse) -> None:
        """Tell the device the time; whoever was logged in for it is logged out again."""
        if Capability.SET_TIME not in device.capabilities:
            return
        try:
            device.update_time(int(self._clock()))
        except TseNotAuthorized as error:
            if not self._log_in(device, error.role):
                raise
            device.update_time(int(self._clock()))
            device.log_out(error.role)

    def register(self, device: Tse, client_id: str) -> None:
        """Register a client, logged in as administrator for as long as that takes."""
        try:
            device.register_client(client_id)
        except TseNotAuthorized as error:
            if not self._log_in(device, error.role):
                raise
            device.register_client(client_id)
            device.log_out(error.role)

    def export(self, device: Tse, sink: BinaryIO, selection: Selection) -> ExportReceipt:
        """Write an export, with the remedies the device asks for: self test, time, log-in, one after the other."""
        for _ in range(_REMEDIES):
            try:
                return device.export(sink, selection)
            except TseError as error:
                if not self.heal(device, error):
                    raise
            sink.seek(0)
            sink.truncate()
        return device.export(sink, selection)

    def _log_in(self, device: Tse, role: Role) -> bool:
        pin = self._pin_of(role)
        if pin is None or (role, pin) in self._wrong:
            return False
        try:
            device.authenticate_user(role, pin)
        except TseAuthenticationFailed:
            self._wrong.add((role, pin))
            raise
        return True
