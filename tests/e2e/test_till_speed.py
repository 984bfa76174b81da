"""Nothing tapped is ever lost: fast hands, reloads, a second window, a lost network, a restarted server."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from support.counter import MANAGER, Counter, shop, until  # noqa: F401 the fixture
from support.servers import StartServer, quiet_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

    from support.servers import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NAMES = ("Espresso", "Cappuccino", "Flat White", "Croissant", "Butterbrezel", "Filterkaffee")
TAPS_A_SECOND = 6
SECONDS = 60

PAINTS = """() => {
  window.paints = [];
  document.getElementById("tiles").addEventListener("pointerup", (event) => {
    const before = document.getElementById("ticket").dataset.total;
    requestAnimationFrame(() => window.paints.push(document.getElementById("ticket").dataset.total !== before));
  }, true);
}"""


@pytest.fixture
def counter(page: Page, shop: RunningServer) -> Counter:  # noqa: F811
    """Jana at an empty ticket."""
    return Counter(page, shop).log_in().empty()


def pieces(counter: Counter) -> int:
    """Return how many articles the register counts on the ticket."""
    counter.page.goto(counter.address)
    counter.ready().settle()
    texts = counter.page.locator("#lines li[data-article] .q").all_inner_texts()
    return sum(int(text.split()[0]) for text in texts)


def test_six_taps_a_second_for_a_minute_lose_nothing(counter: Counter) -> None:
    """360 taps in a minute: each is seen in the next frame, and the register has them all."""
    page = counter.page
    page.evaluate(PAINTS)
    boxes = [counter.tile(name).bounding_box() for name in NAMES]
    places = [(box["x"] + 50, box["y"] + 40) for box in boxes if box]
    start = time.monotonic()
    for tap, (x, y) in zip(range(TAPS_A_SECOND * SECONDS), itertools.cycle(places), strict=False):
        wait = start + tap / TAPS_A_SECOND - time.monotonic()
        if wait > 0:
            page.wait_for_timeout(wait * 1000)
        page.mouse.click(x, y)
    counter.settle()
    painted = page.evaluate("new Promise((done) => requestAnimationFrame(() => done(window.paints)))")
    assert painted == [True] * (TAPS_A_SECOND * SECONDS)
    share = TAPS_A_SECOND * SECONDS // len(NAMES)
    assert [line.split(" ×")[0] for line in counter.ticket()] == [str(share)] * len(NAMES)
    assert pieces(counter) == TAPS_A_SECOND * SECONDS


def test_two_thumbs_at_once_are_two_taps(browser: Browser, shop: RunningServer) -> None:  # noqa: F811
    """A browser makes a click only of the first finger; the till hears both."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, has_touch=True)
    page = context.new_page()
    counter = Counter(page, shop).log_in().empty()
    left, right = counter.tile("Espresso").bounding_box(), counter.tile("Flat White").bounding_box()
    assert left
    assert right
    session = context.new_cdp_session(page)
    one, two = ({"x": box["x"] + 40, "y": box["y"] + 40, "id": finger} for finger, box in enumerate((left, right)))
    for _ in range(10):
        session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [one]})
        session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [one, two]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": [two]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert sorted(counter.ticket()) == ["10 × Espresso 24,00", "10 × Flat White 39,00"]
    context.close()


def test_a_reload_in_the_middle_of_fast_taps_loses_nothing(counter: Counter) -> None:
    """Five times: ten taps and at once a reload, the last ones not yet answered."""
    page = counter.page
    for _ in range(5):
        counter.tap(*NAMES[:5], *NAMES[:5])
        page.reload()
        counter.ready()
    assert [line.split(" ×")[0] for line in counter.ticket()] == ["10"] * 5
    assert pieces(counter) == 50


def test_a_second_window_shows_and_fills_the_same_ticket(
    browser: Browser,
    counter: Counter,
    shop: RunningServer,  # noqa: F811
) -> None:
    """Two people at one till, one of them on a handheld: both see everything, nothing gets lost between them."""
    context = browser.new_context(viewport={"width": 360, "height": 640})
    other = Counter(context.new_page(), shop).log_in(MANAGER)
    counter.tap("Espresso", "Espresso")
    expect(other.page.locator("#lines .newest")).to_contain_text("Espresso")
    for _ in range(10):
        counter.tap("Cappuccino")
        other.tile("Espresso").dispatch_event("click")
    counter.settle()
    other.settle()
    for window in (counter, other):
        expect(window.page.locator("#lines li[data-article]").first.locator(".q")).to_have_text("12 ×")
        expect(window.page.locator("#lines li[data-article]").nth(1).locator(".q")).to_have_text("10 ×")
    other.page.locator("#pay").click()
    expect(other.page.locator("#due")).to_be_visible()
    counter.page.locator("[data-act=exact]:visible").click()
    expect(other.page.locator("#hint")).to_contain_text("Dieser Bon ist nicht mehr offen")
    expect(other.page.locator("#l-none")).to_contain_text("Bezahlt und signiert")
    context.close()


def test_without_network_the_taps_wait_and_say_so(counter: Counter) -> None:
    """The banner names how many wait; when the network is back they are booked in order."""
    page = counter.tap("Espresso").settle().page
    page.context.set_offline(True)
    counter.tap("Cappuccino", "Cappuccino", "Croissant")
    expect(page.locator("#offline")).to_be_visible()
    expect(page.locator("#offline")).to_contain_text("Kasse nicht erreichbar.")
    expect(page.locator("#offline-count")).to_have_text("3 warten.")
    expect(page.locator("#lines li.newest, #lines li.ghost").last).to_contain_text("Croissant")
    waiting = [" ".join(text.split()) for text in page.locator("#lines > li").all_inner_texts()]
    assert waiting == ["1 × Espresso 2,40", "2 × Cappuccino 7,20", "1 × Croissant 2,30"]  # counted up as when booked
    page.keyboard.press("F9")
    expect(page.locator("#hint")).to_contain_text("Noch ist nichts bezahlt")
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()
    assert counter.ticket() == ["1 × Espresso 2,40", "2 × Cappuccino 7,20", "1 × Croissant 2,30"]


def test_tiles_that_could_not_come_without_network_come_when_one_turns_again(counter: Counter) -> None:
    """A group that is longer than what was sent says from where it goes on; a failure does not end it there."""
    page = counter.group("Tee & Kakao").page
    shown = page.locator("#tiles .tile")
    before = shown.count()
    rest = '<i class="next" data-next="1" hidden></i>'
    page.locator("#tiles").evaluate("(tiles, rest) => tiles.insertAdjacentHTML('beforeend', rest)", rest)
    page.context.set_offline(True)
    with page.expect_event("requestfailed", lambda request: "start=1" in request.url):
        page.keyboard.press("PageDown")
    expect(page.locator("#tiles .next")).to_have_count(1)
    page.context.set_offline(False)
    page.keyboard.press("PageDown")
    expect(shown).to_have_count(2 * before - 1)
    expect(page.locator("#tiles .next")).to_have_count(0)


def test_a_lost_answer_books_nothing_twice(counter: Counter) -> None:
    """The register did it, the page never heard: the page asks again under the same id."""
    page = counter.page
    lost = []

    def swallow(route: Route) -> None:
        if len(lost) < 2:
            route.fetch()
            lost.append(route.request.post_data)
            route.abort()
        else:
            route.continue_()

    page.route("**/till/commands", swallow)
    counter.tap("Espresso")
    expect(page.locator("#ticket:not([data-pending])")).to_be_attached()
    assert len(lost) == 2
    assert counter.ticket() == ["1 × Espresso 2,40"]
    assert pieces(counter) == 1


def test_a_restarted_server_gets_what_was_tapped_meanwhile(page: Page, start_server: StartServer) -> None:
    """The server is gone for a while; the person goes on tapping and logs in nowhere."""
    port = quiet_port()
    first = start_server("--demo", "--days", "0", "--port", port)
    counter = Counter(page, first).log_in().tap("Espresso").settle()
    first.stop()
    counter.tap("Cappuccino", "Croissant")
    expect(page.locator("#offline")).to_be_visible()
    start_server("--port", port, folder=first.folder)
    expect(page.locator("#offline")).to_be_hidden()
    assert counter.ticket() == ["1 × Espresso 2,40", "1 × Cappuccino 3,60", "1 × Croissant 2,30"]
    assert pieces(counter) == 3


def test_a_payment_whose_answer_is_lost_is_made_once(counter: Counter) -> None:
    """Tapping the note again pays nothing again: the receipt's id was made before the first try."""
    page = counter.tap("Cappuccino").settle().page
    number = counter.receipt_number()
    held: list[Route] = []  # nor does the page hear otherwise what became of the basket
    page.route("**/till/ticket*", lambda route: held.append(route))
    page.locator("#pay").click()
    lost = []

    def swallow(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            route.fetch()
            lost.append(True)
            route.abort()
        else:
            route.continue_()

    page.route("**/till/pay", swallow)
    page.locator("[data-tender='500']").click()
    expect(page.locator("#pay-problem")).to_contain_text("Kasse nicht erreichbar.")
    page.locator("[data-tender='500']").click()
    expect(page.locator("#change span")).to_have_text("1,40")
    page.unroute("**/till/ticket*")
    for route in held:
        route.continue_()
    page.keyboard.press("Escape")
    counter.clean()
    assert counter.receipt_number() == number + 1


def test_a_late_answer_does_not_undo_a_newer_one(counter: Counter) -> None:
    """The ticket asked for before a tap arrives after it: the tap stays on the screen."""
    page = counter.page
    held: list[Route] = []
    page.route("**/till/ticket*", lambda route: held.append(route))
    other = Counter(page.context.new_page(), counter.server)
    other.page.goto(counter.address)
    other.ready().tap("Croissant").settle()
    until(page, lambda: bool(held))
    stale = held[0].fetch()
    counter.tap("Espresso").settle()
    with page.expect_event("requestfinished", lambda request: request == held[0].request):
        held[0].fulfill(response=stale)
    page.wait_for_timeout(200)
    assert counter.ticket() == ["1 × Croissant 2,30", "1 × Espresso 2,40"]
    page.unroute_all(behavior="ignoreErrors")


def test_a_late_sheet_does_not_replace_a_newer_one(counter: Counter) -> None:
    """What is being typed on the one asked for last stays there."""
    page = counter.page
    held: list[Route] = []
    page.route("**/till/sheet/discount*", lambda route: held.append(route))
    counter.tap("Espresso").settle()
    page.keyboard.press("F6")
    until(page, lambda: bool(held))
    page.keyboard.press("F7")
    page.locator("#park-label").fill("Tisch 4")
    with page.expect_event("requestfinished", lambda request: request == held[0].request):
        held[0].continue_()
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    expect(page.locator("#park-label")).to_have_value("Tisch 4")
    page.keyboard.press("Escape")


def test_a_login_in_another_window_costs_this_one_nothing(counter: Counter) -> None:
    """The other window's log-in changes session and token of the profile; taps here are booked all the same."""
    page = counter.tap("Espresso").settle().page
    other = Counter(page.context.new_page(), counter.server).log_in(MANAGER)
    counter.tap("Espresso", "Croissant")
    assert counter.ticket() == ["2 × Espresso 4,80", "1 × Croissant 2,30"]
    other.page.goto(f"{other.address}receipts")
    page.route("**/till/ticket*", lambda route: route.abort())  # the tap alone shall meet that nobody is logged in
    other.page.context.clear_cookies()
    counter.tap("Butterbrezel")
    page.wait_for_url("**/login")
    page.unroute("**/till/ticket*")
    counter.log_in()
    assert counter.ticket() == ["2 × Espresso 4,80", "1 × Croissant 2,30", "1 × Butterbrezel 2,20"]


def test_a_window_closed_right_after_a_tap_loses_nothing(counter: Counter) -> None:
    """Three taps and the window is gone, the answers never read: the next window shows all three."""
    page = counter.page
    seen: list[Route] = []
    page.route("**/till/commands", lambda route: route.continue_() if len(seen) else seen.append(route))
    counter.tap("Espresso", "Croissant", "Butterbrezel")
    until(page, lambda: bool(seen))
    page.unroute("**/till/commands")  # what the closing page sends must not wait for this test
    other = Counter(page.context.new_page(), counter.server)
    page.close()
    other.page.goto(counter.address)
    other.ready()
    expect(other.page.locator("#lines li[data-article]")).to_have_count(3)


def test_a_scanned_line_is_whole_before_the_register_has_answered(counter: Counter) -> None:
    """Name, price and deposit stand at once; the register's answer takes their place and is the same."""
    page = counter.page
    page.wait_for_function("Number(document.documentElement.dataset.codes) > 0")
    held: list[Route] = []
    page.route("**/till/commands", lambda route: held.append(route))
    counter.scan("2000000006086")
    ghost = page.locator("#lines li.ghost.whole")
    expect(ghost.locator(".n")).to_have_text("Cola 0,33 l")
    expect(ghost.locator(".a")).to_have_text("3,40")
    expect(page.locator(".total-amount")).to_have_text("3,55 €")
    until(page, lambda: bool(held))
    held[0].continue_()
    counter.settle()
    assert counter.ticket() == ["1 × Cola 0,33 l 3,40 + Pfand 0,15 0,15"]
    expect(page.locator(".total-amount")).to_have_text("3,55 €")


@pytest.mark.parametrize("tile", ["Cappuccino", "Apfelschorle 0,33 l"])
def test_what_is_tapped_after_passend_begins_the_next_ticket(counter: Counter, tile: str) -> None:
    """Over a slow network the next guest's coffee is tapped before the payment has reached the register."""
    page = counter.tap("Espresso").settle().page
    counter.tap("Croissant")
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    line = {"offline": False, "latency": 700, "downloadThroughput": -1, "uploadThroughput": -1}
    wire.send("Network.emulateNetworkConditions", line)
    counter.tap("Croissant")
    page.keyboard.press("F9")
    counter.tap(tile)
    expect(page.locator("#lines li")).to_have_count(1)
    expect(page.locator("#lines li")).to_contain_text(tile)
    counter.settle()
    assert len(counter.ticket()) == 1 and counter.ticket()[0].startswith(f"1 × {tile}")
    wire.send("Network.emulateNetworkConditions", {**line, "latency": 0})
    page.goto(f"{counter.address}receipts")
    expect(page.locator("main")).to_contain_text("7,00")
