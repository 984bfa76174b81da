"""A real Chromium under Playwright. Servers for it run as subprocesses (`start_server`, `demo_server`)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first that is there is driven: the shell is the same engine without the desktop around it, at half the work."""
PATIENCE = 30_000  # milliseconds: a machine that does much else answers late, and that is no failure
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def missing(what: str) -> NoReturn:
    """Skip the test because `what` is not on this machine; under CI that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


def program() -> str:
    """Return the path of the browser to drive; without one the test is skipped, see `missing`."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        missing("Chromium fehlt (sudo apt install chromium-headless-shell)")
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser, one for the session; make a context for every window that must not share cookies."""
    path = program()
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile at counter size, German, without animations."""
    fresh = browser.new_context(locale="de-DE", viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    fresh.set_default_timeout(PATIENCE)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page in `context`. The test fails when a script threw or the Content-Security-Policy refused something."""
    fresh = context.new_page()
    trouble: list[str] = []
    fresh.on("pageerror", lambda error: trouble.append(str(error)))
    fresh.on("console", lambda line: trouble.append(line.text) if "Content Security Policy" in line.text else None)
    yield fresh
    assert trouble == []
