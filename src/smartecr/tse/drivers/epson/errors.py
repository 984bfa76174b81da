"""What the names of errors mean for a till: those of the envelope, of the host and of the TSE in it."""

from smartecr.tse.credentials import Role
from smartecr.tse.errors import (
    TseAlreadyInitialized,
    TseAuthenticationFailed,
    TseBusy,
    TseCertificateExpired,
    TseClientUnknown,
    TseConnectionLost,
    TseDeactivated,
    TseDecommissioned,
    TseError,
    TseExportFailed,
    TseInternalError,
    TseInvalidParameter,
    TseNoData,
    TseNotAuthorized,
    TseNotInitialized,
    TseNotSupported,
    TsePinBlocked,
    TsePinChangeRequired,
    TseProtocolError,
    TseSelfTestFailed,
    TseSelfTestRequired,
    TseSignaturesExhausted,
    TseStorageFull,
    TseTimeNotSet,
    TseTimeout,
    TseTooManyClients,
    TseTooManyTransactions,
    TseTransactionUnknown,
    TseUnexportedData,
    TseUnfinishedTransactions,
    TseUnplugged,
)

_TSE = "TSE1_ERROR_"
_OTHER = "OTHER_ERROR_"
CLIENT_NOT_REGISTERED = f"{_TSE}CLIENT_NOT_REGISTERED"
ALREADY_SET_UP = f"{_OTHER}TSE_ALREADY_SET_UP"
TIME_ADMIN_MISSING = f"{_OTHER}UNAUTHENTICATED_TIME_ADMIN_USER"

_ENVELOPE: dict[str, type[TseError]] = {
    "DEVICE_NOT_FOUND": TseUnplugged,
    "DEVICE_IN_USE": TseBusy,
    "DEVICE_OPEN_ERROR": TseUnplugged,
    "DEVICE_TYPE_INVALID": TseInvalidParameter,
    "DEVICE_NOT_OPEN": TseConnectionLost,
    "DEVICE_ERROR": TseConnectionLost,
    "SYSTEM_ERROR": TseConnectionLost,
    "PARAM_ERROR": TseInvalidParameter,
    "ERROR_TIMEOUT": TseTimeout,
    "ERROR_DEVICE_BUSY": TseBusy,
}
_HOST: dict[str, type[TseError]] = {
    "UNKNOWN_STORAGE": TseUnplugged,
    "NO_STORAGE_FOUND": TseUnplugged,
    "HOST_AUTHENTICATION_FAILED": TseAuthenticationFailed,
    "UNAUTHENTICATED_TIME_ADMIN_USER": TseNotAuthorized,
    "UNAUTHENTICATED_ADMIN_USER": TseNotAuthorized,
    "UNAUTHENTICATED_USER": TseNotAuthorized,
    "UNAUTHENTICATED_HOST": TseNotAuthorized,
    "CURRENTLY_EXPORTING": TseBusy,
    "CURRENTLY_EXPORTING_USER": TseBusy,
    "TOO_MANY_TIME_ADMIN_USER_LOGGED_IN": TseBusy,
    "TOO_MANY_CHALLENGE_REQUESTED": TseBusy,
    "NO_EXPORT_STARTED": TseExportFailed,
    "ALREADY_ALL_DATA_EXPORTED": TseExportFailed,
    "ALL_DATA_NOT_EXPORTED_YET": TseUnexportedData,
    "NO_TIME_SET_BEFORE_EXPORT": TseTimeNotSet,
    "TSE_ALREADY_SET_UP": TseAlreadyInitialized,
    "INVALID_ADMIN_USER_ID": TseInvalidParameter,
    "PARAMETER_MISMATCH": TseInvalidParameter,
}
_CORE: dict[str, type[TseError]] = {
    "NO_TSE": TseUnplugged,
    "IO": TseConnectionLost,
    "TIMEOUT": TseTimeout,
    "RESPONSE_MISSING": TseConnectionLost,
    "TSE_NO_RESPONSE_TO_FETCH": TseConnectionLost,
    "POWER_CYCLE_DETECTED": TseConnectionLost,
    "INVALID_RESPONSE": TseProtocolError,
    "INVALID_PARAMETER": TseInvalidParameter,
    "TSE_INVALID_PARAMETER": TseInvalidParameter,
    "INVALID_CMD_SYNTAX": TseInvalidParameter,
    "CMD_NOT_SUPPORTED": TseNotSupported,
    "CMD_NOT_FOUND": TseNotSupported,
    "STORE_FULL_INTERNAL": TseStorageFull,
    "STORE_FULL": TseStorageFull,
    "NO_TIME_SET": TseTimeNotSet,
    "NO_TRANSACTION_IN_PROGRESS": TseTransactionUnknown,
    "TRANSACTION_NOT_STARTED": TseTransactionUnknown,
    "NO_LAST_TRANSACTION": TseTransactionUnknown,
    "MAX_PARALLEL_TRANSACTIONS": TseTooManyTransactions,
    "CERTIFICATE_EXPIRED": TseCertificateExpired,
    "TRANSACTION_SIGNATURES_EXCEEDED": TseSignaturesExhausted,
    "SIGNATURES_EXCEEDED": TseSignaturesExhausted,
    "NOT_AUTHORIZED": TseNotAuthorized,
    "USER_NOT_LOGGED_IN": TseNotAuthorized,
    "MAX_REGISTERED_CLIENTS_REACHED": TseTooManyClients,
    "CLIENT_NOT_REGISTERED": TseClientUnknown,
    "EXPORT_UNACKNOWLEDGED_DATA": TseUnexportedData,
    "CLIENT_HAS_UNFINISHED_TRANSACTIONS": TseUnfinishedTransactions,
    "TSE_HAS_UNFINISHED_TRANSACTIONS": TseUnfinishedTransactions,
    "NOT_ALLOWED_EXPORT_IN_PROGRESS": TseBusy,
    "WRONG_STATE_NEEDS_PUK_CHANGE": TsePinChangeRequired,
    "WRONG_STATE_NEEDS_PIN_CHANGE": TsePinChangeRequired,
    "WRONG_STATE_NEEDS_TSE_UNLOCK": TseDeactivated,
    "WRONG_STATE_NEEDS_SELF_TEST": TseSelfTestRequired,
    "WRONG_STATE_NEEDS_SELF_TEST_PASSED": TseSelfTestRequired,
    "ALREADY_INITIALIZED": TseAlreadyInitialized,
    "TSE_ALREADY_INITIALIZED": TseAlreadyInitialized,
    "DECOMMISSIONED": TseDecommissioned,
    "TSE_DECOMMISSIONED": TseDecommissioned,
    "NOT_INITIALIZED": TseNotInitialized,
    "TSE_NOT_INITIALIZED": TseNotInitialized,
    "AUTHENTICATION_FAILED": TseAuthenticationFailed,
    "PIN_BLOCKED": TsePinBlocked,
    "SELF_TEST_FAILED_FIRMWARE": TseSelfTestFailed,
    "SELF_TEST_FAILED_CSP": TseSelfTestFailed,
    "SELF_TEST_FAILED_RNG": TseSelfTestFailed,
    "EXPORT_FAILED": TseExportFailed,
    "EXPORT_NO_DATA": TseNoData,
    "EXPORT_NO_DATA_AVAILABLE": TseNoData,
}


class HostError(Exception):
    """The host or its TSE answered with the name of an error; ``remaining`` tries are left of a PIN or PUK."""

    def __init__(self, name: str, remaining: int | None = None) -> None:
        super().__init__(name[:100])
        self.name = name
        self.remaining = remaining


def translate(error: HostError, role: Role = Role.ADMIN) -> TseError:
    """Say it in the words of the interface; ``role`` is who would have had to log in."""
    kind = _kind(error.name)
    if kind is TseNotAuthorized:
        return TseNotAuthorized(str(error), Role.TIME_ADMIN if error.name == TIME_ADMIN_MISSING else role)
    if kind is TseAuthenticationFailed:
        return TseAuthenticationFailed(str(error), error.remaining)
    return kind(str(error))


def _kind(name: str) -> type[TseError]:
    if name.startswith("JSON_ERROR_"):
        return TseInvalidParameter
    for prefix, kinds in ((_TSE, _CORE), (_OTHER, _HOST), ("", _ENVELOPE)):
        if name.startswith(prefix):
            return kinds.get(name.removeprefix(prefix), TseInternalError)
    return TseInternalError
