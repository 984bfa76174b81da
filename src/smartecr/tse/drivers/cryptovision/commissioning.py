"""Putting a factory-new card into operation, in steps that may be cut off and gone on with."""

from smartecr.tse.credentials import NewCredentials, Role, Secret
from smartecr.tse.drivers.cryptovision import answers, commands
from smartecr.tse.drivers.cryptovision.commands import Code, LifeCycle, Status
from smartecr.tse.drivers.cryptovision.session import USERS, Session, check_lengths
from smartecr.tse.errors import TseAlreadyInitialized, TseDecommissioned, TseProtocolError

#: hardware of the first generation sets all PINs and PUKs at once; told by its firmware id
_FIRST_GENERATION = ("240346", "425545", "793041")


def initialize(session: Session, credentials: NewCredentials, client_id: str, now: int) -> None:
    """Set PINs and PUKs, initialise, set the time (unix seconds), register the client, log out.

    Raises TseAlreadyInitialized when a client is registered already. Gone on with after a cut, the PIN
    given must be the one set before; a wrong one costs a try.
    """
    state = session.status(Status.LIFE_CYCLE)
    if state == LifeCycle.DISABLED:
        raise TseDecommissioned("life cycle state 5")
    if state != LifeCycle.NOT_INITIALIZED and answers.has_mappings(answers.data(session.ask(Code.GET_ERS_MAPPINGS))):
        raise TseAlreadyInitialized("a client is registered")
    _set_secrets(session, credentials)
    session.log_in(Role.ADMIN, credentials.admin_pin)
    try:
        if state == LifeCycle.NOT_INITIALIZED:
            session.ask(Code.INITIALIZE)
        session.ask(Code.UPDATE_TIME, commands.number(now))
    finally:
        session.log_out(Role.ADMIN)
    session.sleep()
    session.wake()
    _register(session, credentials, client_id, now)


def _set_secrets(session: Session, credentials: NewCredentials) -> None:
    """Set what still is the maker's."""
    for puk, pin in _pairs(credentials).values():
        check_lengths(puk, pin)
    states = answers.data(session.ask(Code.GET_PIN_STATES))
    if len(states) != 4:
        raise TseProtocolError("PIN states")
    if any(mark in session.firmware for mark in _FIRST_GENERATION):
        if any(states):
            (admin_puk, admin_pin), (time_puk, time_pin) = _pairs(credentials).values()
            secrets = (admin_puk, admin_pin, time_puk, time_pin)
            session.ask(Code.INITIALIZE_PINS, *(secret.reveal() for secret in secrets))
        return
    for role, (pin_state, puk_state) in {Role.ADMIN: states[0:2], Role.TIME_ADMIN: states[2:4]}.items():
        puk, pin = _pairs(credentials)[role]
        if puk_state:
            session.ask(Code.INITIALIZE_PINS, USERS[role], puk.reveal())
        if pin_state:
            session.unblock(role, puk, pin)


def _pairs(credentials: NewCredentials) -> dict[Role, tuple[Secret, Secret]]:
    return {
        Role.ADMIN: (credentials.admin_puk, credentials.admin_pin),
        Role.TIME_ADMIN: (credentials.time_admin_puk, credentials.time_admin_pin),
    }


def _register(session: Session, credentials: NewCredentials, client_id: str, now: int) -> None:
    """Map the client to the key the card has made at its first start in operation."""
    serial = answers.serial_number(answers.data(session.ask(Code.GET_SERIAL_NUMBERS)))
    session.log_in(Role.ADMIN, credentials.admin_pin)
    try:
        if session.status(Status.LIFE_CYCLE) == LifeCycle.NO_TIME:
            session.ask(Code.UPDATE_TIME, commands.number(now))
        session.ask(Code.MAP_ERS_TO_KEY, client_id, serial)
    finally:
        session.log_out(Role.ADMIN)
