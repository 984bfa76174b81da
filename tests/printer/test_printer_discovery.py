"""What is plugged in is named with its profile; addresses are asked one by one, never a whole net."""

from __future__ import annotations

import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from smartecr.printer import discovery
from smartecr.printer.discovery import AddressError
from smartecr.printer.posprinter import NotReadyError
from smartecr.printer.profile import PROFILES
from smartecr.printer.twinport import TwinPort
from smartecr.printer.virtual import VirtualPrinter


def node(tmp_path: Path, number: int, device_id: str | None) -> None:
    (tmp_path / "dev/usb").mkdir(parents=True, exist_ok=True)
    (tmp_path / f"dev/usb/lp{number}").touch()
    if device_id is not None:
        place = tmp_path / f"sys/class/usbmisc/lp{number}/device"
        place.mkdir(parents=True)
        (place / "ieee1284_id").write_text(device_id)


def test_usb_printers_say_who_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery.list_ports, "comports", list)
    node(tmp_path, 0, "MFG:EPSON;CMD:ESC/POS;MDL:TM-T88V;CLS:PRINTER;")
    node(tmp_path, 1, "MANUFACTURER:Xiamen;MODEL:POS-58;")
    node(tmp_path, 2, None)
    node(tmp_path, 3, "garbage")
    found = discovery.plugged_in(tmp_path / "dev", tmp_path / "sys")
    assert [(one.name, one.profile) for one in found] == [
        ("EPSON TM-T88V", "epson-42"),
        ("Xiamen POS-58", "generic-58"),
        ("USB-Drucker", ""),
        ("USB-Drucker", ""),
    ]
    assert found[0].setting == f"node:{tmp_path}/dev/usb/lp0?profile=epson-42"
    assert found[2].setting == f"node:{tmp_path}/dev/usb/lp2"


def test_serial_ports_are_named_not_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ports = [
        SimpleNamespace(device="/dev/ttyUSB1", manufacturer="EPSON", product="TM-T20III", description="x"),
        SimpleNamespace(device="/dev/ttyS0", manufacturer=None, product=None, description="n/a"),
    ]
    monkeypatch.setattr(discovery.list_ports, "comports", lambda: ports)
    found = discovery.plugged_in(tmp_path, tmp_path)
    assert [(one.setting, one.name) for one in found] == [
        ("serial:/dev/ttyS0", "serielle Schnittstelle"),
        ("serial:/dev/ttyUSB1?profile=epson-80", "EPSON TM-T20III"),
    ]


def test_an_address_is_asked_without_printing() -> None:
    twin = VirtualPrinter(PROFILES["virtual-80"])
    server = TwinPort(twin)
    try:
        found = discovery.ask(f"127.0.0.1:{server.port}")
        assert (found.way, found.name, found.profile, found.state) == (
            f"tcp://127.0.0.1:{server.port}", "smartECR virtual", "virtual-80", "bereit",
        )  # fmt: skip
        twin.set(paper_out=True)
        assert discovery.ask(f"127.0.0.1:{server.port}").state == "Papier leer"
        assert twin.sheets == [] and twin.sheet.parts == []
    finally:
        server.close()


def test_where_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NotReadyError):
        discovery.ask(f"127.0.0.1:{port}")
    assert list(discovery.asked([f"127.0.0.1:{port}"])) == [(f"127.0.0.1:{port}", None)]


@pytest.mark.parametrize(
    "text", ["", "192.168.1.0/24", "192.168.1.*", "192.168.1.1-254", "a b", "x:0", "x:99999", "-x", "http://x", "x:"]
)
def test_what_is_no_single_address_is_refused(text: str) -> None:
    with pytest.raises(AddressError):
        discovery.ask(text)
