"""A whole cashless day in Chromium: tap, chip with PIN, phone, code; declined, aborted, a cable pulled; the closing.

At the end the Z closing, the terminal's batch, the provider of the codes and the journal agree to the cent.
"""

from __future__ import annotations

import json
import random
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from smartecr.terminal.zvt.virtual import Action, Fault, Point, Setup, Times, VirtualTerminal
from support.counter import MANAGER, Counter
from support.servers import RunningServer, run_cli, start
from support.zvt_register import Hands

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CODE_OK = "98802222100100123456"


@dataclass
class Desk:
    """A till, a terminal in the test's hands, and the address of the phone."""

    server: RunningServer
    twin: VirtualTerminal
    hands: Hands
    folder: Path


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with VirtualTerminal(time.time, random.Random(1), setup=Setup(times=Times.hurried())) as twin:
        twin.setup.switches.policy = "keep"
        host, port = twin.listen()
        terminal = f"tcp://{host}:{port}?password={twin.setup.identity.password}"
        server = start(tmp_path / "data", "--demo", "--days", "0", SMARTECR_TERMINAL=terminal)
        assert server.process.stdout is not None
        reading = threading.Thread(target=server.process.stdout.read, daemon=True)
        reading.start()
        yield Desk(server, twin, Hands(twin), tmp_path / "data")
        server.stop()
        reading.join()
        server.process.stdout.close()
        assert twin.violations == []


def paid(page: Page) -> None:
    page.locator("body[data-view=paid]").wait_for()
    page.keyboard.press("Escape")
    page.locator("body[data-view=sell]").wait_for()


def by_card(counter: Counter, *names: str) -> Page:
    counter.tap(*names).settle()
    counter.page.locator(".shortcuts [data-act=card]").click()
    counter.page.locator("[data-card-view=going]").wait_for()
    return counter.page


def test_a_cashless_day_agrees_to_the_cent(page: Page, desk: Desk) -> None:
    counter = Counter(page, desk.server).log_in(MANAGER).empty()

    by_card(counter, "Cappuccino", "Butterbrezel")  # tap
    assert desk.hands.tap("giro-markt")()
    paid(page)

    by_card(counter, "Cappuccino")  # chip with PIN
    assert desk.hands.insert("visa")()
    assert desk.hands.pin("1357")()
    expect(page.locator(".card-say")).to_have_text("Die Karte entnehmen")
    assert desk.twin.reader.remove()
    paid(page)

    by_card(counter, "Croissant")  # phone
    phone = next(card.id for card in desk.twin.machine.cards.values() if card.is_phone)
    assert desk.hands.tap(phone)()
    paid(page)

    by_card(counter, "Butterbrezel")  # declined, then the same sale by code
    assert desk.hands.tap("visa-stolen")()
    page.locator("[data-card-view=refused]").wait_for()
    expect(page.locator(".card-bad")).to_contain_text("Nicht bezahlt")
    page.locator(".card-keys [data-act=code]").click()
    page.locator("body[data-view=code]").wait_for()
    counter.scan(CODE_OK)
    paid(page)

    by_card(counter, "Espresso")  # aborted, then half by card and half in cash
    page.locator("[data-act=card-abort]").click()
    page.locator("[data-card-view=refused]").wait_for()
    page.locator("[data-act=card-later]").click()
    page.locator("body[data-view=sell]").wait_for()
    page.keyboard.press("F10")
    page.locator("[data-act=split]").click()
    page.locator("#sheet [data-set-submit]", has_text="die Hälfte").click()
    page.locator("body[data-view=part]").wait_for()
    page.locator(".card-keys .pay[data-act=card]").click()
    assert desk.hands.tap("mastercard")()
    page.locator("[data-card-view=part]").wait_for()
    page.locator(".card-keys [data-act=card-cash]").click()
    exact = page.locator("[data-tender]").first
    cash = int(exact.get_attribute("data-tender") or 0)
    exact.click()
    paid(page)

    desk.twin.script.add(Fault(Point.AFTER_RESULT, Action.CLOSE, command="0601"))  # the cable, pulled once
    by_card(counter, "Käsekuchen")
    assert desk.hands.tap("visa")()
    paid(page)

    bank = desk.twin.books.net_cents()
    batch = close_the_day(page, counter, desk, cash)
    assert batch["total_cents"] == bank and batch["difference_cents"] == 0 and batch["error"] == ""
    assert all(terminal == books for _brand, terminal, books in batch["by_brand"])
    journal_agrees(desk, bank)
    desk.server.stop()
    verified = run_cli(desk.folder, "verify", "books")
    assert verified.returncode == 0, verified.stdout


def close_the_day(page: Page, counter: Counter, desk: Desk, cash: int) -> dict[str, Any]:
    """Count the drawer, close the day in the browser and return what the closing says of the terminal's batch."""
    page.goto(f"{counter.address}cash/close")
    counter.ready()
    left = cash
    for value in (5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1):
        if left >= value:
            page.locator(f"#count-{value}").fill(str(left // value))
            left %= value
    page.locator(".closing-key").click()
    page.wait_for_url("**/cash/closings/*")
    expect(page.locator("article.report")).to_contain_text("Kassenschnitt")
    with sqlite3.connect(f"file:{desk.folder / 'smartecr.sqlite3'}?mode=ro", uri=True) as books:
        ((totals,),) = books.execute("SELECT totals FROM register_closing").fetchall()
    batch: dict[str, Any] = json.loads(totals)["batch"]
    return batch


def journal_agrees(desk: Desk, bank: int) -> None:
    """Terminals, provider and journal say the same of every cashless cent."""
    with sqlite3.connect(f"file:{desk.folder / 'smartecr.sqlite3'}?mode=ro", uri=True) as books:
        rows = books.execute("SELECT body FROM register_journal WHERE kind = 'card_finished'").fetchall()
        kinds = dict(books.execute("SELECT id, terminal_id FROM register_card_payment").fetchall())
    ends = [json.loads(body) for (body,) in rows]
    sums = {"t1": 0, "q1": 0}
    for end in ends:
        if end["state"] == "completed":
            sums[kinds[end["payment"]]] += end["result"]["amount"]
    assert sums["t1"] == bank
    wallet = (desk.folder / "wallet.json").read_text()
    approved = {}
    for line in wallet.splitlines():
        for name, value in json.loads(line.partition(" ")[2]).items():
            approved[name] = value["cents"] if value["state"] == "APPROVED" else 0
    assert sums["q1"] == sum(approved.values()) > 0
    assert not re.search(CODE_OK, wallet)
