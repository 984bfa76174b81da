"""Chromium under Playwright, timed inside the page: from the event to the frame after the change it caused.

Timed from outside, through the driver, even an empty page shows tens of milliseconds.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
]

TIMER = """
window.bench = {
  origin: performance.timeOrigin,
  begun: 0,
  frame: () => new Promise((resolve) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => resolve(performance.now());
    channel.port2.postMessage(0);
  })),
  when: (test) => new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`nothing came of ${test}`)), 20000);
    const look = () => {
      if (!test()) return false;
      clearTimeout(late);
      watch.disconnect();
      bench.frame().then(resolve);
      return true;
    };
    const watch = new MutationObserver(look);
    if (!look()) watch.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  }),
  async scan(code, field, first, last) {
    const target = field ? document.querySelector(field) : document.body;
    if (field) target.value = code;
    else for (const key of code) target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    const enter = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true });
    const shown = [first, last].map((selector) => bench.when(() => document.querySelector(selector)));
    target.dispatchEvent(enter);
    return (await Promise.all(shown)).map((at) => at - enter.timeStamp);
  },
};
bench.usable = bench.when(() => document.documentElement && "ready" in document.documentElement.dataset);
window.addEventListener("pointerdown", (event) => { bench.begun = event.timeStamp; }, true);
"""
"""Made part of every page before its own scripts. Times are milliseconds of `performance.now()`."""


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """Run a browser for the block, with more flags. Raises RuntimeError when there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        raise RuntimeError("Chromium is missing (Debian and Ubuntu: apt install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *flags])
        yield browser
        browser.close()


def window(browser: Browser, port: int, cookies: dict[str, str] | None = None) -> BrowserContext:
    """Return a fresh profile at counter size, logged in by `cookies`, with the timer in every page."""
    context = browser.new_context(locale="de-DE", viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(20_000)
    context.add_init_script(TIMER)
    jar: list[Any] = [
        {"name": name, "value": value, "url": f"http://127.0.0.1:{port}"} for name, value in (cookies or {}).items()
    ]
    if jar:
        context.add_cookies(jar)
    return context


def open_till(context: BrowserContext, port: int) -> Page:
    """Return the till page once its scripts have started."""
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{port}/")
    page.evaluate("bench.usable")
    return page
