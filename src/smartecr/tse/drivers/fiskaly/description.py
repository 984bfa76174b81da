"""What the service tells about a TSS, in the words of the interface."""

from hashlib import sha256

from smartecr.tse import logtime
from smartecr.tse.api import Lifecycle, TseInfo
from smartecr.tse.drivers import certificates, keys
from smartecr.tse.drivers.fiskaly import values
from smartecr.tse.drivers.fiskaly.values import Fields, ValuesError

_STATES = {
    "CREATED": Lifecycle.UNINITIALIZED,
    "UNINITIALIZED": Lifecycle.UNINITIALIZED,
    "INITIALIZED": Lifecycle.INITIALIZED,
    "DISABLED": Lifecycle.DECOMMISSIONED,
    "DELETED": Lifecycle.DECOMMISSIONED,
    "DEFECTIVE": Lifecycle.DEACTIVATED,
}


def lifecycle(tss: Fields) -> Lifecycle:
    """Read the state of life. Raises ValuesError for one there is not."""
    state = _STATES.get(values.text(tss, "state"))
    if state is None:
        raise ValuesError("state")
    return state


def describe(tss: Fields, clients: tuple[str, ...]) -> TseInfo:
    """Say it in the words of the interface. Raises ValuesError when key and serial number do not fit."""
    state = lifecycle(tss)
    serial = tss.get("serial_number") or ""
    key = tss.get("public_key") or ""
    if not isinstance(serial, str) or not isinstance(key, str):
        raise ValuesError("serial_number or public_key")
    serial = serial.lower()
    point = _point(values.binary(key), serial) if serial else b""
    chain = _chain(tss, serial)
    return TseInfo(
        serial=serial,
        algorithm=values.text(tss, "signature_algorithm") if serial else "",
        time_format=values.text(tss, "signature_timestamp_format") if serial else logtime.UNIX,
        public_key=point,
        certificates=chain,
        description="fiskaly SIGN DE",
        is_test=tss.get("_env") != "LIVE",
        state=state,
        certificate_expires=certificates.expiry(chain),
        signature_counter=values.optional_number(tss, "signature_counter"),
        clients=clients,
        max_clients=values.optional_number(tss, "max_number_registered_clients"),
        open_transactions=values.optional_number(tss, "number_active_transactions"),
        max_open_transactions=values.optional_number(tss, "max_number_active_transactions"),
        has_valid_time=True,
        has_passed_self_test=True,
    )


def _point(key: bytes, serial: str) -> bytes:
    try:
        point = keys.point(key, bytes.fromhex(serial))
    except ValueError:
        raise ValuesError("serial_number is not hexadecimal") from None
    if not point or sha256(point).hexdigest() != serial:
        raise ValuesError("the public key does not fit the serial number")
    return point


def _chain(tss: Fields, serial: str) -> tuple[bytes, ...]:
    """Read the certificates, PEM or base64 of DER; none when there are none."""
    certificate = tss.get("certificate")
    if not isinstance(certificate, str) or not certificate:
        return ()
    content = certificate.encode() if "BEGIN CERTIFICATE" in certificate else values.binary(certificate)
    return certificates.chain([content], serial)
