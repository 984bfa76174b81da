"""Whether a device could sign now, as far as it tells without signing: pure, from ``TseInfo``."""

from smartecr.tse.api import Lifecycle, TseInfo
from smartecr.tse.errors import (
    TseCertificateExpired,
    TseDeactivated,
    TseDecommissioned,
    TseError,
    TseNotInitialized,
    TseSelfTestRequired,
    TseSignaturesExhausted,
    TseStorageFull,
    TseTimeNotSet,
)

_STATES: dict[Lifecycle, type[TseError]] = {
    Lifecycle.UNINITIALIZED: TseNotInitialized,
    Lifecycle.DEACTIVATED: TseDeactivated,
    Lifecycle.DECOMMISSIONED: TseDecommissioned,
}


def ensure_ready(info: TseInfo, now: float) -> None:
    """Raise the error a signing would meet now (unix seconds); what the device does not tell is taken as well."""
    error = _STATES.get(info.state)
    if error is not None:
        raise error(f"serial {info.serial}")
    if info.certificate_expires is not None and now > info.certificate_expires:
        raise TseCertificateExpired(f"serial {info.serial}")
    if info.signatures_remaining == 0:
        raise TseSignaturesExhausted(f"serial {info.serial}")
    if info.storage_used is not None and info.storage_total is not None and info.storage_used >= info.storage_total:
        raise TseStorageFull(f"{info.storage_used} of {info.storage_total} bytes")
    if info.has_passed_self_test is False or info.self_test_in == 0:
        raise TseSelfTestRequired(f"serial {info.serial}")
    if info.has_valid_time is False or info.time_sync_in == 0:
        raise TseTimeNotSet(f"serial {info.serial}")
