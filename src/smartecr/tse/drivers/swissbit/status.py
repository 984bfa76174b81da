"""What the device tells of itself: state, limits, certificates, clients."""

import ctypes
from ctypes import byref, c_uint32, c_void_p
from typing import Any

from smartecr.tse.api import Lifecycle, PinState, TseInfo
from smartecr.tse.credentials import Role
from smartecr.tse.drivers import certificates
from smartecr.tse.drivers.swissbit.library import Library
from smartecr.tse.drivers.swissbit.prototypes import CLIENTS_A_PAGE, RegisteredClients
from smartecr.tse.drivers.swissbit.session import Session
from smartecr.tse.errors import TseNotAuthorized, TseNotInitialized, TseProtocolError

_BLOCK = 512
_STATES = {0: Lifecycle.UNINITIALIZED, 1: Lifecycle.INITIALIZED, 2: Lifecycle.DECOMMISSIONED}
_MOST_CERTIFICATES = 1 << 18
_MOST_CLIENTS = 4096


def serial(session: Session) -> bytes:
    """Ask for the serial number (32 bytes)."""
    return session.info(lambda info: session.library.data("worm_info_tseSerialNumber", info))


def describe(library: Library, info: c_void_p, chain: tuple[bytes, ...], clients: tuple[str, ...] | None) -> TseInfo:
    """Put together what the library's state object says."""

    def get(name: str) -> Any:
        return library.call(f"worm_info_{name}", info)

    version = get("softwareVersion")
    return TseInfo(
        serial=library.data("worm_info_tseSerialNumber", info).hex(),
        algorithm=_text(library.call("worm_signatureAlgorithm")),
        time_format=_text(library.call("worm_logTimeFormat")),
        public_key=library.data("worm_info_tsePublicKey", info),
        certificates=chain,
        description=f"Swissbit TSE {_text(get('formFactor'))}".rstrip(),
        is_test=bool(get("isDevelopmentFirmware")) or certificates.is_test(chain),
        state=_STATES.get(get("initializationState"), Lifecycle.DECOMMISSIONED),
        certificate_expires=get("certificateExpirationDate"),
        certification_id=_text(get("tseDescription")) or None,
        firmware=f"{version >> 16}.{version >> 8 & 0xFF}.{version & 0xFF}",
        signature_counter=get("createdSignatures"),
        clients=clients,
        max_clients=get("maxRegisteredClients"),
        open_transactions=get("startedTransactions"),
        max_open_transactions=get("maxStartedTransactions"),
        signatures_remaining=get("remainingSignatures"),
        max_signatures=get("maxSignatures"),
        storage_used=get("size") * _BLOCK,
        storage_total=get("capacity") * _BLOCK,
        has_valid_time=bool(get("hasValidTime")),
        has_passed_self_test=bool(get("hasPassedSelfTest")),
        self_test_in=get("timeUntilNextSelfTest"),
        time_sync_in=get("timeUntilNextTimeSynchronization"),
        time_sync_interval=get("maxTimeSynchronizationDelay"),
        pins=_pins(library, info),
    )


def _pins(library: Library, info: c_void_p) -> dict[Role, PinState]:
    """Tell whose PIN is still the maker's; SDK 6 does not say."""
    names = {Role.ADMIN: "worm_info_hasChangedAdminPin", Role.TIME_ADMIN: "worm_info_hasChangedTimeAdminPin"}
    return {role: PinState(initial=not library.call(name, info)) for role, name in names.items() if library.has(name)}


def chain(session: Session, serial: bytes) -> tuple[bytes, ...]:
    """Read the certificates; none while the device has its signing interface switched off."""
    size = c_uint32()
    try:
        session.run("worm_getLogMessageCertificate", None, byref(size))
        if size.value > _MOST_CERTIFICATES:
            raise TseProtocolError(f"certificates of {size.value} bytes")
        buffer = ctypes.create_string_buffer(size.value)
        session.run("worm_getLogMessageCertificate", buffer, byref(size))
    except (TseNotAuthorized, TseNotInitialized):
        return ()
    return certificates.chain([buffer.raw[: size.value]], serial.hex())


def clients(session: Session) -> tuple[str, ...] | None:
    """List the clients; None where the device tells them to a logged-in user alone."""
    found: list[str] = []
    while len(found) <= _MOST_CLIENTS:
        page = RegisteredClients()
        try:
            session.run("worm_tse_listRegisteredClients", len(found), byref(page))
        except TseNotAuthorized:
            return None
        amount = max(0, min(page.amount, CLIENTS_A_PAGE))
        found += [bytes(entry.value).decode("ascii", "replace") for entry in page.client_ids[:amount]]
        if amount < CLIENTS_A_PAGE:
            return tuple(found)
    raise TseProtocolError("the list of clients has no end")


def _text(content: bytes | None) -> str:
    return (content or b"").decode("ascii", "replace")
