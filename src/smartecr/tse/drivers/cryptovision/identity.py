"""Who the card is and how it is: what does not change is asked once, the rest each time."""

from smartecr.core.records import dataclass
from smartecr.tse import logtime
from smartecr.tse.api import Lifecycle, PinState, TseInfo
from smartecr.tse.credentials import Role
from smartecr.tse.drivers import archive, certificates, keys
from smartecr.tse.drivers.cryptovision import answers, commands
from smartecr.tse.drivers.cryptovision.commands import Code, Config, KeyData, LifeCycle, Status
from smartecr.tse.drivers.cryptovision.errors import CardError
from smartecr.tse.drivers.cryptovision.session import Session
from smartecr.tse.errors import TseProtocolError
from smartecr.tse.tar import TarError

#: engineering samples, told by what their firmware id contains
_SAMPLES = ("f44a9e", "aee640", "52376", "462076", "056817", "379178", "430527", "966416", "021148", "932479")
_STATES: dict[int, Lifecycle] = {
    LifeCycle.NOT_INITIALIZED: Lifecycle.UNINITIALIZED,
    LifeCycle.NO_TIME: Lifecycle.INITIALIZED,
    LifeCycle.ACTIVE: Lifecycle.INITIALIZED,
    LifeCycle.DEACTIVATED: Lifecycle.DEACTIVATED,
    LifeCycle.DISABLED: Lifecycle.DECOMMISSIONED,
}
_TIME_FORMATS = {1: logtime.UTC_SECONDS, 2: logtime.GENERALIZED, 3: logtime.UNIX}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What does not change once the card is in operation."""

    serial: bytes
    public_key: bytes
    certificates: tuple[bytes, ...]
    algorithm: str
    time_format: str
    certification_id: str
    max_clients: int
    max_transactions: int
    time_sync_interval: int
    total_memory: int


def learn(session: Session) -> Identity | None:
    """Ask the card who it is; None before it is put into operation."""
    try:
        serial = answers.serial_number(answers.data(session.ask(Code.GET_SERIAL_NUMBERS)))
    except (CardError, commands.CommandError):
        return None
    public_key = keys.point(answers.data(session.key_data(KeyData.PUBLIC_KEY, serial)), serial)
    if not public_key:
        raise TseProtocolError("the card's public key does not fit its serial number")
    return Identity(
        serial=serial,
        public_key=public_key,
        certificates=_certificates(session, serial),
        algorithm=answers.algorithm_name(answers.data(session.config(Config.SIGNATURE_ALGORITHMS))),
        time_format=_TIME_FORMATS.get(answers.number(session.config(Config.TIME_FORMAT)), logtime.UNIX),
        certification_id=answers.text(session.config(Config.CERTIFICATION_ID)),
        max_clients=answers.number(session.config(Config.MAX_CLIENTS)),
        max_transactions=answers.number(session.config(Config.MAX_TRANSACTIONS)),
        time_sync_interval=answers.number(session.config(Config.TIME_SYNC_INTERVAL)),
        total_memory=session.status(Status.TOTAL_MEMORY),
    )


def _certificates(session: Session, serial: bytes) -> tuple[bytes, ...]:
    with archive.spool() as content:
        try:
            content.write(answers.data(session.ask(Code.GET_CERTIFICATES)))
            content.write(archive.END_BLOCKS)
            content.seek(0)
            return certificates.of_archive(content, serial.hex())
        except (CardError, TarError):
            return ()


def describe(session: Session, identity: Identity | None) -> TseInfo:
    """Ask the card how it is."""
    state = session.status(Status.LIFE_CYCLE)
    life = _STATES.get(state, Lifecycle.DEACTIVATED)
    description = f"cryptovision TSE {session.unique_id.hex()}"
    is_sample = any(mark in session.firmware.lower() for mark in ("test", *_SAMPLES))
    if identity is None:
        return TseInfo(
            serial="",
            algorithm="",
            time_format=logtime.UNIX,
            public_key=b"",
            certificates=(),
            description=description,
            is_test=is_sample,
            state=life,
            firmware=session.firmware,
            pins=_pins(session),
        )
    serial = identity.serial
    return TseInfo(
        serial=serial.hex(),
        algorithm=identity.algorithm,
        time_format=identity.time_format,
        public_key=identity.public_key,
        certificates=identity.certificates,
        description=description,
        is_test=is_sample or certificates.is_test(identity.certificates),
        state=life,
        certificate_expires=answers.number(session.key_data(KeyData.CERTIFICATE_EXPIRY, serial)),
        certification_id=identity.certification_id or None,
        firmware=session.firmware,
        signature_counter=answers.number(session.key_data(KeyData.SIGNATURE_COUNTER, serial)),
        clients=clients(session, serial),
        max_clients=identity.max_clients,
        open_transactions=session.status(Status.OPEN_COUNT),
        max_open_transactions=identity.max_transactions,
        storage_used=identity.total_memory - session.status(Status.FREE_MEMORY),
        storage_total=identity.total_memory,
        has_valid_time=state != LifeCycle.NO_TIME,
        has_passed_self_test=True,
        time_sync_interval=identity.time_sync_interval,
        pins=_pins(session),
    )


def clients(session: Session, serial: bytes) -> tuple[str, ...]:
    """Ask for the clients mapped to the card's key."""
    return answers.mapped_clients(answers.data(session.ask(Code.GET_ERS_MAPPINGS)), serial)


def _pins(session: Session) -> dict[Role, PinState]:
    states = answers.data(session.ask(Code.GET_PIN_STATES))
    if len(states) != 4:
        raise TseProtocolError("PIN states")
    return {Role.ADMIN: PinState(initial=bool(states[0])), Role.TIME_ADMIN: PinState(initial=bool(states[2]))}
