"""Content of system and audit logs (TR-03151 1.0.1, systemOperationData): what each operation leaves behind.

Each function returns ``(operationType, systemOperationData)``. Times are 4 bytes of unix time as in logTime;
roles and truth values are numbered as devices in the field do (admin 1, timeAdmin 2, TRUE FF).
"""

from smartecr.tse import der
from smartecr.tse.credentials import Role

Event = tuple[str, bytes]

_ROLES = {Role.ADMIN: b"\x01", Role.TIME_ADMIN: b"\x02"}


def start_audit() -> Event:
    """Tell that logging begins: the first message of a device."""
    return "startAudit", b""


def initialize(description: str) -> Event:
    """Tell that the device was put into operation, and its description."""
    return "initialize", der.tlv(0x81, description.encode())


def authenticate_user(role: Role, *, right: bool) -> Event:
    """Tell of a log-in, or of one with a wrong PIN."""
    return "authenticateUser", _user(role) + der.tlv(0x82, _ROLES[role]) + _truth(0x83, right)


def log_out(role: Role, *, timeout: bool = False) -> Event:
    """Tell of a log-out, by the user or for idleness."""
    return "logOut", _user(role) + der.tlv(0x82, bytes([timeout]))


def unblock_user(role: Role, *, right: bool) -> Event:
    """Tell of a new PIN set by the PUK (0 done, 1 failed)."""
    return "unblockUser", _user(role) + der.tlv(0x82, bytes([not right]))


def change(role: Role, what: str, *, right: bool) -> Event:
    """Tell of a changed PIN or PUK; ``what`` is changePin or changePuk (makers' own, not in the standard)."""
    return what, _user(role) + _truth(0x82, right)


def update_time(before: int, after: int) -> Event:
    """Tell of a set clock: the time it showed and the time it shows."""
    return "updateTime", der.tlv(0x81, _unix(before)) + der.tlv(0x82, _unix(after))


def register_client(client_id: str) -> Event:
    """Tell of a new client."""
    return "registerClient", der.tlv(0x81, client_id.encode())


def deregister_client(client_id: str) -> Event:
    """Tell of a removed client."""
    return "deregisterClient", der.tlv(0x81, client_id.encode())


def self_test_failed(component: str, error: str, at: int) -> Event:
    """Tell of a failed self test; one that was passed is an audit log."""
    data = der.tlv(0x81, component.encode()) + _truth(0x82, False) + der.tlv(0x83, error.encode())
    return "selfTest", data + der.tlv(0x84, _unix(at))


def delete_stored_data(role: Role) -> Event:
    """Tell who deleted exported messages."""
    return "deleteStoredData", _user(role)


def lock(*, locked: bool) -> Event:
    """Tell that transactions are not signed until further notice, or are again."""
    return "lockTransactionLogging" if locked else "unlockTransactionLogging", b""


def disable_secure_element(at: int) -> Event:
    """Tell of the end of the device's life."""
    return "disableSecureElement", der.tlv(0x81, _unix(at))


def audit(at: int, event: int, version: str) -> bytes:
    """Make seAuditData: time, number of the event (1 self test passed, 2 end of life), version of the software."""
    return der.tlv(0x30, der.tlv(0x80, _unix(at)) + der.tlv(0x81, bytes([event])) + der.tlv(0x82, version.encode()))


def _user(role: Role) -> bytes:
    return der.tlv(0x81, role.value.encode())


def _truth(tag: int, truth: bool) -> bytes:
    return der.tlv(tag, b"\xff" if truth else b"\x00")


def _unix(at: int) -> bytes:
    return der.integer(at)[2:]
