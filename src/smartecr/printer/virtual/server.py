"""The virtual printer on a TCP port, as network printers listen on 9100: one connection after the other."""

from __future__ import annotations

import socket
import threading

from smartecr.printer.virtual.printer import VirtualPrinter

_TURN_SECONDS = 0.1


class PrinterServer:
    """Serves `printer` on a port of this machine; 0 takes any free one. `close` ends it."""

    def __init__(self, printer: VirtualPrinter, port: int = 0, host: str = "127.0.0.1") -> None:
        self.printer = printer
        self._listener = socket.create_server((host, port), backlog=4)
        self._listener.settimeout(_TURN_SECONDS)
        self.port: int = self._listener.getsockname()[1]
        self._closing = threading.Event()
        self._unplugged = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="virtual-printer", daemon=True)
        self._thread.start()

    def power(self, *, on: bool) -> None:
        """Cut the power (connections break, the buffer is lost) or bring it back."""
        if on:
            self._unplugged.clear()
        else:
            self._unplugged.set()
            self.printer.power_cut()

    def close(self) -> None:
        """Stop serving."""
        self._closing.set()
        self._thread.join(5)
        self._listener.close()

    def _serve(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _address = self._listener.accept()
            except TimeoutError:
                continue
            with connection:
                if not self._unplugged.is_set():
                    self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        connection.settimeout(_TURN_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while not self._closing.is_set() and not self._unplugged.is_set():
                try:
                    data = connection.recv(65536)
                except TimeoutError:
                    connection.sendall(self.printer.said())
                    continue
                if not data:
                    return
                connection.sendall(self.printer.feed(data))
        except OSError:
            return
