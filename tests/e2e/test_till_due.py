"""What is due stays true, and what was said of it stays, while others change the basket and answers are late."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from support.counter import Counter, shop, until  # noqa: F401 the fixture

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

    from support.servers import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HEARD = "**/till/ticket*"
DUE = "**/till/pay?*"
PAY = "**/till/pay"
CHANGED = "Der Bon hat sich gerade geändert"
LOST = "Kasse nicht erreichbar."


@pytest.fixture
def counter(page: Page, shop: RunningServer) -> Counter:  # noqa: F811
    """Jana before a Cappuccino that is due, at a window that does not hear what changes elsewhere."""
    counter = Counter(page, shop).log_in().empty()
    hold(page, HEARD)
    counter.tap("Cappuccino").settle().page.locator("#pay").click()
    page.locator("body[data-view=due]").wait_for()
    return counter


@pytest.fixture
def other(counter: Counter) -> Counter:
    """A second window of the same till."""
    other = Counter(counter.page.context.new_page(), counter.server)
    other.page.goto(counter.address)
    return other.ready()


def hold(page: Page, pattern: str) -> list[Route]:
    """Keep the answers to what the page asks from now on."""
    held: list[Route] = []
    page.route(pattern, lambda route: held.append(route))
    return held


@contextmanager
def taken(page: Page, about: str = "/till/pay?") -> Iterator[None]:
    """Wait until the page has read an answer of the address, and done with it what it does."""
    with page.expect_event("requestfinished", lambda request: about in request.url):
        yield
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


def lose(page: Page) -> list[Route]:
    """Lose the next note on its way to the register: it is in the list returned."""
    lost: list[Route] = []

    def swallow(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route)
        route.abort()

    page.route(PAY, swallow)
    return lost


def send(page: Page, lost: list[Route]) -> None:
    """Let the register have after all what was lost."""
    request = lost[0].request
    sent = page.context.request.post(request.url, data=request.post_data_buffer, headers=request.all_headers())
    assert sent.ok


def test_a_refusal_draws_the_new_sum_and_says_why(counter: Counter, other: Counter) -> None:
    """Nothing told the page of the change: the note itself is refused."""
    page = counter.page
    other.tap("Espresso").settle()
    page.locator("[data-tender='500']").click()
    expect(page.locator("#due")).to_have_text("6,00 €")
    expect(page.locator("#pay-problem")).to_contain_text(CHANGED)
    page.locator("[data-tender='1000']").click()
    expect(page.locator("#change span")).to_have_text("4,00")


def test_a_sum_asked_before_a_refusal_does_not_draw_over_it(counter: Counter, other: Counter) -> None:
    """The page heard of the change and asked; the answer comes when the note is refused already."""
    page = counter.page
    asked = hold(page, DUE)
    page.unroute(HEARD)
    other.tap("Espresso").settle()
    until(page, lambda: bool(asked))
    page.locator("[data-tender='500']").click()
    expect(page.locator("#pay-problem")).to_contain_text(CHANGED)
    for route in asked:
        with taken(page):
            route.continue_()
        expect(page.locator("#pay-problem")).to_contain_text(CHANGED)
    page.unroute(DUE)
    expect(page.locator("#due")).to_have_text("6,00 €")


def test_what_a_refusal_said_stays_until_the_next_act(counter: Counter, other: Counter) -> None:
    page = counter.page
    other.tap("Espresso").settle()
    page.locator("[data-tender='500']").click()
    expect(page.locator("#due")).to_have_text("6,00 €")
    page.unroute(HEARD)
    other.tap("Espresso").settle()
    expect(page.locator("#due")).to_have_text("8,40 €")
    expect(page.locator("#pay-problem")).to_contain_text(CHANGED)
    page.keyboard.press("Escape")
    page.locator("#pay").click()
    expect(page.locator("#due")).to_have_text("8,40 €")
    expect(page.locator("#pay-problem")).to_be_empty()


def test_a_payment_lost_on_its_way_is_made_once_after_a_redraw(counter: Counter, other: Counter) -> None:
    """The sum is drawn anew below the message, and the next tap still is for the same receipt."""
    page = counter.page
    number = other.receipt_number()
    lost = lose(page)
    with taken(page):
        page.locator("[data-tender='500']").click()
    expect(page.locator("#pay-problem")).to_contain_text(LOST)
    send(page, lost)
    page.locator("[data-tender='500']").click()
    expect(page.locator("#change span")).to_have_text("1,40")
    expect(other.page.locator("#l-none")).to_be_attached()
    assert other.receipt_number() == number + 1


def test_a_basket_gone_by_a_payment_whose_answer_was_lost_leaves_the_message(counter: Counter) -> None:
    page = counter.page
    lost = lose(page)
    with taken(page):
        page.locator("[data-tender='500']").click()
    page.unroute(HEARD)
    with page.expect_response(DUE) as gone, taken(page):
        send(page, lost)
    assert gone.value.status == 410
    expect(page.locator("#pay-problem")).to_contain_text(LOST)
    page.locator("[data-tender='500']").click()
    expect(page.locator("#change span")).to_have_text("1,40")


def test_a_basket_gone_by_a_payment_under_way_keeps_the_page(counter: Counter, other: Counter) -> None:
    """The register has the money and its answer is late: that the basket is gone, heard meanwhile, is its own doing."""
    page = counter.page
    asked = hold(page, DUE)
    page.unroute(HEARD)
    other.tap("Espresso").settle()
    until(page, lambda: bool(asked))
    other.page.keyboard.press("F4")
    assert other.ticket() == ["1 × Cappuccino 3,60"]
    paying = hold(page, PAY)
    page.locator("[data-tender='500']").click()
    until(page, lambda: bool(paying))
    booked = paying[0].fetch()
    gone = asked[0].fetch()
    assert (booked.status, gone.status) == (200, 410)
    with taken(page):
        asked[0].fulfill(response=gone)
    expect(page.locator("body")).to_have_attribute("data-view", "due")
    paying[0].fulfill(response=booked)
    expect(page.locator("#change span")).to_have_text("1,40")
    page.unroute_all(behavior="ignoreErrors")


def test_what_is_due_does_not_come_over_the_tiles_somebody_went_on_with(counter: Counter) -> None:
    page = counter.page
    page.keyboard.press("Escape")
    asked = hold(page, DUE)
    page.locator("#pay").click()
    until(page, lambda: bool(asked))
    counter.tap("Espresso").settle()
    page.unroute(DUE)
    with taken(page):
        asked[0].continue_()
    expect(page.locator("body")).to_have_attribute("data-view", "sell")
    page.locator("#pay").click()
    expect(page.locator("#due")).to_have_text("6,00 €")


def test_a_card_refused_draws_the_new_sum_and_says_why(counter: Counter, other: Counter) -> None:
    page = counter.page
    other.tap("Espresso").settle()
    page.locator("#paying [data-act=card]").click()
    expect(page.locator("#due")).to_have_text("6,00 €")
    expect(page.locator("#pay-problem")).to_contain_text(CHANGED)
    page.locator("#paying [data-act=card]").click()
    page.locator("body[data-view=card]").wait_for()
    expect(page.locator("#card-amount")).to_have_text("6,00 €")
    page.locator("[data-act=card-abort]").click()
    page.locator("[data-card-view=refused]").wait_for()
