"""The twin's port: whoever ends it or pulls its plug waits for no turn."""

from __future__ import annotations

import socket

import pytest

from smartecr.printer import twinport
from smartecr.printer.profile import PROFILES
from smartecr.printer.twinport import TwinPort
from smartecr.printer.virtual import VirtualPrinter

PATIENCE = 30
ASK = b"\x10\x04\x01"
"""DLE EOT 1, which every printer answers with one byte."""


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> TwinPort[VirtualPrinter]:
    """A port whose turns take for ever."""
    monkeypatch.setattr(twinport, "_TURN_SECONDS", 10.0 * PATIENCE)
    return TwinPort(VirtualPrinter(PROFILES["virtual-58"]))


def talking(port: TwinPort[VirtualPrinter]) -> socket.socket:
    """A connection the twin has answered on."""
    connection = socket.create_connection(("127.0.0.1", port.port), PATIENCE)
    connection.sendall(ASK)
    assert len(connection.recv(16)) == 1
    return connection


def test_it_ends_with_nobody_there(port: TwinPort[VirtualPrinter]) -> None:
    port.close()
    assert not port._thread.is_alive()


def test_it_ends_with_somebody_there(port: TwinPort[VirtualPrinter]) -> None:
    with talking(port) as connection:
        port.close()
        assert not port._thread.is_alive()
        assert connection.recv(16) == b""


def test_a_plug_pulled_breaks_the_connection_and_put_back_takes_the_next(port: TwinPort[VirtualPrinter]) -> None:
    with talking(port) as connection:
        port.power(on=False)
        assert connection.recv(16) == b""
    port.power(on=True)
    talking(port).close()
    port.close()
