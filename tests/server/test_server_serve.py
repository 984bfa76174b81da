"""The real server as a process: address, health, live events, a stop that does not wait for open pages."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from smartecr.server.serving import serve
from smartecr.server.serving.shell import THREADS
from support.servers import RunningServer, StartServer, run_cli

pytestmark = pytest.mark.slow


def get(server: RunningServer, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    with closing(http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=60)) as connection:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


class Stream:
    """One open page's event stream."""

    def __init__(self, server: RunningServer, **headers: str) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=60)
        self.connection.request("GET", "/live", headers=headers)
        self.answer = self.connection.getresponse()

    def event(self) -> dict[str, str]:
        """Read up to the next blank line."""
        fields: dict[str, str] = {}
        while line := self.answer.readline().decode().strip():
            name, _, value = line.partition(": ")
            fields[name] = value
        return fields

    def close(self) -> None:
        self.answer.close()
        self.connection.close()


def test_a_server_tells_its_address_and_its_health(start_server: StartServer) -> None:
    server = start_server()
    assert server.address.startswith("http://127.0.0.1:")
    status, headers, body = get(server, "/health")
    assert status == 200
    assert json.loads(body) == {"version": "0.1.0", "database": "ok", "journal": "ok", "tse": "ok"}
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


def test_a_foreign_host_name_is_refused(start_server: StartServer) -> None:
    assert get(start_server(), "/", Host="evil.example")[0] == 400


def test_live_events_carry_versions_and_resume(start_server: StartServer) -> None:
    server = start_server(SMARTECR_TERMINAL="off", SMARTECR_PRINTER="off")
    page = Stream(server)
    assert page.answer.headers["Content-Type"].startswith("text/event-stream")
    assert page.answer.headers["Cache-Control"] == "no-cache"
    assert page.answer.headers["X-Accel-Buffering"] == "no"
    assert page.event() == {"retry": "1000"}
    events = [page.event() for _ in range(5)]
    assert {event["event"] for event in events} == {"basket", "receipt", "payment", "status", "catalog"}
    page.close()
    again = Stream(server, **{"Last-Event-ID": events[-1]["id"]})
    assert again.event() == {"retry": "1000"}
    again.connection.sock.settimeout(0.3)
    with pytest.raises(TimeoutError):
        again.event()
    again.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_within_two_seconds_although_pages_are_open(start_server: StartServer, number: int) -> None:
    """At the first try, unless the machine does much else just then: pages that are waited for cost every time."""
    for _ in range(3):
        server = start_server()
        pages = [Stream(server) for _ in range(5)]
        for page in pages:
            page.event()
        begin = time.monotonic()
        assert server.stop(number) == 0
        seconds = time.monotonic() - begin
        for page in pages:
            page.close()
        if seconds < 2:
            break
    assert seconds < 2
    assert server.errors.read_text() == "", "the streams ended by themselves, nothing had to be cancelled"
    lines = (server.folder / "logs" / "smartecr.log").read_text(encoding="utf-8").splitlines()
    assert "stopped" in [json.loads(line)["event"] for line in lines]


def test_a_stop_right_after_the_start_is_heard(start_server: StartServer, tmp_path: Path) -> None:
    for number in range(4):
        server = start_server(folder=tmp_path / str(number % 2))
        time.sleep(number * 0.01)
        assert server.stop(signal.SIGTERM) == 0


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files in /proc")
def test_database_connections_do_not_pile_up(start_server: StartServer) -> None:
    server = start_server()
    with ThreadPoolExecutor(12) as pages:
        answers = list(pages.map(lambda _: get(server, "/health")[0], range(200)))
    assert answers == [200] * 200
    files = [str(path.readlink()) for path in Path(f"/proc/{server.process.pid}/fd").iterdir() if path.is_symlink()]
    books = [name for name in files if name.endswith("/smartecr.sqlite3")]
    assert 0 < len(books) <= THREADS + 3  # and the keeper, the card terminal, the printer


def test_a_port_in_use_is_said_in_german(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run_cli(tmp_path / "data", "serve", "--port", str(port))
    assert done.returncode == 2
    assert f"Port {port} ist belegt" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists()


def test_two_servers_do_not_share_a_folder(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server()
    done = run_cli(tmp_path / "data", "serve", "--port", "0")
    assert done.returncode == 2
    assert f"Prozess {server.process.pid}" in done.stderr


def test_a_killed_server_leaves_no_lock(start_server: StartServer) -> None:
    assert start_server().stop(signal.SIGKILL) == -signal.SIGKILL
    assert get(start_server(), "/health")[0] == 200


def test_an_unwritable_folder_is_said_in_german(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run_cli(tmp_path / "file" / "data", "serve", "--port", "0")
    assert done.returncode == 2
    assert "nicht beschreibbar" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("host", "port", "expected"),
    [
        ("127.0.0.1", 80, "http://127.0.0.1:80/"),
        ("0.0.0.0", 8765, "http://127.0.0.1:8765/"),
        ("::", 8765, "http://[::1]:8765/"),
        ("kasse.local", 8765, "http://kasse.local:8765/"),
    ],
)
def test_the_address_can_be_typed_on_this_machine(host: str, port: int, expected: str) -> None:
    assert serve.address(host, port) == expected


@pytest.mark.parametrize(
    ("variables", "expected"),
    [({}, False), ({"DISPLAY": ":0"}, True), ({"WAYLAND_DISPLAY": "w"}, True), ({"DISPLAY": ":0", "CI": "1"}, False)],
)
def test_pages_open_only_where_a_person_sits(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: bool
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "CI"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert serve.has_screen() is expected


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(serve.CannotServeError, match="gibt es auf diesem Gerät nicht"):
        serve.bind("192.0.2.1", 0)


def test_the_environment_of_children_has_no_foreign_data_folder(tmp_path: Path) -> None:
    from support.servers import environment

    assert environment(tmp_path)["SMARTECR_DATA"] == str(tmp_path) != os.environ["SMARTECR_DATA"]
