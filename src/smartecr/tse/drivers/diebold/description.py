"""What the device tells about itself, in the words of the interface."""

from typing import NamedTuple

from smartecr.tse import logtime
from smartecr.tse.api import Lifecycle, TseInfo
from smartecr.tse.drivers import certificates, keys
from smartecr.tse.drivers.diebold import frames, values
from smartecr.tse.drivers.diebold.commands import Command, SlotTse
from smartecr.tse.drivers.diebold.errors import DeviceError
from smartecr.tse.drivers.diebold.exports import reset
from smartecr.tse.drivers.diebold.frames import FrameError
from smartecr.tse.drivers.diebold.session import Session

#: what the maker allows in a device's life; the device tells only what is left
MAX_SIGNATURES = 20_000_000
_CONNECT_BOX = 65


class Identity(NamedTuple):
    """What does not change once the device is in operation."""

    serial: str
    public_key: bytes
    certificates: tuple[bytes, ...]


_NOBODY = Identity("", b"", ())


def lifecycle(slot_info: list[bytes]) -> Lifecycle:
    """Read the state of life out of GET_SLOT_INFO. Raises FrameError."""
    status = frames.hexadecimal(values.at(slot_info, 1))
    if status & SlotTse.DISABLED:
        return Lifecycle.DECOMMISSIONED
    return Lifecycle.INITIALIZED if status & SlotTse.INITIALIZED else Lifecycle.UNINITIALIZED


def learn(session: Session, state: Lifecycle) -> Identity:
    """Ask the device who it is. Raises FrameError when key and serial number do not fit."""
    if state is Lifecycle.UNINITIALIZED:
        return _NOBODY
    try:
        serial = values.binary(values.at(session.values(Command.EXPORT_SERIAL_NUMBERS, session.slot), 0))
        reset(session)
        key = values.binary(values.at(session.values(Command.EXPORT_PUBLIC_KEY, session.slot), 1))
        reset(session)
        chain = [values.binary(one) for one in session.values(Command.EXPORT_CERTIFICATES, session.slot)]
    finally:
        reset(session)
    public_key = keys.point(key, serial)
    if not public_key:
        raise FrameError("the public key does not fit the serial number")
    return Identity(serial.hex(), public_key, certificates.chain(chain, serial.hex()))


def describe(session: Session, slot_info: list[bytes], identity: Identity) -> TseInfo:
    """Ask the device how it is. Raises DeviceError, FrameError."""
    new = identity.serial == ""
    total = values.optional(slot_info, 4)
    free = values.optional(slot_info, 5)
    clients = session.ask(Command.GET_CLIENTS)
    open_ones = session.ask(Command.GET_TRANSACTIONS)
    self_test = session.ask(Command.GET_SELF_TEST_TIME)
    return TseInfo(
        serial=identity.serial,
        algorithm="" if new else values.text(values.at(slot_info, 8)),
        time_format=logtime.UNIX,
        public_key=identity.public_key,
        certificates=identity.certificates,
        description="Diebold Nixdorf TSE",
        is_test=certificates.is_test(identity.certificates),
        state=lifecycle(slot_info),
        certificate_expires=None if new else values.unix(values.at(slot_info, 6)),
        certification_id=values.text(slot_info[10]) or None if len(slot_info) > 10 else None,
        firmware=_firmware(session),
        max_clients=values.optional(clients, 0),
        open_transactions=values.optional(open_ones, 1),
        max_open_transactions=values.optional(open_ones, 0),
        signatures_remaining=None if new else values.optional(slot_info, 7),
        max_signatures=MAX_SIGNATURES,
        storage_used=None if total is None or free is None else max(0, total - free),
        storage_total=total,
        self_test_in=values.optional(self_test, 0),
        time_sync_interval=None if new else values.optional(session.ask(Command.GET_TIME_INTERVAL), 0),
    )


def _firmware(session: Session) -> str | None:
    """Name the firmware: of the TSE, or of the box it sits in."""
    hardware = values.optional(session.ask(Command.GET_COUNTRY_INFO), 3)
    try:
        numbers = [values.text(value) for value in session.ask(Command.GET_FIRMWARE_INFO)[:3]]
    except DeviceError:
        return None
    return ("ConnectBox " if hardware == _CONNECT_BOX else "") + ".".join(numbers)
