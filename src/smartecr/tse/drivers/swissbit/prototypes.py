"""The functions of libWormAPI with their C types, as the maker documents them for SDK 5 and SDK 6.

``ctypes`` must know every type: without them pointers are cut to 32 bits. Binary data go in and out as
``void *`` so that no NUL ends them.
"""

from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_char,
    c_char_p,
    c_int,
    c_uint,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any, NamedTuple

_CONTEXT = _INFO = _RESPONSE = _ENTRY = _DATA = c_void_p
_OUT_INT = POINTER(c_int)
_OUT_U32 = POINTER(c_uint32)
_OUT_U64 = POINTER(c_uint64)
_OUT_DATA = POINTER(c_void_p)

#: clients in one page of the list, and the room for a name (30 characters and NUL)
CLIENTS_A_PAGE = 16
CLIENT_ROOM = 31
#: most open transactions in one page
TRANSACTIONS_A_PAGE = 62

#: gets a piece of an export: data, length, whatever was given along; anything but 0 ends the export
ExportCallback = CFUNCTYPE(c_int, c_void_p, c_uint, c_void_p)


class RegisteredClients(Structure):
    """One page of the list of clients."""

    _fields_ = (("amount", c_int), ("client_ids", (c_char * CLIENT_ROOM) * CLIENTS_A_PAGE))


class Prototype(NamedTuple):
    """Result and arguments of a C function."""

    result: Any
    arguments: tuple[Any, ...]


def _error(*arguments: Any) -> Prototype:
    """A function that returns an error code (0: none)."""
    return Prototype(c_int, arguments)


_FLAGS = (
    "isDevelopmentFirmware",
    "hasValidTime",
    "hasPassedSelfTest",
    "isCtssInterfaceActive",
    "hasChangedPuk",
    "hasChangedAdminPin",
    "hasChangedTimeAdminPin",
    "initializationState",
)
_NUMBERS = (
    "capacity",
    "size",
    "hardwareVersion",
    "softwareVersion",
    "timeUntilNextSelfTest",
    "timeUntilNextTimeSynchronization",
    "maxTimeSynchronizationDelay",
    "startedTransactions",
    "maxStartedTransactions",
    "createdSignatures",
    "maxSignatures",
    "remainingSignatures",
    "registeredClients",
    "maxRegisteredClients",
)

TABLE: dict[str, Prototype] = {
    "worm_getVersion": Prototype(c_char_p, ()),
    "worm_signatureAlgorithm": Prototype(c_char_p, ()),
    "worm_logTimeFormat": Prototype(c_char_p, ()),
    "worm_init": _error(POINTER(c_void_p), c_char_p),
    "worm_cleanup": _error(_CONTEXT),
    "worm_keepalive_disable": _error(_CONTEXT),
    "worm_info_new": Prototype(c_void_p, (_CONTEXT,)),
    "worm_info_free": Prototype(None, (_INFO,)),
    "worm_info_read": _error(_INFO),
    **{f"worm_info_{name}": Prototype(c_int, (_INFO,)) for name in _FLAGS},
    **{f"worm_info_{name}": Prototype(c_uint32, (_INFO,)) for name in _NUMBERS},
    "worm_info_tsePublicKey": Prototype(None, (_INFO, _OUT_DATA, _OUT_U64)),
    "worm_info_tseSerialNumber": Prototype(None, (_INFO, _OUT_DATA, _OUT_U64)),
    "worm_info_tseDescription": Prototype(c_char_p, (_INFO,)),
    "worm_info_certificateExpirationDate": Prototype(c_uint64, (_INFO,)),
    "worm_info_formFactor": Prototype(c_char_p, (_INFO,)),
    "worm_tse_setup": _error(_CONTEXT, _DATA, c_int, _DATA, c_int, _DATA, c_int, _DATA, c_int, c_char_p),
    "worm_tse_decommission": _error(_CONTEXT),
    "worm_tse_runSelfTest": _error(_CONTEXT, c_char_p),
    "worm_tse_updateTime": _error(_CONTEXT, c_uint64),
    "worm_tse_registerClient": _error(_CONTEXT, c_char_p),
    "worm_tse_deregisterClient": _error(_CONTEXT, c_char_p),
    "worm_tse_listRegisteredClients": _error(_CONTEXT, c_int, POINTER(RegisteredClients)),
    "worm_user_login": _error(_CONTEXT, c_int, _DATA, c_int, _OUT_INT),
    "worm_user_logout": _error(_CONTEXT, c_int),
    "worm_user_unblock": _error(_CONTEXT, c_int, _DATA, c_int, _DATA, c_int, _OUT_INT),
    "worm_user_change_puk": _error(_CONTEXT, _DATA, c_int, _DATA, c_int, _OUT_INT),
    "worm_user_change_pin": _error(_CONTEXT, c_int, _DATA, c_int, _DATA, c_int, _OUT_INT),
    "worm_transaction_start": _error(_CONTEXT, c_char_p, _DATA, c_uint64, c_char_p, _RESPONSE),
    "worm_transaction_update": _error(_CONTEXT, c_char_p, c_uint64, _DATA, c_uint64, c_char_p, _RESPONSE),
    "worm_transaction_finish": _error(_CONTEXT, c_char_p, c_uint64, _DATA, c_uint64, c_char_p, _RESPONSE),
    "worm_transaction_listStartedTransactions": _error(_CONTEXT, c_char_p, c_int, _OUT_U64, c_int, _OUT_INT),
    "worm_transaction_response_new": Prototype(c_void_p, (_CONTEXT,)),
    "worm_transaction_response_free": Prototype(None, (_RESPONSE,)),
    "worm_transaction_response_logTime": Prototype(c_uint64, (_RESPONSE,)),
    "worm_transaction_response_signatureCounter": Prototype(c_uint64, (_RESPONSE,)),
    "worm_transaction_response_transactionNumber": Prototype(c_uint64, (_RESPONSE,)),
    "worm_transaction_response_serialNumber": Prototype(None, (_RESPONSE, _OUT_DATA, _OUT_U64)),
    "worm_transaction_response_signature": Prototype(None, (_RESPONSE, _OUT_DATA, _OUT_U64)),
    "worm_entry_new": Prototype(c_void_p, (_CONTEXT,)),
    "worm_entry_free": Prototype(None, (_ENTRY,)),
    "worm_entry_iterate_last": _error(_ENTRY),
    "worm_entry_iterate_id": _error(_ENTRY, c_uint32),
    "worm_entry_isValid": Prototype(c_int, (_ENTRY,)),
    "worm_entry_id": Prototype(c_uint32, (_ENTRY,)),
    "worm_entry_type": Prototype(c_int, (_ENTRY,)),
    "worm_entry_logMessageLength": Prototype(c_uint64, (_ENTRY,)),
    "worm_entry_readLogMessage": _error(_ENTRY, _DATA, c_uint64),
    "worm_getLogMessageCertificate": _error(_CONTEXT, _DATA, _OUT_U32),
    "worm_export_tar": _error(_CONTEXT, ExportCallback, c_void_p),
    "worm_export_deleteStoredData": _error(_CONTEXT),
}

#: older or newer names of the same function
ALIASES: dict[str, tuple[str, ...]] = {
    "worm_info_isCtssInterfaceActive": ("worm_info_isErsInterfaceActive",),
    "worm_info_tseDescription": ("worm_info_tseCertificationId",),
}
