"""A person and a TSE card in the browser: plugged in, commissioned, sold with, pulled, flagged, back, exported, proven.

The card is the virtual one behind its real wire: `TSE-IO.bin` in a folder that is watched like a mount.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from smartecr.tse.checking import scan
from smartecr.tse.drivers.cryptovision.twin import Volume, plug
from support.counter import Counter
from support.eyes import violations
from support.servers import RunningServer, StartServer, run_cli

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OWNER = "Christine"


class Slot:
    """The hole in the side of the device."""

    def __init__(self, folder: Path) -> None:
        self.place = folder / "slot"
        self.card = folder / "card"
        self.place.mkdir()
        self.inside: Volume | None = None

    def plug(self) -> None:
        self.inside = plug(self.place, self.card, time.time)

    def pull(self) -> None:
        if self.inside is not None:
            self.inside.pull()
            self.inside = None


@pytest.fixture
def slot(tmp_path: Path) -> Iterator[Slot]:
    made = Slot(tmp_path)
    with ExitStack() as stack:
        stack.callback(made.pull)
        yield made


LOOKS: tuple[tuple[tuple[int, int], Literal["light", "dark"]], ...] = (((360, 640), "dark"), ((1280, 800), "light"))
SMALL = """() => [...document.querySelectorAll("main button, main a.key, main input:not([type=hidden]), main summary")]
  .filter((one) => one.offsetParent && !one.closest(".tick, .choice"))
  .filter((one) => one.getBoundingClientRect().height < 43.5).map((one) => one.outerHTML.slice(0, 80))"""


def seen(page: Page) -> None:
    """Look at the page small and dark, large and light: by axe, nothing beyond the edge, everything large enough."""
    for (width, height), theme in LOOKS:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme)
        assert violations(page) == [], f"{page.url} {width} {theme}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
        assert page.evaluate(SMALL) == [], page.url


def press(page: Page | Locator, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def sell(counter: Counter) -> None:
    """Sell a pretzel for cash."""
    counter.page.keyboard.press("Escape")
    counter.tap("Butterbrezel").pay(1000)


def commission(page: Page) -> None:
    """Follow the guide as a person would, with the slip in the hand."""
    seen(page)
    press(page, "Geheimzahlen ausdenken")
    page.locator("#slip").wait_for()
    seen(page)
    slip = {
        str(one.get_attribute("data-secret")): one.inner_text().replace(" ", "")
        for one in page.locator("[data-secret]").all()
    }
    assert len(set(slip.values())) == 4
    press(page, "Steht auf Papier")
    page.get_by_role("heading", name="Stimmt der Zettel?").wait_for()
    seen(page)
    for name, digits in slip.items():
        page.locator(f"#f-{name}").fill(digits[-3:])
    press(page, "Prüfen")
    press(page, "TSE in Betrieb nehmen")
    page.get_by_role("heading", name="Die TSE ist in Betrieb").wait_for(timeout=60_000)
    assert page.locator(".ticks [data-on='0']").count() == 0
    press(page, "Erste Signatur")
    page.get_by_role("heading", name="Fertig. Die TSE signiert.").wait_for()
    seen(page)
    # by themselves: five digits stand in a serial number or a token now and then
    assert re.findall(rf"(?<!\w)(?:{'|'.join(slip.values())})(?!\w)", page.content()) == []


def swap(page: Page, address: str) -> None:
    """Begin to replace the card, up to the place for the new one, and think better of it."""
    page.goto(f"{address}office/tse/swap")
    press(page, "Wechsel beginnen")
    press(page, "Daten sichern und prüfen")
    page.get_by_role("heading", name="Kasse an der alten TSE abmelden").wait_for()
    seen(page)
    press(page, "Kasse abmelden")
    press(page, "Daten sichern und prüfen")
    page.get_by_role("heading", name="Die neue TSE einsetzen").wait_for()
    page.locator("main summary", has_text="Anders weitermachen").click()
    press(page, "Wechsel abbrechen, alte TSE behalten")
    page.get_by_role("heading", name="Eine neue TSE kommt").wait_for()
    page.goto(f"{address}office/tse")
    page.get_by_role("heading", name="Die TSE signiert.").wait_for()


def test_a_card_from_the_box_to_the_proof(page: Page, start_server: StartServer, slot: Slot, tmp_path: Path) -> None:
    server: RunningServer = start_server("--demo", "--days", "0", SMARTECR_TSE=f"cryptovision:{slot.place}")
    counter = Counter(page, server).log_in(OWNER)
    page.locator(".banner", has_text="TSE nicht eingesteckt.").wait_for()
    page.goto(f"{server.address}office/tse/commission")
    page.get_by_role("heading", name="Die TSE einstecken").wait_for()
    slot.plug()
    page.get_by_role("heading", name="TSE gefunden").wait_for()  # by itself
    commission(page)

    page.goto(server.address)
    counter.ready()
    sell(counter)
    page.get_by_text("Lade ist offen.").wait_for()

    slot.pull()
    page.locator(".banner-bad", has_text="TSE").wait_for()
    sell(counter)
    page.locator(".drawer-strip", has_text="der Bon trägt den Hinweis").wait_for()

    slot.plug()
    page.locator(".banner-bad", has_text="TSE").wait_for(state="detached")  # goes on by itself
    sell(counter)
    page.get_by_text("Lade ist offen.").wait_for()

    page.goto(f"{server.address}office/tse")
    page.get_by_role("heading", name="Die TSE signiert.").wait_for()
    seen(page)
    assert page.locator("section", has=page.get_by_role("heading", name="Ausfälle")).locator("tbody tr").count() >= 2

    page.goto(f"{server.address}office/proofs")
    press(page, "TSE dieser Kasse")
    page.locator(".verdict-good", has_text="Keine Fehler.").wait_for()
    seen(page)
    with page.expect_download() as given:
        page.get_by_role("link", name="Herunterladen").click()
    archive = tmp_path / "downloaded.tar"
    given.value.save_as(archive)
    report = scan.check_export([archive], complete=True)
    assert report.ok
    assert report.json()["open_transactions"] == []

    changed = bytearray(archive.read_bytes())
    changed[changed.index(b"Kassenbeleg-V1") + 40] ^= 1
    forged = tmp_path / "forged.tar"
    forged.write_bytes(changed)
    page.locator("#f-archive").set_input_files(forged)
    press(page.locator("#upload"), "Prüfen")
    page.locator(".verdict-bad", has_text="Nicht in Ordnung.").wait_for()
    seen(page)

    swap(page, server.address)

    server.stop()
    books = run_cli(server.folder, "verify", "books", SMARTECR_TSE=f"cryptovision:{slot.place}")
    assert books.returncode == 0, books.stdout
