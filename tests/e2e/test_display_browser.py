"""The customer display and the digital receipt in a real browser, against the real server."""

from __future__ import annotations

import base64
import json
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import zxingcpp
from playwright.sync_api import expect

from smartecr.tse import receipt_qr
from support.browsers import PATIENCE
from support.servers import ROOT, RunningServer, StartServer, environment, quiet_port, start

if TYPE_CHECKING:
    from playwright.sync_api import APIRequestContext, Browser, BrowserContext, Page, Route

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIZES = [(1024, 600), (1280, 800), (360, 640), (1920, 1080)]
LARGE_SIZES = [(800, 480), (1024, 600), (1024, 768), (1280, 800), (1920, 1080), (600, 1024), (480, 800)]
PIN = "482619"
STATE = re.compile(r"/display/state/")
PERSON = "1" * 32
ESPRESSO, ROLL, JUICE = (f"{number:032x}" for number in (0xA0, 0xA1, 0xA3))

PREPARE = """
from smartecr.server import boot
boot.setup()
boot.migrate()
from smartecr.server import wiring
from smartecr.staff import people
from support.shop import stock
till = wiring.till()
stock(till)
people.create(person_id="1" * 32, name="Jana Unsichtbar", role="owner", pin="482619")
wiring.close()
"""

VOICES = """
window.said = [];
const voices = [{ lang: "de-DE" }, { lang: "en-GB" }];
const fake = { getVoices: () => voices, speak: (words) => window.said.push(words.text), cancel: () => {} };
Object.defineProperty(window, "speechSynthesis", { value: Object.assign(new EventTarget(), fake) });
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
"""

GRAY = """async (data) => {
  const image = new Image();
  image.src = "data:image/png;base64," + data;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const pixels = canvas.getImageData(0, 0, image.width, image.height).data;
  let text = "";
  for (let i = 0; i < pixels.length; i += 4) text += String.fromCharCode(pixels[i]);
  return [image.width, image.height, btoa(text)];
}"""


class Counter:
    """The cashier's side of the counter, over the till's own addresses."""

    def __init__(self, server: RunningServer, request: APIRequestContext) -> None:
        self.server = server
        self._request = request
        assert request.get(self._at("login")).ok
        self._post("login", {"person": PERSON, "pin": PIN})

    def _at(self, path: str) -> str:
        return f"{self.server.address}{path}"

    def _post(self, path: str, form: dict[str, Any] | None = None, body: str | None = None) -> str:
        cookies = {cookie["name"]: cookie["value"] for cookie in self._request.storage_state()["cookies"]}
        headers = {"X-CSRFToken": cookies.get("csrftoken", ""), "HX-Request": "true"}
        if body is not None:
            headers["Content-Type"] = "application/json"
            answer = self._request.post(self._at(path), headers=headers, data=body)
        else:
            answer = self._request.post(self._at(path), headers=headers, form=form or {})
        assert answer.ok, (path, answer.status, answer.text()[:300])
        return str(answer.text())

    def ring(self, *articles: str) -> None:
        """Tap articles."""
        self._command(*({"do": "article", "article": article} for article in articles))

    def discard(self) -> None:
        """Throw away what is on the ticket."""
        self._command({"do": "discard"})

    def _command(self, *commands: dict[str, str]) -> None:
        named = [{"id": secrets.token_hex(16), **command} for command in commands]
        self._post("till/commands", body=json.dumps({"commands": named}))

    def pay(self, tendered: int | None = None) -> None:
        """Take the money that is due, or the cents given."""
        due = self._request.get(self._at("till/pay"), headers={"HX-Request": "true"}).text()
        fields = dict(re.findall(r'name="(basket|receipt|expected)" value="([^"]*)"', due))
        self._post("till/pay", {**fields, "tendered": fields["expected"] if tendered is None else str(tendered)})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A small shop, served."""
    folder = _shop(tmp_path_factory.mktemp("display") / "data")
    running = start(folder)
    yield running
    running.stop()
    assert running.process.stdout is not None
    running.process.stdout.close()


def _shop(folder: Path) -> Path:
    paths = f"{ROOT / 'src'}:{ROOT / 'tests'}"
    subprocess.run([sys.executable, "-c", PREPARE], env=environment(folder) | {"PYTHONPATH": paths}, check=True)
    return folder


@pytest.fixture
def counter(server: RunningServer, browser: Browser) -> Iterator[Counter]:
    """The cashier, logged in, with an empty ticket."""
    context = browser.new_context()
    cashier = Counter(server, context.request)
    cashier.discard()
    yield cashier
    context.close()


@pytest.fixture
def display(server: RunningServer, page: Page) -> Page:
    """The display in a window of its own, at its target size."""
    page.set_viewport_size({"width": 1024, "height": 600})
    page.goto(f"{server.address}display/")
    return page


@pytest.fixture
def timed(page: Page, request: pytest.FixtureRequest) -> Page:
    """The display whose clock a test can stop, see `_stop_time`."""
    page.clock.install()
    return request.getfixturevalue("display")  # type: ignore[no-any-return]


def _wait_for(page: Page, name: str) -> None:
    page.wait_for_selector(f'#screen[data-name="{name}"]')


def _stop_time(page: Page) -> None:
    """Let what is shown stay however long a look takes: no timer of the page runs, news still arrive.

    The page's clock must have been installed before it was opened.
    """
    page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=1))


@contextmanager
def _kept(page: Page) -> Iterator[None]:
    """Keep the picture as it is while the page's timers run: what it asks for meanwhile is answered afterwards."""
    held: list[Route] = []
    page.route(STATE, lambda route: held.append(route))
    yield
    page.unroute(STATE)
    for route in held:
        route.continue_()


def _resize(page: Page, width: int, height: int) -> None:
    """Give the page another size and wait until it has been told: it hears so before the next picture."""
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def _until(true: Callable[[], bool], seconds: float = PATIENCE / 1000) -> None:
    """Wait for something only a script can tell (the page's policy forbids Playwright's own polling)."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def _read_codes(page: Page, context: BrowserContext) -> list[str]:
    """Return the texts of the QR codes as painted."""
    blank = context.new_page()
    shot = base64.b64encode(page.screenshot(full_page=True)).decode()
    columns, rows, gray = blank.evaluate(GRAY, shot)
    blank.close()
    pixels = memoryview(base64.b64decode(gray)).cast("B", shape=[rows, columns])
    return [found.text for found in zxingcpp.read_barcodes(pixels)]


def test_a_guest_who_leaves_leaves_german_behind(server: RunningServer, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.clock.install()
    page.goto(f"{server.address}display/")
    _wait_for(page, "idle")
    _stop_time(page)
    page.click("#language")
    page.wait_for_selector('#screen[lang="en"]')
    page.clock.run_for(59_000)
    assert page.get_attribute("#screen", "lang") == "en"
    page.clock.run_for(2_000)
    page.wait_for_selector('#screen[lang="de"]')
    context.close()


def test_other_news_of_the_register_do_not_keep_a_guests_language(counter: Counter, display: Page) -> None:
    display.clock.install()
    display.reload()
    _wait_for(display, "idle")
    display.click("#language")
    display.wait_for_selector('#screen[lang="en"]')
    display.clock.run_for(50_000)
    with display.expect_response(STATE):
        display.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    display.clock.run_for(11_000)
    display.wait_for_selector('#screen[lang="de"]')


def test_a_sale_from_the_first_line_to_the_verified_receipt(
    counter: Counter, display: Page, context: BrowserContext
) -> None:
    counter.ring(ESPRESSO, ROLL, JUICE)
    expect(display.locator(".line")).to_have_count(3)
    assert display.inner_text(".sum .amount") == "9,25\u00a0€"
    assert "Apfelschorle" in display.inner_text(".line[data-newest]")
    counter.pay(2000)
    _wait_for(display, "change")
    assert display.inner_text(".handback .amount") == "10,75\u00a0€"
    _wait_for(display, "receipt")
    (address,) = _read_codes(display, context)
    assert re.fullmatch(rf"{re.escape(counter.server.address)}r/[\w-]{{22,64}}/", address)
    receipt = context.new_page()
    receipt.set_viewport_size({"width": 360, "height": 640})
    receipt.goto(address)
    assert "Die Signatur stimmt" in receipt.inner_text("body")
    (code,) = _read_codes(receipt, context)
    verdict = receipt_qr.verify(code)
    assert verdict.valid
    assert verdict.receipt.process_data == "Beleg^6.05_3.20_0.00_0.00_0.00^9.25:Bar"
    assert verdict.serial in receipt.inner_text("body")
    receipt.set_viewport_size({"width": 1920, "height": 1080})
    for key in receipt.locator(".about .actions .key:visible").all():
        assert key.evaluate("key => key.getClientRects()[0].height") <= 60, key.inner_text()
    receipt.goto(f"{address}bewirtung/")
    paper = receipt.locator(".paper").bounding_box()
    assert paper is not None
    assert abs(paper["x"] + paper["width"] / 2 - receipt.evaluate("document.documentElement.clientWidth") / 2) < 1
    receipt.close()


def test_a_line_is_seen_within_half_a_second(counter: Counter, display: Page) -> None:
    """Once in six taps: a machine that does much else delays some of them, a page that asks now and then them all."""
    display.evaluate("""() => {
        let text = "";
        new MutationObserver(() => {
            const now = document.getElementById("lines")?.textContent ?? "";
            if (now !== text) window.seen ||= Date.now();
            text = now;
        }).observe(document.body, { childList: true, subtree: true });
    }""")
    waits = []
    for article in (ESPRESSO, ROLL, JUICE) * 2:
        display.evaluate("window.seen = 0")
        before = display.evaluate("Date.now()")
        counter.ring(article)
        _until(lambda: display.evaluate("window.seen > 0"))
        waits.append(display.evaluate("window.seen") - before)
    assert min(waits) < 500, waits
    counter.discard()


def test_the_code_stays_when_the_next_guest_begins(counter: Counter, timed: Page, context: BrowserContext) -> None:
    display = timed
    counter.ring(ESPRESSO)
    counter.pay()
    _wait_for(display, "receipt")
    _stop_time(display)
    (address,) = _read_codes(display, context)
    counter.ring(ROLL)
    _wait_for(display, "basket")
    for width, height in SIZES:
        display.set_viewport_size({"width": width, "height": height})
        assert _read_codes(display, context) == [address], (width, height)
        box = display.locator(".code").bounding_box()
        assert box is not None
        assert box["width"] >= 300
        assert box["y"] + box["height"] <= height
        line = display.locator(".line[data-newest]").bounding_box()
        assert line is not None
        assert line["y"] + line["height"] <= height
    counter.pay()


def test_the_code_is_large_enough_at_every_size(counter: Counter, timed: Page, context: BrowserContext) -> None:
    display = timed
    counter.ring(ESPRESSO)
    counter.pay()
    _wait_for(display, "receipt")
    _stop_time(display)
    for width, height in SIZES:
        display.set_viewport_size({"width": width, "height": height})
        box = display.locator(".code").bounding_box()
        assert box is not None
        assert box["width"] >= 300, (width, height)
        assert box["y"] + box["height"] <= height
        assert len(_read_codes(display, context)) == 1


def test_the_countdown_counts(counter: Counter, timed: Page) -> None:
    counter.ring(ESPRESSO)
    counter.pay()
    _wait_for(timed, "receipt")
    _stop_time(timed)
    first = int(re.sub(r"\D", "", timed.inner_text(".countdown")))
    timed.clock.run_for(2100)
    assert first > int(re.sub(r"\D", "", timed.inner_text(".countdown"))) >= first - 3


def test_long_baskets_keep_the_newest_line_and_the_sum_in_view(counter: Counter, display: Page) -> None:
    counter.ring(*[article for _ in range(12) for article in (ESPRESSO, ROLL, JUICE)], ESPRESSO)
    expect(display.locator(".line[data-newest]")).to_contain_text("Espresso")
    for width, height in SIZES:
        _resize(display, width, height)
        for part in (".line[data-newest]", ".sum .amount"):
            box = display.locator(part).bounding_box()
            assert box is not None
            assert box["y"] >= 0
            assert box["x"] + box["width"] <= width + 1
            assert box["y"] + box["height"] <= height
        assert display.evaluate("document.documentElement.scrollWidth") <= width
    counter.pay()


def test_language_is_the_guests_own_and_ends_with_the_sale(counter: Counter, display: Page) -> None:
    counter.ring(ESPRESSO)
    _wait_for(display, "basket")
    display.click("#language")
    display.wait_for_selector('#screen[lang="en"]')
    assert display.evaluate("document.activeElement.id") == "language"
    counter.ring(ROLL)
    expect(display.locator(".line")).to_have_count(2)
    assert display.get_attribute("#screen", "lang") == "en"
    counter.pay()
    _wait_for(display, "receipt")
    assert display.get_attribute("#screen", "lang") == "en"
    counter.ring(ESPRESSO)
    display.wait_for_selector('#screen[lang="de"][data-name="basket"]')
    counter.pay()


BEYOND = """() => [...document.querySelectorAll(".screen *")].filter((part) => {
  const box = part.getBoundingClientRect();
  const inside = box.right <= innerWidth + 1 && box.bottom <= innerHeight + 1;
  return box.width && !inside && !part.closest(".lines, svg, .visually-hidden");
}).map((part) => part.className || part.tagName)"""


def test_large_print_fits_from_seven_to_fifteen_inches_and_ends_with_the_sale(counter: Counter, display: Page) -> None:
    counter.ring(ESPRESSO, ROLL, JUICE)
    line = display.locator("[data-newest] .first")
    expect(line).to_be_visible()
    small = line.bounding_box()
    display.locator("#large").click()
    expect(display.locator("#large")).to_have_attribute("aria-pressed", "true")
    large = line.bounding_box()
    assert small is not None and large is not None and large["height"] > 1.2 * small["height"]
    for paid in (False, True):
        if paid:
            counter.pay()
            display.locator("[data-name=receipt]").wait_for()
        for width, height in LARGE_SIZES:
            _resize(display, width, height)
            assert display.evaluate(BEYOND) == [], (width, height, paid)
    counter.ring(ESPRESSO)
    expect(display.locator("#large")).to_have_attribute("aria-pressed", "false")
    counter.discard()


def test_reading_aloud_is_offered_only_with_a_voice(counter: Counter, server: RunningServer, browser: Browser) -> None:
    counter.ring(ESPRESSO)
    context = browser.new_context()
    silent = context.new_page()
    silent.add_init_script("Object.defineProperty(window, 'speechSynthesis', { value: undefined });")
    silent.goto(f"{server.address}display/")
    _wait_for(silent, "basket")
    assert silent.is_hidden("#speak")
    page = context.new_page()
    page.add_init_script(VOICES)
    page.goto(f"{server.address}display/")
    page.click("#speak")
    assert page.get_attribute("#speak", "aria-pressed") == "true"
    assert page.evaluate("window.said") == ["Espresso, 2 Euro 40. Summe 2 Euro 40."]
    counter.ring(ROLL)
    _until(lambda: page.evaluate("window.said.length === 2"))
    assert page.evaluate("window.said[1]") == "Mohnschnecke, 3 Euro 20. Summe 5 Euro 60."
    page.click("#speak")
    counter.pay(1000)
    _wait_for(page, "change")
    assert len(page.evaluate("window.said")) == 2
    context.close()


def test_it_survives_a_reload_and_a_restart_of_the_server(
    start_server: StartServer, tmp_path: Path, browser: Browser
) -> None:
    folder = _shop(tmp_path / "restart")
    port = quiet_port()
    server = start_server("--port", port, folder=folder)
    context = browser.new_context()
    counter = Counter(server, context.request)
    page = browser.new_context(viewport={"width": 1024, "height": 600}).new_page()
    page.goto(f"{server.address}display/")
    counter.ring(ESPRESSO)
    _wait_for(page, "basket")
    page.reload()
    _wait_for(page, "basket")
    assert server.stop() == 0
    page.wait_for_selector("#lost:not([hidden])")
    assert "Espresso" in page.inner_text(".lines")
    again = start_server("--port", port, folder=folder)
    assert again.address == server.address
    page.wait_for_selector("#lost", state="hidden")
    counter.ring(ROLL)
    expect(page.locator(".line")).to_have_count(2)
    context.close()
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_screens_are_accessible(
    counter: Counter, server: RunningServer, browser: Browser, scheme: Any, audit: Callable[[Page], list[str]]
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1024, "height": 600}, reduced_motion="reduce")
    page = context.new_page()
    page.add_init_script(VOICES)
    page.goto(f"{server.address}display/")
    counter.ring(ESPRESSO, JUICE)
    _wait_for(page, "basket")
    assert audit(page) == []
    counter.pay(5000)
    _wait_for(page, "change")
    with _kept(page):
        assert audit(page) == []
    _wait_for(page, "receipt")
    with _kept(page):
        assert audit(page) == []
        (address,) = _read_codes(page, context)
    page.goto(address)
    assert audit(page) == []
    page.goto(f"{server.address}r/wrong/")
    assert audit(page) == []
    context.close()


@pytest.fixture
def audit() -> Callable[[Page], list[str]]:
    """Return a function naming what axe finds on a page."""
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()

    def run(page: Page) -> list[str]:
        found = axe.run(page).response["violations"]
        return [f"{one['id']}: {node['html']} {node['failureSummary']}" for one in found for node in one["nodes"]]

    return run
