"""Putting a factory-new device into operation, in steps that may be cut off and gone on with."""

from contextlib import suppress

from smartecr.tse.api import Lifecycle
from smartecr.tse.credentials import NewCredentials
from smartecr.tse.drivers.epson import description, errors, messages
from smartecr.tse.drivers.epson.errors import HostError
from smartecr.tse.drivers.epson.session import ADMINISTRATOR, Session
from smartecr.tse.errors import TseAlreadyInitialized, TseDecommissioned, TseInvalidParameter

#: setting up and testing take their time
_LONG = 120.0


def initialize(session: Session, credentials: NewCredentials, client_id: str, now: int) -> None:
    """Set PUK and PINs, test, set the time (unix seconds), register the client, log out.

    Raises TseAlreadyInitialized when a client besides the host itself is registered already.
    """
    info = session.storage_info()
    state = description.lifecycle(info)
    if state is Lifecycle.DECOMMISSIONED:
        raise TseDecommissioned("tseInitializationState")
    if state is Lifecycle.INITIALIZED and (messages.optional_number(info, "registeredClients") or 0) > 1:
        raise TseAlreadyInitialized("a client is registered")
    if state is Lifecycle.UNINITIALIZED:
        _set_up(session, credentials)
    session.log_in(ADMINISTRATOR, credentials.admin_pin)
    try:
        session.ask("RunTSESelfTest", timeout=_LONG)
        session.ask("UpdateTime", {"userId": ADMINISTRATOR, "newDateTime": messages.moment(now), "useTimeSync": False})
        session.ask("RegisterClient", {"clientId": client_id})
    finally:
        with suppress(HostError):
            session.log_out(ADMINISTRATOR)


def _set_up(session: Session, credentials: NewCredentials) -> None:
    secrets = {
        "puk": credentials.admin_puk,
        "adminPin": credentials.admin_pin,
        "timeAdminPin": credentials.time_admin_pin,
    }
    for name, secret in secrets.items():
        length = 6 if name == "puk" else 5
        if len(secret.reveal()) != length or not secret.reveal().isdigit():
            raise TseInvalidParameter(f"{name} has {length} digits")
    try:
        session.ask("SetUp", {name: secret.reveal().decode() for name, secret in secrets.items()}, _LONG)
    except HostError as error:
        if error.name != errors.ALREADY_SET_UP:
            raise
