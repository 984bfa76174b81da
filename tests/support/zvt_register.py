"""A cash register by hand: speaks ZVT in raw bytes over TCP, sharing no code with the product.

`Register.run` plays one command to its end: it acknowledges what the terminal says and lets hands do at the device
what the terminal asks for.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smartecr.terminal.zvt.virtual import VirtualTerminal

ACK = bytes.fromhex("800000")
PASSWORD = "123456"
REGISTER_TEXT = "060010123456BE09780301060626040A0206D3"
REGISTER_LINES = "06000A123456BE097803010600"
REGISTER_STATUS = "06000A1234563E097803010600"
END_OF_DAY = "065003123456"
REPEAT = "0620051234560303"


def pay(cents: int) -> str:
    """Return the command for a payment in euro."""
    return f"06010A04{cents:012d}490978"


def unit(command: str, data: str = "") -> str:
    """Return a unit in hex, with its length."""
    size = len(data) // 2
    length = f"{size:02x}" if size < 255 else "ff" + size.to_bytes(2, "little").hex()
    return command + length + data


@dataclass
class Talk:
    """What the terminal said during one command, and how it answered the command."""

    answer: bytes = b""
    messages: list[bytes] = field(default_factory=list)

    def only(self, command: str) -> list[bytes]:
        """Return the messages of one kind, "040f" for instance."""
        return [message for message in self.messages if message[:2].hex() == command]

    @property
    def codes(self) -> list[int]:
        """The intermediate status codes in their order."""
        return [message[3] for message in self.only("04ff")]

    @property
    def result(self) -> dict[int, bytes]:
        """The bitmaps of the last result, without the container."""
        return bitmaps(self.only("040f")[-1])

    @property
    def end(self) -> str:
        """The last message in hex."""
        return self.messages[-1].hex()


#: just enough of the table to read results without the product's codec
_SIZES = {
    0x27: 1, 0x04: 6, 0x0B: 3, 0x0C: 3, 0x0D: 2, 0x0E: 2, 0x17: 2, 0x19: 1, 0x29: 4, 0x2A: 15, 0x37: 3,
    0x3B: 8, 0x49: 2, 0x87: 2, 0x88: 3, 0x8A: 1,
}  # fmt: skip


def data_of(message: bytes) -> bytes:
    """Return the data of a unit."""
    return message[5:] if message[2] == 0xFF else message[3:]


def bitmaps(message: bytes) -> dict[int, bytes]:
    """Read the bitmaps of a message; the container's content is under 06."""
    data, place, found = data_of(message), 0, {}
    while place < len(data):
        code = data[place]
        place += 1
        if code in _SIZES:
            size = _SIZES[code]
        elif code in (0x22, 0x8B):
            size, place = (data[place] & 15) * 10 + (data[place + 1] & 15), place + 2
        elif code in (0x3C, 0x60):
            size = (data[place] & 15) * 100 + (data[place + 1] & 15) * 10 + (data[place + 2] & 15)
            place += 3
        else:
            assert code == 0x06, f"{code:02X}"
            extra = {0x81: 1, 0x82: 2}.get(data[place], 0)
            size = int.from_bytes(data[place + 1 : place + 1 + extra], "big") if extra else data[place]
            place += 1 + extra
        found[code] = data[place : place + size]
        place += size
    return found


class Register:
    """One connection to the terminal; with ``terminal``, commands return only when it is idle again."""

    def __init__(self, address: tuple[str, int], terminal: VirtualTerminal | None = None) -> None:
        self.terminal = terminal
        self._socket = socket.create_connection(address, timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._held = b""

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def send(self, message: str | bytes) -> None:
        """Send bytes or hex."""
        self._socket.sendall(bytes.fromhex(message) if isinstance(message, str) else message)

    def read(self, seconds: float = 30) -> bytes:
        """Return the next unit; b"" when the terminal hung up."""
        self._socket.settimeout(seconds)
        while True:
            held = self._held
            if len(held) >= 3:
                head = 5 if held[2] == 0xFF else 3
                size = int.from_bytes(held[3:5], "little") if head == 5 else held[2]
                if len(held) >= head + size:
                    self._held = held[head + size :]
                    return held[: head + size]
            try:
                received = self._socket.recv(4096)
            except ConnectionError:
                return b""
            if not received:
                return b""
            self._held += received

    def run(self, command: str, *hands: Callable[[], object], answers: dict[str, list[str]] | None = None) -> Talk:
        """Play a command to its end.

        Each time the terminal asks the customer (04 FF 0A, 01 or 0B), the next of ``hands`` moves. ``answers`` replace
        the acknowledgement of a message: {"040f": ["849c00"]}.
        """
        waiting = list(hands)
        replies = {name: list(queue) for name, queue in (answers or {}).items()}
        self.send(command)
        talk = Talk(self.read())
        if talk.answer[:1] != b"\x80" and talk.answer != b"\x84\x00\x00":
            return talk
        while not talk.messages or talk.messages[-1][:2] not in (b"\x06\x0f", b"\x06\x1e"):
            message = self.read()
            assert message, f"the terminal hung up after {[one.hex() for one in talk.messages]}"
            talk.messages.append(message)
            queue = replies.get(message[:2].hex())
            self.send(queue.pop(0) if queue else ACK)
            if message[:2] == b"\x04\xff" and message[3] in (0x0A, 0x01, 0x0B) and waiting:
                assert waiting.pop(0)() is not False
        if self.terminal is not None:
            self.terminal.wait_idle()
        return talk


class Hands:
    """What people do at the device, each as a function for `Register.run`; they wait until the device is ready."""

    def __init__(self, terminal: VirtualTerminal) -> None:
        self._terminal = terminal

    def _when(self, ready: Callable[[], bool]) -> None:
        assert self._terminal.front.wait_until(ready, 30), "the terminal did not get ready"

    def tap(self, card: str, *, verified: bool = True) -> Callable[[], bool]:
        """Hold a card or phone to the field."""

        def act() -> bool:
            self._when(lambda: "nfc" in self._terminal.reader.ways)
            return self._terminal.reader.tap(card, verified=verified)

        return act

    def insert(self, card: str) -> Callable[[], bool]:
        """Put a card into the slot."""

        def act() -> bool:
            self._when(lambda: "chip" in self._terminal.reader.ways)
            return self._terminal.reader.insert(card)

        return act

    def remove(self) -> bool:
        """Pull the card."""
        return self._terminal.reader.remove()

    def pin(self, digits: str) -> Callable[[], bool]:
        """Type and confirm."""

        def act() -> bool:
            self._when(lambda: bool(self._terminal.pad.asking))
            return all(self._terminal.pad.press(key) for key in [*digits, "OK"])

        return act

    def stop(self) -> bool:
        """Press the red key once the terminal waits for the customer."""
        self._when(lambda: bool(self._terminal.reader.ways or self._terminal.pad.asking))
        return self._terminal.pad.press("STOP")

    def nothing(self) -> bool:
        """Do nothing."""
        return True


@contextmanager
def connected(terminal: VirtualTerminal, address: tuple[str, int]) -> Iterator[Register]:
    """Connect a register."""
    register = Register(address, terminal)
    try:
        yield register
    finally:
        register.close()
