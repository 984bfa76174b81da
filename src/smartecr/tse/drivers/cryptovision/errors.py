"""What the card's error codes mean for a till."""

from smartecr.tse.credentials import Role
from smartecr.tse.errors import (
    TseCertificateExpired,
    TseClientUnknown,
    TseConnectionLost,
    TseDamaged,
    TseDeactivated,
    TseDecommissioned,
    TseError,
    TseExportFailed,
    TseInternalError,
    TseInvalidParameter,
    TseNoData,
    TseNotAuthorized,
    TseNotInitialized,
    TseProtocolError,
    TseSelfTestRequired,
    TseStorageFull,
    TseTimeNotSet,
    TseTimeout,
    TseTooManyRecords,
    TseTooManyTransactions,
    TseTransactionUnknown,
    TseUnexportedData,
)

COMMUNICATION_FAILED = 0x8000
SIGNING_FAILED = 0x8003
NOT_INITIALIZED = 0x8009
TIME_NOT_SET = 0x8011
NO_KEY = 0x8013
PARAMETER_MISMATCH = 0x8018
NO_DATA = 0x8015
ID_NOT_FOUND = 0x8019
TRANSACTION_NOT_FOUND = 0x801A
NO_STARTUP = 0x801D
NO_STORAGE = 0x801E

#: what the card answers to the first command after power-up although nothing is wrong
SLEEPY = frozenset((COMMUNICATION_FAILED, SIGNING_FAILED, NO_STARTUP))
#: an export has nothing to give
EMPTY = frozenset((NO_DATA, ID_NOT_FOUND, TRANSACTION_NOT_FOUND))

CODES: dict[int, tuple[str, type[TseError]]] = {
    0x8000: ("SECommunicationFailed", TseConnectionLost),
    0x8001: ("TSECommandDataInvalid", TseInvalidParameter),
    0x8002: ("TSEResponseDataInvalid", TseProtocolError),
    0x8003: ("SigningSystemOperationDataFailed", TseInternalError),
    0x8004: ("RetrieveLogMessageFailed", TseDamaged),
    0x8005: ("StorageFailure", TseStorageFull),
    0x8006: ("SecureElementDisabled", TseDecommissioned),
    0x8007: ("UserNotAuthorized", TseNotAuthorized),
    0x8008: ("UserNotAuthenticated", TseNotAuthorized),
    0x8009: ("SeApiNotInitialized", TseNotInitialized),
    0x800A: ("UpdateTimeFailed", TseInternalError),
    0x800B: ("UserIdNotManaged", TseInvalidParameter),
    0x800C: ("StartTransactionFailed", TseTooManyTransactions),
    0x800D: ("CertificateExpired", TseCertificateExpired),
    0x800E: ("NoTransaction", TseTransactionUnknown),
    0x800F: ("UpdateTransactionFailed", TseInternalError),
    0x8010: ("FinishTransactionFailed", TseInternalError),
    0x8011: ("TimeNotSet", TseTimeNotSet),
    0x8012: ("NoERS", TseClientUnknown),
    0x8013: ("NoKey", TseInvalidParameter),
    0x8014: ("SeApiNotDeactivated", TseInternalError),
    0x8015: ("NoDataAvailable", TseNoData),
    0x8016: ("TooManyRecords", TseTooManyRecords),
    0x8017: ("UnexportedStoredData", TseUnexportedData),
    0x8018: ("ParameterMismatch", TseInvalidParameter),
    0x8019: ("IdNotFound", TseClientUnknown),
    0x801A: ("TransactionNumberNotFound", TseTransactionUnknown),
    0x801B: ("SeApiDeactivated", TseDeactivated),
    0x801C: ("Transport", TseConnectionLost),
    0x801D: ("NoStartup", TseSelfTestRequired),
    0x801E: ("NoStorage", TseStorageFull),
    0x8100: ("Timeout", TseTimeout),
    0x8101: ("StreamWrite", TseExportFailed),
}


class CardError(Exception):
    """The card answered with an error code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"{code:04X} {CODES[code][0] if code in CODES else 'unknown'}")
        self.code = code


def translate(error: CardError, role: Role = Role.ADMIN) -> TseError:
    """Say it in the words of the interface; ``role`` is who would have had to log in."""
    _, kind = CODES.get(error.code, ("", TseInternalError))
    return TseNotAuthorized(str(error), role) if kind is TseNotAuthorized else kind(str(error))
