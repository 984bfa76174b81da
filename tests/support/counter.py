"""Hands at the till for browser tests: log in, tap tiles, read the ticket; and the demo shop without past days."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from smartecr.staff.demopins import PINS
from support.browsers import PATIENCE
from support.servers import RunningServer, start

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

CASHIER, MANAGER, OWNER = "Jana", "Murat", "Christine"
_STROKE = 0.004  # seconds from key to key of a quick scanner
_ENTER = {"key": "Enter", "code": "Enter", "text": "\r", "windowsVirtualKeyCode": 13}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One server with the demo shop, nothing sold yet, shared by a module's tests."""
    server = start(tmp_path_factory.mktemp("shop") / "data", "--demo", "--days", "0")
    yield server
    try:
        server.stop()
    finally:
        if server.process.stdout is not None:
            server.process.stdout.close()


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Wait until what the page does has come to the test, which hears of it between its own calls alone."""
    end = time.monotonic() + PATIENCE / 1000
    while not holds():
        assert time.monotonic() < end, "it never came true"
        page.wait_for_timeout(10)


class Counter:
    """One person at one window of the till."""

    _sessions: ClassVar[dict[tuple[str, str], Any]] = {}  # cookies of who logged in, by server and name

    def __init__(self, page: Page, server: RunningServer) -> None:
        self.page = page
        self.server = server
        self.address = server.address

    def log_in(self, name: str = CASHIER) -> Counter:
        """Log in and wait until the till listens: with the demo's PIN once a server, then in the same session."""
        page, key = self.page, (self.address, name)
        if key in self._sessions and not page.context.cookies():
            page.context.add_cookies(self._sessions[key])
            page.goto(self.address)
            if self.is_till():
                return self.ready()
        page.goto(f"{self.address}login")
        page.locator(".person", has_text=name).click()
        page.locator("#pin").fill(PINS[name])
        page.keyboard.press("Enter")
        page.wait_for_url(self.address)
        self._sessions[key] = page.context.cookies()
        return self.ready()

    def is_till(self) -> bool:
        """Tell whether the page is the till, and not the log-in that stands before it."""
        return self.page.url == self.address

    def ready(self) -> Counter:
        """Wait until the page's scripts run; a page that does not get there is shown in the failure."""
        from playwright.sync_api import TimeoutError as TooLateError

        try:
            self.page.wait_for_selector("html[data-ready]", state="attached")
        except TooLateError as error:
            raise AssertionError(f"{self.page.url} did not get ready:\n{self.page.inner_text('body')[:800]}") from error
        return self

    def clean(self) -> Counter:
        """Start with an empty ticket, at the tiles."""
        self.page.goto(self.address)
        return self.empty()

    def empty(self) -> Counter:
        """Throw away what is on the ticket."""
        self.ready()
        if self.lines.count():
            self.page.keyboard.press("F7")
            self.page.locator("[data-discard]").click()
            self.page.locator("#l-none").wait_for(state="attached")
        return self

    def tile(self, name: str) -> Locator:
        """Return the tile of an article, shown or not."""
        return self.page.locator(f'#tiles .tile[data-name="{name}"]')

    def tap(self, *names: str) -> Counter:
        """Tap tiles of the page in view."""
        for name in names:
            self.tile(name).click()
        return self

    def group(self, name: str) -> Counter:
        """Choose a group and wait for its tiles."""
        tab = self.page.locator(f'.group[data-name="{name}"]')
        tab.click()
        self.page.locator(f'#tiles[data-group="{tab.get_attribute("data-tab")}"]').wait_for()
        return self

    def settle(self) -> Counter:
        """Wait until every command is answered."""
        self.page.locator("#ticket:not([data-pending])").wait_for(state="attached")
        return self

    def scan(self, code: str, stall: float = 0) -> Counter:
        """Type as fast as a scanner, by the events' own times, so that a busy machine stretches nothing.

        The keys after the third reach the page `stall` seconds late.
        """
        wire = self.page.context.new_cdp_session(self.page)
        begin = time.time() - _STROKE * (len(code) + 1)
        for place, sign in enumerate([*code, "\r"]):
            key = {"key": sign, "text": sign} if sign != "\r" else _ENTER
            moment = begin + place * _STROKE
            time.sleep(stall if place == 3 else 0)
            wire.send("Input.dispatchKeyEvent", {"type": "keyDown", "timestamp": moment, **key})
            wire.send("Input.dispatchKeyEvent", {"type": "keyUp", "timestamp": moment + _STROKE / 2, "key": key["key"]})
        wire.detach()
        return self

    @property
    def lines(self) -> Locator:
        """The article lines of the ticket."""
        return self.page.locator("#lines > li[data-article]")

    def ticket(self) -> list[str]:
        """Return the lines as the eye reads them: "2 × Cappuccino 7,20"."""
        self.settle()
        return [" ".join(text.split()) for text in self.lines.all_inner_texts()]

    def total(self) -> str:
        """Return the sum of the ticket: "27,86 €"."""
        return self.settle().page.locator("#ticket .total-amount").text_content() or ""

    def pay(self, tendered: int) -> Counter:
        """Pay with a key of the paying screen and wait for the change."""
        self.settle()
        self.page.locator("#pay").click()
        self.page.locator(f"[data-tender='{tendered}']").click()
        self.page.locator("body[data-view=paid]").wait_for()
        return self

    def receipt_number(self) -> int:
        """Return the number the ticket will get."""
        found = re.search(r"\d+", self.page.locator(".ticket-head span").first.text_content() or "")
        assert found
        return int(found.group())
