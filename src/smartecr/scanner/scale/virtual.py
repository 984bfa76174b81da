"""The twin of a price-computing scale: answers the checkout dialogue byte by byte, with a plate a person loads."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

from smartecr.core.quantity import line_cents
from smartecr.scanner.scale import records
from smartecr.scanner.scale.records import ACK, ENQ, ETX, NAK, STX

_TURN_SECONDS = 0.1
LEAST_G, MOST_G = 20, 15_000
ORDERS = ("01", "03", "04", "05")
CHALLENGE_EVERY = 50
_FIRST = "3C"


class PracticeModule:
    """Answers the twin's challenge. It stands for the secret polynomial of an approval and has none itself."""

    certificate = ""

    def answer(self, challenge: str) -> tuple[str, str]:
        """Return the two values the twin expects."""
        number = int(challenge, 16)
        return f"{0xA5A5 ^ number * 0x101:04X}", f"{0x5A5A ^ number * 0x101:04X}"


class VirtualScale:
    """A scale in memory. Any thread may use it; `changed` is called when what it shows changes."""

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self.weight_g = 0
        self.moving = False
        self.fault = ""
        self.text = ""
        self._changed = changed
        self._lock = threading.Lock()
        self._buffer = bytearray()
        self._order: tuple[int, int] | None = None
        self._status = "00"
        self._untouched = False
        self._challenge: str | None = _FIRST
        self._trusted = self._judged = False
        self._weighings = 0
        self._module = PracticeModule()

    # ---- what a person does

    def load(self, weight_g: int, *, moving: bool = False) -> None:
        """Put so much on the plate; negative after something was taken off that stood there at the start."""
        with self._lock:
            self.weight_g, self.moving, self._untouched = weight_g, moving, False
        self._changed()

    def power_cut(self) -> None:
        """Forget what was ordered; it will challenge the till again."""
        with self._lock:
            self._order, self._trusted, self._judged, self._challenge = None, False, False, _FIRST
            self._buffer.clear()

    # ---- the wire

    def feed(self, data: bytes) -> bytes:
        """Take bytes as they arrive and return what the scale says."""
        said = bytearray()
        with self._lock:
            self._buffer += data
            while self._buffer:
                taken = self._one(said)
                if taken == 0:
                    break
                del self._buffer[:taken]
        return bytes(said)

    def _one(self, said: bytearray) -> int:
        """Obey what stands first, and return its size; 0 while it is not whole."""
        first = bytes(self._buffer[:1])
        if first == ENQ:
            said += self._answer()
            return 1
        if first != STX:
            return 1
        end = self._buffer.find(ETX)
        if end < 0:
            return 0 if len(self._buffer) < 200 else 1
        try:
            said += self._obey(*records.parse(bytes(self._buffer[: end + 1])))
        except (ValueError, IndexError):
            self._status = "10"
            said += NAK
        return end + 1

    def _obey(self, number: str, fields: list[str]) -> bytes:
        if number in ORDERS:
            return self._take(number, fields)
        if number == "08":
            status, self._status = self._status, "00"
            return records.record("09", status)
        if number == "10":
            wanted = "".join(self._module.answer(self._challenge or "00"))
            self._trusted = self._challenge is not None and fields[0] == wanted
            self._challenge, self._judged = None, True
            return ACK
        self._status = "10"
        return NAK

    def _take(self, number: str, fields: list[str]) -> bytes:
        price, tare = int(fields[0]), int(fields[1]) if number in ("03", "05") else 0
        self.text = fields[-1].strip() if number in ("04", "05") else ""
        self._status = "11" if price == 0 else "12" if tare >= MOST_G else "00"
        self._order = (price, tare) if self._status == "00" else None
        return ACK if self._order is not None else NAK

    def _answer(self) -> bytes:
        if self._judged:
            self._judged = False
            if not self._trusted:
                self._challenge = _FIRST
            return records.record("11", "1" if self._trusted else "0")
        if self._challenge is not None:
            return records.record("11", f"2{self._challenge}")
        if self._order is None:
            return records.record("09", "10")
        return self._weighed(*self._order)

    def _weighed(self, price: int, tare: int) -> bytes:
        status = self._trouble(tare)
        if status:
            return records.record("09", status)
        net = self.weight_g - tare
        self._untouched, self._order = True, None
        self._weighings += 1
        if self._weighings % CHALLENGE_EVERY == 0:
            self._trusted, self._challenge = False, f"{self._weighings % 256:02X}"
        total = line_cents(price, net)
        return records.record("02", records.KILOGRAM, f"{net:05d}", f"{price:06d}", f"{total:06d}")

    def _trouble(self, tare: int) -> str:
        if self.fault:
            return self.fault
        if self.moving:
            return "20"
        if self.weight_g < 0:
            return "31"
        if self.weight_g > MOST_G:
            return "32"
        if self.weight_g - tare < LEAST_G:
            return "30"
        return "21" if self._untouched else ""


class ScaleServer:
    """Puts a twin on a TCP port of this machine, as scales behind a serial server stand; 0 takes any free port."""

    def __init__(self, scale: VirtualScale, port: int = 0, host: str = "127.0.0.1") -> None:
        self.scale = scale
        self._listener = socket.create_server((host, port), backlog=2)
        self._listener.settimeout(_TURN_SECONDS)
        self._talking: socket.socket | None = None
        self.port: int = self._listener.getsockname()[1]
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="virtual-scale", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._closing.set()
        for waited_for in (self._listener, self._talking):
            if waited_for is not None:
                with contextlib.suppress(OSError):  # then the wait ends with its turn
                    waited_for.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._listener.close()

    def _serve(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _address = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                if self._closing.is_set():
                    return
                raise
            with connection:
                self._talking = connection
                connection.settimeout(_TURN_SECONDS)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        while not self._closing.is_set():
            try:
                data = connection.recv(4096)
                if not data:
                    return
                connection.sendall(self.scale.feed(data))
            except TimeoutError:
                continue
            except OSError:
                return
