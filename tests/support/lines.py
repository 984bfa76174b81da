"""Devices at the other end of a line: in memory with a clock of their own, on a loopback TCP port, behind a pty.

A device makes a ``Conversation`` for every connection: bytes in, bytes out. All three carry the same one.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
import tty
from collections.abc import Callable
from typing import Protocol

from smartecr.tse.errors import TseConnectionLost, TseTimeout, TseUnplugged


class CutError(Exception):
    """The device breaks the connection off; ``said`` is what still got through."""

    def __init__(self, said: bytes = b"") -> None:
        super().__init__("cut")
        self.said = said


class Conversation(Protocol):
    """The device's side of one connection."""

    def greeting(self) -> bytes:
        """What the device says first."""
        ...

    def feed(self, data: bytes) -> bytes:
        """Take bytes, return the answer. Raises CutError."""
        ...

    def end(self) -> None:
        """The other side hung up."""
        ...


#: plugs in: raises TseUnplugged when nobody is there
Connect = Callable[[], Conversation]


class Waiting:
    """A monotonic clock that passes when somebody waits in vain."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class MemoryLine:
    """A ``Line`` without a system below. Answers come in pieces of ``piece`` bytes."""

    def __init__(self, connect: Connect, waiting: Waiting, piece: int = 4096) -> None:
        self._waiting = waiting
        self._piece = piece
        self._closed = self._cut = False
        self._conversation = connect()
        self._coming = self._conversation.greeting()

    def send(self, data: bytes, timeout: float) -> None:
        self._check()
        assert timeout > 0
        if self._cut:
            raise TseConnectionLost("cut")
        try:
            self._coming += self._conversation.feed(data)
        except CutError as cut:
            self._coming += cut.said
            self._cut = True

    def receive(self, timeout: float) -> bytes:
        self._check()
        assert timeout > 0
        piece, self._coming = self._coming[: self._piece], self._coming[self._piece :]
        if piece:
            self._waiting.now += 0.001
            return piece
        if self._cut:
            raise TseConnectionLost("cut")
        self._waiting.now += timeout
        raise TseTimeout("no answer")

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._conversation.end()

    def _check(self) -> None:
        if self._closed:
            raise TseUnplugged("closed")


class CuttingLine(MemoryLine):
    """A line that breaks after so many bytes of answers, or of requests, have passed (None: never)."""

    def __init__(
        self, connect: Connect, waiting: Waiting, *, answers: int | None = None, requests: int | None = None
    ) -> None:
        super().__init__(connect, waiting)
        self.answers = answers
        self.requests = requests
        self.received = self.sent = 0
        #: where pieces of answers and of requests ended
        self.edges: dict[str, list[int]] = {"answers": [], "requests": []}

    def send(self, data: bytes, timeout: float) -> None:
        room = len(data) if self.requests is None else max(0, self.requests - self.sent)
        self.sent += len(data)
        self.edges["requests"].append(self.sent)
        super().send(data[:room], timeout)
        if room < len(data):
            self._cut = True
            raise TseConnectionLost("cut")

    def receive(self, timeout: float) -> bytes:
        data = super().receive(timeout)
        room = len(data) if self.answers is None else max(0, self.answers - self.received)
        self.received += len(data)
        self.edges["answers"].append(self.received)
        if not data[:room]:
            self._cut, self._coming = True, b""
            raise TseConnectionLost("cut")
        return data[:room]


class ChangingLine(MemoryLine):
    """A line on which ``change`` is done to what the device says (the n-th piece, n from 0)."""

    def __init__(self, connect: Connect, waiting: Waiting, change: Callable[[int, bytes], bytes]) -> None:
        super().__init__(connect, waiting)
        self._change = change
        self._count = 0

    def receive(self, timeout: float) -> bytes:
        changed = self._change(self._count, super().receive(timeout))
        self._count += 1
        if not changed:
            self._waiting.now += timeout
            raise TseTimeout("no answer")
        return changed


class EndlessLine:
    """A line on which the same bytes come for ever."""

    def __init__(self, said: bytes, waiting: Waiting, pause: float = 0.001) -> None:
        self._said = said
        self._waiting = waiting
        self._pause = pause
        self.closed = False

    def send(self, data: bytes, timeout: float) -> None:
        pass

    def receive(self, timeout: float) -> bytes:
        self._waiting.now += self._pause
        return self._said

    def close(self) -> None:
        self.closed = True


class TcpDevice:
    """A device on a port of its own at 127.0.0.1. Answers leave in pieces of ``piece`` bytes."""

    def __init__(self, connect: Connect, piece: int = 1 << 20) -> None:
        self._connect = connect
        self._piece = piece
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, name="tse-tcp")]
        self._open: list[socket.socket] = []
        self._threads[0].start()

    def close(self) -> None:
        """Stop listening, hang up, wait for the threads."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), name="tse-tcp-client")
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, contextlib.suppress(OSError, TseUnplugged):
            conversation = self._connect()
            try:
                self._say(connection, conversation.greeting())
                while data := connection.recv(4096):
                    self._say(connection, conversation.feed(data))
            except CutError as cut:
                self._say(connection, cut.said)
            finally:
                conversation.end()

    def _say(self, connection: socket.socket, answer: bytes) -> None:
        for start in range(0, len(answer), self._piece):
            connection.sendall(answer[start : start + self._piece])


class PtyDevice:
    """A device behind a pseudo terminal, as a USB-CDC device looks to the program; ``path`` is its port."""

    def __init__(self, connect: Connect) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        self._stop, self._stopping = os.pipe()
        self._conversation = connect()
        self._thread = threading.Thread(target=self._serve, name="tse-pty")
        self._thread.start()

    def close(self) -> None:
        """Unplug."""
        os.write(self._stopping, b".")
        self._thread.join()
        for descriptor in (self._master, self._slave, self._stop, self._stopping):
            os.close(descriptor)

    def _serve(self) -> None:
        while True:
            ready, _, _ = select.select([self._master, self._stop], [], [])
            if self._stop in ready:
                return
            answer = self._conversation.feed(os.read(self._master, 4096))
            while answer:
                answer = answer[os.write(self._master, answer) :]
