"""Log messages by the hundred thousand: what all messages of a device share is recognised, not read again.

The counterpart of ``log_message.Encoder``. A message made of known pieces is cut at them; any other goes
through ``log_message.parse``, which alone decides what a log message is.
"""

from smartecr.core.records import new_tuple
from smartecr.tse import der, log_message, logtime
from smartecr.tse.log_message import LogMessage

_MOST_PIECES = 1000
_UNKNOWN = "\x00"


class Reader:
    """Reads messages one after the other; knows again what earlier ones were made of."""

    def __init__(self) -> None:
        self._heads: dict[bytes, tuple[str, str]] = {}
        self._types: dict[bytes, str | None] = {b"": None}
        self._device = b""
        self._signer: tuple[object, ...] = ()

    def read(self, data: bytes) -> LogMessage:
        """Read one message. Raises LogMessageError when it is none."""
        try:
            message = self._recognise(data) if self._device else None
        except IndexError:
            message = None
        if message is None:
            message = log_message.parse(data)
            self._learn(message)
        return message

    def _recognise(self, data: bytes) -> LogMessage | None:
        """Cut a transaction log of version 2 with unixTime at its known pieces; None if anything is unusual."""
        begin = 2 if data[1] < 0x80 else data[1] - 0x7E
        end = len(data)
        if data[0] != 0x30 or begin > 4 or end - begin != (data[1] if begin == 2 else int.from_bytes(data[2:begin])):
            return None
        at = begin + 16 + data[begin + 15]
        at += 2 + data[at + 1]
        known = self._heads.get(data[begin:at])
        if known is None or data[at] != 0x82 or data[at + 1] >= 0x80:
            return None
        start = at + 2
        type_at = start + data[at + 1]
        number_at = type_at + 2 + data[type_at + 1] if data[type_at] == 0x83 else type_at
        process_type = self._types.get(data[type_at:number_at], _UNKNOWN)
        device_at = number_at + 2 + data[number_at + 1]
        counter_at = device_at + len(self._device)
        time_at = counter_at + 2 + data[counter_at + 1]
        stop = time_at + 6
        number, counter = data[number_at + 2 : device_at], data[counter_at + 2 : time_at]
        if (
            process_type is _UNKNOWN
            or data[number_at] != 0x85
            or data[counter_at] != 0x02
            or not 0 < len(number) < 9
            or not 0 < len(counter) < 9
            or data[time_at : time_at + 2] != b"\x02\x04"
            or data[time_at + 2] >= 0x80
            or data[stop] != 0x04
            or data[stop + 1] >= 0x80
            or data[stop + 1] != end - stop - 2
            or not data.startswith(self._device, device_at)
        ):
            return None
        log_time = int.from_bytes(data[time_at + 2 : stop])
        return new_tuple(LogMessage, (
            2, "transaction", *known, data[start:type_at], False, process_type,
            int.from_bytes(number, signed=True), b"", b"", *self._signer,
            int.from_bytes(counter, signed=True), log_time, logtime.UNIX, str(log_time),
            data[stop + 2 :], data[begin:stop], "",
        ))  # fmt: skip

    def _learn(self, message: LogMessage) -> None:
        """Keep the pieces of a transaction log in the spelling an encoder gives them."""
        if message.kind != "transaction":
            return
        for pieces in (self._heads, self._types):
            if len(pieces) > _MOST_PIECES:
                pieces.clear()
        self._heads[log_message.transaction_head(message.operation, message.client_id)] = (
            message.operation,
            message.client_id,
        )
        if message.process_type is not None:
            self._types[der.tlv(0x83, message.process_type.encode())] = message.process_type
        self._types[b""] = None
        self._device = log_message.device_part(message.serial, message.algorithm_oid)
        self._signer = message.serial, message.algorithm_oid, message.algorithm
