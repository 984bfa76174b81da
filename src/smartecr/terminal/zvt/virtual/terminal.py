"""The virtual terminal as a whole: one thread that obeys, connections that come and go, a state that survives."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path
from types import TracebackType
from zoneinfo import ZoneInfo

from smartecr.terminal.zvt.virtual.commands import serve
from smartecr.terminal.zvt.virtual.dialogue import Unanswered
from smartecr.terminal.zvt.virtual.events import Quit, SwitchedOff
from smartecr.terminal.zvt.virtual.line import Line, TcpLine
from smartecr.terminal.zvt.virtual.machine import Machine
from smartecr.terminal.zvt.virtual.payment import in_doubt
from smartecr.terminal.zvt.virtual.serialline import SerialLine
from smartecr.terminal.zvt.virtual.store import Store, StoreError
from smartecr.terminal.zvt.virtual.switches import Setup

_GERMANY = ZoneInfo("Europe/Berlin")


class VirtualTerminal:
    """A ZVT terminal in software. Use as a context manager; ``listen`` (TCP) and ``open_serial`` give it lines.

    ``clock`` gives unix seconds UTC, ``draw`` the bank's numbers, ``state`` is a file that keeps numbers, batch and
    cards over a restart (None: nothing is kept). Raises StoreError when the file is damaged or in use.
    The device side is in ``reader``, ``pad``, ``host``, ``front`` and ``script``, what really happened to the money in
    ``books``; ``violations`` is what the register did against the protocol.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        draw: random.Random,
        state: Path | None = None,
        setup: Setup | None = None,
        zone: tzinfo = _GERMANY,
    ) -> None:
        self.setup = setup or Setup()
        self._store = Store(state)
        self.machine = Machine(self.setup, self._store, clock, draw, zone)
        self.reader = self.machine.reader
        self.pad = self.machine.pad
        self.host = self.machine.host
        self.books = self.machine.books
        self.front = self.machine.front
        self.script = self.machine.script
        self._lines: list[Line] = []
        self._server: socket.socket | None = None
        self._mutex = threading.Lock()
        self._threads = [threading.Thread(target=self._work, name="zvt-terminal", daemon=True)]
        self._busy = False
        self._plugged = True
        for pending in self.books.pending():
            in_doubt(self.machine, pending)

    def __enter__(self) -> VirtualTerminal:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def violations(self) -> list[str]:
        """What the register did against the protocol, in German lines."""
        return list(self.machine.dialogue.violations)

    @property
    def busy(self) -> bool:
        """Whether a command is being carried out."""
        return self._busy

    def listen(self, port: int = 0, host: str = "127.0.0.1") -> tuple[str, int]:
        """Accept registers over TCP; port 0 takes a free one. Returns the address. Raises OSError when it is taken."""
        server = socket.create_server((host, port))
        self._server = server
        thread = threading.Thread(target=self._accept, args=(server,), name="zvt-accept", daemon=True)
        self._threads.append(thread)
        thread.start()
        address = server.getsockname()
        return str(address[0]), int(address[1])

    def open_serial(self) -> str:
        """Open a pseudo-terminal and return the path the register opens."""
        line = SerialLine(self.machine.dialogue.inbox.put, self.script, self.setup.times, self.front.note)
        with self._mutex:
            self._lines.append(line)
        line.start()
        return line.path

    @property
    def plugged(self) -> bool:
        """Whether the cable to the register is in."""
        return self._plugged

    def plug(self, *, on: bool) -> None:
        """Pull the cable to the register (connections end, new ones are not answered) or put it back."""
        with self._mutex:
            self._plugged = on
            lines = [] if on else list(self._lines)
        for line in lines:
            line.close()
        self.front.changed()

    def wait_idle(self, seconds: float = 5.0) -> bool:
        """Wait until no command is running; False when one still is after ``seconds``."""
        return self.front.wait_until(lambda: not self._busy, seconds)

    def close(self) -> None:
        """Switch off: connections end, threads end, the state file is released."""
        if self._server is not None:
            with contextlib.suppress(OSError):
                self._server.shutdown(socket.SHUT_RDWR)
            self._server.close()
        self.machine.dialogue.inbox.put(Quit())
        with self._mutex:
            lines = list(self._lines)
        for line in lines:
            line.close()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
        for line in lines:
            line.join()
        self._store.close()

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            if not self._plugged:
                connection.close()
                continue
            line = TcpLine(connection, self.machine.dialogue.inbox.put, self.script)
            with self._mutex:
                self._lines = [one for one in self._lines if not one.closed]
                self._lines.append(line)
            line.start()

    def _work(self) -> None:
        dialogue = self.machine.dialogue
        try:
            while True:
                unit = dialogue.next_command(self.front.rest)
                self._set_busy(busy=True)
                try:
                    serve(self.machine, unit)
                except Unanswered:
                    self.front.show("Verbindung zur Kasse verloren", tone="bad")
                except StoreError as error:
                    self.front.show(error.message, tone="bad")
                    dialogue.hang_up()
                finally:
                    self._set_busy(busy=False)
        except SwitchedOff:
            return

    def _set_busy(self, *, busy: bool) -> None:
        self._busy = busy
        self.front.changed()
