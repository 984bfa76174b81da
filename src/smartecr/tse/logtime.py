"""The time in a log message: five spellings, one meaning (TR-03151 1.0.1, logTime).

====================================  =====  ==========================
name (on receipts)                    tag    content
====================================  =====  ==========================
``unixTime``                          02     INTEGER, seconds since 1970
``utcTime``                           17     ``YYMMDDhhmmZ``
``utcTimeWithSeconds``                17     ``YYMMDDhhmmssZ``
``generalizedTime``                   18     ``YYYYMMDDhhmmssZ``
``generalizedTimeWithMilliseconds``   18     ``YYYYMMDDhhmmss.fffZ``
====================================  =====  ==========================
"""

import re
from datetime import UTC, datetime

from smartecr.tse import der

UNIX = "unixTime"
UTC_MINUTES = "utcTime"
UTC_SECONDS = "utcTimeWithSeconds"
GENERALIZED = "generalizedTime"
GENERALIZED_MILLISECONDS = "generalizedTimeWithMilliseconds"
FORMATS = (UNIX, UTC_MINUTES, UTC_SECONDS, GENERALIZED, GENERALIZED_MILLISECONDS)

_UTC = re.compile(rb"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?Z")
_GENERALIZED = re.compile(rb"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{1,6})?Z")
#: first second of the year 10000, behind which no calendar time exists
_END_OF_TIME = 253402300800


def encode(unix: int, time_format: str = UNIX, milliseconds: int = 0) -> bytes:
    """Encode a time (UTC seconds) as logTime element. Raises ValueError for an unknown format."""
    if time_format == UNIX:
        return der.integer(unix)
    if time_format not in FORMATS:
        raise ValueError(f"unknown time format {time_format!r}")
    moment = datetime.fromtimestamp(unix, UTC)
    if time_format == UTC_MINUTES:
        return der.tlv(0x17, moment.strftime("%y%m%d%H%MZ").encode())
    if time_format == UTC_SECONDS:
        return der.tlv(0x17, moment.strftime("%y%m%d%H%M%SZ").encode())
    digits = f"{moment.year:04d}{moment.strftime('%m%d%H%M%S')}"
    fraction = f".{milliseconds:03d}" if time_format == GENERALIZED_MILLISECONDS else ""
    return der.tlv(0x18, f"{digits}{fraction}Z".encode())


def decode(tag: int, content: bytes) -> tuple[int, str, str]:
    """Decode a logTime element; return (unix seconds, format name, text as in export file names).

    Raises DerError when the content is no time.
    """
    if tag == 0x02:
        unix = der.read_integer(content)
        if not 0 <= unix < _END_OF_TIME:
            raise der.DerError("time out of range")
        return unix, UNIX, str(unix)
    match = (_UTC if tag == 0x17 else _GENERALIZED).fullmatch(content) if tag in (0x17, 0x18) else None
    if match is None:
        raise der.DerError(f"no time of a known form (tag {tag:02x})")
    year, month, day, hour, minute = (int(part) for part in match.groups()[:5])
    second = int(match[6] or 0)
    if tag == 0x17:
        year += 1900 if year >= 50 else 2000
        name = UTC_SECONDS if match[6] else UTC_MINUTES
    else:
        name = GENERALIZED_MILLISECONDS if match[7] else GENERALIZED
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise der.DerError(f"impossible time: {error}") from None
    return int(moment.timestamp()), name, content.decode("ascii")
