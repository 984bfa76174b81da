"""One command after another through the mailbox: write, poll, fetch."""

import logging
import time
from collections.abc import Callable

from smartecr.tse.credentials import Role
from smartecr.tse.drivers.blockfile import BlockFile
from smartecr.tse.drivers.swissbit import errors
from smartecr.tse.drivers.swissbit_raw import mailbox
from smartecr.tse.drivers.swissbit_raw.opcodes import Opcode
from smartecr.tse.errors import TseInvalidParameter, TseProtocolError, TseTimeout

log = logging.getLogger(__name__)

#: seconds until an answer is overdue
TIMEOUT = 20.0
#: … that of a self test
SELF_TEST_TIMEOUT = 90.0
_POLL = 0.15


class Refusal(Exception):  # noqa: N818 - a status word, not yet an error
    """The device answered with a status word that is not 0."""

    def __init__(self, opcode: int, status: int) -> None:
        super().__init__(f"{opcode:02X}: {status:04X}")
        self.opcode = opcode
        self.status = status


class Transport:
    """Speaks through one mailbox. Not for two threads at once.

    ``monotonic`` and ``sleep`` are the clock of the waiting, ``poll`` the seconds between two looks.
    """

    def __init__(
        self,
        file: BlockFile,
        *,
        poll: float = _POLL,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._file = file
        self._poll = poll
        self._monotonic = monotonic
        self.sleep = sleep
        self._counter = -1

    def close(self) -> None:
        """Release the mailbox."""
        self._file.close()

    def run(self, opcode: Opcode, arguments: bytes = b"", role: Role = Role.ADMIN, timeout: float = TIMEOUT) -> bytes:
        """Run a command, return its payload. Raises what the status word means; ``role`` would have had to log in."""
        try:
            return self.ask(opcode, arguments, timeout)
        except Refusal as refusal:
            raise errors.error(opcode.name, refusal.status, role) from None

    def ask(self, opcode: Opcode, arguments: bytes = b"", timeout: float = TIMEOUT) -> bytes:
        """Run a command and return its payload. Raises Refusal, TseTimeout, TseProtocolError."""
        deadline = self._monotonic() + timeout
        answer = self._wait(opcode, self._write(opcode, arguments), deadline)
        if answer.counter == self._counter:
            log.warning("the mailbox counter did not move at %s", opcode.name)
        self._counter = answer.counter
        if answer.status:
            raise Refusal(opcode, answer.status)
        return answer.payload

    def _write(self, opcode: Opcode, arguments: bytes = b"") -> bytes:
        try:
            block = mailbox.command(opcode, arguments)
        except mailbox.MailboxError as error:
            raise TseInvalidParameter(str(error)) from None
        self._file.write(block)
        return block

    def _wait(self, opcode: Opcode, written: bytes, deadline: float) -> mailbox.Answer:
        """Poll until the answer is there; a block that still is what was written is no answer yet."""
        while True:
            block = self._file.read(mailbox.SIZE)
            answer = mailbox.Answer(0, "busy") if block == written else _read(block)
            if answer.state == "complete":
                return answer
            if self._monotonic() >= deadline:
                raise TseTimeout(f"no answer to {opcode.name}")
            if answer.state == "waiting":
                written = self._write(Opcode.FETCH)
            self.sleep(self._poll)


def _read(block: bytes) -> mailbox.Answer:
    try:
        return mailbox.read_answer(block)
    except mailbox.MailboxError as error:
        raise TseProtocolError(str(error)) from None
