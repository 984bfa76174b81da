"""The mailbox ``TSE_COMM.DAT``: one block of 512 bytes for commands and answers, all numbers big endian.

::

    command   u16 length · u8 opcode · u8 0 · arguments        length counts opcode and zero
    answer    u32 counter · u8 state · u16 length · payload · u16 status word
                                                               length counts the status word
"""

import struct
from typing import Literal

from smartecr.core.records import dataclass

FILE_NAME = "TSE_COMM.DAT"
SIZE = 512
LARGEST_COMMAND = SIZE - 2

_HEAD = struct.Struct(">IBH")
_STATES: dict[int, Literal["busy", "waiting", "complete"]] = {0xF3: "busy", 0xFD: "waiting", 0xFF: "complete"}


class MailboxError(ValueError):
    """The bytes are no frame of this mailbox; the text says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A block read back.

    ``busy``: the device works. ``waiting``: an answer waits to be fetched. ``complete``: ``payload`` and
    ``status`` are the answer (0: all right, else an error code of the device).
    """

    counter: int
    state: Literal["busy", "waiting", "complete"]
    payload: bytes = b""
    status: int = 0


def command(opcode: int, arguments: bytes = b"") -> bytes:
    """Make the block of a command. Raises MailboxError when it does not fit."""
    content = bytes((opcode, 0)) + arguments
    if len(content) > LARGEST_COMMAND:
        raise MailboxError(f"a command of {len(content)} bytes does not fit")
    return (len(content).to_bytes(2, "big") + content).ljust(SIZE, b"\x00")


def read_command(block: bytes) -> tuple[int, bytes]:
    """Take opcode and arguments out of a command. Raises MailboxError."""
    size = int.from_bytes(block[:2], "big")
    if len(block) != SIZE or not 2 <= size <= LARGEST_COMMAND or block[3] != 0:
        raise MailboxError("no command")
    return block[2], block[4 : 2 + size]


def read_answer(block: bytes) -> Answer:
    """Read a block found after a command. Raises MailboxError when it is no answer."""
    if len(block) != SIZE:
        raise MailboxError(f"{len(block)} bytes instead of {SIZE}")
    counter, code, size = _HEAD.unpack_from(block)
    state = _STATES.get(code)
    if state is None:
        raise MailboxError(f"state {code:02X}")
    if state != "complete":
        return Answer(counter, state)
    end = _HEAD.size + size - 2
    if size < 2 or end + 2 > SIZE:
        raise MailboxError(f"an answer of {size} bytes does not fit")
    return Answer(counter, state, block[_HEAD.size : end], int.from_bytes(block[end : end + 2], "big"))


def answer(counter: int, payload: bytes = b"", status: int = 0) -> bytes:
    """Make the block of a whole answer."""
    size = len(payload) + 2
    return (_HEAD.pack(counter, 0xFF, size) + payload + status.to_bytes(2, "big")).ljust(SIZE, b"\x00")


def interim(counter: int, state: Literal["busy", "waiting"]) -> bytes:
    """Make a block that says to wait or to fetch."""
    code = next(code for code, name in _STATES.items() if name == state)
    return _HEAD.pack(counter, code, 0).ljust(SIZE, b"\x00")
