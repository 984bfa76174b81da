"""What the host tells about its TSE, in the words of the interface."""

from typing import NamedTuple

from smartecr.tse import logtime
from smartecr.tse.api import Lifecycle, TseInfo
from smartecr.tse.drivers import certificates, keys
from smartecr.tse.drivers.epson import messages
from smartecr.tse.drivers.epson.errors import HostError
from smartecr.tse.drivers.epson.messages import Fields, MessageError
from smartecr.tse.drivers.epson.session import Session

UNINITIALIZED = "UNINITIALIZED"
_STATES = {
    UNINITIALIZED: Lifecycle.UNINITIALIZED,
    "INITIALIZED": Lifecycle.INITIALIZED,
    "DECOMMISSIONED": Lifecycle.DECOMMISSIONED,
}
_BLOCK = 512


class Identity(NamedTuple):
    """What does not change once the device is in operation."""

    serial: str
    public_key: bytes
    certificates: tuple[bytes, ...]


_NOBODY = Identity("", b"", ())


def lifecycle(info: Fields) -> Lifecycle:
    """Read the state of life. Raises MessageError for one there is not."""
    state = _STATES.get(messages.text(info, "tseInitializationState"))
    if state is None:
        raise MessageError("tseInitializationState")
    return state


def learn(session: Session, info: Fields) -> Identity:
    """Ask the device who it is. Raises MessageError when key and serial number do not fit."""
    if lifecycle(info) is Lifecycle.UNINITIALIZED:
        return _NOBODY
    serial = messages.binary(info, "serialNumber")
    public_key = keys.point(messages.binary(info, "tsePublicKey"), serial)
    if not public_key:
        raise MessageError("the public key does not fit the serial number")
    try:
        pem = messages.binary(session.ask("GetLogMessageCertificate"), "logMessageCertificate")
    except HostError:
        return Identity(serial.hex(), public_key, ())
    return Identity(serial.hex(), public_key, certificates.chain([pem], serial.hex()))


def describe(info: Fields, identity: Identity) -> TseInfo:
    """Say it in the words of the interface. Raises MessageError."""
    new = identity.serial == ""
    count, current = messages.optional_number(info, "tseCapacity"), messages.optional_number(info, "tseCurrentSize")
    description = _text(info, "tseDescription")
    firmware = _text(info, "softwareVersion")
    return TseInfo(
        serial=identity.serial,
        algorithm="" if new else messages.text(info, "signatureAlgorithm"),
        time_format=logtime.UNIX,
        public_key=identity.public_key,
        certificates=identity.certificates,
        description=f"Epson TSE {_text(info, 'cdcId')}".strip(),
        is_test=certificates.is_test(identity.certificates),
        state=lifecycle(info),
        certificate_expires=None if new else messages.unix(info, "certificateExpirationDate"),
        certification_id=description or None,
        firmware=firmware or None,
        max_clients=messages.optional_number(info, "maxRegisteredClients"),
        open_transactions=messages.optional_number(info, "startedTransactions"),
        max_open_transactions=messages.optional_number(info, "maxStartedTransactions"),
        signatures_remaining=messages.optional_number(info, "remainingSignatures"),
        max_signatures=messages.optional_number(info, "maxSignatures"),
        storage_used=None if current is None else current * _BLOCK,
        storage_total=None if count is None else count * _BLOCK,
        has_valid_time=messages.flag(info, "hasValidTime"),
        has_passed_self_test=messages.flag(info, "hasPassedSelfTest"),
        self_test_in=messages.optional_number(info, "timeUntilNextSelfTest"),
    )


def _text(info: Fields, name: str) -> str:
    value = info.get(name)
    return str(value)[:100] if isinstance(value, str | int) else ""
