"""The conversation with one device: a request at a time, its answer at once or in packets, or its error on asking.

A command that fails is not answered at all. After the wait the device is asked for its error: when it names one the
command was refused; when it names none, nobody knows what became of it.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO
from uuid import uuid4

from smartecr.tse.credentials import Role
from smartecr.tse.drivers import archive
from smartecr.tse.drivers.diebold import errors, frames
from smartecr.tse.drivers.diebold.commands import Command
from smartecr.tse.drivers.diebold.errors import DeviceError
from smartecr.tse.drivers.diebold.frames import FrameError, Reader
from smartecr.tse.drivers.diebold.values import at
from smartecr.tse.drivers.line import Deadline, Line
from smartecr.tse.errors import TseExportFailed, TseInvalidParameter, TseProtocolError, TseTimeout

#: seconds for an ordinary command, and for a packet of a long answer
TIMEOUT = 2.0
PACKET_TIMEOUT = 10.0
_BUFFER = 1
_PACKETS = 256
_MORE = b"00"
#: so many packets may come empty, one after the other, before the rest
_EMPTY = 100


class Session:
    """Speaks to the device in slot ``slot``. ``new_id`` makes the ids by which answers are recognised."""

    def __init__(
        self,
        line: Line,
        slot: int = 1,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        new_id: Callable[[], str] = lambda: str(uuid4()),
    ) -> None:
        self._line = line
        self._monotonic = monotonic
        self._new_id = new_id
        self._reader = Reader()
        self.client = ""
        self.slot = str(slot)

    def ask(self, command: Command, *parameters: str, timeout: float = TIMEOUT) -> list[bytes]:
        """Run a command and return the values of its answer. Raises DeviceError besides the errors of the line."""
        try:
            return self._exchange(command, parameters, timeout)
        except TseTimeout:
            self._explain()
            raise

    def fetch(self, sink: BinaryIO, command: Command, *parameters: str, largest: int) -> None:
        """Run a command with a long answer and write that into ``sink``, a response as a whole."""
        self._send(command, parameters, _BUFFER, TIMEOUT)
        size = empty = packet = 0
        while True:
            answer = self.ask(Command.GET_COMMAND_RESPONSE, str(_BUFFER), str(packet), timeout=PACKET_TIMEOUT)
            if frames.number(at(answer, 1)) != packet:
                raise FrameError(f"packet {answer[1].decode()} instead of {packet}")
            size += sink.write(at(answer, 4))
            empty = 0 if answer[4] else empty + 1
            if size > largest or empty > _EMPTY:
                raise TseExportFailed(f"the answer does not end: {size} bytes")
            if answer[2] != _MORE:
                return
            packet = (packet + 1) % _PACKETS

    def values(self, command: Command, *parameters: str) -> list[bytes]:
        """Run a command with a long answer that is no archive and return its values."""
        with archive.spool() as content:
            self.fetch(content, command, *parameters, largest=frames.LARGEST)
            content.seek(0)
            return frames.parse(content.read()).parameters

    def status(self) -> tuple[int, int]:
        """Ask for the error of the last command and the state's bits. Raises TseTimeout."""
        answer = self._exchange(Command.GET_MFC_STATUS, (), TIMEOUT)
        # more than two values have been seen after a command that failed
        return frames.hexadecimal(at(answer[-2:], 0)), frames.hexadecimal(at(answer[-2:], 1))

    def select(self, client_id: str) -> None:
        """Say for whom the following commands are."""
        if client_id != self.client:
            self.client = ""
            self.ask(Command.SET_CLIENT_ID, client_id)
            self.client = client_id

    def close(self) -> None:
        """Release the line."""
        self._line.close()

    def _explain(self) -> None:
        error, _ = self.status()
        if error:
            raise DeviceError(error)

    def _exchange(self, command: Command, parameters: tuple[str, ...], timeout: float) -> list[bytes]:
        deadline = Deadline(timeout, self._monotonic)
        request_id = self._send(command, parameters, None, timeout)
        while True:
            response = self._reader.next()
            if response is None:
                self._reader.feed(self._line.receive(deadline.left()))
            elif response.request_id == request_id and response.command == command:
                return response.parameters
            else:
                deadline.left()  # the late answer to a request nobody waits for any more

    def _send(self, command: Command, parameters: tuple[str, ...], buffer: int | None, timeout: float) -> bytes:
        request_id = self._new_id()
        try:
            request = frames.request(command, parameters, request_id, buffer)
        except FrameError as error:
            raise TseInvalidParameter(str(error)) from None
        self._line.send(request, timeout)
        return request_id.encode()


@contextmanager
def speaking(role: Role = Role.ADMIN) -> Iterator[None]:
    """Turn what the device refuses, or what cannot be read, into errors of the interface."""
    try:
        yield
    except DeviceError as error:
        raise errors.translate(error, role) from None
    except FrameError as error:
        raise TseProtocolError(str(error)) from None
