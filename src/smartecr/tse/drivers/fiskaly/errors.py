"""What the service's error codes mean for a till, and which of them pass when the same request is made again."""

from smartecr.tse.credentials import Role
from smartecr.tse.errors import (
    TseAuthenticationFailed,
    TseBusy,
    TseClientUnknown,
    TseConnectionLost,
    TseDamaged,
    TseDecommissioned,
    TseError,
    TseExportFailed,
    TseForeign,
    TseInternalError,
    TseInvalidParameter,
    TseNotAuthorized,
    TseNotInitialized,
    TsePinBlocked,
    TseTooManyTransactions,
    TseTransactionUnknown,
    TseUnplugged,
)

#: the same request may be made again: it was not carried out, or doing so twice is doing so once
PASSING = frozenset(("E_TSS_LOCKED", "E_PENDING_TX_CONFLICT", "E_MIDDLEWARE_PENDING_REQUEST"))

CODES: dict[str, type[TseError]] = {
    "E_UNAUTHORIZED": TseNotAuthorized,
    "E_ACCESS_DENIED": TseNotAuthorized,
    "E_ADMIN_LOGIN_FAILED": TseAuthenticationFailed,
    "E_ADMIN_PIN_BLOCKED": TsePinBlocked,
    "E_TSS_NOT_FOUND": TseUnplugged,
    "E_TSS_CONFLICT": TseInvalidParameter,
    "E_TSS_DISABLED": TseDecommissioned,
    "E_TSS_DELETED": TseDecommissioned,
    "E_TSS_EVICTED": TseDecommissioned,
    "E_TSS_DEFECTIVE": TseDamaged,
    "E_TSS_NOT_INITIALIZED": TseNotInitialized,
    "E_TSS_LOCKED": TseBusy,
    "E_PENDING_TX_CONFLICT": TseBusy,
    "E_MIDDLEWARE_PENDING_REQUEST": TseBusy,
    "E_CLIENT_NOT_FOUND": TseClientUnknown,
    "E_CLIENT_DEREGISTERED": TseClientUnknown,
    "E_CLIENT_CONFLICT": TseInvalidParameter,
    "E_ILLEGAL_CLIENT_SERIAL": TseInvalidParameter,
    "E_TX_NOT_FOUND": TseTransactionUnknown,
    "E_TX_UPSERT": TseTransactionUnknown,
    "E_TX_ILLEGAL_TYPE_CHANGE": TseInvalidParameter,
    "E_TX_NO_TYPE_DEFINED": TseInvalidParameter,
    "E_TX_LIMIT_REACHED": TseTooManyTransactions,
    "E_FAILED_SCHEMA_VALIDATION": TseInvalidParameter,
    "E_USE_MIDDLEWARE": TseForeign,
}
_BUSY = 429


class ServiceError(Exception):
    """The service answered with an error; ``retry_after`` is seconds, as it asks."""

    def __init__(self, status: int, code: str, retry_after: float | None = None) -> None:
        super().__init__(f"{status} {code[:60]}")
        self.status = status
        self.code = code
        self.retry_after = retry_after

    @property
    def passing(self) -> bool:
        """Whether the same request may be made again."""
        return self.status == _BUSY or self.status >= 500 or self.code in PASSING


def translate(error: ServiceError) -> TseError:
    """Say it in the words of the interface."""
    kind = CODES.get(error.code)
    if kind is TseNotAuthorized:
        return TseNotAuthorized(str(error), Role.ADMIN)
    if kind is None:
        kind = _by_status(error)
    return kind(str(error))


def _by_status(error: ServiceError) -> type[TseError]:
    if error.status == _BUSY:
        return TseBusy
    if error.status >= 500:
        return TseConnectionLost
    if error.code.startswith("E_EXPORT_"):
        return TseExportFailed
    return {400: TseInvalidParameter, 401: TseNotAuthorized, 403: TseNotAuthorized}.get(error.status, TseInternalError)
