"""What can go wrong with a TSE, told so that a cashier can act on it.

::

    TseError
    ├── TseUnavailable                  the service answers for a device that is out of order
    ├── TseTransportError               nobody answers (unplugged, network gone)
    │   ├── TseUnplugged                the device is not there
    │   ├── TseBusy                     another program or too many requests occupy it
    │   ├── TseConnectionLost           broke off during a call: outcome unknown
    │   ├── TseTimeout                  no answer in time: outcome unknown
    │   └── TseProtocolError            an answer that makes no sense: outcome unknown
    ├── TseStateError                   the device answers, but cannot sign as it is
    │   ├── TseSelfTestRequired
    │   ├── TseSelfTestFailed
    │   ├── TseTimeNotSet
    │   ├── TseStorageFull
    │   ├── TseSignaturesExhausted
    │   ├── TseNotInitialized
    │   ├── TseDeactivated
    │   ├── TseDecommissioned
    │   ├── TseForeign                  it is another device than the one in service
    │   ├── TseRetired                  it was replaced for good
    │   ├── TseCertificateExpired
    │   ├── TseDamaged                  its stored data contradict themselves
    │   └── TseInternalError            anything a driver did not foresee
    └── TseRefused                      the request was wrong, the device is well
        ├── TseInvalidParameter
        ├── TseNotSupported
        ├── TseAlreadyInitialized
        ├── TseNotAuthorized            a log-in is needed (``role``)
        ├── TseAuthenticationFailed     wrong PIN or PUK (``remaining`` tries)
        ├── TsePinBlocked
        ├── TsePukBlocked
        ├── TsePinChangeRequired
        ├── TseTooManyClients
        ├── TseClientUnknown
        ├── TseTransactionUnknown
        ├── TseTooManyTransactions
        ├── TseUnfinishedTransactions
        ├── TseExportFailed
        │   ├── TseNoData
        │   └── TseTooManyRecords
        └── TseUnexportedData

Everything under ``TseRefused`` leaves the device in service; all other errors are an outage in the
sense of AEAO zu § 146a AO: the sale goes on, the receipt carries the notice.
"""

from smartecr.tse.errors.base import TseError, TseRefused, TseStateError, TseTransportError, TseUnavailable
from smartecr.tse.errors.refused import (
    TseAlreadyInitialized,
    TseAuthenticationFailed,
    TseClientUnknown,
    TseExportFailed,
    TseInvalidParameter,
    TseNoData,
    TseNotAuthorized,
    TseNotSupported,
    TsePinBlocked,
    TsePinChangeRequired,
    TsePukBlocked,
    TseTooManyClients,
    TseTooManyRecords,
    TseTooManyTransactions,
    TseTransactionUnknown,
    TseUnexportedData,
    TseUnfinishedTransactions,
)
from smartecr.tse.errors.state import (
    TseCertificateExpired,
    TseDamaged,
    TseDeactivated,
    TseDecommissioned,
    TseForeign,
    TseInternalError,
    TseNotInitialized,
    TseRetired,
    TseSelfTestFailed,
    TseSelfTestRequired,
    TseSignaturesExhausted,
    TseStorageFull,
    TseTimeNotSet,
)
from smartecr.tse.errors.transport import (
    TseBusy,
    TseConnectionLost,
    TseProtocolError,
    TseTimeout,
    TseUnplugged,
)

__all__ = [
    "TseAlreadyInitialized",
    "TseAuthenticationFailed",
    "TseBusy",
    "TseCertificateExpired",
    "TseClientUnknown",
    "TseConnectionLost",
    "TseDamaged",
    "TseDeactivated",
    "TseDecommissioned",
    "TseError",
    "TseExportFailed",
    "TseForeign",
    "TseInternalError",
    "TseInvalidParameter",
    "TseNoData",
    "TseNotAuthorized",
    "TseNotInitialized",
    "TseNotSupported",
    "TsePinBlocked",
    "TsePinChangeRequired",
    "TseProtocolError",
    "TsePukBlocked",
    "TseRefused",
    "TseRetired",
    "TseSelfTestFailed",
    "TseSelfTestRequired",
    "TseSignaturesExhausted",
    "TseStateError",
    "TseStorageFull",
    "TseTimeNotSet",
    "TseTimeout",
    "TseTooManyClients",
    "TseTooManyRecords",
    "TseTooManyTransactions",
    "TseTransactionUnknown",
    "TseTransportError",
    "TseUnavailable",
    "TseUnexportedData",
    "TseUnfinishedTransactions",
    "TseUnplugged",
]
