"""What the device's error codes mean for a till."""

from smartecr.tse.credentials import Role
from smartecr.tse.errors import (
    TseBusy,
    TseCertificateExpired,
    TseClientUnknown,
    TseConnectionLost,
    TseDamaged,
    TseDecommissioned,
    TseError,
    TseInternalError,
    TseInvalidParameter,
    TseNoData,
    TseNotAuthorized,
    TseNotInitialized,
    TseNotSupported,
    TseSelfTestRequired,
    TseSignaturesExhausted,
    TseStorageFull,
    TseTimeNotSet,
    TseTooManyClients,
    TseTooManyTransactions,
    TseTransactionUnknown,
    TseUnfinishedTransactions,
    TseUnplugged,
)

CERTIFICATE_EXPIRED = 0x0102

CODES: dict[int, tuple[str, type[TseError]]] = {
    0x0001: ("FAIL", TseConnectionLost),
    0x0002: ("POWER_FAIL", TseConnectionLost),
    0x0003: ("UNKNOWN_CMD", TseNotSupported),
    0x0004: ("CMD_TOO_LONG", TseInvalidParameter),
    0x0005: ("CMD_FOOTER_ERROR", TseInvalidParameter),
    0x0006: ("CMD_WRONG_ORDER", TseInvalidParameter),
    0x0007: ("PARA_COUNT", TseInvalidParameter),
    0x0008: ("PARA_VALUE", TseInvalidParameter),
    0x0100: ("DEVICE_NOT_INITIALIZED", TseNotInitialized),
    0x0101: ("TIME_NOT_SET", TseTimeNotSet),
    0x0102: ("CERTIFICATE_EXPIRED", TseCertificateExpired),
    0x0103: ("DEVICE_DISABLED", TseDecommissioned),
    0x0104: ("COMMAND_FAILED", TseInternalError),
    0x0105: ("SIGNING_SYSTEM_OPERATION_DATA_FAILED", TseInternalError),
    0x0106: ("RETRIEVE_LOG_MESSAGE_FAILED", TseDamaged),
    0x0107: ("STORAGE_FAILURE", TseStorageFull),
    0x0108: ("NO_TRANSACTION", TseTransactionUnknown),
    0x010A: ("CLIENT_ID_NOT_SET", TseClientUnknown),
    0x010B: ("NO_DATA_AVAILABLE", TseNoData),
    0x010C: ("SELF_TEST_REQUIRED", TseSelfTestRequired),
    0x010D: ("NO_LOG_MESSAGE", TseNoData),
    0x010F: ("UNSUPPORTED_CRYPTO_CARD", TseNotSupported),
    0x0110: ("USER_NOT_AUTHORIZED", TseNotAuthorized),
    0x0111: ("USER_NOT_AUTHENTICATED", TseNotAuthorized),
    0x0112: ("USER_ID_NOT_MANAGED", TseInvalidParameter),
    0x0113: ("DESCRIPTION_NOT_SET_BY_MANUFACTURER", TseInternalError),
    0x0114: ("DESCRIPTION_SET_BY_MANUFACTURER", TseInternalError),
    0x0115: ("CLIENT_NOT_REGISTERED", TseClientUnknown),
    0x0116: ("CRYPTO_CARD_NOT_FOUND", TseUnplugged),
    0x0117: ("MAX_PARALLEL_TRANSACTIONS", TseTooManyTransactions),
    0x0118: ("MAX_SIGNATURES", TseSignaturesExhausted),
    0x0119: ("MAX_REGISTERED_CLIENTS", TseTooManyClients),
    0x011A: ("CLIENT_HAS_UNFINISHED_TRANSACTIONS", TseUnfinishedTransactions),
    0x011B: ("DEVICE_HAS_UNFINISHED_TRANSACTIONS", TseUnfinishedTransactions),
    0x011C: ("EXPORT_BUFFER", TseBusy),
}


class DeviceError(Exception):
    """The device refused a command with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"{code:04X} {CODES[code][0] if code in CODES else 'unknown'}")
        self.code = code


def translate(error: DeviceError, role: Role = Role.ADMIN) -> TseError:
    """Say it in the words of the interface; ``role`` is who would have had to log in."""
    _, kind = CODES.get(error.code, ("", TseInternalError))
    return TseNotAuthorized(str(error), role) if kind is TseNotAuthorized else kind(str(error))
