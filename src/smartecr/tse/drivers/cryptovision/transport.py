"""One exchange after another with the card through ``TSE-IO.bin``: write, poll, collect the pieces."""

import time
from collections.abc import Callable
from typing import BinaryIO

from smartecr.tse.drivers.blockfile import BlockFile
from smartecr.tse.drivers.cryptovision import commands, frames
from smartecr.tse.drivers.cryptovision.commands import Parameter
from smartecr.tse.drivers.cryptovision.errors import CardError
from smartecr.tse.errors import TseConnectionLost, TseError, TseInvalidParameter, TseProtocolError, TseTimeout

#: seconds until an answer is overdue (makers' programs wait 5 to 40)
TIMEOUT = 10.0
_LONGEST_EXPORT = 3600.0
#: more bytes than any card has
_LARGEST_ARCHIVE = 1 << 36
#: seconds between two looks, at first and after a second
POLL = 0.01
_POLL_LONG = 0.05


class Transport:
    """Speaks to one card. Not for two threads at once.

    ``monotonic`` and ``sleep`` are the clock of the waiting; ``timeout`` is seconds for one answer,
    ``poll`` those between two looks at first (later it looks more rarely).
    All methods raise TseTimeout, TseConnectionLost, TseUnplugged or TseProtocolError; what the card
    itself refuses is CardError.
    """

    def __init__(
        self,
        file: BlockFile,
        *,
        timeout: float = TIMEOUT,
        poll: float = POLL,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._file = file
        self._timeout = timeout
        self._poll = poll
        self._monotonic = monotonic
        self._sleep = sleep

    def close(self) -> None:
        """Release the file."""
        self._file.close()

    def suspend(self, on: bool, timeout: float) -> None:
        """Allow the card to sleep, or wake it."""
        self._exchange(frames.IDLE, frames.SUSPEND_ON if on else frames.SUSPEND_OFF, timeout)

    def call(self, code: int, *parameters: Parameter, timeout: float | None = None) -> list[Parameter]:
        """Run a command that answers with parameters."""
        data, _ = self._exchange(_encode(code, parameters), timeout=timeout)
        head = _head(data)
        if head.archive:
            raise TseProtocolError(f"command {code} answered with an archive")
        try:
            while len(data) < head.start + head.size:
                data += self._next_piece()
            return commands.decode_parameters(data[head.start : head.start + head.size])
        except commands.CommandError as error:
            raise TseProtocolError(f"command {code}: {error}") from None
        except TseProtocolError:
            self._cancel()
            raise

    def call_raw(self, code: int, *parameters: Parameter) -> bytes:
        """Run a command whose answer has lengths that cannot be trusted: all bytes behind the frame's length."""
        data, behind = self._exchange(_encode(code, parameters))
        _head(data)
        return behind

    def stream(self, sink: BinaryIO, code: int, *parameters: Parameter, timeout: float) -> int:
        """Run a command that answers with an archive and write that to ``sink``; return its bytes.

        The card sends no end blocks; they are the caller's to add. ``timeout`` is that of the first piece; all
        of it takes an hour at most.
        """
        begun = self._monotonic()
        data, _ = self._exchange(_encode(code, parameters), timeout=timeout)
        head = _head(data)
        if not head.archive:
            raise TseProtocolError(f"command {code} answered without an archive")
        if head.size > _LARGEST_ARCHIVE:
            raise TseProtocolError(f"an archive of {head.size} bytes")
        left = head.size
        piece = data[head.start :]
        try:
            while True:
                sink.write(piece[:left])
                left -= len(piece)
                if left <= 0:
                    return head.size
                if self._monotonic() - begun > _LONGEST_EXPORT:
                    raise TseTimeout(f"the export is not through after {_LONGEST_EXPORT:g} s")
                piece = self._next_piece()
        except BaseException:
            self._cancel()
            raise

    def _next_piece(self) -> bytes:
        piece, _ = self._exchange(frames.CONTINUE)
        if not piece:
            raise TseProtocolError("an answer ends before its announced length")
        return piece

    def _cancel(self) -> None:
        """Have the card forget the rest of an answer; it matters no more if that fails."""
        try:
            self._file.write(frames.request(frames.CANCEL))
        except TseError:
            return

    def _exchange(self, command: bytes, mode: int = frames.NORMAL, timeout: float | None = None) -> tuple[bytes, bytes]:
        """Write a command and wait for its answer: the data, and everything behind the length."""
        begun = self._monotonic()
        limit = self._timeout if timeout is None else timeout
        self._file.write(frames.request(command, mode))
        while True:
            waited = self._monotonic() - begun
            self._sleep(self._poll if waited < 1 else _POLL_LONG)
            frame = self._file.read(frames.SIZE)
            try:
                response = frames.read_response(frame)
            except frames.FrameError as error:
                raise TseProtocolError(str(error)) from None
            if response.state == "data":
                return response.data, frame[frames.DATA_AT :]
            if response.state == "timeout":
                raise TseTimeout("the card's own inside gave no answer (FF45)")
            if response.state == "controller":
                raise TseConnectionLost(f"flash controller {response.code:04X}")
            if self._monotonic() - begun >= limit:
                raise TseTimeout(f"no answer after {limit:g} s")


def _encode(code: int, parameters: tuple[Parameter, ...]) -> bytes:
    try:
        command = commands.encode(code, *parameters)
    except commands.CommandError as error:
        raise TseInvalidParameter(str(error)) from None
    if len(command) > frames.LARGEST_COMMAND:
        raise TseInvalidParameter(f"a command of {len(command)} bytes does not fit")
    return command


def _head(data: bytes) -> commands.Head:
    try:
        head = commands.read_head(data)
    except commands.CommandError as error:
        raise TseProtocolError(str(error)) from None
    if head.error:
        raise CardError(head.error)
    return head
