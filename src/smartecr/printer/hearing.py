"""What a printer says on its own wire, sorted: answers to DLE EOT, automatic status, confirmations, its name.

The kinds share one stream and are told apart by fixed bits (ESC/POS reference: DLE EOT, GS a, GS ( H, GS I); bytes
that are none of them are passed over, so noise and strangers never look like a ready printer.
"""

from __future__ import annotations

from collections import deque

from smartecr.printer import status
from smartecr.printer.status import Status

_CONFIRMED = b"\x37\x22"
_CONFIRMED_SIZE = 7
_NAME = 0x5F
_LONGEST_NAME = 80


class Hearing:
    """Bytes go in with `take`, as they arrive; what they say is found sorted."""

    def __init__(self) -> None:
        self.answers: deque[int] = deque(maxlen=16)
        self.confirmed: deque[int] = deque(maxlen=16)
        self.status: Status | None = None
        self.name = ""
        self._buffer = bytearray()

    def take(self, data: bytes) -> None:
        """Sort `data` behind what came before."""
        self._buffer += data
        while self._buffer:
            size = self._one()
            if size == 0:
                return
            del self._buffer[:size]

    def _one(self) -> int:
        """Sort what stands first and return its size, 0 while it is not whole."""
        first = self._buffer[0]
        if status.is_answer(first):
            self.answers.append(first)
            return 1
        if status.is_automatic(first):
            return self._automatic()
        if first == _CONFIRMED[0]:
            return self._confirmation()
        if first == _NAME:
            return self._named()
        return 1

    def _automatic(self) -> int:
        four = bytes(self._buffer[: status.AUTOMATIC_SIZE])
        if not status.may_follow(four[1:]):
            return 1
        if len(four) < status.AUTOMATIC_SIZE:
            return 0
        self.status = status.read_automatic(four)
        return len(four)

    def _confirmation(self) -> int:
        whole = bytes(self._buffer[:_CONFIRMED_SIZE])
        if not whole.startswith(_CONFIRMED[: len(whole)]):
            return 1
        if len(whole) < _CONFIRMED_SIZE:
            return 0
        if whole[2:6].isdigit() and whole[6] == 0:
            self.confirmed.append(int(whole[2:6]))
        return len(whole)

    def _named(self) -> int:
        end = self._buffer.find(0)
        if end < 0:
            return 1 if len(self._buffer) > _LONGEST_NAME else 0
        self.name = bytes(self._buffer[1:end]).decode("ascii", "replace")
        return end + 1
