"""Putting a factory-new device into operation, in steps that may be cut off and gone on with.

The first steps use the PUK and PINs the device came with. A wrong seed of the dealer would spend tries of the
PUK, and devices before firmware 2.0.0 are lost for good after three: those are refused here.
"""

from collections.abc import Callable

from smartecr.tse.credentials import NewCredentials, Role, Secret
from smartecr.tse.drivers.swissbit_raw.credentials import derive
from smartecr.tse.drivers.swissbit_raw.infoblock import InfoBlock
from smartecr.tse.drivers.swissbit_raw.opcodes import Opcode, counted, text, u64, user
from smartecr.tse.drivers.swissbit_raw.transport import SELF_TEST_TIMEOUT, Refusal, Transport
from smartecr.tse.errors import TseAlreadyInitialized, TseDecommissioned, TseInvalidParameter, TseNotSupported

PIN_LENGTH = 5
PUK_LENGTH = 6


def initialize(
    transport: Transport,
    info: InfoBlock,
    seed: bytes,
    credentials: NewCredentials,
    client_id: str,
    now: Callable[[], int],
) -> None:
    """Change PUK and PINs, set the time, register the client, test, switch signing on, initialise.

    ``now`` gives unix seconds. What was changed before a cut is not changed again.
    """
    _check(info, credentials)
    known = derive(seed, bytes.fromhex(info.serial))
    _self_test(transport, client_id)
    if not info.has_changed_puk:
        transport.run(Opcode.CHANGE_PUK, counted(known.puk, credentials.admin_puk))
    for role, old, changed in (
        (Role.ADMIN, known.admin_pin, info.has_changed_admin_pin),
        (Role.TIME_ADMIN, known.time_admin_pin, info.has_changed_time_admin_pin),
    ):
        new = credentials.pin(role)
        if not changed:
            log_in(transport, role, old)
            transport.run(Opcode.CHANGE_PIN, user(role) + counted(old, new), role)
        log_in(transport, role, new)
    transport.run(Opcode.UPDATE_TIME, u64(now()), Role.TIME_ADMIN)
    transport.run(Opcode.REGISTER_CLIENT, text(client_id))
    _self_test(transport, client_id)
    transport.run(Opcode.ENABLE_CTSS)
    transport.run(Opcode.INITIALIZE)
    transport.run(Opcode.UPDATE_TIME, u64(now()), Role.TIME_ADMIN)


def log_in(transport: Transport, role: Role, pin: Secret) -> None:
    """Log a user in."""
    transport.run(Opcode.LOG_IN, user(role) + counted(pin), role)


def _self_test(transport: Transport, client_id: str) -> None:
    """Test the device; what it says about a client it does not know yet matters nothing here."""
    try:
        transport.ask(Opcode.SELF_TEST, text(client_id), SELF_TEST_TIMEOUT)
    except Refusal:
        return


def _check(info: InfoBlock, credentials: NewCredentials) -> None:
    if info.state == "initialized":
        raise TseAlreadyInitialized(info.serial)
    if info.state != "uninitialized":
        raise TseDecommissioned(info.serial)
    if int(info.software.split(".")[0]) < 2:
        raise TseNotSupported("devices before firmware 2.0.0 are put into operation with the maker's tool")
    for length, secrets in (
        (PIN_LENGTH, (credentials.admin_pin, credentials.time_admin_pin)),
        (PUK_LENGTH, (credentials.admin_puk,)),
    ):
        if any(len(secret.reveal()) != length for secret in secrets):
            raise TseInvalidParameter(f"{length} characters are needed")
