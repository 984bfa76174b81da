"""The device's page without a browser: what is served, to whom, and what hands may do through it."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from smartecr.terminal.zvt.virtual import Action, Point, VirtualTerminal
from smartecr.terminal.zvt.virtual.pageserver import PageServer
from smartecr.terminal.zvt.virtual.sight import snapshot
from support.zvt_register import pay


class Browser:
    """Asks the page server as a browser would."""

    def __init__(self, address: str) -> None:
        self.port = int(address.rstrip("/").rpartition(":")[2])

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request(method, path, body.encode(), {name.replace("_", "-"): v for name, v in headers.items()})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def do(self, what: str, **values: Any) -> Any:
        body = json.dumps({"do": what, **values})
        status, _, answer = self.ask("POST", "/do", body, Content_Type="application/json")
        return json.loads(answer)["effect"] if status == 200 else status

    def events(self) -> Iterator[dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/events")
            answer = connection.getresponse()
            while line := answer.fp.readline():
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])
        finally:
            connection.close()


@pytest.fixture
def browser_by_hand(terminal: VirtualTerminal, tmp_path: Path) -> Iterator[Browser]:
    (tmp_path / "Inter-Regular.woff2").write_bytes(b"font")
    (tmp_path / "secret.txt").write_bytes(b"secret")
    server = PageServer(terminal, tmp_path)
    yield Browser(server.listen())
    server.close()


def test_the_page_loads_only_what_is_served_with_it(browser_by_hand: Browser) -> None:
    status, headers, body = browser_by_hand.ask("GET", "/")
    page = body.decode()
    assert status == 200
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for address in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert browser_by_hand.ask("GET", f"/{address}")[0] == 200, address
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\bsrc=)", page)


def test_fonts_come_from_their_folder_and_nothing_else_does(browser_by_hand: Browser) -> None:
    assert browser_by_hand.ask("GET", "/fonts/Inter-Regular.woff2")[2] == b"font"
    for path in ("/fonts/secret.txt", "/fonts/../secret.txt", "/secret.txt", "/fonts/Inter-Bold.woff2", "/device.py"):
        assert browser_by_hand.ask("GET", path)[0] == 404


def test_foreign_pages_are_refused(browser_by_hand: Browser) -> None:
    port = browser_by_hand.port
    assert browser_by_hand.ask("GET", "/", Host="evil.example")[0] == 403
    assert browser_by_hand.ask("GET", "/events", Host=f"evil.example:{port}")[0] == 403
    own = {"Content_Type": "application/json", "Host": f"localhost:{port}"}
    body = '{"do": "key", "key": "STOP"}'
    assert browser_by_hand.ask("POST", "/do", body, **own, Origin="http://evil.example")[0] == 403
    assert browser_by_hand.ask("POST", "/do", body, Content_Type="text/plain")[0] == 403
    assert browser_by_hand.ask("POST", "/other", body, **own)[0] == 403
    assert browser_by_hand.ask("POST", "/do", body, **own, Origin=f"http://localhost:{port}")[0] == 200


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{}", "null", '{"do": 1}', '{"do": "fly"}', '{"do": "key", "key": "F1"}', '{"do": "tap", "card": "x"}',
     '{"do": "mode", "mode": "x"}', '{"do": "code", "code": "99"}', '{"do": "fault", "id": "x"}',
     '{"do": "switch", "name": "lenient", "value": false}', '{"do": "switch", "name": "policy", "value": "x"}',
     '{"do": "key", "key": 5}', "\xff"],
)  # fmt: skip
def test_what_the_page_cannot_mean_is_refused(browser_by_hand: Browser, body: str) -> None:
    assert browser_by_hand.ask("POST", "/do", body, Content_Type="application/json")[0] == 400


def test_a_body_too_long_is_refused(browser_by_hand: Browser) -> None:
    assert browser_by_hand.ask("POST", "/do", " " * 1025, Content_Type="application/json")[0] == 413


def test_the_stream_tells_changes_and_never_a_pin(bench: Any) -> None:
    with closing(PageServer(bench.terminal)) as server:
        browser = Browser(server.listen())
        events = browser.events()
        seen = [next(events)]
        assert seen[0]["connected"]
        assert browser.do("insert", card="giro-markt") is True
        bench.register.send(pay(6000))
        bench.register.read()
        for _ in range(3):
            bench.register.read()
            bench.register.send("800000")
        assert bench.terminal.front.wait_until(lambda: bench.terminal.pad.asking == "pin")
        for key in "987":
            assert browser.do("key", key=key) is True
        while len(seen[-1]["typed"]) < 3:
            seen.append(next(events))
        assert seen[-1]["typed"] == "•••"
        assert "987" not in json.dumps(seen)
        assert seen[-1]["slot"] == "giro-markt"
        assert seen[-1]["screen"]["amount"] == "60,00 €"
        assert browser.do("key", key="STOP") is True
        assert browser.do("remove") is True
        assert browser.do("remove") is False
    assert not [event for event in events if set(event["typed"]) - {"•"}]


def test_faults_switches_and_the_bank_are_set(terminal: VirtualTerminal, browser_by_hand: Browser) -> None:
    assert browser_by_hand.do("fault", id="cut_after", on=True) is True
    assert [(one.point, one.action) for one in terminal.script.waiting()] == [(Point.AFTER_RESULT, Action.CLOSE)]
    assert [one["id"] for one in snapshot(terminal)["faults"] if one["on"]] == ["cut_after"]
    browser_by_hand.do("fault", id="cut_after", on=False)
    assert terminal.script.waiting() == []
    browser_by_hand.do("switch", name="prints_itself", value=True)
    browser_by_hand.do("switch", name="policy", value="keep")
    assert (terminal.setup.switches.prints_itself, terminal.setup.switches.policy) == (True, "keep")
    browser_by_hand.do("mode", mode="unreachable")
    browser_by_hand.do("code", code="51")
    assert (terminal.host.mode, list(terminal.host.next_codes)) == ("unreachable", [51])
    browser_by_hand.do("code", code="")
    assert list(terminal.host.next_codes) == []


def test_a_card_is_issued_anew(terminal: VirtualTerminal, browser_by_hand: Browser) -> None:
    card = terminal.machine.cards["visa"]
    fresh = terminal.host.memory(card)
    for _ in range(3):
        terminal.host.ask(card, 100, how="chip", pin="0000", verified=False)
    assert terminal.host.memory(card).pin_tries == 0
    assert browser_by_hand.do("reissue", card="visa") is True
    assert terminal.host.memory(card) == fresh
    assert browser_by_hand.do("reissue", card="x") == 400


def test_a_tap_at_the_wrong_moment_has_no_effect(browser_by_hand: Browser) -> None:
    assert browser_by_hand.do("tap", card="visa") is False
    assert browser_by_hand.do("key", key="1") is False


def test_own_paper_shows_the_receipt_as_it_is_printed(bench: Any, setup: Any) -> None:
    setup.switches.prints_itself = True
    bench.register.run(pay(1234), bench.hands.tap("visa"))
    customer, merchant = snapshot(bench.terminal)["paper"]
    assert "KUNDENBELEG" in customer
    assert "Bitte Beleg aufbewahren" in customer
    assert "HÄNDLERBELEG" in merchant
    assert "Betrag                 EUR 12,34" in customer
    assert "474843******7743" in customer
    assert "kein Geld bewegt" in customer
    assert snapshot(bench.terminal)["booked"] == "1 gebucht, 12,34 €"
