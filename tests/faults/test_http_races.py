"""Several screens at one register at once, over the real server: no line lost, none doubled, one receipt a payment."""

from __future__ import annotations

import http.cookiejar
import json
import random
import re
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from support.servers import RunningServer, run_cli

SCREENS = 4
SALES = 12


class Screen:
    """A logged-in browser without a face."""

    def __init__(self, address: str, seed: int) -> None:
        self.address = address
        self.random = random.Random(seed)
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        page = self.get("login")
        tag = re.search(r"<input[^>]*data-name=\"Christine\"[^>]*>", page)
        assert tag is not None
        person = re.findall(r"[0-9a-f]{32}", tag[0])[0]
        answer = self.post("login", {"person": person, "pin": "3333", "csrfmiddlewaretoken": self.token()})
        assert answer[0] == 200, answer
        self.articles = re.findall(r'data-article="([0-9a-f]{32})"', self.get(""))
        assert len(self.articles) > 10

    def token(self) -> str:
        """The CSRF token of the cookie."""
        return next(cookie.value or "" for cookie in self.cookies if cookie.name == "csrftoken")

    def new_id(self) -> str:
        """An id as the page makes it."""
        return f"{self.random.getrandbits(128):032x}"

    def get(self, path: str, **headers: str) -> str:
        """Fetch a page or part."""
        request = urllib.request.Request(self.address + path, headers=headers)
        try:
            with self.opener.open(request, timeout=60) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            assert error.code == 422, "only an empty ticket is refused"
            return ""

    def post(self, path: str, fields: dict[str, str] | bytes) -> tuple[int, str]:
        """Send a form or a JSON body; return status and answer."""
        body = fields if isinstance(fields, bytes) else urllib.parse.urlencode(fields).encode()
        headers = {"X-CSRFToken": self.token(), "HX-Request": "true", "Origin": self.address.rstrip("/")}
        if isinstance(fields, bytes):
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(self.address + path, data=body, headers=headers)
        try:
            with self.opener.open(request, timeout=60) as answer:
                return int(answer.status), str(answer.read().decode())
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def tap(self) -> str:
        """Tap an article, some taps sent twice; return the command's id."""
        command = {"id": self.new_id(), "do": "article", "article": self.random.choice(self.articles), "age_ok": True}
        body = json.dumps({"commands": [command]}).encode()
        for _ in range(self.random.choice([1, 1, 2])):
            status, _answer = self.post("till/commands", body)
            assert status == 200
        return str(command["id"])

    def pay(self) -> str:
        """Pay whatever is on the ticket exactly; some payments are sent twice. Return the receipt's id or ""."""
        part = self.get("till/pay", **{"HX-Request": "true"})
        fields = {
            name: match[1]
            for name in ("basket", "receipt", "expected")
            if (match := re.search(rf'name="{name}"[^>]*value="([^"]*)"|data-{name}="([^"]*)"', part))
        }
        if len(fields) < 3:
            return ""
        form = {**fields, "tendered": fields["expected"]}
        statuses = [self.post("till/pay", form)[0] for _ in range(self.random.choice([1, 2]))]
        return fields["receipt"] if statuses[0] == 200 else ""


def sell(screen: Screen) -> tuple[list[str], list[str]]:
    """Tap and pay for a while; return the ids of taps and of receipts paid."""
    taps, receipts = [], []
    for _ in range(SALES):
        taps += [screen.tap() for _ in range(screen.random.randint(1, 4))]
        for _ in range(8):  # another screen's tap changes the total under the payment, which is then refused
            receipt = screen.pay()
            if receipt:
                receipts.append(receipt)
                break
    return taps, receipts


@pytest.mark.slow
def test_screens_at_once_lose_and_double_nothing(demo_server: RunningServer) -> None:
    before = receipts_in(demo_server)
    screens = [Screen(demo_server.address, seed) for seed in range(SCREENS)]
    with ThreadPoolExecutor(SCREENS) as pool:
        found = list(pool.map(sell, screens))
    last = Screen(demo_server.address, 99)
    last.pay()
    taps = [tap for part, _ in found for tap in part]
    receipts = [receipt for _, part in found for receipt in part]
    assert len(receipts) > SALES
    assert len(receipts) == len(set(receipts))
    health = json.loads(last.get("health"))
    assert health["journal"] == "ok"
    assert demo_server.stop() == 0
    facts = journal(demo_server)
    assert sorted(fact for fact in facts if fact in set(taps)) == sorted(taps), "every tap is in the journal, once"
    assert receipts_in(demo_server) - before >= len(receipts)
    verdict = run_cli(demo_server.folder, "verify", "books")
    assert verdict.returncode == 0, verdict.stdout


def journal(server: RunningServer) -> list[str]:
    """Ids of all facts."""
    return [row[0] for row in query(server, "SELECT id FROM register_journal")]


def receipts_in(server: RunningServer) -> int:
    """How many receipts are issued."""
    return int(query(server, "SELECT count(*) FROM register_receipt_signature")[0][0])


def query(server: RunningServer, sql: str) -> list[Any]:
    """Ask the server's database file from outside."""
    import sqlite3

    connection = sqlite3.connect(server.folder / "smartecr.sqlite3")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()
